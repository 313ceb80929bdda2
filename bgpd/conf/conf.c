/*
 * A loaded configuration: what the parent asks of it. See conf.h; compile.c makes the records for
 * the children. Parent only.
 */
#include "bgpd/conf/conf.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/conf/load.h"
#include "bgpd/conf/mem.h"

static void
free_texts(struct conf_texts *texts)
{
	size_t i;

	for (i = 0; i < texts->count; i++)
		free(texts->items[i]);
	free(texts->items);
}

static void
feeds_fini(struct conf_feeds *feeds)
{
	free_texts(&feeds->irr);
	free_texts(&feeds->rpki);
	free_texts(&feeds->trust_anchors);
	free(feeds->arin);
	free(feeds->registrobr);
	free(feeds->peeringdb);
	free(feeds->rtt);
}

static void
daemon_fini(struct conf_daemon *daemon)
{
	free(daemon->listen.items);
	free(daemon->local_address.items);
	free(daemon->socket);
	free(daemon->restricted_socket);
	free(daemon->state_file);
	free(daemon->user);
}

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
	for (i = 0; i < FAMILY_COUNT; i++)
		free(conf->settings.blackhole_next_hop[i].items);
	free(conf->peers);
	free(conf->records);
	free(conf->origins);
	free(conf->by_slot);
	free(conf->policies);
	free(conf->by_address);
	daemon_fini(&conf->daemon);
	feeds_fini(&conf->feeds);
	pool_fini(&conf->pool);
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

size_t
conf_slots(const struct conf *conf)
{
	return conf->daemon.max_peers;
}

const struct conf_peer *
conf_peer(const struct conf *conf, size_t slot)
{
	uint32_t index = conf->by_slot[slot];

	return index == SLOT_FREE ? NULL : &conf->peers[index];
}

const struct conf_feeds *
conf_feeds(const struct conf *conf)
{
	return &conf->feeds;
}

void
conf_policy(const struct conf *conf, struct policy_config *out)
{
	memset(out, 0, sizeof(*out));
	out->general = &conf->general;
	out->peers = conf->policies;
	out->peer_count = conf->daemon.max_peers;
	pool_view(&conf->pool, out);
}

/* ---- where values come from ---- */

/*
 * A key that a client may have of its own and that becomes a value: inherited, or of the session,
 * where a default depends on the address. And one for all whose default depends on the rest: its
 * value does not tell whether it is given.
 */
static bool
has_origin(const struct schema_row *row)
{
	bool is_inherited = (row->places & SCHEMA_GENERAL) != 0;

	if (row->places == SCHEMA_GENERAL && row->store == STORE_SETTINGS)
		return row->default_text != NULL && row->default_text[0] == '(';
	return (row->places & SCHEMA_CLIENT) != 0 &&
	    (row->store == STORE_CFG || (row->store == STORE_SETTINGS && is_inherited));
}

size_t
conf_origin_rows(void)
{
	static size_t count;
	size_t i;

	if (count != 0)
		return count;
	for (i = 0; i < schema_count(); i++)
		count += has_origin(schema_row(i));
	return count;
}

size_t
conf_origin_schema(size_t row)
{
	size_t i;

	for (i = 0; i < schema_count(); i++) {
		if (has_origin(schema_row(i)) && row-- == 0)
			return i;
	}
	abort();
}

const char *
conf_origin_name(size_t row)
{
	return schema_row(conf_origin_schema(row))->path;
}

enum conf_origin
conf_origin(const struct conf *conf, size_t slot, size_t row)
{
	return (enum conf_origin)conf->origins[conf->by_slot[slot] * conf_origin_rows() + row];
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
		const struct conf_peer *peer = &conf->peers[conf->by_address[middle]];
		int order = conf_compare_addresses(&wanted, &peer->address);

		if (order == 0)
			return (long)peer->slot;
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
