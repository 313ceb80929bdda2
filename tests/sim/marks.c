/*
 * Markers, see marks.h. The MED is the number of the marker, from 1.
 */
#include "tests/sim/marks.h"

#include <stdlib.h>
#include <string.h>

struct marks {
	struct member *member;
	uint32_t key;
	uint32_t count;
	uint32_t sent;
	bool is_done; /* all announced, and the prefix withdrawn again */
	uint64_t period_ns;
	uint64_t due_ns;
	uint64_t *sent_ns; /* by number - 1 */
	uint32_t *samples;
	size_t sample_count;
	size_t sample_cap;
};

void
marks_start(struct sim *sim, struct member *m, uint32_t period_ms, uint32_t count)
{
	struct marks *marks = sim->marks;
	struct key key = {.family = 4, .len = 24, .addr = {198, 18, 0}};

	if (marks == NULL)
		marks = sim->marks = zalloc(1, sizeof(*marks));
	if (m->conf.local.family == 6)
		key = (struct key){.family = 6, .len = 48, .addr = {0x20, 0x01, 0x00, 0x02}};
	marks->member = m;
	marks->key = store_key(sim->store, &key);
	marks->count = count;
	marks->sent = 0;
	marks->is_done = false;
	marks->period_ns = period_ms * NS_PER_MS;
	marks->due_ns = clock_ns();
	marks->sent_ns = grow(marks->sent_ns, count * sizeof(marks->sent_ns[0]));
	for (size_t i = 0; i < sim->member_count; i++)
		sim->members[i].mark_seen = 0;
}

static uint32_t
make_attrs(struct sim *sim, const struct member *m, uint32_t med)
{
	const struct address *local = &m->conf.local;
	struct buf own = {0};
	uint32_t id;

	buf_put(&own, "\x40\x01\x00\x01\x00", 5);
	buf_put(&own, "\x40\x02\x00\x06\x02\x01", 6);
	buf_put32(&own, m->conf.asn);
	buf_put(&own, "\x40\x03", 2);
	buf_put16(&own, local->family == 4 ? 4 : 16);
	buf_put(&own, local->octets, local->family == 4 ? 4 : 16);
	buf_put(&own, "\x80\x04\x00\x04", 4);
	buf_put32(&own, med);
	id = store_attrs(sim->store, own.data, own.len);
	buf_fini(&own);
	return id;
}

uint64_t
marks_step(struct sim *sim)
{
	struct marks *marks = sim->marks;
	uint32_t attrs;

	if (marks_is_done(sim))
		return UINT64_MAX;
	if (sim->now_ns < marks->due_ns)
		return marks->due_ns;
	if (marks->sent == marks->count) {
		announce_one(sim, marks->member, marks->key, 0);
		marks->is_done = true;
		return UINT64_MAX;
	}
	attrs = make_attrs(sim, marks->member, marks->sent + 1);
	marks->due_ns += marks->period_ns;
	marks->sent_ns[marks->sent++] = clock_ns();
	announce_one(sim, marks->member, marks->key, attrs);
	return marks->due_ns;
}

static void
add_sample(struct marks *marks, uint64_t ns)
{
	if (marks->sample_count == marks->sample_cap) {
		marks->sample_cap = marks->sample_cap > 0 ? 2 * marks->sample_cap : 1024;
		marks->samples = grow(marks->samples, marks->sample_cap * sizeof(uint32_t));
	}
	marks->samples[marks->sample_count++] = (uint32_t)(ns / 1000);
}

void
marks_arrive(struct sim *sim, struct member *m, uint32_t key, uint32_t med)
{
	struct marks *marks = sim->marks;
	uint64_t now;

	if (marks == NULL || key != marks->key || med == 0 || med > marks->sent)
		return;
	now = clock_ns();
	for (uint64_t i = m->mark_seen > 0 ? m->mark_seen + 1 : med; i <= med; i++)
		add_sample(marks, now - marks->sent_ns[i - 1]);
	if (med > m->mark_seen)
		m->mark_seen = med;
}

bool
marks_is_done(const struct sim *sim)
{
	return sim->marks == NULL || sim->marks->is_done;
}

static int
compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

const uint32_t *
marks_samples(struct sim *sim, size_t *count)
{
	struct marks *marks = sim->marks;

	*count = marks != NULL ? marks->sample_count : 0;
	if (*count == 0)
		return NULL;
	qsort(marks->samples, *count, sizeof(uint32_t), compare_u32);
	return marks->samples;
}
