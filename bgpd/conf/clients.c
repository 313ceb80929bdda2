/*
 * The entries of clients and collectors: one peer per address. See load.h. Parent only.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/conf/client.h"
#include "bgpd/conf/communities.h"
#include "bgpd/conf/compiled.h"
#include "bgpd/conf/load.h"
#include "bgpd/conf/mem.h"
#include "bgpd/conf/report.h"
#include "bgpd/conf/value.h"
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
client_check(const struct loader *loader, const struct client *client, const struct node *entry,
    const char *what)
{
	const struct node *asn = load_given(loader, "asn", SCHEMA_CLIENT);
	bool is_ok = true;

	if (asn == NULL && node_find(entry, "asn") == NULL) {
		load_complain(loader, CONF_ERROR, entry, "this %s has no asn", what);
		is_ok = false;
	}
	if (client->ip.count == 0 && node_find(entry, "ip") == NULL) {
		load_complain(loader, CONF_ERROR, entry, "this %s has no ip", what);
		is_ok = false;
	}
	if (asn != NULL && client->asn == loader->conf->cfg.rs_as) {
		load_complain(loader, CONF_ERROR, asn,
		    "asn: %u is the route server's own (cfg.rs_as); %ss are other networks",
		    client->asn, what);
		is_ok = false;
	}
	return is_ok && asn != NULL && client->ip.count > 0;
}

/* ---- what concerns several keys of a client ---- */

static void
check_next_hop(
    const struct loader *loader, const struct conf_settings *settings, const struct node *entry)
{
	const struct node *list =
	    load_given(loader, "cfg.filtering.next_hop.authorized_addresses_list", SCHEMA_CLIENT);

	if (settings->next_hop == NEXT_HOP_AUTHORIZED && settings->authorized.count == 0)
		load_complain(loader, CONF_ERROR, list == NULL ? entry : list,
		    "next_hop.policy is authorized_addresses, but this client has no "
		    "authorized_addresses_list");
	else if (settings->next_hop != NEXT_HOP_AUTHORIZED && list != NULL)
		load_complain(loader, CONF_ERROR, list,
		    "authorized_addresses_list counts only with next_hop.policy "
		    "authorized_addresses; remove one of them");
}

/* Complains where the families given leave out what the sessions are for. */
static void
check_families(const struct loader *loader, const struct client *client, const struct conf_cfg *cfg)
{
	static const char *const names[FAMILY_COUNT] = {
	    [FAMILY_IPV4] = "ipv4", [FAMILY_IPV6] = "ipv6"};
	const struct node *node = load_given(loader, "cfg.families", SCHEMA_CLIENT);
	char text[VALUE_ADDRESS_TEXT];
	size_t i;

	for (i = 0; node != NULL && i < client->ip.count; i++) {
		uint8_t family = client->ip.items[i].family;

		if ((cfg->families >> family & 1) != 0)
			continue;
		value_format_address(&client->ip.items[i], text);
		load_complain(loader, CONF_ERROR, node,
		    "cfg.families leaves out %s, the family of %s: a session carries at least the "
		    "family of its address; add it",
		    names[family], text);
		return;
	}
	if (node != NULL && (cfg->families >> FAMILY_IPV4 & 1) == 0 && cfg->rfc8950 &&
	    load_given(loader, "cfg.rfc8950", SCHEMA_CLIENT) != NULL)
		load_complain(loader, CONF_ERROR, node,
		    "cfg.families leaves out ipv4, which rfc8950 of the same client puts on its "
		    "sessions; remove one of them");
}

static void
check_paths(const struct loader *loader, const struct conf_cfg *cfg)
{
	const struct node *node = load_given(loader, "cfg.add_path_paths", SCHEMA_CLIENT);

	if (node != NULL && cfg->add_path_paths > 0 && !cfg->add_path)
		load_complain(loader, CONF_NOTE, node,
		    "cfg.add_path_paths has no effect here: add_path is off for this client");
}

