/* Arguments, and what is shown of peers. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bgpd/clock.h"
#include "bgpd/control/history.h"
#include "bgpd/control/limit.h"
#include "bgpd/control/query.h"
#include "bgpd/control/render.h"
#include "bgpd/wire/msg.h"

#define HISTORY_SHOWN 3 /* entries; `show history` has them all */

const char *
query_text(struct query *q, const char *name)
{
	json_t *value = json_object_get(q->args, name);

	if (value != NULL && !json_is_string(value))
		query_fail(q, "argument \"%s\" must be a text", name);
	return json_string_value(value);
}

bool
query_flag(struct query *q, const char *name)
{
	const json_t *value = json_object_get(q->args, name);

	if (value != NULL && !json_is_boolean(value))
		query_fail(q, "argument \"%s\" must be true or false", name);
	return json_is_true(value);
}

/* "AS42" or "42" -> 42; 0 if it is no ASN. */
static uint32_t
parse_asn(const char *text)
{
	char *end;
	unsigned long asn;

	if (strncasecmp(text, "AS", 2) == 0)
		text += 2;
	if (*text < '0' || *text > '9')
		return 0;
	asn = strtoul(text, &end, 10);
	return *end == '\0' && asn <= UINT32_MAX ? (uint32_t)asn : 0;
}

static int
find_by_asn(struct query *q, const char *text, uint32_t asn)
{
	const struct core *c = q->core;
	int found = -1;
	unsigned count = 0;
	char names[256] = "";

	for (uint32_t i = 0; i < c->slot_count; i++) {
		size_t len = strlen(names);

		if ((c->config.slots[i].flags & SLOT_UNUSED) != 0 || c->config.slots[i].asn != asn)
			continue;
		found = (int)i;
		count++;
		snprintf(names + len, sizeof(names) - len, "%s%s", count > 1 ? ", " : "",
		    c->slots[i].name);
	}
	if (count == 0)
		query_fail(q, "AS%u is not a configured client", asn);
	else if (count > 1)
		query_fail(q, "%s has %u peers, name one by its address: %s", text, count, names);
	return count == 1 ? found : -1;
}

int
query_peer(struct query *q, const char *name)
{
	const char *text = query_text(q, name);
	const struct core *c = q->core;
	uint8_t addr[16] = {0};
	int family;

	if (text == NULL) {
		if (q->error[0] == '\0')
			query_fail(
			    q, "a peer must be named: its address, or its AS if it has one peer");
		return -1;
	}
	family = inet_pton(AF_INET, text, addr) == 1 ? FAMILY_IPV4
	    : inet_pton(AF_INET6, text, addr) == 1   ? FAMILY_IPV6
						     : -1;
	for (uint32_t i = 0; family != -1 && i < c->slot_count; i++)
		if ((c->config.slots[i].flags & SLOT_UNUSED) == 0 &&
		    c->config.slots[i].family == family &&
		    memcmp(c->config.slots[i].addr, addr, sizeof(addr)) == 0)
			return (int)i;
	if (family == -1 && parse_asn(text) != 0)
		return find_by_asn(q, text, parse_asn(text));
	query_fail(q, "no peer \"%.60s\"; `roostctl show peers` lists them", text);
	return -1;
}

/* Seconds until its stale routes go; null where none wait. */
static json_t *
render_stale_left(const struct core *c, uint32_t slot, enum family family)
{
	uint32_t left_s = restart_left_s(c, slot, family, clock_us());

	return left_s == 0 ? json_null() : json_integer(left_s);
}

static json_t *
render_family(const struct core *c, uint32_t slot, enum family family)
{
	static const char *const states[] = {"down", "feeding", "live"};
	struct table_peer_view v;

	table_peer_get(c->table, (uint16_t)slot, family, &v);
	return json_pack("{s:s,s:b,s:b,s:b,s:i,s:i,s:i,s:i,s:i,s:i,s:o,s:I,s:i,s:i,s:o}", "state",
	    states[v.state], "lagging", (int)v.lagging, "end_of_rib_received", (int)v.eor_received,
	    "refreshing", (int)v.refreshing, "owed", (int)v.owed, "received", (int)v.received,
	    "accepted", (int)v.accepted, "rejected", (int)v.rejected, "sent", (int)v.sent, "stale",
	    (int)v.stale, "stale_left_s", render_stale_left(c, slot, family), "paths_refused",
	    (json_int_t)v.over_paths, "control_combinations", (int)v.reaches, "over_control_limit",
	    (int)v.over_reach, "limit", limit_render(c, slot, family));
}

