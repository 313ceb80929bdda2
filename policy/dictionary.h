/*
 * Every community that the server understands or sends, one item at a time, from the configuration
 * that policy runs on: the vocabulary, reject reasons, custom communities, what the reasons map and
 * well-known communities add, and the communities of site rules. `show communities` and the
 * sections of Alice-LG's configuration are made from these items. Pure.
 */
#ifndef POLICY_DICTIONARY_H
#define POLICY_DICTIONARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/config.h"

#define DICTIONARY_TEXT_MAX 256

/* None: configured, and scrubbed like all of its class, but the feature is off. */
enum dictionary_direction {
	DICTIONARY_UNDERSTOOD = 1 << 0, /* from members */
	DICTIONARY_SENT = 1 << 1,	/* to members */
	DICTIONARY_INTERNAL = 1 << 2	/* in displays and for collectors */
};

/* Sections of Alice-LG's configuration. */
enum dictionary_section {
	SECTION_REJECTION_REASONS,
	SECTION_NOEXPORT_REASONS,
	SECTION_RPKI,
	SECTION_BLACKHOLE,
	SECTION_COMMUNITIES,
	SECTION_COUNT
};

struct dictionary_item {
	/* ARouteServer's name, a custom community's, a reason's, a rule's; stays with the config */
	const char *name;
	const char *class; /* "inbound", "outbound", "internal", "custom", "well-known", "rule" */
	struct policy_community community;
	char pattern[COMMUNITY_TEXT_MAX]; /* "64500:1:peer_as" */
	char glob[COMMUNITY_TEXT_MAX];	  /* the same for tools: "64500:1:*" */
	char text[DICTIONARY_TEXT_MAX];	  /* for people, one line */
	uint8_t directions;		  /* enum dictionary_direction */
	uint8_t section;		  /* enum dictionary_section */
	uint8_t reason;			  /* the reject code that it says, 0 = none */
};

/*
 * Fills in the next item; *iter begins at 0 and stays valid while the configuration does. False at
 * the end. Two reject codes with one community are one item with both texts. A community that
 * stands for several things (a rule adds what a member may send) comes once for each.
 */
bool dictionary_next(const struct policy_config *, size_t *iter, struct dictionary_item *out);

/* "sent", "understood", "understood, sent", "internal", "not in effect". */
const char *dictionary_direction(const struct dictionary_item *);

/*
 * "rejection_reasons", "noexport_reasons", "rpki", "blackhole_communities", "bgp_communities"; and
 * the key of the item there: "valid", "unknown", "not_checked", "invalid" in rpki, else the glob.
 */
const char *dictionary_section(const struct dictionary_item *);
const char *dictionary_key(const struct dictionary_item *);

#endif
