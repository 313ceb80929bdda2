/*
 * What concerns several values of a configuration at once: see load.h. Parent only.
 *
 * A check is a row: the function looks, and reports where the values stand.
 */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/conf/load.h"
#include "bgpd/conf/mem.h"
#include "bgpd/conf/report.h"
#include "bgpd/conf/value.h"
#include "bgpd/event.h"

static const struct node *
given(const struct loader *loader, const char *path)
{
	return load_given(loader, path, SCHEMA_DAEMON);
}

static bool
is_wildcard(const struct conf_address *address)
{
	static const uint8_t zero[16];

	return memcmp(address->addr, zero, sizeof(zero)) == 0;
}

static void
complain_peer(const struct loader *loader, enum conf_severity severity,
    const struct conf_peer *peer, const char *text)
{
	char address[VALUE_ADDRESS_TEXT];

	value_format_address(&peer->address, address);
	report_add(loader->report, severity, peer->file, peer->line, peer->col, "client %s: %s",
	    address, text);
}

/* The rows that somebody has to write; their values are 0 where nobody did. */
static void
check_required(const struct loader *loader)
{
	static const char *const required[] = {"cfg.rs_as", "cfg.router_id"};
	size_t i;

	/* With errors before, the value may have been there and been refused. */
	if (load_has_errors(loader))
		return;
	for (i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
		if (load_given(loader, required[i], SCHEMA_GENERAL) == NULL)
			load_complain(loader, CONF_ERROR, NULL,
			    "%s is missing; every route server has one", required[i]);
	}
}

static void
check_timers(const struct loader *loader)
{
	const struct conf_daemon *daemon = &loader->conf->daemon;

	if (daemon->hold_s == 1 || daemon->hold_s == 2)
		load_complain(loader, CONF_ERROR, given(loader, "daemon.hold_time"),
		    "daemon.hold_time: got %u, expected 0 or 3 to 65535 (RFC 4271 4.2)",
		    daemon->hold_s);
	if (daemon->idle_hold_s > daemon->idle_hold_max_s)
		load_complain(loader, CONF_ERROR,
		    given(loader, "daemon.idle_hold") != NULL
			? given(loader, "daemon.idle_hold")
			: given(loader, "daemon.idle_hold_max"),
		    "daemon.idle_hold (%u) is larger than daemon.idle_hold_max (%u)",
		    daemon->idle_hold_s, daemon->idle_hold_max_s);
	if (daemon->send_hold_s != 0 && daemon->send_hold_s <= daemon->hold_s)
		load_complain(loader, CONF_WARNING, given(loader, "daemon.send_hold"),
		    "daemon.send_hold (%u) is not larger than daemon.hold_time (%u) as RFC 9687 "
		    "wants",
		    daemon->send_hold_s, daemon->hold_s);
}

static void
check_sockets(const struct loader *loader)
{
	const struct conf_daemon *daemon = &loader->conf->daemon;

	if (strcmp(daemon->socket, daemon->restricted_socket) == 0)
		load_complain(loader, CONF_ERROR, given(loader, "daemon.restricted_socket"),
		    "daemon.restricted_socket is the same file as daemon.socket; name another");
	if (strcmp(daemon->state_file, daemon->socket) == 0 ||
	    strcmp(daemon->state_file, daemon->restricted_socket) == 0)
		load_complain(loader, CONF_ERROR, given(loader, "daemon.state_file"),
		    "daemon.state_file is the same file as a control socket; name another");
}

static void
check_user(const struct loader *loader)
{
	const struct conf_daemon *daemon = &loader->conf->daemon;
	const struct passwd *account;

	if (geteuid() != 0)
		return;
	account = getpwnam(daemon->user);
	if (account == NULL)
		load_complain(loader, CONF_ERROR, given(loader, "daemon.user"),
		    "daemon.user: there is no account \"%s\" on this host; create it or name "
		    "another",
		    daemon->user);
	else if (account->pw_uid == 0)
		load_complain(loader, CONF_ERROR, given(loader, "daemon.user"),
		    "daemon.user: \"%s\" is root; name an account without rights", daemon->user);
}

