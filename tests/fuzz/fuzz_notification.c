/* NOTIFICATION: the input is a body. Texts must come out clean and survive being sent again, all of
 * it also inside of a hard reset. */
#include "bgpd/wire/notification.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

static void
check_text(const struct notification *n)
{
	char clean[NOTIFICATION_TEXT_MAX];
	uint8_t msg[MSG_MAX_BYTES];
	struct notification again;
	size_t len = strlen(n->text), kept;

	MUST(len < NOTIFICATION_TEXT_MAX);
	MUST(notification_clean_text((const uint8_t *)n->text, len, clean));
	MUST(strcmp(clean, n->text) == 0);
	len = notification_encode_cease(CEASE_SHUTDOWN, n->text, msg, sizeof(msg));
	MUST(len > 0);
	MUST(notification_decode(msg + MSG_HEADER_BYTES, len - MSG_HEADER_BYTES, &again));
	kept = strlen(again.text);
	MUST(!again.bad_text && kept <= NOTIFICATION_TEXT_SEND_MAX);
	MUST(memcmp(again.text, n->text, kept) == 0);
	MUST(kept > NOTIFICATION_TEXT_SEND_MAX - 4 || n->text[kept] == '\0');
}

/* Inside of a hard reset it comes back as it was, cut only where it is too long. */
static void
check_hard(const struct notification *n)
{
	struct wire_error error = {n->code, n->subcode, n->data_len, n->data};
	uint8_t msg[MSG_MAX_BYTES];
	struct notification again;
	size_t len = notification_encode_hard(&error, MSG_MAX_BYTES, msg, sizeof(msg));

	MUST(len > 0);
	MUST(notification_decode(msg + MSG_HEADER_BYTES, len - MSG_HEADER_BYTES, &again));
	MUST(again.hard && again.code == n->code && again.subcode == n->subcode);
	MUST(again.data_len == n->data_len || len == MSG_MAX_BYTES);
	MUST(again.data_len == 0 || memcmp(again.data, n->data, again.data_len) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct notification n;
	char line[400];

	if (size > MSG_EXTENDED_MAX_BYTES - MSG_HEADER_BYTES)
		return 0;
	if (!notification_decode(data, size, &n)) {
		MUST(size < 2);
		return 0;
	}
	touch(n.data, n.data_len);
	check_hard(&n);
	for (size_t cap = 0; cap < sizeof(line); cap += 57)
		MUST(notification_format(&n, line, cap) < sizeof(line));
	check_text(&n);
	return 0;
}
