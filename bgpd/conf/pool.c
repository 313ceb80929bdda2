/* Growing arrays of policy records: see pool.h. Parent only. */
#include "bgpd/conf/pool.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/conf/mem.h"

static const size_t record_bytes[POOL_KINDS] = {
    [POOL_PREFIXES] = sizeof(struct policy_prefix),
    [POOL_ASNS] = sizeof(uint32_t),
    [POOL_ADDRESSES] = sizeof(struct policy_address),
    [POOL_COMMUNITIES] = sizeof(struct policy_community),
    [POOL_NAMES] = sizeof(struct policy_name),
    [POOL_RULES] = sizeof(struct policy_rule),
    [POOL_MATCHES] = sizeof(struct policy_match),
    [POOL_ACTIONS] = sizeof(struct policy_action),
    [POOL_TEXT] = sizeof(char),
};

void
pool_init(struct pool *pool)
{
	memset(pool, 0, sizeof(*pool));
	pool_add(pool, POOL_TEXT, "", 1);
}

void
pool_fini(struct pool *pool)
{
	for (size_t i = 0; i < POOL_KINDS; i++)
		free(pool->arrays[i].records);
	memset(pool, 0, sizeof(*pool));
}

size_t
pool_record_bytes(enum pool_kind kind)
{
	return record_bytes[kind];
}

struct policy_range
pool_add(struct pool *pool, enum pool_kind kind, const void *records, size_t count)
{
	struct pool_array *array = &pool->arrays[kind];
	struct policy_range range = {(uint32_t)array->count, (uint32_t)count};

	if (count == 0)
		return range;
	if (count > UINT32_MAX - array->count)
		abort();
	while (array->room < array->count + count)
		array->records =
		    mem_grow(array->records, array->room, &array->room, record_bytes[kind]);
	memcpy((char *)array->records + array->count * record_bytes[kind], records,
	    count * record_bytes[kind]);
	array->count += count;
	return range;
}

uint32_t
pool_text(struct pool *pool, const char *text)
{
	if (*text == '\0')
		return 0;
	return pool_add(pool, POOL_TEXT, text, strlen(text) + 1).first;
}

void
pool_view(const struct pool *pool, struct policy_config *out)
{
	const struct pool_array *a = pool->arrays;

	out->prefixes = a[POOL_PREFIXES].records;
	out->prefix_count = (uint32_t)a[POOL_PREFIXES].count;
	out->asns = a[POOL_ASNS].records;
	out->asn_count = (uint32_t)a[POOL_ASNS].count;
	out->addresses = a[POOL_ADDRESSES].records;
	out->address_count = (uint32_t)a[POOL_ADDRESSES].count;
	out->communities = a[POOL_COMMUNITIES].records;
	out->community_count = (uint32_t)a[POOL_COMMUNITIES].count;
	out->names = a[POOL_NAMES].records;
	out->name_count = (uint32_t)a[POOL_NAMES].count;
	out->rules = a[POOL_RULES].records;
	out->rule_count = (uint32_t)a[POOL_RULES].count;
	out->matches = a[POOL_MATCHES].records;
	out->match_count = (uint32_t)a[POOL_MATCHES].count;
	out->actions = a[POOL_ACTIONS].records;
	out->action_count = (uint32_t)a[POOL_ACTIONS].count;
	out->text = a[POOL_TEXT].records;
	out->text_len = (uint32_t)a[POOL_TEXT].count;
}
