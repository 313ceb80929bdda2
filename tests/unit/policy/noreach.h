/* For tests that ask nothing of reach: what rib gives policy to put its answers. */
#ifndef TESTS_UNIT_POLICY_NOREACH_H
#define TESTS_UNIT_POLICY_NOREACH_H

#include "rib/table.h"

void
reach_add(struct reach_out *out, const uint8_t *block, size_t block_len, const uint64_t *words,
    size_t nwords)
{
	(void)out, (void)block, (void)block_len, (void)words, (void)nwords;
}

void
reach_plain(struct reach_out *out)
{
	(void)out;
}

#endif
