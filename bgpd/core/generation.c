/* Generations of configuration and policy in rib: see generation.h. */
#include "bgpd/core/generation.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "bgpd/clock.h"
#include "bgpd/core/judge.h"
#include "bgpd/core/limits.h"
#include "bgpd/core/state.h"

#define STEP_RECORDS	1024 /* of a data set, between two looks at the clock */
#define RECORDS_OF_PEER 64   /* to free the lists of a peer is as much work */

static void
answer(struct core *c, uint32_t number, const char *refused)
{
	struct channel_ready ready = {.generation = number, .refused = refused != NULL};

	snprintf(ready.text, sizeof(ready.text), "%s", refused == NULL ? "" : refused);
	parent_send(c, CHANNEL_READY, &ready);
}

static void *
take_memory(size_t count, size_t size)
{
	void *p = calloc(count > 0 ? count : 1, size);

	if (p == NULL)
		abort();
	return p;
}

/* ---- what comes ---- */

/* It is no more: what it holds is given back in slices. */
static void
leave(struct core *c, struct generation **place)
{
	struct generation *g = *place;

	*place = NULL;
	if (g == NULL)
		return;
	g->left = c->gone;
	c->gone = g;
}

/* True while there is something left; the last slice frees the generation itself. */
static bool
free_slice(struct core *c, unsigned max)
{
	struct generation *g = c->gone;

	if (g == NULL)
		return false;
	if (g->policy != NULL && policy_free_step(g->policy, max / RECORDS_OF_PEER))
		return true;
	g->policy = NULL;
	if (g->dataset != NULL && dataset_free_step(g->dataset, max))
		return true;
	g->dataset = NULL;
	feed_unmap(&g->data);
	compiled_unmap(&g->config);
	c->gone = g->left;
	free(g);
	return c->gone != NULL;
}

void
generation_take_data(struct core *c, int fd)
{
	if (c->data_fd != -1)
		close(c->data_fd);
	c->data_fd = fd == -1 ? -1 : dup(fd);
}

/* Maps configuration and data. NULL, or why not. */
static const char *
map_records(struct core *c, struct generation *g, int fd)
{
	if (compiled_map(fd, &g->config) == -1)
		return "rib can not map the configuration";
	if (c->now != NULL &&
	    (g->config.head->slots != c->slot_count || g->config.head->workers != c->worker_count))
		return "the numbers of slots and workers can not change while rib runs";
	if (c->data_fd == -1)
		return "rib was given no data set";
	if (feed_map(c->data_fd, &g->data) == -1)
		return "rib can not map the data set";
	return NULL;
}

static void
make_slots(struct core *c, const struct compiled *config)
{
	c->slot_count = config->head->slots;
	c->words = (c->slot_count + 63) / 64;
	c->slots = take_memory(c->slot_count, sizeof(*c->slots));
	c->feeding = take_memory(c->slot_count, sizeof(*c->feeding));
	c->scan.words = take_memory(c->words, sizeof(*c->scan.words));
	c->worker_count = config->head->workers;
	c->workers = take_memory(c->worker_count, sizeof(*c->workers));
}

void
generation_begin(struct core *c, uint32_t number, int fd)
{
	struct generation *g = take_memory(1, sizeof(*g));
	const char *wrong;

	leave(c, &c->next);
	c->next = g;
	wrong = map_records(c, g, fd);
	generation_take_data(c, -1);
	if (wrong != NULL) {
		leave(c, &c->next);
		answer(c, number, wrong);
		return;
	}
	g->number = number;
	g->dataset = dataset_new(&g->data.data);
	if (c->slots == NULL)
		make_slots(c, &g->config);
}

void
generation_abandon(struct core *c, uint32_t number)
{
	if (c->next != NULL && c->next->number == number)
		leave(c, &c->next);
}

/* ---- from one to the next ---- */

