/*
 * A loaded configuration as records for the children: see compiled.h. Parent only.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/conf/compiled.h"
#include "bgpd/conf/conf.h"
#include "bgpd/conf/load.h"
#include "bgpd/conf/mem.h"
#include "bgpd/utf8.h"

static void
compile_head(const struct conf *conf, uint32_t generation, struct compiled_head *head)
{
	const struct conf_daemon *daemon = &conf->daemon;

	memset(head, 0, sizeof(*head));
	head->generation = generation;
	head->rs_as = conf->cfg.rs_as;
	head->router_id = conf->cfg.router_id;
	head->slots = daemon->max_peers;
	head->workers = daemon->workers;
	head->hold_s = daemon->hold_s;
	head->connect_retry_s = daemon->connect_retry_s;
	head->idle_hold_s = daemon->idle_hold_s;
	head->idle_hold_max_s = daemon->idle_hold_max_s;
	head->send_hold_s = daemon->send_hold_s;
	head->log_size = daemon->log_size;
	head->ring_size = daemon->ring_size;
	head->restart_s = (uint16_t)conf->cfg.restart_s;
	head->stale_s = (uint16_t)conf->cfg.stale_s;
	head->deferral_s = (uint16_t)conf->cfg.deferral_s;
	head->path_hiding = conf->cfg.path_hiding;
	head->log_level = (uint8_t)daemon->log_level;
	memcpy(head->instance, conf->instance, sizeof(conf->instance));
}

static uint16_t
slot_flags(const struct conf_peer *peer)
{
	uint16_t flags = 0;

	if (peer->cfg.passive)
		flags |= SLOT_PASSIVE;
	if (peer->cfg.filters == CONF_FILTERS_NONE)
		flags |= SLOT_FILTERS_NONE;
	if (peer->cfg.prepend_rs_as)
		flags |= SLOT_PREPEND_RS_AS;
	if (peer->cfg.add_path)
		flags |= SLOT_ADD_PATH;
	if (peer->is_collector)
		flags |= SLOT_COLLECTOR;
	if (peer->role != ROLE_NONE)
		flags |= SLOT_ROLES;
	if (peer->role_is_strict)
		flags |= SLOT_ROLE_STRICT;
	if (peer->cfg.gtsm)
		flags |= SLOT_GTSM;
	if (peer->ipv6_next_hops)
		flags |= SLOT_IPV6_NEXT_HOPS;
	if (peer->cfg.extended_messages)
		flags |= SLOT_EXTENDED_MESSAGES;
	if (peer->cfg.graceful_restart)
		flags |= SLOT_GRACEFUL_RESTART;
	if (peer->cfg.long_shutdown_text)
		flags |= SLOT_LONG_SHUTDOWN_TEXT;
	return flags;
}

static void
compile_slot(const struct conf_peer *peer, struct compiled_slot *slot)
{
	slot->worker = peer->worker;
	slot->asn = peer->asn;
	slot->family = peer->address.family;
	slot->families = peer->families;
	slot->flags = slot_flags(peer);
	slot->role = peer->role == ROLE_NONE ? 0 : peer->role;
	slot->multihop = (uint8_t)peer->cfg.multihop;
	slot->paths_told = peer->cfg.add_path ? (uint16_t)peer->cfg.add_path_paths : 0;
	slot->paths_kept = (uint16_t)peer->cfg.add_path_receive;
	memcpy(slot->addr, peer->address.addr, sizeof(slot->addr));
	utf8_clean(peer->description, slot->description, sizeof(slot->description));
}

static struct compiled_slot *
compile_slots(const struct conf *conf)
{
	struct compiled_slot *slots = mem_new(conf->daemon.max_peers, sizeof(*slots));
	uint32_t i;

	for (i = 0; i < conf->daemon.max_peers; i++) {
		const struct conf_peer *peer = conf_peer(conf, i);

		slots[i].slot = i;
		if (peer == NULL)
			slots[i].flags = SLOT_UNUSED;
		else
			compile_slot(peer, &slots[i]);
	}
	return slots;
}

/* A row of bytes per slot, zeros where it has no peer. */
static uint8_t *
compile_origins(const struct conf *conf)
{
	size_t rows = conf_origin_rows(), slot;
	uint8_t *origins = mem_new(conf->daemon.max_peers, rows);

	for (slot = 0; slot < conf->daemon.max_peers; slot++) {
		if (conf->by_slot[slot] != SLOT_FREE)
			memcpy(origins + slot * rows, conf->origins + conf->by_slot[slot] * rows,
			    rows);
	}
	return origins;
}

/* The keys' paths, terminated, one after another. The caller frees them. */
static char *
compile_origin_names(size_t *len)
{
	size_t rows = conf_origin_rows(), i;
	char *names;

	for (*len = 0, i = 0; i < rows; i++)
		*len += strlen(conf_origin_name(i)) + 1;
	names = mem_new(*len, 1);
	for (*len = 0, i = 0; i < rows; i++) {
		const char *name = conf_origin_name(i);

		memcpy(names + *len, name, strlen(name) + 1);
		*len += strlen(name) + 1;
	}
	return names;
}

int
conf_compile(const struct conf *conf, uint32_t generation)
{
	struct compiled_slot *slots = compile_slots(conf);
	uint8_t *origins = compile_origins(conf);
	struct compiled_origins where = {.origins = origins};
	struct policy_config policy;
	struct compiled_head head;
	char *names;
	size_t len;
	int fd;

	compile_head(conf, generation, &head);
	conf_policy(conf, &policy);
	names = compile_origin_names(&len);
	where.names = names;
	where.rows = (uint32_t)conf_origin_rows();
	where.names_len = (uint32_t)len;
	fd = compiled_seal(&head, slots, &policy, &where);
	free(names);
	free(origins);
	free(slots);
	return fd;
}
