/*
 * The prefix tree: see radix.h.
 */
#include "rib/radix.h"

#include <stddef.h>
#include <string.h>

#include "rib/bug.h"

static size_t
key_octets(const struct radix *radix)
{
	return radix->family == FAMILY_IPV4 ? 4 : 16;
}

void
radix_init(struct radix *radix, enum family family)
{
	size_t octets;

	*radix = (struct radix){.family = family};
	octets = offsetof(struct radix_node, key) + key_octets(radix);
	arena_init(&radix->nodes, (octets + 3) & ~(size_t)3);
}

void
radix_fini(struct radix *radix)
{
	arena_fini(&radix->nodes);
}

void
radix_prefix(const struct radix *radix, uint32_t node, struct prefix *out)
{
	const struct radix_node *n = radix_at(radix, node);

	*out = (struct prefix){.family = (uint8_t)radix->family, .len = n->len};
	memcpy(out->addr, n->key, key_octets(radix));
}

static unsigned
bit_at(const uint8_t *key, unsigned bit)
{
	return (unsigned)(key[bit / 8] >> (7 - bit % 8)) & 1;
}

static uint64_t
load_be64(const uint8_t *octets)
{
	uint64_t value;

	memcpy(&value, octets, sizeof(value));
	return __builtin_bswap64(value);
}

/*
 * How many leading bits two keys share, at most max. The keys are read word by word: this is where
 * an announcement spends most of its time.
 */
static unsigned
common_bits(const struct radix *radix, const uint8_t *a, const uint8_t *b, unsigned max)
{
	unsigned bits = max;
	uint32_t x, y;
	uint64_t diff;

	if (radix->family == FAMILY_IPV4) {
		memcpy(&x, a, sizeof(x));
		memcpy(&y, b, sizeof(y));
		if (x != y)
			bits = (unsigned)__builtin_clz(__builtin_bswap32(x ^ y));
		return bits < max ? bits : max;
	}
	if ((diff = load_be64(a) ^ load_be64(b)) != 0)
		bits = (unsigned)__builtin_clzll(diff);
	else if ((diff = load_be64(a + 8) ^ load_be64(b + 8)) != 0)
		bits = 64 + (unsigned)__builtin_clzll(diff);
	return bits < max ? bits : max;
}

/* True if the node's prefix covers the key, whose length is at least the node's. */
static bool
covers(const struct radix_node *n, const uint8_t *key)
{
	unsigned full = n->len / 8, rest = n->len % 8;

	if (memcmp(n->key, key, full) != 0)
		return false;
	return rest == 0 || ((n->key[full] ^ key[full]) & (0xff00U >> rest) & 0xff) == 0;
}

uint32_t
radix_find(const struct radix *radix, const struct prefix *prefix)
{
	uint32_t at = radix->root;

	while (at != 0) {
		const struct radix_node *n = radix_at(radix, at);

		if (n->len >= prefix->len) {
			if (n->len > prefix->len || n->value == 0)
				return 0;
			return memcmp(n->key, prefix->addr, key_octets(radix)) == 0 ? at : 0;
		}
		at = n->child[bit_at(prefix->addr, n->len)];
	}
	return 0;
}

static uint32_t
new_node(struct radix *radix, const uint8_t *key, unsigned len)
{
	uint32_t handle = arena_alloc(&radix->nodes);
	struct radix_node *n = radix_at(radix, handle);
	unsigned full = len / 8;

	n->len = (uint8_t)len;
	memcpy(n->key, key, full);
	if (len % 8 != 0)
		n->key[full] = (uint8_t)(key[full] & (0xff00U >> (len % 8)));
	return handle;
}

/* Puts a new node for the prefix above the subtree that hangs at *at and does not cover it. */
static uint32_t
insert_above(struct radix *radix, uint32_t *at, const struct prefix *prefix, unsigned common)
{
	uint32_t below = *at, node = new_node(radix, prefix->addr, prefix->len), glue;
	const uint8_t *below_key = radix_at(radix, below)->key;

	if (common == prefix->len) {
		radix_at(radix, node)->child[bit_at(below_key, common)] = below;
		*at = node;
		return node;
	}
	glue = new_node(radix, prefix->addr, common);
	radix_at(radix, glue)->child[bit_at(below_key, common)] = below;
	radix_at(radix, glue)->child[bit_at(prefix->addr, common)] = node;
	*at = glue;
	return node;
}

uint32_t
radix_insert(struct radix *radix, const struct prefix *prefix)
{
	uint32_t *at = &radix->root;

	while (*at != 0) {
		struct radix_node *n = radix_at(radix, *at);
		unsigned max = n->len < prefix->len ? n->len : prefix->len;
		unsigned common = common_bits(radix, n->key, prefix->addr, max);

		if (common < n->len)
			return insert_above(radix, at, prefix, common);
		if (n->len == prefix->len)
			return *at;
		at = &n->child[bit_at(prefix->addr, n->len)];
	}
	*at = new_node(radix, prefix->addr, prefix->len);
	return *at;
}

/* Takes out a node without value that has at most one child. */
static void
splice(struct radix *radix, uint32_t *at)
{
	uint32_t gone = *at;
	const struct radix_node *n = radix_at(radix, gone);

	*at = n->child[0] != 0 ? n->child[0] : n->child[1];
	arena_free(&radix->nodes, gone);
}

