/*
 * What protects the exchange and is off: one row per protection, one warning and standing alarm
 * each, however many clients it concerns. Then data that enabled checks lack. Parent only.
 *
 * Clients without filters by their own word (`filters: none`) are told once where others are
 * filtered; a server on which nobody is filtered has said so itself.
 */
#include <string.h>

#include "bgpd/conf/load.h"
#include "bgpd/conf/report.h"
#include "bgpd/conf/value.h"
#include "bgpd/event.h"
#include "policy/reason.h"

typedef bool protection_off(
    const struct conf *, const struct policy_general *, const struct policy_peer *);

static bool
no_rov(const struct conf *c, const struct policy_general *g, const struct policy_peer *p)
{
	(void)c;
	(void)p;
	return (g->flags & GENERAL_ROV) == 0;
}

static bool
no_rov_reject(const struct conf *c, const struct policy_general *g, const struct policy_peer *p)
{
	return !no_rov(c, g, p) && (p->flags & PEER_ROV_REJECT) == 0;
}

static bool
no_vrps(const struct conf *c, const struct policy_general *g, const struct policy_peer *p)
{
	return !no_rov(c, g, p) && c->feeds.rpki.count == 0;
}

static bool
no_irr_origin(const struct conf *c, const struct policy_general *g, const struct policy_peer *p)
{
	(void)c;
	(void)g;
	return (p->flags & PEER_IRR_ORIGIN) == 0;
}

static bool
no_irr_prefix(const struct conf *c, const struct policy_general *g, const struct policy_peer *p)
{
	(void)c;
	(void)g;
	return (p->flags & PEER_IRR_PREFIX) == 0;
}

static bool
no_irr_data(const struct conf *c, const struct policy_general *g, const struct policy_peer *p)
{
	(void)g;
	return (p->flags & (PEER_IRR_ORIGIN | PEER_IRR_PREFIX)) != 0 && c->feeds.irr.count == 0;
}

static bool
no_limit(const struct conf *c, const struct policy_general *g, const struct policy_peer *p)
{
	(void)c;
	(void)g;
	return p->limit_action == LIMIT_NONE;
}

static bool
no_transit_free(const struct conf *c, const struct policy_general *g, const struct policy_peer *p)
{
	(void)c;
	(void)p;
	return g->transit_free != TRANSIT_FREE_REJECT || g->transit_free_asns.count == 0;
}

static bool
no_never_via(const struct conf *c, const struct policy_general *g, const struct policy_peer *p)
{
	bool by_feed = (g->flags & GENERAL_NEVER_VIA_PEERING_DB) != 0 && c->feeds.peeringdb != NULL;

	(void)p;
	return !by_feed && g->never_via_asns.count == 0;
}

static bool
no_bogons(const struct conf *c, const struct policy_general *g, const struct policy_peer *p)
{
	(void)c;
	(void)p;
	return g->bogons.count == 0;
}

static bool
no_black_list(const struct conf *c, const struct policy_general *g, const struct policy_peer *p)
{
	(void)c;
	(void)p;
	return g->black_list.count == 0;
}

static bool
no_invalid_asn(const struct conf *c, const struct policy_general *g, const struct policy_peer *p)
{
	(void)c;
	(void)g;
	return (p->flags & PEER_INVALID_ASN) == 0;
}

static bool
is_observed(const struct conf *c, const struct policy_general *g, const struct policy_peer *p)
{
	(void)c;
	(void)g;
	return p->observe != 0;
}

