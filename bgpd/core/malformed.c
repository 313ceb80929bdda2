/* Routes of malformed UPDATEs: see malformed.h. */
#include "bgpd/core/malformed.h"

#include <string.h>

#include "rib/attrs.h"

#define TYPE_KEPT                                                                      \
	255 /* reserved for development (RFC 2042): no specification will give it away \
	     */

static const uint8_t head[] = {0, ATTR_FLAG_TRANSITIVE, ATTR_ORIGIN, 0, 1, 2, ATTR_FLAG_TRANSITIVE,
    ATTR_AS_PATH, 0, 0, ATTR_FLAG_OPTIONAL, TYPE_KEPT};

#define FIXED_BYTES (sizeof(head) + 2 /* length */ + 2 /* attribute, text_len */)

size_t
malformed_block_bytes(size_t text_len, size_t octets_len)
{
	return FIXED_BYTES + text_len + octets_len;
}

void
malformed_make(const struct malformed_view *m, uint8_t *out)
{
	size_t len = 2 + (size_t)m->text_len + m->octets_len;

	memcpy(out, head, sizeof(head));
	out += sizeof(head);
	*out++ = (uint8_t)(len >> 8);
	*out++ = (uint8_t)len;
	*out++ = m->attribute;
	*out++ = m->text_len;
	memcpy(out, m->text, m->text_len);
	if (m->octets_len > 0)
		memcpy(out + m->text_len, m->octets, m->octets_len);
}

bool
malformed_read(const uint8_t *block, size_t len, struct malformed_view *out)
{
	struct attr_view a;

	if (block[0] != 0 || !attrs_find(block, len, TYPE_KEPT, &a) || a.len < 2 ||
	    a.len < 2 + (size_t)a.value[1])
		return false;
	out->attribute = a.value[0];
	out->text_len = a.value[1];
	out->text = (const char *)a.value + 2;
	out->octets = a.value + 2 + out->text_len;
	out->octets_len = a.len - 2u - out->text_len;
	return true;
}
