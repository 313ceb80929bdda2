/*
 * A stream of messages as it comes from a socket: one octet says whether messages may be extended,
 * then header by header, each body to its parser, as a session would do it.
 */
#include "bgpd/wire/msg.h"

#include "bgpd/wire/notification.h"
#include "bgpd/wire/open.h"
#include "bgpd/wire/refresh.h"
#include "bgpd/wire/update.h"
#include "tests/fuzz/fuzz.h"

static uint8_t blocks[UPDATE_BLOCKS_MAX];

/* False if the session would end. */
static bool
read_message(const uint8_t *msg, const struct msg_header *header, struct wire_error *error)
{
	static const struct update_ctx ctx = {.as4 = true, .families = 3};
	const uint8_t *body = msg + MSG_HEADER_BYTES;
	size_t len = header->len - (size_t)MSG_HEADER_BYTES;
	struct notification notification;
	struct refresh_msg refresh;
	struct open_msg open;
	struct update update;

	switch (header->type) {
	case MSG_OPEN:
		return open_decode(body, len, &open, error);
	case MSG_UPDATE:
		if (update_decode(body, len, &ctx, blocks, &update) != UPDATE_RESET)
			return true;
		*error = update.error;
		return false;
	case MSG_NOTIFICATION:
		MUST(notification_decode(body, len, &notification));
		return true;
	case MSG_ROUTE_REFRESH:
		return refresh_decode(msg, header->len, true, &refresh, error) != REFRESH_RESET;
	default:
		MUST(header->type == MSG_KEEPALIVE && len == 0);
		return true;
	}
}

static void
check_error(const struct wire_error *error, size_t max_len)
{
	static uint8_t out[MSG_EXTENDED_MAX_BYTES];
	struct notification n;
	size_t len = notification_encode(error, max_len, out, sizeof(out));

	MUST(error->code >= 1 && error->code <= 7);
	MUST(len >= MSG_HEADER_BYTES + 2 && len <= max_len);
	MUST(notification_decode(out + MSG_HEADER_BYTES, len - MSG_HEADER_BYTES, &n));
	MUST(n.code == error->code && n.subcode == error->subcode);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t max_len, pos = 1;
	struct wire_error error = {0};
	struct msg_header header;

	if (size < 1)
		return 0;
	max_len = (data[0] & 1) != 0 ? MSG_EXTENDED_MAX_BYTES : MSG_MAX_BYTES;
	while (size - pos >= MSG_HEADER_BYTES) {
		if (!msg_decode_header(data + pos, max_len, &header, &error)) {
			MUST(error.code == 1);
			check_error(&error, max_len);
			return 0;
		}
		MUST(header.len >= MSG_HEADER_BYTES && header.len <= max_len);
		if (header.len > size - pos)
			return 0;
		if (!read_message(data + pos, &header, &error)) {
			check_error(&error, max_len);
			return 0;
		}
		pos += header.len;
	}
	return 0;
}
