/*
 * What the member says: one function per message type. Each makes of a message an event of the
 * state machine; UPDATE and ROUTE-REFRESH of an established session become records for rib.
 */
#include <stdio.h>
#include <string.h>

#include "bgpd/session/evidence.h"
#include "bgpd/session/state.h"
#include "bgpd/wire/refresh.h"

#define FAMILY_TEXT_MAX 16

struct message {
	const struct msg_header *header;
	const uint8_t *octets; /* of the whole message */
	const uint8_t *body;
	size_t body_len;
};

typedef enum stream_take receiver(struct link *, const struct message *);

/* What has become of the connection after a step: the message was its last, or not. */
static enum stream_take
step(struct link *l, enum fsm_event event, const struct cause *cause)
{
	uint32_t epoch = l->epoch;

	link_step(l, event, cause);
	return l->fd == -1 || l->epoch != epoch ? STREAM_DROP : STREAM_TAKEN;
}

static void
remember_open(struct link *l, const struct open_msg *open)
{
	struct session_row *row = &l->peer->row;

	row->bgp_id = open->bgp_id;
	row->asn = open->asn;
	open_format_capabilities(open, row->capabilities, sizeof(row->capabilities));
}

static enum stream_take
refuse_open(struct link *l, const struct open_msg *open, const struct wire_error *error)
{
	struct cause cause = {.error = *error};
	char text[REASON_MAX];

	if (open != NULL)
		negotiate_explain(&l->peer->conf, open, error, text, sizeof(text));
	else
		snprintf(text, sizeof(text), "%s: %s", notification_code_name(error->code),
		    notification_subcode_name(error->code, error->subcode));
	cause.text = text;
	return step(l, FSM_OPEN_BAD, &cause);
}

static enum stream_take
receive_open(struct link *l, const struct message *m)
{
	const struct compiled_head *head = l->peer->worker->config.head;
	struct wire_error error;
	struct open_msg open;

	if (l->state != SESSION_OPENSENT)
		return step(l, FSM_OPEN, NULL);
	if (!open_decode(m->body, m->body_len, &open, &error))
		return refuse_open(l, NULL, &error);
	remember_open(l, &open);
	if (!negotiate(head, &l->peer->conf, &open, &l->nego, &error))
		return refuse_open(l, &open, &error);
	if (!peer_collide(l, &l->nego))
		return STREAM_DROP;
	return step(l, FSM_OPEN, NULL);
}

static enum stream_take
receive_keepalive(struct link *l, const struct message *m)
{
	(void)m;
	return step(l, FSM_KEEPALIVE, NULL);
}

/* Octets in hex, as many as there is room for. */
static void
put_hex(const uint8_t *octets, size_t len, char *out, size_t size)
{
	out[0] = '\0';
	for (size_t i = 0; i < len && 2 * i + 2 < size; i++)
		snprintf(out + 2 * i, 3, "%02x", octets[i]);
}

static enum stream_take
receive_notification(struct link *l, const struct message *m)
{
	struct cause cause = {0};
	struct notification n;
	char text[REASON_MAX], what[REASON_MAX - 16], data[65],
	    octets[2 * NOTIFICATION_TEXT_MAX + 1];

	l->peer->row.in.notifications++;
	notification_decode(m->body, m->body_len, &n);
	put_hex(n.data, n.data_len, data, sizeof(data));
	/* RFC 8538 section 6: a hard reset is 6/9, and what it carries is said, too. */
	event_log(EVENT_NOTIFICATION_RECEIVED, l->peer->name,
	    n.hard ? (unsigned)NOTIFICATION_CEASE : (unsigned)n.code,
	    n.hard ? (unsigned)CEASE_HARD_RESET : (unsigned)n.subcode,
	    notification_subcode_name(n.code, n.subcode), data);
	if (n.bad_text) { /* RFC 9003 section 4 */
		put_hex(n.data, n.data_len, octets, sizeof(octets));
		event_log(EVENT_SHUTDOWN_TEXT_BAD, l->peer->name, n.text, octets);
	}
	notification_format(&n, what, sizeof(what));
	snprintf(text, sizeof(text), "received %s", what);
	cause.text = text;
	cause.received = &n;
	return step(l, n.code == NOTIFICATION_CEASE ? FSM_CEASE : FSM_NOTIFICATION, &cause);
}

/*
 * BoRR and EoRR go to rib among the routes, where they came (RFC 7313 section 4): what was
 * announced before the one is swept with the other. False while there is no room in the ring.
 */
static bool
put_mark(struct link *l, const struct refresh_msg *refresh)
{
	struct peer *p = l->peer;
	struct report_ring *ring = &p->worker->ring;
	struct record_refresh *r;

	if (!report_flush(&p->report, ring, p->slot, l->epoch) || !quota_may(ring->quota, p->slot))
		return false;
	r = report_reserve(
	    ring, RING_DATA, RECORD_REFRESH, p->slot, l->epoch, (uint32_t)sizeof(*r));
	if (r == NULL)
		return false;
	r->family = (uint8_t)refresh->family;
	r->subtype = refresh->subtype;
	report_commit(ring, r);
	return true;
}

/* Why it is of no use to us; NULL: it is. */
static const char *
why_ignored(const struct link *l, const struct refresh_msg *refresh, enum refresh_result result)
{
	enum family family;

	if (!msg_family(refresh->afi, refresh->safi, &family))
		return "no such family";
	if ((l->nego.families >> family & 1) == 0)
		return "the family was not negotiated";
	if (result == REFRESH_FINE)
		return NULL;
	return refresh->subtype > REFRESH_END ? "no such subtype"
					      : "enhanced route refresh was not negotiated";
}

