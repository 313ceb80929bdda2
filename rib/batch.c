/*
 * Grouping and emission.
 *
 *   change --> group {kind, class, receivers, out-form, family}     found by hash while collecting
 *   sealed:  groups sorted by kind (BoRR, withdrawals, announcements, End-of-RIB, EoRR), class,
 *            serial of the receivers, serial of the form, family; changes laid out group by group,
 *            each group in prefix order:
 *
 *     prefixes [ group 4 ........ | group 1 .... | group 7 .. ]     order = 4, 1, 7
 *                     ^ first        ^ first                        first moves as emit() takes
 *
 * Within a batch a (prefix, receiver, path id) occurs once, so that sorting never turns the order
 * of two words about the same route around. A batch is emitted whole before the next is collected.
 */
#include "rib/batch.h"

#include <stdlib.h>
#include <string.h>

#include "rib/owed.h"
#include "rib/peer.h"

static uint32_t
hash_slot(enum emission_kind kind, uint8_t class, set_id to, attrs_id form, enum family family)
{
	uint64_t mix = (uint64_t)to * UINT64_C(0x9e3779b97f4a7c15) ^
	    ((uint64_t)form * 256 + class * 16U + (unsigned)kind * 2U + (unsigned)family) *
		UINT64_C(0xc2b2ae3d27d4eb4f);

	return (uint32_t)(mix >> 32) % BATCH_HASH;
}

static uint32_t
new_group(struct table *t, const struct batch_group *group)
{
	struct batch *b = &t->batch;

	GROW(b->groups, b->group_room, b->group_count + 1);
	b->groups[b->group_count] = *group;
	slotset_ref(&t->sets, group->set);
	if (group->form != 0)
		attrstore_ref(&t->attrs, group->form);
	b->hash[group->hash_slot] = ++b->group_count;
	return b->group_count - 1;
}

static uint32_t
find_group(struct table *t, enum emission_kind kind, uint8_t class, set_id to, attrs_id form,
    enum family family)
{
	const struct batch *b = &t->batch;
	uint32_t slot = hash_slot(kind, class, to, form, family);

	for (uint32_t g = b->hash[slot]; g != 0; g = b->groups[g - 1].chain) {
		const struct batch_group *group = &b->groups[g - 1];

		if (group->set == to && group->form == form && group->kind == kind &&
		    group->class == class && group->family == family)
			return g - 1;
	}
	return new_group(t,
	    &(struct batch_group){.kind = kind,
		.family = family,
		.class = class,
		.set = to,
		.form = form,
		.hash_slot = slot,
		.chain = b->hash[slot]});
}

static uint64_t
load_be64(const uint8_t *octets)
{
	uint64_t value;

	memcpy(&value, octets, sizeof(value));
	return __builtin_bswap64(value);
}

static void
store_be64(uint8_t *octets, uint64_t value)
{
	value = __builtin_bswap64(value);
	memcpy(octets, &value, sizeof(value));
}

void
batch_add(struct table *t, enum emission_kind kind, uint8_t class, set_id to, attrs_id form,
    const struct prefix *prefix, uint32_t path_id)
{
	struct batch *b = &t->batch;
	enum family family = prefix->family;
	uint32_t group = find_group(t, kind, class, to, form, family);

	GROW(b->changes, b->change_room, b->change_count + 1);
	b->changes[b->change_count++] = (struct batch_change){.high = load_be64(prefix->addr),
	    .low = load_be64(prefix->addr + 8),
	    .group = group,
	    .path_id = path_id,
	    .len = prefix->len};
	b->groups[group].end++;
}

void
batch_add_marker(
    struct table *t, enum emission_kind kind, enum family family, uint8_t class, set_id to)
{
	find_group(t, kind, class, to, 0, family);
}

/* ---- sealing ---- */

