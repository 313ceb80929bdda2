/*
 * What a member says: its whole table packed into full messages, or one route at a time.
 */
#include "tests/sim/sim.h"

#include <stdlib.h>

static void
count_first(struct sim *sim)
{
	if (sim->first_announce_ns == 0)
		sim->first_announce_ns = clock_ns();
}

/* False for a family that this session does not carry. */
static bool
is_carried(const struct sim *sim, const struct member *m, uint32_t key)
{
	return m->caps.families[family_index(store_get_key(sim->store, key)->family)];
}

void
announce_all(struct sim *sim, struct member *m)
{
	size_t count, kept = 0;
	uint64_t *routes = offer_list(&m->offer, &count);

	for (size_t i = 0; i < count; i++)
		if (is_carried(sim, m, (uint32_t)routes[i]))
			routes[kept++] = routes[i];
	if (kept > 0)
		count_first(sim);
	m->count.updates_out += update_encode(sim->store, routes, kept, m->caps.rules.as4, &m->out);
	m->count.announced_out += kept;
	free(routes);
	for (int i = 0; i < 2; i++)
		if (m->caps.families[i])
			eor_encode(i == 0 ? 4 : 6, &m->out);
	m->has_announced = true;
	m->said_ns = sim->now_ns;
	member_flush(sim, m);
}

void
announce_one(struct sim *sim, struct member *m, uint32_t key, uint32_t attrs)
{
	uint64_t route = (uint64_t)attrs << 32 | key;
	uint32_t old = offer_set(&m->offer, key, attrs);

	if (m->state != MEMBER_ESTABLISHED || !m->has_announced || !is_carried(sim, m, key))
		return;
	if (attrs != 0) {
		count_first(sim);
		m->count.updates_out +=
		    update_encode(sim->store, &route, 1, m->caps.rules.as4, &m->out);
		m->count.announced_out++;
	} else if (old != 0) {
		withdraw_encode(store_get_key(sim->store, key), &m->out);
		m->count.updates_out++;
		m->count.withdrawn_out++;
	}
	m->said_ns = sim->now_ns;
	member_flush(sim, m);
}

void
announce_release(struct sim *sim)
{
	for (size_t i = 0; i < sim->member_count; i++)
		if (sim->members[i].state != MEMBER_ESTABLISHED &&
		    sim->members[i].state != MEMBER_DOWN)
			return;
	sim->is_released = true;
	for (size_t i = 0; i < sim->member_count; i++)
		if (sim->members[i].state == MEMBER_ESTABLISHED)
			announce_all(sim, &sim->members[i]);
}
