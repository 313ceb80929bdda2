/*
 * One generation of data by hand or at random, for the tests of data sets: arrays that grow, and
 * the naive way to ask them.
 *
 *   struct generation g = {0};
 *   gen_vrp(&g, "10.0.0.0/16", 20, 64496);   append records
 *   ds = gen_open(&g, 1000);                 checked, built in slices of 1000
 *   gen_close(&g, ds);
 */
#ifndef TESTS_UNIT_POLICY_GENERATION_H
#define TESTS_UNIT_POLICY_GENERATION_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/data.h"

struct generation {
	struct policy_data data;
	uint64_t seed;
};

/* An array with room for one more record behind count, which is zero. */
static inline void *
gen_room(void *array, uint32_t count, size_t size)
{
	if ((count & (count - 1)) == 0) { /* room is a power of two */
		array = realloc(array, (count == 0 ? 1 : (size_t)count * 2) * size);
		ck_assert_ptr_nonnull(array);
	}
	memset((unsigned char *)array + count * size, 0, size);
	return array;
}

/* One more record of a kind, to be filled in. Records are const for everybody else. */
#define GEN_APPEND(g, kind) GEN_APPEND_TO(g, kind##s, kind##_count)
#define GEN_APPEND_TO(g, array, count)                                                       \
	((g)->data.array = gen_room(                                                         \
	     (void *)(uintptr_t)(g)->data.array, (g)->data.count, sizeof(*(g)->data.array)), \
	    (void *)(uintptr_t) & (g)->data.array[(g)->data.count++])

static inline struct prefix
gen_prefix(const char *text)
{
	struct prefix prefix = {0};

	ck_assert_msg(prefix_parse(text, &prefix) == 0, "%s is no prefix", text);
	return prefix;
}

static inline void
gen_vrp_of(struct generation *g, struct prefix prefix, unsigned max_len, uint32_t asn)
{
	struct data_vrp *vrp = GEN_APPEND(g, vrp);

	*vrp = (struct data_vrp){.prefix = prefix, .max_len = (uint8_t)max_len, .asn = asn};
}

static inline void
gen_vrp(struct generation *g, const char *prefix, unsigned max_len, uint32_t asn)
{
	gen_vrp_of(g, gen_prefix(prefix), max_len, asn);
}

static inline void
gen_route_of(struct generation *g, struct prefix prefix, uint32_t origin)
{
	struct data_route *route = GEN_APPEND(g, route);

	*route = (struct data_route){.prefix = prefix, .origin = origin};
}

static inline void
gen_route(struct generation *g, const char *prefix, uint32_t origin)
{
	gen_route_of(g, gen_prefix(prefix), origin);
}

/* n ASNs, ascending. */
static inline struct policy_range
gen_asns(struct generation *g, const uint32_t *asns, uint32_t n)
{
	struct policy_range range = {g->data.asn_count, n};

	for (uint32_t i = 0; i < n; i++)
		*(uint32_t *)GEN_APPEND(g, asn) = asns[i];
	return range;
}

static inline void
gen_aspa(struct generation *g, uint32_t customer, const uint32_t *providers, uint32_t n)
{
	struct policy_range range = gen_asns(g, providers, n);
	struct data_aspa *aspa = GEN_APPEND(g, aspa);

	*aspa = (struct data_aspa){.customer = customer, .providers = range};
}

/* A text of the pool; the pool is as large as it has to be for tests. */
static inline uint32_t
gen_text(struct generation *g, const char *text)
{
	uint32_t at = g->data.text_len == 0 ? 1 : g->data.text_len;
	size_t octets = strlen(text) + 1;
	char *pool = realloc((void *)(uintptr_t)g->data.text, at + octets);

	ck_assert_ptr_nonnull(pool);
	pool[0] = '\0';
	memcpy(pool + at, text, octets);
	g->data.text = pool;
	g->data.text_len = at + (uint32_t)octets;
	return at;
}

static inline struct data_object *
gen_object(struct generation *g, const char *name, const uint32_t *asns, uint32_t n)
{
	uint32_t text = gen_text(g, name);
	struct policy_range range = gen_asns(g, asns, n);
	struct data_object *object = GEN_APPEND(g, object);

	*object = (struct data_object){.name = text, .asns = range};
	object->prefixes.first = g->data.prefix_count;
	return object;
}

/* An entry of the object that was appended last. */
static inline void
gen_entry_of(struct generation *g, struct prefix prefix, unsigned ge, unsigned le)
{
	struct policy_prefix *entry;

	entry = GEN_APPEND_TO(g, prefixes, prefix_count);
	*entry = (struct policy_prefix){.prefix = prefix, .ge = (uint8_t)ge, .le = (uint8_t)le};
	((struct data_object *)(uintptr_t)g->data.objects)[g->data.object_count - 1]
	    .prefixes.count++;
}

static inline void
gen_entry(struct generation *g, const char *prefix, unsigned ge, unsigned le)
{
	gen_entry_of(g, gen_prefix(prefix), ge, le);
}

static inline struct dataset *
gen_open(struct generation *g, unsigned slice)
{
	const char *error = policy_data_error(&g->data);
	struct dataset *dataset;

	ck_assert_msg(error == NULL, "%s", error);
	dataset = dataset_new(&g->data);
	while (dataset_step(dataset, slice))
		continue;
	return dataset;
}

static inline void
gen_fini(struct generation *g)
{
	const void *arrays[] = {g->data.vrps, g->data.aspas, g->data.routes, g->data.arin,
	    g->data.registrobr, g->data.objects, g->data.networks, g->data.rtts, g->data.asns,
	    g->data.prefixes, g->data.names, g->data.text};

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++)
		free((void *)(uintptr_t)arrays[i]);
	*g = (struct generation){0};
}

static inline void
gen_close(struct generation *g, struct dataset *dataset)
{
	dataset_free(dataset);
	gen_fini(g);
}

/* ---- at random ---- */

static inline uint32_t
gen_random(struct generation *g, uint32_t below)
{
	g->seed = g->seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(g->seed >> 33) % below;
}

/* Zeroes the bits behind the length. */
static inline struct prefix
gen_cut(struct prefix prefix, unsigned len)
{
	prefix.len = (uint8_t)len;
	for (unsigned bit = len; bit < 128; bit++)
		prefix.addr[bit / 8] &= (uint8_t) ~(0x80U >> (bit % 8));
	return prefix;
}

/* A prefix out of few octets' values, so that many cover each other or are the same. */
static inline struct prefix
gen_random_prefix(struct generation *g)
{
	static const uint8_t values[] = {0x00, 0x01, 0x0a, 0x80, 0xff};
	struct prefix prefix = {.family = (uint8_t)gen_random(g, FAMILY_COUNT)};
	unsigned octets = prefix.family == FAMILY_IPV4 ? 4 : 16;

	for (unsigned i = 0; i < octets; i++)
		prefix.addr[i] = values[gen_random(g, i < 2 || i > 6 ? 5 : 2)];
	return gen_cut(prefix, gen_random(g, octets * 8 + 1));
}

#endif
