/*
 * What a reload does to the random run: policy gets another version, some or all paths are judged
 * again, slots lose their peer and get another one, limits change; and with them what limits and
 * malformed messages do to single paths.
 *
 * While jobs are pending the model does not know which version has judged a path, nor, therefore,
 * how many are accepted: then it takes the table's word for what a limit decides, else it predicts
 * it. When all jobs are done everything is known again, and compared.
 */
#include "tests/model/run.h"

#define LIMIT 60

/* ---- limits ---- */

void
describe_peer(unsigned slot)
{
	const struct receiver *r = &run.receivers[slot];
	unsigned rank = run.world.peers[slot].address_rank;
	struct table_peer peer = {.asn = 100 + rank,
	    .addr = {10, 0, (uint8_t)(rank >> 8), (uint8_t)rank},
	    .addr_family = FAMILY_IPV4,
	    .limit = {r->limit, r->limit},
	    .limit_accepted_only = r->accepted_only,
	    .limit_soft = r->soft,
	    .paths_kept = r->paths_kept,
	    .paths_told = (uint16_t)run.world.peers[slot].paths_told};

	table_peer_set(run.table, (uint16_t)slot, &peer);
}

void
random_limit(unsigned slot)
{
	struct receiver *r = &run.receivers[slot];

	r->limit = rnd(5) == 0 ? LIMIT / 3 + rnd(LIMIT) : 0;
	r->accepted_only = rnd(2) == 0;
	r->soft = rnd(5) == 0;
	r->blocks = rnd(2) == 0;
	run.world.peers[slot].paths_told = rnd(3) == 0 ? 0 : rnd(16) == 0 ? 300 : 1 + rnd(5);
	r->paths_kept = (uint16_t)rnd(NAIVE_IDS); /* 0: no limit */
}

/* True if the path would be rejected for its control combination. */
static bool
is_over_reach(unsigned slot, unsigned prefix, unsigned id, int index)
{
	const struct naive_attrs *a = &run.attrs[index];
	bool has;
	unsigned count;

	if (run.reach_limit == 0 || !a->accepted || a->partition == 0)
		return false;
	count = naive_partitions(&run.world, slot, attrs_now(0), prefix, id, a->partition, &has);
	return !has && count >= run.reach_limit;
}

static bool
is_over_limit(unsigned slot, unsigned prefix, unsigned id, int index)
{
	const struct receiver *r = &run.receivers[slot];

	if (r->limit == 0 || r->soft)
		return false;
	if (!r->accepted_only)
		return r->paths[prefix % 2] >= r->limit &&
		    run.world.path[prefix][slot][id] == NAIVE_NOTHING;
	return run.attrs[index].accepted && !naive_accepts(&run.world, slot, prefix, id) &&
	    !is_over_reach(slot, prefix, id, index) &&
	    naive_accepted(&run.world, slot, prefix % 2) >= r->limit;
}

/* ---- single paths ---- */

static bool
find_path(unsigned slot, unsigned prefix, unsigned id, struct table_path_view *out)
{
	struct prefix key = prefix_of(prefix);
	struct table_cursor cursor;
	struct table_entry_view entry;
	uint32_t iter = 0;

	table_cursor_init(&cursor, &key, MATCH_EXACT);
	if (!table_cursor_next(run.table, &cursor, &entry))
		return false;
	while (table_path_next(run.table, &entry, &iter, out))
		if (out->slot == slot && out->path_id == id)
			return true;
	return false;
}

static void
set_standing(unsigned slot, unsigned prefix, unsigned id, enum standing standing)
{
	run.standing[prefix][slot][id] = (uint8_t)standing;
	run.world.barred[prefix][slot][id] = standing != JUDGED;
}

/* How the table stands to a path that policy has judged. */
static void
ask_standing(unsigned slot, unsigned prefix, unsigned id)
{
	struct table_path_view view;

	if (run.reach_limit == 0) {
		set_standing(slot, prefix, id, JUDGED);
		return;
	}
	if (!find_path(slot, prefix, id, &view))
		die("a path is not there", slot, prefix);
	set_standing(slot, prefix, id, view.verdict.reason == REASON_REACH ? OVER_REACH : JUDGED);
}

static void
note_path(unsigned slot, unsigned prefix, unsigned id, int index)
{
	int *path = &run.world.path[prefix][slot][id];

	if (*path == NAIVE_NOTHING)
		run.receivers[slot].paths[prefix % 2]++;
	*path = index;
	run.stale[prefix][slot][id] = false;
	run.world.path_bgp_id[prefix][slot][id] = run.world.peers[slot].bgp_id;
}

