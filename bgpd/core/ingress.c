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
#include "bgpd/wire/refresh.h"
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

	if (!s->up && s->stale.kept == 0)
		return;
	s->up = false;
	restart_forget(c, slot);
	table_peer_down(c->table, (uint16_t)slot);
	limits_session_over(c, slot);
	room_session_over(c, slot);
	if (c->commit_due_us == 0)
		c->commit_due_us = clock_us();
}

void
ingress_session_lost(struct core *c, uint32_t slot, uint8_t families, bool older)
{
	struct core_slot *s = &c->slots[slot];

	if (!s->up)
		return;
	if (!restart_lost(c, slot, families, older)) {
		ingress_session_over(c, slot);
		return;
	}
	s->up = false;
	room_session_over(c, slot);
	if (c->commit_due_us == 0)
		c->commit_due_us = clock_us();
}

/* NULL, or what the record says that its slot is not configured for: no such session can be. */
static const char *
check_up(const struct record_up *up, const struct compiled_slot *conf)
{
	const struct {
		bool is_wrong;
		const char *why;
	} checks[] = {
	    {up->asn != conf->asn, "UP with another ASN than configured"},
	    {up->families == 0 || (up->families & ~conf->families) != 0,
		"UP with families that are not configured"},
	    {up->add_path_tx != 0 && (conf->flags & SLOT_ADD_PATH) == 0,
		"UP with paths towards the peer that are not configured"},
	    {up->add_path_rx != 0 && conf->paths_kept < 2,
		"UP with paths of the peer that are not configured"},
	    {up->ext_nh != 0 && (conf->flags & SLOT_IPV6_NEXT_HOPS) == 0,
		"UP with IPv6 next hops that are not configured"},
	    {up->ext_msg != 0 && (conf->flags & SLOT_EXTENDED_MESSAGES) == 0,
		"UP with extended messages that are not configured"},
	    {up->gr != 0 && (conf->flags & SLOT_GRACEFUL_RESTART) == 0,
		"UP with graceful restart that is not configured"},
	    {((up->add_path_tx | up->add_path_rx | up->ext_nh | up->gr_families) & ~up->families) !=
			0 ||
		    (up->ext_nh & ~(1u << FAMILY_IPV4)) != 0 ||
		    (up->gr_forwarding & ~up->gr_families) != 0 ||
		    (up->gr == 0 &&
			(up->gr_restarted | up->gr_notification | up->gr_families) != 0),
		"UP that contradicts itself"},
	};

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		if (checks[i].is_wrong)
			return checks[i].why;
	return NULL;
}

/* The receiver class of the session in a family. */
static uint8_t
class_of(const struct record_up *up, enum family family)
{
	return (uint8_t)((up->as4 ? CLASS_AS4 : 0) |
	    ((up->add_path_tx >> family) & 1 ? CLASS_ADD_PATH : 0) |
	    (up->ext_msg ? CLASS_EXT_MSG : 0) |
	    ((up->ext_nh >> family) & 1 ? CLASS_IPV6_NEXT_HOP : 0));
}

static const char *
take_up(struct taken *t, const struct record_head *head)
{
	struct core *c = t->core;
	struct core_slot *s = &c->slots[head->slot];
	const struct compiled_slot *conf = &c->config.slots[head->slot];
	struct table_session session = {0};
	struct record_up up;
	const char *wrong;

	memcpy(&up, t->octets, sizeof(up));
	/* The parent removed the peer while its worker did not know yet: it is about to end it. */
	if ((conf->flags & SLOT_UNUSED) != 0)
		return s->name[0] != '\0' ? NULL : "UP of a slot without a peer";
	if (head->epoch <= s->epoch)
		return "UP with an epoch that is not newer";
	wrong = check_up(&up, conf);
	if (wrong != NULL)
		return wrong;
	if (s->up)
		ingress_session_over(c, head->slot);
	/* An order that waits was for the session before, which is over without it. */
	room_set(c, head->slot, SLOT_IN_LOG, false);
	s->epoch = head->epoch;
	session.bgp_id = up.bgp_id;
	session.families = up.families;
	session.enhanced_refresh = up.enhanced_refresh != 0;
	session.kept = restart_back(c, head->slot, &up);
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		session.class[f] = s->class[f] = class_of(&up, f);
	s->session = up;
	if (session.kept == 0)
		s->malformed_kept = 0;
	s->up = true;
	limits_session_begins(c, head->slot, session.kept);
	table_peer_up(c->table, head->slot, &session);
	room_start_session(c, head->slot);
	history_up(c, head->slot, &up);
	return NULL;
}

