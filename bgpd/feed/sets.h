/*
 * AS-SETs and who is in them, from all files and sources, and what they expand to.
 *
 *   by name   AS-FOO --> set of RIPE --> set of RADB        (a chain: the same name in two sources)
 *                          | members
 *                          v
 *             AS64500   AS-BAR   RADB::AS-BAZ
 *
 * A name without a source means all sets of that name; a set of which no source is known (JSON) is
 * of any. Expansion goes level by level and visits a
 * set once, so loops end.
 */
#ifndef BGPD_FEED_SETS_H
#define BGPD_FEED_SETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/feed/array.h"
#include "bgpd/feed/names.h"

struct sets;

/* A name that others have as a member, and no file has. */
struct sets_unknown {
	uint32_t source; /* 0 = any */
	uint32_t name;
	uint32_t member_of;
};

/* What an expansion met. */
struct sets_result {
	bool is_known;	   /* there is such a set */
	bool is_too_deep;  /* what lies deeper than FEED_AS_SET_DEPTH was left out */
	bool is_too_large; /* more than the limit: nothing was added */
	bool by_reference; /* a set has members by reference, which are not looked up */
};

struct sets *sets_new(void);
void sets_free(struct sets *);

/* A new set of that name, from no source; members are added to it until the next one begins. */
void sets_begin(struct sets *, uint32_t name);
void sets_set_source(struct sets *, uint32_t source);
void sets_mark_by_reference(struct sets *);
void sets_add_asn(struct sets *, uint32_t asn);
void sets_add_set(struct sets *, uint32_t source, uint32_t name);

/* Appends to asns (of uint32_t) who is in the set, ascending, each once, unless more than max. */
struct sets_result sets_expand(
    struct sets *, uint32_t source, uint32_t name, size_t max, struct array *asns);

/* What all expansions missed, each name once: struct sets_unknown. */
const struct array *sets_get_unknown(const struct sets *);

#endif