static bool
is_used(const struct compiled *config, uint32_t slot)
{
	return config->head != NULL && (config->slots[slot].flags & SLOT_UNUSED) == 0;
}

static bool
is_same_peer(const struct compiled_slot *a, const struct compiled_slot *b)
{
	return a->asn == b->asn && a->family == b->family &&
	    memcmp(a->addr, b->addr, sizeof(a->addr)) == 0;
}

/* A slot that another peer gets must have nothing left of the one before. */
static bool
slots_are_clean(const struct core *c)
{
	for (uint32_t slot = 0; c->table != NULL && slot < c->slot_count; slot++)
		if (is_used(&c->next->config, slot) && !is_used(&c->config, slot) &&
		    !table_peer_is_clean(c->table, (uint16_t)slot))
			return false;
	return true;
}

static void
set_peer(struct core *c, uint32_t slot, bool is_new)
{
	const struct compiled_slot *conf = &c->config.slots[slot];
	struct core_slot *s = &c->slots[slot];
	struct table_peer peer = {.asn = conf->asn,
	    .addr_family = conf->family,
	    .paths_told = conf->paths_told,
	    /* Who may send one path of a prefix is not counted: the next one replaces it. */
	    .paths_kept = conf->paths_kept > 1 ? conf->paths_kept : 0};

	memcpy(peer.addr, conf->addr, sizeof(peer.addr));
	limits_set(c, slot, &peer);
	table_peer_set(c->table, (uint16_t)slot, &peer);
	s->worker = conf->worker;
	restart_configure(c, slot);
	if (!is_new)
		return;
	s->has_come = s->has_told_all = false;
	memset(&s->limits, 0, sizeof(s->limits));
	s->rtt = (struct rtt_steer){0};
	s->malformed = 0;
	inet_ntop(
	    conf->family == FAMILY_IPV4 ? AF_INET : AF_INET6, conf->addr, s->name, sizeof(s->name));
}

/* Its alarms go with it, those that its worker raised included. */
static void
remove_peer(struct core *c, uint32_t slot)
{
	ingress_session_over(c, slot);
	room_set(c, slot, SLOT_IN_LOG, false);
	table_peer_remove(c->table, (uint16_t)slot);
	history_forget(c, slot);
	for (enum alarm alarm = 0; alarm < ALARM_COUNT; alarm++)
		alarm_clear(c->alarms, alarm, c->slots[slot].name);
}

/* Peers that have come, gone or changed. old: what was in force, head NULL at first. */
static void
set_peers(struct core *c, const struct compiled *old)
{
	for (uint32_t slot = 0; slot < c->slot_count; slot++) {
		bool was = is_used(old, slot), is = is_used(&c->config, slot);

		if (was && is && !is_same_peer(&old->slots[slot], &c->config.slots[slot]))
			abort(); /* the parent gives another peer another slot */
		if (was && !is)
			remove_peer(c, slot);
		else if (is)
			set_peer(c, slot, !was);
	}
}

/* Members choose what is hashed; they must not know how. */
static uint64_t
make_seed(void)
{
	uint64_t seed = 0;

	if (getrandom(&seed, sizeof(seed), GRND_NONBLOCK) != sizeof(seed))
		seed = clock_us() ^ (uint64_t)getpid() << 40;
	return seed;
}

static void
make_table(struct core *c)
{
	struct table_config config = {
	    .slots = c->slot_count,
	    .path_hiding = c->config.head->path_hiding != 0,
	    .hash_seed = make_seed(),
	    .reach_limit = c->config.policy.general->reaches_max,
	    .reach_limit_reason = REASON_TOO_MANY,
	    .policy = judge_policy(c),
	    .emit = egress_emit,
	    .emit_ctx = c,
	};

	c->table = table_new(&config);
	set_peers(c, &(struct compiled){0});
	restart_defer(c, clock_us());
}

