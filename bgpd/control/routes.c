/*
 * show routes, show attributes: passes over the table in slices.
 *
 * Without `to`, a route is a path as it was received, with policy's verdict. With `to`, it is what
 * the peer is told: a told row, with the attributes as they leave; or, asked for `withheld`, the
 * paths that it is not told, each with what withholds it; or `all` of them.
 */
#include <string.h>

#include "bgpd/control/query.h"
#include "bgpd/control/render.h"
#include "bgpd/control/route.h"

/* Of one step: a prefix that everybody announces has thousands of paths, a path up to 64 KiB. */
#define PATHS_A_STEP  32
#define OCTETS_A_STEP 16384

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

void
query_prefix(struct query *q)
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

bool
query_next_entry(struct query *q, struct table_entry_view *e)
{
	while (!table_cursor_next(q->core->table, &q->cursor, e)) {
		if (q->family + 1 >= FAMILY_COUNT)
			return false;
		whole_family(q, q->family + 1);
	}
	return true;
}

/* What is asked about a receiver. */
static void
read_receiver(struct query *q)
{
	bool withheld = query_flag(q, "withheld"), all = query_flag(q, "all");

	q->wants_withheld = withheld || all;
	q->wants_told = !withheld || all;
	if (q->error[0] == '\0' && json_object_get(q->args, "to") != NULL)
		q->to = query_peer(q, "to");
	if (q->error[0] != '\0')
		return;
	if (q->wants_withheld && q->to == -1)
		query_fail(q, "withheld and all need `to` and the peer that is not told");
	/* What is told does not depend on who is up, so of a peer that is down it says nothing. */
	else if (q->to != -1 && !q->wants_withheld && !q->core->slots[q->to].up)
		query_fail(q, "%s is down: nothing is told to it", q->core->slots[q->to].name);
}

void
routes_start(struct query *q)
{
	if (json_object_get(q->args, "from") != NULL)
		q->from = query_peer(q, "from");
	if (q->error[0] == '\0')
		read_receiver(q);
	if (q->error[0] == '\0')
		q->rejected_only = query_flag(q, "rejected");
	if (q->error[0] == '\0' && q->rejected_only && q->to != -1)
		query_fail(q, "rejected routes are told to nobody: use rejected without `to`");
	if (q->error[0] == '\0')
		query_prefix(q);
}

/* ---- one entry ---- */

/* How far a step has come in an entry. */
struct step {
	uint32_t seen;
	size_t octets;
};

/* True if it is the turn of the next path or row; *is_over: not in this step any more. */
static bool
is_next(struct query *q, struct step *step, bool *is_over)
{
	*is_over = step->seen >= q->passed + PATHS_A_STEP || step->octets > OCTETS_A_STEP;
	if (*is_over) {
		q->passed = step->seen;
		return false;
	}
	return step->seen++ >= q->passed;
}

static void
set_export(json_t *route, const struct route_export *export)
{
	json_object_set_new(route, "told", json_boolean(export->is_told));
	json_object_set_new(route, "withheld", route_render_withheld(export));
}

static void
answer_path(struct query *q, const struct table_entry_view *e, const struct table_path_view *p)
{
	struct route_export export;
	json_t *route;

	if (q->to == -1) {
		query_answer(q, route_render(q->core, e, p, NULL));
		return;
	}
	route_export_get(q->core, e, p, (uint16_t)q->to, &export);
	if (export.is_told ? !q->wants_told : !q->wants_withheld)
		return;
	route = route_render(q->core, e, p, export.is_told ? &export.told : NULL);
	set_export(route, &export);
	query_answer(q, route);
}

static bool
is_asked_for(const struct query *q, const struct table_path_view *p)
{
	return (q->from == -1 || p->slot == q->from) && (!q->rejected_only || !p->verdict.accept);
}

/*
 * Both answer some of the entry and return true when that was the last. Where they go on is a
 * number, as no pointer outlives a step: what comes or goes in between may be shown twice or not.
 */
static bool
answer_paths(struct query *q, const struct table_entry_view *e)
{
	struct step step = {0};
	struct table_path_view p;
	uint32_t iter = 0;
	bool is_over;

	while (table_path_next(q->core->table, e, &iter, &p)) {
		bool is_new = is_next(q, &step, &is_over);

		if (is_over)
			return false;
		if (!is_new || !is_asked_for(q, &p))
			continue;
		step.octets += p.block_len;
		answer_path(q, e, &p);
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
	struct step step = {0};
	struct table_told_view t;
	struct table_path_view p;
	uint32_t iter = 0;
	json_t *route;
	bool is_over;

	if (!route_is_heard(q->core, (uint16_t)q->to, e->prefix.family))
		return true;
	while (table_told_next(q->core->table, e, &iter, &t)) {
		bool is_new = is_next(q, &step, &is_over);

		if (is_over)
			return false;
		if (!is_new || word >= t.nwords || ((t.words[word] >> (q->to % 64)) & 1) == 0 ||
		    !find_source(q, e, &t, &p) || (q->from != -1 && p.slot != q->from))
			continue;
		step.octets += t.block_len;
		route = route_render(q->core, e, &p, &t);
		set_export(route, &(struct route_export){.is_told = true});
		query_answer(q, route);
	}
	return true;
}

enum query_progress
routes_step(struct query *q)
{
	struct table_cursor before = q->cursor;
	uint8_t family = q->family;
	struct table_entry_view e;
	bool is_told_only = q->to != -1 && !q->wants_withheld;

	if (!query_next_entry(q, &e))
		return QUERY_DONE;
	if (q->family != family)
		table_cursor_init(&before, &q->cursor.scope, q->cursor.match);
	if (prefix_compare(&q->prefix, &e.prefix) != 0)
		q->passed = 0;
	q->prefix = e.prefix;
	if (!(is_told_only ? answer_told : answer_paths)(q, &e))
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
