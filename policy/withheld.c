/*
 * Why a receiver is not sent a path, or how it would be: the steps of reach asked for this receiver
 * alone. Runs in rib for displays.
 */
#include "policy/reach.h"

static void
note_group(void *ctx, const uint8_t *block, size_t block_len, const uint64_t *words, size_t nwords)
{
	(void)block;
	(void)block_len;
	(void)words;
	(void)nwords;
	*(bool *)ctx = true;
}

const char *
policy_withheld(struct policy *policy, const uint8_t *block, size_t block_len,
    const struct path_view *path, const struct verdict *verdict, uint16_t receiver)
{
	struct reach_route route = {.block = block, .block_len = block_len, .tags = verdict->tags};
	const struct policy_peer *peer = policy_peer(policy, receiver);
	bool is_sent = false;
	const char *refused_by;

	if (peer == NULL || peer->kind == PEER_UNUSED)
		return "not-configured";
	if (receiver == path->slot)
		return "source";
	if (!verdict->accept && !verdict->tagged)
		return "rejected";
	refused_by = reach_work(policy, &route, receiver, note_group, &is_sent);
	if (refused_by != NULL)
		return refused_by;
	return is_sent ? NULL : "too-large";
}

struct leaving {
	const struct reach_route *route;
	void (*put)(void *ctx, const uint8_t *block, size_t block_len);
	void *ctx;
};

static void
put_group(void *ctx, const uint8_t *block, size_t block_len, const uint64_t *words, size_t nwords)
{
	const struct leaving *l = ctx;

	(void)words;
	(void)nwords;
	if (block != NULL)
		l->put(l->ctx, block, block_len);
	else
		l->put(l->ctx, l->route->block, l->route->block_len);
}

void
policy_leaving(struct policy *policy, const uint8_t *block, size_t block_len,
    const struct verdict *verdict, uint16_t receiver,
    void (*put)(void *ctx, const uint8_t *block, size_t block_len), void *ctx)
{
	struct reach_route route = {.block = block, .block_len = block_len, .tags = verdict->tags};
	struct leaving leaving = {.route = &route, .put = put, .ctx = ctx};
	const struct policy_peer *peer = policy_peer(policy, receiver);

	if (peer != NULL && peer->kind != PEER_UNUSED)
		reach_work(policy, &route, receiver, put_group, &leaving);
}