static int
order_u64(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/*
 * Markers stand around what they mark; withdrawals make room at the member before announcements
 * fill it.
 */
static const uint8_t kind_rank[] = {
    [EMIT_BORR] = 0,
    [EMIT_WITHDRAW] = 1,
    [EMIT_ANNOUNCE] = 2,
    [EMIT_EOR] = 3,
    [EMIT_EORR] = 4,
};

static int
compare_groups(const void *x, const void *y, void *arg)
{
	const struct table *t = arg;
	const struct batch_group *a = &t->batch.groups[*(const uint32_t *)x];
	const struct batch_group *b = &t->batch.groups[*(const uint32_t *)y];

	if (a->kind != b->kind)
		return (int)kind_rank[a->kind] - (int)kind_rank[b->kind];
	if (a->class != b->class)
		return (int)a->class - (int)b->class;
	if (a->set != b->set)
		return order_u64(
		    slotset_serial(&t->sets, a->set), slotset_serial(&t->sets, b->set));
	if (a->form != b->form)
		return order_u64(attrstore_at(&t->attrs, a->form)->serial,
		    attrstore_at(&t->attrs, b->form)->serial);
	return (int)a->family - (int)b->family;
}

static bool
is_before(const struct batch_change *a, const struct batch_change *b)
{
	if (a->high != b->high)
		return a->high < b->high;
	if (a->low != b->low)
		return a->low < b->low;
	if (a->len != b->len)
		return a->len < b->len;
	return a->path_id < b->path_id;
}

/* Merge sort; what is sorted already, as tables often arrive, costs one pass. */
static void
sort_changes(struct batch_change *c, struct batch_change *spare, size_t n)
{
	size_t half = n / 2, i = 0, j = 0, k = 0;

	for (k = 1; k < n && !is_before(&c[k], &c[k - 1]); k++)
		;
	if (k >= n)
		return;
	sort_changes(c, spare, half);
	sort_changes(c + half, spare, n - half);
	memcpy(spare, c, half * sizeof(*c));
	for (k = 0, j = half; i < half; k++) {
		if (j < n && is_before(&c[j], &spare[i]))
			c[k] = c[j++];
		else
			c[k] = spare[i++];
	}
}

/* Lays the changes out group by group. */
static void
scatter(struct batch *b)
{
	uint32_t at = 0;

	for (uint32_t i = 0; i < b->group_count; i++) {
		struct batch_group *group = &b->groups[b->order[i]];
		uint32_t count = group->end;

		group->first = group->end = at;
		at += count;
	}
	for (uint32_t i = 0; i < b->change_count; i++)
		b->sorted[b->groups[b->changes[i].group].end++] = b->changes[i];
}

static void
seal(struct table *t)
{
	struct batch *b = &t->batch;

	GROW(b->order, b->order_room, b->group_count);
	for (uint32_t i = 0; i < b->group_count; i++)
		b->order[i] = i;
	qsort_r(b->order, b->group_count, sizeof(*b->order), compare_groups, t);
	GROW(b->sorted, b->sorted_room, b->change_count);
	scatter(b);
	if (b->change_count > b->prefix_room) {
		GROW(b->prefixes, b->prefix_room, b->change_count);
		b->path_ids = arena_realloc(b->path_ids, b->prefix_room * sizeof(*b->path_ids));
	}
	for (uint32_t i = 0; i < b->group_count; i++) {
		const struct batch_group *group = &b->groups[i];

		if (group->first == group->end)
			continue; /* a marker; and there may be no arrays yet */
		sort_changes(b->sorted + group->first, b->changes, group->end - group->first);
		for (uint32_t k = group->first; k < group->end; k++) {
			const struct batch_change *c = &b->sorted[k];

			b->prefixes[k] =
			    (struct prefix){.family = (uint8_t)group->family, .len = c->len};
			store_be64(b->prefixes[k].addr, c->high);
			store_be64(b->prefixes[k].addr + 8, c->low);
			b->path_ids[k] = c->path_id;
		}
	}
	b->at = 0;
	b->sealed = true;
}

static void
empty(struct table *t)
{
	struct batch *b = &t->batch;

	for (uint32_t i = 0; i < b->group_count; i++) {
		struct batch_group *group = &b->groups[i];

		b->hash[group->hash_slot] = 0;
		slotset_unref(&t->sets, group->set);
		if (group->form != 0)
			attrstore_unref(&t->attrs, group->form);
	}
	b->group_count = b->change_count = 0;
	b->sealed = false;
	slotset_trim(&t->sets);
}

/* Offers one group; true if nothing of it is left. */
static bool
offer(struct table *t, struct batch_group *group)
{
	const struct batch *b = &t->batch;
	struct emission e = {.kind = group->kind,
	    .family = group->family,
	    .class = group->class,
	    .count = group->end - group->first};
	size_t taken;

	e.words = slotset_words(&t->sets, group->set, &e.nwords);
	if (group->form != 0) {
		e.block = attrstore_at(&t->attrs, group->form)->block;
		e.block_len = attrstore_at(&t->attrs, group->form)->len;
	}
	if (e.count > 0) {
		e.prefixes = b->prefixes + group->first;
		e.path_ids = b->path_ids + group->first;
	}
	taken = t->config.emit(t->config.emit_ctx, &e);
	if (e.count > 0) {
		group->first += (uint32_t)(taken < e.count ? taken : e.count);
		return group->first == group->end;
	}
	if (taken == 0)
		return false;
	if (group->kind == EMIT_EOR)
		peer_eor_emitted(t, group->family, group->set);
	return true;
}

bool
batch_flush(struct table *t)
{
	struct batch *b = &t->batch;

	if (!b->sealed && b->group_count > 0)
		seal(t);
	for (; b->at < b->group_count; b->at++) {
		struct batch_group *group = &b->groups[b->order[b->at]];

		if (group->set != SLOTSET_EMPTY && !offer(t, group))
			return false;
	}
	empty(t);
	return true;
}

/* ---- receivers that leave ---- */

/*
 * A refresh whose EoRR is not told has to be done anew. One whose BoRR waits alone still runs, and
 * is given up by owed_cut().
 */
static void
owe_group(struct table *t, uint16_t slot, const struct batch_group *group)
{
	const struct batch *b = &t->batch;

	if (group->kind == EMIT_EOR)
		owed_add_eor(t, slot, group->family);
	else if (group->kind == EMIT_EORR)
		peer_at(t, slot, group->family)->refresh_again = true;
	for (uint32_t i = group->first; i < group->end; i++)
		owed_add_prefix(t, slot, &b->prefixes[i], b->path_ids[i]);
}

void
batch_drop(struct table *t, uint16_t slot, bool owe)
{
	struct batch *b = &t->batch;

	if (!b->sealed)
		return;
	for (; b->at < b->group_count; b->at++) {
		if (b->groups[b->order[b->at]].set != SLOTSET_EMPTY)
			break;
	}
	for (uint32_t i = b->at; i < b->group_count; i++) {
		struct batch_group *group = &b->groups[b->order[i]];
		set_id left = slotset_minus_slot(&t->sets, group->set, slot);

		if (left == group->set)
			continue;
		slotset_ref(&t->sets, left);
		slotset_unref(&t->sets, group->set);
		group->set = left;
		if (owe)
			owe_group(t, slot, group);
	}
}

void
batch_fini(struct table *t)
{
	struct batch *b = &t->batch;

	free(b->changes);
	free(b->sorted);
	free(b->groups);
	free(b->order);
	free(b->prefixes);
	free(b->path_ids);
}
