/*
 * Building a prefixmap in slices: count, sort by digits, make nodes, sample keys.
 *
 *   records --split--> numbers by family --sort, octet by octet--> numbers in order
 *           --nodes--> keys, nodes, values, extras --sample--> upper lines of keys
 *
 * A radix sort from the last digit (the length) to the first octet of the address moves 4 octets
 * per record and digit, can be stopped after any record, costs the same for every order that a
 * stranger may choose, and keeps records of equal prefixes in their order. A digit that all records
 * share is skipped. Covers are found with a stack of the nodes that are still open.
 */
#include <string.h>

#include "policy/prefixmap.h"
#include "rib/bug.h"

#define DIGITS	  17 /* length, then the octets of an address from the last to the first */
#define DEPTH_MAX 129

struct open_node {
	const struct prefix *prefix;
	uint32_t number;
};

struct prefixmap_build {
	struct prefixmap_source source;
	unsigned phase;
	unsigned family;
	unsigned digit;
	uint32_t at; /* where the next slice begins */
	uint32_t level;
	uint32_t records[FAMILY_COUNT];
	uint32_t *order[FAMILY_COUNT]; /* numbers of records; becomes the values */
	uint32_t *spare;	       /* where the sort moves them to */
	uint32_t nodes;		       /* distinct prefixes of the family */
	uint32_t depth;
	struct open_node open[DEPTH_MAX];
	uint32_t histogram[FAMILY_COUNT][DIGITS][256];
};

static const uint8_t *
record(const struct prefixmap_build *b, uint32_t number)
{
	return (const uint8_t *)b->source.records + (size_t)number * b->source.stride;
}

static const struct prefix *
prefix_of(const struct prefixmap_build *b, uint32_t number)
{
	return (const struct prefix *)(const void *)record(b, number);
}

static unsigned
digits(unsigned family)
{
	return family == FAMILY_IPV4 ? 5 : DIGITS;
}

static unsigned
digit_of(const struct prefix *prefix, unsigned digit)
{
	return digit == 0 ? prefix->len : prefix->addr[digits(prefix->family) - 1 - digit];
}

static uint32_t
slice_end(const struct prefixmap_build *b, uint32_t count, unsigned max)
{
	return count - b->at <= max ? count : b->at + max;
}

/* True if the slice that ended here was the last; the next phase begins at 0. */
static bool
is_done(struct prefixmap_build *b, uint32_t end, uint32_t count)
{
	b->at = end == count ? 0 : end;
	return end == count;
}

/* How many records each family has, and each value of each digit. */
static bool
count_step(struct prefixmap *map, unsigned max)
{
	struct prefixmap_build *b = map->build;
	uint32_t end = slice_end(b, b->source.count, max);

	for (uint32_t i = b->at; i < end; i++) {
		const struct prefix *prefix = prefix_of(b, i);

		b->records[prefix->family]++;
		for (unsigned d = 0; d < digits(prefix->family); d++)
			b->histogram[prefix->family][d][digit_of(prefix, d)]++;
	}
	return is_done(b, end, b->source.count);
}

static bool
split_step(struct prefixmap *map, unsigned max)
{
	struct prefixmap_build *b = map->build;
	uint32_t end = slice_end(b, b->source.count, max);

	for (unsigned family = 0; family < FAMILY_COUNT && b->at == 0; family++) {
		b->order[family] =
		    blocks_alloc(map->blocks, b->records[family], sizeof(*b->order[family]));
		b->records[family] = 0;
	}
	for (uint32_t i = b->at; i < end; i++) {
		unsigned family = prefix_of(b, i)->family;

		b->order[family][b->records[family]++] = i;
	}
	return is_done(b, end, b->source.count);
}

/* Turns the counts of a digit into places; false if all records share its value. */
static bool
begin_digit(struct prefixmap_build *b)
{
	uint32_t *histogram = b->histogram[b->family][b->digit];
	uint32_t before = 0;

	for (unsigned value = 0; value < 256; value++) {
		uint32_t n = histogram[value];

		if (n == b->records[b->family])
			return false;
		histogram[value] = before;
		before += n;
	}
	return true;
}

