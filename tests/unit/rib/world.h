/*
 * A small exchange for tests of the table: a policy that reads its wishes from communities, and
 * receivers that apply every emission to a view of their own.
 *
 *   attributes are named; their communities say what policy does:
 *     1:S  not to slot S          2:S  only to the slots so named     3:N  LOCAL_PREF N
 *     4:M  fits the classes of M  5:S  to slot S without communities  9:N  rejected, reason N
 *     8:N  rejected with reason N and tagged: to world.collectors, who get nothing else
 *     6:V  rejected from version V of the policy on          7:S  not to slot S in odd versions
 *
 *   emissions  --> log text "announce a 10.0.0.0/24 10.0.1.0/24 to 1 2; withdraw ... ; eor to 3"
 *              --> view of each receiver, unless it is deaf: then unread, to be owed
 *
 * Between BoRR and EoRR a receiver does as RFC 7313 says: what has not come by in between is
 * dropped at the end.
 */
#ifndef TESTS_UNIT_RIB_WORLD_H
#define TESTS_UNIT_RIB_WORLD_H

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rib/table.h"

#define WORLD_SLOTS 100
#define WORLD_NAMES 64
#define WORLD_HELD  4096

enum {
	NOT_TO = 1,
	ONLY_TO,
	LOCAL_PREF,
	FITS,
	STRIPPED_TO,
	REJECT_SINCE,
	NOT_TO_WHEN_ODD,
	TAG,
	REJECT
};

enum { REASON_VERSION = 60, REASON_REACHES = 61 };

struct world_name {
	const char *name;
	uint8_t block[256];
	size_t len;
};

struct world_held {
	struct prefix prefix;
	uint32_t id;
	const char *name;
	bool stale; /* not told since BoRR */
};

struct world_view {
	struct world_held *held;
	size_t count;
	struct world_held *unread; /* name NULL */
	size_t unread_count;
	bool unread_eor[FAMILY_COUNT];
	bool unread_marker[FAMILY_COUNT]; /* BoRR or EoRR */
	bool deaf;			  /* blocks for it stay in the log */
	bool cut;			  /* blocks for it are a bug */
	unsigned eors;
	unsigned borrs;
	unsigned eorrs;
	unsigned swept;	   /* routes dropped at EoRR */
	unsigned messages; /* prefixes it was told, announced or withdrawn */
};

struct world {
	struct table *t;
	struct world_name names[WORLD_NAMES];
	size_t name_count;
	struct world_view views[WORLD_SLOTS];
	size_t room; /* prefixes that emit() still takes */
	char log[16384];
	unsigned reach_calls;
	unsigned judge_calls;
	uint64_t judged_serial; /* of the block that was judged last */
	unsigned version;	/* of the policy */
	uint64_t collectors;	/* among the first 64 slots */
	bool is_plain;		/* reach() calls all its answers plain */
};

/* ---- attributes ---- */

struct world_attrs {
	const char *name;
	const char *path; /* "64500 64501"; NULL: none */
	uint8_t origin;
	int med; /* -1: none */
	uint16_t communities[6][2];
};

static inline void
world_put(uint8_t *block, size_t *len, const void *octets, size_t n)
{
	memcpy(block + *len, octets, n);
	*len += n;
}

static inline void
world_put_communities(uint8_t *block, size_t *len, const uint16_t communities[6][2])
{
	uint8_t value[24];
	size_t n = 0;

	for (size_t i = 0; i < 6 && communities[i][0] != 0; i++) {
		for (size_t k = 0; k < 2; k++) {
			value[n++] = (uint8_t)(communities[i][k] >> 8);
			value[n++] = (uint8_t)communities[i][k];
		}
	}
	if (n == 0)
		return;
	world_put(block, len, (uint8_t[]){0xc0, ATTR_COMMUNITIES, 0, (uint8_t)n}, 4);
	world_put(block, len, value, n);
}

