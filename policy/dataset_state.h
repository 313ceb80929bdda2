/*
 * struct dataset as the files of policy/ that answer from it see it; nobody else includes this.
 *
 *   struct policy_data (borrowed) --+--> prefixmaps  vrps                       rov.c
 *                                   |                routes, arin, registrobr,
 *                                   |                prefixes                   irr.c, authority.c
 *                                   +--> finders     aspas                      aspa.c
 *                                                    objects                    irr.c
 *                                                    networks, rtts             dataset.c
 *   interned sets of authorities: come and go with struct authority             authority.c
 */
#ifndef POLICY_DATASET_STATE_H
#define POLICY_DATASET_STATE_H

#include "policy/asnset.h"
#include "policy/blocks.h"
#include "policy/data.h"
#include "policy/finder.h"
#include "policy/prefixmap.h"

#define AUTHORITY_BUCKETS 1024

struct authority_set;

struct dataset {
	struct policy_data data;
	struct blocks blocks;
	unsigned part;		     /* the map or finder that is being built */
	uint32_t at;		     /* its next record, for finders */
	struct prefixmap vrps;	     /* value: origin, extra: longest length */
	struct prefixmap routes;     /* value: origin */
	struct prefixmap arin;	     /* likewise */
	struct prefixmap registrobr; /* likewise */
	struct prefixmap prefixes;   /* value: number in data.prefixes */
	struct finder aspas;
	struct finder objects;
	struct finder networks;
	struct finder rtts;
	struct authority_set *sets[AUTHORITY_BUCKETS]; /* by hash of what they are made of */
	uint64_t set_octets;
};

/* Names of objects are equal, and have the same hash, whatever their case (RFC 2622 section 2). */
bool irr_equal_names(const char *, const char *);
uint32_t irr_hash_name(const char *);
/*
 * The object of this name, or of what stands behind "SOURCE::" if there is none with it; NULL if
 * there is neither. Of two records of one name the first is the one.
 */
const struct data_object *irr_object(const struct dataset *, const char *name);
/* The ASN of "AS64500" or "SOURCE::AS64500", 0 for any other name. */
uint32_t irr_asn(const char *name);

#endif
