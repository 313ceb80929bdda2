/*
 * Validated RPKI data as JSON: VRPs (RFC 6811) and ASPAs, as rpki-client, Routinator (json and
 * jsonext) and StayRTR have them.
 *
 *   {"metadata": {"buildtime": "2025-07-20T09:31:33Z"},        or "generated": 1753003893
 *    "roas":  [{"asn": 64500, "prefix": "192.0.2.0/24", "maxLength": 24, "ta": "ripe",
 *               "expires": 1753091793}],                       asn: or "AS64500"
 *    "aspas": [{"customer_asid": 64500, "providers": [64501]}]}   or "customer": "AS64500"
 *
 * What is past its date or of a trust anchor that is not allowed is counted, not reported.
 */
#include "bgpd/feed/reader.h"

#include <string.h>

struct rpki {
	struct reader *reader;
	struct input *in;
	struct jstream json;
	struct array providers; /* uint32_t: of the ASPA that is being read */
	uint64_t made_s;	/* 0: the file does not say */
	size_t without_anchor;
	bool has_roas;
};

/* What a VRP and an ASPA have in common, and both their own. */
struct record {
	const char *at;
	const char *wrong; /* NULL, or what is */
	struct prefix prefix;
	uint64_t max_len;
	uint32_t asn; /* or customer */
	bool has_prefix, has_max_len, has_asn, has_providers;
	bool has_anchor, is_allowed; /* of at least one trust anchor that is allowed */
	bool is_expired;
};

/* "RIPE NCC RPKI Root" is "ripe". */
static struct slice
anchor_name(struct slice text)
{
	struct slice word = text;

	if (memmem(text.at, text.len, "RPKI Root", 9) != NULL)
		slice_split(&text, ' ', &word);
	return word;
}

static bool
is_allowed(const struct feed_request *request, struct slice anchor)
{
	char word[64];

	anchor = anchor_name(anchor);
	if (anchor.len >= sizeof(word))
		return false;
	memcpy(word, anchor.at, anchor.len);
	word[anchor.len] = '\0';
	for (size_t i = 0; i < request->anchor_count; i++) {
		const char *name = request->anchors[i];

		if (slice_is_word(anchor_name((struct slice){name, strlen(name)}), word))
			return true;
	}
	return request->anchor_count == 0;
}

static void
take_anchor(struct rpki *rpki, struct record *record, const struct jstream_value *value)
{
	/* Routinator's word for what is no trust anchor's. */
	if (value->type != JSTREAM_STRING || value->text.len == 0 || slice_is(value->text, "N/A"))
		return;
	record->has_anchor = true;
	record->is_allowed |= is_allowed(rpki->reader->request, value->text);
}

static void
read_asn(struct rpki *rpki, struct record *record)
{
	struct jstream_value value;

	jstream_value(&rpki->json, &value);
	record->has_asn = jstream_asn(&value, &record->asn);
}

static void
read_prefix(struct rpki *rpki, struct record *record)
{
	struct jstream_value value;

	jstream_value(&rpki->json, &value);
	record->has_prefix = jstream_prefix(&value, &record->prefix);
}

static void
read_max_len(struct rpki *rpki, struct record *record)
{
	struct jstream_value value;

	jstream_value(&rpki->json, &value);
	if (value.type == JSTREAM_NULL)
		return;
	record->has_max_len = true;
	if (!jstream_number(&value, 128, &record->max_len))
		record->max_len = UINT64_MAX;
}

static void
read_anchor(struct rpki *rpki, struct record *record)
{
	struct jstream_value value;

	jstream_value(&rpki->json, &value);
	take_anchor(rpki, record, &value);
}

static void
read_expires(struct rpki *rpki, struct record *record)
{
	struct jstream_value value;
	uint64_t expires;

	jstream_value(&rpki->json, &value);
	if (jstream_number(&value, UINT64_MAX, &expires))
		record->is_expired = expires < rpki->reader->request->now_s;
	else if (value.type != JSTREAM_NULL)
		record->wrong = "\"expires\" is no time in seconds since 1970";
}

/* jsonext: [{"type": "roa", "tal": "ripe", ...}], everything that the record comes from */
static void
read_source(struct rpki *rpki, struct record *record)
{
	struct jstream_value value;
	struct slice key;

	if (!jstream_enter(&rpki->json, JSTREAM_ARRAY)) {
		jstream_skip(&rpki->json);
		return;
	}
	while (jstream_next(&rpki->json)) {
		if (!jstream_enter(&rpki->json, JSTREAM_OBJECT)) {
			jstream_skip(&rpki->json);
			continue;
		}
		while (jstream_next_key(&rpki->json, &key)) {
			bool is_anchor = slice_is(key, "tal");

			jstream_value(&rpki->json, &value);
			if (is_anchor)
				take_anchor(rpki, record, &value);
		}
	}
}

