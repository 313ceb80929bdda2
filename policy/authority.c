/*
 * What a member may announce, by the IRR: the union of its objects' origins and prefixes.
 *
 *   struct authority ----> struct authority_set      interned by its parts: equal lists share one
 *     own_asn, own object    parts   [ object 4, object 17, AS64500 ]     sorted
 *     names without data     origins a set of ASNs, all members of the objects
 *                            ranges  of data.prefixes, one per object that has some
 *
 * Prefixes are not collected: a route object is found in the one map of all route objects, and it
 * is then asked whether its origin is in the set; a prefix entry of an object is found in the one
 * map of all entries, and it is asked whether its number is in a range. Who has which object costs
 * no memory but that of the members' ASNs. Runs in the rib process.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/dataset_state.h"
#include "rib/arena.h"

#define PART_ASN   (UINT64_C(1) << 32) /* the part is an ASN; otherwise number of an object */
#define PART_VALUE UINT64_C(0xffffffff)

struct authority_set {
	struct authority_set *next; /* in its bucket */
	size_t refs;
	size_t part_count;
	uint64_t *parts;
	size_t range_count;
	struct policy_range *ranges;
	struct asnset origins;
};

struct authority {
	struct dataset *dataset;
	struct authority_set *set;
	uint32_t own_asn;
	const struct data_object *own; /* of the name "AS<own>"; may be NULL */
	size_t missing_octets;
	char *missing; /* terminated texts, one behind the other */
};

/* ---- interned sets ---- */

static int
compare_parts(const void *a, const void *b)
{
	uint64_t x, y;

	memcpy(&x, a, sizeof(x));
	memcpy(&y, b, sizeof(y));
	return (x > y) - (x < y);
}

/* Sorts the parts and drops repeats; returns how many are left. */
static size_t
sort_parts(uint64_t *parts, size_t count)
{
	size_t left = 0;

	qsort(parts, count, sizeof(*parts), compare_parts);
	for (size_t i = 0; i < count; i++) {
		if (left == 0 || parts[left - 1] != parts[i])
			parts[left++] = parts[i];
	}
	return left;
}

static const struct data_object *
part_object(const struct dataset *dataset, uint64_t part)
{
	return (part & PART_ASN) != 0 ? NULL : &dataset->data.objects[part & PART_VALUE];
}

static void
collect_origins(const struct dataset *dataset, struct authority_set *set)
{
	size_t room = 0;

	for (size_t i = 0; i < set->part_count; i++) {
		const struct data_object *object = part_object(dataset, set->parts[i]);

		room += object == NULL ? 1 : object->asns.count;
	}
	asnset_init(&set->origins, room);
	for (size_t i = 0; i < set->part_count; i++) {
		const struct data_object *object = part_object(dataset, set->parts[i]);

		if (object == NULL)
			asnset_add(&set->origins, (uint32_t)(set->parts[i] & PART_VALUE));
		for (uint32_t n = 0; object != NULL && n < object->asns.count; n++)
			asnset_add(&set->origins, dataset->data.asns[object->asns.first + n]);
	}
}

static void
collect_ranges(const struct dataset *dataset, struct authority_set *set)
{
	set->ranges = arena_malloc((set->part_count + 1) * sizeof(*set->ranges));
	for (size_t i = 0; i < set->part_count; i++) {
		const struct data_object *object = part_object(dataset, set->parts[i]);

		if (object != NULL && object->prefixes.count > 0)
			set->ranges[set->range_count++] = object->prefixes;
	}
}

static uint64_t
set_octets(const struct authority_set *set)
{
	return sizeof(*set) + (set->part_count + 1) * (sizeof(*set->parts) + sizeof(*set->ranges)) +
	    asnset_octets(&set->origins);
}

static struct authority_set **
bucket_of(struct dataset *dataset, const uint64_t *parts, size_t count)
{
	uint32_t hash = finder_hash_octets(parts, count * sizeof(*parts));

	return &dataset->sets[hash % AUTHORITY_BUCKETS];
}