static json_t *
render_routes_sum(const struct core *c, uint32_t slot)
{
	uint32_t sum[4] = {0};
	struct table_peer_view v;

	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		table_peer_get(c->table, (uint16_t)slot, f, &v);
		sum[0] += v.received;
		sum[1] += v.accepted;
		sum[2] += v.rejected;
		sum[3] += v.state == PEER_DOWN ? 0 : v.sent;
	}
	return json_pack("{s:i,s:i,s:i,s:i}", "received", (int)sum[0], "accepted", (int)sum[1],
	    "rejected", (int)sum[2], "sent", (int)sum[3]);
}

/* A member that is awaited: its stale routes, and how long they stay; null otherwise. */
static json_t *
render_away(const struct core *c, uint32_t slot)
{
	struct table_peer_view v;
	uint32_t stale = 0;

	if (c->slots[slot].stale.kept == 0)
		return json_null();
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		table_peer_get_state(c->table, (uint16_t)slot, f, &v);
		stale += v.stale;
	}
	return json_pack(
	    "{s:i,s:i}", "stale", (int)stale, "left_s", (int)restart_away_s(c, slot, clock_us()));
}

/* The neighbour object; the caller's to extend. */
static json_t *
render_peer(const struct core *c, uint32_t slot, struct session_row *row)
{
	static const char *const states[SESSION_STATE_COUNT] = {
	    "idle", "connect", "active", "opensent", "openconfirm", "established"};
	const struct compiled_slot *conf = &c->config.slots[slot];
	const struct core_worker *w = &c->workers[conf->worker];
	uint32_t policy;

	memset(row, 0, sizeof(*row));
	if (w->sessions != NULL)
		session_table_read(w->sessions, slot, row);
	policy = c->config.policy.peers[slot].flags;
	return json_pack("{s:s,s:I,s:o,s:b,s:b,s:b,s:s,s:o,s:b,s:b,s:o,s:o,s:o,s:o}", "address",
	    c->slots[slot].name, "asn", (json_int_t)conf->asn, "description",
	    render_text(conf->description), "collector", (int)((conf->flags & SLOT_COLLECTOR) != 0),
	    "quarantine", (int)((policy & PEER_QUARANTINE) != 0), "up", (int)c->slots[slot].up,
	    "state", states[row->state], "away", render_away(c, slot), "disabled",
	    (int)((row->flags & SESSION_BARRED) != 0), "over_limit",
	    (int)limit_is_exceeded(c, slot, row->flags), "since", render_time(row->since_s),
	    "routes", render_routes_sum(c, slot), "rtt_ms",
	    row->rtt_us > 0 ? json_real(row->rtt_us / 1000.0) : json_null(), "last_error",
	    row->last_error[0] != '\0' ? render_text(row->last_error) : json_null());
}

enum query_progress
peers_step(struct query *q)
{
	const struct core *c = q->core;
	struct session_row row;

	while (
	    q->position < c->slot_count && (c->config.slots[q->position].flags & SLOT_UNUSED) != 0)
		q->position++;
	if (q->position >= c->slot_count)
		return QUERY_DONE;
	query_answer(q, render_peer(q->core, q->position++, &row));
	return QUERY_MORE;
}

void
show_peer_start(struct query *q)
{
	q->from = query_peer(q, "peer");
}

static json_t *
render_counters(const struct session_counters *n)
{
	return json_pack("{s:I,s:I,s:I,s:I,s:I}", "messages", (json_int_t)n->messages, "octets",
	    (json_int_t)n->bytes, "updates", (json_int_t)n->updates, "notifications",
	    (json_int_t)n->notifications, "refreshes", (json_int_t)n->refreshes);
}

