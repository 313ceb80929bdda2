/* The hash of patterns, see pattern.h. */
#include "policy/pattern.h"

#include <stdlib.h>

#include "rib/bug.h"

#define CELLS_MIN 16

/* How many parts stand in front of the last one. */
static const unsigned fixed_parts[COMMUNITY_FORMATS] = {
    [COMMUNITY_STD] = 1, [COMMUNITY_LARGE] = 2, [COMMUNITY_EXT] = 1};

static uint32_t
mix(uint32_t hash, uint32_t number)
{
	uint64_t product = (uint64_t)(hash ^ number) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(product >> 32) ^ (uint32_t)product;
}

/* wild: the last part does not count. */
static uint32_t
hash_of(uint8_t format, uint16_t ext_type, const uint32_t *part, bool wild)
{
	unsigned fixed = fixed_parts[format];
	uint32_t hash = mix((uint32_t)format << 17 | ext_type, wild);

	for (unsigned i = 0; i < fixed; i++)
		hash = mix(hash, part[i]);
	return wild ? hash : mix(hash, part[fixed]);
}

void
pattern_index_init(struct pattern_index *index, size_t count)
{
	size_t cells = CELLS_MIN;

	while (cells < count * 2)
		cells *= 2;
	index->cells = calloc(cells, sizeof(*index->cells));
	if (index->cells == NULL)
		rib_bug("no memory for the patterns of communities");
	index->mask = cells - 1;
	index->looked = 0;
}

void
pattern_index_fini(struct pattern_index *index)
{
	free(index->cells);
}

void
pattern_index_add(struct pattern_index *index, const struct policy_community *pattern)
{
	uint32_t hash =
	    hash_of(pattern->format, pattern->ext_type, pattern->part, pattern->wild != WILD_NONE);
	size_t cell = hash & index->mask;

	while (index->cells[cell].pattern != NULL)
		cell = (cell + 1) & index->mask;
	index->cells[cell] = (struct pattern_cell){.pattern = pattern, .hash = hash};
}

static void
begin(const struct pattern_index *index, struct pattern_pass *pass, bool wild)
{
	const struct community_value *value = pass->value;

	pass->wild = wild;
	pass->hash = hash_of(value->format, value->ext_type, value->part, wild);
	pass->cell = pass->hash & index->mask;
}

void
pattern_pass_init(const struct pattern_index *index, struct pattern_pass *pass,
    const struct community_value *value)
{
	pass->value = value;
	begin(index, pass, false);
}

/* The next in this half. */
static const struct policy_community *
next_in_half(struct pattern_index *index, struct pattern_pass *pass, uint32_t *last)
{
	for (;;) {
		const struct pattern_cell *cell = &index->cells[pass->cell];

		index->looked++;
		if (cell->pattern == NULL)
			return NULL;
		pass->cell = (pass->cell + 1) & index->mask;
		if (cell->hash == pass->hash && (cell->pattern->wild != WILD_NONE) == pass->wild &&
		    community_matches(cell->pattern, pass->value, last))
			return cell->pattern;
	}
}

const struct policy_community *
pattern_pass_next(struct pattern_index *index, struct pattern_pass *pass, uint32_t *last)
{
	const struct policy_community *pattern = next_in_half(index, pass, last);

	if (pattern != NULL || pass->wild)
		return pattern;
	begin(index, pass, true);
	return next_in_half(index, pass, last);
}
