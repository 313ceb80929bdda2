/*
 * Interned effects, see effect.h. Runs in rib.
 *
 *   numbers[0] = the empty effect     cells: hash of content -> number, open addressing,
 *          [1] = {customs, rules..}          at most half full, 0 = free
 *          ...
 */
#include "policy/effect.h"

#include <stdlib.h>
#include <string.h>

#include "rib/bug.h"

#define CELLS_MIN 64

struct effects {
	struct effect *numbers;
	uint32_t *cells;
	uint32_t count; /* of numbers, the empty one included */
	uint32_t room;
	uint32_t mask;
};

static void *
take_memory(void *old, size_t count, size_t size)
{
	void *p = reallocarray(old, count, size);

	if (p == NULL)
		rib_bug("no memory for the effects of policy");
	return p;
}

static uint32_t
mix(uint32_t hash, uint32_t number)
{
	uint64_t product = (uint64_t)(hash ^ number) * UINT64_C(0x9e3779b97f4a7c15);

	return (uint32_t)(product >> 32) ^ (uint32_t)product;
}

static uint32_t
hash_of(const struct effect *e)
{
	uint32_t hash = mix(e->otc, e->announcer);

	hash = mix(hash, (uint32_t)e->mapped << 16 | (uint32_t)e->reason << 8 | e->flags);
	hash = mix(hash, e->custom_count);
	for (uint32_t i = 0; i < e->custom_count; i++)
		hash = mix(hash, e->customs[i]);
	for (uint32_t i = 0; i < e->rule_count; i++)
		hash = mix(hash, ~e->rules[i]);
	return hash;
}

static bool
is_same_list(const uint32_t *a, uint32_t a_count, const uint32_t *b, uint32_t b_count)
{
	return a_count == b_count && (a_count == 0 || memcmp(a, b, a_count * sizeof(*a)) == 0);
}

static bool
is_same(const struct effect *a, const struct effect *b)
{
	return a->otc == b->otc && a->announcer == b->announcer && a->mapped == b->mapped &&
	    a->reason == b->reason && a->flags == b->flags &&
	    is_same_list(a->customs, a->custom_count, b->customs, b->custom_count) &&
	    is_same_list(a->rules, a->rule_count, b->rules, b->rule_count);
}

/* The cell that has the effect, or the free one where it belongs. */
static uint32_t *
cell_of(const struct effects *effects, const struct effect *e)
{
	uint32_t at = hash_of(e) & effects->mask;

	while (effects->cells[at] != 0 && !is_same(&effects->numbers[effects->cells[at]], e))
		at = (at + 1) & effects->mask;
	return &effects->cells[at];
}

static void
resize_cells(struct effects *effects, uint32_t cells)
{
	effects->cells = take_memory(effects->cells, cells, sizeof(*effects->cells));
	memset(effects->cells, 0, cells * sizeof(*effects->cells));
	effects->mask = cells - 1;
	for (uint32_t i = 1; i < effects->count; i++)
		*cell_of(effects, &effects->numbers[i]) = i;
}

struct effects *
effects_new(const struct policy *policy)
{
	struct effects *effects = take_memory(NULL, 1, sizeof(*effects));

	(void)policy;
	memset(effects, 0, sizeof(*effects));
	effects->room = CELLS_MIN / 2;
	effects->numbers = take_memory(NULL, effects->room, sizeof(*effects->numbers));
	memset(&effects->numbers[0], 0, sizeof(effects->numbers[0]));
	effects->count = 1;
	resize_cells(effects, CELLS_MIN);
	return effects;
}

void
effects_free(struct effects *effects)
{
	if (effects == NULL)
		return;
	/* Both lists of an effect are one allocation. */
	for (uint32_t i = 1; i < effects->count; i++)
		free((void *)(uintptr_t)effects->numbers[i].customs);
	free(effects->numbers);
	free(effects->cells);
	free(effects);
}

/* A copy with lists of its own. */
static struct effect
copy_of(const struct effect *e)
{
	size_t count = (size_t)e->custom_count + e->rule_count;
	uint32_t *lists = take_memory(NULL, count > 0 ? count : 1, sizeof(*lists));
	struct effect copy = *e;

	if (e->custom_count > 0)
		memcpy(lists, e->customs, e->custom_count * sizeof(*lists));
	if (e->rule_count > 0)
		memcpy(lists + e->custom_count, e->rules, e->rule_count * sizeof(*lists));
	copy.customs = lists;
	copy.rules = lists + e->custom_count;
	return copy;
}

bool
effect_intern(struct effects *effects, const struct effect *e, uint32_t *number)
{
	uint32_t *cell;

	*number = 0;
	if (is_same(e, &effects->numbers[0]))
		return true;
	cell = cell_of(effects, e);
	*number = *cell;
	if (*cell != 0)
		return true;
	if (effects->count > EFFECTS_MAX)
		return false;
	if (effects->count == effects->room) {
		effects->room *= 2;
		effects->numbers =
		    take_memory(effects->numbers, effects->room, sizeof(*effects->numbers));
		resize_cells(effects, effects->room * 2);
		cell = cell_of(effects, e);
	}
	*number = effects->count++;
	*cell = *number;
	effects->numbers[*number] = copy_of(e);
	return true;
}

const struct effect *
effect_get(const struct effects *effects, uint32_t number)
{
	return &effects->numbers[number < effects->count ? number : 0];
}

uint32_t
effect_count(const struct effects *effects)
{
	return effects->count;
}

/*
 * RFC 9234 section 5, ingress: a route from a provider, a peer or a route server gets the ASN of
 * its sender where OTC is absent; our role is the other half of the pair.
 */
static uint32_t
otc_on_receipt(const struct policy_peer *peer, const struct path_view *path)
{
	struct attr_view otc;

	if ((peer->flags & PEER_ROLES) == 0 ||
	    (peer->role != ROLE_CUSTOMER && peer->role != ROLE_PEER &&
		peer->role != ROLE_RS_CLIENT))
		return 0;
	return attrs_find(path->block, path->block_len, ATTR_OTC, &otc) ? 0 : peer->asn;
}

bool
effect_of(struct policy *policy, const struct path_view *path, const struct rules_result *rules,
    enum reason reason, uint32_t *number)
{
	const struct policy_peer *peer = policy_peer(policy, path->slot);
	struct effect e = {.rules = rules->rules, .rule_count = rules->rule_count};

	*number = 0;
	if (peer == NULL)
		return true;
	if ((peer->flags & PEER_QUARANTINE) != 0)
		e.flags |= EFFECT_QUARANTINE;
	if (path->prefix->family == FAMILY_IPV4 && path->block[0] > 4)
		e.flags |= EFFECT_IPV4_BY_IPV6;
	if (!check_is_before(reason, REASON_NEXT_HOP)) {
		e.customs = policy->config->asns + peer->customs.first;
		e.custom_count = peer->customs.count;
	}
	if (reason == REASON_NONE) {
		e.otc = otc_on_receipt(peer, path);
	} else {
		e.reason = (uint8_t)reason;
		e.announcer = peer->asn;
		e.mapped = peer->mapped_asn;
	}
	return effect_intern(policy->effects, &e, number);
}
