/*
 * Members with graceful restart. Slots 0 to 2 have it, slot 3 has not; stale routes stay for 180 s,
 * a member says that it is back after 120 s. Time is a parameter of restart_watch() and
 * restart_look().
 */
#ifndef TESTS_UNIT_CORE_RESTART_H
#define TESTS_UNIT_CORE_RESTART_H

#include "tests/unit/core/limits.h"

#define S	  UINT64_C(1000000) /* us */
#define RESTART_S 120
#define STALE_S	  180
#define IPV4	  (1 << FAMILY_IPV4)
#define BOTH	  (1 << FAMILY_IPV4 | 1 << FAMILY_IPV6)

static uint32_t deferral_s; /* of the configuration */

static inline void
with_restart(struct compiled_head *head, struct compiled_slot *slots)
{
	head->stale_s = STALE_S;
	head->deferral_s = (uint16_t)deferral_s;
	for (unsigned i = 0; i < 3; i++)
		slots[i].flags |= SLOT_GRACEFUL_RESTART;
}

static inline void
without_restart(struct compiled_head *head, struct compiled_slot *slots)
{
	(void)slots;
	head->stale_s = STALE_S;
}

static inline void
setup_restart(void)
{
	deferral_s = 0;
	change_slots = with_restart;
	setup();
}

static inline struct record_up
restarter_of(uint16_t slot)
{
	struct record_up up = up_of(slot);

	up.gr = 1;
	up.gr_families = up.gr_forwarding = IPV4;
	up.gr_time_s = RESTART_S;
	up.refresh = up.enhanced_refresh = 1;
	return up;
}

static inline uint32_t
bring_up_restarter(uint16_t slot)
{
	struct record_up up = restarter_of(slot);

	put(slot % WORKERS, &up, sizeof(up));
	ck_assert(core.slots[slot].up);
	return up.head.epoch;
}

static inline void
announce(uint16_t slot, uint32_t epoch, unsigned count)
{
	struct routes r = routes_of(slot, epoch, ROUTES_ANNOUNCE);

	if (count == 1) {
		memmove(&r.route[1], r.attrs, sizeof(block));
		r.r.count = 1;
		r.r.head.len -= (uint32_t)sizeof(r.route[1]);
	}
	put(slot % WORKERS, &r, r.r.head.len);
}

static inline void
say_eor(uint16_t slot, uint32_t epoch)
{
	struct record_family r = {
	    .head = {RECORD_EOR, slot, epoch, sizeof(r), 0}, .family = FAMILY_IPV4};

	put(slot % WORKERS, &r, sizeof(r));
}

static inline void
say_refresh(uint16_t slot, uint32_t epoch, enum refresh_subtype subtype)
{
	struct record_refresh r = {.head = {RECORD_REFRESH, slot, epoch, sizeof(r), 0},
	    .family = FAMILY_IPV4,
	    .subtype = (uint8_t)subtype};

	put(slot % WORKERS, &r, sizeof(r));
}

static inline void
lose(uint16_t slot, uint32_t epoch, uint8_t kept, bool older)
{
	struct record_down down = {
	    .head = {RECORD_DOWN, slot, epoch, sizeof(down), 0}, .kept = kept, .kept_older = older};

	put(slot % WORKERS, &down, sizeof(down));
	ck_assert(!core.slots[slot].up);
}

static inline void
watch_after(uint32_t seconds)
{
	restart_watch(&core, clock_us() + seconds * S);
	turn();
}

static inline uint32_t
stale(uint16_t slot)
{
	struct table_peer_view v;

	table_peer_get(core.table, slot, FAMILY_IPV4, &v);
	return v.stale;
}

static inline void
mark_barred(uint16_t slot)
{
	struct session_row row = {.flags = SESSION_DISABLED};

	session_table_write(sessions[slot % WORKERS], slot, &row);
}

static inline TCase *
case_of(const char *name, void (*fixture)(void))
{
	TCase *t = tcase_create(name);

	tcase_add_checked_fixture(t, fixture, teardown);
	tcase_set_timeout(t, 60);
	return t;
}

#endif
