/*
 * The table of checks and what its rows share: lists of the configuration and sets of the data,
 * compiled once per policy; see check.h. Runs in rib.
 */
#include "policy/check.h"

#include <stdlib.h>
#include <string.h>

#include "rib/bug.h"

#define ALWAYS	 0
#define FILTERED SKIP_UNFILTERED
#define ROUTED	 (SKIP_UNFILTERED | SKIP_BLACKHOLE)

#define REASON_ROW(reason, skip, row)                          \
	{                                                      \
		(reason), (skip), NULL, check_##row, say_##row \
	}
#define NOTE_ROW(name, skip, row)                                   \
	{                                                           \
		REASON_NONE, (skip), (name), check_##row, say_##row \
	}

/* policy.md section 5; the numbers are its steps. */
const struct check check_rows[] = {
    /* 0 */
    REASON_ROW(REASON_OWN_AS, ALWAYS, own_as),
    REASON_ROW(REASON_AS_SET, ALWAYS, as_set),
    REASON_ROW(REASON_LEAK, ALWAYS, leak),
    REASON_ROW(REASON_TOO_MANY, ALWAYS, too_many),
    REASON_ROW(REASON_NO_POLICY, ALWAYS, no_policy),
    /* 1, 3; scrubbing, 2, is seen by policy_view() and reach */
    REASON_ROW(REASON_FAMILY, FILTERED, family),
    NOTE_ROW("custom-communities", ALWAYS, customs),
    /* 4 to 9 */
    REASON_ROW(REASON_NEXT_HOP, FILTERED, next_hop),
    REASON_ROW(REASON_PATH_LENGTH, FILTERED, path_length),
    REASON_ROW(REASON_FIRST_AS, FILTERED, first_as),
    REASON_ROW(REASON_INVALID_ASN, FILTERED, invalid_asn),
    REASON_ROW(REASON_TRANSIT_FREE, FILTERED, transit_free),
    REASON_ROW(REASON_NEVER_VIA, FILTERED, never_via),
    /* 10, 11 */
    REASON_ROW(REASON_NOT_GLOBAL_UNICAST, FILTERED, global_unicast),
    REASON_ROW(REASON_GLOBAL_BLACK_LIST, FILTERED, global_black_list),
    REASON_ROW(REASON_CLIENT_BLACK_LIST, FILTERED, client_black_list),
    REASON_ROW(REASON_BOGON, FILTERED, bogon),
    /* 12 */
    NOTE_ROW("irr", ALWAYS, irr), /* rules may ask */
    REASON_ROW(REASON_IRR_ORIGIN, FILTERED, irr_origin),
    REASON_ROW(REASON_IRR_PREFIX, FILTERED, irr_prefix),
    /* 13 to 16 */
    NOTE_ROW("blackhole", FILTERED, blackhole),
    REASON_ROW(REASON_ROV, ROUTED, rov),
    REASON_ROW(REASON_ASPA, ROUTED, aspa),
    REASON_ROW(REASON_LENGTH, ROUTED, length),
    NOTE_ROW("graceful-shutdown", ROUTED, gshut),
    /* the exchange's own, for every path: they may name blackhole requests and unfiltered peers */
    REASON_ROW(REASON_RULE, ALWAYS, rules),
};
const size_t check_row_count = sizeof(check_rows) / sizeof(check_rows[0]);

const char *
check_name(const struct check *row)
{
	return row->reason == REASON_NONE ? row->note : reason_get(row->reason)->name;
}

/* The place of a reason's row; 0, before all others, for what judge is not asked about. */
static size_t
place_of(enum reason reason)
{
	for (size_t i = 0; i < check_row_count; i++) {
		if (check_rows[i].reason == (uint8_t)reason)
			return i + 1;
	}
	return 0;
}

bool
check_is_before(enum reason reason, enum reason other)
{
	return reason != REASON_NONE && place_of(reason) < place_of(other);
}

/* ---- compiling ---- */

static void *
take_memory(size_t count, size_t size)
{
	void *p = calloc(count > 0 ? count : 1, size);

	if (p == NULL)
		rib_bug("no memory for the lists of policy");
	return p;
}

static struct prefixlist *
compile_list(const struct policy_config *config, const struct policy_range *range)
{
	return range->count == 0 ? NULL
				 : prefixlist_new(config->prefixes + range->first, range->count);
}

static void
add_range(struct asnset *set, const struct policy_config *config, const struct policy_range *range)
{
	for (uint32_t i = 0; i < range->count; i++)
		asnset_add(set, config->asns[range->first + i]);
}

static void
add_all(struct asnset *set, const struct asnset *other)
{
	size_t iter = 0;
	uint32_t asn;

	while ((asn = asnset_next(other, &iter)) != 0)
		asnset_add(set, asn);
}

static size_t
count_never_via(const struct policy_data *data)
{
	size_t count = 0;

	for (uint32_t i = 0; i < data->network_count; i++)
		count += data->networks[i].never_via_route_servers != 0;
	return count;
}

