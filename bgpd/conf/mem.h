/*
 * Allocation for the configuration. No memory is no input's fault: the process aborts
 * (a parent without memory for its configuration has nothing to run).
 */
#ifndef BGPD_CONF_MEM_H
#define BGPD_CONF_MEM_H

#include <stddef.h>

/* Zeroed memory for count elements; the caller frees it. */
void *mem_new(size_t count, size_t size);
/*
 * Room for one more element behind count in an array of capacity *room elements: returns the array,
 * moved where it had to grow, and the new capacity.
 */
void *mem_grow(void *array, size_t count, size_t *room, size_t size);
/* A terminated copy of len octets. */
char *mem_text(const char *octets, size_t len);
/* Overwrites a text that may be a secret and frees it; NULL is fine. */
void mem_wipe(char *text);

#endif
