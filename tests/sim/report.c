/*
 * The numbers of a run, see report.h. Times count from the first announcement, or from the start
 * where none was made; what did not happen is -1 in JSON and "never" in text.
 */
#include "tests/sim/report.h"
#include "tests/sim/marks.h"

#include <inttypes.h>
#include <sys/resource.h>

struct totals {
	struct counters count;
	size_t routes;
	size_t established;
};

static const struct {
	const char *name;
	size_t at;
} columns[] = {
    {"bytes_in", offsetof(struct counters, bytes_in)},
    {"bytes_out", offsetof(struct counters, bytes_out)},
    {"messages_in", offsetof(struct counters, messages_in)},
    {"updates_in", offsetof(struct counters, updates_in)},
    {"announced_in", offsetof(struct counters, announced_in)},
    {"withdrawn_in", offsetof(struct counters, withdrawn_in)},
    {"repeated_in", offsetof(struct counters, repeated_in)},
    {"spurious_in", offsetof(struct counters, spurious_in)},
    {"updates_out", offsetof(struct counters, updates_out)},
    {"announced_out", offsetof(struct counters, announced_out)},
    {"withdrawn_out", offsetof(struct counters, withdrawn_out)},
    {"refresh_in", offsetof(struct counters, refresh_in)},
    {"sessions_established", offsetof(struct counters, established)},
    {"sessions_lost", offsetof(struct counters, lost)},
};

#define COLUMN_COUNT (sizeof(columns) / sizeof(columns[0]))

static const double percents[] = {50, 90, 99, 99.9, 100};

#define PERCENT_COUNT (sizeof(percents) / sizeof(percents[0]))

static const uint64_t *
column(const struct counters *c, size_t i)
{
	return (const uint64_t *)(const void *)((const char *)c + columns[i].at);
}

static struct totals
add_up(const struct sim *sim)
{
	struct totals t = {0};

	for (size_t i = 0; i < sim->member_count; i++) {
		const struct member *m = &sim->members[i];

		for (size_t c = 0; c < COLUMN_COUNT; c++)
			*(uint64_t *)(void *)((char *)&t.count + columns[c].at) +=
			    *column(&m->count, c);
		t.routes += m->table.count;
		t.established += m->state == MEMBER_ESTABLISHED;
	}
	return t;
}

/* Milliseconds from since to at, -1 if either did not happen. */
static double
since_ms(uint64_t since, uint64_t at)
{
	return since == 0 || at < since ? -1 : (double)(at - since) / (double)NS_PER_MS;
}

static uint64_t
origin_ns(const struct sim *sim)
{
	return sim->first_announce_ns != 0 ? sim->first_announce_ns : sim->start_ns;
}

static double
seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

static uint32_t
percentile(const uint32_t *samples, size_t count, double percent)
{
	size_t at = (size_t)((double)count * percent / 100);

	return samples[at < count ? at : count - 1];
}

static void
print_time(FILE *out, const char *what, double ms)
{
	if (ms < 0)
		fprintf(out, "%-28s never\n", what);
	else
		fprintf(out, "%-28s %.1f ms\n", what, ms);
}

void
report_print(struct sim *sim, FILE *out)
{
	struct totals t = add_up(sim);
	struct rusage usage;
	size_t count;
	const uint32_t *samples = marks_samples(sim, &count);

	getrusage(RUSAGE_SELF, &usage);
	fprintf(
	    out, "%-28s %zu of %zu\n", "sessions established", t.established, sim->member_count);
	fprintf(out, "%-28s %zu, distinct keys %zu, distinct attributes %zu\n", "routes received",
	    t.routes, store_key_count(sim->store), store_attrs_count(sim->store));
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		fprintf(out, "%-28s %" PRIu64 "\n", columns[i].name, *column(&t.count, i));
	if (sim->expecting > 0) {
		fprintf(out, "%-28s %zu of %zu sessions\n", "as many as expected", sim->satisfied,
		    sim->expecting);
		print_time(out, "all had all after", since_ms(origin_ns(sim), sim->complete_ns));
	}
	print_time(out, "last UPDATE after", since_ms(origin_ns(sim), sim->last_update_ns));
	for (size_t i = 0; i < PERCENT_COUNT && count > 0; i++)
		fprintf(out, "propagation p%-15g %" PRIu32 " us of %zu samples\n", percents[i],
		    percentile(samples, count, percents[i]), count);
	fprintf(out, "%-28s %.3f s user, %.3f s system, %ld KiB at most\n", "simulator itself",
	    seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss);
}

