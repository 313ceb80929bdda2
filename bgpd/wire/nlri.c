/*
 * NLRI runs; see nlri.h. Runs on every prefix that is received or sent, so the verified walk does
 * no more than it must.
 */
#include "bgpd/wire/nlri.h"

#include <string.h>

#include "bgpd/wire/buf.h"

#define PATH_ID_BYTES 4

struct nlri_cursor
nlri_over(const uint8_t *data, size_t len, enum family family, bool add_path)
{
	return (struct nlri_cursor){
	    .pos = data, .end = data + len, .family = (uint8_t)family, .add_path = add_path};
}

/* The octets of the entry at the cursor; 0 if it is not whole or too long for the family. */
static size_t
entry_bytes(const struct nlri_cursor *c)
{
	size_t left = (size_t)(c->end - c->pos);
	size_t before = c->add_path ? PATH_ID_BYTES : 0;
	size_t bytes;
	unsigned len;

	if (left <= before)
		return 0;
	len = c->pos[before];
	if (len > prefix_max_len((enum family)c->family))
		return 0;
	bytes = before + 1 + (len + 7) / 8;
	return bytes <= left ? bytes : 0;
}

bool
nlri_verify(struct nlri_cursor c, size_t *count)
{
	size_t n = 0;

	while (c.pos != c.end) {
		size_t bytes = entry_bytes(&c);

		if (bytes == 0)
			return false;
		c.pos += bytes;
		n++;
	}
	if (count != NULL)
		*count = n;
	return true;
}

bool
nlri_next(struct nlri_cursor *c, struct prefix *out, uint32_t *id)
{
	const uint8_t *p = c->pos;
	size_t bytes = c->pos == c->end ? 0 : entry_bytes(c);
	size_t octets;

	if (bytes == 0)
		return false;
	c->pos += bytes;
	*id = 0;
	if (c->add_path) {
		*id = wire_load_u32(p);
		p += PATH_ID_BYTES;
	}
	*out = (struct prefix){.family = c->family, .len = p[0]};
	octets = (out->len + 7U) / 8;
	memcpy(out->addr, p + 1, octets);
	if (out->len % 8 != 0)
		out->addr[octets - 1] &= (uint8_t)(0xff00U >> (out->len % 8));
	return true;
}

size_t
nlri_encode(const struct prefix *p, bool add_path, uint32_t id, uint8_t *out)
{
	uint8_t *start = out;
	size_t octets = (p->len + 7U) / 8;

	if (add_path) {
		wire_store_u32(out, id);
		out += PATH_ID_BYTES;
	}
	*out++ = p->len;
	memcpy(out, p->addr, octets);
	return (size_t)(out - start) + octets;
}