void
note_announced(unsigned slot, unsigned prefix, unsigned id, int index)
{
	bool over = is_over_reach(slot, prefix, id, index);

	if (!run.is_pending && is_over_limit(slot, prefix, id, index))
		die("the limit was passed", slot, prefix);
	note_path(slot, prefix, id, index);
	ask_standing(slot, prefix, id);
	totals.over_reach += run.standing[prefix][slot][id] == OVER_REACH;
	if (!run.is_pending && over != (run.standing[prefix][slot][id] == OVER_REACH))
		die("another control combination than the model's is too many", slot, prefix);
}

void
note_over_limit(unsigned slot, unsigned prefix, unsigned id, int index)
{
	struct receiver *r = &run.receivers[slot];
	struct table_peer_view view;

	totals.over_limit++;
	table_peer_get_state(run.table, (uint16_t)slot, prefix % 2, &view);
	if (!view.over_limit || view.counted < r->limit || view.limit != r->limit)
		die("over a limit that is not passed", slot, prefix);
	if (!run.is_pending && !is_over_limit(slot, prefix, id, index))
		die("over limit too early", slot, prefix);
	drop_path(slot, prefix, id);
}

void
event_malformed(unsigned slot)
{
	unsigned p, id, i = rnd(ATTRS);
	struct prefix prefix;
	attrs_id attrs;
	enum table_result result;
	bool has_room;

	if (!run.world.peers[slot].up || slot == run.collector)
		return;
	p = prefix_for(slot);
	id = slot % 5 == 0 ? rnd(NAIVE_IDS) : 0;
	prefix = prefix_of(p);
	has_room = has_path_room(slot, p, id);
	attrs = table_attrs_ref(run.table, run.blocks[i][0].octets, run.blocks[i][0].len);
	result =
	    table_announce_rejected(run.table, (uint16_t)slot, &prefix, id, attrs, REASON_KEPT, 0);
	table_attrs_unref(run.table, attrs);
	if (has_room != (result != TABLE_OVER_PATHS))
		die("a malformed path too many of one prefix, or not", slot, p);
	if (!has_room)
		return;
	if (!run.receivers[slot].accepted_only &&
	    (result == TABLE_OVER_LIMIT) != is_over_limit(slot, p, id, attrs_now(i)))
		die("a malformed path and the limit", slot, p);
	if (result == TABLE_OVER_LIMIT) {
		if (run.receivers[slot].accepted_only)
			die("a rejected path counts as accepted", slot, p);
		return;
	}
	note_path(slot, p, id, attrs_now(i));
	set_standing(slot, p, id, KEPT);
}

void
event_limit(unsigned slot)
{
	if (run.receivers[slot].removed)
		return;
	random_limit(slot);
	describe_peer(slot);
}

/* ---- policy ---- */

void
note_rejudged(void)
{
	for (unsigned p = 0; run.is_pending && p < run.world.prefixes; p++) {
		for (unsigned slot = 0; slot < run.world.slots; slot++) {
			if (!run.pending[p][slot])
				continue;
			run.pending[p][slot] = false;
			for (unsigned id = 0; id < NAIVE_IDS; id++) {
				int *path = &run.world.path[p][slot][id];

				if (*path == NAIVE_NOTHING || run.standing[p][slot][id] == KEPT)
					continue;
				*path = attrs_now((unsigned)*path % ATTRS);
				totals.rejudged++;
				ask_standing(slot, p, id);
			}
		}
	}
	run.is_pending = false;
}

/* With all in one go, no combination is refused while there is room. */
static void
check_fresh_partitions(unsigned slot)
{
	bool has, any = false;
	unsigned count =
	    naive_partitions(&run.world, slot, attrs_now(0), NAIVE_PREFIXES, NAIVE_IDS, 0, &has);

	for (unsigned p = 0; p < run.world.prefixes; p++)
		for (unsigned id = 0; id < NAIVE_IDS; id++)
			any = any ||
			    (run.world.path[p][slot][id] != NAIVE_NOTHING &&
				run.standing[p][slot][id] == OVER_REACH);
	if (any && count != run.reach_limit)
		die("a control combination was refused though there is room", slot, 0);
}

static void
rejudge_everything(void)
{
	for (unsigned p = 0; p < run.world.prefixes; p++)
		for (unsigned slot = 0; slot < run.world.slots; slot++)
			run.pending[p][slot] = true;
	run.is_pending = true;
	table_rejudge(run.table, NULL, NULL, 0);
}

