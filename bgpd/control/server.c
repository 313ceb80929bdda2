/* show summary, memory, alarms, processes: how the server itself is. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/resource.h>

#include "bgpd/clock.h"
#include "bgpd/control/limit.h"
#include "bgpd/control/query.h"
#include "bgpd/control/render.h"

static json_t *
integer(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static void
count_peers(const struct core *c, json_t *to)
{
	unsigned configured = 0, up = 0, feeding = 0, lagging = 0, disabled = 0;
	unsigned quarantine = 0, over_limit = 0, collectors = 0, away = 0;
	struct table_peer_view v;

	for (uint32_t slot = 0; slot < c->slot_count; slot++) {
		const struct core_worker *w = &c->workers[c->slots[slot].worker];
		struct session_row row = {0};

		if ((c->config.slots[slot].flags & SLOT_UNUSED) != 0)
			continue;
		configured++;
		if (w->sessions != NULL)
			session_table_read(w->sessions, slot, &row);
		disabled += (row.flags & SESSION_BARRED) != 0;
		over_limit += limit_is_exceeded(c, slot, row.flags);
		quarantine += (c->config.policy.peers[slot].flags & PEER_QUARANTINE) != 0;
		collectors += (c->config.slots[slot].flags & SLOT_COLLECTOR) != 0;
		away += c->slots[slot].stale.kept != 0;
		if (!c->slots[slot].up)
			continue;
		up++;
		table_peer_get_state(c->table, (uint16_t)slot, c->config.slots[slot].family, &v);
		feeding += v.state == PEER_FEEDING;
		lagging += v.lagging;
	}
	json_object_set_new(to, "peers",
	    json_pack("{s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i,s:i}", "configured", (int)configured, "up",
		(int)up, "away", (int)away, "feeding", (int)feeding, "lagging", (int)lagging,
		"disabled", (int)disabled, "quarantine", (int)quarantine, "over_limit",
		(int)over_limit, "collectors", (int)collectors));
}

/* Null unless nobody is told anything yet, after the start. */
static json_t *
render_deferral(const struct core *c)
{
	uint64_t s = (clock_us() - c->deferral.since_us) / 1000000;

	if (!c->deferral.is_on)
		return json_null();
	return json_pack("{s:I,s:i,s:i}", "since_s", (json_int_t)s, "at_most_s",
	    (int)c->config.head->deferral_s, "peers_missing", (int)restart_missing(c));
}

/* The configuration in force, and how far what it changes has come. */
static json_t *
render_configuration(const struct core *c)
{
	return json_pack("{s:I,s:o,s:b,s:o}", "generation", (json_int_t)c->now->number,
	    "in_force_since", render_time(c->now->since_s), "next_in_preparation",
	    (int)(c->next != NULL), "entries_to_judge_again",
	    integer(table_rejudge_left(c->table)));
}

/* Records of the data set in force. */
static json_t *
render_data(const struct core *c)
{
	const struct policy_data *d = dataset_records(c->now->dataset);

	return json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "vrps", integer(d->vrp_count),
	    "aspas", integer(d->aspa_count), "as_sets", integer(d->object_count), "route_objects",
	    integer(d->route_count), "arin_records", integer(d->arin_count), "registrobr_records",
	    integer(d->registrobr_count), "peeringdb_networks", integer(d->network_count), "rtts",
	    integer(d->rtt_count), "octets", integer(dataset_octets(c->now->dataset)));
}

enum query_progress
summary_step(struct query *q)
{
	const struct core *c = q->core;
	const struct in_addr id = {.s_addr = htonl(c->config.head->router_id)};
	struct table_memory m;
	char text[INET_ADDRSTRLEN];
	json_t *o;

	inet_ntop(AF_INET, &id, text, sizeof(text));
	table_memory_get(c->table, &m);
	o = json_pack("{s:s,s:o,s:I,s:s,s:o,s:I,s:b,s:i}", "version", ROOST_VERSION, "instance",
	    render_text(c->config.head->instance), "asn", (json_int_t)c->config.head->rs_as,
	    "router_id", text, "started_at", render_time(c->start_s), "uptime_s",
	    (json_int_t)((clock_us() - c->start_us) / 1000000), "path_hiding_mitigation",
	    (int)c->config.head->path_hiding, "alarms", (int)alarm_count(c->alarms));
	count_peers(c, o);
	json_object_set_new(o, "deferral", render_deferral(c));
	json_object_set_new(o, "prefixes",
	    json_pack("{s:o,s:o}", "ipv4", integer(m.entries[FAMILY_IPV4]), "ipv6",
		integer(m.entries[FAMILY_IPV6])));
	json_object_set_new(o, "paths", integer(m.paths));
	json_object_set_new(o, "attributes", integer(m.attrs));
	json_object_set_new(o, "configuration", render_configuration(c));
	json_object_set_new(o, "data", render_data(c));
	query_answer(q, o);
	return QUERY_DONE;
}

