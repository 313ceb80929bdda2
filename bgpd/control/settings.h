/* What the configuration says for one peer: its keys with the values in force. Runs in rib. */
#ifndef BGPD_CONTROL_SETTINGS_H
#define BGPD_CONTROL_SETTINGS_H

#include <jansson.h>
#include <stdint.h>

#include "bgpd/core/state.h"

/*
 * [{"key", "value", "origin"}]: origin is "client", "general" or "default" of keys that a client
 * may have of its own or whose default depends on the rest, "server" of the others that hold for
 * everybody. A list of more than SETTINGS_LIST_MAX entries is cut off, with "count" beside it. A
 * collector has those of its session alone.
 */
json_t *settings_render(const struct core *, uint32_t slot);

#define SETTINGS_LIST_MAX 100

/* Names of reject reasons, of a mask with 1 << code. */
json_t *settings_reasons(uint32_t mask);

/* "shutdown", "rs", ...; null where there is none. */
json_t *settings_limit_action(uint8_t action);
json_t *settings_role(uint8_t role);

#endif