static void
read_providers(struct rpki *rpki, struct record *record)
{
	struct jstream_value value;
	uint32_t asn;

	record->has_providers = jstream_enter(&rpki->json, JSTREAM_ARRAY);
	if (!record->has_providers) {
		jstream_skip(&rpki->json);
		return;
	}
	while (jstream_next(&rpki->json)) {
		jstream_value(&rpki->json, &value);
		if (jstream_asn(&value, &asn))
			array_add(&rpki->providers, &asn, 1);
		else
			record->has_providers = false;
	}
}

static const struct row {
	const char *key;
	void (*read)(struct rpki *, struct record *);
} rows[] = {
    {"asn", read_asn},
    {"customer", read_asn},
    {"customer_asid", read_asn},
    {"expires", read_expires},
    {"maxLength", read_max_len},
    {"prefix", read_prefix},
    {"providers", read_providers},
    {"source", read_source},
    {"ta", read_anchor},
};

static void
read_member(struct rpki *rpki, struct slice key, struct record *record)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (slice_is(key, rows[i].key)) {
			rows[i].read(rpki, record);
			return;
		}
	}
	jstream_skip(&rpki->json);
}

/* Reads one element of roas or aspas; false where it is no object. */
static bool
read_record(struct rpki *rpki, struct record *record)
{
	struct slice key;

	jstream_peek(&rpki->json);
	*record = (struct record){.at = rpki->json.at};
	array_cut(&rpki->providers, 0);
	if (!jstream_enter(&rpki->json, JSTREAM_OBJECT)) {
		jstream_skip(&rpki->json);
		return false;
	}
	while (jstream_next_key(&rpki->json, &key))
		read_member(rpki, key, record);
	return true;
}

/* What forbids to take the record, whatever it is. */
static bool
is_left_out(struct rpki *rpki, const struct record *record, const char *what)
{
	struct feed_source *source = rpki->in->source;

	if (rpki->json.error != NULL)
		return true;
	if (record->wrong != NULL) {
		input_complain(rpki->in, COMPLAINT_RECORD, record->at, "%s: %s: it was left out",
		    what, record->wrong);
		return true;
	}
	rpki->without_anchor += !record->has_anchor;
	source->expired += record->is_expired;
	source->excluded += !record->is_expired && record->has_anchor && !record->is_allowed;
	return record->is_expired || (record->has_anchor && !record->is_allowed);
}

static const char *
find_wrong_vrp(const struct record *record)
{
	if (record->wrong != NULL)
		return record->wrong;
	if (!record->has_prefix)
		return "\"prefix\" is missing, no prefix, or has host bits";
	if (!record->has_asn)
		return "\"asn\" is missing or no AS number";
	if (record->has_max_len &&
	    (record->max_len < record->prefix.len ||
		record->max_len > prefix_max_len(record->prefix.family)))
		return "\"maxLength\" is less than the prefix's length or more than an address's";
	return NULL;
}

static void
read_roas(struct rpki *rpki)
{
	struct record record;

	while (jstream_next(&rpki->json)) {
		struct data_vrp vrp = {0};

		if (!read_record(rpki, &record))
			record.wrong = "no object";
		record.wrong = find_wrong_vrp(&record);
		if (is_left_out(rpki, &record, "VRP"))
			continue;
		vrp.prefix = record.prefix;
		vrp.max_len = record.has_max_len ? (uint8_t)record.max_len : record.prefix.len;
		vrp.asn = record.asn;
		build_add(&rpki->reader->build, SECTION_VRPS, &vrp, 1);
		rpki->in->source->records++;
	}
}

static const char *
find_wrong_aspa(const struct record *record, size_t providers)
{
	if (record->wrong != NULL)
		return record->wrong;
	if (!record->has_asn)
		return "\"customer_asid\" is missing or no AS number";
	if (record->asn == 0)
		return "the customer is AS 0";
	if (!record->has_providers || providers == 0)
		return "\"providers\" is missing, empty, or has what is no AS number";
	return NULL;
}

static void
read_aspas(struct rpki *rpki)
{
	struct record record;

	while (jstream_next(&rpki->json)) {
		if (!read_record(rpki, &record))
			record.wrong = "no object";
		record.wrong = find_wrong_aspa(&record, rpki->providers.count);
		if (is_left_out(rpki, &record, "ASPA"))
			continue;
		for (size_t i = 0; i < rpki->providers.count; i++) {
			struct build_aspa pair = {
			    record.asn, *(uint32_t *)array_at(&rpki->providers, i)};

			array_add(&rpki->reader->build.aspas, &pair, 1);
		}
		rpki->in->source->records++;
	}
}

