/*
 * Look-ups in a prefixmap: see the drawing in prefixmap.h.
 */
#include "policy/prefixmap.h"

#include <string.h>

static uint64_t
load_be64(const uint8_t *octets)
{
	uint64_t value;

	memcpy(&value, octets, sizeof(value));
	return __builtin_bswap64(value);
}

static uint32_t
is_not_behind(uint64_t a, uint64_t key)
{
	return a <= key ? 1 : 0;
}

/* How many of eight ascending keys are not behind this one. All are compared: a branch that is
 * guessed wrong costs more. */
static uint32_t
not_behind(const uint64_t *line, uint64_t key)
{
	return is_not_behind(line[0], key) + is_not_behind(line[1], key) +
	    is_not_behind(line[2], key) + is_not_behind(line[3], key) +
	    is_not_behind(line[4], key) + is_not_behind(line[5], key) +
	    is_not_behind(line[6], key) + is_not_behind(line[7], key);
}

_Static_assert(PREFIXMAP_LINE == 8, "a line of keys has eight");

/* The number + 1 of the last node whose key is not behind this one; 0 if there is none. */
static uint32_t
rank(const struct prefixmap_family *in, uint64_t key)
{
	uint32_t at = 0;

	for (uint32_t level = in->levels; level-- > 0;) {
		const uint64_t *line = in->keys + in->level_at[level] + (size_t)at * PREFIXMAP_LINE;
		uint32_t n;

		/* The nodes of these keys fill a line, too: both come at the same time. */
		if (level == 0)
			__builtin_prefetch(in->nodes + (size_t)at * PREFIXMAP_LINE);
		n = not_behind(line, key);
		if (n == 0)
			return 0;
		at = at * PREFIXMAP_LINE + n - 1;
		/* Lines are filled up with the largest key, which a prefix may have. */
		if (at >= in->level_count[level])
			at = in->level_count[level] - 1;
	}
	return at + 1;
}

/* The same among the first n nodes by all 128 bits, for prefixes longer than /64. */
static uint32_t
rank_long(const struct prefixmap_family *in, uint32_t n, uint64_t key, uint64_t low)
{
	uint32_t from = 0;

	while (from < n) {
		uint32_t middle = from + (n - from) / 2;

		if (in->keys[middle] < key || (in->keys[middle] == key && in->lows[middle] <= low))
			from = middle + 1;
		else
			n = middle;
	}
	return from;
}

static unsigned
leading_zeros(uint64_t value)
{
	return value == 0 ? 64 : (unsigned)__builtin_clzll(value);
}

const struct prefixmap_node *
prefixmap_longest(const struct prefixmap *map, const struct prefix *prefix)
{
	const struct prefixmap_family *in = &map->families[prefix->family];
	uint64_t key = load_be64(prefix->addr), low = load_be64(prefix->addr + 8);
	const struct prefixmap_node *node;
	unsigned common;
	uint32_t at;

	if (in->count == 0 || (at = rank(in, key)) == 0)
		return NULL;
	if (prefix->len > 64 && in->keys[at - 1] == key && (at = rank_long(in, at, key, low)) == 0)
		return NULL;
	common = leading_zeros(key ^ in->keys[at - 1]);
	if (common == 64 && prefix->len > 64)
		common += leading_zeros(low ^ in->lows[at - 1]);
	if (common > prefix->len)
		common = prefix->len;
	node = &in->nodes[at - 1];
	while (node != NULL && node->len > common)
		node = prefixmap_up(in, node);
	return node;
}

/* True if the node's first bits are those of the other, as many as it has. */
static bool
node_covers(const struct prefixmap_family *in, uint32_t outer, uint32_t inner)
{
	unsigned common = leading_zeros(in->keys[outer] ^ in->keys[inner]);

	if (common == 64 && in->lows != NULL)
		common += leading_zeros(in->lows[outer] ^ in->lows[inner]);
	return in->nodes[outer].len < in->nodes[inner].len && common >= in->nodes[outer].len;
}

static bool
ascend(const struct prefixmap_family *in, uint32_t a, uint32_t b)
{
	if (in->keys[a] != in->keys[b])
		return in->keys[a] < in->keys[b];
	if (in->lows != NULL && in->lows[a] != in->lows[b])
		return in->lows[a] < in->lows[b];
	return in->nodes[a].len < in->nodes[b].len;
}

static const char *
check_family(const struct prefixmap_family *in)
{
	for (uint32_t i = 0; i < in->count; i++) {
		const struct prefixmap_node *node = &in->nodes[i];

		if (node[0].first >= node[1].first)
			return "prefixmap: a node without values";
		if (i > 0 && !ascend(in, i - 1, i))
			return "prefixmap: nodes that do not ascend";
		if (node->up > i)
			return "prefixmap: a cover behind what it covers";
		if (node->up != 0 && !node_covers(in, node->up - 1, i))
			return "prefixmap: a cover that does not cover";
		/* The node before it covers it, or one above that does, or none at all. */
		if (i > 0 && node->up != i && node_covers(in, i - 1, i))
			return "prefixmap: a longer cover than the one that is given";
	}
	return NULL;
}

const char *
prefixmap_check(const struct prefixmap *map)
{
	const char *broken = NULL;

	for (unsigned family = 0; family < FAMILY_COUNT && broken == NULL; family++)
		broken = check_family(&map->families[family]);
	return broken;
}
