/*
 * Slots and workers: see load.h. Parent only.
 *
 * Everything in the children is numbered by slot, so a peer keeps its slot as long as its address
 * is configured with its ASN, whatever else is added or removed. Another ASN at the same address is
 * another peer. A removed peer leaves a free slot behind, which a later load may give away: not the
 * same one, for while the children change over, both would have it.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/conf/compiled.h"
#include "bgpd/conf/load.h"
#include "bgpd/conf/mem.h"

#define PEERS_MORE_MIN 64 /* room for peers that a reload adds */
#define PEERS_MORE_OF  4  /* or this part of those configured, if that is more */
#define PEERS_ROUND    64 /* sets of slots are made of words */

/* ---- keys of daemon that only a restart changes ---- */

static bool
same_addresses(const struct conf_addresses *a, const struct conf_addresses *b)
{
	size_t i;

	if (a->count != b->count)
		return false;
	for (i = 0; i < a->count; i++) {
		if (conf_compare_addresses(&a->items[i], &b->items[i]) != 0)
			return false;
	}
	return true;
}

static void
keep_addresses(struct conf_addresses *mine, const struct conf_addresses *running)
{
	free(mine->items);
	mine->count = running->count;
	mine->items = mem_new(running->count, sizeof(*mine->items));
	if (running->count > 0)
		memcpy(mine->items, running->items, running->count * sizeof(*mine->items));
}

enum kept_kind { KEPT_NUMBER, KEPT_TEXT, KEPT_ADDRESSES };

static const struct {
	const char *path;
	enum kept_kind kind;
	size_t offset; /* in struct conf_daemon */
} kept[] = {
    {"daemon.listen", KEPT_ADDRESSES, offsetof(struct conf_daemon, listen)},
    {"daemon.port", KEPT_NUMBER, offsetof(struct conf_daemon, port)},
    {"daemon.workers", KEPT_NUMBER, offsetof(struct conf_daemon, workers)},
    {"daemon.max_peers", KEPT_NUMBER, offsetof(struct conf_daemon, max_peers)},
    {"daemon.socket", KEPT_TEXT, offsetof(struct conf_daemon, socket)},
    {"daemon.restricted_socket", KEPT_TEXT, offsetof(struct conf_daemon, restricted_socket)},
    {"daemon.state_file", KEPT_TEXT, offsetof(struct conf_daemon, state_file)},
    {"daemon.user", KEPT_TEXT, offsetof(struct conf_daemon, user)},
    {"daemon.log_size", KEPT_NUMBER, offsetof(struct conf_daemon, log_size)},
    {"daemon.ring_size", KEPT_NUMBER, offsetof(struct conf_daemon, ring_size)},
};

/* Puts the running value in the place of the new one; true if they differed. */
static bool
keep_value(enum kept_kind kind, void *mine, const void *running)
{
	const struct conf_addresses *old = running;
	char *const *text = running;
	char **own = mine;
	bool differs;

	switch (kind) {
	case KEPT_NUMBER:
		differs = memcmp(mine, running, sizeof(uint32_t)) != 0;
		memcpy(mine, running, sizeof(uint32_t));
		return differs;
	case KEPT_TEXT:
		differs = strcmp(*own, *text) != 0;
		free(*own);
		*own = mem_text(*text, strlen(*text));
		return differs;
	case KEPT_ADDRESSES:
		differs = !same_addresses(mine, old);
		keep_addresses(mine, old);
		return differs;
	}
	return false;
}

static void
keep_running(struct loader *loader)
{
	struct conf_daemon *mine = &loader->conf->daemon;
	const struct conf_daemon *running = &loader->running->daemon;
	size_t i;

	for (i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		const struct node *node = load_given(loader, kept[i].path, SCHEMA_DAEMON);

		if (keep_value(kept[i].kind, (char *)mine + kept[i].offset,
			(const char *)running + kept[i].offset))
			load_complain(loader, CONF_WARNING, node,
			    "%s changes only with a restart of the daemon; the running value stays",
			    kept[i].path);
	}
}

/* ---- room ---- */

static void
fill_max_peers(struct loader *loader)
{
	struct conf_daemon *daemon = &loader->conf->daemon;
	size_t count = loader->conf->peer_count, more = count / PEERS_MORE_OF, room;

	if (daemon->max_peers != 0)
		return;
	/* Other numbers of peers would make another one, which nobody has asked for. */
	if (loader->running != NULL) {
		daemon->max_peers = loader->running->daemon.max_peers;
		return;
	}
	room = count + (more > PEERS_MORE_MIN ? more : PEERS_MORE_MIN);
	room = (room + PEERS_ROUND - 1) / PEERS_ROUND * PEERS_ROUND;
	daemon->max_peers = room > COMPILED_SLOTS_MAX ? COMPILED_SLOTS_MAX : (uint32_t)room;
}

/* ---- slots ---- */

