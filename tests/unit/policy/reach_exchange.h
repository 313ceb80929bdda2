/*
 * An exchange for the tests of export policy, and forms as text.
 *
 * Members: slot 0 AS101, RTT 10; slot 1 AS102, RTT 50; slot 2 AS200103, in standard communities
 * 64603, RTT unknown; slot 3 AS200104, without a number there, RTT 100; slots 4 to 7 the same on
 * IPv6. Thresholds 10, 30, 60.
 */
#ifndef TESTS_UNIT_POLICY_REACH_EXCHANGE_H
#define TESTS_UNIT_POLICY_REACH_EXCHANGE_H

#include <check.h>

#include "policy/effect.h"
#include "policy/exports.h"
#include "policy/state.h"
#include "tests/unit/policy/fixture.h"

#define TEXT_MAX 1024

struct reach_out {
	unsigned groups;
	unsigned twice; /* slots named by two groups */
	bool is_sent[FIX_PEERS];
	bool as_it_came[FIX_PEERS];
	uint8_t block[FIX_PEERS][4096];
	size_t len[FIX_PEERS];
	bool is_plain;
};

static struct fix *f;
static struct reach_out out;
static struct fix_path path;
static struct verdict verdict;

void
reach_plain(struct reach_out *to)
{
	to->is_plain = true;
}

void
reach_add(struct reach_out *to, const uint8_t *block, size_t block_len, const uint64_t *words,
    size_t nwords)
{
	to->groups++;
	for (unsigned slot = 0; slot < nwords * 64; slot++) {
		if ((words[slot / 64] >> slot % 64 & 1) == 0)
			continue;
		ck_assert_uint_lt(slot, FIX_PEERS);
		to->twice += to->is_sent[slot];
		to->is_sent[slot] = true;
		to->as_it_came[slot] = block == NULL;
		to->len[slot] = block == NULL ? path.len : block_len;
		ck_assert_uint_le(to->len[slot], sizeof(to->block[slot]));
		memcpy(to->block[slot], block == NULL ? path.block : block, to->len[slot]);
	}
}

/* ---- the exchange ---- */

