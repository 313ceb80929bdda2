/*
 * The section rules: what the exchange decides beside the checks, compiled to the rules, matches
 * and actions of policy/config.h. Parent only.
 *
 *   rules:
 *     import:                                  struct policy_rule
 *       - name: no default from the lab          text
 *         match:                                 matches: all must hold
 *           peer: [64501]                          one of the values is enough
 *           length: {max: 0}
 *           not: {community: ["64500:1:*"]}        negated
 *         action:                                actions: in the order written
 *           reject: no default routes              ends the rules
 *     export: [...]
 *
 * docs/rules.md says what each key means. No general language: what cannot be said here is not
 * decided here.
 */
#ifndef BGPD_CONF_RULES_H
#define BGPD_CONF_RULES_H

#include "bgpd/conf/load.h"
#include "bgpd/conf/pool.h"

#define RULES_MAX 1000 /* of both directions */

/*
 * Reads the value of the section (NULL or a YAML null: no rules) into the pool and sets
 * import_rules and export_rules. Peers are known (loader->conf->peers), so that ASNs that are no
 * member's get a warning. What is wrong is reported at its place; the rest is read on.
 */
void rules_load(struct loader *, const struct node *, struct pool *, struct policy_general *);

#endif
