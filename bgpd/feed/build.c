/* Records on their way into a memfd, and out of it; see build.h and feed.h. */
#include "bgpd/feed/build.h"

#include <errno.h>
#include <string.h>

#include "bgpd/feed/feed.h"

/* Where policy's view of the records has a section's address and count. */
struct row {
	size_t bytes;
	size_t records_at;
	size_t count_at;
};

#define ROW(type, field, count)                                    \
	{                                                          \
		sizeof(type), offsetof(struct policy_data, field), \
		    offsetof(struct policy_data, count)            \
	}

static const struct row rows[SECTION_COUNT] = {
    [SECTION_VRPS] = ROW(struct data_vrp, vrps, vrp_count),
    [SECTION_ASPAS] = ROW(struct data_aspa, aspas, aspa_count),
    [SECTION_ROUTES] = ROW(struct data_route, routes, route_count),
    [SECTION_ARIN] = ROW(struct data_route, arin, arin_count),
    [SECTION_REGISTROBR] = ROW(struct data_route, registrobr, registrobr_count),
    [SECTION_OBJECTS] = ROW(struct data_object, objects, object_count),
    [SECTION_NETWORKS] = ROW(struct data_network, networks, network_count),
    [SECTION_RTTS] = ROW(struct data_rtt, rtts, rtt_count),
    [SECTION_ASNS] = ROW(uint32_t, asns, asn_count),
    [SECTION_PREFIXES] = ROW(struct policy_prefix, prefixes, prefix_count),
    [SECTION_NAMES] = ROW(struct policy_name, names, name_count),
    [SECTION_TEXT] = ROW(char, text, text_len),
};

_Static_assert(SECTION_COUNT <= FLAT_SECTIONS_MAX, "all sections fit a memfd's head");

void
build_init(struct build *build)
{
	for (int i = 0; i < SECTION_COUNT; i++)
		array_init(&build->sections[i], rows[i].bytes);
	array_init(&build->aspas, sizeof(struct build_aspa));
	array_add(&build->sections[SECTION_TEXT], "", 1);
}

void
build_fini(struct build *build)
{
	for (int i = 0; i < SECTION_COUNT; i++)
		array_fini(&build->sections[i]);
	array_fini(&build->aspas);
}

struct policy_range
build_add(struct build *build, enum section section, const void *records, size_t count)
{
	struct array *array = &build->sections[section];
	struct policy_range range = {(uint32_t)array->count, (uint32_t)count};

	array_add(array, records, count);
	return range;
}

uint32_t
build_text(struct build *build, const char *text)
{
	if (text[0] == '\0')
		return 0;
	return build_add(build, SECTION_TEXT, text, strlen(text) + 1).first;
}

const char *
build_get_text(const struct build *build, uint32_t offset)
{
	return (const char *)build->sections[SECTION_TEXT].records + offset;
}

