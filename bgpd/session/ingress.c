/*
 * See ingress.h.
 */
#include "bgpd/session/ingress.h"

#include <string.h>

#define TEXT_MAX_BYTES 255 /* of a finding; what is longer is cut */
/* Octets behind the prefixes of ROUTES_MALFORMED; rib wants some more in the block that it makes.
 */
#define EXPLANATION_MAX (RECORD_ATTRS_MAX - 64)

/* What a record of routes carries behind its prefixes. */
struct payload {
	const uint8_t *octets;
	size_t len;
};

/* The records of one message, counted as they are made. */
struct batch {
	struct report_ring *ring;
	struct ingress_source *source;
	uint32_t index;		  /* of the next record */
	struct payload malformed; /* of ROUTES_MALFORMED */
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
	struct payload attrs = {g->block, kind == ROUTES_ANNOUNCE ? g->block_len : 0};
	size_t len = sizeof(struct record_routes) + count * sizeof(struct record_route);
	struct record_routes *r;
	struct record_route *route;

	if (kind == ROUTES_MALFORMED)
		attrs = b->malformed;
	r = reserve(b, RECORD_ROUTES, len + attrs.len);
	if (r == NULL)
		return false;
	r->kind = (uint8_t)kind;
	r->family = g->family;
	r->count = count;
	r->attrs_len = (uint32_t)attrs.len;
	route = (struct record_route *)(void *)(r + 1);
	for (unsigned i = 0; i < count; i++, route++)
		nlri_next(nlri, &route->prefix, &route->path_id);
	if (attrs.len > 0)
		memcpy(route, attrs.octets, attrs.len);
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

/* The path attributes as they were sent; empty where the lengths do not add up. */
static struct payload
find_attributes(const uint8_t *body, size_t len)
{
	struct wire_reader r = wire_reader_over(body, len);
	size_t attrs_len;
	const uint8_t *attrs;

	wire_get_bytes(&r, wire_get_u16(&r));
	attrs_len = wire_get_u16(&r);
	attrs = wire_get_bytes(&r, attrs_len);
	return attrs == NULL ? (struct payload){0} : (struct payload){attrs, attrs_len};
}

/* What rib is to show of a malformed UPDATE, in room for EXPLANATION_MAX octets. */
static struct payload
explain(const struct attr_finding *f, const uint8_t *body, size_t len, uint8_t *room)
{
	struct payload attrs = find_attributes(body, len);
	size_t text_len = f->text == NULL ? 0 : strlen(f->text);
	struct record_finding finding = {.attribute = f->type};
	size_t max;

	finding.text_len = (uint8_t)(text_len < TEXT_MAX_BYTES ? text_len : TEXT_MAX_BYTES);
	memcpy(room, &finding, sizeof(finding));
	if (finding.text_len > 0)
		memcpy(room + sizeof(finding), f->text, finding.text_len);
	max = EXPLANATION_MAX - sizeof(finding) - finding.text_len;
	if (attrs.len > max)
		attrs.len = max;
	if (attrs.len > 0)
		memcpy(room + sizeof(finding) + finding.text_len, attrs.octets, attrs.len);
	return (struct payload){room, sizeof(finding) + finding.text_len + attrs.len};
}

void
ingress_set_drop(struct ingress_source *source, const uint8_t drop[ATTR_TYPES_BYTES])
{
	static const uint8_t none[ATTR_TYPES_BYTES];

	memcpy(source->drop, drop, sizeof(source->drop));
	source->ctx.drop = memcmp(drop, none, sizeof(none)) == 0 ? NULL : source->drop;
}

uint8_t
ingress_next_dropped(struct ingress_source *source, const struct update *update)
{
	for (unsigned type = 0; update->dropped > 0 && type <= UINT8_MAX; type++) {
		if (!attr_types_have(update->dropped_types, (uint8_t)type) ||
		    attr_types_have(source->dropped_before, (uint8_t)type))
			continue;
		attr_types_add(source->dropped_before, (uint8_t)type);
		return (uint8_t)type;
	}
	return 0;
}

enum ingress_result
ingress_update(struct report_ring *ring, struct ingress_source *source, const uint8_t *body,
    size_t len, uint8_t *blocks, struct update *update, enum update_result *outcome)
{
	struct batch b = {.ring = ring, .source = source};

	*outcome = update_decode(body, len, &source->ctx, blocks, update);
	if (*outcome == UPDATE_RESET)
		return INGRESS_RESET;
	if (update->announce_is_withdraw)
		b.malformed = explain(&update->finding, body, len, blocks); /* has none now */
	if (!put_update(&b, update))
		return INGRESS_WAIT;
	source->records_done = 0;
	return INGRESS_DONE;
}
