/*
 * Why a receiver is not sent a path: the steps of reach asked for this receiver alone. Runs in rib
 * for displays.
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
