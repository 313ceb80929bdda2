/*
 * The schema: one row per key that may stand in a configuration, ours and ARouteServer's. What is
 * not a row is an error; a row that is not acted on yet is refused by its name. The documentation
 * and every message about a value come from the same rows. Parent only.
 */
#ifndef BGPD_CONF_SCHEMA_H
#define BGPD_CONF_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a value looks like; value.h has a row for each. */
enum value_type {
	VALUE_MAP,	 /* has rows of its own below it */
	VALUE_ANY,	 /* read elsewhere, or not acted on */
	VALUE_BOOL,	 /* -> bool */
	VALUE_NUMBER,	 /* row's range -> uint32_t */
	VALUE_SIZE,	 /* octets, K, M, G; row's range; a power of two -> uint32_t */
	VALUE_ASN,	 /* -> uint32_t */
	VALUE_ROUTER_ID, /* -> uint32_t, host order */
	VALUE_ADDRESSES, /* one or a list -> struct conf_addresses */
	VALUE_TEXT,	 /* row's range in octets -> char * */
	VALUE_PATH,	 /* relative to the file it stands in -> char * */
	VALUE_WORD,	 /* one of row's words, its index -> uint32_t */
	VALUE_RTT,	 /* milliseconds with a fraction, normalised -> uint32_t */
	VALUE_ASNS,	 /* list or text with commas -> struct policy_range of asns */
	VALUE_TIMES,	 /* ascending ms, list or text with commas -> the same */
	VALUE_PREFIXES,	 /* prefix list -> struct policy_range of prefixes */
	VALUE_ROUTES,	 /* the same, an entry may have an origin */
	VALUE_HOSTS,	 /* one or a list of addresses -> struct policy_range of addresses */
	VALUE_OBJECTS,	 /* IRR names, list or text with commas -> struct policy_range of names */
	VALUE_REASONS,	 /* names of reasons -> uint32_t, 1 << code */
	VALUE_FAMILIES,	 /* ipv4, ipv6 -> uint32_t, 1 << enum family */
	VALUE_ATTRS,	 /* numbers of attributes -> a set of types (rib/attr_types.h) */
	VALUE_PATHS,	 /* one or a list of files -> struct conf_texts */
	VALUE_TEXTS,	 /* one or a list -> struct conf_texts */
	VALUE_TYPE_COUNT
};

/* Where a key may stand. */
enum schema_place {
	SCHEMA_TOP = 1 << 0,	   /* first level of roost.yml */
	SCHEMA_DAEMON = 1 << 1,	   /* below daemon */
	SCHEMA_GENERAL = 1 << 2,   /* general.yml: cfg */
	SCHEMA_CLIENT = 1 << 3,	   /* an entry of clients */
	SCHEMA_COLLECTOR = 1 << 4, /* an entry of collectors */
	SCHEMA_FEEDS = 1 << 5	   /* below feeds */
};

enum schema_status {
	SCHEMA_ACTED_ON,
	SCHEMA_NOT_YET,	   /* refused by name, unless it says false */
	SCHEMA_NO_MEANING, /* accepted with one note that tells why */
	SCHEMA_OLDER	   /* another spelling of what target names */
};

/* The structure a value is stored in. */
enum schema_store {
	STORE_NONE,
	STORE_DAEMON,
	STORE_CFG,
	STORE_SETTINGS,
	STORE_CLIENT,
	STORE_FEEDS,
	STORE_COUNT
};

struct schema_row {
	const char *path; /* "cfg.passive"; a last part "*" stands for any key */
	unsigned places;  /* enum schema_place */
	enum value_type type;
	enum schema_status status;
	enum schema_store store;
	size_t offset;
	int64_t min;
	int64_t max;
	const char *const *words; /* VALUE_WORD, NULL at the end; "" is skipped */
	const char *default_text; /* NULL = none; "(...)" describes one found at run time */
	const char *help;	  /* NO_MEANING: why */
	const char *target;	  /* OLDER: path; VALUE_MAP: path that a scalar means, or NULL */
};

size_t schema_count(void);
const struct schema_row *schema_row(size_t index);

/* The row for a path at a place; NULL where there is none. */
const struct schema_row *schema_find(const char *path, enum schema_place);

/*
 * The path of the row that somebody who wrote this path may have meant: the nearest by edit
 * distance, or the same key somewhere else. NULL where nothing is near.
 */
const char *schema_nearest(const char *path, enum schema_place);

/* True for a key below cfg.filtering that judges routes: no limit, role or policy for rejects. */
bool schema_is_check(const struct schema_row *);

/* "daemon", "general", "clients" ... for messages. */
const char *schema_place_name(enum schema_place);

#endif