static inline void
make_patterns(void)
{
	static const struct {
		enum community_name name;
		const char *text;
	} patterns[] = {
	    {NAME_ORIGIN_PRESENT_IN_AS_SET, "64512:1"},
	    {NAME_ORIGIN_NOT_PRESENT_IN_AS_SET, "64512:2"},
	    {NAME_PREFIX_PRESENT_IN_AS_SET, "64512:3"},
	    {NAME_PREFIX_NOT_PRESENT_IN_AS_SET, "64512:4"},
	    {NAME_PREFIX_VALIDATED_VIA_RPKI_ROAS, "64512:5"},
	    {NAME_PREFIX_VALIDATED_VIA_ARIN, "64512:6"},
	    {NAME_PREFIX_VALIDATED_VIA_REGISTROBR, "64512:7"},
	    {NAME_ROUTE_VALIDATED_VIA_WHITE_LIST, "64512:8"},
	    {NAME_ROV_NOT_PERFORMED, "64512:9"},
	    {NAME_ROV_VALID, "64512:10"},
	    {NAME_ROV_UNKNOWN, "64512:11"},
	    {NAME_ROV_INVALID, "64512:12"},
	    {NAME_ASPA_UNKNOWN, "64512:13"},
	    {NAME_REJECT_CAUSE, "65520:dyn_val"},
	    {NAME_REJECT_CAUSE, "999:65520:dyn_val"},
	    {NAME_REJECTED_ROUTE_ANNOUNCED_BY, "65521:dyn_val"},
	    {NAME_REJECTED_ROUTE_ANNOUNCED_BY, "rt:65521:dyn_val"},
	    {NAME_BLACKHOLING, "999:666:0"},
	    {NAME_DO_NOT_ANNOUNCE_TO_ANY, "0:999"},
	    {NAME_DO_NOT_ANNOUNCE_TO_ANY, "999:0:0"},
	    {NAME_DO_NOT_ANNOUNCE_TO_PEER, "0:peer_as"},
	    {NAME_DO_NOT_ANNOUNCE_TO_PEER, "999:0:peer_as"},
	    {NAME_DO_NOT_ANNOUNCE_TO_PEER, "rt:0:peer_as"},
	    {NAME_ANNOUNCE_TO_PEER, "999:peer_as"},
	    {NAME_ANNOUNCE_TO_PEER, "999:1:peer_as"},
	    {NAME_DO_NOT_ANNOUNCE_TO_RTT_LOWER, "60:dyn_val"},
	    {NAME_DO_NOT_ANNOUNCE_TO_RTT_HIGHER, "61:dyn_val"},
	    {NAME_ANNOUNCE_TO_RTT_LOWER, "62:dyn_val"},
	    {NAME_ANNOUNCE_TO_RTT_HIGHER, "63:dyn_val"},
	    {NAME_PREPEND_ONCE_TO_ANY, "65501:999"},
	    {NAME_PREPEND_TWICE_TO_ANY, "65502:999"},
	    {NAME_PREPEND_THRICE_TO_ANY, "65503:999"},
	    {NAME_PREPEND_ONCE_TO_PEER, "65511:peer_as"},
	    {NAME_PREPEND_TWICE_TO_PEER, "65512:peer_as"},
	    {NAME_PREPEND_THRICE_TO_PEER, "65513:peer_as"},
	    {NAME_PREPEND_ONCE_TO_RTT_LOWER, "71:dyn_val"},
	    {NAME_PREPEND_TWICE_TO_RTT_LOWER, "72:dyn_val"},
	    {NAME_PREPEND_THRICE_TO_RTT_LOWER, "73:dyn_val"},
	    {NAME_PREPEND_ONCE_TO_RTT_HIGHER, "74:dyn_val"},
	    {NAME_PREPEND_TWICE_TO_RTT_HIGHER, "75:dyn_val"},
	    {NAME_PREPEND_THRICE_TO_RTT_HIGHER, "76:dyn_val"},
	    {NAME_ADD_NOEXPORT_TO_ANY, "65281:999"},
	    {NAME_ADD_NOADVERTISE_TO_ANY, "65282:999"},
	    {NAME_ADD_NOEXPORT_TO_PEER, "65283:peer_as"},
	    {NAME_ADD_NOADVERTISE_TO_PEER, "65284:peer_as"},
	};

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		fix_community(f, patterns[i].name, 0, patterns[i].text);
	fix_community(f, NAME_REJECT_CAUSE_MAP, 13, "999:77:13");
	fix_custom(f, 0, "65530:1");
	fix_custom(f, 0, "999:65530:1");
	fix_custom(f, 1, "65530:2");
}

static inline void
setup(void)
{
	static const uint32_t asns[4] = {101, 102, 200103, 200104};
	static const uint16_t mapped[4] = {101, 102, 64603, 0};
	static const uint32_t rtt[4] = {10, 50, POLICY_RTT_UNKNOWN, 100};

	memset(&out, 0, sizeof(out));
	f = fix_init();
	for (unsigned slot = 0; slot < FIX_PEERS; slot++) {
		f->peers[slot].asn = asns[slot % 4];
		f->peers[slot].mapped_asn = mapped[slot % 4];
		f->peers[slot].rtt_ms = rtt[slot % 4];
	}
	f->general.rtt_thresholds = fix_asns(f, "10 30 60");
	f->general.blackhole[FAMILY_IPV4] = BLACKHOLE_UNCHANGED;
	make_patterns();
}

static inline void
teardown(void)
{
	fix_close(f);
}

/* ---- forms as text ---- */

static inline void
append(char *text, const char *format, unsigned long a, unsigned long b)
{
	size_t len = strlen(text);

	snprintf(text + len, TEXT_MAX - len, format, a, b);
}

