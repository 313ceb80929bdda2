/*
 * A data set: takes the records of one generation in, in slices, and gives its memory back the same
 * way; networks and RTT values are answered here.
 *
 *   dataset_new --> part 0 (map of VRPs) --> ... --> part 4 --> part 5 (finder) --> ... --> ready
 *
 * Invariant: once the last part is done nothing changes but the interned sets of authorities, which
 * no answer depends on. Runs in the rib process.
 */
#include <stdlib.h>
#include <string.h>

#include "policy/dataset_state.h"
#include "rib/arena.h"
#include "rib/bug.h"

#define MAPS 5
/* What of a data set's memory is about as much work as one record of dataset_step(). */
#define OCTETS_PER_RECORD 256

static struct prefixmap *
map_at(struct dataset *dataset, unsigned part)
{
	struct prefixmap *maps[MAPS] = {&dataset->vrps, &dataset->routes, &dataset->arin,
	    &dataset->registrobr, &dataset->prefixes};

	return maps[part];
}

static void
init_routes(struct dataset *dataset, struct prefixmap *map, const struct data_route *records,
    uint32_t count)
{
	const struct prefixmap_source source = {.records = records,
	    .count = count,
	    .stride = sizeof(*records),
	    .value_at = offsetof(struct data_route, origin)};

	prefixmap_init(map, &source, &dataset->blocks);
}

static void
init_maps(struct dataset *dataset)
{
	const struct policy_data *data = &dataset->data;
	const struct prefixmap_source vrps = {.records = data->vrps,
	    .count = data->vrp_count,
	    .stride = sizeof(*data->vrps),
	    .value_at = offsetof(struct data_vrp, asn),
	    .extra_at = offsetof(struct data_vrp, max_len)};
	const struct prefixmap_source prefixes = {.records = data->prefixes,
	    .count = data->prefix_count,
	    .stride = sizeof(*data->prefixes)};

	prefixmap_init(&dataset->vrps, &vrps, &dataset->blocks);
	prefixmap_init(&dataset->prefixes, &prefixes, &dataset->blocks);
	init_routes(dataset, &dataset->routes, data->routes, data->route_count);
	init_routes(dataset, &dataset->arin, data->arin, data->arin_count);
	init_routes(dataset, &dataset->registrobr, data->registrobr, data->registrobr_count);
}

static uint32_t
hash_address(unsigned family, const uint8_t addr[16])
{
	return finder_hash_octets(addr, family == FAMILY_IPV4 ? 4 : 16);
}

static uint32_t
aspa_hash(const struct policy_data *data, uint32_t i)
{
	return finder_hash_number(data->aspas[i].customer);
}

static uint32_t
object_hash(const struct policy_data *data, uint32_t i)
{
	return irr_hash_name(data->text + data->objects[i].name);
}

static uint32_t
network_hash(const struct policy_data *data, uint32_t i)
{
	return finder_hash_number(data->networks[i].asn);
}

static uint32_t
rtt_hash(const struct policy_data *data, uint32_t i)
{
	return hash_address(data->rtts[i].address.family, data->rtts[i].address.addr);
}

/* A kind of records that are found by a key. */
static const struct finder_row {
	size_t finder; /* offset in struct dataset */
	size_t count;  /* offset in struct policy_data */
	uint32_t (*hash)(const struct policy_data *, uint32_t number);
} finder_rows[] = {
    {offsetof(struct dataset, aspas), offsetof(struct policy_data, aspa_count), aspa_hash},
    {offsetof(struct dataset, objects), offsetof(struct policy_data, object_count), object_hash},
    {offsetof(struct dataset, networks), offsetof(struct policy_data, network_count), network_hash},
    {offsetof(struct dataset, rtts), offsetof(struct policy_data, rtt_count), rtt_hash},
};

#define FINDERS (sizeof(finder_rows) / sizeof(finder_rows[0]))

static struct finder *
row_finder(struct dataset *dataset, const struct finder_row *row)
{
	return (void *)((unsigned char *)dataset + row->finder);
}

static uint32_t
row_count(const struct dataset *dataset, const struct finder_row *row)
{
	uint32_t count;

	memcpy(&count, (const unsigned char *)&dataset->data + row->count, sizeof(count));
	return count;
}

struct dataset *
dataset_new(const struct policy_data *data)
{
	struct dataset *dataset = arena_malloc(sizeof(*dataset));

	memset(dataset, 0, sizeof(*dataset));
	dataset->data = *data;
	init_maps(dataset);
	for (size_t i = 0; i < FINDERS; i++)
		finder_init(row_finder(dataset, &finder_rows[i]),
		    row_count(dataset, &finder_rows[i]), &dataset->blocks);
	return dataset;
}

/* Puts the next max records of a kind into their finder; true while there are more. */
static bool
finder_step(struct dataset *dataset, const struct finder_row *row, unsigned max)
{
	uint32_t count = row_count(dataset, row);

	for (; dataset->at < count && max > 0; dataset->at++, max--)
		finder_put(
		    row_finder(dataset, row), row->hash(&dataset->data, dataset->at), dataset->at);
	return dataset->at < count;
}

bool
dataset_step(struct dataset *dataset, unsigned max)
{
	bool more;

	if (max == 0)
		max = 1;
	if (dataset->part < MAPS)
		more = prefixmap_step(map_at(dataset, dataset->part), max);
	else if (dataset->part < MAPS + FINDERS)
		more = finder_step(dataset, &finder_rows[dataset->part - MAPS], max);
	else
		return false;
	if (!more) {
		dataset->part++;
		dataset->at = 0;
	}
	return dataset->part < MAPS + FINDERS;
}

bool
dataset_free_step(struct dataset *dataset, unsigned max)
{
	if (dataset->set_octets != 0)
		rib_bug("a data set is given back before the authorities that were made from it");
	if (blocks_free_step(&dataset->blocks, (uint64_t)max * OCTETS_PER_RECORD))
		return true;
	free(dataset);
	return false;
}

void
dataset_free(struct dataset *dataset)
{
	while (dataset != NULL && dataset_free_step(dataset, UINT32_MAX))
		continue;
}

const struct data_network *
dataset_network(const struct dataset *dataset, uint32_t asn)
{
	uint32_t pos = finder_begin(&dataset->networks, finder_hash_number(asn)), n;

	while ((n = finder_next(&dataset->networks, &pos)) != 0) {
		if (dataset->data.networks[n - 1].asn == asn)
			return &dataset->data.networks[n - 1];
	}
	return NULL;
}

uint32_t
dataset_rtt(const struct dataset *dataset, enum family family, const uint8_t addr[16])
{
	uint32_t pos = finder_begin(&dataset->rtts, hash_address(family, addr)), n;
	size_t octets = family == FAMILY_IPV4 ? 4 : 16;

	while ((n = finder_next(&dataset->rtts, &pos)) != 0) {
		const struct data_rtt *rtt = &dataset->data.rtts[n - 1];

		if (rtt->address.family == family && memcmp(rtt->address.addr, addr, octets) == 0)
			return rtt->rtt_ms;
	}
	return POLICY_RTT_UNKNOWN;
}

const struct policy_data *
dataset_records(const struct dataset *dataset)
{
	return &dataset->data;
}

uint64_t
dataset_octets(const struct dataset *dataset)
{
	return sizeof(*dataset) + dataset->blocks.octets + dataset->set_octets;
}