/* The set of these sorted parts, made if there is none; a reference to it is the caller's. */
static struct authority_set *
set_get(struct dataset *dataset, const uint64_t *parts, size_t count)
{
	struct authority_set **bucket = bucket_of(dataset, parts, count), *set;
	size_t octets = count * sizeof(*parts);

	for (set = *bucket; set != NULL; set = set->next) {
		if (set->part_count == count && memcmp(set->parts, parts, octets) == 0) {
			set->refs++;
			return set;
		}
	}
	set = arena_malloc(sizeof(*set));
	*set = (struct authority_set){.next = *bucket, .refs = 1, .part_count = count};
	set->parts = arena_malloc(octets + sizeof(*parts));
	memcpy(set->parts, parts, octets);
	collect_origins(dataset, set);
	collect_ranges(dataset, set);
	dataset->set_octets += set_octets(set);
	*bucket = set;
	return set;
}

static void
set_unref(struct dataset *dataset, struct authority_set *set)
{
	struct authority_set **at;

	if (--set->refs > 0)
		return;
	for (at = bucket_of(dataset, set->parts, set->part_count); *at != set;)
		at = &(*at)->next;
	*at = set->next;
	dataset->set_octets -= set_octets(set);
	asnset_fini(&set->origins);
	free(set->ranges);
	free(set->parts);
	free(set);
}

/* ---- authorities ---- */

static bool
is_missing_already(const struct authority *authority, const char *name)
{
	const char *other;
	size_t iter = 0;

	while ((other = authority_next_missing(authority, &iter)) != NULL) {
		if (irr_equal_names(other, name))
			return true;
	}
	return false;
}

static void
add_missing(struct authority *authority, const char *name)
{
	size_t octets = strlen(name) + 1;

	if (is_missing_already(authority, name))
		return;
	authority->missing = arena_realloc(authority->missing, authority->missing_octets + octets);
	memcpy(authority->missing + authority->missing_octets, name, octets);
	authority->missing_octets += octets;
}

static bool
has_data(const struct data_object *object)
{
	return object != NULL && (object->asns.count > 0 || object->prefixes.count > 0);
}

/* Appends what a name stands for: an object, an ASN, both or, noted as missing, nothing. */
static size_t
append_parts(struct authority *authority, const char *name, uint64_t *parts)
{
	const struct data_object *object = irr_object(authority->dataset, name);
	uint32_t asn = irr_asn(name);
	size_t n = 0;

	if (has_data(object))
		parts[n++] = (uint64_t)(object - authority->dataset->data.objects);
	if (asn != 0)
		parts[n++] = PART_ASN | asn;
	if (n == 0)
		add_missing(authority, name);
	return n;
}

static const struct data_object *
own_object(const struct dataset *dataset, uint32_t own_asn)
{
	char name[sizeof("AS4294967295")];

	if (own_asn == 0)
		return NULL;
	snprintf(name, sizeof(name), "AS%u", own_asn);
	return irr_object(dataset, name);
}

struct authority *
authority_new(
    struct dataset *dataset, uint32_t own_asn, const char *const *objects, size_t object_count)
{
	struct authority *authority = arena_malloc(sizeof(*authority));
	uint64_t *parts = arena_malloc((object_count + 1) * 2 * sizeof(*parts));
	size_t count = 0;

	*authority = (struct authority){
	    .dataset = dataset, .own_asn = own_asn, .own = own_object(dataset, own_asn)};
	for (size_t i = 0; i < object_count; i++)
		count += append_parts(authority, objects[i], parts + count);
	authority->set = set_get(dataset, parts, sort_parts(parts, count));
	free(parts);
	return authority;
}

void
authority_free(struct authority *authority)
{
	if (authority == NULL)
		return;
	set_unref(authority->dataset, authority->set);
	free(authority->missing);
	free(authority);
}

static bool
own_has_origin(const struct authority *authority, uint32_t asn)
{
	if (asn == authority->own_asn)
		return true;
	return authority->own != NULL &&
	    policy_range_has(&authority->dataset->data, authority->own->asns, asn);
}

