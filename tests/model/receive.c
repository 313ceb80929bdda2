/* The receivers of the random run: what is emitted to them, what they have read and hold. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/model/run.h"

static void
digest_add(const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		run.digest = (run.digest ^ p[i]) * UINT64_C(0x100000001b3);
}

static void
free_unread(struct unread *u)
{
	free(u->prefixes);
	free(u->ids);
	free(u);
}

void
queue_reset(struct receiver *r)
{
	while (r->first != NULL) {
		struct unread *u = r->first;

		r->first = u->next;
		free_unread(u);
	}
	r->last = &r->first;
	r->unread = 0;
}

static void *
need(size_t count, size_t size)
{
	void *p = calloc(count > 0 ? count : 1, size);

	if (p == NULL)
		abort();
	return p;
}

static void
enqueue(unsigned slot, const struct emission *e, size_t take)
{
	struct receiver *r = &run.receivers[slot];
	struct unread *u = need(1, sizeof(*u));

	u->kind = e->kind;
	u->family = e->family;
	u->form = e->kind == EMIT_ANNOUNCE ? form_of(e->block, e->block_len) : 0;
	u->count = e->count == 0 ? 0 : take;
	u->prefixes = need(u->count, sizeof(*u->prefixes));
	u->ids = need(u->count, sizeof(*u->ids));
	for (size_t i = 0; i < u->count; i++) {
		u->prefixes[i] = index_of(&e->prefixes[i]);
		u->ids[i] = (e->class & CLASS_ADD_PATH) != 0 ? e->path_ids[i] : 0;
	}
	*r->last = u;
	r->last = &u->next;
	r->unread++;
}

static void
check_emission(const struct emission *e, unsigned slot)
{
	const struct naive_peer *peer = &run.world.peers[slot];

	if (slot >= run.world.slots || !peer->up)
		die("an emission names a peer that is down", slot, 0);
	if (!peer->wants[e->family])
		die("an emission names a peer without the family", slot, 0);
	if (run.receivers[slot].cut)
		die("an emission names a peer that is cut", slot, 0);
	if (run.receivers[slot].is_new)
		die("a new peer is told something while walks are deferred", slot, 0);
	if (peer->class[e->family] != e->class)
		die("an emission has another class than the peer", slot, 0);
}

size_t
emit(void *ctx, const struct emission *e)
{
	size_t take = e->count == 0 ? 1 : e->count;
	bool any = false;

	(void)ctx;
	if (run.short_emits > 0 && rnd(100) < run.short_emits)
		take = e->count == 0 ? 0 : rnd((uint32_t)e->count);
	for (size_t i = 1; i < e->count; i++)
		if (prefix_compare(&e->prefixes[i - 1], &e->prefixes[i]) > 0)
			die("prefixes of an emission are not in order", 0, 0);
	digest_add(&e->kind, sizeof(e->kind));
	digest_add(&take, sizeof(take));
	digest_add(e->words, e->nwords * sizeof(*e->words));
	if (e->count > 0)
		digest_add(e->prefixes, take * sizeof(*e->prefixes));
	if (e->kind == EMIT_ANNOUNCE)
		digest_add(e->block, e->block_len);
	for (unsigned slot = 0; slot < e->nwords * 64; slot++) {
		if (((e->words[slot / 64] >> (slot % 64)) & 1) == 0)
			continue;
		any = true;
		check_emission(e, slot);
		if (take == 0)
			continue;
		if (e->count == 0)
			marker_emitted(slot, e->kind, e->family);
		enqueue(slot, e, take);
	}
	if (!any)
		die("an emission without receivers", 0, 0);
	return take;
}

static void
hold_put(struct holding *h, uint32_t id, int form)
{
	for (size_t i = 0; i < h->count; i++) {
		if (h->paths[i].id == id) {
			h->paths[i].form = form;
			h->paths[i].stale = false;
			return;
		}
	}
	if (h->count == h->room) {
		h->room = h->room * 2 + 4;
		h->paths = realloc(h->paths, h->room * sizeof(*h->paths));
		if (h->paths == NULL)
			abort();
	}
	h->paths[h->count++] = (struct held){.id = id, .form = form};
}

static void
hold_drop(struct holding *h, uint32_t id)
{
	for (size_t i = 0; i < h->count; i++)
		if (h->paths[i].id == id)
			h->paths[i--] = h->paths[--h->count];
}

void
read_one(unsigned slot)
{
	struct receiver *r = &run.receivers[slot];
	struct unread *u = r->first;

	r->first = u->next;
	if (r->first == NULL)
		r->last = &r->first;
	r->unread--;
	if (u->kind == EMIT_EOR)
		r->eor[u->family]++;
	else if (u->kind == EMIT_BORR)
		begin_refresh(slot, u->family);
	else if (u->kind == EMIT_EORR)
		end_refresh(slot, u->family);
	for (size_t i = 0; i < u->count; i++) {
		if (u->kind == EMIT_ANNOUNCE)
			hold_put(&r->holds[u->prefixes[i]], u->ids[i], u->form);
		else
			hold_drop(&r->holds[u->prefixes[i]], u->ids[i]);
	}
	free_unread(u);
}

static int
compare_ints(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

static void
check_view(unsigned slot, unsigned prefix)
{
	const struct holding *h = &run.receivers[slot].holds[prefix];
	int want[NAIVE_SLOTS * NAIVE_IDS], have[NAIVE_SLOTS * NAIVE_IDS];
	enum naive_step step;
	size_t all, n = naive_view(&run.world, slot, prefix, want, &step, &all);

	if (n > 0 && !run.world.peers[slot].add_path)
		totals.steps[step]++;
	totals.checked++;
	totals.best_n += run.world.peers[slot].add_path && n < all;
	if (h->count == n) {
		for (size_t i = 0; i < n; i++)
			have[i] = h->paths[i].form;
		qsort(have, n, sizeof(*have), compare_ints);
		if (n == 0 || memcmp(have, want, n * sizeof(*have)) == 0)
			return;
	}
	fprintf(stderr, "model: has %zu", h->count);
	for (size_t i = 0; i < h->count; i++)
		fprintf(stderr, " id %u form %d", h->paths[i].id, h->paths[i].form);
	fprintf(stderr, ", wants %zu", n);
	for (size_t i = 0; i < n; i++)
		fprintf(stderr, " form %d", want[i]);
	fprintf(stderr, ", decided by %s\n", naive_step_name(step));
	die("a view differs from the model's", slot, prefix);
}

void
check_peer(unsigned slot)
{
	const struct receiver *r = &run.receivers[slot];
	const struct naive_peer *peer = &run.world.peers[slot];
	bool has;
	unsigned partitions =
	    naive_partitions(&run.world, slot, attrs_now(0), NAIVE_PREFIXES, NAIVE_IDS, 0, &has);

	for (unsigned family = 0; family < 2; family++) {
		struct table_peer_view v;

		table_peer_get(run.table, (uint16_t)slot, family, &v);
		if (v.received != r->paths[family])
			die("the count of received paths is wrong", slot, family);
		if (v.stale != stale_count(slot, family))
			die("the count of stale paths is wrong", slot, family);
		if (v.over_paths != r->over_paths[family])
			die("the count of refused paths of a prefix is wrong", slot, family);
		if (v.accepted + v.rejected != v.received)
			die("accepted and rejected do not add up", slot, family);
		if (v.accepted != naive_accepted(&run.world, slot, family))
			die("the count of accepted paths is wrong", slot, family);
		if (run.reach_limit > 0 && v.reaches != partitions)
			die("the count of control combinations is wrong", slot, family);
		if (!peer->up || !peer->wants[family])
			continue;
		if (v.state != PEER_LIVE || v.lagging)
			die("a peer is not live after a quiet moment", slot, family);
		if (r->eor[family] < 1 || (!r->was_cut && r->eor[family] != 1))
			die("End-of-RIB did not come exactly once", slot, family);
		check_refreshed(slot, family);
	}
	for (unsigned prefix = 0; prefix < run.world.prefixes; prefix++)
		check_view(slot, prefix);
}
