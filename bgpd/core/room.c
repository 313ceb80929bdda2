/*
 * Room in the egress log: what every worker has read is released; where slow readers hold the tail
 * they are cut off it, and what they never had is looked up and owed to them.
 *
 *   tail                                              head
 *    |======|===========|==============================|
 *    ^cursor of a slow peer    ^cursors of the others
 *    cut: its worker stops it at a message boundary and says where (CUT). Blocks from there to the
 *    head are read once, here, for all peers cut together; their prefixes are owed. Only then does
 *    the tail move.
 *
 * The tail waits from the order to cut on, not from the answer: the worker may say that it no
 * longer needs a block before its answer, which is behind other records in the ring, has been
 * taken.
 *
 * rib never waits: without room the table keeps its changes and everything else goes on. A worker
 * that does not answer, or does not read the log, within ANSWER_US is reported to the parent, which
 * kills it.
 */
#include <stdio.h>
#include <string.h>

#include "bgpd/clock.h"
#include "bgpd/core/state.h"
#include "bgpd/wire/update.h"

#define ANSWER_US      2000000u
#define ANSWER_MAX_US  10000000u       /* even if its ring is never empty */
#define HOLD_US	       1000000u	       /* a walk held this long by one peer goes on without it */
#define FULL_ALARM_US  1000000u	       /* without room for so long: somebody should know */
#define RELEASE_OCTETS (1024u * 1024u) /* less is not worth a release: the log stays this small */
#define WORD_BITS      64

size_t
room_unread(const struct core *c, uint32_t slot)
{
	const struct core_worker *w = &c->workers[c->slots[slot].worker];
	bool has_unread = false;
	uint64_t cursor;

	if (w->sessions == NULL || !c->slots[slot].up)
		return 0;
	cursor = session_table_cursor(w->sessions, slot, &has_unread);
	if (!has_unread || cursor < log_tail(c->log))
		return 0;
	return log_unread(c->log, cursor);
}

/* ---- cut, scan, drained ---- */

static bool
is_in_trouble(const struct core_slot *s)
{
	return s->cut != SLOT_IN_LOG || s->cease_pending;
}

void
room_set(struct core *c, uint32_t slot, enum slot_cut cut, bool cease_pending)
{
	struct core_slot *s = &c->slots[slot];
	bool before = is_in_trouble(s);

	s->cut = cut;
	s->cease_pending = cease_pending;
	if (!before && is_in_trouble(s))
		c->trouble_count++;
	else if (before && !is_in_trouble(s))
		c->trouble_count--;
}

/* Takes a slot out of the pass, which has no point once the last one has left. */
static void
leave_scan(struct core *c, uint32_t slot)
{
	c->scan.words[slot / WORD_BITS] &= ~(UINT64_C(1) << (slot % WORD_BITS));
	for (size_t i = 0; i < c->words; i++)
		if (c->scan.words[i] != 0)
			return;
	c->scan.active = false;
}

void
room_session_over(struct core *c, uint32_t slot)
{
	struct core_slot *s = &c->slots[slot];

	alarm_clear(c->alarms, ALARM_PEER_LAGGING, s->name);
	room_set(c, slot, SLOT_IN_LOG, s->cease_pending);
	s->held = false;
	if (c->scan.active)
		leave_scan(c, slot);
}

bool
room_cut(struct core *c, uint32_t slot, uint64_t position)
{
	struct core_slot *s = &c->slots[slot];

	if (s->cut == SLOT_SCANNING || s->cut == SLOT_CUT)
		return true;
	if (position > log_tail(c->log) && !log_is_header(c->log, position))
		return false;
	event_log(EVENT_PEER_LAGGING, s->name, (uint64_t)room_unread(c, slot));
	alarm_raise(c->alarms, ALARM_PEER_LAGGING, s->name,
	    "cut off the log with %zu octets unread", room_unread(c, slot));
	room_set(c, slot, SLOT_SCANNING, false);
	s->drained = false;
	s->since_us = clock_us();
	s->cut_position = position < log_tail(c->log) ? log_tail(c->log) : position;
	table_cut(c->table, (uint16_t)slot);
	c->counters.cuts++;
	return true;
}

void
room_drained(struct core *c, uint32_t slot)
{
	c->slots[slot].drained = true;
}

/* Back into the log: from START on, blocks may name the slot again. */
static void
rejoin(struct core *c, uint32_t slot)
{
	struct core_slot *s = &c->slots[slot];
	struct table_peer_view view;
	uint64_t owed = 0;

	if (!egress_order(c, LOG_START, slot, 0, NULL))
		return;
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		table_peer_get_state(c->table, (uint16_t)slot, f, &view);
		owed += view.owed;
	}
	event_log(EVENT_PEER_RECOVERED, s->name, owed, (clock_us() - s->since_us) / 1000000);
	alarm_clear(c->alarms, ALARM_PEER_LAGGING, s->name);
	room_set(c, slot, SLOT_IN_LOG, false);
	table_drained(c->table, (uint16_t)slot);
}