static void
json_member(const struct sim *sim, const struct member *m, FILE *out)
{
	fprintf(out,
	    "    {\"name\": \"%s\", \"asn\": %" PRIu32 ", \"established\": %s, "
	    "\"routes\": %zu, \"announces\": %zu, \"expected\": %ld",
	    m->conf.name, m->conf.asn, m->state == MEMBER_ESTABLISHED ? "true" : "false",
	    m->table.count, m->offer.count, m->is_expecting ? (long)m->expected : -1l);
	fprintf(out, ", \"established_ms\": %.3f, \"eor_ms\": %.3f, \"satisfied_ms\": %.3f",
	    since_ms(sim->start_ns, m->established_ns), since_ms(origin_ns(sim), m->eor_ns),
	    since_ms(origin_ns(sim), m->satisfied_ns));
	fprintf(
	    out, ", \"notification\": [%u, %u]", m->last_notification[0], m->last_notification[1]);
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		fprintf(out, ", \"%s\": %" PRIu64, columns[i].name, *column(&m->count, i));
	fprintf(out, "}");
}

static void
json_latency(struct sim *sim, FILE *out)
{
	size_t count;
	const uint32_t *samples = marks_samples(sim, &count);

	fprintf(out, "  \"propagation_us\": {\"samples\": %zu", count);
	for (size_t i = 0; i < PERCENT_COUNT && count > 0; i++)
		fprintf(out, ", \"p%g\": %" PRIu32, percents[i],
		    percentile(samples, count, percents[i]));
	fprintf(out, "},\n");
}

bool
report_json(struct sim *sim, const char *path)
{
	FILE *out = fopen(path, "w");
	struct totals t = add_up(sim);
	struct rusage usage;
	bool ok;

	if (out == NULL)
		return false;
	getrusage(RUSAGE_SELF, &usage);
	fprintf(out, "{\n  \"exit_code\": %d,\n  \"sessions\": %zu,\n  \"established\": %zu,\n",
	    sim->exit_code, sim->member_count, t.established);
	fprintf(out, "  \"expecting\": %zu,\n  \"satisfied\": %zu,\n  \"routes\": %zu,\n",
	    sim->expecting, sim->satisfied, t.routes);
	fprintf(out, "  \"complete_ms\": %.3f,\n  \"last_update_ms\": %.3f,\n",
	    since_ms(origin_ns(sim), sim->complete_ns),
	    since_ms(origin_ns(sim), sim->last_update_ns));
	fprintf(out, "  \"first_announce_monotonic_ns\": %" PRIu64 ",\n", sim->first_announce_ns);
	fprintf(out, "  \"distinct_keys\": %zu,\n  \"distinct_attributes\": %zu,\n",
	    store_key_count(sim->store), store_attrs_count(sim->store));
	for (size_t i = 0; i < COLUMN_COUNT; i++)
		fprintf(out, "  \"%s\": %" PRIu64 ",\n", columns[i].name, *column(&t.count, i));
	json_latency(sim, out);
	fprintf(out,
	    "  \"cpu_user_s\": %.6f,\n  \"cpu_system_s\": %.6f,\n  \"max_rss_kib\": %ld,\n",
	    seconds(usage.ru_utime), seconds(usage.ru_stime), usage.ru_maxrss);
	fprintf(out, "  \"members\": [\n");
	for (size_t i = 0; i < sim->member_count; i++) {
		json_member(sim, &sim->members[i], out);
		fprintf(out, "%s\n", i + 1 < sim->member_count ? "," : "");
	}
	fprintf(out, "  ]\n}\n");
	ok = ferror(out) == 0;
	return fclose(out) == 0 && ok;
}
