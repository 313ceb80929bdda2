/*
 * Members that are lost and come back, and that announce everything again: which of their paths are
 * stale, and which leave. And the paths of one prefix that a member may have. The model drops at
 * once what the table purges in slices; they are compared in quiet moments.
 */
#include "tests/model/run.h"

void
drop_path(unsigned slot, unsigned prefix, unsigned id)
{
	int *path = &run.world.path[prefix][slot][id];

	if (*path == NAIVE_NOTHING)
		return;
	*path = NAIVE_NOTHING;
	run.receivers[slot].paths[prefix % 2]--;
	run.world.barred[prefix][slot][id] = false;
	run.standing[prefix][slot][id] = JUDGED;
	run.stale[prefix][slot][id] = false;
}

static void
drop_stale(unsigned slot, unsigned family)
{
	for (unsigned p = family; p < run.world.prefixes; p += 2) {
		for (unsigned id = 0; id < NAIVE_IDS; id++) {
			if (!run.stale[p][slot][id])
				continue;
			drop_path(slot, p, id);
			totals.swept++;
		}
	}
}

static void
stale_all(unsigned slot, unsigned family)
{
	for (unsigned p = family; p < run.world.prefixes; p += 2)
		for (unsigned id = 0; id < NAIVE_IDS; id++)
			run.stale[p][slot][id] = run.world.path[p][slot][id] != NAIVE_NOTHING;
}

unsigned
stale_count(unsigned slot, unsigned family)
{
	unsigned count = 0;

	for (unsigned p = family; p < run.world.prefixes; p += 2)
		for (unsigned id = 0; id < NAIVE_IDS; id++)
			count += run.stale[p][slot][id];
	return count;
}

/* ---- lost and back ---- */

void
event_lost(unsigned slot)
{
	unsigned families = rnd(4);
	bool older = rnd(2) == 0;

	if (!run.world.peers[slot].up && !run.receivers[slot].lost)
		return;
	table_peer_lost(run.table, (uint16_t)slot, (uint8_t)families, older);
	forget_receiver(slot);
	run.receivers[slot].lost = true;
	for (unsigned f = 0; f < 2; f++) {
		if (!older)
			drop_stale(slot, f);
		stale_all(slot, f);
		if ((families >> f & 1) == 0)
			drop_stale(slot, f);
	}
}

void
event_back(unsigned slot)
{
	if (run.receivers[slot].lost)
		event_up(slot);
}

void
note_back(unsigned slot, unsigned kept)
{
	for (unsigned f = 0; f < 2; f++)
		if ((kept >> f & 1) == 0)
			drop_stale(slot, f);
	run.receivers[slot].lost = false;
	run.receivers[slot].over_paths[0] = run.receivers[slot].over_paths[1] = 0;
}

void
event_sweep(unsigned slot)
{
	unsigned family = rnd(2);

	table_sweep(run.table, (uint16_t)slot, family);
	drop_stale(slot, family);
}

void
event_end_of_rib(unsigned slot)
{
	unsigned family = rnd(2);

	if (!run.world.peers[slot].up || !run.world.peers[slot].wants[family])
		return;
	table_end_of_rib(run.table, (uint16_t)slot, family);
	drop_stale(slot, family);
}

void
event_refresh_begin(unsigned slot)
{
	unsigned family = rnd(2);

	if (!run.world.peers[slot].up || !run.world.peers[slot].wants[family])
		return;
	table_refresh_begin(run.table, (uint16_t)slot, family);
	stale_all(slot, family);
}

/* ---- paths of one prefix ---- */

/* The worst of the slot's stale paths, as the table ranks them. */
static unsigned
last_stale(unsigned slot, unsigned prefix)
{
	struct prefix key = prefix_of(prefix);
	struct table_cursor cursor;
	struct table_entry_view entry;
	struct table_path_view view;
	uint32_t iter = 0;
	unsigned last = NAIVE_IDS;

	table_cursor_init(&cursor, &key, MATCH_EXACT);
	if (!table_cursor_next(run.table, &cursor, &entry))
		die("the table does not have a prefix", slot, prefix);
	while (table_path_next(run.table, &entry, &iter, &view))
		if (view.slot == slot && run.stale[prefix][slot][view.path_id])
			last = view.path_id;
	if (last == NAIVE_IDS)
		die("the table has no stale path", slot, prefix);
	return last;
}

bool
has_path_room(unsigned slot, unsigned prefix, unsigned id)
{
	unsigned most = run.receivers[slot].paths_kept, others = 0, stale = 0;

	if (most == 0 || run.world.path[prefix][slot][id] != NAIVE_NOTHING)
		return true;
	for (unsigned i = 0; i < NAIVE_IDS; i++) {
		others += run.world.path[prefix][slot][i] != NAIVE_NOTHING;
		stale += run.stale[prefix][slot][i];
	}
	if (others < most)
		return true;
	if (others - stale >= most) {
		run.receivers[slot].over_paths[prefix % 2]++;
		totals.over_paths++;
		return false;
	}
	drop_path(slot, prefix, last_stale(slot, prefix));
	totals.made_room++;
	return true;
}
