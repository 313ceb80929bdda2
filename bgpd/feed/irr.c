/*
 * IRR data as JSON: what bgpq4 -j writes, and AS-SETs with their members.
 *
 *   {"AS-FOO": [{"prefix": "192.0.2.0/24", "exact": true},
 *               {"prefix": "198.51.100.0/22", "exact": false, "greater-equal": 23, "less-equal":
 * 24}]}
 *   {"AS-FOO": [64500, 64501]}                          the list of AS numbers (bgpq4 -t)
 *   {"as_sets": {"AS-FOO": ["AS64500", "AS-BAR"]}}      as as-set objects
 */
#include "bgpd/feed/object_name.h"
#include "bgpd/feed/reader.h"

struct irr {
	struct reader *reader;
	struct input *in;
	struct jstream json;
};

static void
add_set_member(struct irr *irr, const struct jstream_value *value)
{
	struct objects *objects = &irr->reader->objects;
	struct object_name name = {.kind = OBJECT_WRONG};

	if (value->type == JSTREAM_STRING)
		name = object_name_parse(value->text);
	if (name.kind == OBJECT_ASN)
		sets_add_asn(objects->sets, name.asn);
	else if (name.kind == OBJECT_SET)
		sets_add_set(objects->sets, names_intern(objects->names, name.source),
		    names_intern(objects->names, name.name));
	else
		input_complain(irr->in, COMPLAINT_MEMBER, value->at,
		    "member is %s: it was left out",
		    name.kind == OBJECT_ANY ? "everybody" : "no AS number and no AS-SET");
}

/* A key that names an object; complains about others. */
static struct object_name
read_name(struct irr *irr, struct slice key)
{
	struct object_name name = object_name_parse(key);

	if (name.kind == OBJECT_WRONG || name.kind == OBJECT_ANY)
		input_complain(irr->in, COMPLAINT_RECORD, irr->json.at,
		    "\"%.*s\" is no name of an IRR object: it was left out; run bgpq4 with "
		    "-l NAME",
		    SLICE_QUOTED(key));
	return name;
}

static void
read_set(struct irr *irr, struct slice key)
{
	struct objects *objects = &irr->reader->objects;
	struct object_name name = read_name(irr, key);
	struct jstream_value value;

	if (name.kind != OBJECT_SET || name.source.len != 0 ||
	    jstream_peek(&irr->json) != JSTREAM_ARRAY) {
		if (name.kind == OBJECT_SET || name.kind == OBJECT_ASN)
			input_complain(irr->in, COMPLAINT_RECORD, irr->json.at,
			    "an AS-SET and the list of its members expected: it was left out");
		jstream_skip(&irr->json);
		return;
	}
	sets_begin(objects->sets, names_intern(objects->names, name.name));
	irr->in->source->records++;
	jstream_enter(&irr->json, JSTREAM_ARRAY);
	while (jstream_next(&irr->json)) {
		jstream_value(&irr->json, &value);
		add_set_member(irr, &value);
	}
}

/* An optional length of a prefix list entry; false where it is none. */
static bool
read_length(const struct jstream_value *value, uint8_t *out)
{
	uint64_t number;

	if (!jstream_number(value, 128, &number))
		return false;
	*out = (uint8_t)number;
	return true;
}

/* One entry of a prefix list. False where it is none; it has been read in any case. */
static bool
read_entry(struct jstream *json, struct policy_prefix *out)
{
	bool has_prefix = false, is_good = true, is_exact = false, has_ge = false, has_le = false;
	struct jstream_value value;
	struct slice key;

	while (jstream_next_key(json, &key)) {
		bool is_prefix = slice_is(key, "prefix"), is_ge = slice_is(key, "greater-equal");
		bool is_le = slice_is(key, "less-equal");

		is_exact |= slice_is(key, "exact") && jstream_peek(json) == JSTREAM_TRUE;
		jstream_value(json, &value);
		if (is_prefix)
			has_prefix = jstream_prefix(&value, &out->prefix);
		else if (is_ge)
			is_good &= has_ge = read_length(&value, &out->ge);
		else if (is_le)
			is_good &= has_le = read_length(&value, &out->le);
	}
	if (!has_ge || is_exact)
		out->ge = out->prefix.len;
	if (!has_le || is_exact)
		out->le = out->prefix.len;
	return has_prefix && is_good && out->ge >= out->prefix.len && out->le >= out->ge &&
	    out->le <= prefix_max_len(out->prefix.family);
}

