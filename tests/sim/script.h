/*
 * Scripts: what the members are told to do, and what is waited for, a command a line, from a file
 * or from stdin. A command may be preceded by "at MS", counted from the script's begin. After each
 * command "ok MS COMMAND" or "error MS COMMAND: REASON" is printed on stdout. roost-sim --commands
 * prints the table of commands.
 */
#ifndef SIM_SCRIPT_H
#define SIM_SCRIPT_H

#include "tests/sim/sim.h"

/* path "-" is stdin. */
void script_open(struct sim *sim, const char *path);
void script_free(struct sim *sim);
/* Waits longer than this end the run with SIM_TIMEOUT. */
void script_set_timeout(struct sim *sim, uint32_t timeout_s);
/* Runs what can be run; returns when to be called again at the latest. */
uint64_t script_step(struct sim *sim);
void script_print_commands(FILE *out);

#endif