void
room_start_session(struct core *c, uint32_t slot)
{
	struct core_slot *s = &c->slots[slot];

	room_watch(c, slot);
	if (egress_order(c, LOG_START, slot, 0, NULL))
		return;
	/* No room even for an order: the session waits as one that has been cut and has drained. */
	table_cut(c->table, (uint16_t)slot);
	room_set(c, slot, SLOT_CUT, false);
	s->drained = true;
	s->since_us = clock_us();
}

static bool
is_in_scan(const struct core *c, uint32_t slot)
{
	return c->scan.active && ((c->scan.words[slot / WORD_BITS] >> (slot % WORD_BITS)) & 1) != 0;
}

static bool
scan_begin(struct core *c)
{
	struct core_scan *scan = &c->scan;
	bool any = false;

	memset(scan->words, 0, c->words * sizeof(*scan->words));
	for (uint32_t slot = 0; slot < c->slot_count; slot++) {
		const struct core_slot *s = &c->slots[slot];

		if (s->cut != SLOT_SCANNING)
			continue;
		if (!any || s->cut_position < scan->position)
			scan->position = s->cut_position;
		scan->words[slot / WORD_BITS] |= UINT64_C(1) << (slot % WORD_BITS);
		any = true;
	}
	scan->end = log_head_acquire(c->log);
	scan->next_slot = 0;
	scan->active = any;
	return any;
}

static void
owe_group(struct core *c, uint32_t slot, const struct update_group *g)
{
	struct nlri_cursor nlri = g->nlri;
	struct prefix prefix;
	uint32_t id;

	while (nlri_next(&nlri, &prefix, &id))
		table_owe(c->table, (uint16_t)slot, &prefix, id);
}

/*
 * Owes to one slot what the block's messages carry. Read once per slot that was cut: each is owed a
 * set of its own, and filling that costs more than the reading.
 */
static void
owe_block(struct core *c, uint32_t slot, const struct log_header *h)
{
	static uint8_t blocks[UPDATE_BLOCKS_MAX];
	struct update_ctx ctx = egress_ctx(h->family, h->class);
	const uint8_t *octets = log_bytes(c->log, h);
	struct msg_header header;
	struct wire_error error;
	struct update u;

	for (size_t pos = 0; pos < h->len; pos += header.len) {
		if (!msg_decode_header(octets + pos, MSG_EXTENDED_MAX_BYTES, &header, &error))
			return;
		/* Without its mark the member could not tell where the refresh begins or ends. */
		if (header.type == MSG_ROUTE_REFRESH)
			table_refresh(c->table, (uint16_t)slot, h->family);
		if (header.type != MSG_UPDATE ||
		    update_decode(octets + pos + MSG_HEADER_BYTES,
			header.len - (size_t)MSG_HEADER_BYTES, &ctx, blocks, &u) == UPDATE_RESET)
			continue;
		if (u.eor != 0)
			table_owe_eor(c->table, (uint16_t)slot, h->family);
		for (unsigned i = 0; i < u.withdraw_count; i++)
			owe_group(c, slot, &u.withdraw[i]);
		for (unsigned i = 0; i < u.announce_count; i++)
			owe_group(c, slot, &u.announce[i]);
	}
}

/* The next slot, from one on, that the block is for and that was cut; slot_count if none. */
static uint32_t
next_in_block(const struct core *c, const struct log_header *h, uint32_t from)
{
	size_t n = h->nwords < c->words ? h->nwords : c->words;
	uint64_t mask = UINT64_MAX << (from % WORD_BITS);

	for (size_t i = from / WORD_BITS; i < n; i++, mask = UINT64_MAX) {
		uint64_t both = h->words[i] & c->scan.words[i] & mask;

		if (both != 0)
			return (uint32_t)(i * WORD_BITS + (size_t)__builtin_ctzll(both));
	}
	return c->slot_count;
}

/* Owes the block to all that were cut, a clock's look after each. False where time was short. */
static bool
scan_block(struct core *c, const struct log_header *h, uint64_t deadline_us)
{
	struct core_scan *scan = &c->scan;
	uint32_t slot;

	while ((slot = next_in_block(c, h, scan->next_slot)) < c->slot_count) {
		owe_block(c, slot, h);
		scan->next_slot = slot + 1;
		if (clock_us() >= deadline_us)
			return false;
	}
	scan->next_slot = 0;
	return true;
}

