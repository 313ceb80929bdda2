/*
 * The quiet moment. Prefix by prefix: what the naive policy says of each path must be the verdict
 * that the table has, the one that explaining gives, and the communities of the server's own view;
 * what each receiver holds must be what the naive policy sends it, and for what it is not sent the
 * library must have the same rule.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tests/policymodel/run.h"

#define PATHS (NAIVE_PEERS * RUN_IDS)

/* The paths of one prefix. */
struct compared {
	unsigned prefix;
	struct naive_prefix key;
	size_t count;
	struct naive_path paths[PATHS];
	struct naive_verdict verdicts[PATHS];
	bool found[PATHS]; /* the table has it */
};

static struct compared now;

/* ---- printing ---- */

static void
print_communities(const struct naive_set *set)
{
	for (unsigned i = 0; i < set->count; i++) {
		const struct naive_community *c = &set->all[i];

		if (c->format == NAIVE_STD)
			fprintf(stderr, " %u:%u", c->part[0], c->part[1]);
		else if (c->format == NAIVE_LARGE)
			fprintf(stderr, " %u:%u:%u", c->part[0], c->part[1], c->part[2]);
		else
			fprintf(stderr, " %04x:%u:%u", c->type, c->part[0], c->part[1]);
	}
}

static void
print_attrs(const char *what, const struct naive_attrs *a)
{
	fprintf(stderr, "  %s: next hop", what);
	for (unsigned i = 0; i < a->next_hop_len; i++)
		fprintf(stderr, "%s%02x", i % 2 == 0 ? " " : "", a->next_hop[i]);
	fprintf(stderr, "\n    path");
	for (unsigned i = 0; i < a->hop_count; i++)
		fprintf(stderr, a->hops[i].set != 0 ? " {%u}" : " %u", a->hops[i].asn);
	fprintf(stderr, ", origin %u", a->origin);
	if (a->has_med)
		fprintf(stderr, ", MED %u", a->med);
	if (a->has_otc)
		fprintf(stderr, ", OTC %u", a->otc);
	fprintf(stderr, ", extra %u\n    communities", a->extra);
	print_communities(&a->communities);
	fprintf(stderr, "\n");
}

static void
print_path(const struct naive_path *path)
{
	const struct naive_peer *peer = &run.world.peers[path->slot];

	fprintf(stderr, "  path of slot %u (AS %u) id %u: %s, reason %u, local_pref %u%s%s\n",
	    path->slot, peer->asn, path->id, path->verdict->accept ? "accepted" : "rejected",
	    path->verdict->reason, path->verdict->local_pref,
	    path->verdict->tagged ? ", tagged" : "", path->verdict->blackhole ? ", blackhole" : "");
	fprintf(stderr,
	    "    IPv%c%s%s%s, next hop policy %u, reject policy %u, role %d, observe %x\n",
	    peer->address.family == NAIVE_IPV4 ? '4' : '6', peer->rfc8950 ? ", RFC 8950" : "",
	    peer->both ? ", both families" : "", peer->filters_none ? ", no filters" : "",
	    peer->next_hop, peer->reject, peer->roles ? (int)peer->role : -1, peer->observe);
	print_attrs("received", path->attrs);
	fprintf(stderr, "    view");
	print_communities(&path->verdict->view);
	fprintf(stderr, "\n");
}

/* ---- verdicts ---- */

void
compare_judge(unsigned slot, unsigned prefix, unsigned id, struct naive_verdict *out)
{
	struct naive_prefix key = world_prefix(prefix);
	const struct run_path *path = &run.paths[prefix][slot][id];

	if (!path->malformed) {
		naive_judge(&run.world, slot, &key, &path->attrs, out);
		return;
	}
	memset(out, 0, sizeof(*out));
	out->reason = RUN_MALFORMED;
}

static void
gather(unsigned prefix)
{
	now.prefix = prefix;
	now.key = world_prefix(prefix);
	now.count = 0;
	for (unsigned slot = 0; slot < run.world.peer_count; slot++) {
		for (unsigned id = 0; id < RUN_IDS; id++) {
			const struct run_path *path = &run.paths[prefix][slot][id];

			if (!path->is)
				continue;
			now.found[now.count] = false;
			compare_judge(slot, prefix, id, &now.verdicts[now.count]);
			now.paths[now.count] = (struct naive_path){.slot = slot,
			    .id = id,
			    .bgp_id = path->bgp_id,
			    .attrs = &path->attrs,
			    .verdict = &now.verdicts[now.count]};
			now.count++;
		}
	}
}

_Noreturn static void
fail_path(const char *what, size_t i, const struct table_path_view *view)
{
	print_path(&now.paths[i]);
	fprintf(stderr, "  library: %s, reason %u, local_pref %u%s\n",
	    view->verdict.accept ? "accepted" : "rejected", view->verdict.reason,
	    view->verdict.local_pref, view->verdict.tagged ? ", tagged" : "");
	run_fail(what, now.paths[i].slot, now.prefix);
}

