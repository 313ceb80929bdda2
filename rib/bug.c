/*
 * The end of a process whose own invariants do not hold. Runs in every process that links rib/.
 */
#include "rib/bug.h"

#include <stdio.h>
#include <stdlib.h>

_Noreturn void
rib_bug(const char *what)
{
	fprintf(stderr, "roost: internal error: %s\n", what);
	abort();
}
