/*
 * The entries of clients: one peer per address. See load.h. Parent only.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/conf/client.h"
#include "bgpd/conf/compiled.h"
#include "bgpd/conf/load.h"
#include "bgpd/conf/mem.h"
#include "bgpd/conf/report.h"
#include "bgpd/event.h"

#define PASSWORD_FILE_MAX 4096

static void
client_fini(struct client *client)
{
	free(client->ip.items);
	free(client->description);
	mem_wipe(client->password);
	free(client->password_file);
}

/* Warns once per file that others can read a password in it. */
static void
warn_readable_yaml(struct loader *loader, const struct node *password)
{
	if (password == NULL || !password->file->is_world_readable ||
	    password->file == loader->secret_file)
		return;
	loader->secret_file = password->file;
	report_alarm(loader->report, ALARM_SECRET_WORLD_READABLE, password->file->name,
	    password->line, password->col,
	    "this file holds passwords and every user of this host can read it; chmod o-r %s",
	    password->file->name);
}

/* Takes the first line of password_file as the password. */
static void
read_password_file(struct loader *loader, struct client *client, const struct node *node)
{
	char why[CONF_TEXT_MAX];
	bool is_world_readable;
	size_t len, line_len;
	char *text =
	    source_slurp(client->password_file, PASSWORD_FILE_MAX, &len, &is_world_readable, why);

	if (text == NULL) {
		load_complain(
		    loader, CONF_ERROR, node, "password_file %s %s", client->password_file, why);
		return;
	}
	if (is_world_readable)
		report_alarm(loader->report, ALARM_SECRET_WORLD_READABLE, node->file->name,
		    node->line, node->col,
		    "every user of this host can read the password in %s; chmod o-r %s",
		    client->password_file, client->password_file);
	line_len = strcspn(text, "\r\n");
	if (line_len == 0 || line_len > CONF_PASSWORD_MAX || memchr(text, '\0', line_len) != NULL)
		load_complain(loader, CONF_ERROR, node,
		    "password_file %s: its first line has %zu octets, expected a password of 1 to "
		    "%d",
		    client->password_file, line_len, CONF_PASSWORD_MAX);
	else
		client->password = mem_text(text, line_len);
	explicit_bzero(text, len);
	free(text);
}

static void
client_password(struct loader *loader, struct client *client)
{
	const struct node *password = load_given(loader, "password", SCHEMA_CLIENT);
	const struct node *file = load_given(loader, "password_file", SCHEMA_CLIENT);

	warn_readable_yaml(loader, password);
	if (password != NULL && file != NULL)
		load_complain(loader, CONF_ERROR, file,
		    "both password and password_file are given; keep one of them");
	else if (file != NULL)
		read_password_file(loader, client, file);
}

/* Reports what is missing or wrong about the entry as a whole. */
static bool
client_check(const struct loader *loader, const struct client *client, const struct node *entry)
{
	const struct node *asn = load_given(loader, "asn", SCHEMA_CLIENT);
	bool is_ok = true;

	if (asn == NULL && node_find(entry, "asn") == NULL) {
		load_complain(loader, CONF_ERROR, entry, "this client has no asn");
		is_ok = false;
	}
	if (client->ip.count == 0 && node_find(entry, "ip") == NULL) {
		load_complain(loader, CONF_ERROR, entry, "this client has no ip");
		is_ok = false;
	}
	if (asn != NULL && client->asn == loader->conf->cfg.rs_as) {
		load_complain(loader, CONF_ERROR, asn,
		    "asn: %u is the route server's own (cfg.rs_as); clients are other networks",
		    client->asn);
		is_ok = false;
	}
	return is_ok && asn != NULL && client->ip.count > 0;
}

static void
add_peer(struct conf *conf, const struct client *client, const struct conf_cfg *cfg, size_t i,
    const struct node *place)
{
	struct conf_peer *peer;

	conf->peers = mem_grow(conf->peers, conf->peer_count, &conf->peer_room, sizeof(*peer));
	peer = &conf->peers[conf->peer_count++];
	memset(peer, 0, sizeof(*peer));
	peer->asn = client->asn;
	peer->address = client->ip.items[i];
	peer->description = client->description == NULL
	    ? mem_text("", 0)
	    : mem_text(client->description, strlen(client->description));
	if (client->password != NULL)
		peer->password = mem_text(client->password, strlen(client->password));
	peer->cfg = *cfg;
	peer->file = mem_text(place->file->name, strlen(place->file->name));
	peer->line = place->line;
	peer->col = place->col;
}

static void
client_load(struct loader *loader, const struct node *entry)
{
	struct client client = {0};
	struct conf_cfg cfg = loader->conf->cfg; /* what it leaves out, it inherits */
	const struct node *ip;
	size_t i;

	load_forget(loader, SCHEMA_CLIENT);
	loader->bases[STORE_CLIENT] = &client;
	loader->bases[STORE_CFG] = &cfg;
	load_map(loader, entry, "", SCHEMA_CLIENT);
	client_password(loader, &client);
	if (client.filters != CONF_FILTERS_UNSET)
		cfg.filters = client.filters;
	if (client_check(loader, &client, entry)) {
		ip = load_given(loader, "ip", SCHEMA_CLIENT);
		for (i = 0; i < client.ip.count; i++)
			add_peer(loader->conf, &client, &cfg, i,
			    ip->kind == NODE_LIST ? ip->children[i].value : ip);
	}
	client_fini(&client);
}

struct ranked {
	uint32_t asn;
	size_t slot;
};

static int
compare_ranked(const void *left, const void *right)
{
	const struct ranked *a = left, *b = right;

	if (a->asn != b->asn)
		return a->asn < b->asn ? -1 : 1;
	return a->slot < b->slot ? -1 : a->slot > b->slot;
}

/* Finalizer of MurmurHash3: neighbouring ASNs must not fall on neighbouring workers in step. */
static uint32_t
hash_asn(uint32_t asn)
{
	asn = (asn ^ asn >> 16) * 0x85ebca6bu;
	asn = (asn ^ asn >> 13) * 0xc2b2ae35u;
	return asn ^ asn >> 16;
}

void
clients_assign_workers(struct conf *conf)
{
	struct ranked *ranked = mem_new(conf->peer_count, sizeof(*ranked));
	uint32_t nth = 0;
	size_t i;

	for (i = 0; i < conf->peer_count; i++)
		ranked[i] = (struct ranked){conf->peers[i].asn, i};
	qsort(ranked, conf->peer_count, sizeof(*ranked), compare_ranked);
	for (i = 0; i < conf->peer_count; i++) {
		nth = i > 0 && ranked[i].asn == ranked[i - 1].asn ? nth + 1 : 0;
		conf->peers[ranked[i].slot].worker =
		    (hash_asn(ranked[i].asn) % conf->daemon.workers + nth) % conf->daemon.workers;
	}
	free(ranked);
}

void
clients_load(struct loader *loader, const struct node *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		const struct node *entry = list->children[i].value;

		if (loader->conf->peer_count > COMPILED_SLOTS_MAX) {
			load_complain(loader, CONF_ERROR, entry, "more than %d client addresses",
			    COMPILED_SLOTS_MAX);
			break;
		}
		if (entry->kind == NODE_MAP)
			client_load(loader, entry);
		else
			load_complain(loader, CONF_ERROR, entry,
			    "a client: got %s, expected a mapping with asn and ip",
			    node_kind_name(entry));
	}
	loader->bases[STORE_CFG] = &loader->conf->cfg;
}
