/* See ending.h. */
#include "bgpd/session/ending.h"

bool
ending_has_n(const struct negotiated *n)
{
	/* We say N wherever we say graceful restart. */
	return n->has_gr && (n->gr.flags & OPEN_GR_NOTIFICATION) != 0;
}

bool
ending_is_hard(const struct negotiated *n, const struct wire_error *error, bool keeps_routes)
{
	if (!ending_has_n(n) || error->code != NOTIFICATION_CEASE)
		return false;
	switch (error->subcode) {
	case CEASE_MAX_PREFIXES:
	case CEASE_SHUTDOWN:
	case CEASE_DECONFIGURED:
		return true;
	case CEASE_RESET:
		return !keeps_routes;
	default:
		return false;
	}
}

static struct ending
said(enum record_end end, uint8_t code, uint8_t subcode, bool hard)
{
	if (!hard)
		return (struct ending){.end = (uint8_t)end, .code = code, .subcode = subcode};
	return (struct ending){.end = (uint8_t)end,
	    .code = NOTIFICATION_CEASE,
	    .subcode = CEASE_HARD_RESET,
	    .inner_code = code,
	    .inner_subcode = subcode};
}

struct ending
ending_sent(const struct wire_error *error, bool hard)
{
	return said(END_SENT, error->code, error->subcode, hard);
}

struct ending
ending_received(const struct notification *n)
{
	return said(END_RECEIVED, n->code, n->subcode, n->hard);
}

uint8_t
ending_kept(const struct negotiated *n, const struct ending *e)
{
	bool hard = e->code == NOTIFICATION_CEASE && e->subcode == CEASE_HARD_RESET;

	if (!n->has_gr || hard || (e->end != END_CONNECTION && !ending_has_n(n)))
		return 0;
	return n->gr.families & n->families;
}