static const struct {
	enum alarm alarm;
	protection_off *is_off;
	const char *text;
	const char *path; /* where it would stand, at its general place */
} protections[] = {
    {ALARM_RPKI_OFF, no_rov, "origin validation is off",
	"cfg.filtering.rpki_bgp_origin_validation.enabled"},
    {ALARM_RPKI_ACCEPTS_INVALID, no_rov_reject, "RPKI-invalid routes are not rejected",
	"cfg.filtering.rpki_bgp_origin_validation.reject_invalid"},
    {ALARM_RPKI_NO_DATA, no_vrps,
	"origin validation has no data (feeds.rpki): no route is found invalid",
	"cfg.filtering.rpki_bgp_origin_validation.enabled"},
    {ALARM_IRR_ORIGIN_OFF, no_irr_origin, "origins are not checked against AS-SETs",
	"cfg.filtering.irrdb.enforce_origin_in_as_set"},
    {ALARM_IRR_PREFIX_OFF, no_irr_prefix, "prefixes are not checked against route objects",
	"cfg.filtering.irrdb.enforce_prefix_in_as_set"},
    {ALARM_IRR_NO_DATA, no_irr_data,
	"IRR checks have no data (feeds.irr): nothing is authorised and every route rejected",
	"cfg.filtering.irrdb.enforce_origin_in_as_set"},
    {ALARM_MAX_PREFIX_OFF, no_limit, "there is no limit on prefixes (max_prefix has no action)",
	"cfg.filtering.max_prefix.action"},
    {ALARM_TRANSIT_FREE_OFF, no_transit_free,
	"paths with transit-free networks are not rejected (transit_free needs action: reject and "
	"asns)",
	"cfg.filtering.transit_free.action"},
    {ALARM_NEVER_VIA_OFF, no_never_via,
	"no list of networks that are never reached via route servers (feeds.peeringdb or "
	"never_via_route_servers.asns)",
	"cfg.filtering.never_via_route_servers.peering_db"},
    {ALARM_BOGONS_OFF, no_bogons, "there is no list of bogon prefixes (bogons)", NULL},
    {ALARM_BLACK_LIST_OFF, no_black_list,
	"the global black list is empty; it should hold the prefixes of the peering LAN",
	"cfg.filtering.global_black_list_pref"},
    {ALARM_INVALID_ASN_OFF, no_invalid_asn, "paths with invalid ASNs are not rejected",
	"cfg.filtering.reject_invalid_as_in_as_path"},
    {ALARM_CHECKS_OBSERVED, is_observed, "some checks only count what they would reject (observe)",
	"cfg.filtering.observe"},
};

static bool
is_filtered(const struct policy_peer *peer)
{
	return peer->kind == PEER_CLIENT && (peer->flags & PEER_HAS_POLICY) != 0;
}

static size_t
count_filtered(const struct conf *conf)
{
	size_t count = 0, i;

	for (i = 0; i < conf->peer_count; i++)
		count += is_filtered(&conf->records[i]);
	return count;
}

/* Where a general key is given, or would be. */
static const struct node *
general_node(const struct loader *loader, const char *path)
{
	const struct node *node = path == NULL ? NULL : load_given(loader, path, SCHEMA_GENERAL);

	return node == NULL ? loader->cfg : node;
}

/* Warns at the general key if it is given, else at the general settings or the first client. */
static void
warn(const struct loader *loader, enum alarm alarm, const char *path, const struct conf_peer *first,
    bool all, const char *text)
{
	const struct node *node = general_node(loader, path);

	if (all && node != NULL)
		report_alarm(loader->report, (int)alarm, node->file->name, node->line, node->col,
		    "%s", text);
	else
		report_alarm(
		    loader->report, (int)alarm, first->file, first->line, first->col, "%s", text);
}

static void
check_protection(const struct loader *loader, size_t row, size_t filtered)
{
	const struct conf *conf = loader->conf;
	const struct conf_peer *first = NULL;
	char text[CONF_TEXT_MAX], address[VALUE_ADDRESS_TEXT];
	size_t count = 0, i;

	for (i = 0; i < conf->peer_count; i++) {
		if (!is_filtered(&conf->records[i]) ||
		    !protections[row].is_off(conf, &conf->general, &conf->records[i]))
			continue;
		if (count++ == 0)
			first = &conf->peers[i];
	}
	if (first == NULL)
		return;
	value_format_address(&first->address, address);
	if (count == filtered)
		snprintf(text, sizeof(text), "%s", protections[row].text);
	else
		snprintf(text, sizeof(text), "%s: for %zu of %zu client addresses, first %s",
		    protections[row].text, count, filtered, address);
	warn(loader, protections[row].alarm, protections[row].path, first, count == filtered, text);
}

