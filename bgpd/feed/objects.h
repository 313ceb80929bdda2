/*
 * IRR objects: those that files give ready (bgpq4), those that AS-SETs expand to, and which of them
 * are wanted. An object that both kinds of file have is the union.
 */
#ifndef BGPD_FEED_OBJECTS_H
#define BGPD_FEED_OBJECTS_H

#include "bgpd/feed/build.h"
#include "bgpd/feed/feed.h"
#include "bgpd/feed/names.h"
#include "bgpd/feed/sets.h"

struct objects {
	struct names *names;
	struct sets *sets;
	struct array given;    /* uint32_t: names of ready objects */
	struct array asns;     /* their ASNs */
	struct array prefixes; /* and prefixes */
};

void objects_init(struct objects *);
void objects_fini(struct objects *);

/* A ready object, perhaps empty, with the name that it has, source included. */
void objects_give(struct objects *, uint32_t name);
void objects_give_asn(struct objects *, uint32_t name, uint32_t asn);
void objects_give_prefix(struct objects *, uint32_t name, const struct policy_prefix *);

/*
 * Writes every object that was given, that the request names, or that a network of PeeringDB names,
 * if there are data on it; says of the others that there are none.
 */
void objects_write(
    struct objects *, const struct feed_request *, struct build *, struct conf_report *);

#endif
