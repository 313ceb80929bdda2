/* Lists of prefixes, see prefixlist.h. */
#include "policy/prefixlist.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "rib/bug.h"

#define NO_PARENT UINT32_MAX

/* The 128 bits of an address, IPv4 in the highest. */
struct key {
	uint64_t high;
	uint64_t low;
};

struct node {
	struct key key;
	uint8_t len;
	uint8_t ge;
	uint8_t le;
	uint32_t parent;
	const struct policy_prefix *entry;
};

struct prefixlist {
	uint32_t first[FAMILY_COUNT + 1]; /* where each family begins, and the end */
	/* First octets of prefixes of 8 bits or more that an entry might match: most prefixes are
	 * answered by one bit. */
	uint64_t octets[FAMILY_COUNT][256 / 64];
	struct node nodes[];
};

static uint64_t
load_be64(const uint8_t *p)
{
	uint64_t v;

	memcpy(&v, p, sizeof(v));
	return be64toh(v);
}

static struct key
key_of(const struct prefix *p)
{
	return (struct key){load_be64(p->addr), load_be64(p->addr + 8)};
}

/* True if a stands behind b in prefix_compare() order. */
static bool
is_behind(const struct key *a, uint8_t a_len, const struct key *b, uint8_t b_len)
{
	if (a->high != b->high)
		return a->high > b->high;
	if (a->low != b->low)
		return a->low > b->low;
	return a_len > b_len;
}

/* The first len bits of a word are ones. */
static uint64_t
mask(unsigned len)
{
	return len == 0 ? 0 : len >= 64 ? UINT64_MAX : UINT64_MAX << (64 - len);
}

static bool
covers(const struct node *node, const struct key *key, uint8_t len)
{
	if (node->len > len || ((node->key.high ^ key->high) & mask(node->len)) != 0)
		return false;
	return node->len <= 64 || ((node->key.low ^ key->low) & mask(node->len - 64U)) == 0;
}

/* For equal prefixes the place in the list decides, so that the order is the same everywhere. */
static int
compare_entries(const void *a, const void *b)
{
	const struct policy_prefix *x = *(const struct policy_prefix *const *)a;
	const struct policy_prefix *y = *(const struct policy_prefix *const *)b;
	int order = prefix_compare(&x->prefix, &y->prefix);

	return order != 0 ? order : x < y ? -1 : x > y;
}

/* The nearest node that covers the node `at`: the one before it or one of that one's parents. */
static uint32_t
find_parent(const struct prefixlist *list, uint32_t first, uint32_t at)
{
	const struct node *node = &list->nodes[at];
	uint32_t parent = at == first ? NO_PARENT : at - 1;

	while (parent != NO_PARENT && !covers(&list->nodes[parent], &node->key, node->len))
		parent = list->nodes[parent].parent;
	return parent;
}

/* Notes the first octets that the entry covers. */
static void
note_octets(struct prefixlist *list, const struct policy_prefix *entry)
{
	unsigned len = entry->prefix.len;
	unsigned octet = entry->prefix.addr[0];
	unsigned count = len >= 8 ? 1 : 1U << (8 - len);

	if (entry->le < 8)
		return;
	for (unsigned i = octet; i < octet + count; i++)
		list->octets[entry->prefix.family][i / 64] |= UINT64_C(1) << i % 64;
}

static void
fill(struct prefixlist *list, const struct policy_prefix **sorted, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		const struct policy_prefix *entry = sorted[i];
		uint8_t family = entry->prefix.family;

		if (i == 0 || sorted[i - 1]->prefix.family != family)
			list->first[family] = i;
		list->nodes[i] = (struct node){.key = key_of(&entry->prefix),
		    .len = entry->prefix.len,
		    .ge = entry->ge,
		    .le = entry->le,
		    .entry = entry};
		list->nodes[i].parent = find_parent(list, list->first[family], i);
		note_octets(list, entry);
	}
}

struct prefixlist *
prefixlist_new(const struct policy_prefix *entries, size_t count)
{
	struct prefixlist *list;
	const struct policy_prefix **sorted;

	if (count == 0)
		return NULL;
	list = calloc(1, sizeof(*list) + count * sizeof(list->nodes[0]));
	sorted = malloc(count * sizeof(const struct policy_prefix *));
	if (list == NULL || sorted == NULL)
		rib_bug("no memory for a list of prefixes");
	for (size_t i = 0; i < count; i++)
		sorted[i] = &entries[i];
	qsort(sorted, count, sizeof(const struct policy_prefix *), compare_entries);
	for (unsigned i = 0; i <= FAMILY_COUNT; i++)
		list->first[i] = (uint32_t)count;
	fill(list, sorted, (uint32_t)count);
	/* A family without entries ends where it begins. */
	for (unsigned i = FAMILY_COUNT; i-- > 0;) {
		if (list->first[i] > list->first[i + 1])
			list->first[i] = list->first[i + 1];
	}
	free(sorted);
	return list;
}

void
prefixlist_free(struct prefixlist *list)
{
	free(list);
}

/* The last node of the family that is not behind the prefix; NO_PARENT if all are. */
static uint32_t
find_last(const struct prefixlist *list, unsigned family, const struct key *key, uint8_t len)
{
	uint32_t low = list->first[family];
	uint32_t high = list->first[family + 1];
	uint32_t first = low;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		const struct node *node = &list->nodes[middle];

		if (is_behind(&node->key, node->len, key, len))
			high = middle;
		else
			low = middle + 1;
	}
	return low == first ? NO_PARENT : low - 1;
}

static bool
admits_origin(const struct policy_prefix *entry, bool has_origin, uint32_t origin)
{
	return !entry->has_asn || (has_origin && entry->asn == origin);
}

static const struct policy_prefix *
match(const struct prefixlist *list, const struct prefix *prefix, bool any_origin, bool has_origin,
    uint32_t origin)
{
	unsigned octet = prefix->addr[0];
	struct key key;

	if (list == NULL)
		return NULL;
	if (prefix->len >= 8 && (list->octets[prefix->family][octet / 64] >> octet % 64 & 1) == 0)
		return NULL;
	key = key_of(prefix);
	for (uint32_t i = find_last(list, prefix->family, &key, prefix->len); i != NO_PARENT;
	     i = list->nodes[i].parent) {
		const struct node *node = &list->nodes[i];

		if (prefix->len < node->ge || prefix->len > node->le)
			continue;
		if (covers(node, &key, prefix->len) &&
		    (any_origin || admits_origin(node->entry, has_origin, origin)))
			return node->entry;
	}
	return NULL;
}

const struct policy_prefix *
prefixlist_match(const struct prefixlist *list, const struct prefix *prefix)
{
	return match(list, prefix, true, false, 0);
}

const struct policy_prefix *
prefixlist_match_origin(
    const struct prefixlist *list, const struct prefix *prefix, bool has_origin, uint32_t origin)
{
	return match(list, prefix, false, has_origin, origin);
}
