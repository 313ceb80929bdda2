/* Graceful restart in rib: see restart.h. */
#include "bgpd/core/restart.h"

#include "bgpd/clock.h"
#include "bgpd/core/state.h"
#include "bgpd/wire/msg.h"

#define S_US	UINT64_C(1000000)
#define LOOK_US 100000u
/*
 * After our start, who is not there so long after the last one came is not waited for. Members that
 * were there before are back sooner: common idle hold times, and our connect_retry, are 30 s.
 */
#define ABSENT_US (40 * S_US)

static bool
has_family(uint8_t mask, enum family family)
{
	return (mask >> family & 1) != 0;
}

static uint8_t
bit_of(enum family family)
{
	return (uint8_t)(1u << family);
}

static uint64_t
stale_us(const struct core *c)
{
	return c->config.head->stale_s * S_US;
}

static uint32_t
count_stale(const struct core *c, uint32_t slot, enum family family)
{
	struct table_peer_view v;

	table_peer_get_state(c->table, (uint16_t)slot, family, &v);
	return v.stale;
}

static uint64_t
count_all_stale(const struct core *c, uint32_t slot)
{
	uint64_t n = 0;

	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		n += count_stale(c, slot, f);
	return n;
}

static uint32_t
seconds_left(uint64_t until_us, uint64_t now_us)
{
	return until_us <= now_us ? 0 : (uint32_t)((until_us - now_us + S_US - 1) / S_US);
}

/* Something goes from the table: to be told soon. */
static void
commit_now(struct core *c)
{
	if (c->commit_due_us == 0)
		c->commit_due_us = clock_us();
}

/* True for a peer that an operator or a limit keeps down, or its own input: it will not come. */
static bool
is_barred(const struct core *c, uint32_t slot)
{
	const struct core_worker *w = &c->workers[c->slots[slot].worker];
	struct session_row row = {0};

	return w->sessions != NULL && session_table_read(w->sessions, slot, &row) &&
	    (row.flags & SESSION_BARRED) != 0;
}

/* ---- away ---- */

/* Families whose routes may outlive a session, by the configuration in force. */
static uint8_t
may_stay(const struct core *c, uint32_t slot)
{
	const struct compiled_slot *conf = &c->config.slots[slot];

	return (conf->flags & SLOT_GRACEFUL_RESTART) != 0 ? conf->families : 0;
}

/* How long the member is awaited: its Restart Time (RFC 4724 section 3), no longer than stale_s. */
static uint32_t
wait_s(const struct core *c, const struct core_slot *s)
{
	uint32_t stale_s = c->config.head->stale_s;

	return s->session.gr_time_s < stale_s ? s->session.gr_time_s : stale_s;
}

/*
 * Routes that were stale already and stay (older: RFC 8538 section 4.1, or a BoRR within a refresh)
 * keep their deadline, and the others of the family have it with them: a member that comes and
 * goes, or refreshes, without ever saying everything does not keep anything for longer than
 * stale_s.
 */
static void
set_deadline(struct core_stale *stale, enum family family, uint64_t until_us, bool older)
{
	uint64_t before_us = stale->until_us[family];

	stale->until_us[family] =
	    older && before_us != 0 && before_us < until_us ? before_us : until_us;
}

bool
restart_lost(struct core *c, uint32_t slot, uint8_t families, bool older)
{
	struct core_slot *s = &c->slots[slot];
	uint64_t now_us = clock_us();
	uint32_t wait = wait_s(c, s);

	/* A reload that ends the session is in force here before its worker ends it. */
	families &= s->session.families & s->session.gr_families & may_stay(c, slot);
	if (!s->session.gr || families == 0 || wait == 0)
		return false;
	s->stale.refreshing = s->stale.eor_late = 0;
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		if (has_family(families, f))
			set_deadline(&s->stale, f, now_us + stale_us(c), older);
		else
			s->stale.until_us[f] = 0;
	}
	s->stale.kept = families;
	s->stale.back_by_us = now_us + wait * S_US;
	table_peer_lost(c->table, (uint16_t)slot, families, older);
	event_log(EVENT_PEER_AWAITED, s->name, count_all_stale(c, slot), wait);
	return true;
}

static void
tell_given_up(struct core *c, uint32_t slot, const char *why)
{
	event_log(EVENT_PEER_GIVEN_UP, c->slots[slot].name, count_all_stale(c, slot), why);
	history_given_up(c, slot, why);
}

uint8_t
restart_back(struct core *c, uint32_t slot, const struct record_up *up)
{
	struct core_slot *s = &c->slots[slot];
	uint64_t now_us = clock_us(), first_us = UINT64_MAX;
	uint8_t kept = 0;

	if (up->gr)
		kept = s->stale.kept & up->families & up->gr_families & up->gr_forwarding;
	if (kept == 0 && s->stale.kept != 0)
		tell_given_up(c, slot, "it is back without its forwarding state");
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		if (!has_family(kept, f))
			s->stale.until_us[f] = 0;
		else if (s->stale.until_us[f] < first_us)
			first_us = s->stale.until_us[f];
	}
	s->stale.kept = s->stale.refreshing = s->stale.eor_late = 0;
	if (kept != 0)
		event_log(EVENT_PEER_BACK, s->name, count_all_stale(c, slot),
		    seconds_left(first_us, now_us));
	return kept;
}