static const char *
take_down(struct taken *t, const struct record_head *head)
{
	const struct core_slot *s = &t->core->slots[head->slot];
	struct record_down down;

	if (s->epoch != head->epoch)
		return NULL;
	memcpy(&down, t->octets, sizeof(down));
	ingress_session_lost(t->core, head->slot, down.kept, down.kept_older != 0);
	/* Also of a session that rib has ended: here its worker says how. */
	history_down(t->core, head->slot, &down, s->stale.kept);
	return (down.kept & ~s->session.gr_families) != 0 ? "DOWN that keeps what may not be kept"
							  : NULL;
}

/*
 * The one thing in a block that depends on family and session: a block that came with IPv6 prefixes
 * and was found good must not come in with IPv4 ones, but from a session that has agreed upon IPv6
 * next hops for IPv4 (RFC 8950).
 */
static bool
next_hop_fits(
    const struct core *c, uint32_t slot, const uint8_t *block, size_t len, enum family family)
{
	bool is_ipv6 = len > 0 && (block[0] == 16 || block[0] == 32);

	if (family == FAMILY_IPV6 || ((c->slots[slot].session.ext_nh >> family) & 1) != 0)
		return is_ipv6 || (family == FAMILY_IPV4 && len > 0 && block[0] == 4);
	return len > 0 && block[0] == 4;
}

/*
 * Finds or interns the block. One that is new is put through the strict decoder once more, as a
 * message: a worker that was taken over can not get into the table what a member could not send.
 */
static attrs_id
intern(struct core *c, uint32_t slot, const uint8_t *block, size_t len, const struct prefix *prefix)
{
	static uint8_t message[MSG_EXTENDED_MAX_BYTES], blocks[UPDATE_BLOCKS_MAX];
	struct update_class class = {
	    .family = prefix->family, .as4 = true, .max_len = MSG_EXTENDED_MAX_BYTES};
	struct update_ctx ctx = {.as4 = true, .families = (uint8_t)(1u << prefix->family)};
	struct update update;
	size_t used, n;

	if (!next_hop_fits(c, slot, block, len, prefix->family))
		return 0;
	class.ipv6_next_hop = block[0] != 4;
	ctx.ext_nh = class.ipv6_next_hop ? ctx.families : 0;
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
	bool has_path_ids;

	if (r->kind > ROUTES_MALFORMED || r->count == 0 || r->count > RECORD_ROUTES_MAX ||
	    r->attrs_len > RECORD_ATTRS_MAX || t->len != want)
		return "ROUTES whose lengths do not add up";
	if (!is_negotiated(c, r->head.slot, r->family))
		return "ROUTES of a family that was not negotiated";
	has_path_ids = ((c->slots[r->head.slot].session.add_path_rx >> r->family) & 1) != 0;
	for (unsigned i = 0; i < r->count; i++) {
		if (routes[i].prefix.family != r->family || !prefix_is_valid(&routes[i].prefix))
			return "ROUTES with a prefix that is none";
		if (routes[i].path_id != 0 && !has_path_ids)
			return "ROUTES with path ids that were not negotiated";
	}
	return NULL;
}

static uint32_t
wall_s(const struct core *c)
{
	return (uint32_t)(c->start_s + (clock_us() - c->start_us) / 1000000);
}

/* Tells what the table did not keep. True if there is room now: it is to be tried again. */
static bool
may_try_again(
    struct core *c, uint32_t slot, const struct record_route *route, enum table_result result)
{
	char text[PREFIX_TEXT_MAX];

