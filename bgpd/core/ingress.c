/*
 * Records in: takes them out of the workers' rings and gives them to the table, believing nothing.
 *
 * A record is copied before it is looked at. What does not fit (bgpd/ipc/records.h says what fits)
 * is dropped, counted and reported; a ring whose framing is damaged condemns its worker. Records of
 * a session that rib itself has ended, or that an older epoch sent, are passed over in silence:
 * they were on their way.
 */
#include <stdio.h>
#include <string.h>

#include "bgpd/clock.h"
#include "bgpd/core/malformed.h"
#include "bgpd/core/state.h"
#include "bgpd/ipc/wake.h"
#include "bgpd/wire/update.h"

/* Between two looks at the clock. */
#define RECORDS_PER_LOOK  32
#define PREFIXES_PER_LOOK 512

#define COMMIT_DELAY_US	  5000

/* Octets of malformed UPDATEs that a session may leave in the table; of further ones nothing is. */
#define MALFORMED_KEPT_MAX (1u << 20)

#define RECORD_MAX                                                                        \
	(sizeof(struct record_routes) + RECORD_ROUTES_MAX * sizeof(struct record_route) + \
	    RECORD_ATTRS_MAX)

/* One record, copied out of a ring. */
struct taken {
	struct core *core;
	uint32_t worker;
	size_t len;
	_Alignas(8) uint8_t octets[RECORD_MAX];
};

static struct taken taken; /* too large for the stack; holds nothing between two records */

static void
refuse(const struct taken *t, const struct record_head *head, const char *why)
{
	struct core_worker *w = &t->core->workers[t->worker];
	char name[32];

	w->refused++;
	snprintf(name, sizeof(name), "worker-%u", t->worker);
	event_log(EVENT_RECORD_REFUSED, name, head->slot, head->type, why);
	alarm_raise(t->core->alarms, ALARM_RECORDS_REFUSED, name, "%s", why);
}

void
ingress_session_over(struct core *c, uint32_t slot)
{
	struct core_slot *s = &c->slots[slot];

	if (!s->up)
		return;
	s->up = false;
	table_peer_down(c->table, (uint16_t)slot);
	limits_session_over(c, slot);
	room_session_over(c, slot);
	if (c->commit_due_us == 0)
		c->commit_due_us = clock_us();
}

static const char *
take_up(struct taken *t, const struct record_head *head)
{
	struct core *c = t->core;
	struct core_slot *s = &c->slots[head->slot];
	const struct compiled_slot *conf = &c->config.slots[head->slot];
	struct table_session session = {0};
	struct record_up up;

	memcpy(&up, t->octets, sizeof(up));
	/* The parent removed the peer while its worker did not know yet: it is about to end it. */
	if ((conf->flags & SLOT_UNUSED) != 0)
		return s->name[0] != '\0' ? NULL : "UP of a slot without a peer";
	if (head->epoch <= s->epoch)
		return "UP with an epoch that is not newer";
	if (up.asn != conf->asn)
		return "UP with another ASN than configured";
	if (up.families == 0 || (up.families & ~conf->families) != 0)
		return "UP with families that are not configured";
	ingress_session_over(c, head->slot);
	/* An order that waits was for the session before, which is over without it. */
	room_set(c, head->slot, SLOT_IN_LOG, false);
	s->epoch = head->epoch;
	s->session = up;
	s->malformed_kept = 0;
	s->up = true;
	session.bgp_id = up.bgp_id;
	session.families = up.families;
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		session.class[f] = (uint8_t)((up.as4 ? CLASS_AS4 : 0) |
		    ((up.add_path_tx >> f) & 1 ? CLASS_ADD_PATH : 0) |
		    (up.ext_msg ? CLASS_EXT_MSG : 0));
	table_peer_up(c->table, head->slot, &session);
	room_start_session(c, head->slot);
	return NULL;
}

static const char *
take_down(struct taken *t, const struct record_head *head)
{
	ingress_session_over(t->core, head->slot);
	return NULL;
}

/*
 * The one thing in a block that depends on the family: a block that came with IPv6 prefixes and was
 * found good must not come in with IPv4 ones. RFC 8950 is not negotiated.
 */
static bool
next_hop_fits(const uint8_t *block, size_t len, enum family family)
{
	return len > 0 &&
	    (family == FAMILY_IPV4 ? block[0] == 4 : block[0] == 16 || block[0] == 32);
}

