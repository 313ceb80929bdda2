/*
 * The third kind of failure: our own bug, or no memory. The table cannot go on with a broken
 * invariant, and half a table is worse than a restarted process.
 */
#ifndef RIB_BUG_H
#define RIB_BUG_H

/* Writes the text to standard error and aborts. */
_Noreturn void rib_bug(const char *what);

#endif