bool
authority_has_origin(const struct authority *authority, uint32_t asn)
{
	if (asn == 0)
		return false;
	return asnset_has(&authority->set->origins, asn) || own_has_origin(authority, asn);
}

/* True if a route object of the prefix, or with longer of what covers it, has one of its origins.
 */
static bool
has_route_object(const struct authority *authority, const struct prefix *prefix, bool longer)
{
	const struct prefixmap *map = &authority->dataset->routes;
	const struct prefixmap_family *in = &map->families[prefix->family];
	const struct prefixmap_node *node = prefixmap_longest(map, prefix);

	for (; node != NULL; node = prefixmap_up(in, node)) {
		if (node->len < prefix->len && !longer)
			return false;
		for (uint32_t i = node[0].first; i < node[1].first; i++) {
			if (authority_has_origin(authority, in->values[i]))
				return true;
		}
	}
	return false;
}

/* The first of n ascending numbers that is not below this one. */
static uint32_t
first_from(const uint32_t *numbers, uint32_t n, uint32_t least)
{
	uint32_t from = 0;

	while (from < n) {
		uint32_t middle = from + (n - from) / 2;

		if (numbers[middle] < least)
			from = middle + 1;
		else
			n = middle;
	}
	return from;
}

/* What a prefix is looked for in: entries of one node of the map of entries. */
struct entries {
	const struct policy_prefix *prefixes;
	const uint32_t *numbers; /* of entries, ascending */
	uint32_t count;
	uint8_t len; /* of the prefix that is looked for */
	bool longer;
};

/* True if an entry that lies in the range matches. */
static bool
range_matches(const struct entries *entries, struct policy_range range)
{
	uint32_t i = first_from(entries->numbers, entries->count, range.first);

	for (; i < entries->count && entries->numbers[i] - range.first < range.count; i++) {
		const struct policy_prefix *entry = &entries->prefixes[entries->numbers[i]];

		if (entry->ge <= entries->len && (entries->longer || entries->len <= entry->le))
			return true;
	}
	return false;
}

static bool
entries_match(const struct authority *authority, const struct entries *entries)
{
	const struct authority_set *set = authority->set;

	for (size_t i = 0; i < set->range_count; i++) {
		if (range_matches(entries, set->ranges[i]))
			return true;
	}
	return authority->own != NULL && range_matches(entries, authority->own->prefixes);
}

/* True if a prefix entry of one of its objects matches. */
static bool
has_entry(const struct authority *authority, const struct prefix *prefix, bool longer)
{
	const struct prefixmap *map = &authority->dataset->prefixes;
	const struct prefixmap_family *in = &map->families[prefix->family];
	const struct prefixmap_node *node = prefixmap_longest(map, prefix);

	for (; node != NULL; node = prefixmap_up(in, node)) {
		const struct entries entries = {.prefixes = authority->dataset->data.prefixes,
		    .numbers = in->values + node[0].first,
		    .count = node[1].first - node[0].first,
		    .len = prefix->len,
		    .longer = longer};

		if (entries_match(authority, &entries))
			return true;
	}
	return false;
}

bool
authority_has_prefix(const struct authority *authority, const struct prefix *prefix, bool longer)
{
	return has_route_object(authority, prefix, longer) || has_entry(authority, prefix, longer);
}

const char *
authority_next_missing(const struct authority *authority, size_t *iter)
{
	const char *name;

	if (*iter >= authority->missing_octets)
		return NULL;
	name = authority->missing + *iter;
	*iter += strlen(name) + 1;
	return name;
}

size_t
authority_origin_count(const struct authority *authority)
{
	const struct asnset *origins = &authority->set->origins;
	const struct data_object *own = authority->own;
	size_t count = origins->count;
	bool own_listed = authority->own_asn == 0 || asnset_has(origins, authority->own_asn);

	for (uint32_t i = 0; own != NULL && i < own->asns.count; i++) {
		uint32_t asn = authority->dataset->data.asns[own->asns.first + i];

		own_listed |= asn == authority->own_asn;
		count += asn != 0 && !asnset_has(origins, asn);
	}
	return count + !own_listed;
}