/* Peers that run keep slot and worker. */
static void
take_running_slots(struct loader *loader)
{
	struct conf *conf = loader->conf;
	size_t i;

	for (i = 0; i < conf->peer_count; i++) {
		struct conf_peer *peer = &conf->peers[i];
		long slot = conf_find_peer(
		    loader->running, (enum family)peer->address.family, peer->address.addr);

		/* An address that stands twice is an error that check.c tells. */
		if (slot < 0 || conf->by_slot[slot] != SLOT_FREE ||
		    conf_peer(loader->running, (size_t)slot)->asn != peer->asn)
			continue;
		peer->slot = (uint32_t)slot;
		peer->worker = conf_peer(loader->running, (size_t)slot)->worker;
		conf->by_slot[slot] = (uint32_t)i;
	}
}

/* True if a new peer may have the slot. */
static bool
is_free_slot(const struct loader *loader, uint32_t slot)
{
	return loader->conf->by_slot[slot] == SLOT_FREE &&
	    (loader->running == NULL || conf_peer(loader->running, slot) == NULL);
}

static void
complain_of_room(struct loader *loader)
{
	const struct conf *conf = loader->conf;
	const struct node *node = load_given(loader, "daemon.max_peers", SCHEMA_DAEMON);

	if (conf->peer_count > conf->daemon.max_peers)
		load_complain(loader, CONF_ERROR, node,
		    "%zu peers are configured, but there is room for %u; raise "
		    "daemon.max_peers%s",
		    conf->peer_count, conf->daemon.max_peers,
		    loader->running == NULL ? "" : " and restart the daemon");
	else
		load_complain(loader, CONF_ERROR, node,
		    "there is room for %u peers, and new ones cannot have the places of those that "
		    "the same reload removes; first reload without the new peers, then with them, "
		    "or raise daemon.max_peers and restart the daemon",
		    conf->daemon.max_peers);
}

static void
take_free_slots(struct loader *loader)
{
	struct conf *conf = loader->conf;
	uint32_t free_slot = 0;
	size_t i;

	for (i = 0; i < conf->peer_count; i++) {
		if (conf->peers[i].slot != SLOT_FREE)
			continue;
		while (free_slot < conf->daemon.max_peers && !is_free_slot(loader, free_slot))
			free_slot++;
		if (free_slot == conf->daemon.max_peers) {
			complain_of_room(loader);
			return;
		}
		conf->peers[i].slot = free_slot;
		conf->by_slot[free_slot] = (uint32_t)i;
	}
}

/* ---- workers ---- */

struct ranked {
	uint32_t asn;
	size_t peer;
};

static int
compare_ranked(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	if (a->asn != b->asn)
		return a->asn < b->asn ? -1 : 1;
	return a->peer < b->peer ? -1 : a->peer > b->peer;
}

/* Finalizer of MurmurHash3: neighbouring ASNs must not fall on neighbouring workers in step. */
static uint32_t
hash_asn(uint32_t asn)
{
	asn = (asn ^ asn >> 16) * 0x85ebca6bu;
	asn = (asn ^ asn >> 13) * 0xc2b2ae35u;
	return asn ^ asn >> 16;
}

/* Gives every peer its worker; take_running_slots() overrules it. */
static void
spread_over_workers(struct conf *conf)
{
	struct ranked *ranked = mem_new(conf->peer_count, sizeof(*ranked));
	uint32_t nth = 0, workers = conf->daemon.workers;
	size_t i;

	for (i = 0; i < conf->peer_count; i++)
		ranked[i] = (struct ranked){conf->peers[i].asn, i};
	qsort(ranked, conf->peer_count, sizeof(*ranked), compare_ranked);
	for (i = 0; i < conf->peer_count; i++) {
		nth = i > 0 && ranked[i].asn == ranked[i - 1].asn ? nth + 1 : 0;
		conf->peers[ranked[i].peer].worker =
		    (hash_asn(ranked[i].asn) % workers + nth) % workers;
	}
	free(ranked);
}

void
slots_assign(struct loader *loader)
{
	struct conf *conf = loader->conf;
	uint32_t slot;

	fill_max_peers(loader);
	if (loader->running != NULL)
		keep_running(loader);
	spread_over_workers(conf);
	conf->by_slot = mem_new(conf->daemon.max_peers, sizeof(*conf->by_slot));
	conf->policies = mem_new(conf->daemon.max_peers, sizeof(*conf->policies));
	for (slot = 0; slot < conf->daemon.max_peers; slot++)
		conf->by_slot[slot] = SLOT_FREE;
	if (loader->running != NULL)
		take_running_slots(loader);
	take_free_slots(loader);
	for (slot = 0; slot < conf->daemon.max_peers; slot++) {
		if (conf->by_slot[slot] != SLOT_FREE)
			conf->policies[slot] = conf->records[conf->by_slot[slot]];
		else
			conf->policies[slot].role = ROLE_NONE;
	}
}
