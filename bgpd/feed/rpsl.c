/*
 * Objects of an IRR as text (RFC 2622, 4012): as-set, route, route6; all other classes are passed
 * over.
 *
 *   as-set:   AS-FOO              attribute: name, ':', value
 *   members:  AS64500, AS-BAR     # comment
 *             AS64501             a line that begins with a blank or '+' continues the value
 *   source:   RIPE
 *                                 a blank line ends the object
 */
#include <string.h>

#include "bgpd/feed/object_name.h"
#include "bgpd/feed/reader.h"

enum class {
	CLASS_NONE = 0, /* before the first attribute of an object */
	CLASS_OTHER = 1 << 0,
	CLASS_AS_SET = 1 << 1,
	CLASS_ROUTE = 1 << 2
};

struct rpsl {
	struct reader *reader;
	struct input *in;
	const char *at;
	const char *end;
	enum class class;
	const char *object_at;
	struct data_route route;
	bool has_prefix, has_origin;
};

struct attribute {
	struct slice name;
	struct slice value; /* line ends, comments and signs of continuation among it */
};

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\0';
}

static bool
is_comment(char c)
{
	return c == '%' || c == '#';
}

/* The line that begins at at, without its newline. */
static struct slice
line_at(const char *at, const char *end)
{
	const char *newline = memchr(at, '\n', (size_t)(end - at));

	return (struct slice){at, (size_t)((newline == NULL ? end : newline) - at)};
}

static bool
is_blank_line(struct slice line)
{
	for (size_t i = 0; i < line.len; i++)
		if (!is_blank(line.at[i]))
			return false;
	return true;
}

static bool
is_continuation(struct slice line)
{
	return line.len > 0 &&
	    (line.at[0] == '+' ||
		((line.at[0] == ' ' || line.at[0] == '\t') && !is_blank_line(line)));
}

static const char *
behind(struct slice line, const char *end)
{
	return line.at + line.len < end ? line.at + line.len + 1 : end;
}

/* Where a value ends that goes on behind at; comments within it are part of it. */
static const char *
value_end(const char *at, const char *end)
{
	const char *last = at;

	while (at < end) {
		struct slice line = line_at(at, end);

		at = behind(line, end);
		if (is_continuation(line))
			last = at;
		else if (line.len == 0 || !is_comment(line.at[0]))
			break;
	}
	return last;
}

/* The next word of a value: they are separated by blanks and commas. */
static bool
next_word(struct slice *value, struct slice *out)
{
	const char *at = value->at, *end = at + value->len;
	bool is_line_start = false;

	for (; at < end; at++) {
		bool is_skipped = *at == '#' || (is_line_start && *at == '%');

		if (is_skipped && (at = memchr(at, '\n', (size_t)(end - at))) == NULL)
			return false;
		if (!is_blank(*at) && *at != ',' && !(is_line_start && *at == '+'))
			break;
		is_line_start = *at == '\n';
	}
	out->at = at;
	while (at < end && !is_blank(*at) && *at != ',' && *at != '#')
		at++;
	out->len = (size_t)(at - out->at);
	value->len = (size_t)(end - at);
	value->at = at;
	return out->len > 0;
}

static bool
is_attribute_name(struct slice name)
{
	for (size_t i = 0; i < name.len; i++) {
		char c = name.at[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_' ||
			c == '*' || (c >= '0' && c <= '9')))
			return false;
	}
	return name.len > 0;
}

static void
add_member(struct rpsl *rpsl, struct slice word)
{
	struct objects *objects = &rpsl->reader->objects;
	struct object_name name = object_name_parse(word);

	switch (name.kind) {
	case OBJECT_ASN:
		sets_add_asn(objects->sets, name.asn);
		break;
	case OBJECT_SET:
		sets_add_set(objects->sets, names_intern(objects->names, name.source),
		    names_intern(objects->names, name.name));
		break;
	case OBJECT_ANY:
		input_complain(rpsl->in, COMPLAINT_MEMBER, word.at,
		    "member %.*s is everybody: it was left out", SLICE_QUOTED(word));
		break;
	case OBJECT_WRONG:
		input_complain(rpsl->in, COMPLAINT_MEMBER, word.at,
		    "member %.*s is no AS number and no AS-SET: it was left out",
		    SLICE_QUOTED(word));
		break;
	}
}

static void
take_members(struct rpsl *rpsl, struct slice value)
{
	struct slice word;

	while (next_word(&value, &word))
		add_member(rpsl, word);
}

static void
take_by_reference(struct rpsl *rpsl, struct slice value)
{
	(void)value;
	sets_mark_by_reference(rpsl->reader->objects.sets);
}

static void
take_source(struct rpsl *rpsl, struct slice value)
{
	struct objects *objects = &rpsl->reader->objects;
	struct slice word;

	if (next_word(&value, &word) && word.len <= OBJECT_NAME_MAX)
		sets_set_source(objects->sets, names_intern(objects->names, word));
}

