/*
 * PeeringDB's networks, as its API gives them: {"data": [{"asn": 64500, "info_prefixes4": 10,
 * "info_prefixes6": null, "irr_as_set": "RIPE::AS-FOO AS-BAR", "info_never_via_route_servers":
 * false}]}. Names of objects are kept for the networks that the request wants them of.
 */
#include <string.h>

#include "bgpd/feed/object_name.h"
#include "bgpd/feed/reader.h"

#define EXPECTED                                                                \
	"holds no networks; expected what PeeringDB's API gives for /api/net: " \
	"{\"data\": [{\"asn\": ...}]}"

struct peeringdb {
	struct reader *reader;
	struct input *in;
	struct jstream json;
	struct array wanted; /* uint32_t, ascending */
	char as_set[JSTREAM_TEXT_MAX];
	size_t as_set_len;
};

static int
compare_asns(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static bool
is_separator(char c)
{
	return c == '/' || c == ',' || c == '&' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The next name of the text; false at its end. */
static bool
next_word(const char **text, const char *end, struct slice *out)
{
	while (*text < end && is_separator(**text))
		++*text;
	out->at = *text;
	while (*text < end && !is_separator(**text))
		++*text;
	out->len = (size_t)(*text - out->at);
	return out->len > 0;
}

/* Appends one name, in capitals; "AS-FOO@RIPE" is "RIPE::AS-FOO". */
static bool
add_object(struct peeringdb *db, struct slice word)
{
	char text[OBJECT_NAME_MAX + 3];
	struct objects *objects = &db->reader->objects;
	const char *sign = memchr(word.at, '@', word.len);
	struct object_name parsed;
	struct policy_name name;
	int len = (int)word.len;

	if (word.len > OBJECT_NAME_MAX)
		return false;
	if (sign == NULL)
		snprintf(text, sizeof(text), "%.*s", len, word.at);
	else
		snprintf(text, sizeof(text), "%.*s::%.*s", (int)(word.at + len - sign) - 1,
		    sign + 1, (int)(sign - word.at), word.at);
	parsed = object_name_parse((struct slice){text, strlen(text)});
	if (parsed.kind != OBJECT_ASN && parsed.kind != OBJECT_SET)
		return false;
	name.text = build_text(&db->reader->build,
	    names_text(
		objects->names, names_intern(objects->names, (struct slice){text, strlen(text)})));
	build_add(&db->reader->build, SECTION_NAMES, &name, 1);
	return true;
}

/* Splits irr_as_set. */
static struct policy_range
add_objects(struct peeringdb *db, const char *at)
{
	const char *text = db->as_set, *end = text + db->as_set_len;
	struct policy_range range = {(uint32_t)db->reader->build.sections[SECTION_NAMES].count, 0};
	struct slice word;

	while (next_word(&text, end, &word)) {
		if (range.count == FEED_NETWORK_OBJECTS) {
			input_complain(db->in, COMPLAINT_MEMBER, at,
			    "irr_as_set: more than %d names: the others were left out",
			    FEED_NETWORK_OBJECTS);
			break;
		}
		if (add_object(db, word))
			range.count++;
		else
			input_complain(db->in, COMPLAINT_MEMBER, at,
			    "irr_as_set: %.*s is no AS-SET that can be looked up: it was left out",
			    SLICE_QUOTED(word));
	}
	return range;
}

static void
take_count(struct data_network *network, enum family family, const struct jstream_value *value)
{
	uint64_t count;

	if (!jstream_number(value, UINT32_MAX, &count))
		return;
	network->prefixes[family] = (uint32_t)count;
	network->has_prefixes[family] = 1;
}

static void
take_as_set(struct peeringdb *db, const struct jstream_value *value)
{
	db->as_set_len = value->text.len;
	if (db->as_set_len > sizeof(db->as_set)) {
		input_complain(db->in, COMPLAINT_MEMBER, value->at,
		    "irr_as_set is longer than %zu octets: it was left out", sizeof(db->as_set));
		db->as_set_len = 0;
	}
	if (db->as_set_len > 0)
		memcpy(db->as_set, value->text.at, db->as_set_len);
}

/* One key of a network; false where its value makes the record worthless. */
static bool
read_member(struct peeringdb *db, struct slice key, struct data_network *network)
{
	enum { OTHER, ASN, PREFIXES4, PREFIXES6, AS_SET, NEVER } member;
	struct jstream_value value;

	member = slice_is(key, "asn")			    ? ASN
	    : slice_is(key, "info_prefixes4")		    ? PREFIXES4
	    : slice_is(key, "info_prefixes6")		    ? PREFIXES6
	    : slice_is(key, "irr_as_set")		    ? AS_SET
	    : slice_is(key, "info_never_via_route_servers") ? NEVER
							    : OTHER;
	jstream_value(&db->json, &value);
	if (member == ASN)
		return jstream_asn(&value, &network->asn);
	if (member == PREFIXES4 || member == PREFIXES6)
		take_count(network, member == PREFIXES4 ? FAMILY_IPV4 : FAMILY_IPV6, &value);
	else if (member == AS_SET && value.type == JSTREAM_STRING)
		take_as_set(db, &value);
	else if (member == NEVER)
		network->never_via_route_servers = value.type == JSTREAM_TRUE;
	return true;
}

static void
read_network(struct peeringdb *db)
{
	struct data_network network = {0};
	struct slice key;
	bool is_good = true;
	const char *at;

	jstream_peek(&db->json);
	at = db->json.at;
	db->as_set_len = 0;
	if (!jstream_enter(&db->json, JSTREAM_OBJECT))
		jstream_skip(&db->json);
	else
		while (jstream_next_key(&db->json, &key))
			is_good &= read_member(db, key, &network);
	if (db->json.error != NULL)
		return;
	if (!is_good || network.asn == 0) {
		input_complain(db->in, COMPLAINT_RECORD, at,
		    "network without a valid \"asn\": it was left out");
		return;
	}
	if (array_find(&db->wanted, &network.asn, compare_asns) != NULL)
		network.objects = add_objects(db, at);
	build_add(&db->reader->build, SECTION_NETWORKS, &network, 1);
	db->in->source->records++;
}

/* Reads a list of networks; false where there is none. */
static bool
read_list(struct peeringdb *db)
{
	if (!jstream_enter(&db->json, JSTREAM_ARRAY))
		return false;
	while (jstream_next(&db->json))
		read_network(db);
	return true;
}

/* The list is the file itself, or its "data". Returns 0, or -1 where there is none. */
static int
read_file(struct peeringdb *db)
{
	struct slice key;

	if (jstream_enter(&db->json, JSTREAM_OBJECT)) {
		while (jstream_next_key(&db->json, &key))
			if (!slice_is(key, "data") || !read_list(db))
				jstream_skip(&db->json);
	} else if (!read_list(db)) {
		return input_fail(db->in, db->json.at, EXPECTED);
	}
	if (input_end_json(db->in, &db->json) == -1)
		return -1;
	return db->in->source->records > 0 ? 0 : input_fail(db->in, NULL, EXPECTED);
}

int
peeringdb_read(struct reader *reader, struct input *in)
{
	struct peeringdb db = {.reader = reader, .in = in};
	const struct feed_request *request = reader->request;
	int result;

	array_init(&db.wanted, sizeof(uint32_t));
	array_add(&db.wanted, request->network_asns, request->network_asn_count);
	array_sort_unique(&db.wanted, compare_asns);
	jstream_init(&db.json, in->octets, in->len);
	result = read_file(&db);
	array_fini(&db.wanted);
	return result;
}