/*
 * Finds or interns the block. One that is new is put through the strict decoder once more, as a
 * message: a worker that was taken over can not get into the table what a member could not send.
 */
static attrs_id
intern(struct core *c, const uint8_t *block, size_t len, const struct prefix *prefix)
{
	static uint8_t message[MSG_EXTENDED_MAX_BYTES], blocks[UPDATE_BLOCKS_MAX];
	struct update_class class = {
	    .family = prefix->family, .as4 = true, .max_len = MSG_EXTENDED_MAX_BYTES};
	struct update_ctx ctx = {.as4 = true, .families = (uint8_t)(1u << prefix->family)};
	struct update update;
	size_t used, n;

	if (!next_hop_fits(block, len, prefix->family))
		return 0;
	if (table_attrs_find(c->table, block, len) != 0)
		return table_attrs_ref(c->table, block, len);
	if (!attrs_is_canonical(block, len))
		return 0;
	n = update_encode_announce(
	    &class, block, len, prefix, NULL, 1, &used, message, sizeof(message));
	if (n <= MSG_HEADER_BYTES ||
	    update_decode(message + MSG_HEADER_BYTES, n - MSG_HEADER_BYTES, &ctx, blocks,
		&update) != UPDATE_FINE ||
	    update.announce_count != 1 || update.announce[0].block_len != len ||
	    memcmp(update.announce[0].block, block, len) != 0)
		return 0;
	return table_attrs_ref(c->table, block, len);
}

static bool
is_negotiated(const struct core *c, uint32_t slot, uint8_t family)
{
	return family < FAMILY_COUNT && ((c->slots[slot].session.families >> family) & 1) != 0;
}

static const char *
check_routes(
    const struct taken *t, const struct record_routes *r, const struct record_route *routes)
{
	const struct core *c = t->core;
	size_t want = sizeof(*r) + r->count * sizeof(*routes) + r->attrs_len;

	if (r->kind > ROUTES_MALFORMED || r->count == 0 || r->count > RECORD_ROUTES_MAX ||
	    r->attrs_len > RECORD_ATTRS_MAX || t->len != want)
		return "ROUTES whose lengths do not add up";
	if (!is_negotiated(c, r->head.slot, r->family))
		return "ROUTES of a family that was not negotiated";
	for (unsigned i = 0; i < r->count; i++)
		if (routes[i].prefix.family != r->family || !prefix_is_valid(&routes[i].prefix))
			return "ROUTES with a prefix that is none";
	return NULL;
}

static uint32_t
wall_s(const struct core *c)
{
	return (uint32_t)(c->start_s + (clock_us() - c->start_us) / 1000000);
}

static const char *
announce(struct core *c, const struct record_routes *r, const struct record_route *routes,
    const uint8_t *block)
{
	attrs_id attrs = intern(c, block, r->attrs_len, &routes[0].prefix);
	uint32_t now_s = wall_s(c);
	enum table_result result;

	if (attrs == 0)
		return "ROUTES with attributes that the strict decoder refuses";
	c->announcing = true;
	for (unsigned i = 0; i < r->count && limits_may_go_on(c, r->head.slot); i++) {
		result = table_announce(
		    c->table, r->head.slot, &routes[i].prefix, routes[i].path_id, attrs, now_s);
		if (result == TABLE_OVER_LIMIT)
			limits_refused(c, r->head.slot, r->family);
	}
	c->announcing = false;
	table_attrs_unref(c->table, attrs);
	return NULL;
}

/* Interns what shows the routes of a malformed UPDATE; 0 where the record is none. */
static attrs_id
intern_malformed(struct core *c, uint32_t slot, const uint8_t *octets, size_t len)
{
	static uint8_t block[ATTRS_MAX];
	struct core_slot *s = &c->slots[slot];
	struct malformed_view m = {0};
	struct record_finding finding;
	size_t bytes;

	if (len < sizeof(finding))
		return 0;
	memcpy(&finding, octets, sizeof(finding));
	if (len < sizeof(finding) + finding.text_len)
		return 0;
	m.attribute = finding.attribute;
	m.text_len = finding.text_len;
	m.text = (const char *)octets + sizeof(finding);
	m.octets = octets + sizeof(finding) + finding.text_len;
	m.octets_len = len - sizeof(finding) - finding.text_len;
	bytes = malformed_block_bytes(m.text_len, m.octets_len);
	if (bytes > sizeof(block) || s->malformed_kept + bytes > MALFORMED_KEPT_MAX)
		m.octets_len = 0;
	else
		s->malformed_kept += (uint32_t)bytes;
	malformed_make(&m, block);
	return table_attrs_ref(c->table, block, malformed_block_bytes(m.text_len, m.octets_len));
}

