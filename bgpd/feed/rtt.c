/*
 * Round-trip times of clients, in milliseconds: lines "192.0.2.1: 12.5" or "2001:db8::1 12.5" with
 * comments behind '#', or JSON {"192.0.2.1": 12.5}. null, none and 0 say that it is not known.
 */
#include <string.h>

#include "bgpd/feed/reader.h"

#define ADDRESS_MAX 64

/* Takes one pair; complains where it is none. */
static void
take(struct reader *reader, struct input *in, const char *at, struct slice address, struct slice ms)
{
	struct data_rtt rtt = {0};

	if (!slice_address(address, &rtt.address)) {
		input_complain(in, COMPLAINT_LINE, at,
		    "\"%.*s\" is no address: it was left out; expected \"192.0.2.1: 12.5\"",
		    SLICE_QUOTED(address));
		return;
	}
	if (slice_is_word(ms, "null") || slice_is_word(ms, "none") || slice_is(ms, "~"))
		return;
	if (!slice_rtt(ms, &rtt.rtt_ms)) {
		input_complain(in, COMPLAINT_LINE, at,
		    "\"%.*s\" is no round-trip time in milliseconds: it was left out",
		    SLICE_QUOTED(ms));
		return;
	}
	in->source->records++;
	if (rtt.rtt_ms != POLICY_RTT_UNKNOWN)
		build_add(&reader->build, SECTION_RTTS, &rtt, 1);
}

static struct slice
unquote(struct slice s)
{
	if (s.len >= 2 && (s.at[0] == '"' || s.at[0] == '\'') && s.at[s.len - 1] == s.at[0])
		return (struct slice){s.at + 1, s.len - 2};
	return s;
}

/* The address of a line, up to the last colon or blank; the rest is the number. */
static void
read_line(struct reader *reader, struct input *in, struct slice line)
{
	struct slice address, ms;
	const char *hash = memchr(line.at, '#', line.len);

	if (hash != NULL)
		line.len = (size_t)(hash - line.at);
	line = slice_trim(line);
	if (line.len == 0 || slice_is(line, "---"))
		return;
	address = (struct slice){line.at, 0};
	while (
	    address.len < line.len && line.at[address.len] != ' ' && line.at[address.len] != '\t')
		address.len++;
	ms = slice_trim((struct slice){line.at + address.len, line.len - address.len});
	if (address.len > 0 && address.at[address.len - 1] == ':')
		address.len--;
	take(reader, in, line.at, unquote(address), ms);
}

static int
read_json(struct reader *reader, struct input *in)
{
	char address[ADDRESS_MAX];
	struct jstream_value value;
	struct jstream json;
	struct slice key;

	jstream_init(&json, in->octets, in->len);
	jstream_enter(&json, JSTREAM_OBJECT);
	while (jstream_next_key(&json, &key)) {
		size_t len = key.len < sizeof(address) ? key.len : 0;

		if (len > 0)
			memcpy(address, key.at, len);
		jstream_value(&json, &value);
		if (value.type == JSTREAM_NULL)
			value.text = (struct slice){"null", 4};
		if (json.error == NULL)
			take(reader, in, value.at, (struct slice){address, len}, value.text);
	}
	return input_end_json(in, &json);
}

static void
read_lines(struct reader *reader, struct input *in)
{
	struct slice text = {in->octets, in->len}, line;

	while (slice_split(&text, '\n', &line))
		read_line(reader, in, line);
}

int
rtt_read(struct reader *reader, struct input *in)
{
	struct jstream json;

	jstream_init(&json, in->octets, in->len);
	if (jstream_peek(&json) != JSTREAM_OBJECT)
		read_lines(reader, in);
	else if (read_json(reader, in) == -1)
		return -1;
	if (in->source->records > 0 || in->source->bad == 0)
		return 0;
	return input_fail(
	    in, NULL, "holds no round-trip times; expected lines \"192.0.2.1: 12.5\"");
}