/* Its name, or its numbers. */
static const char *
family_text(const struct refresh_msg *refresh, char text[FAMILY_TEXT_MAX])
{
	enum family family;

	if (msg_family(refresh->afi, refresh->safi, &family))
		return msg_family_name(family);
	snprintf(text, FAMILY_TEXT_MAX, "%u/%u", refresh->afi, refresh->safi);
	return text;
}

static enum stream_take
receive_refresh(struct link *l, const struct message *m)
{
	struct peer *p = l->peer;
	struct refresh_msg refresh;
	struct cause cause = {0};
	enum refresh_result result;
	char family[FAMILY_TEXT_MAX];
	const char *why;

	if (l->state != SESSION_ESTABLISHED)
		return step(l, FSM_REFRESH, NULL);
	result = refresh_decode(
	    m->octets, m->header->len, l->nego.enhanced_refresh, &refresh, &cause.error);
	if (result == REFRESH_RESET) {
		p->row.in.refreshes++;
		return step(l, FSM_REFRESH_BAD, &cause);
	}
	why = why_ignored(l, &refresh, result);
	if (why == NULL && refresh.subtype != REFRESH_REQUEST && !put_mark(l, &refresh)) {
		event_log(EVENT_PEER_PAUSED, p->name, "no room in the ring");
		return STREAM_LATER;
	}
	p->row.in.refreshes++;
	if (why != NULL) {
		event_log(EVENT_REFRESH_IGNORED, p->name, family_text(&refresh, family),
		    (unsigned)refresh.subtype, why);
	} else {
		event_log(EVENT_REFRESH_RECEIVED, p->name, msg_family_name(refresh.family),
		    (unsigned)refresh.subtype);
		if (refresh.subtype == REFRESH_REQUEST)
			report_refresh(&p->report, &p->worker->ring, p->slot, l->epoch,
			    (uint8_t)refresh.family);
		peer_note_report(p);
	}
	return step(l, FSM_REFRESH, NULL);
}

/* The rows of the event table that an UPDATE can be worth. */
static void
log_update(
    struct link *l, const struct message *m, const struct update *u, enum update_result outcome)
{
	const struct attr_finding *f = &u->finding;
	uint8_t type;

	while ((type = ingress_next_dropped(&l->source, u)) != 0)
		event_log(EVENT_ATTRIBUTE_DISCARDED, l->peer->name, (unsigned)type,
		    "dropped as configured, here and in what follows");
	if (outcome == UPDATE_DISCARD)
		event_log(EVENT_ATTRIBUTE_DISCARDED, l->peer->name, (unsigned)f->type,
		    f->text == NULL ? "" : f->text);
	if (outcome == UPDATE_WITHDRAW)
		evidence_log(
		    l->peer->name, l->peer->row.in.updates + 1, u, m->octets, m->header->len);
}

static enum stream_take
receive_update(struct link *l, const struct message *m)
{
	struct peer *p = l->peer;
	struct worker *w = p->worker;
	enum update_result outcome;
	enum ingress_result result;
	struct cause cause = {0};
	struct update u;
	bool resumed = l->resumed;

	if (l->state != SESSION_ESTABLISHED)
		return step(l, FSM_UPDATE, NULL);
	if (!report_flush(&p->report, &w->ring, p->slot, l->epoch))
		return STREAM_LATER; /* rib must hear of the session first */
	/* A reload may have changed it; one message is judged by one configuration. */
	if (!resumed)
		ingress_set_drop(&l->source, w->config.policy.general->drop_attributes);
	result =
	    ingress_update(&w->ring, &l->source, m->body, m->body_len, w->blocks, &u, &outcome);
	if (!resumed)
		log_update(l, m, &u, outcome);
	l->resumed = result == INGRESS_WAIT;
	if (result == INGRESS_WAIT) {
		event_log(EVENT_PEER_PAUSED, p->name, "no room in the ring");
		return STREAM_LATER;
	}
	p->row.in.updates++;
	p->row.dropped_attributes += u.dropped;
	if (result == INGRESS_RESET) {
		cause.error = u.error;
		return step(l, FSM_UPDATE_BAD, &cause);
	}
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		if ((u.eor >> f & 1) != 0)
			event_log(EVENT_END_OF_RIB_RECEIVED, p->name, msg_family_name(f));
	return step(l, FSM_UPDATE, NULL);
}

static receiver *const receivers[] = {
    [MSG_OPEN] = receive_open,
    [MSG_UPDATE] = receive_update,
    [MSG_NOTIFICATION] = receive_notification,
    [MSG_KEEPALIVE] = receive_keepalive,
    [MSG_ROUTE_REFRESH] = receive_refresh,
};

enum stream_take
receive_message(void *arg, const struct msg_header *header, const uint8_t *octets)
{
	struct link *l = arg;
	struct peer *p = l->peer;
	struct message m = {.header = header,
	    .octets = octets,
	    .body = octets + MSG_HEADER_BYTES,
	    .body_len = (size_t)header->len - MSG_HEADER_BYTES};

	enum stream_take take;

	/* msg_decode_header() lets no other type through. */
	take = receivers[header->type](l, &m);
	if (take != STREAM_LATER)
		p->row.in.messages++;
	return take;
}
