/*
 * Random numbers, prefixes, and the policy of the random run. Attributes are numbered, the number
 * stands in the block as a community, and a hash of (attributes, receiver) decides what the
 * receiver gets; so the naive model knows policy's answers without running it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/run.h"

static uint64_t random_state;

void
random_seed(uint64_t seed)
{
	random_state = seed;
}

uint32_t
rnd(uint32_t below)
{
	random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)((random_state >> 33) % below);
}

static uint32_t
mix(uint32_t a, uint32_t b)
{
	uint64_t x = ((uint64_t)a << 32 | b) * UINT64_C(0x9e3779b97f4a7c15);

	x ^= x >> 29;
	x *= UINT64_C(0xbf58476d1ce4e5b9);
	return (uint32_t)(x >> 32);
}

struct run run;

_Noreturn void
die(const char *what, unsigned slot, unsigned prefix)
{
	fprintf(stderr, "model: %s (slot %u, prefix %u)\n", what, slot, prefix);
	abort();
}

struct prefix
prefix_of(unsigned index)
{
	struct prefix p = {0};

	/* Nested ones: /8, /16 and /24 below few first octets. */
	p.family = (uint8_t)(index % 2 ? FAMILY_IPV6 : FAMILY_IPV4);
	p.len = (uint8_t)(8 + index / 2 % 3 * 8);
	p.addr[0] = (uint8_t)(index / 6 % 8 + 16);
	if (p.len >= 16)
		p.addr[1] = (uint8_t)(index / 48 + 1);
	if (p.len >= 24)
		p.addr[2] = (uint8_t)(index / 6 + 1);
	if (p.len == 8)
		p.addr[0] = (uint8_t)(index / 6 + 32);
	return p;
}

unsigned
index_of(const struct prefix *p)
{
	for (unsigned i = 0; i < PREFIXES; i++) {
		struct prefix q = prefix_of(i);

		if (memcmp(&q, p, sizeof(q)) == 0)
			return i;
	}
	die("an emission names a prefix that nobody announced", 0, 0);
	return 0;
}

void
put_block(struct block *b, const struct naive_attrs *a, bool has_med, int form)
{
	uint8_t *o = b->octets;
	size_t n = 0;

	memcpy(o, "\x04\xc0\x00\x02\x01\x40\x01\x00\x01", 9);
	n = 9;
	o[n++] = (uint8_t)a->origin;
	memcpy(o + n, "\x40\x02\x00", 3);
	n += 3;
	o[n++] = (uint8_t)(a->path_len == 0 ? 0 : 2 + 4 * a->path_len);
	if (a->path_len > 0) {
		o[n++] = AS_SEQUENCE;
		o[n++] = (uint8_t)a->path_len;
	}
	for (unsigned i = 0; i < a->path_len; i++, n += 4)
		memcpy(o + n, (uint8_t[4]){0, 0, 0, (uint8_t)(i == 0 ? a->neighbour_as : 9)}, 4);
	if (has_med) {
		memcpy(o + n, (uint8_t[8]){0x80, 4, 0, 4, 0, 0, 0, (uint8_t)a->med}, 8);
		n += 8;
	}
	memcpy(o + n, (uint8_t[8]){0xc0, 8, 0, 4, 0, 1, (uint8_t)(form >> 8), (uint8_t)form}, 8);
	b->len = n + 8;
}

int
form_of(const uint8_t *block, size_t len)
{
	struct attr_view a;

	if (!attrs_find(block, len, ATTR_COMMUNITIES, &a))
		die("an out-form without the test's community", 0, 0);
	return a.value[2] << 8 | a.value[3];
}

/* Some fit only wide classes, some only one family. */
bool
fits_class(int form, unsigned class, unsigned family)
{
	unsigned attr = (unsigned)form / FORMS_OF_ATTR;

	if (attr % 7 == 3 && (class & CLASS_AS4) == 0)
		return false;
	if (attr % 11 == 5 && (class & CLASS_EXT_MSG) == 0)
		return false;
	return attr % 13 != 6 || family == FAMILY_IPV4;
}

void
make_attrs(unsigned i)
{
	struct naive_attrs *a = &run.attrs[i];
	bool has_med = rnd(4) != 0, to_all = rnd(3) == 0;

	a->path_len = rnd(4);
	a->neighbour_as = a->path_len == 0 ? 0 : 1 + rnd(3);
	a->origin = rnd(8) == 0 ? 2 : 0;
	a->med = has_med ? rnd(3) * 10 : 0;
	a->local_pref = rnd(10) == 0 ? 0 : 100;
	a->accepted = rnd(10) != 0;
	for (unsigned slot = 0; slot < NAIVE_SLOTS; slot++) {
		uint32_t h = to_all ? 2 : mix(i, slot) % 8;

		a->out_form[slot] =
		    h < 2 ? NAIVE_NOTHING : (int)(i * FORMS_OF_ATTR + (h < 5 ? 0 : h - 4));
	}
	for (int f = 0; f < FORMS_OF_ATTR; f++)
		put_block(&run.blocks[i][f], a, has_med, (int)i * FORMS_OF_ATTR + f);
}

void
judge(void *ctx, const struct path_view *path, struct verdict *out)
{
	const struct naive_attrs *a =
	    &run.attrs[form_of(path->block, path->block_len) / FORMS_OF_ATTR];

	(void)ctx;
	out->accept = a->accepted;
	out->reason = a->accepted ? 0 : 7;
	out->local_pref = a->local_pref;
	out->tags = a->local_pref + 1;
}

void
reach(void *ctx, const uint8_t *block, size_t len, uint32_t tags, struct reach_out *out)
{
	unsigned i = (unsigned)form_of(block, len) / FORMS_OF_ATTR;

	(void)ctx;
	if (tags != run.attrs[i].local_pref + 1)
		die("reach() got other tags than judge() gave", 0, 0);
	for (int f = 0; f < FORMS_OF_ATTR; f++) {
		uint64_t words[(NAIVE_SLOTS + 63) / 64] = {0};
		bool any = false;

		for (unsigned slot = 0; slot < run.world.slots; slot++) {
			if (run.attrs[i].out_form[slot] != (int)i * FORMS_OF_ATTR + f)
				continue;
			words[slot / 64] |= UINT64_C(1) << (slot % 64);
			any = true;
		}
		if (any)
			reach_add(out, f == 0 ? NULL : run.blocks[i][f].octets,
			    f == 0 ? 0 : run.blocks[i][f].len, words, (run.world.slots + 63) / 64);
	}
}

uint8_t
fits(void *ctx, const uint8_t *block, size_t len, enum family family)
{
	int form = form_of(block, len);
	uint8_t mask = 0;

	(void)ctx;
	for (unsigned class = 0; class < CLASS_COUNT; class ++)
		if (fits_class(form, class, family))
			mask |= (uint8_t)(1u << class);
	return mask;
}
