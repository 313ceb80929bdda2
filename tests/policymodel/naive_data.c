/*
 * What the data say, by looking at every record: policy.md section 2, RFC 6811, the ASPA draft,
 * section 10. Of two records with the same key the first counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/policymodel/naive_policy.h"

enum naive_rov
naive_rov_state(const struct naive_world *w, const struct naive_prefix *prefix, uint32_t origin)
{
	enum naive_rov state = NAIVE_UNKNOWN;

	for (unsigned i = 0; i < w->data.vrp_count; i++) {
		const struct naive_vrp *vrp = &w->data.vrps[i];

		if (!naive_covers(&vrp->prefix, prefix))
			continue;
		if (origin != 0 && vrp->asn == origin && prefix->len <= vrp->max_len)
			return NAIVE_VALID;
		state = NAIVE_INVALID;
	}
	return state;
}

static const struct naive_aspa *
aspa_of(const struct naive_world *w, uint32_t customer)
{
	for (unsigned i = 0; i < w->data.aspa_count; i++)
		if (w->data.aspas[i].customer == customer)
			return &w->data.aspas[i];
	return NULL;
}

/*
 * Upstream verification: the sender is a customer (or a client) of ours, so each AS of the path
 * must have named the one to its left as a provider.
 */
enum naive_rov
naive_aspa_state(
    const struct naive_world *w, const struct naive_peer *peer, const struct naive_attrs *a)
{
	enum naive_rov state = NAIVE_VALID;

	if (naive_neighbour(a) != peer->asn)
		return NAIVE_INVALID;
	for (unsigned i = 0; i < a->hop_count; i++)
		if (a->hops[i].set != 0)
			return NAIVE_INVALID;
	for (unsigned i = 1; i < a->hop_count; i++) {
		uint32_t provider = a->hops[i - 1].asn, customer = a->hops[i].asn;
		const struct naive_aspa *aspa = aspa_of(w, customer);

		if (provider == customer)
			continue;
		if (aspa == NULL)
			state = NAIVE_UNKNOWN;
		else if (!naive_has_asn(&aspa->providers, provider))
			return NAIVE_INVALID;
	}
	return state;
}

/* ---- IRR ---- */

/* The object of the name, or of the name behind "SOURCE::". */
static const struct naive_object *
object_of(const struct naive_world *w, const char *name)
{
	const char *behind = strstr(name, "::");

	for (unsigned i = 0; i < w->data.object_count; i++)
		if (strcmp(w->data.objects[i].name, name) == 0)
			return &w->data.objects[i];
	return behind != NULL ? object_of(w, behind + 2) : NULL;
}

const struct naive_network *
naive_network_of(const struct naive_world *w, uint32_t asn)
{
	for (unsigned i = 0; i < w->data.network_count; i++)
		if (w->data.networks[i].asn == asn)
			return &w->data.networks[i];
	return NULL;
}

/* The number of a name "AS64500", else 0. */
static uint32_t
asn_of_name(const char *name)
{
	char *end;
	unsigned long asn;

	if (strncmp(name, "AS", 2) != 0 || name[2] < '0' || name[2] > '9')
		return 0;
	asn = strtoul(name + 2, &end, 10);
	return *end == '\0' ? (uint32_t)asn : 0;
}

#define NAMES_MAX 4

/* AS<own> always, and the client's AS-SETs, else PeeringDB's if that is to be asked. */
static unsigned
object_names(const struct naive_world *w, const struct naive_peer *peer, char own[16],
    const char *names[NAMES_MAX])
{
	const struct naive_network *network = naive_network_of(w, peer->asn);
	unsigned count = 0;

	snprintf(own, 16, "AS%u", peer->asn);
	names[count++] = own;
	for (unsigned i = 0; i < peer->object_count; i++)
		names[count++] = peer->objects[i];
	if (peer->object_count == 0 && w->irr_peering_db && network != NULL)
		for (unsigned i = 0; i < network->object_count; i++)
			names[count++] = network->objects[i];
	return count;
}

