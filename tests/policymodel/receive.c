/* The receivers of the run: what they are told they hold at once. See run.h. */
#include <stdlib.h>
#include <string.h>

#include "tests/policymodel/random.h"
#include "tests/policymodel/run.h"

static void
digest_add(const void *data, size_t len)
{
	const uint8_t *p = data;

	for (size_t i = 0; i < len; i++)
		run.digest = (run.digest ^ p[i]) * UINT64_C(0x100000001b3);
}

static void
unref(struct run_block *block)
{
	if (--block->refs == 0)
		free(block);
}

static struct run_block *
block_new(const struct emission *e)
{
	struct run_block *block = malloc(sizeof(*block) + e->block_len);

	if (block == NULL)
		abort();
	block->refs = 1;
	block->len = e->block_len;
	memcpy(block->octets, e->block, e->block_len);
	return block;
}

static void
put(struct run_holding *h, uint32_t id, struct run_block *block)
{
	size_t i = 0;

	block->refs++;
	while (i < h->count && h->paths[i].id != id)
		i++;
	if (i < h->count) {
		unref(h->paths[i].block);
		h->paths[i].block = block;
		return;
	}
	if (h->count == h->room) {
		h->room = h->room * 2 + 2;
		h->paths = realloc(h->paths, h->room * sizeof(*h->paths));
		if (h->paths == NULL)
			abort();
	}
	h->paths[h->count++] = (struct run_held){id, block};
}

static void
drop(struct run_holding *h, uint32_t id)
{
	for (size_t i = 0; i < h->count; i++) {
		if (h->paths[i].id != id)
			continue;
		unref(h->paths[i].block);
		h->paths[i--] = h->paths[--h->count];
	}
}

void
receive_forget(unsigned slot)
{
	for (unsigned p = 0; p < WORLD_PREFIXES; p++) {
		struct run_holding *h = &run.sessions[slot].holds[p];

		while (h->count > 0)
			unref(h->paths[--h->count].block);
		free(h->paths);
		*h = (struct run_holding){0};
	}
}

static void
apply(unsigned slot, const struct emission *e, size_t take, struct run_block *block)
{
	const struct run_session *s = &run.sessions[slot];

	if (slot >= run.world.peer_count || !s->up || !s->families[e->family])
		run_fail("an emission names a peer that is not there", slot, 0);
	for (size_t i = 0; i < take; i++) {
		struct run_holding *h =
		    &run.sessions[slot].holds[run_prefix_index(&e->prefixes[i])];
		uint32_t id = (e->class & CLASS_ADD_PATH) != 0 ? e->path_ids[i] : 0;

		if (e->kind == EMIT_ANNOUNCE)
			put(h, id, block);
		else
			drop(h, id);
	}
}

size_t
receive(void *ctx, const struct emission *e)
{
	size_t take = e->kind == EMIT_EOR ? 1 : e->count;
	struct run_block *block = e->kind == EMIT_ANNOUNCE ? block_new(e) : NULL;

	(void)ctx;
	if (run.short_emits > 0 && chance(run.short_emits))
		take = e->kind == EMIT_EOR ? 0 : rnd((uint32_t)e->count);
	digest_add(&e->kind, sizeof(e->kind));
	digest_add(&take, sizeof(take));
	digest_add(e->words, e->nwords * sizeof(*e->words));
	if (block != NULL)
		digest_add(e->block, e->block_len);
	if (e->kind != EMIT_EOR)
		digest_add(e->prefixes, take * sizeof(*e->prefixes));
	for (unsigned slot = 0; slot < e->nwords * 64; slot++)
		if ((e->words[slot / 64] >> slot % 64 & 1) != 0 && e->kind != EMIT_EOR)
			apply(slot, e, take, block);
	if (block != NULL)
		unref(block);
	return take;
}
