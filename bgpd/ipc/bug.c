/* Ends the process on a bug of our own or without memory; see bug.h. */
#include "bgpd/ipc/bug.h"

#include <stdio.h>
#include <stdlib.h>

void
bug(const char *where, const char *what)
{
	fprintf(stderr, "roostd: bug: %s: %s\n", where, what);
	abort();
}

void *
bug_calloc(size_t count, size_t size)
{
	void *p = calloc(count, size);

	if (p == NULL)
		bug("calloc", "no memory");
	return p;
}

void *
bug_reallocarray(void *old, size_t count, size_t size)
{
	void *p = reallocarray(old, count, size);

	if (p == NULL)
		bug("reallocarray", "no memory");
	return p;
}