static int
compare_numbers(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int
compare_vrps(const void *a, const void *b)
{
	const struct data_vrp *x = a, *y = b;
	int order = prefix_compare(&x->prefix, &y->prefix);

	if (order == 0)
		order = (int)x->max_len - (int)y->max_len;
	return order != 0 ? order : compare_numbers(x->asn, y->asn);
}

static int
compare_routes(const void *a, const void *b)
{
	const struct data_route *x = a, *y = b;
	int order = prefix_compare(&x->prefix, &y->prefix);

	return order != 0 ? order : compare_numbers(x->origin, y->origin);
}

static int
compare_aspas(const void *a, const void *b)
{
	const struct build_aspa *x = a, *y = b;
	int order = compare_numbers(x->customer, y->customer);

	return order != 0 ? order : compare_numbers(x->provider, y->provider);
}

static int
compare_network_asns(const void *a, const void *b)
{
	const struct data_network *x = a, *y = b;

	return compare_numbers(x->asn, y->asn);
}

/* A total order, so that the choice does not depend on how things are sorted. */
static int
compare_networks(const void *a, const void *b)
{
	int order = compare_network_asns(a, b);

	return order != 0 ? order : memcmp(a, b, sizeof(struct data_network));
}

static int
compare_rtt_addresses(const void *a, const void *b)
{
	const struct data_rtt *x = a, *y = b;

	return memcmp(&x->address, &y->address, sizeof(x->address));
}

static int
compare_rtts(const void *a, const void *b)
{
	const struct data_rtt *x = a, *y = b;
	int order = compare_rtt_addresses(a, b);

	return order != 0 ? order : compare_numbers(x->rtt_ms, y->rtt_ms);
}

size_t
build_settle_networks(struct build *build)
{
	array_sort(&build->sections[SECTION_NETWORKS], compare_networks);
	return array_unique(&build->sections[SECTION_NETWORKS], compare_network_asns);
}

size_t
build_settle_rtts(struct build *build)
{
	array_sort(&build->sections[SECTION_RTTS], compare_rtts);
	return array_unique(&build->sections[SECTION_RTTS], compare_rtt_addresses);
}

/*
 * One record per customer. AS 0 among providers says that there are none: it stands alone or, where
 * the union of the records has real ones, has no meaning and goes.
 */
static void
merge_aspas(struct build *build)
{
	const struct build_aspa *pairs;
	size_t count, i, next;

	array_sort_unique(&build->aspas, compare_aspas);
	pairs = build->aspas.records;
	count = build->aspas.count;
	for (i = 0; i < count; i = next) {
		struct data_aspa aspa = {.customer = pairs[i].customer};
		size_t first = i;

		for (next = i + 1; next < count && pairs[next].customer == pairs[i].customer;)
			next++;
		if (pairs[first].provider == 0 && next - first > 1)
			first++;
		aspa.providers.first = (uint32_t)build->sections[SECTION_ASNS].count;
		aspa.providers.count = (uint32_t)(next - first);
		for (; first < next; first++)
			build_add(build, SECTION_ASNS, &pairs[first].provider, 1);
		build_add(build, SECTION_ASPAS, &aspa, 1);
	}
}

int
build_seal(struct build *build)
{
	struct flat_section sections[SECTION_COUNT];

	array_sort_unique(&build->sections[SECTION_VRPS], compare_vrps);
	array_sort_unique(&build->sections[SECTION_ROUTES], compare_routes);
	array_sort_unique(&build->sections[SECTION_ARIN], compare_routes);
	array_sort_unique(&build->sections[SECTION_REGISTROBR], compare_routes);
	merge_aspas(build);
	for (int i = 0; i < SECTION_COUNT; i++) {
		const struct array *array = &build->sections[i];

		sections[i] = (struct flat_section){
		    array->records, (uint32_t)array->size, (uint32_t)array->count};
	}
	return flat_seal("roost-data", FEED_DATA_MAGIC, FEED_DATA_VERSION, sections, SECTION_COUNT);
}

int
feed_map(int fd, struct feed_map *out)
{
	struct flat_section sections[SECTION_COUNT] = {0};
	char *view = (char *)&out->data;

	*out = (struct feed_map){0};
	for (int i = 0; i < SECTION_COUNT; i++)
		sections[i].record_bytes = (uint32_t)rows[i].bytes;
	if (flat_map(fd, FEED_DATA_MAGIC, FEED_DATA_VERSION, sections, SECTION_COUNT, &out->flat) ==
	    -1)
		return -1;
	for (int i = 0; i < SECTION_COUNT; i++) {
		memcpy(view + rows[i].records_at, &sections[i].records, sizeof(void *));
		memcpy(view + rows[i].count_at, &sections[i].count, sizeof(uint32_t));
	}
	if (policy_data_error(&out->data) == NULL)
		return 0;
	feed_unmap(out);
	errno = EINVAL;
	return -1;
}

void
feed_unmap(struct feed_map *map)
{
	flat_unmap(&map->flat);
	*map = (struct feed_map){0};
}
