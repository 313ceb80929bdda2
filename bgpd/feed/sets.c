/* AS-SETs and their expansion; see sets.h. RFC 2622 section 5.1. */
#include "bgpd/feed/sets.h"

#include <stdlib.h>
#include <string.h>

#include "bgpd/feed/feed.h"
#include "bgpd/ipc/bug.h"

#define MEMBER_ASN UINT32_MAX /* in the place of a source */
#define NO_SET	   UINT32_MAX

struct member {
	uint32_t source; /* MEMBER_ASN, or the number of a source, 0 = any */
	uint32_t value;	 /* ASN or name */
};

struct set {
	uint32_t name;
	uint32_t source;
	uint32_t next;	       /* of the same name */
	uint32_t run;	       /* of the last expansion that visited it */
	uint32_t first, count; /* members */
	bool by_reference;
};

struct visit {
	uint32_t set;
	uint32_t depth;
};

struct sets {
	struct array sets;
	struct array members;
	struct array queue;   /* struct visit */
	struct array unknown; /* struct sets_unknown */
	struct array heads;   /* uint32_t by name: first set, NO_SET */
	struct array missed;  /* bool by name: stands in unknown */
	uint32_t run;
};

struct sets *
sets_new(void)
{
	struct sets *sets = bug_calloc(1, sizeof(*sets));

	array_init(&sets->sets, sizeof(struct set));
	array_init(&sets->members, sizeof(struct member));
	array_init(&sets->queue, sizeof(struct visit));
	array_init(&sets->unknown, sizeof(struct sets_unknown));
	array_init(&sets->heads, sizeof(uint32_t));
	array_init(&sets->missed, sizeof(bool));
	return sets;
}

void
sets_free(struct sets *sets)
{
	if (sets == NULL)
		return;
	array_fini(&sets->sets);
	array_fini(&sets->members);
	array_fini(&sets->queue);
	array_fini(&sets->unknown);
	array_fini(&sets->heads);
	array_fini(&sets->missed);
	free(sets);
}

/* The place by name, made if there is none yet. */
static uint32_t *
head_of(struct sets *sets, uint32_t name)
{
	static const uint32_t none = NO_SET;
	static const bool no = false;

	while (sets->heads.count <= name) {
		array_add(&sets->heads, &none, 1);
		array_add(&sets->missed, &no, 1);
	}
	return array_at(&sets->heads, name);
}

void
sets_begin(struct sets *sets, uint32_t name)
{
	struct set set = {.name = name, .first = (uint32_t)sets->members.count};
	uint32_t *head = head_of(sets, name);

	set.next = *head;
	*head = (uint32_t)sets->sets.count;
	array_add(&sets->sets, &set, 1);
}

static struct set *
current(struct sets *sets)
{
	return array_at(&sets->sets, sets->sets.count - 1);
}

void
sets_set_source(struct sets *sets, uint32_t source)
{
	current(sets)->source = source;
}

void
sets_mark_by_reference(struct sets *sets)
{
	current(sets)->by_reference = true;
}

static void
add_member(struct sets *sets, uint32_t source, uint32_t value)
{
	struct member member = {source, value};

	array_add(&sets->members, &member, 1);
	current(sets)->count++;
}

void
sets_add_asn(struct sets *sets, uint32_t asn)
{
	add_member(sets, MEMBER_ASN, asn);
}

void
sets_add_set(struct sets *sets, uint32_t source, uint32_t name)
{
	add_member(sets, source, name);
}

/* Queues the sets of that name that this run has not met; false where there are none at all. */
static bool
enqueue(
    struct sets *sets, uint32_t source, uint32_t name, uint32_t depth, struct sets_result *result)
{
	bool is_known = false;

	for (uint32_t i = *head_of(sets, name); i != NO_SET;) {
		struct set *set = array_at(&sets->sets, i);
		struct visit visit = {i, depth};

		i = set->next;
		if (source != 0 && set->source != 0 && set->source != source)
			continue;
		is_known = true;
		if (set->run == sets->run)
			continue;
		if (depth > FEED_AS_SET_DEPTH) {
			result->is_too_deep = true;
			continue;
		}
		set->run = sets->run;
		array_add(&sets->queue, &visit, 1);
	}
	return is_known;
}

static void
note_unknown(struct sets *sets, const struct member *member, uint32_t member_of)
{
	struct sets_unknown unknown = {member->source, member->value, member_of};
	bool *missed = array_at(&sets->missed, member->value);

	if (!*missed)
		array_add(&sets->unknown, &unknown, 1);
	*missed = true;
}

static void
visit_set(struct sets *sets, struct visit visit, struct array *asns, struct sets_result *result)
{
	const struct set *set = array_at(&sets->sets, visit.set);

	result->by_reference |= set->by_reference;
	for (uint32_t i = 0; i < set->count; i++) {
		const struct member *member = array_at(&sets->members, set->first + i);

		if (member->source == MEMBER_ASN)
			array_add(asns, &member->value, 1);
		else if (!enqueue(sets, member->source, member->value, visit.depth + 1, result))
			note_unknown(sets, member, set->name);
	}
}

static int
compare_asns(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

struct sets_result
sets_expand(struct sets *sets, uint32_t source, uint32_t name, size_t max, struct array *asns)
{
	struct sets_result result = {0};
	struct array found;

	array_init(&found, sizeof(uint32_t));
	array_cut(&sets->queue, 0);
	sets->run++;
	result.is_known = enqueue(sets, source, name, 1, &result);
	for (size_t i = 0; i < sets->queue.count; i++)
		visit_set(sets, *(const struct visit *)array_at(&sets->queue, i), &found, &result);
	array_sort_unique(&found, compare_asns);
	if (found.count <= max)
		array_add(asns, found.records, found.count);
	else
		result.is_too_large = true;
	array_fini(&found);
	return result;
}

const struct array *
sets_get_unknown(const struct sets *sets)
{
	return &sets->unknown;
}
