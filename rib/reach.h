/*
 * What export policy answers, kept per distinct (attributes, tags) while a path uses it.
 */
#ifndef RIB_REACH_H
#define RIB_REACH_H

#include "rib/state.h"

/*
 * Finds the present policy's answer or asks for it; counts one reference. Looks first at `likely`,
 * which may be 0.
 */
uint32_t reach_ref(struct table *, uint32_t likely, attrs_id, uint32_t tags);
void reach_unref(struct table *, uint32_t reach);
/* True if both share out the same: equal pairs in the same order. 0 is one, too. */
bool reach_is_equal(const struct table *, uint32_t a, uint32_t b);

#endif
