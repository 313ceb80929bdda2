/*
 * show routes, show attributes: passes over the table in slices.
 *
 * Without `to`, a route is a path as it was received, with policy's verdict. With `to`, it is what
 * the peer is told: a told row, with the attributes as they leave.
 */
#include <string.h>

#include "bgpd/control/query.h"
#include "bgpd/control/render.h"
#include "policy/reason.h"

#define PASSED_A_STEP 32 /* paths looked at; a prefix that everybody announces has thousands */

static const struct {
	const char *name;
	enum table_match match;
} matches[] = {{"exact", MATCH_EXACT}, {"longer", MATCH_LONGER}, {"shorter", MATCH_SHORTER},
    {"longest", MATCH_LONGEST}};

static bool
read_match(struct query *q, enum table_match *match)
{
	const char *text = query_text(q, "match");

	if (text == NULL)
		return q->error[0] == '\0';
	for (size_t i = 0; i < sizeof(matches) / sizeof(matches[0]); i++)
		if (strcmp(matches[i].name, text) == 0) {
			*match = matches[i].match;
			return true;
		}
	query_fail(q, "match \"%.20s\" is none of longer, shorter, exact, longest", text);
	return false;
}

static void
whole_family(struct query *q, enum family family)
{
	struct prefix all = {.family = (uint8_t)family};

	q->family = (uint8_t)family;
	table_cursor_init(&q->cursor, &all, MATCH_LONGER);
}

static bool
read_flag(struct query *q, const char *name)
{
	const json_t *value = json_object_get(q->args, name);

	if (value != NULL && !json_is_boolean(value))
		query_fail(q, "argument \"%s\" must be true or false", name);
	return json_is_true(value);
}

/* Without a prefix: IPv4, then IPv6. An address alone asks for the longest match. */
static void
read_prefix(struct query *q)
{
	const char *text = query_text(q, "prefix");
	enum table_match match = MATCH_EXACT;
	struct prefix scope;

	if (text == NULL) {
		if (q->error[0] == '\0' && json_object_get(q->args, "match") != NULL)
			query_fail(q, "longer, shorter and exact need a prefix");
		whole_family(q, FAMILY_IPV4);
		return;
	}
	if (prefix_parse(text, &scope) == -1) {
		query_fail(q,
		    "\"%.60s\" is no prefix: expected 192.0.2.0/24 or 2001:db8::/32, "
		    "with no host bits set",
		    text);
		return;
	}
	if (strchr(text, '/') == NULL)
		match = MATCH_LONGEST;
	if (!read_match(q, &match))
		return;
	q->family = FAMILY_COUNT; /* the one pass is all */
	table_cursor_init(&q->cursor, &scope, match);
}

void
routes_start(struct query *q)
{
	if (json_object_get(q->args, "from") != NULL)
		q->from = query_peer(q, "from");
	if (q->error[0] == '\0' && json_object_get(q->args, "to") != NULL)
		q->to = query_peer(q, "to");
	/* What is told does not depend on who is up, so of a peer that is down it says nothing. */
	if (q->to != -1 && !q->core->slots[q->to].up)
		query_fail(q, "%s is down: nothing is told to it", q->core->slots[q->to].name);
	if (q->error[0] == '\0')
		q->rejected_only = read_flag(q, "rejected");
	if (q->error[0] == '\0')
		read_prefix(q);
}

