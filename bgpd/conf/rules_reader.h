/*
 * What the files that read site rules share: where the reader is, complaints, values of several
 * keys. Only rules.c, rules_match.c and rules_action.c include this. Parent only.
 */
#ifndef BGPD_CONF_RULES_READER_H
#define BGPD_CONF_RULES_READER_H

#include "bgpd/conf/lists.h"
#include "bgpd/conf/load.h"

#define RULES_LABEL_MAX 64

struct rules_reader {
	struct loader *loader;
	struct pool *pool;
	const uint32_t *members; /* their ASNs, ascending */
	size_t member_count;
	uint32_t rs_as;
	size_t rule_count; /* of both directions */
	bool is_import;
	char label[RULES_LABEL_MAX]; /* what is being read: "rules.import.match.peer" */
};

/* Sets the label: direction, part and key, each of the last two perhaps "". */
void rules_reader_label(struct rules_reader *, const char *part, const char *key);

/* An error at the node, with the label in front. */
void rules_reader_complain(const struct rules_reader *, const struct node *, const char *format,
    ...) __attribute__((format(printf, 3, 4)));

/* An error at an unknown key: the nearest of get()'s, or what is expected. */
void rules_reader_unknown(const struct rules_reader *, const struct node *key,
    const char *(*get)(size_t index), const char *expected);

/* True for a mapping that is not empty. This and all below complain themselves. */
bool rules_reader_is_map(const struct rules_reader *, const struct node *);

/* Reads a list by one of the readers of lists.h; an empty one is an error. */
bool rules_reader_list(struct rules_reader *, const struct node *, value_reader *read,
    enum value_type, const char *expected, struct policy_range *out);
bool rules_reader_asns(struct rules_reader *, const struct node *, struct policy_range *out);
/* ASNs of members; others get a warning. */
bool rules_reader_members(struct rules_reader *, const struct node *, struct policy_range *out);
/* One pattern or a list of them, into the pool's communities. */
bool rules_reader_patterns(
    struct rules_reader *, const struct node *, bool takes_wild, struct policy_range *out);
/* A text as any display may show it, as an offset in the pool; 0 with a complaint. */
uint32_t rules_reader_text(struct rules_reader *, const struct node *, const char *what);

/* The order of ASNs for qsort() and bsearch(). */
int rules_reader_compare_asns(const void *, const void *);

/* rules_match.c: adds the matches of a mapping, those of its not negated. */
void rules_match_read(struct rules_reader *, const struct node *map);

/* rules_action.c: adds the actions of a mapping; the text of a reject goes to the rule. */
void rules_action_read(struct rules_reader *, const struct node *map, struct policy_rule *);

#endif
