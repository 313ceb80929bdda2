/*
 * One community pattern from its text. Pure; parent only.
 *
 *   std  64500:1        rs_as:peer_as          lrg  64500:1:7      rs_as:0:peer_as
 *   ext  rt:64500:1     ro:rs_as:dyn_val       rules: 64500:*
 *
 * An ext pattern whose first number fits 16 bits is a two-octet-AS specific community with a 32-bit
 * local part (RFC 4360 section 3.1), a larger one a four-octet-AS specific one with a local part of
 * 16 bits (RFC 5668).
 */
#ifndef BGPD_CONF_PATTERN_H
#define BGPD_CONF_PATTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/community.h"

/* What the text may look like. */
struct pattern_form {
	enum community_format format;
	enum community_wild wild; /* what word stands for; WILD_NONE: no word as last part */
	const char *word;	  /* "peer_as", "dyn_val", "*" */
	bool word_is_optional;	  /* the last part may be a number as well */
	bool takes_well_known;	  /* std 65535:... is fine */
	uint32_t rs_as;		  /* for the word rs_as */
};

#define PATTERN_WHY_MAX 200

/*
 * Fills in part, ext_type, format and wild of *out, the rest is 0. False with a reason, and *out
 * untouched, where the text is none of the form.
 */
bool pattern_parse(const struct pattern_form *, const char *text, struct policy_community *out,
    char why[PATTERN_WHY_MAX]);

/* The format that a text looks like: ext with "rt:" or "ro:", else by the number of colons. */
enum community_format pattern_guess(const char *text);

/* "std", "lrg", "ext": the keys of a community. */
const char *pattern_format_key(enum community_format);

#endif