static void
scan_end(struct core *c)
{
	for (uint32_t slot = 0; slot < c->slot_count; slot++)
		if (is_in_scan(c, slot) && c->slots[slot].cut == SLOT_SCANNING)
			room_set(c, slot, SLOT_CUT, false);
	c->scan.active = false;
}

bool
room_scan_slice(struct core *c, uint64_t deadline_us)
{
	if (c->trouble_count == 0 || (!c->scan.active && !scan_begin(c)))
		return false;
	do {
		const struct log_header *h = NULL;

		if (c->scan.position < c->scan.end)
			h = log_header_at(c->log, &c->scan.position);
		if (h == NULL || c->scan.position >= c->scan.end) {
			scan_end(c);
			return false;
		}
		if (h->kind == LOG_ROUTES && !scan_block(c, h, deadline_us))
			return true;
		c->scan.position = log_next(h, c->scan.position);
	} while (clock_us() < deadline_us);
	return true;
}

/* ---- release ---- */

/* True if what the slot may not have had is still to be read in the log. */
static bool
holds_tail(const struct core *c, uint32_t slot)
{
	enum slot_cut cut = c->slots[slot].cut;

	return cut == SLOT_CUT_ASKED || (cut == SLOT_SCANNING && !is_in_scan(c, slot));
}

static uint64_t
needed_from(const struct core *c)
{
	uint64_t position = UINT64_MAX;

	for (uint32_t i = 0; i < c->worker_count; i++) {
		const struct core_worker *w = &c->workers[i];

		if (w->sessions != NULL && session_table_released(w->sessions) < position)
			position = session_table_released(w->sessions);
	}
	if (c->scan.active && c->scan.position < position)
		position = c->scan.position;
	for (uint32_t slot = 0; c->trouble_count > 0 && slot < c->slot_count; slot++)
		if (holds_tail(c, slot) && c->slots[slot].cut_position < position)
			position = c->slots[slot].cut_position;
	return position;
}

void
room_release(struct core *c)
{
	uint64_t position = needed_from(c);

	if (position != UINT64_MAX)
		log_release(c->log, position);
}

/* Cuts every peer that has not read the older half of what the log holds. */
static void
ask_for_cuts(struct core *c, uint64_t now_us)
{
	size_t far = log_used(c->log) / 2;

	for (uint32_t slot = 0; slot < c->slot_count; slot++) {
		struct core_slot *s = &c->slots[slot];
		bool has_unread;

		if (!s->up || s->cut != SLOT_IN_LOG || room_unread(c, slot) <= far)
			continue;
		/* Before the order: the worker may obey as soon as it can see it. */
		s->cut_position = session_table_cursor(
		    c->workers[c->slots[slot].worker].sessions, slot, &has_unread);
		if (!egress_order(c, LOG_CUT, slot, 0, NULL))
			return;
		room_set(c, slot, SLOT_CUT_ASKED, false);
		s->since_us = now_us;
	}
}

/* What is in its ring was said before; it may be the answer, and late because we are. */
static bool
has_had_time(const struct core_worker *w, uint64_t since_us, uint64_t now_us)
{
	uint64_t waited_us = now_us - since_us;

	return waited_us > ANSWER_MAX_US ||
	    (waited_us > ANSWER_US && (w->ring == NULL || ring_used(w->ring) == 0));
}

static void
kill_worker(struct core *c, uint32_t index, const char *why)
{
	struct channel_kill_worker kill = {.index = index};

	if (c->workers[index].broken)
		return;
	c->workers[index].broken = true;
	snprintf(kill.text, sizeof(kill.text), "%s", why);
	parent_send(c, CHANNEL_KILL_WORKER, &kill);
}

/*
 * While room is short: a worker that has most of the log before it and does not move on is no slow
 * peer's, which it would have cut; it stands still itself.
 */
static void
watch_workers(struct core *c, uint64_t now_us)
{
	size_t far = log_used(c->log) / 2;

	for (uint32_t i = 0; i < c->worker_count; i++) {
		struct core_worker *w = &c->workers[i];
		uint64_t released = w->sessions == NULL ? 0 : session_table_released(w->sessions);

		if (w->sessions == NULL || released != w->released ||
		    log_unread(c->log, released) <= far ||
		    w->released_change_us < c->short_since_us) {
			w->released = released;
			w->released_change_us = now_us;
		} else if (has_had_time(w, w->released_change_us, now_us)) {
			kill_worker(c, i, "it does not read the log");
		}
	}
}

