/*
 * What a route costs in policy, and what IRR data cost in memory: no daemon, no sockets.
 *
 *   judge CONF               memory of the data and of the policy of a configuration
 *   judge CONF ROUTES ROUNDS and nanoseconds of CPU per route, for each group of routes
 *
 * A line of ROUTES is: address of the peer, prefix, group (0 to 9), canonical attributes in
 * hexadecimal. The answer is a JSON object. Each round takes a fresh policy and times
 *
 *   first     policy_judge() on every route, nothing remembered from before
 *   again     the same once more, as a reload with new data does
 *   announce  table_announce() of every route with this policy, less the same with a policy that
 *             accepts everything: judge, reach once per distinct attributes and tags, and keeping
 *             what they say
 */
#include <arpa/inet.h>
#include <err.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "bgpd/conf/conf.h"
#include "bgpd/feed/feed.h"
#include "policy/policy.h"
#include "rib/table.h"

#define GROUPS	   10
#define ROUNDS_MAX 1000
#define STEP	   4096

enum timing { TIME_FIRST, TIME_AGAIN, TIME_ANNOUNCE, TIMINGS };
static const char *const timing_names[TIMINGS] = {"first", "again", "announce"};

struct route {
	uint16_t slot;
	uint8_t group;
	struct prefix prefix;
	uint8_t *block;
	size_t len;
	uint64_t serial; /* equal blocks have equal ones */
	struct attrs_facts facts;
};

struct bench {
	struct conf *conf;
	struct policy_config config;
	struct feed_map map;
	struct dataset *data;
	struct route *routes;
	size_t count;
	size_t in_group[GROUPS];
	size_t accepted[GROUPS];
	size_t blocks;
	/* One number a round. */
	double ns[TIMINGS][GROUPS][ROUNDS_MAX];
	size_t rounds;
};

static uint64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

static size_t
heap_octets(void)
{
	struct mallinfo2 info = mallinfo2();

	return info.uordblks + info.hblkhd;
}

/* ---- loading ---- */

static void
load(struct bench *b, const char *path)
{
	struct conf_report report;
	struct feed_report feed_report;
	struct feed_request *request;
	int fd;

	conf_report_init(&report);
	b->conf = conf_load(path, "bench", &report);
	if (b->conf == NULL) {
		conf_report_print(&report, stderr);
		errx(1, "%s: not a configuration", path);
	}
	conf_policy(b->conf, &b->config);
	request = feed_request_new(b->conf, (uint64_t)time(NULL));
	feed_report_init(&feed_report);
	fd = feed_load(request, &feed_report);
	if (fd == -1 || feed_map(fd, &b->map) == -1) {
		conf_report_print(&feed_report.notes, stderr);
		errx(1, "%s: no data", path);
	}
	close(fd);
	feed_report_fini(&feed_report);
	feed_request_free(request);
	conf_report_fini(&report);
}

static void
make_dataset(struct bench *b)
{
	b->data = dataset_new(&b->map.data);
	while (dataset_step(b->data, STEP))
		;
}

static uint8_t *
read_hex(const char *text, size_t *len)
{
	size_t digits = strlen(text);
	uint8_t *block = malloc(digits / 2 + 1);

	if (block == NULL)
		err(1, "malloc");
	*len = digits / 2;
	for (size_t i = 0; i < *len; i++) {
		unsigned octet;

		if (sscanf(text + 2 * i, "%2x", &octet) != 1)
			errx(1, "%s: not hexadecimal", text);
		block[i] = (uint8_t)octet;
	}
	if (!attrs_is_canonical(block, *len))
		errx(1, "%s: not a canonical block", text);
	return block;
}

static uint16_t
find_slot(const struct bench *b, const char *text)
{
	enum family family = strchr(text, ':') != NULL ? FAMILY_IPV6 : FAMILY_IPV4;
	uint8_t addr[16] = {0};
	long slot;

	if (inet_pton(family == FAMILY_IPV6 ? AF_INET6 : AF_INET, text, addr) != 1)
		errx(1, "%s: not an address", text);
	slot = conf_find_peer(b->conf, family, addr);
	if (slot == -1)
		errx(1, "%s: nobody's address", text);
	return (uint16_t)slot;
}

