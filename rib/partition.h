/*
 * Control combinations: how one reach parts the receivers. Members steer with communities, free
 * text from strangers; each combination costs sets, so there is a limit on the distinct ones per
 * slot (table_config.reach_limit).
 *
 *   reach {pairs} --partition_key()--> 64 bits;    (slot, era, key) -> struct partition {paths}
 *
 * The key is a sum of mixed serials of the pairs' sets, whatever their order and forms. Serials are
 * never used twice, and as long as a path is counted in a partition its reach holds the sets, so
 * equal combinations have equal keys all the time that a key is compared.
 *
 * An era is one policy of the table for one peer: what was judged by older ones is given back in
 * its time, but takes no room from the combinations of now. Nor do combinations that only paths
 * have which are gone: those that are not, and the stale ones among them, are counted per family,
 * so that a sweep costs a look at each combination, not at each path.
 */
#ifndef RIB_PARTITION_H
#define RIB_PARTITION_H

#include "rib/state.h"

/* 0 for what is no combination: nothing, or one pair for everyone. */
uint64_t partition_key(const struct table *, uint32_t pairs);

/* From now on no path of the slot counts, until it is judged again. */
void partition_begin(struct table *, uint16_t slot);

/* Counts a path, not gone, in the partition of its reach. False if that would be one too many. */
bool partition_take(struct table *, struct path *);
/* Takes it out again, if it is in one. */
void partition_give(struct table *, struct path *);

/* For path.c: what is held of the slot's family is stale from now on; what is stale is gone. */
void partition_stale_all(struct table *, uint16_t slot, enum family);
void partition_drop_stale(struct table *, uint16_t slot, enum family);

#endif
