/*
 * Values that are lists: prefix lists, ASNs, addresses, IRR names, reasons, files. value.c calls
 * these by the type of a row; most go to the pool and leave a range behind. Parent only.
 */
#ifndef BGPD_CONF_LISTS_H
#define BGPD_CONF_LISTS_H

#include "bgpd/conf/conf.h"
#include "bgpd/conf/pool.h"
#include "bgpd/conf/schema.h"
#include "bgpd/conf/tree.h"

/* What a reader of a value is given beside row, node and store. */
struct value_ctx {
	struct pool *pool; /* may be NULL where no row needs it */
	struct conf_report *report;
	const char *why; /* set by the reader: a reason for the complaint, or NULL */
	bool told;	 /* set by the reader: it has complained itself */
};

/*
 * Reads a value into store. Returns false where it is none, the store untouched; the caller
 * complains then unless ctx->told.
 */
typedef bool value_reader(
    const struct schema_row *, const struct node *, void *store, struct value_ctx *);

value_reader lists_read_asns, lists_read_times, lists_read_prefixes, lists_read_routes,
    lists_read_hosts, lists_read_objects, lists_read_reasons, lists_read_families,
    lists_read_attributes, lists_read_paths, lists_read_texts;

/* "64500" or "AS64500", not 0. */
bool lists_parse_asn(const char *text, uint32_t *out);

/* Whole decimal digits of at most max. */
bool lists_parse_number(const char *text, uint32_t max, uint32_t *out);

#endif
