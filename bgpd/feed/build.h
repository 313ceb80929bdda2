/*
 * The records of one generation while they are being read: an array per section of the memfd that
 * they end in. Readers append in any order; build_seal() sorts, drops what is there twice and
 * brings the ASPAs of each customer together.
 */
#ifndef BGPD_FEED_BUILD_H
#define BGPD_FEED_BUILD_H

#include <stdint.h>

#include "bgpd/feed/array.h"
#include "bgpd/feed/slice.h"
#include "policy/data.h"

enum section {
	SECTION_VRPS,
	SECTION_ASPAS,
	SECTION_ROUTES,
	SECTION_ARIN,
	SECTION_REGISTROBR,
	SECTION_OBJECTS,
	SECTION_NETWORKS,
	SECTION_RTTS,
	SECTION_ASNS,
	SECTION_PREFIXES,
	SECTION_NAMES,
	SECTION_TEXT,
	SECTION_COUNT
};

/* One provider of a customer. */
struct build_aspa {
	uint32_t customer;
	uint32_t provider;
};

struct build {
	struct array sections[SECTION_COUNT];
	struct array aspas; /* struct build_aspa */
};

void build_init(struct build *);
void build_fini(struct build *);

/* Appends count records of the section's kind; returns where they stand. */
struct policy_range build_add(struct build *, enum section, const void *records, size_t count);
/* Appends a text; returns its offset. "" is 0. */
uint32_t build_text(struct build *, const char *text);
const char *build_get_text(const struct build *, uint32_t offset);

/*
 * Sorts networks by ASN, round-trip times by address; of those there twice one stays (for a time:
 * the lowest). Returns how many went. Before build_seal().
 */
size_t build_settle_networks(struct build *);
size_t build_settle_rtts(struct build *);

/* The end: a sealed memfd for feed_map(), or -1 with errno. */
int build_seal(struct build *);

#endif
