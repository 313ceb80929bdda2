/*
 * What reach() answered, by slot, for tests that look at receivers: reach_add() is the test's own.
 */
#ifndef TESTS_UNIT_POLICY_ANSWER_H
#define TESTS_UNIT_POLICY_ANSWER_H

#include <stdbool.h>
#include <string.h>

#include "tests/unit/policy/fixture.h"

struct reach_out {
	uint64_t sent; /* by slot */
	uint32_t path_len[64];
	bool has_no_export[64];
	bool has_no_advertise[64];
};

static inline bool
answer_has(const uint8_t *block, size_t len, uint32_t number)
{
	struct attr_view attr;
	uint8_t octets[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
	    (uint8_t)(number >> 8), (uint8_t)number};

	if (!attrs_find(block, len, ATTR_COMMUNITIES, &attr))
		return false;
	for (size_t at = 0; at < attr.len; at += 4)
		if (memcmp(attr.value + at, octets, 4) == 0)
			return true;
	return false;
}

static struct fix_path answer_path;

void
reach_plain(struct reach_out *out)
{
	(void)out;
}

void
reach_add(struct reach_out *out, const uint8_t *block, size_t block_len, const uint64_t *words,
    size_t nwords)
{
	struct attrs_facts facts;

	if (block == NULL) {
		block = answer_path.block;
		block_len = answer_path.len;
	}
	attrs_read_facts(block, block_len, &facts);
	for (unsigned slot = 0; nwords > 0 && slot < 64; slot++) {
		if ((words[0] >> slot & 1) == 0)
			continue;
		out->sent |= UINT64_C(1) << slot;
		out->path_len[slot] = facts.path_len;
		out->has_no_export[slot] = answer_has(block, block_len, COMMUNITY_NO_EXPORT);
		out->has_no_advertise[slot] = answer_has(block, block_len, COMMUNITY_NO_ADVERTISE);
	}
}

/* Of 198.51.100.0/24, path "101 7", with these communities and tags. */
static inline struct reach_out
answer(struct fix *f, const char *std, const char *large, const char *ext, uint32_t tags)
{
	struct fix_route route = {
	    .prefix = "198.51.100.0/24", .path = "101 7", .std = std, .large = large, .ext = ext};
	struct reach_out out = {.sent = 0};

	fix_path(f, &answer_path, &route);
	policy_reach(f->policy, answer_path.block, answer_path.len, tags, &out);
	return out;
}

#endif
