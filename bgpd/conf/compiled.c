/*
 * The configuration as flat records in a sealed memfd: see compiled.h. Written by the parent,
 * mapped by every child.
 */
#include "bgpd/conf/compiled.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "bgpd/log.h"
#include "rib/prefix.h"

#define SLOT_FLAGS                                                                             \
	(SLOT_PASSIVE | SLOT_FILTERS_NONE | SLOT_PREPEND_RS_AS | SLOT_ADD_PATH | SLOT_UNUSED | \
	    SLOT_COLLECTOR | SLOT_ROLES | SLOT_ROLE_STRICT | SLOT_GTSM | SLOT_IPV6_NEXT_HOPS | \
	    SLOT_EXTENDED_MESSAGES | SLOT_GRACEFUL_RESTART | SLOT_LONG_SHUTDOWN_TEXT)

/* What the OPEN says, and what a session is by it. */
#define SESSION_FLAGS                                                                   \
	(SLOT_UNUSED | SLOT_ADD_PATH | SLOT_COLLECTOR | SLOT_ROLES | SLOT_ROLE_STRICT | \
	    SLOT_GTSM | SLOT_IPV6_NEXT_HOPS | SLOT_EXTENDED_MESSAGES | SLOT_GRACEFUL_RESTART)

enum section {
	SECTION_HEAD,
	SECTION_SLOTS,
	SECTION_GENERAL,
	SECTION_PEERS,
	SECTION_PREFIXES,
	SECTION_ASNS,
	SECTION_ADDRESSES,
	SECTION_COMMUNITIES,
	SECTION_NAMES,
	SECTION_RULES,
	SECTION_MATCHES,
	SECTION_ACTIONS,
	SECTION_TEXT,
	SECTION_ORIGINS,
	SECTION_ORIGIN_NAMES,
	SECTION_COUNT
};

/* Octets of a record. */
static const uint32_t record_bytes[SECTION_COUNT] = {
    [SECTION_HEAD] = sizeof(struct compiled_head),
    [SECTION_SLOTS] = sizeof(struct compiled_slot),
    [SECTION_GENERAL] = sizeof(struct policy_general),
    [SECTION_PEERS] = sizeof(struct policy_peer),
    [SECTION_PREFIXES] = sizeof(struct policy_prefix),
    [SECTION_ASNS] = sizeof(uint32_t),
    [SECTION_ADDRESSES] = sizeof(struct policy_address),
    [SECTION_COMMUNITIES] = sizeof(struct policy_community),
    [SECTION_NAMES] = sizeof(struct policy_name),
    [SECTION_RULES] = sizeof(struct policy_rule),
    [SECTION_MATCHES] = sizeof(struct policy_match),
    [SECTION_ACTIONS] = sizeof(struct policy_action),
    [SECTION_TEXT] = 1,
    [SECTION_ORIGINS] = 1,
    [SECTION_ORIGIN_NAMES] = 1,
};

static void
put(struct flat_section *sections, enum section which, const void *records, uint32_t count)
{
	sections[which] = (struct flat_section){records, record_bytes[which], count};
}

int
compiled_seal(const struct compiled_head *head, const struct compiled_slot *slots,
    const struct policy_config *policy, const struct compiled_origins *origins)
{
	struct flat_section sections[SECTION_COUNT];
	static const struct compiled_origins none;

	if (origins == NULL)
		origins = &none;
	put(sections, SECTION_HEAD, head, 1);
	put(sections, SECTION_SLOTS, slots, head->slots);
	put(sections, SECTION_GENERAL, policy->general, 1);
	put(sections, SECTION_PEERS, policy->peers, policy->peer_count);
	put(sections, SECTION_PREFIXES, policy->prefixes, policy->prefix_count);
	put(sections, SECTION_ASNS, policy->asns, policy->asn_count);
	put(sections, SECTION_ADDRESSES, policy->addresses, policy->address_count);
	put(sections, SECTION_COMMUNITIES, policy->communities, policy->community_count);
	put(sections, SECTION_NAMES, policy->names, policy->name_count);
	put(sections, SECTION_RULES, policy->rules, policy->rule_count);
	put(sections, SECTION_MATCHES, policy->matches, policy->match_count);
	put(sections, SECTION_ACTIONS, policy->actions, policy->action_count);
	put(sections, SECTION_TEXT, policy->text, policy->text_len);
	put(sections, SECTION_ORIGINS, origins->origins, origins->rows * head->slots);
	put(sections, SECTION_ORIGIN_NAMES, origins->names, origins->names_len);
	return flat_seal("roost-conf", COMPILED_MAGIC, COMPILED_VERSION, sections, SECTION_COUNT);
}

