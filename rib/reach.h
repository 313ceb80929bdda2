/*
 * What export policy answers, kept per distinct (attributes, tags) while a path uses it.
 */
#ifndef RIB_REACH_H
#define RIB_REACH_H

#include "rib/state.h"

/* Finds the answer or asks policy; counts one reference. */
uint32_t reach_ref(struct table *, attrs_id, uint32_t tags);
void reach_unref(struct table *, uint32_t reach);

#endif
