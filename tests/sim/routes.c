/*
 * Files of routes and of churn, see routes.h.
 */
#include "tests/sim/routes.h"

#include <arpa/inet.h>
#include <err.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define LINE_MAX_OCTETS 65536
#define FIELDS_MAX	(1 + ATTR_TEXT_FIELDS)
#define CHURN_BURST	512	    /* events between two looks at the sockets */
#define CHURN_PENDING	(64 * 1024) /* octets unsent above which a member waits */

struct event {
	uint64_t ns;
	struct member *member;
	uint32_t key;
	uint32_t attrs; /* 0 = withdraw */
};

struct churn {
	struct event *events;
	size_t count;
	size_t cap;
	size_t next;
	uint64_t start_ns;
};

/* Called with each line; returns NULL or what is wrong with it. */
typedef const char *line_fn(struct sim *sim, char *line, void *arg);

size_t
split(char *text, char separator, char *fields[], size_t max)
{
	size_t count = 0;

	for (;;) {
		char *at = count + 1 < max ? strchr(text, separator) : NULL;

		fields[count++] = text;
		if (at == NULL)
			return count;
		*at = '\0';
		text = at + 1;
	}
}

bool
routes_parse_prefix(const char *text, struct key *key)
{
	char addr[INET6_ADDRSTRLEN];
	const char *slash = strchr(text, '/');
	char *end;
	unsigned long len;

	*key = (struct key){0};
	if (slash == NULL || (size_t)(slash - text) >= sizeof(addr))
		return false;
	memcpy(addr, text, (size_t)(slash - text));
	addr[slash - text] = '\0';
	key->family = strchr(addr, ':') != NULL ? 6 : 4;
	if (inet_pton(key->family == 6 ? AF_INET6 : AF_INET, addr, key->addr) != 1)
		return false;
	len = strtoul(slash + 1, &end, 10);
	if (end == slash + 1 || *end != '\0' || len > (key->family == 6 ? 128 : 32))
		return false;
	key->len = (uint16_t)len;
	for (size_t bit = len; bit < 128; bit++)
		if ((key->addr[bit / 8] >> (7 - bit % 8) & 1) != 0)
			return false;
	return true;
}

const char *
routes_parse(struct sim *sim, char *line, uint32_t *key, uint32_t *attrs)
{
	static struct buf own;
	char *fields[FIELDS_MAX];
	size_t count = split(line, '|', fields, FIELDS_MAX);
	struct key parsed;
	const char *error;

	if (count < 4)
		return "a route needs at least prefix, AS path, origin and next hop";
	if (!routes_parse_prefix(fields[0], &parsed))
		return "not a prefix";
	error = attr_from_text(fields + 1, count - 1, &own);
	if (error != NULL)
		return error;
	*key = store_key(sim->store, &parsed);
	*attrs = store_attrs(sim->store, own.data, own.len);
	return NULL;
}

static void
read_lines(struct sim *sim, const char *path, line_fn *each, void *arg)
{
	static char line[LINE_MAX_OCTETS];
	gzFile file = gzopen(path, "r");
	unsigned long number = 0;
	int code;

	if (file == NULL)
		err(SIM_USAGE, "%s", path);
	gzbuffer(file, 1 << 16);
	while (gzgets(file, line, sizeof(line)) != NULL) {
		const char *error;

		number++;
		line[strcspn(line, "\r\n")] = '\0';
		if (line[0] == '\0' || line[0] == '#')
			continue;
		error = each(sim, line, arg);
		if (error != NULL)
			errx(SIM_USAGE, "%s:%lu: %s", path, number, error);
	}
	gzerror(file, &code);
	if (code != Z_OK && code != Z_STREAM_END)
		errx(SIM_USAGE, "%s: cannot be read to its end", path);
	gzclose(file);
}

static const char *
add_route(struct sim *sim, char *line, void *arg)
{
	struct member *m = arg;
	uint32_t key, attrs;
	const char *error = routes_parse(sim, line, &key, &attrs);

	if (error == NULL)
		offer_set(&m->offer, key, attrs);
	return error;
}

void
routes_load(struct sim *sim, struct member *m, const char *path)
{
	read_lines(sim, path, add_route, m);
}

/* arg is the churn's speed. */
static const char *
add_event(struct sim *sim, char *line, void *arg)
{
	struct churn *churn = sim->churn;
	double speed = *(double *)arg;
	char *fields[3], *rest;
	struct event e = {0};
	struct key key;
	const char *error = NULL;

	if (split(line, '|', fields, 3) != 3 || (fields[2][0] != 'A' && fields[2][0] != 'W') ||
	    fields[2][1] != '|')
		return "churn needs ms|session|A|route or ms|session|W|prefix";
	rest = fields[2] + 2;
	e.member = sim_find(sim, fields[1]);
	if (e.member == NULL)
		return "churn of a session that the plan does not have";
	if (fields[2][0] == 'A')
		error = routes_parse(sim, rest, &e.key, &e.attrs);
	else if (routes_parse_prefix(rest, &key))
		e.key = store_key(sim->store, &key);
	else
		error = "not a prefix";
	if (speed > 0)
		e.ns =
		    (uint64_t)((double)strtoull(fields[0], NULL, 10) * (double)NS_PER_MS / speed);
	if (churn->count == churn->cap) {
		churn->cap = churn->cap > 0 ? 2 * churn->cap : 4096;
		churn->events = grow(churn->events, churn->cap * sizeof(e));
	}
	churn->events[churn->count++] = e;
	return error;
}

void
churn_start(struct sim *sim, const char *path, double speed)
{
	if (sim->churn == NULL)
		sim->churn = zalloc(1, sizeof(*sim->churn));
	sim->churn->count = 0;
	sim->churn->next = 0;
	read_lines(sim, path, add_event, &speed);
	sim->churn->start_ns = clock_ns();
}

uint64_t
churn_step(struct sim *sim)
{
	struct churn *churn = sim->churn;

	if (churn_is_done(sim))
		return UINT64_MAX;
	for (int i = 0; i < CHURN_BURST && churn->next < churn->count; i++) {
		const struct event *e = &churn->events[churn->next];

		if (sim->now_ns < churn->start_ns + e->ns)
			return churn->start_ns + e->ns;
		if (member_pending(e->member) > CHURN_PENDING)
			return sim->now_ns + NS_PER_MS;
		announce_one(sim, e->member, e->key, e->attrs);
		churn->next++;
	}
	return sim->now_ns;
}

bool
churn_is_done(const struct sim *sim)
{
	return sim->churn == NULL || sim->churn->next == sim->churn->count;
}
