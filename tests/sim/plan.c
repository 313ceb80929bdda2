/*
 * Plans, see plan.h.
 */
#include "tests/sim/plan.h"
#include "tests/sim/routes.h"

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define WORDS_MAX 32

static bool
parse_number(const char *text, unsigned long max, unsigned long *value)
{
	char *end;

	errno = 0;
	*value = strtoul(text, &end, 10);
	return end != text && *end == '\0' && errno == 0 && *text != '-' && *value <= max;
}

static bool
parse_bool(const char *text, bool *value)
{
	*value = strcmp(text, "yes") == 0;
	return *value || strcmp(text, "no") == 0;
}

static bool
set_name(struct member_conf *c, const char *text)
{
	c->name = copy_text(text);
	return *text != '\0';
}

static bool
set_local(struct member_conf *c, const char *text)
{
	return address_parse(text, &c->local);
}

static bool
set_peer(struct member_conf *c, const char *text)
{
	return address_parse(text, &c->peer);
}

static bool
set_port(struct member_conf *c, const char *text)
{
	unsigned long value;
	bool ok = parse_number(text, 65535, &value);

	c->port = (uint16_t)value;
	return ok;
}

static bool
set_asn(struct member_conf *c, const char *text)
{
	unsigned long value;
	bool ok = parse_number(text, UINT32_MAX, &value);

	c->asn = (uint32_t)value;
	return ok && value > 0;
}

static bool
set_peer_asn(struct member_conf *c, const char *text)
{
	unsigned long value;
	bool ok = parse_number(text, UINT32_MAX, &value);

	c->peer_asn = (uint32_t)value;
	return ok;
}

static bool
set_id(struct member_conf *c, const char *text)
{
	uint8_t octets[4];
	bool ok = inet_pton(AF_INET, text, octets) == 1;

	c->id = ok ? get32(octets) : 0;
	return ok;
}

static bool
set_hold(struct member_conf *c, const char *text)
{
	unsigned long value;
	bool ok = parse_number(text, 65535, &value);

	c->hold_s = (uint16_t)value;
	return ok && value != 1 && value != 2;
}

static bool
set_families(struct member_conf *c, const char *text)
{
	c->families[0] = strchr(text, '4') != NULL;
	c->families[1] = strchr(text, '6') != NULL;
	return *text != '\0' && text[strspn(text, "46")] == '\0';
}

static bool
set_as4(struct member_conf *c, const char *text)
{
	return parse_bool(text, &c->as4);
}

static bool
set_addpath(struct member_conf *c, const char *text)
{
	return parse_bool(text, &c->addpath);
}

static bool
set_extended(struct member_conf *c, const char *text)
{
	return parse_bool(text, &c->extended);
}

static bool
set_enhanced(struct member_conf *c, const char *text)
{
	return parse_bool(text, &c->enhanced);
}

static bool
set_allow_as0(struct member_conf *c, const char *text)
{
	return parse_bool(text, &c->allow_as0);
}

static bool
set_mode(struct member_conf *c, const char *text)
{
	c->passive = strcmp(text, "passive") == 0;
	return c->passive || strcmp(text, "active") == 0;
}

static bool
set_role(struct member_conf *c, const char *text)
{
	unsigned long value;
	bool ok = parse_number(text, 255, &value);

	c->has_role = true;
	c->role = (uint8_t)value;
	return ok;
}

static bool
set_rcvbuf(struct member_conf *c, const char *text)
{
	unsigned long value;
	bool ok = parse_number(text, INT32_MAX, &value);

	c->rcvbuf = (uint32_t)value;
	return ok;
}

static bool
set_md5(struct member_conf *c, const char *text)
{
	c->md5 = copy_text(text);
	return *text != '\0';
}

static bool
set_routes(struct member_conf *c, const char *text)
{
	c->routes = copy_text(text);
	return *text != '\0';
}

static const struct {
	const char *name;
	bool (*set)(struct member_conf *c, const char *text);
	const char *help;
} keys[] = {
    {"local", set_local, "address to bind to; needed"},
    {"peer", set_peer, "address of the route server; needed"},
    {"asn", set_asn, "own AS number; needed"},
    {"name", set_name, "name in commands and dumps (default: local)"},
    {"port", set_port, "port to connect to or to listen on (179)"},
    {"peer-asn", set_peer_asn, "AS number that the peer must have, 0 = any (0)"},
    {"id", set_id, "BGP identifier (the local address if IPv4, else 10.0.0.1)"},
    {"families", set_families, "4, 6 or 46 (the family of local)"},
    {"as4", set_as4, "4-octet AS numbers: yes or no (yes)"},
    {"addpath", set_addpath, "receive several paths: yes or no (no)"},
    {"extended", set_extended, "extended messages: yes or no (no)"},
    {"enhanced", set_enhanced, "enhanced route refresh: yes or no (no)"},
    {"as0", set_allow_as0, "AS 0 in a received path is no error: yes or no (no)"},
    {"hold", set_hold, "hold time in seconds, 0 = none (90)"},
    {"mode", set_mode, "active connects, passive listens (active)"},
    {"role", set_role, "BGP role of RFC 9234 as a number (none)"},
    {"rcvbuf", set_rcvbuf, "size of the receive buffer in octets (the kernel's)"},
    {"md5", set_md5, "TCP MD5 key (none)"},
    {"routes", set_routes, "file of routes to announce (none)"},
};

