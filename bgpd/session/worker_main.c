/*
 * How a worker process begins and ends.
 */
#include "bgpd/session/worker.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "bgpd/parent/sandbox.h"
#include "bgpd/session/state.h"

int
worker_main(const struct worker_start *start)
{
	struct channel_ready ready = {.generation = 0};
	struct worker *w;

	signal(SIGPIPE, SIG_IGN);
	w = worker_new(start->index, start->channel_fd);
	if (w == NULL) {
		event_log(EVENT_ENVIRONMENT, "event loop", strerror(errno));
		return EXIT_FAILURE;
	}
	if (sandbox_enter(SANDBOX_WORKER) == -1) {
		event_log(EVENT_ENVIRONMENT, "sandbox", strerror(errno));
		worker_free(w);
		return EXIT_FAILURE;
	}
	orders_send(w, CHANNEL_READY, &ready);
	while (worker_turn(w))
		;
	event_flush(true);
	worker_free(w);
	return EXIT_SUCCESS;
}