/* When the data were made: "buildtime", "generatedTime" as text, "generated" as a number. */
static void
read_metadata(struct rpki *rpki)
{
	struct jstream_value value;
	struct slice key;

	while (jstream_next_key(&rpki->json, &key)) {
		bool is_text = slice_is(key, "buildtime") || slice_is(key, "generatedTime");
		bool is_number = slice_is(key, "generated");

		jstream_value(&rpki->json, &value);
		if (is_number)
			jstream_number(&value, UINT64_MAX, &rpki->made_s);
		else if (is_text && value.type == JSTREAM_STRING && rpki->made_s == 0)
			slice_time(value.text, &rpki->made_s);
	}
}

/* A member of the file's object. Returns 0, or -1 where it makes the file useless. */
static int
read_top(struct rpki *rpki, struct slice key)
{
	bool is_roas = slice_is(key, "roas"), is_aspas = slice_is(key, "aspas");

	if (is_roas || is_aspas) {
		if (!jstream_enter(&rpki->json, JSTREAM_ARRAY))
			return input_fail(rpki->in, rpki->json.at, "\"%s\" is no list",
			    is_roas ? "roas" : "aspas");
		rpki->has_roas |= is_roas;
		if (is_roas)
			read_roas(rpki);
		else
			read_aspas(rpki);
	} else if (slice_is(key, "metadata") && jstream_enter(&rpki->json, JSTREAM_OBJECT)) {
		read_metadata(rpki);
	} else {
		jstream_skip(&rpki->json);
	}
	return 0;
}

static int
read_file(struct rpki *rpki)
{
	struct slice key;

	if (!jstream_enter(&rpki->json, JSTREAM_OBJECT))
		return input_fail(rpki->in, rpki->json.at,
		    "expected {\"roas\": [...]} as rpki-client, Routinator and StayRTR have it");
	while (jstream_next_key(&rpki->json, &key))
		if (read_top(rpki, key) == -1)
			return -1;
	if (input_end_json(rpki->in, &rpki->json) == -1)
		return -1;
	if (!rpki->has_roas)
		return input_fail(rpki->in, NULL,
		    "has no \"roas\"; expected the JSON of rpki-client, Routinator or StayRTR");
	return 0;
}

static void
warn(struct rpki *rpki)
{
	const struct feed_request *request = rpki->reader->request;
	const struct feed_source *source = rpki->in->source;

	if (source->records == 0)
		input_warn(rpki->in,
		    "no VRP and no ASPA is left: %u wrong, %u expired, %u of trust anchors that "
		    "are "
		    "not allowed; look at the validator",
		    source->bad, source->expired, source->excluded);
	if (request->anchor_count > 0 && rpki->without_anchor > 0)
		input_warn(rpki->in,
		    "%zu records name no trust anchor: allowed_trust_anchors does not apply to "
		    "them",
		    rpki->without_anchor);
}

/* Takes back what came from a file that is too old. */
static void
refuse_stale(struct rpki *rpki, size_t vrps, size_t aspas)
{
	const struct feed_request *request = rpki->reader->request;
	struct feed_source *source = rpki->in->source;

	array_cut(&rpki->reader->build.sections[SECTION_VRPS], vrps);
	array_cut(&rpki->reader->build.aspas, aspas);
	source->is_stale = 1;
	input_warn(rpki->in,
	    "is %llu s old, more than %llu s: left out; see that the validator runs, or raise "
	    "rpki_roas.ignore_cache_files_older_than",
	    (unsigned long long)(request->now_s - source->time_s),
	    (unsigned long long)request->rpki_age_s);
}

int
rpki_read(struct reader *reader, struct input *in)
{
	const struct feed_request *request = reader->request;
	struct rpki rpki = {.reader = reader, .in = in};
	size_t vrps = reader->build.sections[SECTION_VRPS].count;
	size_t aspas = reader->build.aspas.count;
	int result;

	jstream_init(&rpki.json, in->octets, in->len);
	array_init(&rpki.providers, sizeof(uint32_t));
	result = read_file(&rpki);
	array_fini(&rpki.providers);
	if (rpki.made_s != 0)
		in->source->time_s = rpki.made_s;
	if (result == -1)
		return -1;
	if (request->rpki_age_s != 0 && in->source->time_s < request->now_s &&
	    request->now_s - in->source->time_s > request->rpki_age_s)
		refuse_stale(&rpki, vrps, aspas);
	else
		warn(&rpki);
	return 0;
}