static void
read_route(struct bench *b, char *line)
{
	char *words[4], *save = NULL;
	struct route *r;

	for (int i = 0; i < 4; i++) {
		words[i] = strtok_r(i == 0 ? line : NULL, " \n", &save);
		if (words[i] == NULL)
			errx(1, "a route has four words");
	}
	if (b->count % STEP == 0) {
		b->routes = realloc(b->routes, (b->count + STEP) * sizeof(*b->routes));
		if (b->routes == NULL)
			err(1, "realloc");
	}
	r = &b->routes[b->count++];
	memset(r, 0, sizeof(*r));
	r->slot = find_slot(b, words[0]);
	if (prefix_parse(words[1], &r->prefix) == -1)
		errx(1, "%s: not a prefix", words[1]);
	r->group = (uint8_t)(words[2][0] - '0') % GROUPS;
	r->block = read_hex(words[3], &r->len);
	attrs_read_facts(r->block, r->len, &r->facts);
	b->in_group[r->group]++;
}

static void
read_routes(struct bench *b, const char *path)
{
	FILE *file = fopen(path, "r");
	char *line = NULL;
	size_t size = 0;

	if (file == NULL)
		err(1, "%s", path);
	while (getline(&line, &size, file) > 0)
		read_route(b, line);
	free(line);
	fclose(file);
}

/* ---- a table ---- */

static void
accept_all(void *ctx, const struct path_view *path, struct verdict *out)
{
	(void)ctx, (void)path;
	*out = (struct verdict){.local_pref = 100, .accept = true};
}

static void
reach_all(void *ctx, const uint8_t *block, size_t len, uint32_t tags, struct reach_out *out)
{
	(void)ctx, (void)block, (void)len, (void)tags;
	reach_add(out, NULL, 0, NULL, 0);
}

static uint16_t
fits_all(void *ctx, const uint8_t *block, size_t len, enum family family)
{
	(void)ctx, (void)block, (void)len, (void)family;
	return UINT16_MAX;
}

static size_t
emit_nothing(void *ctx, const struct emission *emission)
{
	(void)ctx;
	return emission->kind == EMIT_EOR ? 1 : emission->count;
}

static struct table *
new_table(const struct bench *b, struct policy *policy)
{
	struct table_config config = {.slots = b->config.peer_count,
	    .path_hiding = true,
	    .policy = {policy, policy_judge, policy_reach, fits_all},
	    .emit = emit_nothing};
	struct table_session session = {
	    .families = 1 << FAMILY_IPV4 | 1 << FAMILY_IPV6, .class = {CLASS_AS4, CLASS_AS4}};
	struct table *table;

	if (policy == NULL)
		config.policy = (struct rib_policy){NULL, accept_all, reach_all, fits_all};
	table = table_new(&config);
	for (uint32_t slot = 0; slot < b->config.peer_count; slot++) {
		const struct policy_peer *p = &b->config.peers[slot];
		struct table_peer peer = {.asn = p->asn, .addr_family = p->family};

		if (p->kind == PEER_UNUSED)
			continue;
		memcpy(peer.addr, p->addr, sizeof(peer.addr));
		table_peer_set(table, (uint16_t)slot, &peer);
		session.bgp_id = slot + 1;
		table_peer_up(table, (uint16_t)slot, &session);
	}
	return table;
}

/* Nanoseconds in table_announce() alone, by group: routes of a group stand together. */
static void
time_announce(const struct bench *b, struct policy *policy, double ns[GROUPS])
{
	struct table *table = new_table(b, policy);
	attrs_id *ids = calloc(b->count, sizeof(*ids));

	if (ids == NULL)
		err(1, "calloc");
	for (size_t i = 0; i < b->count; i++)
		ids[i] = table_attrs_ref(table, b->routes[i].block, b->routes[i].len);
	for (size_t i = 0; i < b->count;) {
		uint8_t group = b->routes[i].group;
		uint64_t begin = cpu_ns();

		for (; i < b->count && b->routes[i].group == group; i++)
			table_announce(
			    table, b->routes[i].slot, &b->routes[i].prefix, 0, ids[i], 0);
		ns[group] += (double)(cpu_ns() - begin);
	}
	free(ids);
	table_free(table);
}

