/* ROUTE-REFRESH: one octet says whether the peer knows RFC 7313, then comes a whole message. */
#include "bgpd/wire/refresh.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t out[REFRESH_MSG_BYTES];
	struct wire_error error = {0};
	struct refresh_msg m, again;
	bool enhanced;

	if (size < 1 + MSG_HEADER_BYTES || size > MSG_EXTENDED_MAX_BYTES)
		return 0;
	enhanced = (data[0] & 1) != 0;
	switch (refresh_decode(data + 1, size - 1, enhanced, &m, &error)) {
	case REFRESH_FINE:
		MUST(m.family < FAMILY_COUNT && m.subtype <= REFRESH_END);
		MUST(refresh_encode(m.family, (enum refresh_subtype)m.subtype, out, sizeof(out)) ==
		    sizeof(out));
		MUST(refresh_decode(out, sizeof(out), enhanced, &again, &error) == REFRESH_FINE);
		MUST(again.family == m.family && again.subtype == m.subtype);
		break;
	case REFRESH_IGNORED:
		break;
	case REFRESH_RESET:
		MUST(error.code == (enhanced ? 7 : 1));
		touch(error.data, error.data_len);
		break;
	}
	return 0;
}