static void
take_origin(struct rpsl *rpsl, struct slice value)
{
	struct slice word;

	/* AS 0 originates nothing (RFC 7607). */
	rpsl->has_origin = next_word(&value, &word) && slice_asn(word, &rpsl->route.origin) &&
	    rpsl->route.origin != 0;
}

static void
begin_as_set(struct rpsl *rpsl, struct slice value)
{
	struct objects *objects = &rpsl->reader->objects;
	struct object_name name;
	struct slice word = {0};

	next_word(&value, &word);
	name = object_name_parse(word);
	if (name.kind != OBJECT_SET || name.source.len != 0) {
		input_complain(rpsl->in, COMPLAINT_RECORD, rpsl->object_at,
		    "as-set \"%.*s\" has no name of an AS-SET: it was left out",
		    SLICE_QUOTED(word));
		return;
	}
	sets_begin(objects->sets, names_intern(objects->names, name.name));
	rpsl->class = CLASS_AS_SET;
	rpsl->in->source->records++;
}

static void
begin_route(struct rpsl *rpsl, struct slice value, enum family family)
{
	struct slice word = {0};

	rpsl->class = CLASS_ROUTE;
	rpsl->route = (struct data_route){0};
	rpsl->has_origin = false;
	rpsl->has_prefix = next_word(&value, &word) && slice_prefix(word, &rpsl->route.prefix) &&
	    rpsl->route.prefix.family == family;
	if (!rpsl->has_prefix)
		input_complain(rpsl->in, COMPLAINT_RECORD, rpsl->object_at,
		    "\"%.*s\" is no %s prefix without host bits: the route object was left out",
		    SLICE_QUOTED(word), family == FAMILY_IPV4 ? "IPv4" : "IPv6");
}

static void
begin_object(struct rpsl *rpsl, const struct attribute *first)
{
	rpsl->class = CLASS_OTHER;
	rpsl->object_at = first->name.at;
	if (slice_is_word(first->name, "as-set"))
		begin_as_set(rpsl, first->value);
	else if (slice_is_word(first->name, "route"))
		begin_route(rpsl, first->value, FAMILY_IPV4);
	else if (slice_is_word(first->name, "route6"))
		begin_route(rpsl, first->value, FAMILY_IPV6);
}

static void
end_object(struct rpsl *rpsl)
{
	if (rpsl->class == CLASS_ROUTE && rpsl->has_prefix && rpsl->has_origin) {
		build_add(&rpsl->reader->build, SECTION_ROUTES, &rpsl->route, 1);
		rpsl->in->source->records++;
	} else if (rpsl->class == CLASS_ROUTE && rpsl->has_prefix) {
		input_complain(rpsl->in, COMPLAINT_RECORD, rpsl->object_at,
		    "route object without a valid origin: it was left out");
	}
	rpsl->class = CLASS_NONE;
}

/* What is done with an attribute that is not an object's first. */
static const struct row {
	const char *name;
	enum class class;
	void (*take)(struct rpsl *, struct slice value);
} rows[] = {
    {"members", CLASS_AS_SET, take_members},
    {"mbrs-by-ref", CLASS_AS_SET, take_by_reference},
    {"source", CLASS_AS_SET, take_source},
    {"origin", CLASS_ROUTE, take_origin},
};

static void
take_attribute(struct rpsl *rpsl, const struct attribute *attribute)
{
	if (rpsl->class == CLASS_NONE) {
		begin_object(rpsl, attribute);
		return;
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].class == rpsl->class && slice_is_word(attribute->name, rows[i].name))
			rows[i].take(rpsl, attribute->value);
}

/* Takes the line at the cursor, and those that continue it. */
static void
take_line(struct rpsl *rpsl)
{
	struct slice line = line_at(rpsl->at, rpsl->end);
	const char *colon = memchr(line.at, ':', line.len);
	struct attribute attribute = {0};

	rpsl->at = behind(line, rpsl->end);
	if (is_blank_line(line)) {
		end_object(rpsl);
		return;
	}
	if (is_comment(line.at[0]))
		return;
	if (colon != NULL)
		attribute.name = slice_trim((struct slice){line.at, (size_t)(colon - line.at)});
	if (is_continuation(line) || !is_attribute_name(attribute.name)) {
		input_complain(rpsl->in, COMPLAINT_LINE, line.at,
		    "not a line of RPSL (\"attribute: value\"): it was left out");
		return;
	}
	rpsl->at = value_end(rpsl->at, rpsl->end);
	attribute.value = (struct slice){colon + 1, (size_t)(rpsl->at - (colon + 1))};
	take_attribute(rpsl, &attribute);
}

int
rpsl_read(struct reader *reader, struct input *in)
{
	struct rpsl rpsl = {
	    .reader = reader,
	    .in = in,
	    .at = in->octets,
	    .end = in->octets + in->len,
	};

	while (rpsl.at < rpsl.end)
		take_line(&rpsl);
	end_object(&rpsl);
	if (in->source->records > 0)
		return 0;
	return input_fail(in, NULL,
	    "holds no as-set, route or route6 object; expected RPSL or the JSON of bgpq4 -j");
}
