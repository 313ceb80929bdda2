/*
 * The auditor's parts. Private to rib/; the world calls table_check().
 */
#ifndef RIB_CHECK_H
#define RIB_CHECK_H

#include "rib/state.h"

/* References found by walking, by handle. */
struct tally {
	uint32_t *sets;
	uint32_t *uses[FAMILY_COUNT];
	uint32_t *attrs;
	uint32_t *reaches;
	uint32_t *pathids;
	uint32_t *partitions;
	uint32_t *partitions_held;  /* by paths that are not gone */
	uint32_t *partitions_stale; /* of these, by stale ones */
	uint32_t *owed;		    /* by entry */
};

/* Each returns NULL, or a static text that names the broken invariant. */
const char *check_trees(struct table *, struct tally *);
const char *check_entries(struct table *, struct tally *);
const char *check_told(struct table *, struct tally *);
const char *check_peers(struct table *, struct tally *);
const char *check_walks(struct table *, struct tally *);
const char *check_owed(struct table *, struct tally *);
const char *check_references(struct table *, struct tally *);

#endif