static void
compile_asns(struct checks *checks, const struct policy *policy)
{
	const struct policy_general *general = policy->general;
	const struct policy_data *data = dataset_records(policy->data);
	bool has_peering_db = (general->flags & GENERAL_NEVER_VIA_PEERING_DB) != 0;
	uint32_t transit_free =
	    general->transit_free == TRANSIT_FREE_OFF ? 0 : general->transit_free_asns.count;
	size_t never_via =
	    general->never_via_asns.count + (has_peering_db ? count_never_via(data) : 0);

	asnset_init(&checks->transit_free, transit_free);
	if (transit_free > 0)
		add_range(&checks->transit_free, policy->config, &general->transit_free_asns);
	asnset_init(&checks->never_via, never_via);
	add_range(&checks->never_via, policy->config, &general->never_via_asns);
	for (uint32_t i = 0; has_peering_db && i < data->network_count; i++) {
		if (data->networks[i].never_via_route_servers)
			asnset_add(&checks->never_via, data->networks[i].asn);
	}
	asnset_init(&checks->listed, transit_free + never_via);
	add_all(&checks->listed, &checks->transit_free);
	add_all(&checks->listed, &checks->never_via);
}

static void
add_blackhole(struct checks *checks, const struct community_value *value)
{
	struct check_octets *out = &checks->blackholes[checks->blackhole_count++];

	out->format = value->format;
	community_write(value, out->octets);
}

/* RFC 7999's community and those of the configuration. */
static void
compile_blackholes(struct checks *checks, const struct policy *policy)
{
	const struct policy_range *range = &policy->general->communities;
	struct community_value value = {
	    .part = {COMMUNITY_BLACKHOLE >> 16, COMMUNITY_BLACKHOLE & 0xffff},
	    .format = COMMUNITY_STD};

	checks->blackholes = take_memory(range->count + (size_t)1, sizeof(*checks->blackholes));
	if (policy->general->blackhole[FAMILY_IPV4] == BLACKHOLE_OFF &&
	    policy->general->blackhole[FAMILY_IPV6] == BLACKHOLE_OFF)
		return;
	add_blackhole(checks, &value);
	for (uint32_t i = 0; i < range->count; i++) {
		const struct policy_community *c = &policy->config->communities[range->first + i];

		if (c->name != NAME_BLACKHOLING)
			continue;
		community_fill(c, 0, &value);
		add_blackhole(checks, &value);
	}
}

static bool
is_irr_asked_by_rules(const struct policy_config *config)
{
	for (uint32_t i = 0; i < config->match_count; i++) {
		if (config->matches[i].kind == IF_IRR)
			return true;
	}
	return false;
}

/* ---- members: what peers of one ASN share ---- */

static int
compare_by_asn(const void *a, const void *b)
{
	const struct check_client *x = a;
	const struct check_client *y = b;

	if (x->asn != y->asn)
		return x->asn < y->asn ? -1 : 1;
	return x->slot < y->slot ? -1 : x->slot > y->slot;
}

/* The slots of clients, by ASN; returns how many. */
static size_t
sort_clients(const struct policy_config *config, struct check_client *out)
{
	size_t count = 0;

	for (uint32_t slot = 0; slot < config->peer_count; slot++) {
		if (config->peers[slot].kind == PEER_CLIENT)
			out[count++] =
			    (struct check_client){.asn = config->peers[slot].asn, .slot = slot};
	}
	qsort(out, count, sizeof(*out), compare_by_asn);
	return count;
}

/* The names of a client's objects: its own, else those that PeeringDB has for its ASN. */
static const char **
names_of(const struct policy *policy, const struct policy_peer *peer, size_t *count)
{
	const struct policy_config *config = policy->config;
	const struct policy_data *data = dataset_records(policy->data);
	const struct policy_name *names = config->names + peer->objects.first;
	const char *text = config->text;
	const char **out;

	*count = peer->objects.count;
	if (*count == 0 && (policy->general->flags & GENERAL_IRR_PEERING_DB) != 0) {
		const struct data_network *network = dataset_network(policy->data, peer->asn);

		if (network != NULL) {
			names = data->names + network->objects.first;
			text = data->text;
			*count = network->objects.count;
		}
	}
	out = take_memory(*count, sizeof(const char *));
	for (size_t i = 0; i < *count; i++)
		out[i] = text + names[i].text;
	return out;
}

static bool
has_same_objects(
    const struct policy_config *config, const struct policy_peer *a, const struct policy_peer *b)
{
	if (a->objects.count != b->objects.count)
		return false;
	for (uint32_t i = 0; i < a->objects.count; i++) {
		const char *x = config->text + config->names[a->objects.first + i].text;
		const char *y = config->text + config->names[b->objects.first + i].text;

		if (strcmp(x, y) != 0)
			return false;
	}
	return true;
}

