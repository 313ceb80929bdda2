/* Sleeping and waking between processes; see wake.h. */
#include "bgpd/ipc/wake.h"

#include <sys/eventfd.h>
#include <unistd.h>

void
wake_line_sleep(struct wake_line *line)
{
	uint32_t sleeps = atomic_load_explicit(&line->sleeps, memory_order_relaxed);

	/*
	 * seq_cst: must be ordered before the sleeper's next look at the work, which is a load of
	 * another variable; acquire and release would let the two pass each other.
	 */
	atomic_store_explicit(&line->sleeps, (sleeps + 1) | 1, memory_order_seq_cst);
}

void
wake_line_awake(struct wake_line *line)
{
	uint32_t sleeps = atomic_load_explicit(&line->sleeps, memory_order_relaxed);

	/* relaxed: a waker that sees it late sends one wake-up too many, never one too few. */
	if (sleeps & 1)
		atomic_store_explicit(&line->sleeps, sleeps + 1, memory_order_relaxed);
}

bool
wake_line_is_due(const struct wake_line *line, uint32_t *last)
{
	/* seq_cst: the other half of wake_line_sleep(), after the seq_cst store of the work. */
	uint32_t sleeps = atomic_load_explicit(&line->sleeps, memory_order_seq_cst);

	if (!(sleeps & 1) || sleeps == *last)
		return false;
	*last = sleeps;
	return true;
}

int
wake_new(void)
{
	return eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
}

void
wake_send(int eventfd)
{
	uint64_t one = 1;
	ssize_t n = write(eventfd, &one, sizeof(one));

	(void)n; /* EAGAIN: it is readable already, which is all that we want */
}

void
wake_drain(int eventfd)
{
	uint64_t count;
	ssize_t n = read(eventfd, &count, sizeof(count));

	(void)n; /* EAGAIN: quiet already */
}