static void
read_element(struct irr *irr, uint32_t name)
{
	struct objects *objects = &irr->reader->objects;
	struct policy_prefix entry = {0};
	struct jstream_value value;
	const char *at;
	uint32_t asn;

	jstream_peek(&irr->json);
	at = irr->json.at;
	if (jstream_enter(&irr->json, JSTREAM_OBJECT)) {
		if (read_entry(&irr->json, &entry))
			objects_give_prefix(objects, name, &entry);
		else
			input_complain(irr->in, COMPLAINT_RECORD, at,
			    "no prefix list entry {prefix, exact, greater-equal, less-equal} with "
			    "a prefix without host bits: it was left out");
		return;
	}
	jstream_value(&irr->json, &value);
	if (value.type == JSTREAM_NUMBER && jstream_asn(&value, &asn) && asn != 0)
		objects_give_asn(objects, name, asn);
	else
		input_complain(irr->in, COMPLAINT_RECORD, at,
		    "an AS number or a prefix list entry expected: it was left out");
}

static void
read_object(struct irr *irr, struct slice key)
{
	struct objects *objects = &irr->reader->objects;
	struct object_name name = read_name(irr, key);
	uint32_t number;
	char text[OBJECT_NAME_MAX + 1];
	bool is_empty = true;

	if (name.kind != OBJECT_ASN && name.kind != OBJECT_SET) {
		jstream_skip(&irr->json);
		return;
	}
	number = names_intern(objects->names, key);
	snprintf(text, sizeof(text), "%s", names_text(objects->names, number));
	if (!jstream_enter(&irr->json, JSTREAM_ARRAY)) {
		input_complain(irr->in, COMPLAINT_RECORD, irr->json.at,
		    "%s: a list of prefixes or of AS numbers expected: it was left out", text);
		jstream_skip(&irr->json);
		return;
	}
	irr->in->source->records++;
	objects_give(objects, number);
	while (jstream_next(&irr->json)) {
		read_element(irr, number);
		is_empty = false;
	}
	if (is_empty)
		input_complain(irr->in, COMPLAINT_EMPTY, irr->json.at,
		    "%s is empty: it authorises nothing; did its query fail?", text);
}

static void
read_sets(struct irr *irr)
{
	struct slice key;

	while (jstream_next_key(&irr->json, &key))
		read_set(irr, key);
}

static int
json_read(struct reader *reader, struct input *in)
{
	struct irr irr = {.reader = reader, .in = in};
	struct slice key;

	jstream_init(&irr.json, in->octets, in->len);
	if (!jstream_enter(&irr.json, JSTREAM_OBJECT))
		return input_fail(in, irr.json.at, "expected {\"AS-FOO\": [...]} as of bgpq4 -j");
	while (jstream_next_key(&irr.json, &key)) {
		if (!slice_is(key, "as_sets"))
			read_object(&irr, key);
		else if (jstream_enter(&irr.json, JSTREAM_OBJECT))
			read_sets(&irr);
		else
			return input_fail(
			    in, irr.json.at, "\"as_sets\": expected {\"AS-FOO\": [\"AS64500\"]}");
	}
	if (input_end_json(in, &irr.json) == -1)
		return -1;
	if (in->source->records > 0)
		return 0;
	return input_fail(in, NULL, "holds no IRR object; is this the right file?");
}

int
irr_read(struct reader *reader, struct input *in)
{
	struct jstream json;

	jstream_init(&json, in->octets, in->len);
	return jstream_peek(&json) == JSTREAM_OBJECT ? json_read(reader, in)
						     : rpsl_read(reader, in);
}