static inline size_t
world_block(const struct world_attrs *a, uint8_t block[256])
{
	uint8_t path[64];
	size_t len = 0, n = 2;

	for (const char *p = a->path; p != NULL && *p != '\0';) {
		char *end;
		unsigned long asn = strtoul(p, &end, 10);

		world_put(path, &n,
		    (uint8_t[]){(uint8_t)(asn >> 24), (uint8_t)(asn >> 16), (uint8_t)(asn >> 8),
			(uint8_t)asn},
		    4);
		p = *end == ' ' ? end + 1 : end;
	}
	path[0] = AS_SEQUENCE;
	path[1] = (uint8_t)((n - 2) / 4);
	if (n == 2)
		n = 0;
	world_put(block, &len, (uint8_t[]){4, 192, 0, 2, 1}, 5);
	world_put(block, &len, (uint8_t[]){0x40, ATTR_ORIGIN, 0, 1, a->origin}, 5);
	world_put(block, &len, (uint8_t[]){0x40, ATTR_AS_PATH, 0, (uint8_t)n}, 4);
	world_put(block, &len, path, n);
	if (a->med >= 0)
		world_put(block, &len,
		    (uint8_t[]){
			0x80, ATTR_MED, 0, 4, 0, 0, (uint8_t)(a->med >> 8), (uint8_t)a->med},
		    8);
	world_put_communities(block, &len, a->communities);
	return len;
}

/* Names attributes, and what is left of them without communities, which is called "bare". */
static inline void
world_name(struct world *w, const struct world_attrs *a)
{
	struct world_name *name = &w->names[w->name_count++];

	ck_assert_uint_le(w->name_count, WORLD_NAMES);
	name->name = a->name;
	name->len = world_block(a, name->block);
	ck_assert(attrs_is_canonical(name->block, name->len));
}

static inline const char *
world_name_of(const struct world *w, const uint8_t *block, size_t len)
{
	for (size_t i = 0; i < w->name_count; i++) {
		if (w->names[i].len == len && memcmp(w->names[i].block, block, len) == 0)
			return w->names[i].name;
	}
	return "bare";
}

static inline attrs_id
world_attrs_ref(struct world *w, const char *name)
{
	for (size_t i = 0; i < w->name_count; i++) {
		if (strcmp(w->names[i].name, name) == 0)
			return table_attrs_ref(w->t, w->names[i].block, w->names[i].len);
	}
	ck_abort_msg("attributes %s have no block", name);
	return 0;
}

/* ---- policy ---- */

/* The next community of this kind; *at starts at 0. */
static inline bool
world_wish(const uint8_t *block, size_t len, unsigned kind, size_t *at, unsigned *value)
{
	struct attr_view attr;

	if (!attrs_find(block, len, ATTR_COMMUNITIES, &attr))
		return false;
	while (*at < attr.len) {
		const uint8_t *c = attr.value + *at;

		*at += 4;
		if ((unsigned)(c[0] << 8 | c[1]) != kind)
			continue;
		*value = (unsigned)(c[2] << 8 | c[3]);
		return true;
	}
	return false;
}

static inline void
world_judge(void *ctx, const struct path_view *path, struct verdict *out)
{
	struct world *w = ctx;
	const uint8_t *block = path->block;
	size_t len = path->block_len, at = 0;
	unsigned value, since;

	w->judge_calls++;
	w->judged_serial = path->block_serial;
	out->accept = true;
	if (world_wish(block, len, LOCAL_PREF, &at, &value))
		out->local_pref = value;
	if (at = 0, world_wish(block, len, TAG, &at, &value))
		*out = (struct verdict){.reason = (uint8_t)value, .tagged = true, .tags = 1};
	if (at = 0, world_wish(block, len, REJECT, &at, &value))
		*out = (struct verdict){.reason = (uint8_t)value};
	if (at = 0, world_wish(block, len, REJECT_SINCE, &at, &since) && w->version >= since)
		*out = (struct verdict){.reason = REASON_VERSION};
}

static inline void
world_reach(void *ctx, const uint8_t *block, size_t len, uint32_t tags, struct reach_out *out)
{
	struct world *w = ctx;
	uint64_t all[2] = {UINT64_MAX, UINT64_MAX}, stripped[2] = {0}, only[2] = {0};
	struct attr_view attr;
	unsigned slot;
	size_t at = 0;
	bool has_only = false;

	w->reach_calls++;
	if (tags == 1) {
		reach_add(out, NULL, 0, &w->collectors, 1);
		return;
	}
	for (; world_wish(block, len, ONLY_TO, &at, &slot); has_only = true)
		only[slot / 64] |= UINT64_C(1) << slot % 64;
	if (has_only)
		memcpy(all, only, sizeof(all));
	for (at = 0; world_wish(block, len, NOT_TO, &at, &slot);)
		all[slot / 64] &= ~(UINT64_C(1) << slot % 64);
	for (at = 0; w->version % 2 == 1 && world_wish(block, len, NOT_TO_WHEN_ODD, &at, &slot);)
		all[slot / 64] &= ~(UINT64_C(1) << slot % 64);
	all[0] &= ~w->collectors;
	for (at = 0; world_wish(block, len, STRIPPED_TO, &at, &slot);) {
		all[slot / 64] &= ~(UINT64_C(1) << slot % 64);
		stripped[slot / 64] |= UINT64_C(1) << slot % 64;
	}
	if (all[0] == UINT64_MAX && all[1] == UINT64_MAX)
		reach_add(out, NULL, 0, NULL, 0);
	else
		reach_add(out, NULL, 0, all, 2);
	if (w->is_plain)
		reach_plain(out);
	if (attrs_find(block, len, ATTR_COMMUNITIES, &attr))
		reach_add(out, block, (size_t)(attr.value - 4 - block), stripped, 2);
}