/* Decides whether the client is filtered at all; see the row of cfg in the schema. */
static void
client_filters(struct loader *loader, const struct client *client, struct conf_cfg *cfg)
{
	const struct node *none = load_given(loader, "filters", SCHEMA_CLIENT);
	bool has_checks = load_has_filtering(loader, LAYER_CLIENT, true);

	if (none == NULL)
		none = load_given(loader, "cfg.filters", SCHEMA_CLIENT);
	if (client->filters != CONF_FILTERS_UNSET) {
		cfg->filters = client->filters;
		load_note_given(loader, "cfg.filters", none);
	}
	if (none != NULL && has_checks)
		load_complain(loader, CONF_ERROR, none,
		    "filters: none stands beside checks below cfg.filtering of the same client; "
		    "remove one of them");
	else if (has_checks)
		cfg->filters = CONF_FILTERS_UNSET;
	cfg->has_policy = cfg->filters == CONF_FILTERS_UNSET &&
	    (loader->is_arouteserver || load_has_filtering(loader, LAYER_GENERAL, false) ||
		load_has_filtering(loader, LAYER_CLIENT, false));
}

/* AS-SETs: its own, else those of its ASN. What exists and is empty authorises AS<asn> alone. */
static void
client_objects(struct loader *loader, const struct client *client, struct conf_settings *settings)
{
	bool is_given = load_given(loader, "cfg.filtering.irrdb.as_sets", SCHEMA_CLIENT) != NULL;
	struct policy_name name;
	char own[16];
	size_t i;

	for (i = 0; !is_given && i < loader->asn_count; i++) {
		if (loader->asns[i].asn != client->asn)
			continue;
		settings->objects = loader->asns[i].objects;
		is_given = true;
	}
	if (!is_given || settings->objects.count > 0)
		return;
	snprintf(own, sizeof(own), "AS%u", client->asn);
	name.text = pool_text(&loader->conf->pool, own);
	settings->objects = pool_add(&loader->conf->pool, POOL_NAMES, &name, 1);
}

/* One name of attach_custom_communities. */
static void
client_custom(struct loader *loader, const struct node *item, struct policy_range *customs)
{
	struct conf *conf = loader->conf;
	struct policy_range added;
	uint32_t index;
	long found;

	if (item->kind != NODE_SCALAR) {
		load_complain(loader, CONF_ERROR, item,
		    "cfg.attach_custom_communities: got %s, expected the name of a custom "
		    "community",
		    node_kind_name(item));
		return;
	}
	found = communities_custom(&conf->pool, &conf->general, item->text);
	if (found < 0) {
		load_complain(loader, CONF_ERROR, item,
		    "cfg.attach_custom_communities: \"%.60s\" is not declared; add it to "
		    "cfg.custom_communities in the general settings",
		    item->text);
		return;
	}
	index = (uint32_t)found;
	added = pool_add(&conf->pool, POOL_ASNS, &index, 1);
	if (customs->count++ == 0)
		customs->first = added.first;
}

static struct policy_range
client_customs(struct loader *loader)
{
	const struct node *node =
	    load_given(loader, "cfg.attach_custom_communities", SCHEMA_CLIENT);
	struct policy_range customs = {0};
	size_t i;

	if (node == NULL)
		return customs;
	if (node->kind == NODE_LIST) {
		for (i = 0; i < node->count; i++)
			client_custom(loader, node->children[i].value, &customs);
	} else
		client_custom(loader, node, &customs);
	return customs;
}

/* Remembers the stand-in of a 32-bit ASN. */
static void
client_mapping(struct loader *loader, const struct client *client)
{
	const struct node *node = load_given(loader, "16bit_mapped_asn", SCHEMA_CLIENT);

	if (node == NULL)
		return;
	if (client->asn <= UINT16_MAX) {
		load_complain(loader, CONF_ERROR, node,
		    "16bit_mapped_asn: AS%u is a 16-bit ASN and stands for itself; remove this",
		    client->asn);
		return;
	}
	communities_check_mapped(
	    loader, node, client->mapped_asn, &loader->conf->pool, &loader->conf->general);
	loader->mappings = mem_grow(loader->mappings, loader->mapping_count, &loader->mapping_room,
	    sizeof(*loader->mappings));
	loader->mappings[loader->mapping_count++] =
	    (struct loader_mapping){client->asn, client->mapped_asn, node};
}

/* ---- entries to peers ---- */