static const char *
keep_malformed(struct core *c, const struct record_routes *r, const struct record_route *routes,
    const uint8_t *octets)
{
	attrs_id attrs = intern_malformed(c, r->head.slot, octets, r->attrs_len);
	uint32_t now_s = wall_s(c);
	enum table_result result;

	if (attrs == 0)
		return "ROUTES of a malformed UPDATE whose lengths do not add up";
	c->slots[r->head.slot].malformed += r->count;
	for (unsigned i = 0; i < r->count && limits_may_go_on(c, r->head.slot); i++) {
		result = table_announce_rejected(c->table, r->head.slot, &routes[i].prefix,
		    routes[i].path_id, attrs, REASON_MALFORMED, now_s);
		if (result == TABLE_OVER_LIMIT)
			limits_refused(c, r->head.slot, r->family);
	}
	table_attrs_unref(c->table, attrs);
	return NULL;
}

static const char *
withdraw(struct core *c, const struct record_routes *r, const struct record_route *routes,
    const uint8_t *octets)
{
	(void)octets;
	for (unsigned i = 0; i < r->count; i++)
		table_withdraw(c->table, r->head.slot, &routes[i].prefix, routes[i].path_id);
	return NULL;
}

static const char *
take_routes(struct taken *t, const struct record_head *head)
{
	static const char *(*const takes[])(struct core *, const struct record_routes *,
	    const struct record_route *, const uint8_t *) = {[ROUTES_ANNOUNCE] = announce,
	    [ROUTES_WITHDRAW] = withdraw,
	    [ROUTES_MALFORMED] = keep_malformed};
	struct core *c = t->core;
	struct record_routes r;
	const struct record_route *routes;
	const char *wrong;

	memcpy(&r, t->octets, sizeof(r));
	routes = (const struct record_route *)(const void *)(t->octets + sizeof(r));
	wrong = check_routes(t, &r, routes);
	if (wrong != NULL)
		return wrong;
	c->counters.prefixes_in += r.count;
	if (c->commit_due_us == 0)
		c->commit_due_us = clock_us() + COMMIT_DELAY_US;
	wrong = takes[r.kind](c, &r, routes, (const uint8_t *)(routes + r.count));
	limits_watch(c, head->slot, r.family);
	return wrong;
}

static const char *
take_eor(struct taken *t, const struct record_head *head)
{
	struct record_family r;

	memcpy(&r, t->octets, sizeof(r));
	if (!is_negotiated(t->core, head->slot, r.family))
		return "EOR of a family that was not negotiated";
	table_end_of_rib(t->core->table, head->slot, r.family);
	return NULL;
}

static const char *
take_refresh(struct taken *t, const struct record_head *head)
{
	struct core *c = t->core;
	struct record_refresh r;

	memcpy(&r, t->octets, sizeof(r));
	if (!is_negotiated(c, head->slot, r.family))
		return "REFRESH of a family that was not negotiated";
	/* Enhanced refresh (RFC 7313) is not advertised, so BoRR and EoRR mean nothing to us. */
	if (r.subtype == 0) {
		table_refresh(c->table, head->slot, r.family);
		room_watch(c, head->slot);
		c->commit_due_us = clock_us();
	}
	return NULL;
}

static const char *
take_cut(struct taken *t, const struct record_head *head)
{
	struct record_cut r;

	memcpy(&r, t->octets, sizeof(r));
	if (!room_cut(t->core, head->slot, r.position))
		return "CUT with a position that is no block's";
	return NULL;
}

static const char *
take_drained(struct taken *t, const struct record_head *head)
{
	room_drained(t->core, head->slot);
	return NULL;
}

static const char *
take_alarm(struct taken *t, const struct record_head *head)
{
	struct core *c = t->core;
	struct record_alarm r;

	memcpy(&r, t->octets, sizeof(r));
	r.text[sizeof(r.text) - 1] = '\0';
	if (r.raise)
		alarm_raise(c->alarms, r.alarm, c->slots[head->slot].name, "%s", r.text);
	else
		alarm_clear(c->alarms, r.alarm, c->slots[head->slot].name);
	return NULL;
}