static void
check_listen(const struct loader *loader)
{
	const struct conf_addresses *listen = &loader->conf->daemon.listen;
	char text[VALUE_ADDRESS_TEXT];
	size_t i, j;

	for (i = 0; i < listen->count; i++) {
		for (j = 0; j < i; j++) {
			if (conf_compare_addresses(&listen->items[i], &listen->items[j]) != 0)
				continue;
			value_format_address(&listen->items[i], text);
			load_complain(loader, CONF_ERROR, given(loader, "daemon.listen"),
			    "daemon.listen: %s stands twice", text);
		}
	}
}

static void
check_local_address(const struct loader *loader)
{
	const struct conf_addresses *local = &loader->conf->daemon.local_address;
	const struct node *node = given(loader, "daemon.local_address");
	size_t i;

	for (i = 0; i < local->count; i++) {
		if (is_wildcard(&local->items[i]))
			load_complain(loader, CONF_ERROR, node,
			    "daemon.local_address: a wildcard is no address to connect from");
	}
	if (local->count == 2 && local->items[0].family == local->items[1].family)
		load_complain(loader, CONF_ERROR, node,
		    "daemon.local_address: two addresses of one family; give one per family");
}

static bool
has_listener(const struct conf *conf, uint8_t family)
{
	size_t i;

	for (i = 0; i < conf->daemon.listen.count; i++) {
		if (conf->daemon.listen.items[i].family == family)
			return true;
	}
	return false;
}

static bool
is_own_address(const struct conf *conf, const struct conf_address *address)
{
	size_t i;

	for (i = 0; i < conf->daemon.listen.count; i++) {
		if (conf_compare_addresses(&conf->daemon.listen.items[i], address) == 0)
			return true;
	}
	for (i = 0; i < conf->daemon.local_address.count; i++) {
		if (conf_compare_addresses(&conf->daemon.local_address.items[i], address) == 0)
			return true;
	}
	return false;
}

static void
check_peers(const struct loader *loader)
{
	const struct conf *conf = loader->conf;
	size_t i;

	for (i = 0; i < conf->peer_count; i++) {
		const struct conf_peer *peer = &conf->peers[i];

		if (is_wildcard(&peer->address) ||
		    (peer->address.family == FAMILY_IPV4 && peer->address.addr[0] == 0))
			complain_peer(loader, CONF_ERROR, peer, "this is no host's address");
		else if (is_own_address(conf, &peer->address))
			complain_peer(loader, CONF_ERROR, peer,
			    "this is an address of the route server itself (daemon.listen or "
			    "daemon.local_address)");
		else if (peer->cfg.passive && !has_listener(conf, peer->address.family))
			complain_peer(loader, CONF_WARNING, peer,
			    "passive, but daemon.listen has no address of its family: the session "
			    "cannot come up");
	}
}

/* Is a client of the ASN at an address of the family? */
static bool
has_address_of(const struct conf *conf, uint32_t asn, uint8_t family)
{
	size_t i;

	for (i = 0; i < conf->peer_count; i++) {
		if (conf->peers[i].asn == asn && conf->peers[i].address.family == family &&
		    !conf->peers[i].is_collector)
			return true;
	}
	return false;
}

/*
 * One note for all whose ASN has no IPv6 session. A general switch is meant for those whom it
 * concerns, so it is in vain only where there are none.
 */
static void
check_rfc8950(const struct loader *loader)
{
	const struct node *node = load_given(loader, "cfg.rfc8950", SCHEMA_GENERAL);
	const struct conf *conf = loader->conf;
	const struct conf_peer *first = NULL;
	char address[VALUE_ADDRESS_TEXT], text[CONF_TEXT_MAX];
	bool has_effect = false;
	size_t count = 0, i;

	for (i = 0; i < conf->peer_count; i++) {
		const struct conf_peer *peer = &conf->peers[i];

		if (peer->is_collector || !peer->cfg.rfc8950)
			continue;
		has_effect |= peer->address.family == FAMILY_IPV6;
		if (!has_address_of(conf, peer->asn, FAMILY_IPV6) && count++ == 0)
			first = peer;
	}
	if (first == NULL || (conf->cfg.rfc8950 && has_effect))
		return;
	value_format_address(&first->address, address);
	snprintf(text, sizeof(text),
	    "cfg.rfc8950 means nothing for IPv4 sessions (%zu client addresses, first %s): it puts "
	    "IPv4 routes with IPv6 next hops on IPv6 sessions",
	    count, address);
	if (node != NULL && first->cfg.rfc8950 && conf->cfg.rfc8950)
		load_complain(loader, CONF_NOTE, node, "%s", text);
	else
		report_add(
		    loader->report, CONF_NOTE, first->file, first->line, first->col, "%s", text);
}

