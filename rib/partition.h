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
 * An era is one session under one policy: what older ones left behind is given back in its time,
 * but takes no room from the combinations of now.
 */
#ifndef RIB_PARTITION_H
#define RIB_PARTITION_H

#include "rib/state.h"

/* 0 for what is no combination: nothing, or one pair for everyone. */
uint64_t partition_key(const struct table *, uint32_t pairs);

/* From now on the slot has no combination. */
void partition_begin(struct table *, uint16_t slot);

/*
 * Counts one path of the slot in the partition of its reach. False if that would be one too many;
 * *out is 0 where nothing is counted.
 */
bool partition_take(struct table *, uint16_t slot, uint32_t reach, uint32_t *out);
/* Takes it out again; nothing for 0. */
void partition_give(struct table *, uint32_t partition);

#endif