/* Clients without filters among others with them. */
static void
check_unfiltered(const struct loader *loader)
{
	const struct conf *conf = loader->conf;
	const struct conf_peer *first = NULL;
	char text[CONF_TEXT_MAX], address[VALUE_ADDRESS_TEXT];
	size_t count = 0, i;

	for (i = 0; i < conf->peer_count; i++) {
		if (conf->peers[i].cfg.filters != CONF_FILTERS_NONE)
			continue;
		if (count++ == 0)
			first = &conf->peers[i];
	}
	if (first == NULL)
		return;
	value_format_address(&first->address, address);
	snprintf(text, sizeof(text), "filters: none: %zu of %zu client addresses, first %s", count,
	    conf->peer_count, address);
	warn(loader, ALARM_UNFILTERED, NULL, first, false, text);
}

/* ---- switches whose data nobody gives ---- */

static bool
has_peeringdb(const struct conf *conf)
{
	return conf->feeds.peeringdb != NULL;
}

static bool
has_arin(const struct conf *conf)
{
	return conf->feeds.arin != NULL;
}

static bool
has_registrobr(const struct conf *conf)
{
	return conf->feeds.registrobr != NULL;
}

static bool
has_rpki(const struct conf *conf)
{
	return conf->feeds.rpki.count > 0;
}

static const struct {
	uint32_t flag; /* enum policy_general_flag */
	bool (*has_data)(const struct conf *);
	const char *path;
	const char *feed;
} data_rows[] = {
    {GENERAL_IRR_PEERING_DB, has_peeringdb, "cfg.filtering.irrdb.peering_db", "feeds.peeringdb"},
    {GENERAL_IRR_ROAS, has_rpki, "cfg.filtering.irrdb.use_rpki_roas_as_route_objects.enabled",
	"feeds.rpki"},
    {GENERAL_IRR_ARIN, has_arin, "cfg.filtering.irrdb.use_arin_bulk_whois_data.enabled",
	"feeds.arin"},
    {GENERAL_IRR_REGISTROBR, has_registrobr,
	"cfg.filtering.irrdb.use_registrobr_bulk_whois_data.enabled", "feeds.registrobr"},
    {GENERAL_ASPA, has_rpki, "cfg.filtering.aspa.enabled", "feeds.rpki"},
};

static void
check_data(const struct loader *loader)
{
	const struct conf *conf = loader->conf;
	size_t i;

	for (i = 0; i < sizeof(data_rows) / sizeof(data_rows[0]); i++) {
		if ((conf->general.flags & data_rows[i].flag) != 0 && !data_rows[i].has_data(conf))
			load_complain(loader, CONF_NOTE, general_node(loader, data_rows[i].path),
			    "%s is on, but %s names no file: it changes nothing", data_rows[i].path,
			    data_rows[i].feed);
	}
	for (i = 0; !has_peeringdb(conf) && i < conf->peer_count; i++) {
		const struct policy_peer *peer = &conf->records[i];

		if (peer->limit_action == LIMIT_NONE || (peer->flags & PEER_LIMIT_PEERING_DB) == 0)
			continue;
		load_complain(loader, CONF_NOTE,
		    general_node(loader, "cfg.filtering.max_prefix.peering_db.enabled"),
		    "limits on prefixes are not those of PeeringDB: feeds.peeringdb names no file; "
		    "clients without a limit of their own have the general one");
		break;
	}
}

/* Newer checks that ARouteServer's defaults leave off: worth a line, not an alarm. */
static void
note_newer(const struct loader *loader)
{
	const struct conf_settings *settings = &loader->conf->settings;
	char text[CONF_TEXT_MAX] = "";
	size_t used = 0;

	if (!settings->has_roles)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    ", roles (RFC 9234, filtering.roles.enabled)");
	if (!settings->rejects_as_set)
		used += (size_t)snprintf(text + used, sizeof(text) - used,
		    ", AS_SET (RFC 9774, filtering.reject_as_set)");
	if (!settings->aspa)
		used += (size_t)snprintf(
		    text + used, sizeof(text) - used, ", ASPA (filtering.aspa.enabled)");
	if (used > 0)
		load_complain(loader, CONF_NOTE, loader->cfg, "checks that are off: %s", text + 2);
}

void
protection_check(struct loader *loader)
{
	size_t filtered = count_filtered(loader->conf), i;

	if (filtered == 0)
		return;
	for (i = 0; i < sizeof(protections) / sizeof(protections[0]); i++)
		check_protection(loader, i, filtered);
	check_unfiltered(loader);
	check_data(loader);
	note_newer(loader);
}