static const char *
take_rtt(struct taken *t, const struct record_head *head)
{
	struct record_rtt r;

	memcpy(&r, t->octets, sizeof(r));
	t->core->slots[head->slot].rtt.measured_us = r.rtt_us;
	return NULL;
}

/* Returns NULL, or why the record is refused. */
typedef const char *(*take_fn)(struct taken *, const struct record_head *);

static const struct {
	take_fn take;
	size_t len;	 /* at least; ROUTES checks the rest */
	bool of_session; /* means something only to the session that is up */
} rows[] = {
    [RECORD_UP] = {take_up, sizeof(struct record_up), false},
    [RECORD_DOWN] = {take_down, sizeof(struct record_down), true},
    [RECORD_ROUTES] = {take_routes, sizeof(struct record_routes), true},
    [RECORD_EOR] = {take_eor, sizeof(struct record_family), true},
    [RECORD_REFRESH] = {take_refresh, sizeof(struct record_refresh), true},
    [RECORD_CUT] = {take_cut, sizeof(struct record_cut), true},
    [RECORD_DRAINED] = {take_drained, sizeof(struct record_head), true},
    [RECORD_ALARM] = {take_alarm, sizeof(struct record_alarm), false},
    [RECORD_RTT] = {take_rtt, sizeof(struct record_rtt), true},
};

static void
take_record(struct taken *t)
{
	struct core *c = t->core;
	struct record_head head = {0};
	const struct core_slot *s;
	const char *wrong;

	c->counters.records++;
	memcpy(&head, t->octets, t->len < sizeof(head) ? t->len : sizeof(head));
	if (t->len < sizeof(head) || head.len != t->len || head.type == 0 ||
	    head.type >= sizeof(rows) / sizeof(rows[0]) || t->len < rows[head.type].len) {
		refuse(t, &head, "no such record");
		return;
	}
	if (head.slot >= c->slot_count || c->slots[head.slot].worker != t->worker) {
		refuse(t, &head, "a slot of another worker");
		return;
	}
	s = &c->slots[head.slot];
	if (rows[head.type].of_session && (!s->up || s->epoch != head.epoch))
		return;
	wrong = rows[head.type].take(t, &head);
	if (wrong != NULL)
		refuse(t, &head, wrong);
}

static void
condemn(struct core *c, uint32_t worker)
{
	struct channel_kill_worker kill = {.index = worker, .text = "its ingress ring is damaged"};
	char name[32];

	c->workers[worker].broken = true;
	snprintf(name, sizeof(name), "worker-%u", worker);
	event_log(EVENT_RING_BROKEN, name, kill.text);
	parent_send(c, CHANNEL_KILL_WORKER, &kill);
}

/* Takes a few records of one ring. True if it may have more. */
static bool
take_some(struct core *c, uint32_t worker)
{
	struct core_worker *w = &c->workers[worker];
	enum ring_result result = RING_RECORD;
	uint64_t prefixes = c->counters.prefixes_in + PREFIXES_PER_LOOK;
	unsigned n;

	if (w->ring == NULL || w->broken)
		return false;
	taken.core = c;
	taken.worker = worker;
	for (n = 0; n < RECORDS_PER_LOOK && c->counters.prefixes_in < prefixes; n++) {
		result = ring_take(w->ring, taken.octets, sizeof(taken.octets), &taken.len);
		if (result != RING_RECORD)
			break;
		take_record(&taken);
	}
	if (n > 0 && ring_release(w->ring))
		wake_send(w->worker_wake);
	if (result == RING_BROKEN)
		condemn(c, worker);
	return result == RING_RECORD;
}

bool
ingress_slice(struct core *c, uint64_t deadline_us)
{
	uint32_t empty = 0;

	while (empty < c->worker_count) {
		uint32_t worker = c->next_ring++ % c->worker_count;

		empty = take_some(c, worker) ? 0 : empty + 1;
		if (clock_us() >= deadline_us)
			break;
	}
	return empty < c->worker_count;
}

bool
ingress_sleep(struct core *c)
{
	for (uint32_t i = 0; i < c->worker_count; i++) {
		struct core_worker *w = &c->workers[i];

		if (w->ring != NULL && !w->broken && !ring_sleep(w->ring))
			return false;
	}
	return true;
}