static json_t *
render_session(const struct core *c, uint32_t slot, const struct session_row *row)
{
	const struct core_slot *s = &c->slots[slot];
	const struct in_addr id = {.s_addr = htonl(row->bgp_id)};
	char text[INET_ADDRSTRLEN];

	inet_ntop(AF_INET, &id, text, sizeof(text));
	return json_pack("{s:I,s:s,s:i,s:i,s:i,s:i,s:i,s:i,s:b,s:o,s:o,s:o,s:I,s:I}", "epoch",
	    (json_int_t)row->epoch, "bgp_id", text, "hold_s", (int)row->hold_s, "keepalive_s",
	    (int)row->keepalive_s, "hold_left_s", (int)row->hold_left_s, "retry_left_s",
	    (int)row->retry_left_s, "remote_port", (int)row->remote_port, "established_count",
	    (int)row->established_count, "incoming", (int)((row->flags & SESSION_INCOMING) != 0),
	    "capabilities", render_text(row->capabilities), "in", render_counters(&row->in), "out",
	    render_counters(&row->out), "malformed", (json_int_t)s->malformed, "unread_octets",
	    (json_int_t)room_unread(c, slot));
}

static json_t *
render_restart(const struct record_up *up)
{
	if (!up->gr)
		return json_null();
	return json_pack("{s:o,s:o,s:b,s:b,s:i}", "families", render_families(up->gr_families),
	    "forwarding", render_families(up->gr_forwarding), "notifications",
	    (int)up->gr_notification, "restarted", (int)up->gr_restarted, "time_s",
	    (int)up->gr_time_s);
}

/* What both sides have agreed upon, as rib acts on it; null without a session. */
static json_t *
render_agreed(const struct core_slot *s)
{
	const struct record_up *up = &s->session;

	if (!s->up)
		return json_null();
	return json_pack("{s:o,s:b,s:b,s:b,s:o,s:o,s:o,s:b,s:o}", "families",
	    render_families(up->families), "as4", (int)(up->as4 != 0), "refresh",
	    (int)(up->refresh != 0), "enhanced_refresh", (int)(up->enhanced_refresh != 0),
	    "add_path_send", render_families(up->add_path_tx), "add_path_receive",
	    render_families(up->add_path_rx), "ipv6_next_hops", render_families(up->ext_nh),
	    "extended_messages", (int)(up->ext_msg != 0), "graceful_restart", render_restart(up));
}

/* With the names of the keys where one key is all there is to it. */
static json_t *
render_configured(const struct compiled_slot *conf)
{
	static const struct {
		const char *name;
		uint16_t flag;
	} rows[] = {
	    {"passive", SLOT_PASSIVE},
	    {"filters_none", SLOT_FILTERS_NONE},
	    {"prepend_rs_as", SLOT_PREPEND_RS_AS},
	    {"add_path", SLOT_ADD_PATH},
	    {"ipv6_next_hops", SLOT_IPV6_NEXT_HOPS},
	    {"extended_messages", SLOT_EXTENDED_MESSAGES},
	    {"graceful_restart", SLOT_GRACEFUL_RESTART},
	    {"long_shutdown_text", SLOT_LONG_SHUTDOWN_TEXT},
	};
	json_t *o = json_object();

	json_object_set_new(o, "families", render_families(conf->families));
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		json_object_set_new(o, rows[i].name, json_boolean(conf->flags & rows[i].flag));
	json_object_set_new(o, "add_path_paths", json_integer(conf->paths_told));
	json_object_set_new(o, "add_path_receive", json_integer(conf->paths_kept));
	json_object_set_new(o, "worker", json_integer(conf->worker));
	return o;
}

enum query_progress
show_peer_step(struct query *q)
{
	const struct core *c = q->core;
	uint32_t slot = (uint32_t)q->from;
	const struct compiled_slot *conf = &c->config.slots[slot];
	struct session_row row;
	json_t *peer = render_peer(c, slot, &row);
	json_t *families = json_object();

	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		if ((conf->families >> f) & 1)
			json_object_set_new(
			    families, msg_family_name(f), render_family(c, slot, f));
	json_object_set_new(peer, "families", families);
	json_object_set_new(peer, "agreed", render_agreed(&c->slots[slot]));
	json_object_set_new(peer, "session", render_session(c, slot, &row));
	json_object_set_new(peer, "history", history_render(c, slot, HISTORY_SHOWN));
	json_object_set_new(peer, "configured", render_configured(conf));
	query_answer(q, peer);
	return QUERY_DONE;
}
