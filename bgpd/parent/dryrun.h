/*
 * roostd -n: the data files of a configuration, read as the daemon would read them, in this
 * process, with the rights that the daemon's reader would have. What is good is counted and
 * printed.
 */
#ifndef BGPD_PARENT_DRYRUN_H
#define BGPD_PARENT_DRYRUN_H

#include <stdio.h>

#include "bgpd/conf/conf.h"

/*
 * Gives up rights for good, reads the data files, prints what is wrong to errors and, where nothing
 * is, a line of counts to out; none where the configuration names no files. Returns 0, or -1 where
 * the daemon would refuse to start.
 */
int dryrun_data(const struct conf *, FILE *out, FILE *errors);

#endif
