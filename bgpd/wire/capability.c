/*
 * The capabilities that are known, one row each; see capability.h. Each has three small functions:
 * read, write, print. RFC numbers stand in the rows.
 */
#include "bgpd/wire/capability.h"

enum capability_code {
	CAPABILITY_MULTIPROTOCOL = 1,
	CAPABILITY_REFRESH = 2,
	CAPABILITY_EXT_NH = 5,
	CAPABILITY_EXT_MSG = 6,
	CAPABILITY_ROLE = 9,
	CAPABILITY_GR = 64,
	CAPABILITY_AS4 = 65,
	CAPABILITY_ADD_PATH = 69,
	CAPABILITY_ENHANCED_REFRESH = 70,
	CAPABILITY_FQDN = 73,
	CAPABILITY_SOFTWARE = 75
};

static uint8_t
bit(unsigned family)
{
	return (uint8_t)(1U << family);
}

static void
encode_empty(struct wire_writer *w, uint8_t code)
{
	wire_put_u8(w, code);
	wire_put_u8(w, 0);
}

/* Multiprotocol, RFC 4760 section 8: AFI 2, reserved 1, SAFI 1; one capability per family. */
static bool
decode_multiprotocol(struct wire_reader *r, struct open_msg *m)
{
	uint16_t afi = wire_get_u16(r);
	enum family family;

	wire_get_u8(r);
	m->has_multiprotocol = true;
	if (msg_family(afi, wire_get_u8(r), &family))
		m->families |= bit(family);
	else if (m->other_families < UINT8_MAX)
		m->other_families++;
	return true;
}

static void
encode_multiprotocol(const struct open_msg *m, struct wire_writer *w)
{
	for (unsigned i = 0; i < FAMILY_COUNT; i++) {
		if (!m->has_multiprotocol || (m->families & bit(i)) == 0)
			continue;
		wire_put_u8(w, CAPABILITY_MULTIPROTOCOL);
		wire_put_u8(w, 4);
		wire_put_u16(w, msg_afi((enum family)i));
		wire_put_u8(w, 0);
		wire_put_u8(w, 1);
	}
}

static void
print_multiprotocol(const struct open_msg *m, struct text *t)
{
	for (unsigned i = 0; m->has_multiprotocol && i < FAMILY_COUNT; i++) {
		if ((m->families & bit(i)) != 0)
			text_add(t, ", %s", msg_family_name((enum family)i));
	}
	if (m->other_families > 0)
		text_add(t, ", %u other families", m->other_families);
}

static bool
decode_refresh(struct wire_reader *r, struct open_msg *m)
{
	(void)r;
	m->refresh = true;
	return true;
}

static void
encode_refresh(const struct open_msg *m, struct wire_writer *w)
{
	if (m->refresh)
		encode_empty(w, CAPABILITY_REFRESH);
}

static void
print_refresh(const struct open_msg *m, struct text *t)
{
	if (m->refresh)
		text_add(t, ", route refresh");
}

/* Extended next hop, RFC 8950 section 4: triples of AFI 2, SAFI 2, next hop AFI 2. */
static bool
decode_ext_nh(struct wire_reader *r, struct open_msg *m)
{
	while (wire_left(r) > 0) {
		uint16_t afi = wire_get_u16(r);
		uint16_t safi = wire_get_u16(r);
		uint16_t next_hop_afi = wire_get_u16(r);
		enum family family;

		if (safi <= UINT8_MAX && msg_family(afi, (uint8_t)safi, &family) &&
		    family == FAMILY_IPV4 && next_hop_afi == msg_afi(FAMILY_IPV6))
			m->ext_nh |= bit(family);
	}
	return true;
}

static void
encode_ext_nh(const struct open_msg *m, struct wire_writer *w)
{
	if ((m->ext_nh & bit(FAMILY_IPV4)) == 0)
		return;
	wire_put_u8(w, CAPABILITY_EXT_NH);
	wire_put_u8(w, 6);
	wire_put_u16(w, msg_afi(FAMILY_IPV4));
	wire_put_u16(w, 1);
	wire_put_u16(w, msg_afi(FAMILY_IPV6));
}

static void
print_ext_nh(const struct open_msg *m, struct text *t)
{
	if ((m->ext_nh & bit(FAMILY_IPV4)) != 0)
		text_add(t, ", ipv4 with ipv6 next hop");
}