/* What policy answers has changed: everything is judged again, in slices. */
static void
judge_again(struct core *c)
{
	struct rib_policy policy = judge_policy(c);

	table_set_policy(c->table, &policy);
	table_rejudge(c->table, NULL, NULL, 0);
	c->judging = true;
}

/* A new policy knows nothing of what was measured. */
static void
carry_rtts(struct core *c)
{
	for (uint32_t slot = 0; slot < c->slot_count; slot++)
		if (c->slots[slot].rtt.steer_us != 0)
			policy_set_measured_rtt(c->now->policy, (uint16_t)slot,
			    (c->slots[slot].rtt.steer_us + 500) / 1000);
}

static void
change_table(struct core *c, const struct compiled *old)
{
	carry_rtts(c);
	set_peers(c, old);
	table_set_path_hiding(c->table, c->config.head->path_hiding != 0);
	table_set_reach_limit(c->table, c->config.policy.general->reaches_max);
	judge_again(c);
	limits_watch_all(c);
}

void
generation_look_at_rtt(struct core *c, uint64_t now_us)
{
	const struct policy_config *config = &c->config.policy;
	struct policy_range range = config->general->rtt_thresholds;
	bool changed = false;

	if ((config->general->flags & GENERAL_RTT_MEASURED) == 0)
		return;
	for (uint32_t slot = 0; slot < c->slot_count; slot++) {
		struct rtt_steer *rtt = &c->slots[slot].rtt;

		if (rtt_steer(rtt, config->asns + range.first, range.count, now_us / 1000000))
			changed |= policy_set_measured_rtt(
			    c->now->policy, (uint16_t)slot, (rtt->steer_us + 500) / 1000);
	}
	if (changed)
		judge_again(c);
}

static void
put_in_force(struct core *c)
{
	struct compiled old = c->config;

	leave(c, &c->now);
	c->now = c->next;
	c->now->since_s = clock_wall_ms() / 1000;
	c->next = NULL;
	c->config = c->now->config;
	if (c->table == NULL)
		make_table(c);
	else
		change_table(c, &old);
	parent_serve_control(c);
}

void
generation_commit(struct core *c, uint32_t number)
{
	struct channel_generation committed = {.generation = number};

	if (c->next != NULL && c->next->number == number && c->next->is_ready)
		put_in_force(c);
	if (c->now != NULL && c->now->number == number)
		parent_send(c, CHANNEL_COMMITTED, &committed);
}

/* ---- slices ---- */

/* True while there is more to do. */
static bool
build_step(struct generation *g)
{
	if (g->policy == NULL) {
		if (dataset_step(g->dataset, STEP_RECORDS))
			return true;
		g->policy = policy_begin(&g->config.policy, g->dataset);
	}
	g->is_built = !policy_step(g->policy);
	return !g->is_built;
}

/* True while there is more to do now. */
static bool
build_slice(struct core *c)
{
	struct generation *g = c->next;

	if (g == NULL || g->is_ready)
		return false;
	if (!g->is_built && build_step(g))
		return true;
	if (!slots_are_clean(c))
		return false; /* the purge goes on; look again in the next turn */
	g->is_ready = true;
	answer(c, g->number, NULL);
	if (c->now == NULL)
		put_in_force(c);
	return false;
}

/* Everything has been judged again: what counts against limits is known. */
static void
look_at_limits(struct core *c)
{
	if (!c->judging || table_is_left(c->table, TABLE_REJUDGE))
		return;
	c->judging = false;
	limits_watch_all(c);
}

bool
generation_slice(struct core *c, uint64_t deadline_us)
{
	bool more;

	look_at_limits(c);
	do {
		more = build_slice(c);
		more |= free_slice(c, STEP_RECORDS);
	} while (more && clock_us() < deadline_us);
	return more;
}

void
generation_fini(struct core *c)
{
	generation_take_data(c, -1);
	leave(c, &c->next);
	leave(c, &c->now);
	while (free_slice(c, UINT32_MAX))
		continue;
}
