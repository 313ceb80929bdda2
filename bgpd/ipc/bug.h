/*
 * The third kind of failure: our own bug, or no memory. Both end the process with a message; the
 * parent reports the death and starts the process anew.
 */
#ifndef BGPD_IPC_BUG_H
#define BGPD_IPC_BUG_H

#include <stddef.h>

/* Says "roostd: bug: WHERE: WHAT" on standard error and aborts. */
_Noreturn void bug(const char *where, const char *what);

/* As calloc() and reallocarray(), but never NULL: without memory there is no way on. */
void *bug_calloc(size_t count, size_t size);
void *bug_reallocarray(void *old, size_t count, size_t size);

#endif