enum query_progress
memory_step(struct query *q)
{
	const struct core *c = q->core;
	struct table_memory m;

	table_memory_get(c->table, &m);
	query_answer(q,
	    json_pack("{s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "table_octets",
		integer(m.octets), "entries_ipv4", integer(m.entries[FAMILY_IPV4]), "entries_ipv6",
		integer(m.entries[FAMILY_IPV6]), "paths", integer(m.paths), "attributes",
		integer(m.attrs), "attribute_octets", integer(m.attrs_octets), "peer_sets",
		integer(m.sets), "reaches", integer(m.reaches), "told_rows", integer(m.told_rows),
		"owed", integer(m.owed), "dirty", integer(m.dirty), "log_octets_resident",
		integer(log_resident(c->log)), "log_octets_used", integer(log_used(c->log)),
		"log_octets_max", integer(log_size(c->log))));
	return QUERY_DONE;
}

enum query_progress
alarms_step(struct query *q)
{
	const struct alarm_entry *a = alarm_get(q->core->alarms, q->position++);
	const struct alarm_row *row;

	if (a == NULL)
		return QUERY_DONE;
	row = alarm_row(a->alarm);
	query_answer(q,
	    json_pack("{s:s,s:s,s:o,s:o,s:s,s:s,s:o,s:I}", "alarm", row->name, "severity",
		log_level_name(row->level), "source", render_text(a->source), "text",
		render_text(a->text), "meaning", row->text, "advice", row->advice, "since",
		render_time(a->since_ms / 1000), "raised", (json_int_t)a->raised));
	return QUERY_MORE;
}

static json_t *
render_rib(const struct core *c)
{
	const struct core_counters *n = &c->counters;
	struct rusage usage;
	uint64_t cpu_us;

	getrusage(RUSAGE_SELF, &usage);
	cpu_us = (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
	    (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
	return json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o,s:o}", "process", "rib",
	    "cpu_ms", integer(cpu_us / 1000), "longest_slice_us", integer(n->longest_slice_us),
	    "records_in", integer(n->records), "prefixes_in", integer(n->prefixes_in), "commits",
	    integer(n->commits), "blocks_out", integer(n->blocks), "messages_out",
	    integer(n->messages), "prefixes_out", integer(n->prefixes_out), "octets_out",
	    integer(n->octets_out), "cuts", integer(n->cuts), "log_full", integer(n->log_full),
	    "emission_refused", integer(n->emission_refused));
}

enum query_progress
processes_step(struct query *q)
{
	const struct core *c = q->core;
	const struct core_worker *w;
	struct worker_pulse pulse = {0};
	unsigned peers = 0;
	char name[32];

	if (q->position == 0) {
		q->position++;
		query_answer(q, render_rib(c));
		return QUERY_MORE;
	}
	if (q->position > c->worker_count)
		return QUERY_DONE;
	w = &c->workers[q->position - 1];
	for (uint32_t slot = 0; slot < c->slot_count; slot++)
		peers += c->slots[slot].worker == q->position - 1 && c->slots[slot].up;
	if (w->sessions != NULL)
		session_table_pulse(w->sessions, &pulse);
	snprintf(name, sizeof(name), "worker-%" PRIu32, q->position - 1);
	query_answer(q,
	    json_pack("{s:s,s:b,s:i,s:i,s:o,s:o,s:o,s:o}", "process", name, "alive",
		(int)(w->ring != NULL), "pid", (int)pulse.pid, "peers_up", (int)peers, "cpu_ms",
		integer(pulse.cpu_us / 1000), "longest_slice_us", integer(pulse.longest_slice_us),
		"ring_octets_used", integer(w->ring != NULL ? ring_used(w->ring) : 0),
		"records_refused", integer(w->refused)));
	q->position++;
	return QUERY_MORE;
}
