/* A malformed UPDATE in the log: see evidence.h. */
#include "bgpd/session/evidence.h"

#include <stdio.h>
#include <string.h>

#include "bgpd/event.h"

/* What fits a line beside the rest of it. */
#define LINE_OCTETS 400
#define LINE_TEXT   (2 * LINE_OCTETS)

static size_t
count_prefixes(const struct update *u)
{
	size_t count = 0;

	for (unsigned i = 0; i < u->announce_count; i++)
		count += u->announce[i].count;
	return count;
}

/* A prefix, with its path identifier where it has one. */
static size_t
format_route(const struct prefix *prefix, uint32_t path_id, char *text, size_t size)
{
	char name[PREFIX_TEXT_MAX];

	prefix_format(prefix, name);
	if (path_id == 0)
		return (size_t)snprintf(text, size, "%s", name);
	return (size_t)snprintf(text, size, "%s#%u", name, path_id);
}

static void
log_group(const char *peer, uint64_t number, const struct update_group *g)
{
	struct nlri_cursor nlri = g->nlri;
	char line[LINE_TEXT + 1], one[PREFIX_TEXT_MAX + 16];
	struct prefix prefix;
	uint32_t path_id;
	size_t len = 0;

	for (size_t i = 0; i < g->count; i++) {
		nlri_next(&nlri, &prefix, &path_id);
		if (len + format_route(&prefix, path_id, one, sizeof(one)) + 1 > LINE_TEXT) {
			event_log(EVENT_UPDATE_NLRI, peer, number, line);
			len = 0;
		}
		len += (size_t)snprintf(
		    line + len, sizeof(line) - len, "%s%s", len == 0 ? "" : " ", one);
	}
	if (len > 0)
		event_log(EVENT_UPDATE_NLRI, peer, number, line);
}

static void
log_octets(const char *peer, uint64_t number, const uint8_t *octets, size_t len)
{
	char line[LINE_TEXT + 1];

	for (size_t at = 0; at < len; at += LINE_OCTETS) {
		size_t n = len - at < LINE_OCTETS ? len - at : LINE_OCTETS;

		for (size_t i = 0; i < n; i++)
			snprintf(line + 2 * i, 3, "%02x", octets[at + i]);
		event_log(EVENT_UPDATE_OCTETS, peer, number, at, len, line);
	}
}

void
evidence_log(
    const char *peer, uint64_t number, const struct update *u, const uint8_t *octets, size_t len)
{
	const struct attr_finding *f = &u->finding;

	if (!event_log(EVENT_UPDATE_WITHDRAWN, peer, number, (unsigned)f->type, count_prefixes(u),
		f->text == NULL ? "" : f->text))
		return;
	for (unsigned i = 0; i < u->announce_count; i++)
		log_group(peer, number, &u->announce[i]);
	log_octets(peer, number, octets, len);
}