static bool
irr_has_origin(const struct naive_world *w, const struct naive_peer *peer, uint32_t origin)
{
	char own[16];
	const char *names[NAMES_MAX];
	unsigned count = object_names(w, peer, own, names);

	for (unsigned i = 0; i < count && origin != 0; i++) {
		const struct naive_object *object = object_of(w, names[i]);

		if (asn_of_name(names[i]) == origin ||
		    (object != NULL && naive_has_asn(&object->asns, origin)))
			return true;
	}
	return false;
}

bool
naive_origin_authorised(const struct naive_world *w, const struct naive_peer *peer, uint32_t origin)
{
	if (origin == 0)
		return false;
	return naive_has_asn(&peer->white_asns, origin) || irr_has_origin(w, peer, origin);
}

/* A prefix list of an object; longer: more specifics of what it has, too. */
static bool
object_has_prefix(const struct naive_object *object, const struct naive_prefix *prefix, bool longer)
{
	for (unsigned i = 0; object != NULL && i < object->prefixes.count; i++) {
		const struct naive_entry *e = &object->prefixes.entries[i];

		if (naive_covers(&e->prefix, prefix) && prefix->len >= e->ge &&
		    (longer || prefix->len <= e->le))
			return true;
	}
	return false;
}

bool
naive_prefix_authorised(
    const struct naive_world *w, const struct naive_peer *peer, const struct naive_prefix *prefix)
{
	char own[16];
	const char *names[NAMES_MAX];
	unsigned count = object_names(w, peer, own, names);

	if (naive_find(&peer->white_prefixes, prefix) != NULL)
		return true;
	for (unsigned i = 0; i < w->data.route_count; i++) {
		const struct naive_route_object *r = &w->data.routes[i];

		if (!irr_has_origin(w, peer, r->origin))
			continue;
		if (naive_same_prefix(&r->prefix, prefix) ||
		    (w->irr_longer && naive_covers(&r->prefix, prefix)))
			return true;
	}
	for (unsigned i = 0; i < count; i++)
		if (object_has_prefix(object_of(w, names[i]), prefix, w->irr_longer))
			return true;
	return false;
}

bool
naive_whois_has(const struct naive_route_object *records, unsigned count,
    const struct naive_prefix *prefix, uint32_t origin, bool longer)
{
	for (unsigned i = 0; i < count; i++)
		if (records[i].origin == origin &&
		    (naive_same_prefix(&records[i].prefix, prefix) ||
			(longer && naive_covers(&records[i].prefix, prefix))))
			return true;
	return false;
}

/* ---- peers ---- */

uint32_t
naive_rtt(const struct naive_world *w, unsigned slot)
{
	const struct naive_peer *peer = &w->peers[slot];

	if (peer->rtt_ms != 0)
		return peer->rtt_ms;
	for (unsigned i = 0; i < w->data.rtt_count; i++)
		if (w->data.rtts[i].address.family == peer->address.family &&
		    memcmp(w->data.rtts[i].address.addr, peer->address.addr, 16) == 0)
			return w->data.rtts[i].rtt_ms;
	return w->rtt_measured ? peer->measured_ms : 0;
}

uint32_t
naive_prefix_limit(const struct naive_world *w, unsigned slot, unsigned family)
{
	const struct naive_peer *peer = &w->peers[slot];
	const struct naive_network *network = naive_network_of(w, peer->asn);
	uint64_t prefixes = peer->general_limit[family];

	if (peer->limit_action == NAIVE_LIMIT_NONE)
		return 0;
	if (peer->limit[family] != 0)
		return peer->limit[family];
	if (!peer->limit_peering_db || network == NULL)
		return peer->general_limit[family];
	if (network->has_prefixes[family])
		prefixes = network->prefixes[family];
	else if (prefixes == 0)
		return 0;
	return (
	    uint32_t)(((prefixes + peer->increment) * (100 + peer->increment_percent) + 50) / 100);
}