static void
find_policy(const struct flat_section *s, struct policy_config *out)
{
	*out = (struct policy_config){
	    .general = s[SECTION_GENERAL].records,
	    .peers = s[SECTION_PEERS].records,
	    .prefixes = s[SECTION_PREFIXES].records,
	    .asns = s[SECTION_ASNS].records,
	    .addresses = s[SECTION_ADDRESSES].records,
	    .communities = s[SECTION_COMMUNITIES].records,
	    .names = s[SECTION_NAMES].records,
	    .rules = s[SECTION_RULES].records,
	    .matches = s[SECTION_MATCHES].records,
	    .actions = s[SECTION_ACTIONS].records,
	    .text = s[SECTION_TEXT].records,
	    .peer_count = s[SECTION_PEERS].count,
	    .prefix_count = s[SECTION_PREFIXES].count,
	    .asn_count = s[SECTION_ASNS].count,
	    .address_count = s[SECTION_ADDRESSES].count,
	    .community_count = s[SECTION_COMMUNITIES].count,
	    .name_count = s[SECTION_NAMES].count,
	    .rule_count = s[SECTION_RULES].count,
	    .match_count = s[SECTION_MATCHES].count,
	    .action_count = s[SECTION_ACTIONS].count,
	    .text_len = s[SECTION_TEXT].count,
	};
}

static bool
is_zero(const void *octets, size_t len)
{
	const uint8_t *p = octets;

	while (len > 0 && p[len - 1] == 0)
		len--;
	return len == 0;
}

static bool
is_sound_head(const struct compiled_head *head)
{
	return head->slots >= 1 && head->slots <= COMPILED_SLOTS_MAX && head->workers >= 1 &&
	    head->workers <= COMPILED_WORKERS_MAX && head->rs_as != 0 && head->router_id != 0 &&
	    head->restart_s <= COMPILED_RESTART_MAX_S && head->stale_s <= COMPILED_STALE_MAX_S &&
	    head->deferral_s <= COMPILED_STALE_MAX_S && head->path_hiding <= 1 &&
	    head->log_level < LOG_LEVEL_COUNT &&
	    memchr(head->instance, '\0', sizeof(head->instance)) != NULL;
}

static bool
is_sound_unused(const struct compiled_slot *slot)
{
	struct compiled_slot rest = *slot;

	rest.slot = 0;
	rest.flags = 0;
	return slot->flags == SLOT_UNUSED && is_zero(&rest, sizeof(rest));
}

/* The paths of ADD-PATH, one way and the other (RFC 7911). */
static bool
has_sound_paths(const struct compiled_slot *slot)
{
	bool tells_several = (slot->flags & SLOT_ADD_PATH) != 0;

	return slot->paths_told <= (tells_several ? COMPILED_TOLD_MAX : 0) &&
	    slot->paths_kept <= COMPILED_KEPT_MAX;
}

static bool
is_sound_slot(const struct compiled_head *head, const struct compiled_slot *slot)
{
	return slot->worker < head->workers && slot->asn != 0 && slot->family < FAMILY_COUNT &&
	    slot->families < 1 << FAMILY_COUNT && (slot->families >> slot->family & 1) != 0 &&
	    has_sound_paths(slot) && (slot->flags & ~SLOT_FLAGS) == 0 && slot->role <= ROLE_PEER &&
	    is_zero(slot->zero, sizeof(slot->zero)) &&
	    (slot->family == FAMILY_IPV6 || is_zero(slot->addr + 4, 12)) &&
	    memchr(slot->description, '\0', sizeof(slot->description)) != NULL;
}