static void
note_origins(struct loader *loader)
{
	struct conf *conf = loader->conf;
	size_t rows = conf_origin_rows(), i;
	uint8_t *origins;

	while (conf->origin_room < (conf->peer_count + 1) * rows)
		conf->origins = mem_grow(conf->origins, conf->origin_room, &conf->origin_room, 1);
	origins = conf->origins + conf->peer_count * rows;
	for (i = 0; i < rows; i++) {
		size_t row = conf_origin_schema(i);

		origins[i] = loader->given[LAYER_CLIENT][row] != NULL ? CONF_OF_CLIENT
		    : loader->given[LAYER_GENERAL][row] != NULL	      ? CONF_OF_GENERAL
								      : CONF_OF_DEFAULT;
	}
}

/* What the session carries: as given, else its address's family, with RFC 8950 both on IPv6. */
static void
settle_families(struct conf_peer *peer)
{
	const uint8_t ipv4 = 1 << FAMILY_IPV4, own = (uint8_t)(1 << peer->address.family);
	bool is_ipv6 = peer->address.family == FAMILY_IPV6, is_given = peer->cfg.families != 0;

	peer->families = is_given ? (uint8_t)peer->cfg.families : own;
	if (is_ipv6 && peer->cfg.rfc8950 && !is_given)
		peer->families |= ipv4;
	if (!is_ipv6 || (peer->families & ipv4) == 0)
		return;
	peer->ipv6_next_hops = peer->cfg.rfc8950;
	peer->ipv4_next_hops = is_given;
}

static void
add_peer(struct loader *loader, const struct client *client, const struct conf_settings *settings,
    const struct conf_cfg *cfg, size_t i, const struct node *place)
{
	struct conf *conf = loader->conf;
	struct conf_peer *peer;

	note_origins(loader);
	conf->peers = mem_grow(conf->peers, conf->peer_count, &conf->peer_room, sizeof(*peer));
	conf->records =
	    mem_grow(conf->records, conf->peer_count, &conf->record_room, sizeof(*conf->records));
	peer = &conf->peers[conf->peer_count];
	memset(peer, 0, sizeof(*peer));
	peer->asn = client->asn;
	peer->slot = SLOT_FREE;
	peer->is_collector = client->is_collector;
	peer->role = settings->has_roles ? (uint8_t)settings->role : ROLE_NONE;
	peer->role_is_strict = settings->has_roles && settings->role_is_strict;
	peer->address = client->ip.items[i];
	peer->description = client->description == NULL
	    ? mem_text("", 0)
	    : mem_text(client->description, strlen(client->description));
	if (client->password != NULL)
		peer->password = mem_text(client->password, strlen(client->password));
	peer->cfg = *cfg;
	settle_families(peer);
	peer->file = mem_text(place->file->name, strlen(place->file->name));
	peer->line = place->line;
	peer->col = place->col;
	inforce_peer(loader, client, settings, cfg, peer, &conf->records[conf->peer_count]);
	conf->peer_count++;
}

/* What a client's keys are beyond their values. is_sound: each of them was fine by itself. */
static void
client_policy(struct loader *loader, struct client *client, struct conf_settings *settings,
    struct conf_cfg *cfg, const struct node *entry, bool is_sound)
{
	client_filters(loader, client, cfg);
	if (is_sound) {
		check_lengths(loader, settings, SCHEMA_CLIENT);
		check_next_hop(loader, settings, entry);
		check_families(loader, client, cfg);
		check_paths(loader, cfg);
	}
	client_objects(loader, client, settings);
	client->customs = client_customs(loader);
	client_mapping(loader, client);
}

/* A collector has no filters: it announces nothing. It gets all paths that its peer can take. */
static void
collector_policy(struct client *client, struct conf_settings *settings, struct conf_cfg *cfg)
{
	client->is_collector = true;
	cfg->filters = CONF_FILTERS_UNSET;
	cfg->has_policy = false;
	cfg->prepend_rs_as = false;
	cfg->add_path = true;
	cfg->add_path_paths = 0;
	cfg->add_path_receive = 0;
	settings->has_roles = false;
}

