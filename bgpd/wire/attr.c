/*
 * The table of path attributes and the loop around it; see attr.h.
 *
 * Deviations from the RFCs, all towards keeping the session:
 *   - An attribute that we do not know and that lacks the Optional flag is treated as withdraw.
 *     RFC 4271 section 6.3 resets (3/2), and RFC 7606 leaves that as it is; but it was passed on by
 *     somebody for whom it was not an error, and the member in front of us is not to blame.
 *   - Unknown optional non-transitive attributes are dropped quietly (RFC 4271 section 5), although
 *     RFC 7947 section 2.2 would like a route server to pass on even those.
 */
#include "bgpd/wire/attr.h"

#include "bgpd/wire/attr_check.h"
#include "bgpd/wire/notification.h"

#define O   ATTR_FLAG_OPTIONAL
#define T   ATTR_FLAG_TRANSITIVE
#define ANY UINT16_MAX

enum {
	ATTR_DPA = 11,
	ATTR_AS_PATHLIMIT = 21,
	ATTR_PMSI_TUNNEL = 22,
	ATTR_TUNNEL_ENCAPSULATION = 23,
	ATTR_TRAFFIC_ENGINEERING = 24,
	ATTR_AIGP = 26,
	ATTR_PE_LABELS = 27,
	ATTR_ENTROPY_LABEL = 28,
	ATTR_BGP_LS = 29,
	ATTR_BGPSEC_PATH = 33,
	ATTR_SFP = 37,
	ATTR_BFD_DISCRIMINATOR = 38,
	ATTR_PREFIX_SID = 40,
	ATTR_ATTR_SET = 128
};

/*
 * type, flags, outcome, fate, least, most and multiple of the length, check, name, source.
 * For deprecated attributes (11, 21, 28) no RFC names an outcome; they have no effect on anybody's
 * selection, so a malformed one is discarded.
 */