/* Gives equal blocks equal numbers, as the table's store does. */
static void
number_blocks(struct bench *b)
{
	struct table *table = new_table(b, NULL);

	for (size_t i = 0; i < b->count; i++) {
		struct route *r = &b->routes[i];

		r->serial = table_attrs_ref(table, r->block, r->len);
		b->blocks = r->serial > b->blocks ? r->serial : b->blocks;
	}
	table_free(table);
}

/* ---- rounds ---- */

static void
judge_all(struct bench *b, struct policy *policy, enum timing timing)
{
	memset(b->accepted, 0, sizeof(b->accepted));
	for (size_t i = 0; i < b->count;) {
		uint8_t group = b->routes[i].group;
		uint64_t begin = cpu_ns();

		for (; i < b->count && b->routes[i].group == group; i++) {
			const struct route *r = &b->routes[i];
			struct path_view view = {
			    &r->prefix, r->block, r->len, &r->facts, r->serial, r->slot};
			struct verdict verdict;

			policy_judge(policy, &view, &verdict);
			b->accepted[group] += verdict.accept;
		}
		b->ns[timing][group][b->rounds] += (double)(cpu_ns() - begin);
	}
}

static void
play_round(struct bench *b)
{
	struct policy *policy = policy_new(&b->config, b->data);
	double with[GROUPS] = {0}, without[GROUPS] = {0};

	judge_all(b, policy, TIME_FIRST);
	judge_all(b, policy, TIME_AGAIN);
	policy_free(policy);
	policy = policy_new(&b->config, b->data);
	time_announce(b, policy, with);
	policy_free(policy);
	time_announce(b, NULL, without);
	for (int group = 0; group < GROUPS; group++)
		b->ns[TIME_ANNOUNCE][group][b->rounds] = with[group] - without[group];
	b->rounds++;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static void
print_groups(struct bench *b)
{
	const char *separator = "";

	printf(",\n \"blocks\": %zu, \"groups\": [", b->blocks);
	for (int group = 0; group < GROUPS; group++) {
		if (b->in_group[group] == 0)
			continue;
		printf("%s\n  {\"group\": %d, \"routes\": %zu, \"accepted\": %zu", separator, group,
		    b->in_group[group], b->accepted[group]);
		for (int timing = 0; timing < TIMINGS; timing++) {
			double *ns = b->ns[timing][group];

			qsort(ns, b->rounds, sizeof(*ns), compare);
			printf(", \"%s_ns\": %.1f", timing_names[timing],
			    ns[b->rounds / 2] / (double)b->in_group[group]);
		}
		printf("}");
		separator = ",";
	}
	printf("]");
}

int
main(int argc, char *argv[])
{
	static struct bench b;
	size_t before, rounds = argc == 4 ? (size_t)strtoul(argv[3], NULL, 10) : 0;
	struct policy *policy;

	if ((argc != 2 && argc != 4) || rounds > ROUNDS_MAX)
		errx(2, "usage: judge CONF [ROUTES ROUNDS]");
	load(&b, argv[1]);
	before = heap_octets();
	make_dataset(&b);
	printf("{\"records\": %zu, \"route_objects\": %u, \"vrps\": %u", b.map.flat.size,
	    b.map.data.route_count, b.map.data.vrp_count);
	printf(", \"data\": %zu", heap_octets() - before);
	before = heap_octets();
	policy = policy_new(&b.config, b.data);
	printf(", \"policy\": %zu", heap_octets() - before);
	policy_free(policy);
	if (rounds > 0) {
		read_routes(&b, argv[2]);
		number_blocks(&b);
		for (size_t i = 0; i < rounds; i++)
			play_round(&b);
		print_groups(&b);
	}
	printf("}\n");
	return 0;
}