static void
client_load(struct loader *loader, const struct node *entry, enum schema_place place)
{
	struct client client = {0};
	struct conf_cfg cfg = loader->conf->cfg; /* what it leaves out, it inherits */
	struct conf_settings settings = loader->conf->settings;
	bool is_collector = place == SCHEMA_COLLECTOR;
	size_t errors = loader->report->errors;
	const struct node *ip;
	size_t i;

	load_forget(loader, place);
	loader->bases[STORE_CLIENT] = &client;
	loader->bases[STORE_CFG] = &cfg;
	loader->bases[STORE_SETTINGS] = &settings;
	load_map(loader, entry, "", place);
	client_password(loader, &client);
	if (is_collector)
		collector_policy(&client, &settings, &cfg);
	else
		client_policy(
		    loader, &client, &settings, &cfg, entry, loader->report->errors == errors);
	if (client_check(loader, &client, entry, is_collector ? "collector" : "client")) {
		ip = load_given(loader, "ip", SCHEMA_CLIENT);
		for (i = 0; i < client.ip.count; i++)
			add_peer(loader, &client, &settings, &cfg, i,
			    ip->kind == NODE_LIST ? ip->children[i].value : ip);
	}
	client_fini(&client);
}

void
clients_load(struct loader *loader, const struct node *list, enum schema_place place)
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
			client_load(loader, entry, place);
		else
			load_complain(loader, CONF_ERROR, entry,
			    "%s: got %s, expected a mapping with asn and ip",
			    schema_place_name(place), node_kind_name(entry));
	}
	loader->bases[STORE_CFG] = &loader->conf->cfg;
	loader->bases[STORE_SETTINGS] = &loader->conf->settings;
}

/* ---- stand-ins of 32-bit ASNs ---- */

static int
compare_mappings(const void *left, const void *right)
{
	const struct loader_mapping *a = left, *b = right;

	if (a->mapped != b->mapped)
		return a->mapped < b->mapped ? -1 : 1;
	if (a->asn != b->asn)
		return a->asn < b->asn ? -1 : 1;
	return a->node < b->node ? -1 : a->node > b->node;
}

/* One stand-in for two ASNs, or one that is a client's real ASN. */
static void
check_mapped(struct loader *loader)
{
	const struct conf *conf = loader->conf;
	size_t i, j;

	for (i = 0; i < loader->mapping_count; i++) {
		const struct loader_mapping *map = &loader->mappings[i];

		if (i > 0 && map[-1].mapped == map->mapped && map[-1].asn != map->asn)
			load_complain(loader, CONF_ERROR, map->node,
			    "16bit_mapped_asn: %u stands for AS%u already (line %u); AS%u needs "
			    "another",
			    map->mapped, map[-1].asn, map[-1].node->line, map->asn);
		for (j = 0; j < conf->peer_count; j++) {
			if (conf->peers[j].asn == map->mapped && !conf->peers[j].is_collector)
				break;
		}
		if (j < conf->peer_count)
			load_complain(loader, CONF_ERROR, map->node,
			    "16bit_mapped_asn: %u is the real ASN of a client (line %u); take "
			    "another",
			    map->mapped, conf->peers[j].line);
	}
}

/* The stand-in of an ASN, 0 = none; complains about a second one. */
static uint32_t
find_mapped(struct loader *loader, uint32_t asn)
{
	const struct loader_mapping *found = NULL;
	size_t i;

	for (i = 0; i < loader->mapping_count; i++) {
		const struct loader_mapping *map = &loader->mappings[i];

		if (map->asn != asn)
			continue;
		if (found != NULL && found->mapped != map->mapped)
			load_complain(loader, CONF_ERROR, map->node,
			    "16bit_mapped_asn: AS%u has %u already (line %u); an ASN has one", asn,
			    found->mapped, found->node->line);
		found = map;
	}
	return found == NULL ? 0 : found->mapped;
}

void
clients_map_asns(struct loader *loader)
{
	struct conf *conf = loader->conf;
	uint32_t last_asn = 0, last = 0;
	size_t i;

	if (loader->mapping_count > 0)
		qsort(loader->mappings, loader->mapping_count, sizeof(*loader->mappings),
		    compare_mappings);
	check_mapped(loader);
	for (i = 0; i < conf->peer_count; i++) {
		uint32_t asn = conf->peers[i].asn;

		if (asn != last_asn)
			last = asn <= UINT16_MAX ? asn : find_mapped(loader, asn);
		last_asn = asn;
		conf->records[i].mapped_asn = (uint16_t)last;
	}
}
