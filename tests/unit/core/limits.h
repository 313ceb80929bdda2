/* A generation of the fixture whose peers have limits, or other flags of policy. */
#ifndef TESTS_UNIT_CORE_LIMITS_H
#define TESTS_UNIT_CORE_LIMITS_H

#include "bgpd/clock.h"
#include "tests/unit/core/fixture.h"

/* Changes the settings of one peer. */
typedef void change_peer(struct policy_peer *);

static inline int
changed_config(uint32_t generation, uint32_t slot, change_peer *change)
{
	int fd = make_config();
	struct policy_peer peers[SLOTS];
	struct compiled_head head;
	struct compiled plain;

	ck_assert_int_eq(compiled_map(fd, &plain), 0);
	close(fd);
	head = *plain.head;
	head.generation = generation;
	memcpy(peers, plain.policy.peers, sizeof(peers));
	change(&peers[slot]);
	plain.policy.peers = peers;
	fd = compiled_seal(&head, plain.slots, &plain.policy, NULL);
	ck_assert_int_ge(fd, 0);
	compiled_unmap(&plain);
	return fd;
}

/* Builds the generation and puts it in force; nothing has been judged again then. */
static inline void
change_config(uint32_t slot, change_peer *change)
{
	static uint32_t generation = 1;
	struct channel_generation commit = {.generation = ++generation};

	send_generation(commit.generation, changed_config(commit.generation, slot, change));
	parent_read(&core);
	while (generation_slice(&core, clock_us() + 1000))
		continue;
	ck_assert_int_eq(channel_send(parent, CHANNEL_COMMIT, &commit, NULL, 0), 0);
	parent_read(&core);
	ck_assert_uint_eq(core.now->number, commit.generation);
}

#endif