static json_t *
render_path(struct query *q, const struct table_entry_view *e, const struct table_path_view *p)
{
	const struct reason_row *reason = reason_get(p->verdict.reason);
	json_t *attributes = render_attributes(p->block, p->block_len);
	char text[PREFIX_TEXT_MAX];
	json_t *route;

	prefix_format(&e->prefix, text);
	route = json_pack("{s:s,s:s,s:I,s:I}", "prefix", text, "peer", q->core->slots[p->slot].name,
	    "peer_asn", (json_int_t)q->core->config.slots[p->slot].asn, "path_id",
	    (json_int_t)p->path_id);
	json_object_update(route, attributes);
	json_decref(attributes);
	json_object_set_new(route, "local_pref", json_integer(p->verdict.local_pref));
	json_object_set_new(route, "accepted", json_boolean(p->verdict.accept));
	json_object_set_new(route, "best", json_boolean(p->best));
	json_object_set_new(route, "stale", json_boolean(p->stale));
	json_object_set_new(route, "reject_reasons",
	    p->verdict.accept ? json_array()
			      : json_pack("[{s:i,s:s,s:s}]", "code", (int)p->verdict.reason, "name",
				    reason != NULL ? reason->name : "?", "text",
				    reason != NULL ? reason->text : "?"));
	json_object_set_new(route, "received_at", render_time(p->received_s));
	return route;
}

/*
 * Both answer some of the entry and return true when that was the last. Where they go on is a
 * number, as no pointer outlives a step: what comes or goes in between may be shown twice or not.
 */
static bool
answer_paths(struct query *q, const struct table_entry_view *e)
{
	struct table_path_view p;
	uint32_t iter = 0, n = 0;

	while (table_path_next(q->core->table, e, &iter, &p)) {
		if (n++ < q->passed)
			continue;
		if (n > q->passed + PASSED_A_STEP) {
			q->passed += PASSED_A_STEP;
			return false;
		}
		if ((q->from == -1 || p.slot == q->from) &&
		    (!q->rejected_only || !p.verdict.accept))
			query_answer(q, render_path(q, e, &p));
	}
	return true;
}

/* The path that a told row came from: the one with its out-form's source, by sent path id. */
static bool
find_source(struct query *q, const struct table_entry_view *e, const struct table_told_view *t,
    struct table_path_view *p)
{
	uint32_t iter = 0;

	while (table_path_next(q->core->table, e, &iter, p))
		if (p->sent_id == t->path_id)
			return true;
	return false;
}

static bool
answer_told(struct query *q, const struct table_entry_view *e)
{
	size_t word = (size_t)q->to / 64;
	struct table_told_view t;
	struct table_path_view p;
	uint32_t iter = 0, n = 0;

	if (((q->core->slots[q->to].session.families >> e->prefix.family) & 1) == 0)
		return true;
	while (table_told_next(q->core->table, e, &iter, &t)) {
		if (n++ < q->passed)
			continue;
		if (n > q->passed + PASSED_A_STEP) {
			q->passed += PASSED_A_STEP;
			return false;
		}
		if (word >= t.nwords || ((t.words[word] >> (q->to % 64)) & 1) == 0 ||
		    !find_source(q, e, &t, &p) || (q->from != -1 && p.slot != q->from))
			continue;
		p.block = t.block;
		p.block_len = t.block_len;
		p.path_id = t.path_id;
		query_answer(q, render_path(q, e, &p));
	}
	return true;
}

enum query_progress
routes_step(struct query *q)
{
	struct table_cursor before = q->cursor;
	struct table_entry_view e;

	if (!table_cursor_next(q->core->table, &q->cursor, &e)) {
		if (q->family + 1 >= FAMILY_COUNT)
			return QUERY_DONE;
		whole_family(q, q->family + 1);
		return QUERY_MORE;
	}
	if (prefix_compare(&q->prefix, &e.prefix) != 0)
		q->passed = 0;
	q->prefix = e.prefix;
	if (!(q->to != -1 ? answer_told : answer_paths)(q, &e))
		q->cursor = before; /* the same entry again */
	return QUERY_MORE;
}

enum query_progress
attributes_step(struct query *q)
{
	const uint8_t *block;
	uint32_t refs;
	size_t len;
	json_t *object;

	if (!table_attrs_next(q->core->table, &q->position, &block, &len, &refs))
		return QUERY_DONE;
	object = render_attributes(block, len);
	json_object_set_new(object, "references", json_integer(refs));
	json_object_set_new(object, "octets", json_integer((json_int_t)len));
	query_answer(q, object);
	return QUERY_MORE;
}
