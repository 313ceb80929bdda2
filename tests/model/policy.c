/*
 * Random numbers, prefixes, and the policy of the random run. Attributes are numbered, the number
 * stands in the block as a community, and a hash of (attributes, receiver) decides what the
 * receiver gets; so the naive model knows policy's answers without running it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/run.h"

#define NONE 0xff

static uint64_t random_state;

/* Neighbouring seeds begin far apart, or their worlds would be all alike. */
void
random_seed(uint64_t seed)
{
	seed = (seed ^ seed >> 30) * UINT64_C(0xbf58476d1ce4e5b9) + UINT64_C(0x9e3779b97f4a7c15);
	random_state = (seed ^ seed >> 27) * UINT64_C(0x94d049bb133111eb);
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
struct totals totals;

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
	static struct prefix all[PREFIXES];
	unsigned i = 0;

	if (all[0].len == 0)
		for (; i < PREFIXES; i++)
			all[i] = prefix_of(i);
	for (i = 0; i < PREFIXES && memcmp(&all[i], p, sizeof(*p)) != 0; i++)
		;
	if (i == PREFIXES)
		die("an emission names a prefix that nobody announced", 0, 0);
	return i;
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
	if (attr % 17 == 9 && family == FAMILY_IPV4 && (class & CLASS_IPV6_NEXT_HOP) == 0)
		return false;
	return attr % 13 != 6 || family == FAMILY_IPV4;
}

int
attrs_now(unsigned i)
{
	return (int)(run.version * ATTRS + i);
}

/* Two attributes part their receivers alike if the first who gets a form is the same for all. */
static void
first_of_form(const struct naive_attrs *a, uint8_t first[NAIVE_SLOTS])
{
	for (unsigned slot = 0; slot < run.world.slots; slot++) {
		unsigned k = 0;

		while (k < slot && a->out_form[k] != a->out_form[slot])
			k++;
		first[slot] = a->out_form[slot] == NAIVE_NOTHING ? NONE : (uint8_t)k;
	}
}

/* Numbers the partition: that of the lowest attributes with the same one, + 1. */
static void
number_partition(unsigned index)
{
	static uint8_t firsts[VERSIONS * ATTRS][NAIVE_SLOTS];
	struct naive_attrs *a = &run.attrs[index];
	bool nobody = true, everyone = true;
	unsigned k = 0;

	first_of_form(a, firsts[index]);
	for (unsigned slot = 0; slot < run.world.slots; slot++) {
		nobody = nobody && firsts[index][slot] == NONE;
		everyone = everyone && firsts[index][slot] == 0;
	}
	while (memcmp(firsts[k], firsts[index], run.world.slots) != 0)
		k++;
	a->partition = nobody || everyone ? 0 : k + 1;
}

/* What policy says of the attributes from now on. */
static void
make_policy(unsigned i)
{
	struct naive_attrs *a = &run.attrs[attrs_now(i)];
	bool to_all = rnd(3) == 0;
	uint32_t salt = rnd(1000000);

	a->local_pref = rnd(10) == 0 ? 0 : 100;
	a->accepted = rnd(8) != 0;
	a->tagged = !a->accepted && rnd(2) == 0;
	for (unsigned slot = 0; slot < NAIVE_SLOTS; slot++) {
		uint32_t h = to_all ? 2 : mix(i + salt, slot) % 8;

		a->out_form[slot] = (int)(i * FORMS_OF_ATTR + (h < 5 ? 0 : h - 4));
		if (h < 2 || (a->tagged && slot != run.collector) ||
		    (!a->tagged && slot == run.collector))
			a->out_form[slot] = NAIVE_NOTHING;
	}
	number_partition((unsigned)attrs_now(i));
}

void
make_attrs(unsigned i)
{
	struct naive_attrs *a = &run.attrs[i];
	bool has_med = rnd(4) != 0;

	a->path_len = rnd(4);
	a->neighbour_as = a->path_len == 0 ? 0 : 1 + rnd(3);
	a->origin = rnd(8) == 0 ? 2 : 0;
	a->med = has_med ? rnd(3) * 10 : 0;
	make_policy(i);
	for (int f = 0; f < FORMS_OF_ATTR; f++)
		put_block(&run.blocks[i][f], a, has_med, (int)i * FORMS_OF_ATTR + f);
}

void
make_version(void)
{
	unsigned before = run.version++;

	run.versions[run.version] = run.version;
	for (unsigned i = 0; i < ATTRS; i++) {
		run.attrs[attrs_now(i)] = run.attrs[before * ATTRS + i];
		if (rnd(4) == 0)
			make_policy(i);
		else
			number_partition((unsigned)attrs_now(i));
	}
}

/* The attributes of a block as policy of this context sees them. */
static const struct naive_attrs *
attrs_of(const void *ctx, const uint8_t *block, size_t len)
{
	if (*(const unsigned *)ctx != run.version)
		die("policy of another version was asked", 0, 0);
	return &run.attrs[attrs_now((unsigned)form_of(block, len) / FORMS_OF_ATTR)];
}

void
judge(void *ctx, const struct path_view *path, struct verdict *out)
{
	const struct naive_attrs *a = attrs_of(ctx, path->block, path->block_len);

	out->accept = a->accepted;
	out->tagged = a->tagged;
	out->reason = a->accepted ? 0 : REASON_POLICY;
	out->local_pref = a->local_pref;
	out->tags = a->local_pref + 1 + a->tagged;
}

/* The receivers of one form. */
static unsigned
receivers_of(const struct naive_attrs *a, int form, uint64_t words[(NAIVE_SLOTS + 63) / 64])
{
	unsigned count = 0;

	for (unsigned slot = 0; slot < run.world.slots; slot++) {
		if (a->out_form[slot] != form)
			continue;
		words[slot / 64] |= UINT64_C(1) << (slot % 64);
		count++;
	}
	return count;
}

void
reach(void *ctx, const uint8_t *block, size_t len, uint32_t tags, struct reach_out *out)
{
	unsigned i = (unsigned)form_of(block, len) / FORMS_OF_ATTR;
	const struct naive_attrs *a = attrs_of(ctx, block, len);

	if (tags != a->local_pref + 1 + a->tagged)
		die("reach() got other tags than judge() gave", 0, 0);
	for (int f = 0; f < FORMS_OF_ATTR; f++) {
		uint64_t words[(NAIVE_SLOTS + 63) / 64] = {0};
		unsigned count = receivers_of(a, (int)i * FORMS_OF_ATTR + f, words);

		if (count > 0)
			reach_add(out, f == 0 ? NULL : run.blocks[i][f].octets,
			    f == 0 ? 0 : run.blocks[i][f].len,
			    count == run.world.slots ? NULL : words, (run.world.slots + 63) / 64);
	}
}

uint16_t
fits(void *ctx, const uint8_t *block, size_t len, enum family family)
{
	int form = form_of(block, len);
	uint16_t mask = 0;

	(void)ctx;
	for (unsigned class = 0; class < CLASS_COUNT; class ++)
		if (fits_class(form, class, family))
			mask |= (uint16_t)(1u << class);
	return mask;
}