static inline uint16_t
world_fits(void *ctx, const uint8_t *block, size_t len, enum family family)
{
	unsigned mask = 0xffff;
	size_t at = 0;

	(void)ctx;
	(void)family;
	world_wish(block, len, FITS, &at, &mask);
	return (uint16_t)mask;
}

/* ---- receivers ---- */

static inline struct world_held *
world_find(struct world_held *held, size_t count, const struct prefix *prefix, uint32_t id)
{
	for (size_t i = 0; i < count; i++) {
		if (held[i].id == id && prefix_compare(&held[i].prefix, prefix) == 0)
			return &held[i];
	}
	return NULL;
}

static inline void
world_apply(struct world_view *v, const struct prefix *prefix, uint32_t id, const char *name)
{
	struct world_held *held = world_find(v->held, v->count, prefix, id);

	v->messages++;
	if (held == NULL && name == NULL)
		return;
	if (held == NULL) {
		ck_assert_uint_lt(v->count, WORLD_HELD);
		held = &v->held[v->count++];
		held->prefix = *prefix;
		held->id = id;
	}
	held->name = name;
	held->stale = false;
	if (name == NULL)
		*held = v->held[--v->count];
}

/* RFC 7313 section 4, the receiving speaker. */
static inline void
world_mark_stale(struct world_view *v, enum family family)
{
	v->borrs++;
	for (size_t i = 0; i < v->count; i++)
		v->held[i].stale = v->held[i].stale || v->held[i].prefix.family == family;
}

static inline void
world_sweep(struct world_view *v, enum family family)
{
	v->eorrs++;
	for (size_t i = v->count; i > 0; i--) {
		if (!v->held[i - 1].stale || v->held[i - 1].prefix.family != family)
			continue;
		v->held[i - 1] = v->held[--v->count];
		v->swept++;
	}
}

static inline void
world_receive_marker(struct world_view *v, const struct emission *e)
{
	if (e->kind == EMIT_EOR && v->deaf)
		v->unread_eor[e->family] = true;
	else if (e->kind == EMIT_EOR)
		v->eors++;
	else if (v->deaf)
		v->unread_marker[e->family] = true;
	else if (e->kind == EMIT_BORR)
		world_mark_stale(v, e->family);
	else
		world_sweep(v, e->family);
}

static inline void
world_receive(struct world *w, unsigned slot, const struct emission *e, size_t count)
{
	struct world_view *v = &w->views[slot];
	bool with_ids = (e->class & CLASS_ADD_PATH) != 0;

	ck_assert_msg(!v->cut, "a block names slot %u, which is cut off", slot);
	if (e->count == 0)
		world_receive_marker(v, e);
	for (size_t i = 0; i < count; i++) {
		uint32_t id = with_ids ? e->path_ids[i] : 0;

		if (v->deaf) {
			ck_assert_uint_lt(v->unread_count, WORLD_HELD);
			v->unread[v->unread_count++] =
			    (struct world_held){.prefix = e->prefixes[i], .id = id};
		} else {
			world_apply(v, &e->prefixes[i], id,
			    e->kind == EMIT_ANNOUNCE ? world_name_of(w, e->block, e->block_len)
						     : NULL);
		}
	}
}