void
radix_remove(struct radix *radix, const struct prefix *prefix)
{
	uint32_t *at = &radix->root, *above = NULL;
	struct radix_node *n, *parent;

	for (;;) {
		if (*at == 0)
			rib_bug("a prefix to be removed is not in the tree");
		n = radix_at(radix, *at);
		if (n->len >= prefix->len)
			break;
		above = at;
		at = &n->child[bit_at(prefix->addr, n->len)];
	}
	if (n->len != prefix->len || n->value == 0 || !covers(n, prefix->addr))
		rib_bug("a prefix to be removed is not in the tree");
	n->value = 0;
	if (n->child[0] != 0 && n->child[1] != 0)
		return;
	splice(radix, at);
	if (above == NULL || *at != 0)
		return;
	parent = radix_at(radix, *above);
	if (parent->value == 0)
		splice(radix, above);
}

uint32_t
radix_covering(const struct radix *radix, const struct prefix *prefix, unsigned min_len)
{
	uint32_t at = radix->root;

	while (at != 0) {
		const struct radix_node *n = radix_at(radix, at);

		if (n->len > prefix->len || !covers(n, prefix->addr))
			return 0;
		if (n->value != 0 && n->len >= min_len)
			return at;
		if (n->len == prefix->len)
			return 0;
		at = n->child[bit_at(prefix->addr, n->len)];
	}
	return 0;
}

uint32_t
radix_longest(const struct radix *radix, const struct prefix *prefix)
{
	uint32_t at = radix->root, longest = 0;

	while (at != 0) {
		const struct radix_node *n = radix_at(radix, at);

		if (n->len > prefix->len || !covers(n, prefix->addr))
			break;
		if (n->value != 0)
			longest = at;
		if (n->len == prefix->len)
			break;
		at = n->child[bit_at(prefix->addr, n->len)];
	}
	return longest;
}

static void
pass_push(struct radix_pass *pass, uint32_t node)
{
	if (node != 0)
		pass->stack[pass->depth++] = node;
}

static void
pass_push_children(struct radix_pass *pass, const struct radix_node *n)
{
	pass_push(pass, n->child[1]);
	pass_push(pass, n->child[0]);
}

/* Leaves on the stack exactly the subtrees behind the key, the first on top. */
void
radix_pass_init(
    struct radix_pass *pass, const struct radix *radix, const struct prefix *key, bool inclusive)
{
	uint32_t at = radix->root;

	pass->radix = radix;
	pass->depth = 0;
	if (key == NULL) {
		pass_push(pass, at);
		return;
	}
	while (at != 0) {
		const struct radix_node *n = radix_at(radix, at);
		unsigned max = n->len < key->len ? n->len : key->len;
		unsigned common = common_bits(radix, n->key, key->addr, max);

		if (common < max) {
			if (bit_at(key->addr, common) == 0)
				pass_push(pass, at);
			return;
		}
		if (n->len > key->len || (n->len == key->len && inclusive)) {
			pass_push(pass, at);
			return;
		}
		if (n->len == key->len) {
			pass_push_children(pass, n);
			return;
		}
		if (bit_at(key->addr, n->len) == 0)
			pass_push(pass, n->child[1]);
		at = n->child[bit_at(key->addr, n->len)];
	}
}

uint32_t
radix_pass_next(struct radix_pass *pass)
{
	while (pass->depth > 0) {
		uint32_t at = pass->stack[--pass->depth];
		const struct radix_node *n = radix_at(pass->radix, at);

		pass_push_children(pass, n);
		if (n->value != 0)
			return at;
	}
	return 0;
}

/* Checks what hangs below a node; counts the nodes. Depth is at most 129. */
static const char *
check_below(const struct radix *radix, uint32_t at, uint32_t *count)
{
	const struct radix_node *n = radix_at(radix, at);
	struct prefix p;

	(*count)++;
	radix_prefix(radix, at, &p);
	if (!prefix_is_valid(&p))
		return "radix: a node's key has bits behind its length";
	if (n->value == 0 && (n->child[0] == 0 || n->child[1] == 0))
		return "radix: glue that joins nothing";
	for (unsigned side = 0; side < 2; side++) {
		const struct radix_node *child;
		const char *broken;

		if (n->child[side] == 0)
			continue;
		if (!arena_is_live(&radix->nodes, n->child[side]))
			return "radix: a child that is not in use";
		child = radix_at(radix, n->child[side]);
		if (child->len <= n->len || !covers(n, child->key))
			return "radix: a child that its parent does not cover";
		if (bit_at(child->key, n->len) != side)
			return "radix: a child on the wrong side";
		broken = check_below(radix, n->child[side], count);
		if (broken != NULL)
			return broken;
	}
	return NULL;
}

const char *
radix_check(const struct radix *radix)
{
	const char *broken = NULL;
	uint32_t count = 0;

	if (radix->root != 0)
		broken = check_below(radix, radix->root, &count);
	if (broken == NULL && count != radix->nodes.live)
		broken = "radix: nodes that hang nowhere";
	return broken;
}