	switch (result) {
	case TABLE_OK:
		break;
	case TABLE_OVER_LIMIT:
		if (restart_make_room(c, slot, route->prefix.family))
			return true;
		limits_refused(c, slot, route->prefix.family);
		break;
	case TABLE_OVER_PATHS:
		prefix_format(&route->prefix, text);
		event_log(EVENT_PATH_REFUSED, c->slots[slot].name, text, route->path_id,
		    (unsigned)c->config.slots[slot].paths_kept);
		break;
	}
	return false;
}

static const char *
announce(struct core *c, const struct record_routes *r, const struct record_route *routes,
    const uint8_t *block)
{
	attrs_id attrs = intern(c, r->head.slot, block, r->attrs_len, &routes[0].prefix);
	uint32_t now_s = wall_s(c);
	enum table_result result;

	if (attrs == 0)
		return "ROUTES with attributes that the strict decoder refuses";
	c->announcing = true;
	for (unsigned i = 0; i < r->count && limits_may_go_on(c, r->head.slot); i++) {
		do
			result = table_announce(c->table, r->head.slot, &routes[i].prefix,
			    routes[i].path_id, attrs, now_s);
		while (may_try_again(c, r->head.slot, &routes[i], result));
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
		do
			result = table_announce_rejected(c->table, r->head.slot, &routes[i].prefix,
			    routes[i].path_id, attrs, REASON_MALFORMED, now_s);
		while (may_try_again(c, r->head.slot, &routes[i], result));
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
	restart_end_of_rib(t->core, head->slot, r.family);
	limits_watch(t->core, head->slot, r.family);
	return NULL;
}

/* RFC 2918: we always offer to be asked, so whoever is up may ask. */
static const char *
answer_refresh(struct core *c, uint32_t slot, enum family family)
{
	table_refresh(c->table, (uint16_t)slot, family);
	room_watch(c, slot);
	c->commit_due_us = clock_us();
	return NULL;
}

/* By subtype. Each answers NULL, or why the message is passed over. */
static const char *(*const refreshes[])(struct core *, uint32_t slot, enum family) = {
    [REFRESH_REQUEST] = answer_refresh,
    [REFRESH_BEGIN] = restart_refresh_begin,
    [REFRESH_END] = restart_refresh_end,
};

static const char *
take_refresh(struct taken *t, const struct record_head *head)
{
	struct core *c = t->core;
	const struct core_slot *s = &c->slots[head->slot];
	struct record_refresh r;
	const char *ignored;

	memcpy(&r, t->octets, sizeof(r));
	if (!is_negotiated(c, head->slot, r.family))
		return "REFRESH of a family that was not negotiated";
	if (r.subtype >= sizeof(refreshes) / sizeof(refreshes[0]) ||
	    (r.subtype != REFRESH_REQUEST && !s->session.enhanced_refresh))
		return "REFRESH of a subtype that was not negotiated";
	ignored = refreshes[r.subtype](c, head->slot, r.family);
	if (ignored != NULL)
		event_log(EVENT_REFRESH_IGNORED, s->name, msg_family_name(r.family),
		    (unsigned)r.subtype, ignored);
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
take_note(struct taken *t, const struct record_head *head)
{
	struct record_note note;

	memcpy(&note, t->octets, sizeof(note));
	history_note(t->core, head->slot, &note);
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
    [RECORD_DOWN] = {take_down, sizeof(struct record_down), false},
    [RECORD_ROUTES] = {take_routes, sizeof(struct record_routes), true},
    [RECORD_EOR] = {take_eor, sizeof(struct record_family), true},
    [RECORD_REFRESH] = {take_refresh, sizeof(struct record_refresh), true},
    [RECORD_CUT] = {take_cut, sizeof(struct record_cut), true},
    [RECORD_DRAINED] = {take_drained, sizeof(struct record_head), true},
    [RECORD_ALARM] = {take_alarm, sizeof(struct record_alarm), false},
    [RECORD_RTT] = {take_rtt, sizeof(struct record_rtt), true},
    [RECORD_NOTE] = {take_note, sizeof(struct record_note), false},
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
