/* The rows of reason.h. */
#include "policy/reason.h"

#include <stddef.h>

static const struct reason_row rows[] = {
    {REASON_OWN_AS, "own-as", "the route server's own ASN is in AS_PATH", "RFC 4271 9.1.2"},
    {REASON_MALFORMED, "malformed", "malformed UPDATE, treated as a withdrawal", "RFC 7606 2"},
    {REASON_NO_POLICY, "no-policy",
	"no import policy is configured for the peer; accept its routes with filters: none",
	"RFC 8212 3"},
};

const struct reason_row *
reason_get(uint8_t code)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (rows[i].code == code)
			return &rows[i];
	return NULL;
}