/* True if the session's second family has next hops that no route could have. */
static bool
lacks_next_hops(const struct conf *conf, size_t i)
{
	const struct conf_peer *peer = &conf->peers[i];
	uint8_t other = peer->address.family == FAMILY_IPV4 ? FAMILY_IPV6 : FAMILY_IPV4;

	return !peer->is_collector && peer->cfg.has_policy && !peer->ipv6_next_hops &&
	    (peer->families >> other & 1) != 0 &&
	    conf->records[i].next_hop != NEXT_HOP_AUTHORIZED &&
	    !has_address_of(conf, peer->asn, other);
}

static void
check_other_next_hops(const struct loader *loader)
{
	const struct conf *conf = loader->conf;
	const struct conf_peer *first = NULL;
	char address[VALUE_ADDRESS_TEXT];
	size_t count = 0, i;

	for (i = 0; i < conf->peer_count; i++) {
		if (lacks_next_hops(conf, i) && count++ == 0)
			first = &conf->peers[i];
	}
	if (first == NULL)
		return;
	value_format_address(&first->address, address);
	report_add(loader->report, CONF_WARNING, first->file, first->line, first->col,
	    "families puts a second family on sessions of ASNs that have no client with an address "
	    "of it (%zu client addresses, first %s): its routes will be rejected (next-hop); name "
	    "its next hops by filtering.next_hop.authorized_addresses_list",
	    count, address);
}

/* One warning for all: an exchange without policy would drown in them. */
static void
check_policy(const struct loader *loader)
{
	const struct conf *conf = loader->conf;
	const struct conf_peer *first = NULL;
	char address[VALUE_ADDRESS_TEXT];
	size_t count = 0, i;

	if (load_has_errors(loader))
		return; /* what would have said it may be what was wrong */
	for (i = 0; i < conf->peer_count; i++) {
		const struct conf_peer *peer = &conf->peers[i];

		if (peer->is_collector || peer->cfg.filters != CONF_FILTERS_UNSET ||
		    peer->cfg.has_policy)
			continue;
		if (count++ == 0)
			first = peer;
	}
	if (first == NULL)
		return;
	value_format_address(&first->address, address);
	report_alarm(loader->report, ALARM_NO_POLICY, first->file, first->line, first->col,
	    "no policy for client addresses (%zu, first %s): their routes will be rejected (RFC "
	    "8212); give the checks below cfg.filtering, or filters: none",
	    count, address);
}

/* ---- policy ---- */

void
check_lengths(
    const struct loader *loader, const struct conf_settings *settings, enum schema_place place)
{
	static const struct {
		const char *min;
		const char *max;
	} keys[FAMILY_COUNT] = {
	    {"cfg.filtering.ipv4_pref_len.min", "cfg.filtering.ipv4_pref_len.max"},
	    {"cfg.filtering.ipv6_pref_len.min", "cfg.filtering.ipv6_pref_len.max"},
	};
	size_t family;

	for (family = 0; family < FAMILY_COUNT; family++) {
		const struct node *node = load_given(loader, keys[family].min, place);

		if (node == NULL)
			node = load_given(loader, keys[family].max, place);
		if (node != NULL && settings->length_min[family] > settings->length_max[family])
			load_complain(loader, CONF_ERROR, node, "%s (%u) is larger than %s (%u)",
			    keys[family].min, settings->length_min[family], keys[family].max,
			    settings->length_max[family]);
	}
}

static void
check_general_lengths(const struct loader *loader)
{
	check_lengths(loader, &loader->conf->settings, SCHEMA_GENERAL);
}

static void
check_filters(const struct loader *loader)
{
	const struct node *none = load_given(loader, "cfg.filters", SCHEMA_GENERAL);

	if (none != NULL && load_has_filtering(loader, LAYER_GENERAL, true))
		load_complain(loader, CONF_ERROR, none,
		    "filters: none stands beside checks below cfg.filtering; remove one of them");
}

