/*
 * Values: from a YAML node to the C type of a schema row, and in words. Parent only.
 */
#ifndef BGPD_CONF_VALUE_H
#define BGPD_CONF_VALUE_H

#include "bgpd/conf/conf.h"
#include "bgpd/conf/pool.h"
#include "bgpd/conf/schema.h"
#include "bgpd/conf/tree.h"

/*
 * Converts node as row says and stores it at base + row->offset, replacing (and freeing) what stood
 * there; lists go to the pool. Returns false with an error in the report, the store untouched. node
 * is not null.
 */
bool value_read(const struct schema_row *row, const struct node *node, void *base, struct pool *,
    struct conf_report *);

/* "True", "no", ...: false where it is none of them. */
bool value_parse_bool(const char *text, bool *out);

/* Stores the row's default; nothing where it has none or one found at run time. */
void value_default(const struct schema_row *row, void *base);

/* Writes what is expected: "a number from 1 to 65535". */
void value_expected(const struct schema_row *row, char *out, size_t size);

/* False with *why where the address can be neither a peer's nor our own. */
bool value_is_usable_address(const struct conf_address *, const char **why);

/* The address as text. */
#define VALUE_ADDRESS_TEXT 46
void value_format_address(const struct conf_address *, char out[VALUE_ADDRESS_TEXT]);

#endif