/* Gives clients of one ASN with equal objects one authority; `run` are those of the ASN. */
static void
compile_authorities(struct checks *checks, const struct policy *policy,
    const struct check_client *run, size_t count)
{
	const struct policy_peer *peers = policy->config->peers;

	for (size_t i = 0; i < count; i++) {
		struct check_peer *own = &checks->peers[run[i].slot];
		const char **names;
		size_t name_count;

		for (size_t k = 0; k < i && own->authority == NULL; k++) {
			if (has_same_objects(
				policy->config, &peers[run[k].slot], &peers[run[i].slot]))
				own->authority = checks->peers[run[k].slot].authority;
		}
		if (own->authority != NULL)
			continue;
		names = names_of(policy, &peers[run[i].slot], &name_count);
		own->authority = authority_new(policy->data, run[i].asn, names, name_count);
		own->owns_authority = true;
		free(names);
	}
}

/* The allowed next hops of clients of one ASN: addresses[0..count), or their own lists. */
static void
compile_next_hops(struct checks *checks, const struct policy *policy,
    const struct check_client *run, size_t count, struct policy_address *addresses)
{
	const struct policy_config *config = policy->config;

	for (size_t i = 0; i < count; i++) {
		const struct policy_peer *peer = &config->peers[run[i].slot];
		struct check_peer *own = &checks->peers[run[i].slot];

		addresses[i].family = peer->family;
		memcpy(addresses[i].addr, peer->addr, sizeof(peer->addr));
		if (peer->next_hop == NEXT_HOP_AUTHORIZED) {
			own->next_hops = config->addresses + peer->authorized.first;
			own->next_hop_count = peer->authorized.count;
		} else {
			own->next_hops = addresses;
			own->next_hop_count = (uint32_t)count;
		}
	}
}

static void
begin_members(struct checks *checks, const struct policy *policy)
{
	checks->clients = take_memory(policy->config->peer_count, sizeof(*checks->clients));
	checks->client_count = sort_clients(policy->config, checks->clients);
	checks->member_addresses =
	    take_memory(checks->client_count, sizeof(*checks->member_addresses));
}

bool
checks_step(struct checks *checks, const struct policy *policy)
{
	size_t first = checks->clients_done, end = first + 1;
	const struct check_client *clients = checks->clients;

	if (clients == NULL)
		return false;
	if (first < checks->client_count) {
		while (end < checks->client_count && clients[end].asn == clients[first].asn)
			end++;
		compile_authorities(checks, policy, &clients[first], end - first);
		compile_next_hops(
		    checks, policy, &clients[first], end - first, &checks->member_addresses[first]);
		checks->clients_done = end;
	}
	if (checks->clients_done < checks->client_count)
		return true;
	free(checks->clients);
	checks->clients = NULL;
	return false;
}

static void
compile_peer(struct check_peer *out, const struct policy_config *config, uint32_t slot)
{
	const struct policy_peer *peer = &config->peers[slot];

	out->black_list = compile_list(config, &peer->black_list);
	out->white_prefixes = compile_list(config, &peer->white_prefixes);
	out->white_routes = compile_list(config, &peer->white_routes);
	asnset_init(&out->white_asns, peer->white_asns.count);
	add_range(&out->white_asns, config, &peer->white_asns);
}

struct checks *
checks_new(const struct policy *policy)
{
	const struct policy_config *config = policy->config;
	struct checks *checks = take_memory(1, sizeof(*checks));

	compile_asns(checks, policy);
	compile_blackholes(checks, policy);
	checks->black_list = compile_list(config, &policy->general->black_list);
	checks->bogons = compile_list(config, &policy->general->bogons);
	checks->rules_ask_irr = is_irr_asked_by_rules(config);
	checks->peer_count = config->peer_count;
	checks->peers = take_memory(config->peer_count + (size_t)1, sizeof(*checks->peers));
	for (uint32_t slot = 0; slot < config->peer_count; slot++)
		compile_peer(&checks->peers[slot], config, slot);
	begin_members(checks, policy);
	return checks;
}

static void
free_peer(struct check_peer *peer)
{
	prefixlist_free(peer->black_list);
	prefixlist_free(peer->white_prefixes);
	prefixlist_free(peer->white_routes);
	asnset_fini(&peer->white_asns);
	if (peer->owns_authority)
		authority_free(peer->authority);
}

bool
checks_free_step(struct checks *checks, unsigned max)
{
	for (; checks->peers_freed < checks->peer_count; checks->peers_freed++) {
		if (max-- == 0)
			return true;
		free_peer(&checks->peers[checks->peers_freed]);
	}
	free(checks->clients);
	free(checks->peers);
	free(checks->member_addresses);
	free(checks->blackholes);
	prefixlist_free(checks->black_list);
	prefixlist_free(checks->bogons);
	asnset_fini(&checks->transit_free);
	asnset_fini(&checks->never_via);
	asnset_fini(&checks->listed);
	free(checks);
	return false;
}