static bool
decode_ext_msg(struct wire_reader *r, struct open_msg *m)
{
	(void)r;
	m->ext_msg = true;
	return true;
}

static void
encode_ext_msg(const struct open_msg *m, struct wire_writer *w)
{
	if (m->ext_msg)
		encode_empty(w, CAPABILITY_EXT_MSG);
}

static void
print_ext_msg(const struct open_msg *m, struct text *t)
{
	if (m->ext_msg)
		text_add(t, ", extended message");
}

/* Role, RFC 9234 section 4: equal ones count as one, two that differ are a role mismatch. */
static bool
decode_role(struct wire_reader *r, struct open_msg *m)
{
	uint8_t role = wire_get_u8(r);

	if (m->has_role && m->role != role)
		m->role_conflict = true;
	if (!m->has_role)
		m->role = role;
	m->has_role = true;
	return true;
}

static void
encode_role(const struct open_msg *m, struct wire_writer *w)
{
	if (!m->has_role)
		return;
	wire_put_u8(w, CAPABILITY_ROLE);
	wire_put_u8(w, 1);
	wire_put_u8(w, m->role);
}

static void
print_role(const struct open_msg *m, struct text *t)
{
	if (m->has_role)
		text_add(t, ", role %s (%u)%s", open_role_name(m->role), m->role,
		    m->role_conflict ? " and another" : "");
}

/* Graceful restart, RFC 4724 section 3: the last one counts. */
static bool
decode_gr(struct wire_reader *r, struct open_msg *m)
{
	uint16_t head = wire_get_u16(r);

	m->has_gr = true;
	m->gr = (struct open_gr){.flags = (uint8_t)(head >> 12), .time_s = head & 0x0fff};
	while (wire_left(r) > 0) {
		uint16_t afi = wire_get_u16(r);
		uint8_t safi = wire_get_u8(r);
		uint8_t flags = wire_get_u8(r);
		enum family family;

		if (!msg_family(afi, safi, &family))
			continue;
		m->gr.families |= bit(family);
		if ((flags & 0x80) != 0)
			m->gr.forwarding |= bit(family);
	}
	return true;
}

static void
encode_gr(const struct open_msg *m, struct wire_writer *w)
{
	uint8_t *len;

	if (!m->has_gr)
		return;
	wire_put_u8(w, CAPABILITY_GR);
	len = wire_put_len_u8(w);
	wire_put_u16(w, (uint16_t)((m->gr.flags & 0xf) << 12 | (m->gr.time_s & 0x0fff)));
	for (unsigned i = 0; i < FAMILY_COUNT; i++) {
		if ((m->gr.families & bit(i)) == 0)
			continue;
		wire_put_u16(w, msg_afi((enum family)i));
		wire_put_u8(w, 1);
		wire_put_u8(w, (m->gr.forwarding & bit(i)) != 0 ? 0x80 : 0);
	}
	wire_patch_u8(w, len);
}

static void
print_gr(const struct open_msg *m, struct text *t)
{
	if (!m->has_gr)
		return;
	text_add(t, ", graceful restart %u s", m->gr.time_s);
	if ((m->gr.flags & OPEN_GR_RESTARTED) != 0)
		text_add(t, " restarted");
	if ((m->gr.flags & OPEN_GR_NOTIFICATION) != 0)
		text_add(t, " notification");
	for (unsigned i = 0; i < FAMILY_COUNT; i++) {
		if ((m->gr.families & bit(i)) != 0)
			text_add(t, " %s%s", msg_family_name((enum family)i),
			    (m->gr.forwarding & bit(i)) != 0 ? "+" : "");
	}
}

/*
 * 4-octet AS number, RFC 6793. Two of them that differ leave 0 behind, which is never a good peer
 * AS (RFC 7607): open_decode() refuses it.
 */
static bool
decode_as4(struct wire_reader *r, struct open_msg *m)
{
	uint32_t asn = wire_get_u32(r);

	m->asn = m->as4 && m->asn != asn ? 0 : asn;
	m->as4 = true;
	return true;
}

