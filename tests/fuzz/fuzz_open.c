/*
 * OPEN: the input is a body. What was read is printed and written again; what is written must be
 * read to the same.
 */
#include "bgpd/wire/open.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

static void
check_round_trip(const struct open_msg *m)
{
	uint8_t first[MSG_MAX_BYTES], second[MSG_MAX_BYTES];
	size_t len = open_encode(m, first, sizeof(first));
	struct msg_header header;
	struct wire_error error;
	struct open_msg again;

	MUST(len >= MSG_HEADER_BYTES);
	MUST(msg_decode_header(first, MSG_MAX_BYTES, &header, &error));
	MUST(header.len == len && header.type == MSG_OPEN);
	MUST(open_decode(first + MSG_HEADER_BYTES, len - MSG_HEADER_BYTES, &again, &error));
	MUST(again.asn == m->asn && again.families == (m->families == 0 ? 1 : m->families));
	MUST(again.malformed == 0 && again.unknown_count == 0);
	MUST(open_encode(&again, second, sizeof(second)) == len);
	MUST(memcmp(first, second, len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct wire_error error = {0};
	struct open_msg m;
	char line[600];

	if (!open_decode(data, size, &m, &error)) {
		MUST(error.code == 2);
		touch(error.data, error.data_len);
		return 0;
	}
	MUST(m.has_role || (!m.role_conflict && m.role == 0));
	MUST(m.version == 4 && m.asn != 0 && m.bgp_id != 0 && m.hold_s != 1 && m.hold_s != 2);
	MUST(open_format_capabilities(&m, line, sizeof(line)) == strlen(line));
	check_round_trip(&m);
	return 0;
}