static inline void
world_log(struct world *w, const struct emission *e, size_t count)
{
	static const char *const kinds[] = {"announce", "withdraw", "eor", "borr", "eorr"};
	size_t at = strlen(w->log), room = sizeof(w->log) - at;
	char *text = NULL;
	size_t len;
	FILE *f = open_memstream(&text, &len);

	fprintf(f, "%s%s", at == 0 ? "" : "; ", kinds[e->kind]);
	if (e->kind == EMIT_ANNOUNCE)
		fprintf(f, " %s", world_name_of(w, e->block, e->block_len));
	for (size_t i = 0; i < count; i++) {
		char prefix[PREFIX_TEXT_MAX];

		prefix_format(&e->prefixes[i], prefix);
		fprintf(f, " %s", prefix);
		if ((e->class & CLASS_ADD_PATH) != 0)
			fprintf(f, "#%u", e->path_ids[i]);
	}
	fprintf(f, " to");
	for (unsigned slot = 0; slot < e->nwords * 64; slot++) {
		if ((e->words[slot / 64] >> slot % 64 & 1) != 0)
			fprintf(f, " %u", slot);
	}
	fclose(f);
	if (len < room)
		memcpy(w->log + at, text, len + 1);
	free(text);
}

static inline size_t
world_emit(void *ctx, const struct emission *e)
{
	struct world *w = ctx;
	size_t count = e->count < w->room ? e->count : w->room;

	if (w->room == 0)
		return 0;
	for (size_t i = 1; i < e->count; i++)
		ck_assert_int_le(prefix_compare(&e->prefixes[i - 1], &e->prefixes[i]), 0);
	world_log(w, e, count);
	for (unsigned slot = 0; slot < e->nwords * 64; slot++) {
		if ((e->words[slot / 64] >> slot % 64 & 1) != 0)
			world_receive(w, slot, e, count);
	}
	w->room -= count;
	return e->count == 0 ? 1 : count;
}

/* ---- the world ---- */

/* A world whose table has these settings; what makes it a world is filled in. */
static inline struct world *
world_new_as(struct table_config config)
{
	struct world *w = calloc(1, sizeof(*w));
	unsigned slots = config.slots;

	ck_assert_ptr_nonnull(w);
	w->room = SIZE_MAX;
	config.hash_seed = 42;
	config.emit = world_emit;
	config.emit_ctx = w;
	config.policy = (struct rib_policy){w, world_judge, world_reach, world_fits};
	config.reach_limit_reason = REASON_REACHES;
	w->t = table_new(&config);
	for (unsigned slot = 0; slot < slots; slot++) {
		struct table_peer peer = {.asn = 64500 + slot, .addr = {192, 0, 2, (uint8_t)slot}};

		w->views[slot].held = calloc(WORLD_HELD, sizeof(struct world_held));
		w->views[slot].unread = calloc(WORLD_HELD, sizeof(struct world_held));
		table_peer_set(w->t, (uint16_t)slot, &peer);
	}
	return w;
}

static inline struct world *
world_new_owing(unsigned slots, bool path_hiding, uint32_t owed_max)
{
	return world_new_as((struct table_config){
	    .slots = slots, .path_hiding = path_hiding, .owed_max = owed_max});
}

static inline struct world *
world_new(unsigned slots, bool path_hiding)
{
	return world_new_owing(slots, path_hiding, 0);
}

static inline void
world_free(struct world *w)
{
	table_free(w->t);
	for (unsigned slot = 0; slot < WORLD_SLOTS; slot++) {
		free(w->views[slot].held);
		free(w->views[slot].unread);
	}
	free(w);
}

/* What a member forgets with its session. */
static inline void
world_forget(struct world_view *v)
{
	v->count = v->unread_count = 0;
	v->deaf = v->cut = v->unread_eor[0] = v->unread_eor[1] = false;
	v->unread_marker[0] = v->unread_marker[1] = false;
	v->eors = v->borrs = v->eorrs = v->swept = v->messages = 0;
}

static inline void
world_up_as(struct world *w, unsigned slot, uint32_t bgp_id, uint8_t class)
{
	struct table_session session = {.bgp_id = bgp_id, .families = 3, .class = {class, class}};

	world_forget(&w->views[slot]);
	table_peer_up(w->t, (uint16_t)slot, &session);
}

static inline void
world_up(struct world *w, unsigned slot)
{
	world_up_as(w, slot, 100 + slot, CLASS_AS4);
}

static inline void
world_down(struct world *w, unsigned slot)
{
	table_peer_down(w->t, (uint16_t)slot);
	world_forget(&w->views[slot]);
}

static inline struct prefix
world_prefix(const char *text)
{
	struct prefix prefix;

	ck_assert_int_eq(prefix_parse(text, &prefix), 0);
	return prefix;
}

