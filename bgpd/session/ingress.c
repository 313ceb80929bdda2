/*
 * See ingress.h.
 */
#include "bgpd/session/ingress.h"

#include <string.h>

/* The records of one message, counted as they are made. */
struct batch {
	struct report_ring *ring;
	struct ingress_source *source;
	uint32_t index; /* of the next record */
};

/* True if the record was written already, in an earlier call. */
static bool
is_written(struct batch *b)
{
	return b->index++ < b->source->records_done;
}

static void *
reserve(struct batch *b, uint16_t type, size_t len)
{
	if (!quota_may(b->ring->quota, b->source->slot))
		return NULL;
	return report_reserve(
	    b->ring, RING_DATA, type, b->source->slot, b->source->epoch, (uint32_t)len);
}

static void
commit(struct batch *b, const void *record)
{
	report_commit(b->ring, record);
	b->source->records_done++;
}

static bool
put_routes(struct batch *b, enum record_routes_kind kind, const struct update_group *g,
    struct nlri_cursor *nlri, uint16_t count)
{
	size_t attrs_len = kind == ROUTES_ANNOUNCE ? g->block_len : 0;
	size_t len = sizeof(struct record_routes) + count * sizeof(struct record_route) + attrs_len;
	struct record_routes *r = reserve(b, RECORD_ROUTES, len);
	struct record_route *route;

	if (r == NULL)
		return false;
	r->kind = (uint8_t)kind;
	r->family = g->family;
	r->count = count;
	r->attrs_len = (uint32_t)attrs_len;
	route = (struct record_route *)(void *)(r + 1);
	for (unsigned i = 0; i < count; i++, route++)
		nlri_next(nlri, &route->prefix, &route->path_id);
	if (attrs_len > 0)
		memcpy(route, g->block, attrs_len);
	commit(b, r);
	return true;
}

static bool
put_group(struct batch *b, enum record_routes_kind kind, const struct update_group *g)
{
	struct nlri_cursor nlri = g->nlri;

	for (size_t left = g->count; left > 0;) {
		uint16_t count =
		    left < RECORD_ROUTES_MAX ? (uint16_t)left : (uint16_t)RECORD_ROUTES_MAX;

		if (is_written(b)) {
			struct prefix prefix;
			uint32_t id;

			for (unsigned i = 0; i < count; i++)
				nlri_next(&nlri, &prefix, &id);
		} else if (!put_routes(b, kind, g, &nlri, count)) {
			return false;
		}
		left -= count;
	}
	return true;
}

static bool
put_eor(struct batch *b, uint8_t family)
{
	struct record_family *r;

	if (is_written(b))
		return true;
	r = reserve(b, RECORD_EOR, sizeof(*r));
	if (r == NULL)
		return false;
	r->family = family;
	commit(b, r);
	return true;
}

static bool
put_update(struct batch *b, const struct update *u)
{
	enum record_routes_kind kind = u->announce_is_withdraw ? ROUTES_MALFORMED : ROUTES_ANNOUNCE;

	for (unsigned i = 0; i < u->withdraw_count; i++)
		if (!put_group(b, ROUTES_WITHDRAW, &u->withdraw[i]))
			return false;
	for (unsigned i = 0; i < u->announce_count; i++)
		if (!put_group(b, kind, &u->announce[i]))
			return false;
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		if ((u->eor >> f & 1) != 0 && !put_eor(b, (uint8_t)f))
			return false;
	return true;
}

enum ingress_result
ingress_update(struct report_ring *ring, struct ingress_source *source, const uint8_t *body,
    size_t len, uint8_t *blocks, struct update *update, enum update_result *outcome)
{
	struct batch b = {ring, source, 0};

	*outcome = update_decode(body, len, &source->ctx, blocks, update);
	if (*outcome == UPDATE_RESET)
		return INGRESS_RESET;
	if (!put_update(&b, update))
		return INGRESS_WAIT;
	source->records_done = 0;
	return INGRESS_DONE;
}
