/* Making out-forms, see outform.h. */
#include "policy/outform.h"

#include <string.h>

#include "rib/attrs.h"

#define ASN_LEN	     4
#define SEGMENT_HEAD 2
#define SEGMENT_MAX  255 /* ASNs in one segment */

static void
put_asns(uint8_t *out, uint32_t asn, unsigned times)
{
	for (unsigned i = 0; i < times; i++, out += ASN_LEN) {
		out[0] = (uint8_t)(asn >> 24);
		out[1] = (uint8_t)(asn >> 16);
		out[2] = (uint8_t)(asn >> 8);
		out[3] = (uint8_t)asn;
	}
}

/* Writes the value of AS_PATH with the ASN in front; returns its length. */
static size_t
prepend_path(const struct attr_view *path, uint32_t asn, unsigned times, uint8_t *out)
{
	const uint8_t *rest = path->value;
	size_t rest_len = path->len;
	unsigned in_segment = times;
	size_t len;

	if (path->len >= SEGMENT_HEAD && path->value[0] == AS_SEQUENCE &&
	    path->value[1] + times <= SEGMENT_MAX) {
		in_segment += path->value[1];
		rest += SEGMENT_HEAD;
		rest_len -= SEGMENT_HEAD;
	}
	out[0] = AS_SEQUENCE;
	out[1] = (uint8_t)in_segment;
	put_asns(out + SEGMENT_HEAD, asn, times);
	len = SEGMENT_HEAD + (size_t)times * ASN_LEN;
	if (rest_len > 0)
		memcpy(out + len, rest, rest_len);
	return len + rest_len;
}

size_t
outform_prepend(const uint8_t *block, size_t block_len, uint32_t asn, unsigned times, uint8_t *out)
{
	struct attr_view path;
	size_t before, after, path_len;

	if (!attrs_find(block, block_len, ATTR_AS_PATH, &path) ||
	    block_len + SEGMENT_HEAD + (size_t)times * ASN_LEN > ATTRS_MAX ||
	    path.len + SEGMENT_HEAD + (size_t)times * ASN_LEN > UINT16_MAX)
		return 0;
	before = (size_t)(path.value - block);
	after = before + path.len;
	memcpy(out, block, before);
	path_len = prepend_path(&path, asn, times, out + before);
	out[before - 2] = (uint8_t)(path_len >> 8);
	out[before - 1] = (uint8_t)path_len;
	memcpy(out + before + path_len, block + after, block_len - after);
	return block_len - path.len + path_len;
}