/* Moves a slice of the records to their places by the present digit. */
static void
move_slice(struct prefixmap_build *b, uint32_t end)
{
	uint32_t *places = b->histogram[b->family][b->digit];
	const uint32_t *from = b->order[b->family];

	for (uint32_t i = b->at; i < end; i++)
		b->spare[places[digit_of(prefix_of(b, from[i]), b->digit)]++] = from[i];
}

static bool
sort_step(struct prefixmap *map, unsigned max)
{
	struct prefixmap_build *b = map->build;
	uint32_t count = b->records[b->family], *sorted;
	uint32_t end = slice_end(b, count, max);

	if (b->spare == NULL)
		b->spare = blocks_alloc(map->blocks, count, sizeof(*b->spare));
	if (b->at == 0 && !begin_digit(b))
		return ++b->digit == digits(b->family);
	move_slice(b, end);
	if (!is_done(b, end, count))
		return false;
	sorted = b->spare;
	b->spare = b->order[b->family];
	b->order[b->family] = sorted;
	return ++b->digit == digits(b->family);
}

static bool
is_new(const struct prefixmap_build *b, const uint32_t *order, uint32_t i)
{
	return i == 0 ||
	    memcmp(prefix_of(b, order[i - 1]), prefix_of(b, order[i]), sizeof(struct prefix)) != 0;
}

static bool
distinct_step(struct prefixmap *map, unsigned max)
{
	struct prefixmap_build *b = map->build;
	uint32_t count = b->records[b->family];
	uint32_t end = slice_end(b, count, max);

	for (uint32_t i = b->at; i < end; i++)
		b->nodes += is_new(b, b->order[b->family], i);
	return is_done(b, end, count);
}

/* How many keys each level has and where it begins; returns their sum. */
static uint32_t
plan_levels(struct prefixmap_family *in, uint32_t nodes)
{
	uint32_t count = nodes, at = 0;

	for (;;) {
		uint32_t lines = (count + PREFIXMAP_LINE - 1) / PREFIXMAP_LINE;

		in->level_at[in->levels] = at;
		in->level_count[in->levels++] = count;
		at += lines * PREFIXMAP_LINE;
		if (lines <= 1)
			return at;
		count = lines;
	}
}

/* Takes the arrays of the family now that its nodes are counted. */
static void
begin_nodes(struct prefixmap *map)
{
	struct prefixmap_build *b = map->build;
	struct prefixmap_family *in = &map->families[b->family];

	blocks_release(map->blocks, b->spare);
	b->spare = NULL;
	in->keys = blocks_alloc(map->blocks, plan_levels(in, b->nodes), sizeof(*in->keys));
	if (b->family == FAMILY_IPV6)
		in->lows = blocks_alloc(map->blocks, b->nodes, sizeof(*in->lows));
	in->nodes = blocks_alloc(map->blocks, (size_t)b->nodes + 1, sizeof(*in->nodes));
	if (b->source.extra_at != 0)
		in->extras = blocks_alloc(map->blocks, b->records[b->family], 1);
	in->values = b->order[b->family];
	b->depth = 0;
}

static uint64_t
load_be64(const uint8_t *octets)
{
	uint64_t value;

	memcpy(&value, octets, sizeof(value));
	return __builtin_bswap64(value);
}

/* Appends a node for the prefix whose first value is the one at i. */
static void
append_node(
    struct prefixmap_build *b, struct prefixmap_family *in, const struct prefix *prefix, uint32_t i)
{
	struct prefixmap_node *node = &in->nodes[in->count];

