/*
 * Plans: who the members are. Text, a line a session:
 *
 *   # comment
 *   default key=value ...          for the sessions that follow
 *   session local=192.0.2.10 peer=192.0.2.1 asn=42 routes=as42.txt.gz key=value ...
 *
 * The keys are a table in plan.c; roost-sim --keys prints them. Paths are relative to the plan.
 */
#ifndef SIM_PLAN_H
#define SIM_PLAN_H

#include "tests/sim/sim.h"

/* Reads a plan and the routes it names; ends the program if something is wrong. */
void plan_load(struct sim *sim, const char *path);
/* Adds a member; conf is copied, its strings are taken. */
struct member *plan_add(struct sim *sim, const struct member_conf *conf);
void plan_conf_init(struct member_conf *conf);
void plan_print_keys(FILE *out);

/*
 * The benchmark's load: members * routes announcements of IPv4 prefixes, half of the distinct
 * prefixes announced by share members each, the others by one. The first member's address is base.
 * Sets what each member must end up with.
 */
void synthetic_make(struct sim *sim, const struct member_conf *defaults, size_t members,
    size_t routes, size_t share, const struct address *base);
/* Writes plan.txt and a file of routes for each member into a folder. */
void synthetic_write(struct sim *sim, const char *dir);

#endif
