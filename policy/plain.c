/* Judge and reach, see plain.h. */
#include "policy/plain.h"

#include <stdlib.h>
#include <string.h>

#include "policy/outform.h"
#include "policy/reason.h"

#define LOCAL_PREF_DEFAULT 100
#define WORD_BITS	   64

struct plain {
	uint32_t rs_as;
	size_t peer_count;
	struct plain_peer *peers;
	/* Receivers by what they get: as it came, or with the server's ASN in front. */
	size_t nwords;
	uint64_t *plain;
	uint64_t *prepended; /* NULL where nobody asks for it */
	uint8_t scratch[ATTRS_MAX];
};

static void *
take_memory(size_t count, size_t size)
{
	void *p = calloc(count > 0 ? count : 1, size);

	if (p == NULL)
		abort();
	return p;
}

/* Splits all configured slots by prepend_rs_as. */
static void
split_receivers(struct plain *p)
{
	bool any = false;

	p->nwords = (p->peer_count + WORD_BITS - 1) / WORD_BITS;
	p->plain = take_memory(p->nwords, sizeof(uint64_t));
	p->prepended = take_memory(p->nwords, sizeof(uint64_t));
	for (size_t slot = 0; slot < p->peer_count; slot++) {
		uint64_t *set = p->peers[slot].prepend_rs_as ? p->prepended : p->plain;

		set[slot / WORD_BITS] |= UINT64_C(1) << (slot % WORD_BITS);
		any |= p->peers[slot].prepend_rs_as;
	}
	if (any)
		return;
	free(p->prepended);
	p->prepended = NULL;
}

struct plain *
plain_new(const struct plain_config *config)
{
	struct plain *p = take_memory(1, sizeof(*p));

	p->rs_as = config->rs_as;
	p->peer_count = config->peer_count;
	p->peers = take_memory(config->peer_count, sizeof(*p->peers));
	if (config->peer_count > 0)
		memcpy(p->peers, config->peers, config->peer_count * sizeof(*p->peers));
	split_receivers(p);
	return p;
}

void
plain_free(struct plain *p)
{
	if (p == NULL)
		return;
	free(p->plain);
	free(p->prepended);
	free(p->peers);
	free(p);
}

static uint8_t
reject_reason(const struct plain *p, const struct path_view *path)
{
	if (attrs_path_has(path->block, path->block_len, p->rs_as))
		return REASON_OWN_AS;
	if (path->slot >= p->peer_count || !p->peers[path->slot].filters_none)
		return REASON_NO_POLICY;
	return REASON_NONE;
}

void
plain_judge(void *ctx, const struct path_view *path, struct verdict *out)
{
	const struct plain *p = ctx;

	out->reason = reject_reason(p, path);
	out->accept = out->reason == REASON_NONE;
	out->local_pref = LOCAL_PREF_DEFAULT;
	out->tags = 0;
}

void
plain_reach(void *ctx, const uint8_t *block, size_t block_len, uint32_t tags, struct reach_out *out)
{
	struct plain *p = ctx;
	size_t len;

	(void)tags;
	if (p->prepended == NULL) {
		reach_add(out, NULL, 0, NULL, 0);
		return;
	}
	reach_add(out, NULL, 0, p->plain, p->nwords);
	len = outform_prepend(block, block_len, p->rs_as, 1, p->scratch);
	/* A path too long to carry one more ASN is not told: never send what we would not accept.
	 */
	if (len > 0)
		reach_add(out, p->scratch, len, p->prepended, p->nwords);
}