static inline enum table_result
world_announce_id(
    struct world *w, unsigned slot, const char *text, uint32_t path_id, const char *name)
{
	struct prefix prefix = world_prefix(text);
	attrs_id attrs = world_attrs_ref(w, name);
	enum table_result result =
	    table_announce(w->t, (uint16_t)slot, &prefix, path_id, attrs, 1000);

	table_attrs_unref(w->t, attrs);
	return result;
}

static inline enum table_result
world_announce(struct world *w, unsigned slot, const char *text, const char *name)
{
	return world_announce_id(w, slot, text, 0, name);
}

static inline bool
world_withdraw(struct world *w, unsigned slot, const char *text)
{
	struct prefix prefix = world_prefix(text);

	return table_withdraw(w->t, (uint16_t)slot, &prefix, 0);
}

#define WORLD_ALL (TABLE_COMMIT | TABLE_WALK | TABLE_OWED | TABLE_REJUDGE)

/* The world's policy from now on; what is there is judged again when the test says so. */
static inline void
world_set_version(struct world *w, unsigned version)
{
	struct rib_policy policy = {w, world_judge, world_reach, world_fits};

	w->version = version;
	table_set_policy(w->t, &policy);
}

/* The path of a slot; fails if there is none. */
static inline struct table_path_view
world_path(const struct world *w, unsigned slot, const char *text)
{
	struct prefix prefix = world_prefix(text);
	struct table_cursor cursor;
	struct table_entry_view entry;
	struct table_path_view path = {0};
	uint32_t iter = 0;

	table_cursor_init(&cursor, &prefix, MATCH_EXACT);
	ck_assert(table_cursor_next(w->t, &cursor, &entry));
	do {
		ck_assert(table_path_next(w->t, &entry, &iter, &path));
	} while (path.slot != slot);
	return path;
}

static inline void
world_check(struct world *w)
{
	const char *broken = table_check(w->t);

	ck_assert_msg(broken == NULL, "%s", broken == NULL ? "" : broken);
}

/* Steps until nothing is left, checking every invariant on the way. */
static inline void
world_settle(struct world *w)
{
	enum table_progress progress;

	do {
		progress = table_step(w->t, WORLD_ALL, 64);
		world_check(w);
	} while (progress == TABLE_MORE);
	ck_assert_int_eq(progress, TABLE_IDLE);
}

/* The blocks of a deaf receiver were scanned: all of them are owed. */
static inline void
world_cut(struct world *w, unsigned slot)
{
	struct world_view *v = &w->views[slot];

	table_cut(w->t, (uint16_t)slot);
	v->cut = true;
	for (size_t i = 0; i < v->unread_count; i++)
		table_owe(w->t, (uint16_t)slot, &v->unread[i].prefix, v->unread[i].id);
	for (unsigned f = 0; f < FAMILY_COUNT; f++) {
		if (v->unread_eor[f])
			table_owe_eor(w->t, (uint16_t)slot, f);
		if (v->unread_marker[f])
			table_refresh(w->t, (uint16_t)slot, f);
		v->unread_eor[f] = v->unread_marker[f] = false;
	}
	v->unread_count = 0;
	v->deaf = false;
}

static inline void
world_drained(struct world *w, unsigned slot)
{
	w->views[slot].cut = false;
	table_drained(w->t, (uint16_t)slot);
}

/* The name of what a receiver has of a prefix (and id); "-" for nothing. */
static inline const char *
world_has_id(struct world *w, unsigned slot, const char *text, uint32_t id)
{
	struct prefix prefix = world_prefix(text);
	struct world_view *v = &w->views[slot];
	const struct world_held *held = world_find(v->held, v->count, &prefix, id);

	return held == NULL ? "-" : held->name;
}

static inline const char *
world_has(struct world *w, unsigned slot, const char *text)
{
	return world_has_id(w, slot, text, 0);
}

static inline struct table_peer_view
world_peer(const struct world *w, unsigned slot)
{
	struct table_peer_view view;

	table_peer_get(w->t, (uint16_t)slot, FAMILY_IPV4, &view);
	return view;
}

/* Compares what was emitted since the last call. */
#define ck_assert_log(w, expected)                      \
	do {                                            \
		ck_assert_str_eq((w)->log, (expected)); \
		(w)->log[0] = '\0';                     \
	} while (0)

#endif