static void
encode_as4(const struct open_msg *m, struct wire_writer *w)
{
	if (!m->as4)
		return;
	wire_put_u8(w, CAPABILITY_AS4);
	wire_put_u8(w, 4);
	wire_put_u32(w, m->asn);
}

static void
print_as4(const struct open_msg *m, struct text *t)
{
	if (m->as4)
		text_add(t, ", 4-octet AS %u", m->asn);
}

/* ADD-PATH, RFC 7911 section 4: AFI 2, SAFI 1, 1 receive | 2 send; other values are ignored. */
static bool
decode_add_path(struct wire_reader *r, struct open_msg *m)
{
	while (wire_left(r) > 0) {
		uint16_t afi = wire_get_u16(r);
		uint8_t safi = wire_get_u8(r);
		uint8_t mode = wire_get_u8(r);
		enum family family;

		if (mode >= 1 && mode <= 3 && msg_family(afi, safi, &family))
			m->add_path[family] = mode;
	}
	return true;
}

static void
encode_add_path(const struct open_msg *m, struct wire_writer *w)
{
	struct wire_writer undo = *w;
	uint8_t *len;

	wire_put_u8(w, CAPABILITY_ADD_PATH);
	len = wire_put_len_u8(w);
	for (unsigned i = 0; i < FAMILY_COUNT; i++) {
		if (m->add_path[i] == 0)
			continue;
		wire_put_u16(w, msg_afi((enum family)i));
		wire_put_u8(w, 1);
		wire_put_u8(w, m->add_path[i]);
	}
	wire_patch_u8(w, len);
	if (!w->failed && *len == 0)
		*w = undo;
}

static void
print_add_path(const struct open_msg *m, struct text *t)
{
	static const char *const modes[] = {"", "receive", "send", "send and receive"};

	for (unsigned i = 0; i < FAMILY_COUNT; i++) {
		if (m->add_path[i] != 0)
			text_add(t, ", add-path %s %s", msg_family_name((enum family)i),
			    modes[m->add_path[i] & 3]);
	}
}

static bool
decode_enhanced_refresh(struct wire_reader *r, struct open_msg *m)
{
	(void)r;
	m->enhanced_refresh = true;
	return true;
}

static void
encode_enhanced_refresh(const struct open_msg *m, struct wire_writer *w)
{
	if (m->enhanced_refresh)
		encode_empty(w, CAPABILITY_ENHANCED_REFRESH);
}

static void
print_enhanced_refresh(const struct open_msg *m, struct text *t)
{
	if (m->enhanced_refresh)
		text_add(t, ", enhanced route refresh");
}

/* Keeps what fits of a name; octets that are not printable ASCII become '?'. */
static void
keep_name(struct wire_reader *r, size_t len, char out[OPEN_NAME_MAX])
{
	const uint8_t *p = wire_get_bytes(r, len);

	if (p == NULL)
		return;
	if (len > OPEN_NAME_MAX - 1)
		len = OPEN_NAME_MAX - 1;
	for (size_t i = 0; i < len; i++)
		out[i] = p[i] >= 0x20 && p[i] < 0x7f ? (char)p[i] : '?';
	out[len] = '\0';
}

static void
put_name(struct wire_writer *w, const char *name)
{
	size_t len = strnlen(name, OPEN_NAME_MAX - 1);

	wire_put_u8(w, (uint8_t)len);
	wire_put_bytes(w, name, len);
}

/* FQDN, draft-walton-bgp-hostname-capability: host and domain, each with its length in front. */
static bool
decode_fqdn(struct wire_reader *r, struct open_msg *m)
{
	char host[OPEN_NAME_MAX] = "", domain[OPEN_NAME_MAX] = "";

	keep_name(r, wire_get_u8(r), host);
	keep_name(r, wire_get_u8(r), domain);
	if (wire_failed(r))
		return false;
	memcpy(m->host, host, sizeof(host));
	memcpy(m->domain, domain, sizeof(domain));
	return true;
}

static void
encode_fqdn(const struct open_msg *m, struct wire_writer *w)
{
	uint8_t *len;

	if (m->host[0] == '\0' && m->domain[0] == '\0')
		return;
	wire_put_u8(w, CAPABILITY_FQDN);
	len = wire_put_len_u8(w);
	put_name(w, m->host);
	put_name(w, m->domain);
	wire_patch_u8(w, len);
}

