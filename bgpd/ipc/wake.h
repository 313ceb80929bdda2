/*
 * How one process sleeps and another wakes it, without a system call while both are awake.
 *
 *   sleeper                                waker
 *   -------                                -----
 *   wake_line_sleep: sleeps becomes odd    publishes its work      (seq_cst store)
 *   looks for work  (seq_cst load)         wake_line_is_due: sleeps odd and new? (seq_cst load)
 *   none: waits for its eventfd            yes: wake_send(eventfd)
 *   wake_line_awake: sleeps becomes even
 *
 * Invariant: all four accesses in the middle are sequentially consistent, so either the sleeper
 * sees the work or the waker sees the sleep (store buffering, Dekker): no wake-up is lost.
 *
 * The line has one writer, the sleeper; it may lie in memory that the waker maps read-only. The
 * waker keeps the last count it woke, so a sleep costs at most one system call. A hostile sleeper
 * can cost us wake-ups at its own eventfd, nothing else.
 */
#ifndef BGPD_IPC_WAKE_H
#define BGPD_IPC_WAKE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct wake_line {
	_Alignas(64) _Atomic uint32_t sleeps; /* odd: asleep */
};

/* Sleeper: says that it is about to sleep. It must look for work once more after this. */
void wake_line_sleep(struct wake_line *);

/* Sleeper: is awake, however it came to be. Calling it while awake changes nothing. */
void wake_line_awake(struct wake_line *);

/*
 * Waker, after it has published: true if the sleeper must be woken. *last belongs to the waker,
 * one per line, 0 at the start.
 */
bool wake_line_is_due(const struct wake_line *, uint32_t *last);

/* An eventfd, non-blocking and close-on-exec. Returns it, or -1 with errno. */
int wake_new(void);

/* Makes the eventfd readable. Never blocks: an eventfd that is full is readable already. */
void wake_send(int eventfd);

/* Makes the eventfd quiet again; the sleeper's first act when it was woken. */
void wake_drain(int eventfd);

#endif
