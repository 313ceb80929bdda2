/* What the tests of the ipc folder share: reproducible random numbers, waiting, how much to do. */
#ifndef TESTS_UNIT_IPC_HELPER_H
#define TESTS_UNIT_IPC_HELPER_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/* Sanitizers slow us down by a factor of ten and more. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define UNDER_SANITIZER 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define UNDER_SANITIZER 1
#endif
#endif
#ifdef UNDER_SANITIZER
#define ROUNDS(n) ((n) / 4)
#else
#define ROUNDS(n) (n)
#endif

/* Long enough for a busy machine; who waits longer was not woken. */
#define WAIT_MS 10000

/* splitmix64: any seed will do, so a sequence number can be one. */
static inline uint64_t
random_next(uint64_t *state)
{
	uint64_t z = (*state += 0x9e3779b97f4a7c15u);

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static inline uint64_t
random_below(uint64_t *state, uint64_t bound)
{
	return random_next(state) % bound;
}

/* True if the descriptor became readable in time. */
static inline bool
wait_readable(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};

	return poll(&p, 1, WAIT_MS) == 1;
}

#endif