#define KEY_COUNT (sizeof(keys) / sizeof(keys[0]))

void
plan_print_keys(FILE *out)
{
	for (size_t i = 0; i < KEY_COUNT; i++)
		fprintf(out, "  %-10s %s\n", keys[i].name, keys[i].help);
}

void
plan_conf_init(struct member_conf *conf)
{
	*conf = (struct member_conf){.port = 179, .hold_s = 90, .as4 = true};
}

struct member *
plan_add(struct sim *sim, const struct member_conf *conf)
{
	char text[INET6_ADDRSTRLEN];
	struct member *m;

	if ((sim->member_count & (sim->member_count - 1)) == 0)
		sim->members = grow(
		    sim->members, (sim->member_count > 0 ? 2 * sim->member_count : 1) * sizeof(*m));
	m = &sim->members[sim->member_count++];
	*m = (struct member){.conf = *conf, .source.fd = -1, .state = MEMBER_DOWN};
	if (m->conf.name == NULL) {
		address_format(&conf->local, text);
		m->conf.name = copy_text(text);
	}
	if (!conf->families[0] && !conf->families[1])
		m->conf.families[conf->local.family == 6] = true;
	if (conf->id == 0)
		m->conf.id = conf->local.family == 4 ? get32(conf->local.octets) : 0x0a000001;
	return m;
}

/* "key=value"; NULL or what is wrong. */
static const char *
set_word(struct member_conf *conf, char *word)
{
	char *value = strchr(word, '=');

	if (value == NULL)
		return "is not key=value";
	*value++ = '\0';
	for (size_t i = 0; i < KEY_COUNT; i++)
		if (strcmp(keys[i].name, word) == 0)
			return keys[i].set(conf, value) ? NULL : "has a wrong value";
	return "is not a known key (see --keys)";
}

static void
read_line(struct sim *sim, char *line, struct member_conf *defaults, const char *where)
{
	char *words[WORDS_MAX];
	size_t count = 0;
	struct member_conf conf = *defaults;
	bool is_default;

	for (char *w = strtok(line, " \t\r\n"); w != NULL && count < WORDS_MAX;
	     w = strtok(NULL, " \t\r\n"))
		words[count++] = w;
	if (count == 0 || words[0][0] == '#')
		return;
	is_default = strcmp(words[0], "default") == 0;
	if (!is_default && strcmp(words[0], "session") != 0)
		errx(SIM_USAGE, "%s: a line begins with session or default, not %s", where,
		    words[0]);
	for (size_t i = 1; i < count; i++) {
		const char *error = set_word(&conf, words[i]);

		if (error != NULL)
			errx(SIM_USAGE, "%s: %s %s", where, words[i], error);
	}
	if (is_default) {
		*defaults = conf;
		return;
	}
	if (conf.local.family == 0 || conf.peer.family != conf.local.family || conf.asn == 0)
		errx(SIM_USAGE, "%s: a session needs asn, and local and peer of one family", where);
	plan_add(sim, &conf);
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void
check_names(const struct sim *sim, const char *path)
{
	char **names = zalloc(sim->member_count, sizeof(names[0]));

	for (size_t i = 0; i < sim->member_count; i++)
		names[i] = sim->members[i].conf.name;
	qsort(names, sim->member_count, sizeof(names[0]), compare_names);
	for (size_t i = 1; i < sim->member_count; i++)
		if (strcmp(names[i - 1], names[i]) == 0)
			errx(SIM_USAGE, "%s: %s is there twice", path, names[i]);
	free(names);
}

void
plan_load(struct sim *sim, const char *path)
{
	FILE *file = fopen(path, "r");
	const char *slash = strrchr(path, '/');
	int dir_len = slash != NULL ? (int)(slash - path) + 1 : 0;
	struct member_conf defaults;
	char line[4096], where[1024];
	unsigned number = 0;

	if (file == NULL)
		err(SIM_USAGE, "%s", path);
	plan_conf_init(&defaults);
	while (fgets(line, sizeof(line), file) != NULL) {
		snprintf(where, sizeof(where), "%s:%u", path, ++number);
		read_line(sim, line, &defaults, where);
	}
	fclose(file);
	check_names(sim, path);
	/* Only now, for the members have moved while they were added. */
	for (size_t i = 0; i < sim->member_count; i++) {
		struct member *m = &sim->members[i];
		char full[2048];

		if (m->conf.routes == NULL)
			continue;
		snprintf(full, sizeof(full), "%.*s%s", m->conf.routes[0] == '/' ? 0 : dir_len, path,
		    m->conf.routes);
		routes_load(sim, m, full);
	}
}