static void
check_blackhole(const struct loader *loader)
{
	static const struct {
		const char *policy;
		const char *address;
		const char *name;
	} keys[FAMILY_COUNT] = {
	    {"cfg.blackhole_filtering.policy_ipv4", "cfg.blackhole_filtering.rewrite_next_hop_ipv4",
		"IPv4"},
	    {"cfg.blackhole_filtering.policy_ipv6", "cfg.blackhole_filtering.rewrite_next_hop_ipv6",
		"IPv6"},
	};
	size_t i;

	for (i = 0; i < FAMILY_COUNT; i++) {
		const struct node *policy = load_given(loader, keys[i].policy, SCHEMA_GENERAL);
		const struct node *given = load_given(loader, keys[i].address, SCHEMA_GENERAL);
		const struct conf_addresses *next_hop =
		    &loader->conf->settings.blackhole_next_hop[i];

		if (given != NULL && next_hop->items[0].family != i)
			load_complain(loader, CONF_ERROR, given, "%s: expected an %s address",
			    keys[i].address, keys[i].name);
		else if (loader->conf->settings.blackhole[i] == BLACKHOLE_REWRITE && given == NULL)
			load_complain(loader, CONF_ERROR, policy,
			    "%s is rewrite-next-hop: %s must say to which address", keys[i].policy,
			    keys[i].address);
	}
}

/* The communities of tagged routes make sense only where routes are tagged. */
static void
check_reject_communities(const struct loader *loader)
{
	static const char *const names[] = {"reject_cause", "rejected_route_announced_by"};
	const struct conf *conf = loader->conf;
	const struct node *map = load_given(loader, "cfg.communities", SCHEMA_GENERAL), *node;
	bool tags = conf->settings.reject != REJECT_REJECT;
	size_t i;

	for (i = 0; i < conf->peer_count; i++)
		tags = tags || conf->records[i].reject != REJECT_REJECT;
	if (tags || map == NULL || map->kind != NODE_MAP)
		return;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		node = node_find(map, names[i]);
		if (node != NULL && !node_is_null(node) && node->count > 0)
			load_complain(loader, CONF_ERROR, node,
			    "cfg.communities.%s: filtering.reject_policy.policy is reject, so no "
			    "route is ever tagged; set it to tag or tag_and_reject, or remove this",
			    names[i]);
	}
}

static int
compare_peers(const void *left, const void *right, void *arg)
{
	const uint32_t *a = left, *b = right;
	const struct conf_peer *peers = arg;
	int order = conf_compare_addresses(&peers[*a].address, &peers[*b].address);

	if (order != 0)
		return order;
	return *a < *b ? -1 : *a > *b;
}

static void
check_duplicates(const struct loader *loader)
{
	struct conf *conf = loader->conf;
	char text[CONF_TEXT_MAX];
	size_t i;

	conf->by_address = mem_new(conf->peer_count, sizeof(*conf->by_address));
	for (i = 0; i < conf->peer_count; i++)
		conf->by_address[i] = (uint32_t)i;
	qsort_r(conf->by_address, conf->peer_count, sizeof(*conf->by_address), compare_peers,
	    conf->peers);
	for (i = 1; i < conf->peer_count; i++) {
		const struct conf_peer *first = &conf->peers[conf->by_address[i - 1]];
		const struct conf_peer *second = &conf->peers[conf->by_address[i]];

		if (conf_compare_addresses(&first->address, &second->address) != 0)
			continue;
		snprintf(text, sizeof(text),
		    "this address stands twice, first at %s:%u (AS%u); an address is one peer",
		    first->file, first->line, first->asn);
		complain_peer(loader, CONF_ERROR, second, text);
	}
	if (conf->peer_count == 0 && !load_has_errors(loader))
		load_complain(loader, CONF_WARNING, NULL, "the list of clients is empty");
}

static void (*const checks[])(const struct loader *) = {
    check_required,
    check_timers,
    check_sockets,
    check_user,
    check_listen,
    check_local_address,
    check_peers,
    check_duplicates,
    check_general_lengths,
    check_filters,
    check_blackhole,
    check_reject_communities,
    check_rfc8950,
    check_other_next_hops,
    check_policy,
};

void
check_all(struct loader *loader)
{
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++)
		checks[i](loader);
	if (!load_has_errors(loader))
		protection_check(loader);
}
