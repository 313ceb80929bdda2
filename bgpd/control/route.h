/*
 * One path as displays have it: a route object, what policy says of it, and what becomes of it
 * towards one receiver. policy.md section 12. Nothing is judged here: every outcome and value comes
 * from policy_explain(), policy_view() and policy_withheld().
 */
#ifndef BGPD_CONTROL_ROUTE_H
#define BGPD_CONTROL_ROUTE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "bgpd/core/state.h"

/* A path as policy is asked about it. Borrowed like the views that it was made of. */
struct route_path {
	struct path_view view;
	struct attrs_facts facts;
};

void route_path_init(
    struct route_path *, const struct table_entry_view *, const struct table_path_view *);

/*
 * A route object: attributes as received or, where told is not NULL, as they leave; the verdict
 * with its reason and value; the states that were found; the communities of the server's own view;
 * what only observes.
 */
json_t *route_render(struct core *, const struct table_entry_view *, const struct table_path_view *,
    const struct table_told_view *told);

/* {"code", "name", "text", "value"}; value may be NULL. */
json_t *route_render_reason(uint8_t code, const char *value);

/* What policy found at one path. */
struct route_findings {
	char value[POLICY_VALUE_MAX]; /* that decided; "" where there is none to tell */
	uint32_t observed;	      /* 1 << reason: only observed */
	json_t *observations;	      /* a reason object of each, owned by who asked; or NULL */
};

/* Asks for what the verdict does not say by itself; costs a judgement where it is not plain. */
void route_find(struct core *, const struct table_entry_view *, const struct table_path_view *,
    struct route_findings *out);

/*
 * True if what the told rows say of the slot is, or is about to be, sent to it: it is up, has the
 * family, and its first table does not wait for other members (restart.h).
 */
bool route_is_heard(const struct core *, uint16_t slot, enum family);

/* What becomes of a path towards a receiver. */
struct route_export {
	bool is_told;
	struct table_told_view told; /* where it is */
	const char *withheld;	     /* where it is not: stable name of what withholds it */
	const char *text;	     /* the same for people */
};

void route_export_get(struct core *, const struct table_entry_view *,
    const struct table_path_view *, uint16_t receiver, struct route_export *out);

/* {"name", "text"}; null where the path is told. */
json_t *route_render_withheld(const struct route_export *);

#endif
