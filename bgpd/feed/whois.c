/*
 * Registries' bulk data of prefixes and their origins.
 *
 *   ARIN         {"whois_records": {"v4": [{"originas": "AS64500", "prefix": "192.0.2.0/24"}],
 *                                   "v6": [...]}}
 *   Registro.br  AS64500|name|id|192.0.2.0/24|2001:db8::/32        a line per AS
 */
#include <string.h>

#include "bgpd/feed/reader.h"

struct arin {
	struct reader *reader;
	struct input *in;
	struct jstream json;
};

static void
read_record(struct arin *arin, enum family family)
{
	struct data_route route = {0};
	bool has_prefix = false, has_origin = false;
	struct jstream_value value;
	struct slice key;
	const char *at;

	jstream_peek(&arin->json);
	at = arin->json.at;
	if (!jstream_enter(&arin->json, JSTREAM_OBJECT))
		jstream_skip(&arin->json);
	else
		while (jstream_next_key(&arin->json, &key)) {
			bool is_prefix = slice_is(key, "prefix");
			bool is_origin = slice_is(key, "originas");

			jstream_value(&arin->json, &value);
			if (is_prefix)
				has_prefix = jstream_prefix(&value, &route.prefix);
			else if (is_origin)
				has_origin = jstream_asn(&value, &route.origin);
		}
	if (has_prefix && has_origin && route.origin != 0 && route.prefix.family == family) {
		build_add(&arin->reader->build, SECTION_ARIN, &route, 1);
		arin->in->source->records++;
	} else if (arin->json.error == NULL) {
		input_complain(arin->in, COMPLAINT_RECORD, at,
		    "expected {\"originas\": \"AS64500\", \"prefix\": an %s prefix without host "
		    "bits}: it was left out",
		    family == FAMILY_IPV4 ? "IPv4" : "IPv6");
	}
}

/* "v4" and "v6". Returns 0, or -1 where they are no lists. */
static int
read_families(struct arin *arin)
{
	struct slice key;

	while (jstream_next_key(&arin->json, &key)) {
		enum family family = slice_is(key, "v6") ? FAMILY_IPV6 : FAMILY_IPV4;

		if (family == FAMILY_IPV4 && !slice_is(key, "v4")) {
			jstream_skip(&arin->json);
			continue;
		}
		if (!jstream_enter(&arin->json, JSTREAM_ARRAY))
			return input_fail(arin->in, arin->json.at, "a list of records expected");
		while (jstream_next(&arin->json))
			read_record(arin, family);
	}
	return 0;
}

int
arin_read(struct reader *reader, struct input *in)
{
	struct arin arin = {.reader = reader, .in = in};
	bool has_records = false;
	struct slice key;

	jstream_init(&arin.json, in->octets, in->len);
	if (!jstream_enter(&arin.json, JSTREAM_OBJECT))
		return input_fail(in, arin.json.at,
		    "expected {\"whois_records\": {\"v4\": [...], \"v6\": [...]}}");
	while (jstream_next_key(&arin.json, &key)) {
		if (!slice_is(key, "whois_records") || !jstream_enter(&arin.json, JSTREAM_OBJECT)) {
			jstream_skip(&arin.json);
			continue;
		}
		has_records = true;
		if (read_families(&arin) == -1)
			return -1;
	}
	if (input_end_json(in, &arin.json) == -1)
		return -1;
	if (has_records)
		return 0;
	return input_fail(in, NULL,
	    "has no \"whois_records\"; expected {\"whois_records\": {\"v4\": [...], \"v6\": "
	    "[...]}}");
}

/* The prefixes of a line. */
static void
read_prefixes(struct reader *reader, struct input *in, struct slice rest, uint32_t origin)
{
	struct data_route route = {.origin = origin};
	struct slice field;

	while (slice_split(&rest, '|', &field)) {
		field = slice_trim(field);
		if (field.len == 0)
			continue;
		if (!slice_prefix(field, &route.prefix)) {
			input_complain(in, COMPLAINT_RECORD, field.at,
			    "\"%.*s\" is no prefix without host bits: it was left out",
			    SLICE_QUOTED(field));
			continue;
		}
		build_add(&reader->build, SECTION_REGISTROBR, &route, 1);
		in->source->records++;
	}
}

int
registrobr_read(struct reader *reader, struct input *in)
{
	struct slice text = {in->octets, in->len}, line, origin, name, id;
	uint32_t asn;

	while (slice_split(&text, '\n', &line)) {
		struct slice rest = slice_trim(line);

		if (rest.len == 0 || rest.at[0] == '#')
			continue;
		if (slice_split(&rest, '|', &origin) && slice_asn(slice_trim(origin), &asn) &&
		    asn != 0 && slice_split(&rest, '|', &name) && slice_split(&rest, '|', &id))
			read_prefixes(reader, in, rest, asn);
		else
			input_complain(in, COMPLAINT_LINE, line.at,
			    "expected AS<n>|name|id|prefix|prefix...: the line was left out");
	}
	if (in->source->records > 0)
		return 0;
	return input_fail(
	    in, NULL, "holds no prefixes; expected lines AS<n>|name|id|prefix|prefix...");
}
