/*
 * The control sockets of the rib process: newline-delimited JSON requests, streamed answers.
 *
 *   {"command": "show routes", "args": {"prefix": "192.0.2.0/24"}}
 *   -> {"answer": "routes", "list": true}   list: any number of objects follows, otherwise one
 *   -> {"prefix": "192.0.2.0/24", ...}      a line each
 *   -> {"done": true, "count": 2}           or, at any place: {"error": "what was wrong"}
 *
 * A request that needs more than a moment is answered in slices between other work; a client that
 * does not read its answer costs a bounded buffer and is dropped after a while.
 */
#ifndef BGPD_CONTROL_CONTROL_H
#define BGPD_CONTROL_CONTROL_H

#include <stdbool.h>
#include <stdint.h>

struct channel_reloaded;
struct core;
struct control;

/* Serves the two listening sockets, which it takes over; -1 = there is none. */
struct control *control_new(struct core *, int full_fd, int restricted_fd);
void control_free(struct control *);

/* The parent says what became of a reload; control may be NULL. text_fd stays the caller's. */
void control_reloaded(struct control *, const struct channel_reloaded *, int text_fd);

/* Goes on with answers until the deadline. True if there is more that could be done now. */
bool control_slice(struct control *, uint64_t deadline_us);

#endif