static void
print_fqdn(const struct open_msg *m, struct text *t)
{
	if (m->host[0] != '\0' || m->domain[0] != '\0')
		text_add(t, ", name %s%s%s", m->host, m->domain[0] != '\0' ? "." : "", m->domain);
}

/*
 * Software version, draft-ietf-idr-software-version: a text with its length in front; some send
 * the text alone.
 */
static bool
decode_software(struct wire_reader *r, struct open_msg *m)
{
	size_t len = wire_left(r);

	if (r->pos[0] == len - 1)
		len = wire_get_u8(r);
	keep_name(r, len, m->software);
	return true;
}

static void
encode_software(const struct open_msg *m, struct wire_writer *w)
{
	uint8_t *len;

	if (m->software[0] == '\0')
		return;
	wire_put_u8(w, CAPABILITY_SOFTWARE);
	len = wire_put_len_u8(w);
	put_name(w, m->software);
	wire_patch_u8(w, len);
}

static void
print_software(const struct open_msg *m, struct text *t)
{
	if (m->software[0] != '\0')
		text_add(t, ", software %s", m->software);
}

#define ROW(code, vital, min, max, multiple, name, stem)                                          \
	{                                                                                         \
		code, vital, min, max, multiple, name, decode_##stem, encode_##stem, print_##stem \
	}

static const struct capability_row rows[] = {
    ROW(CAPABILITY_MULTIPROTOCOL, false, 4, 4, 1, "multiprotocol (RFC 4760)", multiprotocol),
    ROW(CAPABILITY_REFRESH, false, 0, 0, 1, "route refresh (RFC 2918)", refresh),
    ROW(CAPABILITY_EXT_NH, false, 0, 255, 6, "extended next hop (RFC 8950)", ext_nh),
    ROW(CAPABILITY_EXT_MSG, false, 0, 0, 1, "extended message (RFC 8654)", ext_msg),
    ROW(CAPABILITY_ROLE, false, 1, 1, 1, "role (RFC 9234)", role),
    ROW(CAPABILITY_GR, false, 2, 255, 4, "graceful restart (RFC 4724)", gr),
    ROW(CAPABILITY_AS4, true, 4, 4, 1, "4-octet AS number (RFC 6793)", as4),
    ROW(CAPABILITY_ADD_PATH, false, 0, 255, 4, "ADD-PATH (RFC 7911)", add_path),
    ROW(CAPABILITY_ENHANCED_REFRESH, false, 0, 0, 1, "enhanced route refresh (RFC 7313)",
	enhanced_refresh),
    ROW(CAPABILITY_FQDN, false, 2, 255, 1, "FQDN", fqdn),
    ROW(CAPABILITY_SOFTWARE, false, 1, 255, 1, "software version", software),
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static const struct capability_row *
find(uint8_t code)
{
	for (size_t i = 0; i < ROW_COUNT; i++) {
		if (rows[i].code == code)
			return &rows[i];
	}
	return NULL;
}

static bool
has_good_len(const struct capability_row *row, size_t len)
{
	return len >= row->min_len && len <= row->max_len &&
	    (len - row->min_len) % row->multiple == 0;
}

bool
capability_decode(uint8_t code, struct wire_reader value, struct open_msg *m)
{
	const struct capability_row *row = find(code);

	if (row == NULL) {
		if (m->unknown_count < OPEN_UNKNOWN_MAX)
			m->unknown[m->unknown_count] = code;
		m->unknown_count++;
		return true;
	}
	if (has_good_len(row, wire_left(&value)) && row->decode(&value, m))
		return true;
	if (m->malformed == 0)
		m->malformed_code = code;
	if (m->malformed < UINT8_MAX)
		m->malformed++;
	return !row->is_vital;
}

void
capability_encode_all(const struct open_msg *m, struct wire_writer *w)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		rows[i].encode(m, w);
}

void
capability_print_all(const struct open_msg *m, struct text *t)
{
	for (size_t i = 0; i < ROW_COUNT; i++)
		rows[i].print(m, t);
	if (m->malformed > 0)
		text_add(t, ", malformed %s", find(m->malformed_code)->name);
	if (m->malformed > 1)
		text_add(t, " and %u more malformed", m->malformed - 1U);
}