static const struct attr_row rows[] = {
    {ATTR_ORIGIN, T, OUTCOME_WITHDRAW, FATE_KEEP, 1, 1, 1, attr_check_origin, "ORIGIN",
	"RFC 7606 section 7.1"},
    {ATTR_AS_PATH, T, OUTCOME_WITHDRAW, FATE_KEEP, 0, ANY, 1, attr_check_as_path, "AS_PATH",
	"RFC 7606 section 7.2, RFC 7607 section 2, RFC 5065 section 5"},
    {ATTR_NEXT_HOP, T, OUTCOME_WITHDRAW, FATE_USE, 4, 4, 1, NULL, "NEXT_HOP",
	"RFC 7606 section 7.3"},
    {ATTR_MED, O, OUTCOME_WITHDRAW, FATE_KEEP, 4, 4, 1, NULL, "MULTI_EXIT_DISC",
	"RFC 7606 section 7.4"},
    {ATTR_LOCAL_PREF, T, OUTCOME_DISCARD, FATE_DROP, 4, 4, 1, NULL, "LOCAL_PREF",
	"RFC 7606 section 7.5"},
    {ATTR_ATOMIC_AGGREGATE, T, OUTCOME_DISCARD, FATE_KEEP, 0, 0, 1, NULL, "ATOMIC_AGGREGATE",
	"RFC 7606 sections 3 f and 7.6"},
    {ATTR_AGGREGATOR, O | T, OUTCOME_DISCARD, FATE_KEEP, 6, 8, 1, attr_check_aggregator,
	"AGGREGATOR", "RFC 7606 sections 3 f and 7.7, RFC 7607 section 2"},
    {ATTR_COMMUNITIES, O | T, OUTCOME_WITHDRAW, FATE_KEEP, 4, ANY, 4, NULL, "COMMUNITIES",
	"RFC 7606 section 7.8"},
    {ATTR_ORIGINATOR_ID, O, OUTCOME_DISCARD, FATE_DROP, 4, 4, 1, NULL, "ORIGINATOR_ID",
	"RFC 7606 section 7.9"},
    {ATTR_CLUSTER_LIST, O, OUTCOME_DISCARD, FATE_DROP, 4, ANY, 4, NULL, "CLUSTER_LIST",
	"RFC 7606 section 7.10"},
    {ATTR_DPA, O | T, OUTCOME_DISCARD, FATE_KEEP, 6, 6, 1, NULL, "DPA", "RFC 6938"},
    {ATTR_MP_REACH_NLRI, O, OUTCOME_RESET, FATE_USE, 5, ANY, 1, NULL, "MP_REACH_NLRI",
	"RFC 7606 sections 5.3 and 7.11"},
    {ATTR_MP_UNREACH_NLRI, O, OUTCOME_RESET, FATE_USE, 3, ANY, 1, NULL, "MP_UNREACH_NLRI",
	"RFC 7606 sections 5.3 and 7.12"},
    {ATTR_EXT_COMMUNITIES, O | T, OUTCOME_WITHDRAW, FATE_KEEP, 8, ANY, 8, NULL,
	"EXTENDED COMMUNITIES", "RFC 7606 section 7.14"},
    {ATTR_AS4_PATH, O | T, OUTCOME_DISCARD, FATE_USE, 6, ANY, 2, attr_check_as4_path, "AS4_PATH",
	"RFC 6793 section 6"},
    {ATTR_AS4_AGGREGATOR, O | T, OUTCOME_DISCARD, FATE_USE, 8, 8, 1, attr_check_as4_aggregator,
	"AS4_AGGREGATOR", "RFC 6793 section 6"},
    {ATTR_AS_PATHLIMIT, O | T, OUTCOME_DISCARD, FATE_KEEP, 5, 5, 1, NULL, "AS_PATHLIMIT",
	"draft-ietf-idr-as-pathlimit"},
    {ATTR_PMSI_TUNNEL, O | T, OUTCOME_WITHDRAW, FATE_KEEP, 5, ANY, 1, NULL, "PMSI_TUNNEL",
	"RFC 6514"},
    {ATTR_TUNNEL_ENCAPSULATION, O | T, OUTCOME_WITHDRAW, FATE_KEEP, 4, ANY, 1, attr_check_tunnel,
	"Tunnel Encapsulation", "RFC 9012 section 13"},
    {ATTR_TRAFFIC_ENGINEERING, O, OUTCOME_WITHDRAW, FATE_IGNORE, 36, ANY, 1, NULL,
	"Traffic Engineering", "RFC 7606 section 7.13, RFC 5543"},
    {ATTR_IPV6_EXT_COMMUNITIES, O | T, OUTCOME_WITHDRAW, FATE_KEEP, 20, ANY, 20, NULL,
	"IPv6 Address Specific Extended Community", "RFC 7606 section 7.15"},
    {ATTR_AIGP, O, OUTCOME_DISCARD, FATE_IGNORE, 0, ANY, 1, NULL, "AIGP", "RFC 7311"},
    {ATTR_PE_LABELS, O | T, OUTCOME_WITHDRAW, FATE_KEEP, 7, ANY, 1, attr_check_pe_labels,
	"PE Distinguisher Labels", "RFC 6514"},
    {ATTR_ENTROPY_LABEL, O | T, OUTCOME_DISCARD, FATE_KEEP, 0, 0, 1, NULL,
	"BGP Entropy Label Capability", "RFC 6790, RFC 7447"},
    {ATTR_BGP_LS, O, OUTCOME_DISCARD, FATE_IGNORE, 0, ANY, 1, NULL, "BGP-LS", "RFC 7752"},
    {ATTR_LARGE_COMMUNITIES, O | T, OUTCOME_WITHDRAW, FATE_KEEP, 12, ANY, 12, NULL,
	"LARGE_COMMUNITY", "RFC 8092 section 6"},
    {ATTR_BGPSEC_PATH, O, OUTCOME_WITHDRAW, FATE_IGNORE, 0, ANY, 1, NULL, "BGPsec_PATH",
	"RFC 8205 section 5.2"},
    {ATTR_OTC, O | T, OUTCOME_WITHDRAW, FATE_KEEP, 4, 4, 1, NULL, "Only to Customer",
	"RFC 9234 section 5"},
    {ATTR_SFP, O | T, OUTCOME_WITHDRAW, FATE_KEEP, 3, ANY, 1, attr_check_sfp, "SFP",
	"RFC 9015 section 3.2"},
    {ATTR_BFD_DISCRIMINATOR, O | T, OUTCOME_DISCARD, FATE_KEEP, 5, ANY, 1, attr_check_bfd,
	"BFD Discriminator", "RFC 9026"},
    /* from an external peer outside the SR domain it MUST be discarded */
    {ATTR_PREFIX_SID, O | T, OUTCOME_DISCARD, FATE_DROP, 3, ANY, 1, NULL, "BGP Prefix-SID",
	"RFC 8669 section 4"},
    {ATTR_ATTR_SET, O | T, OUTCOME_WITHDRAW, FATE_KEEP, 4, ANY, 1, attr_check_attr_set, "ATTR_SET",
	"RFC 7606 section 7.16, RFC 6368"},
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

const struct attr_row *
attr_rows(size_t *count)
{
	*count = ROW_COUNT;
	return rows;
}

const struct attr_row *
attr_row(uint8_t type)
{
	size_t low = 0, high = ROW_COUNT;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (rows[middle].type == type)
			return &rows[middle];
		if (rows[middle].type < type)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

const char *
attr_name(uint8_t type)
{
	const struct attr_row *row = attr_row(type);

	return row == NULL ? "unknown" : row->name;
}

void
attr_report(struct attr_scan *scan, uint8_t type, enum attr_outcome outcome, const char *text)
{
	scan->findings++;
	if (outcome > scan->finding.outcome)
		scan->finding = (struct attr_finding){type, (uint8_t)outcome, text};
}

/* One attribute while it is looked at. */
struct current {
	struct attr_found found;
	uint8_t type;
};

/* The octets of the attribute, for the NOTIFICATION; only as many as there are. */
static void
report_reset(struct attr_scan *scan, const struct current *c, uint8_t subcode, const char *text)
{
	const uint8_t *end = c->found.value + c->found.len;
	size_t len =
	    subcode == UPDATE_ERROR_OPTIONAL_ATTRIBUTE ? (size_t)(end - c->found.header) : 0;

	attr_report(scan, c->type, OUTCOME_RESET, text);
	scan->error = (struct wire_error){
	    NOTIFICATION_UPDATE, subcode, (uint16_t)len, len == 0 ? NULL : c->found.header};
}

static void
report_malformed(
    struct attr_scan *scan, const struct current *c, enum attr_outcome outcome, const char *text)
{
	if (outcome == OUTCOME_RESET) {
		report_reset(scan, c, UPDATE_ERROR_OPTIONAL_ATTRIBUTE, text);
		return;
	}
	if (outcome == OUTCOME_WITHDRAW)
		scan->doubts_nlri = true;
	attr_report(scan, c->type, outcome, text);
}

/* RFC 7606 section 3 g. */
static void
report_duplicate(struct attr_scan *scan, const struct current *c)
{
	static const char text[] = "appears more than once";

	if (c->type == ATTR_MP_REACH_NLRI || c->type == ATTR_MP_UNREACH_NLRI)
		report_reset(scan, c, UPDATE_ERROR_ATTRIBUTE_LIST, text);
	else
		attr_report(scan, c->type, OUTCOME_DISCARD, text);
}

/* NULL if flags, length and value are as the row wants them; else what is wrong. */
static const char *
find_fault(const struct attr_row *row, const struct attr_ctx *ctx, const struct attr_found *found)
{
	if ((found->flags & (O | T)) != row->flags)
		return "wrong flags"; /* RFC 7606 section 3 c */
	if (found->len < row->min_len || found->len > row->max_len ||
	    found->len % row->multiple != 0)
		return "wrong length";
	return row->check == NULL ? NULL : row->check(ctx, found->value, found->len);
}

static void
keep(struct attr_set *set, const struct current *c)
{
	set->present[c->type / 64] |= (uint64_t)1 << (c->type % 64);
	set->found[c->type] = c->found;
}

static void
judge_unknown(const struct current *c, struct attr_set *set, struct attr_scan *scan)
{
	uint8_t flags = c->found.flags;

	if ((flags & O) == 0)
		attr_report(scan, c->type, OUTCOME_WITHDRAW,
		    "not known and not optional (no reset: see attr.c)");
	else if ((flags & T) == 0)
		scan->ignored++;
	else
		keep(set, c);
}

static void
judge(const struct current *c, const struct attr_ctx *ctx, struct attr_set *set,
    struct attr_scan *scan)
{
	const struct attr_row *row = attr_row(c->type);
	const char *fault;

	if (row == NULL) {
		judge_unknown(c, set, scan);
		return;
	}
	if (row->fate == FATE_DROP) {
		attr_report(scan, c->type, OUTCOME_DISCARD, "not accepted from an external peer");
		return;
	}
	fault = find_fault(row, ctx, &c->found);
	if (fault != NULL)
		report_malformed(scan, c, (enum attr_outcome)row->outcome, fault);
	else if (row->fate == FATE_IGNORE)
		scan->ignored++;
	else
		keep(set, c);
}

/*
 * Reads the header and moves the cursor behind the value before anything looks at it. False if the
 * attribute is not whole: RFC 7606 section 4, treat as withdraw; but where the broken one is to
 * carry NLRI, those can not be parsed, and section 3 j asks for a reset.
 */
static bool
next_attribute(struct wire_reader *r, struct current *c, struct attr_scan *scan)
{
	const struct attr_row *row;
	size_t len;

	c->found.header = r->pos;
	c->found.flags = wire_get_u8(r);
	c->type = wire_get_u8(r);
	len = (c->found.flags & ATTR_FLAG_EXTENDED) != 0 ? wire_get_u16(r) : wire_get_u8(r);
	c->found.len = (uint16_t)len;
	c->found.value = wire_get_bytes(r, len);
	if (!wire_failed(r))
		return true;
	c->found.value = r->end;
	c->found.len = 0;
	row = attr_row(c->type);
	if (row != NULL && row->outcome == OUTCOME_RESET)
		report_malformed(scan, c, OUTCOME_RESET, "exceeds the attributes");
	else
		report_malformed(scan, c, OUTCOME_WITHDRAW, "exceeds the attributes");
	return false;
}

/* True if the operator wants none of this type: nothing of it is looked at but its length. */
static bool
is_dropped(const struct attr_ctx *ctx, uint8_t type, struct attr_scan *scan)
{
	if (ctx->drop == NULL || !attr_types_have(ctx->drop, type))
		return false;
	scan->dropped++;
	attr_types_add(scan->dropped_types, type);
	return true;
}

void
attr_scan(const uint8_t *data, size_t len, const struct attr_ctx *ctx, struct attr_set *set,
    struct attr_scan *scan)
{
	struct wire_reader r = wire_reader_over(data, len);
	uint64_t seen[4] = {0};
	struct current c;

	memset(scan, 0, sizeof(*scan));
	memset(set->present, 0, sizeof(set->present));
	while (wire_left(&r) > 0 && scan->finding.outcome != OUTCOME_RESET) {
		uint64_t bit;

		if (!next_attribute(&r, &c, scan))
			return;
		if (is_dropped(ctx, c.type, scan))
			continue;
		bit = (uint64_t)1 << (c.type % 64);
		scan->has_other |= c.type != ATTR_MP_UNREACH_NLRI;
		if ((seen[c.type / 64] & bit) != 0)
			report_duplicate(scan, &c);
		else
			judge(&c, ctx, set, scan);
		seen[c.type / 64] |= bit;
	}
}
