/*
 * Reaches: (policy, attributes, tags) -> disjoint (out-form, slot set) pairs. Those of a policy of
 * before stay with the paths that have them until these are judged again. Pairs of one out-form are
 * joined, and a slot named twice belongs to the first pair that names it: disjointness is what
 * "at most one route per prefix and receiver" stands on, so it does not hang on policy's care.
 */
#include "rib/reach.h"

#include <string.h>

#include "rib/bug.h"
#include "rib/partition.h"

struct reach_out {
	struct table *table;
	attrs_id attrs;
	set_id covered;
	bool is_plain;
	uint32_t *tail; /* link of the last pair, for pairs to stay in policy's order */
	uint32_t *head;
};

static uint32_t
hash_of(attrs_id attrs, uint32_t tags)
{
	uint64_t mix = ((uint64_t)attrs << 32 | tags) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(mix >> 32);
}

/* Takes over the reference to the form. */
static void
add_pair(struct reach_out *out, attrs_id form, set_id set)
{
	struct table *t = out->table;
	uint32_t handle;

	for (uint32_t h = *out->head; h != 0; h = pair_at(t, h)->next) {
		struct reach_pair *pair = pair_at(t, h);

		if (pair->form != form)
			continue;
		set = slotset_or(&t->sets, pair->set, set);
		slotset_ref(&t->sets, set);
		slotset_unref(&t->sets, pair->set);
		pair->set = set;
		attrstore_unref(&t->attrs, form);
		return;
	}
	handle = arena_alloc(&t->pairs);
	slotset_ref(&t->sets, set);
	*pair_at(t, handle) = (struct reach_pair){.form = form, .set = set};
	*out->tail = handle;
	out->tail = &pair_at(t, handle)->next;
}

void
reach_add(struct reach_out *out, const uint8_t *block, size_t block_len, const uint64_t *words,
    size_t nwords)
{
	struct table *t = out->table;
	set_id set = t->sets.everyone;

	/* Policy may name slots that a smaller table does not have. */
	if (words != NULL)
		set = slotset_intern(&t->sets, words, nwords < t->nwords ? nwords : t->nwords);
	set = slotset_minus(&t->sets, set, out->covered);
	if (set == SLOTSET_EMPTY)
		return;
	out->covered = slotset_or(&t->sets, out->covered, set);
	if (block == NULL) {
		attrstore_ref(&t->attrs, out->attrs);
		add_pair(out, out->attrs, set);
	} else {
		add_pair(out, attrstore_intern(&t->attrs, block, block_len), set);
	}
}

void
reach_plain(struct reach_out *out)
{
	out->is_plain = true;
}

static uint32_t
ask(struct table *t, attrs_id attrs, uint32_t tags)
{
	uint32_t handle = arena_alloc(&t->reaches);
	struct reach *reach = reach_at(t, handle);
	const struct attr *attr = attrstore_at(&t->attrs, attrs);
	struct reach_out out = {
	    .table = t, .attrs = attrs, .tail = &reach->pairs, .head = &reach->pairs};

	reach->attrs = attrs;
	reach->tags = tags;
	reach->policy = t->policy_serial;
	attrstore_ref(&t->attrs, attrs);
	t->config.policy.reach(t->config.policy.ctx, attr->block, attr->len, tags, &out);
	reach->partition = out.is_plain ? 0 : partition_key(t, reach->pairs);
	index_insert(&t->reach_index, handle, hash_of(attrs, tags));
	return handle;
}

static bool
answers(const struct table *t, uint32_t handle, attrs_id attrs, uint32_t tags)
{
	const struct reach *reach = reach_at(t, handle);

	return reach->attrs == attrs && reach->tags == tags && reach->policy == t->policy_serial;
}

uint32_t
reach_ref(struct table *t, uint32_t likely, attrs_id attrs, uint32_t tags)
{
	uint32_t hash = hash_of(attrs, tags), handle = 0;

	if (likely != 0 && answers(t, likely, attrs, tags)) {
		reach_at(t, likely)->refs++;
		return likely;
	}
	while ((handle = index_find(&t->reach_index, hash, handle)) != 0) {
		if (answers(t, handle, attrs, tags))
			break;
	}
	if (handle == 0)
		handle = ask(t, attrs, tags);
	reach_at(t, handle)->refs++;
	return handle;
}

bool
reach_is_equal(const struct table *t, uint32_t a, uint32_t b)
{
	uint32_t x, y;

	if (a == 0 || b == 0 || a == b)
		return a == b;
	x = reach_at(t, a)->pairs;
	y = reach_at(t, b)->pairs;
	while (x != 0 && y != 0) {
		if (pair_at(t, x)->form != pair_at(t, y)->form ||
		    pair_at(t, x)->set != pair_at(t, y)->set)
			return false;
		x = pair_at(t, x)->next;
		y = pair_at(t, y)->next;
	}
	return x == y;
}

void
reach_unref(struct table *t, uint32_t handle)
{
	struct reach *reach = reach_at(t, handle);
	uint32_t next;

	if (reach->refs == 0)
		rib_bug("a reach lost a reference that it never had");
	if (--reach->refs != 0)
		return;
	for (uint32_t h = reach->pairs; h != 0; h = next) {
		const struct reach_pair *pair = pair_at(t, h);

		next = pair->next;
		slotset_unref(&t->sets, pair->set);
		attrstore_unref(&t->attrs, pair->form);
		arena_free(&t->pairs, h);
	}
	index_remove(&t->reach_index, handle);
	attrstore_unref(&t->attrs, reach->attrs);
	arena_free(&t->reaches, handle);
}