	while (b->depth > 0 && !prefix_covers(b->open[b->depth - 1].prefix, prefix))
		b->depth--;
	node->first = i;
	node->len = prefix->len;
	node->up = b->depth == 0 ? 0 : (b->open[b->depth - 1].number + 1) & 0xffffff;
	in->keys[in->count] = load_be64(prefix->addr);
	if (in->lows != NULL)
		in->lows[in->count] = load_be64(prefix->addr + 8);
	if (b->depth == DEPTH_MAX)
		rib_bug("a prefix is covered by more prefixes than it has bits");
	b->open[b->depth++] = (struct open_node){.prefix = prefix, .number = in->count};
	in->count++;
}

static bool
nodes_step(struct prefixmap *map, unsigned max)
{
	struct prefixmap_build *b = map->build;
	struct prefixmap_family *in = &map->families[b->family];
	uint32_t count = b->records[b->family];
	uint32_t end = slice_end(b, count, max);

	if (b->at == 0 && count > 0)
		begin_nodes(map);
	for (uint32_t i = b->at; i < end; i++) {
		const struct prefix *prefix = prefix_of(b, in->values[i]);
		const uint8_t *octets = record(b, in->values[i]);

		if (b->depth == 0 ||
		    memcmp(b->open[b->depth - 1].prefix, prefix, sizeof(*prefix)) != 0)
			append_node(b, in, prefix, i);
		if (b->source.extra_at != 0)
			in->extras[i] = octets[b->source.extra_at];
		if (b->source.value_at != 0)
			memcpy(&in->values[i], octets + b->source.value_at, sizeof(*in->values));
	}
	if (end == count && count > 0)
		in->nodes[in->count].first = count;
	return is_done(b, end, count);
}

/* Fills the last line of a level with the largest key. */
static void
pad_level(struct prefixmap_family *in, uint32_t level)
{
	uint64_t *keys = in->keys + in->level_at[level];

	for (uint32_t i = in->level_count[level]; i % PREFIXMAP_LINE != 0; i++)
		keys[i] = UINT64_MAX;
}

/* Makes a slice of the present level of samples from the level below. */
static bool
sample_step(struct prefixmap *map, unsigned max)
{
	struct prefixmap_build *b = map->build;
	struct prefixmap_family *in = &map->families[b->family];
	uint32_t count, end;

	if (b->level == 0) {
		if (in->count > 0)
			pad_level(in, 0);
		b->level = 1;
	}
	if (b->level >= in->levels)
		return true;
	count = in->level_count[b->level];
	end = slice_end(b, count, max);
	for (uint32_t i = b->at; i < end; i++)
		in->keys[in->level_at[b->level] + i] =
		    in->keys[in->level_at[b->level - 1] + (size_t)i * PREFIXMAP_LINE];
	if (is_done(b, end, count))
		pad_level(in, b->level++);
	return b->level >= in->levels;
}

static bool (*const phases[])(struct prefixmap *, unsigned) = {
    count_step, split_step, sort_step, distinct_step, nodes_step, sample_step};

#define PHASES	   (sizeof(phases) / sizeof(phases[0]))
#define PHASE_SORT 2 /* the first of those that each family goes through */

void
prefixmap_init(struct prefixmap *map, const struct prefixmap_source *source, struct blocks *blocks)
{
	if (source->count > PREFIXMAP_RECORDS_MAX)
		rib_bug("more records than a prefixmap can hold");
	*map = (struct prefixmap){.blocks = blocks};
	if (source->count == 0)
		return;
	map->build = blocks_alloc(blocks, 1, sizeof(*map->build));
	map->build->source = *source;
}

/* Goes on to the next phase or family; false behind the last. */
static bool
next_phase(struct prefixmap_build *b)
{
	if (++b->phase < PHASES)
		return true;
	b->phase = PHASE_SORT;
	b->digit = 0;
	b->level = 0;
	b->nodes = 0;
	return ++b->family < FAMILY_COUNT;
}

bool
prefixmap_step(struct prefixmap *map, unsigned max)
{
	struct prefixmap_build *b = map->build;

	if (b == NULL)
		return false;
	if (max == 0)
		max = 1;
	if (!phases[b->phase](map, max) || next_phase(b))
		return true;
	blocks_release(map->blocks, b);
	map->build = NULL;
	return false;
}