static inline uint32_t
number_at(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static inline void
append_path(char *text, const struct attr_view *attr)
{
	for (size_t at = 0; at < attr->len;) {
		bool is_set = attr->value[at] == AS_SET;
		unsigned count = attr->value[at + 1];

		strcat(text, is_set ? " {" : "");
		for (at += 2; count > 0; count--, at += 4)
			append(text, " %lu", number_at(attr->value + at), 0);
		strcat(text, is_set ? " }" : "");
	}
}

/* "101 2 | 65535:666 | L 999:1:1 | rt ... | next hop if it is another | otc N" */
static inline const char *
form(unsigned slot)
{
	static char text[TEXT_MAX];
	struct attr_view attr;
	size_t pos = 0;

	text[0] = '\0';
	if (!out.is_sent[slot])
		return "-";
	if (memcmp(out.block[slot], path.block, 1 + (size_t)path.block[0]) != 0)
		append(text, "via %02lx%02lx", out.block[slot][1], out.block[slot][2]);
	while (attrs_next(out.block[slot], out.len[slot], &pos, &attr)) {
		if (attr.type == ATTR_AS_PATH)
			append_path(text, &attr);
		for (size_t at = 0; attr.type == ATTR_COMMUNITIES && at < attr.len; at += 4)
			append(text, " %lu:%lu", number_at(attr.value + at) >> 16,
			    number_at(attr.value + at) & 0xffff);
		for (size_t at = 0; attr.type == ATTR_EXT_COMMUNITIES && at < attr.len; at += 8)
			append(text, " x%08lx:%lx", number_at(attr.value + at),
			    number_at(attr.value + at + 4));
		for (size_t at = 0; attr.type == ATTR_LARGE_COMMUNITIES && at < attr.len;
		     at += 12) {
			append(text, " %lu", number_at(attr.value + at), 0);
			append(text, ":%lu:%lu", number_at(attr.value + at + 4),
			    number_at(attr.value + at + 8));
		}
		if (attr.type == ATTR_OTC)
			append(text, " otc %lu", number_at(attr.value), 0);
	}
	return text[0] == ' ' ? text + 1 : text;
}

/* A route is 198.51.100.0/24 with path 101 7 unless it says otherwise. */
static inline void
make_path(const struct fix_route *route)
{
	struct fix_route r = *route;

	r.prefix = r.prefix == NULL ? "198.51.100.0/24" : r.prefix;
	r.path = r.path == NULL ? "101 7" : r.path;
	fix_path(f, &path, &r);
}

/* Asks reach for a route that judge said these tags of. */
static inline void
reach(const struct fix_route *route, uint32_t tags)
{
	memset(&out, 0, sizeof(out));
	make_path(route);
	verdict = (struct verdict){.accept = (tags & TAG_REJECTED) == 0,
	    .tagged = (tags & TAG_REJECTED) != 0,
	    .tags = tags};
	policy_reach(f->policy, path.block, path.len, tags, &out);
	ck_assert_uint_eq(out.twice, 0);
}

/* The same, judged. */
static inline void
judge_and_reach(const struct fix_route *route)
{
	struct verdict v;

	make_path(route);
	policy_judge(f->policy, &path.view, &v);
	ck_assert(v.accept || v.tagged);
	reach(route, v.tags);
	verdict = v;
}

static inline const char *
withheld(uint16_t receiver)
{
	const char *why =
	    policy_withheld(f->policy, path.block, path.len, &path.view, &verdict, receiver);

	return why == NULL ? "sent" : why;
}

/* ROV was performed: nothing is attached. */
#define UNKNOWN	       ((uint32_t)ROV_UNKNOWN << TAG_ROV_SHIFT)
#define ROUTE(...)     (&(struct fix_route){__VA_ARGS__})

#define IS(slot, text) ck_assert_str_eq(form(slot), text)

static inline void
all_are(const char *one, const char *two, const char *three, const char *four)
{
	IS(0, one);
	IS(1, two);
	IS(2, three);
	IS(3, four);
}

#endif