void
restart_forget(struct core *c, uint32_t slot)
{
	c->slots[slot].stale = (struct core_stale){0};
}

void
restart_give_up(struct core *c, uint32_t slot, const char *why)
{
	if (c->slots[slot].stale.kept == 0)
		return;
	tell_given_up(c, slot, why);
	ingress_session_over(c, slot);
}

/* ---- confirmed, or late ---- */

/* What is stale of the family has had its time. */
static void
sweep(struct core *c, uint32_t slot, enum family family)
{
	struct core_stale *stale = &c->slots[slot].stale;

	stale->until_us[family] = 0;
	stale->refreshing &= (uint8_t)~bit_of(family);
	table_sweep(c->table, (uint16_t)slot, family);
	if (has_family(stale->eor_late, family))
		table_end_of_rib(c->table, (uint16_t)slot, family);
	stale->eor_late &= (uint8_t)~bit_of(family);
	limits_watch(c, slot, family);
	commit_now(c);
}

/*
 * Without graceful restart a member may refresh before its End-of-RIB, which must not sweep then
 * what the refresh has yet to bring.
 */
void
restart_end_of_rib(struct core *c, uint32_t slot, enum family family)
{
	struct core_stale *stale = &c->slots[slot].stale;

	if (has_family(stale->refreshing, family)) {
		stale->eor_late |= bit_of(family);
		return;
	}
	stale->until_us[family] = 0;
	table_end_of_rib(c->table, (uint16_t)slot, family);
	commit_now(c);
}

const char *
restart_refresh_begin(struct core *c, uint32_t slot, enum family family)
{
	struct core_slot *s = &c->slots[slot];
	struct table_peer_view v;
	uint64_t until_us;

	table_peer_get_state(c->table, (uint16_t)slot, family, &v);
	if (s->session.gr && !v.eor_received)
		return "BoRR before End-of-RIB (RFC 7313 section 4)";
	/* Without a bound for stale routes it may take as long as it likes. */
	until_us = stale_us(c) == 0 ? 0 : clock_us() + stale_us(c);
	set_deadline(&s->stale, family, until_us, has_family(s->stale.refreshing, family));
	s->stale.refreshing |= bit_of(family);
	table_refresh_begin(c->table, (uint16_t)slot, family);
	return NULL;
}

const char *
restart_refresh_end(struct core *c, uint32_t slot, enum family family)
{
	if (!has_family(c->slots[slot].stale.refreshing, family))
		return "EoRR without BoRR (RFC 7313 section 4)";
	sweep(c, slot, family);
	return NULL;
}

bool
restart_make_room(struct core *c, uint32_t slot, enum family family)
{
	struct core_slot *s = &c->slots[slot];
	uint32_t stale = count_stale(c, slot, family);

	/* What a refresh has yet to confirm the member has all the same. */
	if (stale == 0 || has_family(s->stale.refreshing, family))
		return false;
	event_log(EVENT_STALE_SWEPT, s->name, msg_family_name(family), stale,
	    "with what is new they would pass the limit");
	sweep(c, slot, family);
	return true;
}

/* Some of what is awaited, or not confirmed, is not any more. */
static void
end_stale(struct core *c, uint32_t slot, enum family family)
{
	sweep(c, slot, family);
	c->slots[slot].stale.kept &= (uint8_t)~bit_of(family);
}

void
restart_configure(struct core *c, uint32_t slot)
{
	uint8_t kept = c->slots[slot].stale.kept, gone = kept & (uint8_t)~may_stay(c, slot);

	if (gone == kept) {
		restart_give_up(c, slot, "what kept them is no longer configured");
		return;
	}
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		if (has_family(gone, f))
			end_stale(c, slot, f);
}

/* Stale routes of one family are late; those of a member that is away may be the last. */
static void
expire(struct core *c, uint32_t slot, enum family family)
{
	struct core_slot *s = &c->slots[slot];
	uint32_t stale = count_stale(c, slot, family);

	if (s->stale.kept == bit_of(family)) {
		restart_give_up(c, slot, "they have been stale for too long");
		return;
	}
	if (stale > 0)
		event_log(EVENT_STALE_SWEPT, s->name, msg_family_name(family), stale,
		    has_family(s->stale.refreshing, family) ? "no EoRR came"
							    : "no End-of-RIB came");
	end_stale(c, slot, family);
}