/* A slot and what policy knows of it are about the same peer. */
static bool
is_same_peer(const struct compiled_slot *slot, const struct policy_peer *peer)
{
	if ((slot->flags & SLOT_UNUSED) != 0)
		return peer->kind == PEER_UNUSED;
	return peer->kind == ((slot->flags & SLOT_COLLECTOR) != 0 ? PEER_COLLECTOR : PEER_CLIENT) &&
	    peer->asn == slot->asn && peer->family == slot->family &&
	    peer->families == slot->families &&
	    ((peer->flags & PEER_IPV6_NEXT_HOPS) != 0) ==
	    ((slot->flags & SLOT_IPV6_NEXT_HOPS) != 0) &&
	    memcmp(peer->addr, slot->addr, sizeof(peer->addr)) == 0;
}

static bool
are_sound_slots(const struct compiled *compiled)
{
	uint32_t i;

	for (i = 0; i < compiled->head->slots; i++) {
		const struct compiled_slot *slot = &compiled->slots[i];
		bool is_unused = (slot->flags & SLOT_UNUSED) != 0;

		if (slot->slot != i || !is_same_peer(slot, &compiled->policy.peers[i]) ||
		    !(is_unused ? is_sound_unused(slot) : is_sound_slot(compiled->head, slot)))
			return false;
	}
	return true;
}

/* As many names as rows; a byte per slot and row. */
static bool
find_origins(const struct flat_section *sections, uint32_t slots, struct compiled_origins *out)
{
	const struct flat_section *names = &sections[SECTION_ORIGIN_NAMES];
	const char *text = names->records;
	uint32_t i;

	*out = (struct compiled_origins){
	    .origins = sections[SECTION_ORIGINS].records, .names = text, .names_len = names->count};
	if (names->count > 0 && text[names->count - 1] != '\0')
		return false;
	for (i = 0; i < names->count; i++)
		out->rows += text[i] == '\0';
	return sections[SECTION_ORIGINS].count == (uint64_t)out->rows * slots;
}

static bool
is_sound(struct compiled *compiled, const struct flat_section *sections)
{
	if (sections[SECTION_HEAD].count != 1 || sections[SECTION_GENERAL].count != 1)
		return false;
	compiled->head = sections[SECTION_HEAD].records;
	compiled->slots = sections[SECTION_SLOTS].records;
	find_policy(sections, &compiled->policy);
	return is_sound_head(compiled->head) &&
	    sections[SECTION_SLOTS].count == compiled->head->slots &&
	    sections[SECTION_PEERS].count == compiled->head->slots &&
	    policy_config_error(&compiled->policy) == NULL &&
	    compiled->policy.general->rs_as == compiled->head->rs_as && are_sound_slots(compiled) &&
	    find_origins(sections, compiled->head->slots, &compiled->origins);
}

int
compiled_map(int fd, struct compiled *out)
{
	struct flat_section sections[SECTION_COUNT] = {0};
	size_t i;

	memset(out, 0, sizeof(*out));
	for (i = 0; i < SECTION_COUNT; i++)
		sections[i].record_bytes = record_bytes[i];
	if (flat_map(fd, COMPILED_MAGIC, COMPILED_VERSION, sections, SECTION_COUNT, &out->flat) ==
	    -1)
		return -1;
	if (is_sound(out, sections))
		return 0;
	flat_unmap(&out->flat);
	memset(out, 0, sizeof(*out));
	errno = EINVAL;
	return -1;
}

void
compiled_unmap(struct compiled *compiled)
{
	if (compiled->head != NULL)
		flat_unmap(&compiled->flat);
	memset(compiled, 0, sizeof(*compiled));
}

bool
compiled_is_other_session(const struct compiled_slot *a, const struct compiled_slot *b)
{
	return a->asn != b->asn || a->family != b->family || a->families != b->families ||
	    a->role != b->role || a->multihop != b->multihop ||
	    (a->paths_kept > 1) != (b->paths_kept > 1) ||
	    ((a->flags ^ b->flags) & SESSION_FLAGS) != 0 ||
	    memcmp(a->addr, b->addr, sizeof(a->addr)) != 0;
}

bool
compiled_is_other_server(const struct compiled_head *a, const struct compiled_head *b)
{
	return a->rs_as != b->rs_as || a->router_id != b->router_id;
}