static bool
is_over_reach(const struct table_path_view *view)
{
	return run.world.reaches_max > 0 && !view->verdict.accept && !view->verdict.tagged &&
	    view->verdict.reason == RUN_TOO_MANY;
}

struct put_ctx {
	struct naive_set set;
	bool twice;
};

static void
put_community(void *ctx, const struct community_value *value)
{
	struct put_ctx *put = ctx;
	struct naive_community c = octets_community(value);

	put->twice = put->twice || naive_has(&put->set, &c);
	naive_add(&put->set, &c);
}

static void
compare_view(size_t i, const struct table_path_view *view, const struct path_view *path)
{
	struct naive_set want = now.verdicts[i].view;
	struct put_ctx put = {.twice = false};

	policy_view(compiled_policy(run.compiled), path, &view->verdict, put_community, &put);
	octets_sort(&want);
	octets_sort(&put.set);
	if (!put.twice && want.count == put.set.count &&
	    memcmp(want.all, put.set.all, want.count * sizeof(*want.all)) == 0)
		return;
	fprintf(stderr, "  library's view");
	print_communities(&put.set);
	fprintf(stderr, "\n");
	fail_path("the server's view of a path differs", i, view);
}

struct explained {
	unsigned rejected; /* the reason of the step that rejected */
	unsigned observed;
};

static void
note_step(void *ctx, const struct policy_step *step)
{
	struct explained *e = ctx;

	if (step->outcome == STEP_REJECT)
		e->rejected = step->reason;
	e->observed += step->outcome == STEP_OBSERVED;
}

static void
compare_explained(size_t i, const struct table_path_view *view, const struct path_view *path)
{
	struct explained e = {0};
	struct verdict v;

	policy_explain(compiled_policy(run.compiled), path, &v, note_step, &e);
	if (v.accept != view->verdict.accept || v.tagged != view->verdict.tagged ||
	    v.reason != view->verdict.reason || v.local_pref != view->verdict.local_pref ||
	    e.rejected != view->verdict.reason)
		fail_path("explaining gives another verdict", i, view);
	totals.observed += e.observed;
}

/* The stable names of policy_withheld(), by what decided. */
static const char *const withheld_names[BY_WITHHELD] = {[BY_SOURCE] = "source",
    [BY_REJECTED] = "rejected",
    [BY_COLLECTOR] = "collector",
    [BY_QUARANTINE] = "quarantine",
    [BY_NEXT_HOP] = "next-hop",
    [BY_BLACKHOLE] = "blackhole",
    [BY_ROV_INVALID] = "rov-invalid",
    [BY_WELL_KNOWN] = "well-known",
    [BY_OTC] = "otc",
    [BY_DENY_PEER] = "control-community",
    [BY_DENY_RTT_HIGHER] = "control-community",
    [BY_DENY_RTT_LOWER] = "control-community",
    [BY_DENY_ANY] = "control-community",
    [BY_RULE] = "rule"};

static void
compare_withheld(size_t i, const struct table_path_view *view, const struct path_view *path)
{
	for (unsigned slot = 0; slot < run.world.peer_count; slot++) {
		const char *has, *wants = NULL;
		enum naive_step step;

		if (run.world.peers[slot].kind == NAIVE_NOBODY)
			continue;
		step = naive_allows(&run.world, slot, &now.key, &now.paths[i]);
		totals.steps[step]++;
		if (step < BY_WITHHELD)
			wants = withheld_names[step];
		has = policy_withheld(compiled_policy(run.compiled), path->block, path->block_len,
		    path, &view->verdict, (uint16_t)slot);
		if ((has == NULL) == (wants == NULL) && (has == NULL || strcmp(has, wants) == 0))
			continue;
		fprintf(stderr, "  to slot %u (AS %u): naive %s, library %s\n", slot,
		    run.world.peers[slot].asn, naive_step_names[step], has != NULL ? has : "sent");
		fail_path("withheld by another rule", i, view);
	}
}

static void
count_verdict(const struct naive_verdict *v)
{
	totals.accepted += v->accept;
	totals.reasons[v->reason] += !v->accept;
	totals.tagged += v->tagged;
}

static void
compare_path(size_t i, const struct prefix *prefix, const struct table_path_view *view)
{
	struct naive_verdict *v = &now.verdicts[i];
	struct attrs_facts facts;
	struct path_view path = {.prefix = prefix,
	    .block = view->block,
	    .block_len = view->block_len,
	    .facts = &facts,
	    .slot = view->slot};

	attrs_read_facts(view->block, view->block_len, &facts);
	if (v->accept && is_over_reach(view)) {
		v->accept = false;
		v->reason = RUN_TOO_MANY;
		totals.over_reach++;
		return;
	}
	count_verdict(v);
	if (v->accept != view->verdict.accept || v->tagged != view->verdict.tagged ||
	    v->reason != view->verdict.reason ||
	    ((v->accept || v->tagged) && v->local_pref != view->verdict.local_pref))
		fail_path("a verdict differs", i, view);
	if (v->reason == RUN_MALFORMED)
		return;
	compare_view(i, view, &path);
	compare_explained(i, view, &path);
	compare_withheld(i, view, &path);
}

