/*
 * Refreshes and the deferral of the random run. A receiver does as RFC 7313 section 4 says: at BoRR
 * what it holds becomes stale, what is told again is not, at EoRR stale routes go. Since the table
 * also withdraws what goes, nothing may be stale then.
 *
 *   asked --> BoRR emitted --> BoRR read: begun --> EoRR read        every request has its BoRR,
 *     ^                            |                                 every BoRR its EoRR
 *     +---- cut: broken -----------+                                 unless the peer is cut
 */
#include "tests/model/run.h"

/* ---- markers ---- */

void
marker_emitted(unsigned slot, enum emission_kind kind, unsigned family)
{
	struct receiver *r = &run.receivers[slot];
	struct refreshing *f = &r->refreshing[family];

	if (kind == EMIT_EOR) {
		if (run.deferred && !f->was_fed)
			die("End-of-RIB while feeding is deferred", slot, family);
		f->fed = true;
		return;
	}
	if (!r->enhanced)
		die("a marker for one without enhanced refresh", slot, family);
	if (!f->fed)
		die("a marker before End-of-RIB", slot, family);
	if (run.deferred)
		die("a refresh while walks are deferred", slot, family);
	if (kind == EMIT_BORR)
		f->asked = false;
}

void
begin_refresh(unsigned slot, unsigned family)
{
	struct receiver *r = &run.receivers[slot];
	struct refreshing *f = &r->refreshing[family];

	if (r->eor[family] == 0)
		die("BoRR was read before End-of-RIB", slot, family);
	if (f->begun && !f->broken)
		die("a refresh begins within another", slot, family);
	f->begun = true;
	f->broken = false;
	for (unsigned p = family; p < run.world.prefixes; p += 2)
		for (size_t i = 0; i < r->holds[p].count; i++)
			r->holds[p].paths[i].stale = true;
}

void
end_refresh(unsigned slot, unsigned family)
{
	struct receiver *r = &run.receivers[slot];
	struct refreshing *f = &r->refreshing[family];

	if (!f->begun || f->broken)
		die("EoRR of a refresh that was not read from its start", slot, family);
	for (unsigned p = family; p < run.world.prefixes; p += 2)
		for (size_t i = 0; i < r->holds[p].count; i++)
			if (r->holds[p].paths[i].stale)
				die("a route was not told in a refresh", slot, p);
	f->begun = false;
	totals.refreshes++;
}

/* Nobody knows what of its refresh a peer has had: it waits for another one. */
void
break_refreshes(unsigned slot)
{
	struct receiver *r = &run.receivers[slot];

	for (const struct unread *u = r->first; u != NULL; u = u->next) {
		if (u->kind != EMIT_BORR && u->kind != EMIT_EORR)
			continue;
		table_refresh(run.table, (uint16_t)slot, u->family);
		r->refreshing[u->family].asked = true;
	}
	for (unsigned family = 0; family < 2; family++) {
		struct refreshing *f = &r->refreshing[family];

		f->broken = f->begun;
		f->asked = f->asked || f->begun;
	}
}

void
check_refreshed(unsigned slot, unsigned family)
{
	const struct receiver *r = &run.receivers[slot];
	const struct refreshing *f = &r->refreshing[family];
	struct table_peer_view v;

	table_peer_get_state(run.table, (uint16_t)slot, family, &v);
	if (v.refreshing)
		die("a refresh does not end", slot, family);
	if (r->enhanced && (f->asked || f->begun))
		die("a refresh was not answered", slot, family);
}

void
event_refresh(unsigned slot)
{
	unsigned family = rnd(2);

	if (!run.world.peers[slot].up || !run.world.peers[slot].wants[family])
		return;
	table_refresh(run.table, (uint16_t)slot, family);
	run.receivers[slot].refreshing[family].asked = true;
}

/* ---- the deferral ---- */

/* What was decided before goes out first. */
static void
flush(void)
{
	unsigned saved = run.short_emits;

	run.short_emits = 0;
	table_step(run.table, 0, 1);
	run.short_emits = saved;
}

/* One that was cut may be owed End-of-RIB of a walk that was over, drained or not. */
static void
note_fed(unsigned slot, unsigned family)
{
	struct refreshing *f = &run.receivers[slot].refreshing[family];

	f->was_fed = f->fed || run.receivers[slot].was_cut;
}

static void
set_deferred(bool deferred)
{
	if (deferred == run.deferred)
		return;
	flush();
	table_defer(run.table, deferred);
	run.deferred = deferred;
	for (unsigned slot = 0; slot < NAIVE_SLOTS; slot++) {
		run.receivers[slot].is_new = false;
		for (unsigned family = 0; deferred && family < 2; family++)
			note_fed(slot, family);
	}
}

void
event_defer(unsigned slot)
{
	(void)slot;
	set_deferred(rnd(6) == 0);
	totals.deferred += run.deferred;
}

void
end_deferral(void)
{
	set_deferred(false);
}

void
refresh_forget(unsigned slot)
{
	struct receiver *r = &run.receivers[slot];

	r->refreshing[0] = r->refreshing[1] = (struct refreshing){0};
	r->is_new = run.deferred;
}
