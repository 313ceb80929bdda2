/*
 * A loaded configuration: what the parent asks of it, and its records for the children. See conf.h.
 * Parent only.
 */
#include "bgpd/conf/conf.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/conf/compiled.h"
#include "bgpd/conf/load.h"
#include "bgpd/conf/mem.h"
#include "bgpd/conf/utf8.h"

void
conf_free(struct conf *conf)
{
	size_t i;

	if (conf == NULL)
		return;
	for (i = 0; i < conf->peer_count; i++) {
		free(conf->peers[i].description);
		mem_wipe(conf->peers[i].password);
		free(conf->peers[i].file);
	}
	free(conf->peers);
	free(conf->by_address);
	free(conf->daemon.listen.items);
	free(conf->daemon.local_address.items);
	free(conf->daemon.socket);
	free(conf->daemon.restricted_socket);
	free(conf->daemon.user);
	free(conf);
}

const char *
conf_instance(const struct conf *conf)
{
	return conf->instance;
}

const struct conf_daemon *
conf_daemon(const struct conf *conf)
{
	return &conf->daemon;
}

const struct conf_cfg *
conf_cfg(const struct conf *conf)
{
	return &conf->cfg;
}

size_t
conf_peer_count(const struct conf *conf)
{
	return conf->peer_count;
}

const struct conf_peer *
conf_peer(const struct conf *conf, size_t slot)
{
	return &conf->peers[slot];
}

int
conf_compare_addresses(const struct conf_address *a, const struct conf_address *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->addr, b->addr, sizeof(a->addr));
}

long
conf_find_peer(const struct conf *conf, enum family family, const uint8_t addr[16])
{
	struct conf_address wanted = {.family = (uint8_t)family};
	size_t low = 0, high = conf->peer_count;

	memcpy(wanted.addr, addr, prefix_max_len(family) / 8);
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		uint32_t slot = conf->by_address[middle];
		int order = conf_compare_addresses(&wanted, &conf->peers[slot].address);

		if (order == 0)
			return (long)slot;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

const struct conf_address *
conf_local_address(const struct conf *conf, enum family family)
{
	const struct conf_addresses *local = &conf->daemon.local_address;
	size_t i;

	for (i = 0; i < local->count; i++) {
		if (local->items[i].family == family)
			return &local->items[i];
	}
	return NULL;
}

static void
compile_head(const struct conf *conf, uint32_t generation, struct compiled_head *head)
{
	const struct conf_daemon *daemon = &conf->daemon;

	memset(head, 0, sizeof(*head));
	head->generation = generation;
	head->rs_as = conf->cfg.rs_as;
	head->router_id = conf->cfg.router_id;
	head->slots = (uint32_t)conf->peer_count;
	head->workers = daemon->workers;
	head->hold_s = daemon->hold_s;
	head->connect_retry_s = daemon->connect_retry_s;
	head->idle_hold_s = daemon->idle_hold_s;
	head->idle_hold_max_s = daemon->idle_hold_max_s;
	head->send_hold_s = daemon->send_hold_s;
	head->log_size = daemon->log_size;
	head->ring_size = daemon->ring_size;
	head->path_hiding = conf->cfg.path_hiding;
	head->log_level = (uint8_t)daemon->log_level;
	memcpy(head->instance, conf->instance, sizeof(conf->instance));
}

static void
compile_slot(const struct conf_peer *peer, uint32_t number, struct compiled_slot *slot)
{
	slot->slot = number;
	slot->worker = peer->worker;
	slot->asn = peer->asn;
	slot->family = peer->address.family;
	/* One family per session, that of its address (RFC 8950 sessions come with policy). */
	slot->families = (uint8_t)(1 << peer->address.family);
	if (peer->cfg.passive)
		slot->flags |= SLOT_PASSIVE;
	if (peer->cfg.filters == CONF_FILTERS_NONE)
		slot->flags |= SLOT_FILTERS_NONE;
	if (peer->cfg.prepend_rs_as)
		slot->flags |= SLOT_PREPEND_RS_AS;
	if (peer->cfg.add_path)
		slot->flags |= SLOT_ADD_PATH;
	memcpy(slot->addr, peer->address.addr, sizeof(slot->addr));
	utf8_clean(peer->description, slot->description, sizeof(slot->description));
}

int
conf_compile(const struct conf *conf, uint32_t generation)
{
	struct compiled_slot *slots = mem_new(conf->peer_count, sizeof(*slots));
	struct compiled_head head;
	size_t i;
	int fd;

	compile_head(conf, generation, &head);
	for (i = 0; i < conf->peer_count; i++)
		compile_slot(&conf->peers[i], (uint32_t)i, &slots[i]);
	fd = compiled_seal(&head, slots);
	free(slots);
	return fd;
}