static void
compare_paths(void)
{
	struct prefix prefix = compile_prefix(&now.key);
	struct table_cursor cursor;
	struct table_entry_view entry;
	struct table_path_view view;
	uint32_t iter = 0;

	table_cursor_init(&cursor, &prefix, MATCH_EXACT);
	while (table_cursor_next(run.table, &cursor, &entry)) {
		while (table_path_next(run.table, &entry, &iter, &view)) {
			size_t i = 0;

			while (i < now.count &&
			    (now.paths[i].slot != view.slot || now.paths[i].id != view.path_id))
				i++;
			if (i == now.count || view.gone)
				run_fail("a path that nobody has announced", view.slot, now.prefix);
			now.found[i] = true;
			compare_path(i, &prefix, &view);
		}
	}
	for (size_t i = 0; i < now.count; i++)
		if (!now.found[i])
			run_fail("a path is not there", now.paths[i].slot, now.prefix);
}

/* ---- receivers ---- */

static void
decode(unsigned slot, const struct run_held *held, struct naive_attrs *out)
{
	if (!octets_read(held->block->octets, held->block->len, out))
		run_fail("a form that cannot be read", slot, now.prefix);
}

_Noreturn static void
fail_receiver(unsigned slot, const size_t *chosen, size_t count, enum naive_decided decided)
{
	const struct run_holding *h = &run.sessions[slot].holds[now.prefix];
	struct naive_attrs a;

	for (size_t i = 0; i < now.count; i++) {
		print_path(&now.paths[i]);
		fprintf(stderr, "    to this receiver: %s\n",
		    naive_step_names[naive_allows(&run.world, slot, &now.key, &now.paths[i])]);
	}
	for (size_t i = 0; i < count; i++) {
		fprintf(stderr, "  naive sends path %zu, chosen by step %u\n", chosen[i], decided);
		naive_form(&run.world, slot, &now.key, &now.paths[chosen[i]], &a, NULL);
		octets_sort(&a.communities);
		print_attrs("naive", &a);
	}
	for (size_t i = 0; i < h->count; i++) {
		decode(slot, &h->paths[i], &a);
		print_attrs("library", &a);
	}
	run_fail("a receiver has something else", slot, now.prefix);
}

/* Each form that is wanted takes one that is held. */
static bool
holds_form(unsigned slot, const struct naive_attrs *want, bool *taken)
{
	const struct run_holding *h = &run.sessions[slot].holds[now.prefix];
	static struct naive_attrs have;

	for (size_t i = 0; i < h->count; i++) {
		if (taken[i])
			continue;
		decode(slot, &h->paths[i], &have);
		if (!octets_same(want, &have))
			continue;
		taken[i] = true;
		return true;
	}
	return false;
}

static void
compare_receiver(unsigned slot)
{
	const struct run_session *s = &run.sessions[slot];
	const struct run_holding *h = &s->holds[now.prefix];
	size_t chosen[PATHS], count;
	bool taken[PATHS] = {false};
	enum naive_decided decided;
	static struct naive_attrs want;

	count = naive_choose(
	    &run.world, slot, &now.key, now.paths, now.count, s->add_path, chosen, &decided);
	totals.views++;
	totals.decided[decided] += count > 0 && !s->add_path;
	if (count != h->count)
		fail_receiver(slot, chosen, count, decided);
	for (size_t i = 0; i < count; i++) {
		naive_form(&run.world, slot, &now.key, &now.paths[chosen[i]], &want, totals.steps);
		octets_sort(&want.communities);
		if (!holds_form(slot, &want, taken))
			fail_receiver(slot, chosen, count, decided);
	}
}

static void
compare_counts(unsigned slot)
{
	const struct run_session *s = &run.sessions[slot];
	uint32_t held[2] = {0, 0};

	for (unsigned p = 0; p < WORLD_PREFIXES; p++)
		for (unsigned id = 0; id < RUN_IDS; id++)
			held[p % 2] += run.paths[p][slot][id].is;
	for (unsigned f = 0; f < 2; f++) {
		struct table_peer_view view;

		table_peer_get(run.table, (uint16_t)slot, (enum family)f, &view);
		if (view.received != held[f] || view.accepted + view.rejected != held[f])
			run_fail("the counts of paths are wrong", slot, f);
		if (view.limit != s->limit[f])
			run_fail("another limit is in force", slot, f);
		if (run.world.reaches_max > 0 && view.reaches > run.world.reaches_max)
			run_fail("more control combinations than allowed", slot, f);
	}
}

void
compare_all(void)
{
	for (unsigned prefix = 0; prefix < WORLD_PREFIXES; prefix++) {
		gather(prefix);
		compare_paths();
		for (unsigned slot = 0; slot < run.world.peer_count; slot++)
			if (run.sessions[slot].up && run.sessions[slot].families[prefix % 2])
				compare_receiver(slot);
	}
	for (unsigned slot = 0; slot < run.world.peer_count; slot++)
		if (run.sessions[slot].up)
			compare_counts(slot);
}