static void
watch_slot(struct core *c, uint32_t slot, uint64_t now_us)
{
	struct core_stale *stale = &c->slots[slot].stale;

	if (stale->kept != 0 && is_barred(c, slot))
		restart_give_up(c, slot, "it is kept down");
	if (stale->kept != 0 && now_us >= stale->back_by_us)
		restart_give_up(c, slot, "it has not come back in time");
	for (unsigned f = 0; f < FAMILY_COUNT; f++)
		if (stale->until_us[f] != 0 && now_us >= stale->until_us[f])
			expire(c, slot, f);
}

void
restart_watch(struct core *c, uint64_t now_us)
{
	for (uint32_t slot = 0; slot < c->slot_count; slot++)
		watch_slot(c, slot, now_us);
}

/* ---- looking ---- */

uint32_t
restart_left_s(const struct core *c, uint32_t slot, enum family family, uint64_t now_us)
{
	const struct core_stale *stale = &c->slots[slot].stale;
	uint64_t until_us = stale->until_us[family];

	if (count_stale(c, slot, family) == 0)
		return 0;
	if (has_family(stale->kept, family) && stale->back_by_us < until_us)
		until_us = stale->back_by_us;
	return seconds_left(until_us, now_us);
}

uint32_t
restart_away_s(const struct core *c, uint32_t slot, uint64_t now_us)
{
	const struct core_stale *stale = &c->slots[slot].stale;

	return stale->kept == 0 ? 0 : seconds_left(stale->back_by_us, now_us);
}

/* ---- our own start ---- */

/*
 * True once the peer has nothing more to say before routes are told: all of its families are
 * complete, or it will not say so. One with the R bit waits itself (RFC 4724 section 4.1).
 */
static bool
has_told_all(const struct core *c, uint32_t slot)
{
	const struct core_slot *s = &c->slots[slot];
	struct table_peer_view v;

	if (!s->up)
		return false;
	if (!s->session.gr || s->session.gr_restarted)
		return true;
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		if (!has_family(s->session.families, f))
			continue;
		table_peer_get_state(c->table, (uint16_t)slot, f, &v);
		if (!v.eor_received)
			return false;
	}
	return true;
}

static bool
is_restarter(const struct core *c, uint32_t slot)
{
	return (c->config.slots[slot].flags & (SLOT_GRACEFUL_RESTART | SLOT_UNUSED)) ==
	    SLOT_GRACEFUL_RESTART;
}

/* Peers with graceful restart that have not told all. */
static unsigned
count_missing(const struct core *c, bool absent_too)
{
	unsigned n = 0;

	for (uint32_t slot = 0; slot < c->slot_count; slot++) {
		const struct core_slot *s = &c->slots[slot];

		n += is_restarter(c, slot) && !s->has_told_all && (s->up || absent_too) &&
		    !is_barred(c, slot);
	}
	return n;
}

unsigned
restart_missing(const struct core *c)
{
	return c->deferral.is_on ? count_missing(c, !c->deferral.is_closed) : 0;
}

/* Who has come, for the first time, and who has told all. */
static void
note_progress(struct core *c, uint64_t now_us)
{
	struct core_deferral *d = &c->deferral;

	for (uint32_t slot = 0; slot < c->slot_count; slot++) {
		struct core_slot *s = &c->slots[slot];

		if (!is_restarter(c, slot) || s->has_told_all)
			continue;
		if (s->up && !s->has_come) {
			s->has_come = true;
			d->arrived_us = now_us;
		}
		s->has_told_all = has_told_all(c, slot);
	}
	d->is_closed |= now_us >= d->arrived_us + ABSENT_US;
}

void
restart_defer(struct core *c, uint64_t now_us)
{
	uint32_t wait = c->config.head->deferral_s;
	unsigned peers;

	c->deferral =
	    (struct core_deferral){.is_on = true, .since_us = now_us, .arrived_us = now_us};
	peers = restart_missing(c);
	c->deferral.is_on = wait > 0 && peers > 0;
	if (!c->deferral.is_on)
		return;
	table_defer(c->table, true);
	event_log(EVENT_TELLING_DEFERRED, "rib", wait, peers);
	alarm_raise(c->alarms, ALARM_TELLING_DEFERRED, "rib",
	    "%u peers have not told their routes yet; %u s at most", peers, wait);
}

void
restart_look(struct core *c, uint64_t now_us)
{
	struct core_deferral *d = &c->deferral;
	unsigned missing, absent;
	bool is_late;

	if (!d->is_on || now_us - d->looked_us < LOOK_US)
		return;
	d->looked_us = now_us;
	note_progress(c, now_us);
	missing = restart_missing(c);
	is_late = now_us - d->since_us >= c->config.head->deferral_s * S_US;
	if (missing > 0 && !is_late)
		return;
	absent = count_missing(c, true);
	d->is_on = false;
	table_defer(c->table, false);
	alarm_clear(c->alarms, ALARM_TELLING_DEFERRED, "rib");
	event_log(EVENT_TELLING_BEGUN, "rib", (now_us - d->since_us) / 1000,
	    missing > 0	      ? "the time is over"
		: absent == 0 ? "all have sent their routes"
			      : "all that came have sent their routes",
	    absent);
}
