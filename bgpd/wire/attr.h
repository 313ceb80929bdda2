/*
 * Path attributes of an UPDATE, one by one: a table with a row for each that is known, and the one
 * loop around it that does what is the same for all. RFC 4271 section 5 and 6.3, RFC 7606, and the
 * RFCs named in the rows. Pure; used by update.c, roostctl and tests.
 *
 *   octets -> attr_scan() -> attr_set (first occurrence of each type, checked) -> canonical block
 *
 * What a row says: the flags wanted, the lengths allowed, a further check of the value, the outcome
 * when one of these fails, and what becomes of a good one.
 */
#ifndef BGPD_WIRE_ATTR_H
#define BGPD_WIRE_ATTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/wire/msg.h"
#include "rib/attrs.h"

/* RFC 7606 section 2, weakest first, so that the strongest of several is the largest. */
enum attr_outcome {
	OUTCOME_FINE,
	OUTCOME_DISCARD,  /* attribute discard */
	OUTCOME_WITHDRAW, /* treat as withdraw */
	OUTCOME_RESET	  /* session reset */
};

/* Why something in an UPDATE was not fine; for logs and counters. */
struct attr_finding {
	uint8_t type;	  /* of the attribute; 0 if it was none in particular */
	uint8_t outcome;  /* enum attr_outcome */
	const char *text; /* static, one line, without the attribute's name */
};

/* What a good attribute is for. */
enum attr_fate {
	FATE_KEEP,   /* goes into the canonical block */
	FATE_USE,    /* consumed by update.c: NEXT_HOP, MP_*, AS4_* */
	FATE_DROP,   /* not for external sessions: dropped, and that is a finding */
	FATE_IGNORE, /* optional, non-transitive and not ours: dropped quietly */
};

struct attr_ctx {
	bool as4;	     /* the session has 4-octet AS numbers: RFC 6793 */
	const uint8_t *drop; /* as in struct update_ctx; NULL: none */
};

struct attr_row {
	uint8_t type;
	uint8_t flags;	  /* Optional and Transitive as the attribute must have them */
	uint8_t outcome;  /* enum attr_outcome if anything is wrong with it */
	uint8_t fate;	  /* enum attr_fate */
	uint16_t min_len; /* of the value, octets */
	uint16_t max_len;
	uint16_t multiple; /* the length is a multiple of this; 1 for any */
	const char *(*check)(const struct attr_ctx *, const uint8_t *value, size_t len);
	const char *name;   /* as registered with IANA */
	const char *source; /* who says what is malformed and what then */
};

/* One attribute as it was found; value borrows the message. */
struct attr_found {
	const uint8_t *header; /* where its flags octet stands */
	const uint8_t *value;
	uint16_t len;
	uint8_t flags; /* as sent */
};

/* The first occurrence of each type that is to be kept or used. */
struct attr_set {
	uint64_t present[4]; /* bit per type */
	struct attr_found found[256];
};

/* What attr_scan() saw besides the set. */
struct attr_scan {
	struct attr_finding finding; /* the first one of the strongest outcome */
	uint16_t findings;	     /* how many there were */
	uint16_t ignored;	     /* dropped quietly */
	uint16_t dropped;	     /* by attr_ctx.drop */
	uint8_t dropped_types[ATTR_TYPES_BYTES];
	/* an error after which NLRI may be missing: RFC 7606 section 5.2 */
	bool doubts_nlri;
	bool has_other;		 /* any attribute but MP_UNREACH_NLRI was there */
	struct wire_error error; /* of OUTCOME_RESET; borrows the message */
};

/* The row of a type, NULL for a type that is unknown. Rows ascend by type. */
const struct attr_row *attr_row(uint8_t type);
const struct attr_row *attr_rows(size_t *count);

/* The name of a type; "unknown" for those without a row. */
const char *attr_name(uint8_t type);

static inline bool
attr_has(const struct attr_set *set, uint8_t type)
{
	return (set->present[type / 64] >> (type % 64) & 1) != 0;
}

static inline void
attr_forget(struct attr_set *set, uint8_t type)
{
	set->present[type / 64] &= ~((uint64_t)1 << (type % 64));
}

/* Adds a finding to what was seen. */
void attr_report(struct attr_scan *, uint8_t type, enum attr_outcome, const char *text);

/*
 * Walks the attributes of one UPDATE to their end, whatever is wrong with some of them, and fills
 * *set and *scan. One that the context drops is as good as not there, as long as it is whole. The
 * attributes' own values are checked by their rows; what needs several of them, or the NLRI, is
 * left to update.c.
 */
void attr_scan(const uint8_t *data, size_t len, const struct attr_ctx *, struct attr_set *set,
    struct attr_scan *scan);

#endif