/* Of some slots, or in a scope, or both. */
static void
rejudge_some(void)
{
	unsigned kind = 1 + rnd(3);
	bool with_scope = (kind & 1) != 0, with_slots = (kind & 2) != 0;
	struct prefix scope = prefix_of(rnd(run.world.prefixes));
	uint64_t slots[(NAIVE_SLOTS + 63) / 64] = {0};

	if (scope.len > 8 && rnd(2) == 0) {
		scope.len = 8;
		scope.addr[1] = scope.addr[2] = 0;
	}
	for (unsigned slot = 0; slot < run.world.slots; slot++) {
		bool in = rnd(3) == 0;

		if (in)
			slots[slot / 64] |= UINT64_C(1) << slot % 64;
		for (unsigned p = 0; p < run.world.prefixes; p++) {
			struct prefix key = prefix_of(p);

			run.pending[p][slot] |= (in || !with_slots) &&
			    (!with_scope ||
				(key.family == scope.family && prefix_covers(&scope, &key)));
		}
	}
	run.is_pending = true;
	table_rejudge(run.table, with_scope ? &scope : NULL, with_slots ? slots : NULL,
	    (run.world.slots + 63) / 64);
}

static void
finish_rejudge(void)
{
	while (table_is_left(run.table, TABLE_REJUDGE))
		table_step(run.table, TABLE_REJUDGE, 1 + rnd(100));
	note_rejudged();
}

void
event_policy(unsigned slot)
{
	struct rib_policy policy = {.judge = judge, .reach = reach, .fits = fits};

	(void)slot;
	if (run.version + 1 == VERSIONS)
		return;
	if (run.is_pending && rnd(2) == 0)
		finish_rejudge();
	make_version();
	policy.ctx = &run.versions[run.version];
	table_set_policy(run.table, &policy);
	if (run.is_pending || rnd(2) == 0)
		rejudge_everything();
	else if (rnd(4) != 0)
		rejudge_some();
	if (rnd(3) != 0)
		return;
	rejudge_everything();
	finish_rejudge();
	for (slot = 0; slot < run.world.slots; slot++)
		check_fresh_partitions(slot);
}

void
event_rejudge(unsigned slot)
{
	(void)slot;
	if (rnd(4) == 0)
		rejudge_everything();
	else
		rejudge_some();
}

void
event_hiding(unsigned slot)
{
	(void)slot;
	run.world.path_hiding_cured = !run.world.path_hiding_cured;
	table_set_path_hiding(run.table, run.world.path_hiding_cured);
}

/* ---- slots ---- */

void
event_leave(unsigned slot)
{
	if (run.receivers[slot].removed)
		return;
	table_peer_remove(run.table, (uint16_t)slot);
	forget_session(slot);
	run.receivers[slot].removed = true;
}

/* Somebody else gets the slot, as soon as nothing of the one before is left. */
void
event_return(unsigned slot)
{
	struct receiver *r = &run.receivers[slot];

	if (!r->removed || !table_peer_is_clean(run.table, (uint16_t)slot))
		return;
	r->removed = false;
	run.world.peers[slot].address_rank = run.next_rank++;
	random_limit(slot);
	describe_peer(slot);
	if (rnd(4) != 0)
		event_up(slot);
}

/* ---- verdicts ---- */

static void
check_verdict(unsigned prefix, const struct table_path_view *view)
{
	const struct naive_world *w = &run.world;
	int index = w->path[prefix][view->slot][view->path_id];
	enum standing standing = run.standing[prefix][view->slot][view->path_id];
	const struct naive_attrs *a = &run.attrs[index];

	if (view->gone)
		die("a path that is gone after a quiet moment", view->slot, prefix);
	if (view->stale != run.stale[prefix][view->slot][view->path_id])
		die("a path is stale, or not", view->slot, prefix);
	if (index == NAIVE_NOTHING)
		die("a path that the model does not have", view->slot, prefix);
	if (view->verdict.accept != (standing == JUDGED && a->accepted) ||
	    view->verdict.tagged != (standing == JUDGED && a->tagged))
		die("a verdict differs from the model's", view->slot, prefix);
	if (view->fixed != (standing == KEPT))
		die("a path is kept for display, or not", view->slot, prefix);
	if (!view->verdict.accept &&
	    view->verdict.reason !=
		(standing == KEPT		 ? REASON_KEPT
			: standing == OVER_REACH ? REASON_REACH
						 : REASON_POLICY))
		die("a reason differs from the model's", view->slot, prefix);
}

void
check_verdicts(void)
{
	for (unsigned p = 0; p < run.world.prefixes; p++) {
		struct prefix key = prefix_of(p);
		struct table_cursor cursor;
		struct table_entry_view entry;
		struct table_path_view view;
		uint32_t iter = 0;

		table_cursor_init(&cursor, &key, MATCH_EXACT);
		if (!table_cursor_next(run.table, &cursor, &entry))
			continue;
		while (table_path_next(run.table, &entry, &iter, &view))
			check_verdict(p, &view);
	}
}