/* Goes through the slots that are cut or have an order waiting. */
static void
tend_trouble(struct core *c, uint64_t now_us)
{
	uint64_t lag_max_us = (uint64_t)c->config.head->send_hold_s * 1000000;

	if (lag_max_us == 0)
		lag_max_us = UINT64_C(480) * 1000000; /* RFC 9687: 8 minutes */
	for (uint32_t slot = 0; c->trouble_count > 0 && slot < c->slot_count; slot++) {
		struct core_slot *s = &c->slots[slot];

		uint32_t worker = c->slots[slot].worker;

		if (s->cease_pending)
			egress_cease_again(c, slot);
		if (s->cut == SLOT_CUT_ASKED &&
		    has_had_time(&c->workers[worker], s->since_us, now_us))
			kill_worker(c, worker, "it does not answer an order to cut a peer");
		if (s->cut == SLOT_CUT && s->drained)
			rejoin(c, slot);
		if ((s->cut == SLOT_CUT || s->cut == SLOT_SCANNING) &&
		    now_us - s->since_us > lag_max_us) {
			event_log(
			    EVENT_PEER_LAGGED_TOO_LONG, s->name, (now_us - s->since_us) / 1000000);
			egress_cease(c, slot, 6, 8, "did not read for too long");
		}
	}
}

/* Says so when there has been no room for long, and when there is again. */
static void
note_full(struct core *c, uint64_t now_us)
{
	struct table_memory m;

	if (!c->waits_for_room) {
		if (c->full_since_us != 0)
			alarm_clear(c->alarms, ALARM_LOG_FULL, "rib");
		c->full_since_us = 0;
		return;
	}
	c->counters.log_full++;
	if (c->full_since_us == 0)
		c->full_since_us = now_us;
	if (now_us - c->full_since_us < FULL_ALARM_US)
		return;
	if (alarm_raise(c->alarms, ALARM_LOG_FULL, "rib", "no room since %" PRIu64 " s",
		(now_us - c->full_since_us) / 1000000)) {
		table_memory_get(c->table, &m);
		event_log(EVENT_LOG_FULL, "rib", (uint64_t)log_used(c->log), m.dirty);
	}
}

/*
 * Room is short: for what is told now, or, for longer than a walk would wait, for what is owed. The
 * log may be full enough for the one and not for the other, and those who have read everything must
 * not wait for those who do not read.
 */
static bool
is_short(const struct core *c, uint64_t now_us)
{
	return c->waits_for_room || log_used(c->log) > 6 * c->log_eighth ||
	    (c->owed_since_us != 0 && now_us - c->owed_since_us > HOLD_US);
}

void
room_make(struct core *c, uint64_t now_us)
{
	if (c->trouble_count > 0 || c->waits_for_room || log_used(c->log) > RELEASE_OCTETS)
		room_release(c);
	note_full(c, now_us);
	if (is_short(c, now_us)) {
		if (c->short_since_us == 0)
			c->short_since_us = now_us;
		ask_for_cuts(c, now_us);
		watch_workers(c, now_us);
	} else {
		c->short_since_us = 0;
	}
	if (c->trouble_count > 0)
		tend_trouble(c, now_us);
}

/* ---- walks ---- */

static bool
is_walking(const struct core *c, uint32_t slot)
{
	struct table_peer_view view;

	if (!c->slots[slot].up)
		return false;
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		table_peer_get_state(c->table, (uint16_t)slot, f, &view);
		if (view.state == PEER_FEEDING || view.refreshing)
			return true;
	}
	return false;
}

static void
watch_reader(struct core *c, uint32_t slot, uint64_t now_us)
{
	struct core_slot *s = &c->slots[slot];
	size_t unread = room_unread(c, slot);

	if (!s->held && unread > c->log_eighth) {
		s->held = true;
		s->held_since_us = now_us;
		table_walk_hold(c->table, (uint16_t)slot, true);
	} else if (s->held && unread < c->log_eighth / 2) {
		s->held = false;
		table_walk_hold(c->table, (uint16_t)slot, false);
	} else if (s->held && now_us - s->held_since_us > HOLD_US) {
		table_walk_split(c->table, (uint16_t)slot);
		s->held_since_us = now_us;
	}
}

void
room_watch(struct core *c, uint32_t slot)
{
	if (c->slots[slot].watched)
		return;
	c->slots[slot].watched = true;
	c->feeding[c->feeding_count++] = slot;
}

void
room_watch_walks(struct core *c, uint64_t now_us)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < c->feeding_count; i++) {
		uint32_t slot = c->feeding[i];

		if (!is_walking(c, slot)) {
			if (c->slots[slot].held)
				table_walk_hold(c->table, (uint16_t)slot, false);
			c->slots[slot].held = c->slots[slot].watched = false;
			continue;
		}
		watch_reader(c, slot, now_us);
		c->feeding[kept++] = slot;
	}
	c->feeding_count = kept;
}
