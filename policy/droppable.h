/*
 * Which attributes an operator may have dropped (filtering.drop_attributes), and why the others
 * have to stay: one table for who reads the configuration and who checks its records.
 */
#ifndef POLICY_DROPPABLE_H
#define POLICY_DROPPABLE_H

#include <stdint.h>

/* NULL if an attribute of this type may be dropped; otherwise why not, as the end of a sentence. */
const char *droppable_why_not(uint8_t type);

#endif
