/* Names of IRR objects; see object_name.h. */
#include "bgpd/feed/object_name.h"

#include <string.h>
#include <strings.h>

static bool
is_name_octet(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '_';
}

static bool
is_word(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!is_name_octet(s.at[i]))
			return false;
	return s.len > 0;
}

static bool
is_set_word(struct slice s)
{
	return s.len > 3 && strncasecmp(s.at, "AS-", 3) == 0 && is_word(s);
}

static bool
is_asn_word(struct slice s, uint32_t *asn)
{
	return s.len > 2 && strncasecmp(s.at, "AS", 2) == 0 && slice_asn(s, asn);
}

/* Words with single colons between them, at least one of them an AS-SET's. */
static bool
is_set_name(struct slice name)
{
	struct slice word;
	bool has_set = false;
	uint32_t asn;

	if (name.len == 0 || name.at[name.len - 1] == ':')
		return false;
	while (slice_split(&name, ':', &word)) {
		if (is_set_word(word))
			has_set = true;
		else if (!is_asn_word(word, &asn))
			return false;
	}
	return has_set;
}

/* Takes "SOURCE::" off the front. False where what stands there is no source. */
static bool
take_source(struct object_name *out)
{
	const char *colons = memmem(out->name.at, out->name.len, "::", 2);

	if (colons == NULL)
		return true;
	out->source = (struct slice){out->name.at, (size_t)(colons - out->name.at)};
	out->name.at = colons + 2;
	out->name.len -= out->source.len + 2;
	return is_word(out->source);
}

struct object_name
object_name_parse(struct slice s)
{
	struct object_name out = {.kind = OBJECT_WRONG, .name = s};

	if (s.len == 0 || s.len > OBJECT_NAME_MAX || !take_source(&out))
		return out;
	if (slice_is_word(out.name, "AS-ANY") || slice_is_word(out.name, "ANY"))
		out.kind = OBJECT_ANY;
	else if (is_asn_word(out.name, &out.asn))
		out.kind = OBJECT_ASN;
	else if (is_set_name(out.name))
		out.kind = OBJECT_SET;
	return out;
}
