/*
 * An exchange by hand for the tests of policy/: configuration, data and paths from short texts.
 *
 *   fix_init()      server AS 999, path_max 32, slots 0..3 = members AS 101..104, 192.0.2.(slot+1)
 *                   and, slots 4..7, the same members on IPv6, 2001:db8::(slot-3)
 *   fix_asns(), fix_prefixes(), ...   append to the pools and give the range; set members of
 *                   f.general and f.peers[] as the test wants them
 *   fix_open()      data set and policy; fix_close() frees them
 *   fix_path()      a block and a view of it, from a struct fix_route of texts
 *
 * A test sets what it needs between fix_init() and fix_open(). Texts that cannot be read abort.
 */
#ifndef TESTS_UNIT_POLICY_FIXTURE_H
#define TESTS_UNIT_POLICY_FIXTURE_H

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/policy.h"

#define FIX_RS_AS   999
#define FIX_PEERS   8
#define FIX_RECORDS 512
#define FIX_TEXT    8192

struct fix {
	struct policy_config config;
	struct policy_data data;
	struct policy_general general;
	struct policy_peer peers[FIX_PEERS];
	struct policy_prefix prefixes[FIX_RECORDS]; /* this and the pools below serve both */
	uint32_t asns[FIX_RECORDS];
	struct policy_address addresses[FIX_RECORDS];
	struct policy_community communities[FIX_RECORDS];
	struct policy_name names[FIX_RECORDS];
	struct policy_rule rules[FIX_RECORDS];
	struct policy_match matches[FIX_RECORDS];
	struct policy_action actions[FIX_RECORDS];
	char text[FIX_TEXT];
	struct data_vrp vrps[FIX_RECORDS];
	struct data_aspa aspas[FIX_RECORDS];
	struct data_route routes[FIX_RECORDS];
	struct data_route arin[FIX_RECORDS];
	struct data_route registrobr[FIX_RECORDS];
	struct data_object objects[FIX_RECORDS];
	struct data_network networks[FIX_RECORDS];
	struct data_rtt rtts[FIX_RECORDS];
	struct dataset *dataset;
	struct policy *policy;
};

/* One route as text; what is NULL is absent. */
struct fix_route {
	uint16_t slot;
	const char *prefix;	/* NULL: "198.51.100.0/24" */
	const char *path;	/* "101 102 {1,2} 3"; NULL: the peer's ASN and 201 */
	const char *next_hop;	/* NULL: the peer's own address */
	const char *link_local; /* second half of a 32-octet next hop */
	const char *std;	/* "65535:666 999:1" */
	const char *large;	/* "999:0:1" */
	const char *ext;	/* "rt:999:1 ro:1:2 4300000000000002" */
	const char *otc;	/* "999" */
	const char *med;
};

struct fix_path {
	uint8_t block[ATTRS_MAX];
	size_t len;
	struct prefix prefix;
	struct attrs_facts facts;
	struct path_view view;
};

static inline void
fix_fail(const char *what, const char *text)
{
	fprintf(stderr, "fixture: %s: %s\n", what, text);
	abort();
}

static inline void
fix_address_read(const char *text, uint8_t *family, uint8_t addr[16])
{
	memset(addr, 0, 16);
	*family = strchr(text, ':') == NULL ? FAMILY_IPV4 : FAMILY_IPV6;
	if (inet_pton(*family == FAMILY_IPV4 ? AF_INET : AF_INET6, text, addr) != 1)
		fix_fail("address", text);
}

static inline struct prefix
fix_prefix(const char *text)
{
	struct prefix p;

	if (prefix_parse(text, &p) == -1)
		fix_fail("prefix", text);
	return p;
}

/* The next word of *text, cut out of it; false at the end. */
static inline bool
fix_word(const char **text, char word[64])
{
	size_t n = 0;

	while (**text == ' ')
		(*text)++;
	while (**text != '\0' && **text != ' ') {
		if (n == 63)
			fix_fail("word too long", *text);
		word[n++] = *(*text)++;
	}
	word[n] = '\0';
	return n > 0;
}

/* "174 3356" */
static inline struct policy_range
fix_asns(struct fix *f, const char *text)
{
	struct policy_range range = {f->config.asn_count, 0};
	char word[64];

	while (fix_word(&text, word)) {
		f->asns[f->config.asn_count++] = (uint32_t)strtoul(word, NULL, 10);
		range.count++;
	}
	return range;
}

/*
 * "10.0.0.0/8 192.0.2.0/24= 10.0.0.0/8+16-24 198.51.100.0/24@64501": with more specifics, exactly,
 * of these lengths, of this origin (behind any of the others).
 */
static inline struct policy_range
fix_prefixes(struct fix *f, const char *text)
{
	struct policy_range range = {f->config.prefix_count, 0};
	char word[64];

	while (fix_word(&text, word)) {
		struct policy_prefix *p = &f->prefixes[f->config.prefix_count++];
		char *at = strchr(word, '@');
		char *plus = strchr(word, '+');
		char *equal = strchr(word, '=');
		unsigned ge = 0;
		unsigned le = 0;

		memset(p, 0, sizeof(*p));
		if (at != NULL) {
			p->has_asn = 1;
			p->asn = (uint32_t)strtoul(at + 1, NULL, 10);
			*at = '\0';
		}
		if (plus != NULL && sscanf(plus, "+%u-%u", &ge, &le) != 2)
			fix_fail("lengths", plus);
		word[strcspn(word, "+=")] = '\0';
		p->prefix = fix_prefix(word);
		p->ge = plus != NULL ? (uint8_t)ge : p->prefix.len;
		p->le = plus != NULL ? (uint8_t)le
		    : equal != NULL  ? p->prefix.len
				     : (uint8_t)prefix_max_len(p->prefix.family);
		range.count++;
	}
	return range;
}

static inline struct policy_range
fix_addresses(struct fix *f, const char *text)
{
	struct policy_range range = {f->config.address_count, 0};
	char word[64];

	while (fix_word(&text, word)) {
		struct policy_address *a = &f->addresses[f->config.address_count++];

		memset(a, 0, sizeof(*a));
		fix_address_read(word, &a->family, a->addr);
		range.count++;
	}
	return range;
}

/* Puts a text into the pool; its offset. */
static inline uint32_t
fix_text(struct fix *f, const char *text)
{
	uint32_t at = f->config.text_len;
	size_t n = strlen(text) + 1;

	if (at + n > FIX_TEXT)
		fix_fail("pool is full", text);
	memcpy(f->text + at, text, n);
	f->config.text_len += (uint32_t)n;
	return at;
}

/* "AS-ONE AS101 RIPE::AS-TWO" */
static inline struct policy_range
fix_names(struct fix *f, const char *text)
{
	struct policy_range range = {f->config.name_count, 0};
	char word[64];

	while (fix_word(&text, word)) {
		f->names[f->config.name_count++].text = fix_text(f, word);
		range.count++;
	}
	return range;
}

/* "999:0:peer_as", "999:5", "rt:999:dyn_val": format and wild part from the text. */
static inline struct policy_community
fix_pattern(enum community_name name, uint32_t index, const char *text)
{
	struct policy_community c = {.name = (uint8_t)name, .index = index};
	const char *p = text;
	unsigned n = 0;

	if (strncmp(text, "rt:", 3) == 0 || strncmp(text, "ro:", 3) == 0) {
		bool wide = strtoul(text + 3, NULL, 10) > 65535;

		c.format = COMMUNITY_EXT;
		c.ext_type = (uint16_t)((wide ? 0x0200 : 0) | (text[1] == 't' ? 2 : 3));
		p = text + 3;
	}
	for (; n < 3; n++) {
		char *end;

		if (strcmp(p, "peer_as") == 0 || strcmp(p, "dyn_val") == 0) {
			c.wild = *p == 'p' ? WILD_PEER : WILD_ANY;
			n++;
			break;
		}
		c.part[n] = (uint32_t)strtoul(p, &end, 10);
		if (end == p)
			fix_fail("pattern", text);
		if (*end == '\0') {
			n++;
			break;
		}
		p = end + 1;
	}
	if (c.format != COMMUNITY_EXT)
		c.format = n == 3 ? COMMUNITY_LARGE : COMMUNITY_STD;
	return c;
}

/*
 * Appends a pattern to general.communities; all of them before the first of fix_custom(), whose
 * patterns are a range of their own. index: reject code of a map entry, else 0.
 */
static inline void
fix_community(struct fix *f, enum community_name name, uint32_t index, const char *text)
{
	if (f->general.communities.count == 0)
		f->general.communities.first = f->config.community_count;
	f->communities[f->config.community_count++] = fix_pattern(name, index, text);
	f->general.communities.count++;
}

static inline void
fix_custom(struct fix *f, uint32_t number, const char *text)
{
	if (f->general.customs.count == 0)
		f->general.customs.first = f->config.community_count;
	f->communities[f->config.community_count++] = fix_pattern(NAME_CUSTOM, number, text);
	f->general.customs.count++;
}

/* A pattern for matches and actions of rules; its index. */
static inline uint32_t
fix_rule_community(struct fix *f, const char *text)
{
	f->communities[f->config.community_count] = fix_pattern(NAME_CUSTOM, 0, text);
	return f->config.community_count++;
}

/* ---- data ---- */

static inline void
fix_vrp(struct fix *f, const char *prefix, uint8_t max_len, uint32_t asn)
{
	f->vrps[f->data.vrp_count++] =
	    (struct data_vrp){.prefix = fix_prefix(prefix), .max_len = max_len, .asn = asn};
}

static inline void
fix_aspa(struct fix *f, uint32_t customer, const char *providers)
{
	f->aspas[f->data.aspa_count++] =
	    (struct data_aspa){.customer = customer, .providers = fix_asns(f, providers)};
}

/* kind: 'i' route object, 'a' ARIN, 'b' Registro.br */
static inline void
fix_route_object(struct fix *f, char kind, const char *prefix, uint32_t origin)
{
	struct data_route r = {.prefix = fix_prefix(prefix), .origin = origin};

	if (kind == 'i')
		f->routes[f->data.route_count++] = r;
	else if (kind == 'a')
		f->arin[f->data.arin_count++] = r;
	else
		f->registrobr[f->data.registrobr_count++] = r;
}

/* asns ascending; prefixes as for fix_prefixes() */
static inline void
fix_object(struct fix *f, const char *name, const char *asns, const char *prefixes)
{
	f->objects[f->data.object_count++] = (struct data_object){.name = fix_text(f, name),
	    .asns = fix_asns(f, asns),
	    .prefixes = fix_prefixes(f, prefixes)};
}

static inline struct data_network *
fix_network(struct fix *f, uint32_t asn)
{
	struct data_network *n = &f->networks[f->data.network_count++];

	*n = (struct data_network){.asn = asn};
	return n;
}

static inline void
fix_rtt(struct fix *f, const char *address, uint32_t rtt_ms)
{
	struct data_rtt *r = &f->rtts[f->data.rtt_count++];

	*r = (struct data_rtt){.rtt_ms = rtt_ms};
	fix_address_read(address, &r->address.family, r->address.addr);
}

/* ---- life ---- */

static inline void
fix_peer_init(struct policy_peer *peer, uint16_t slot)
{
	char text[64];

	*peer = (struct policy_peer){.asn = 101 + slot % 4U,
	    .flags = PEER_HAS_POLICY | PEER_TAKES_BLACKHOLE | PEER_COUNT_REJECTED,
	    .rtt_ms = POLICY_RTT_UNKNOWN,
	    .mapped_asn = (uint16_t)(101 + slot % 4U),
	    .kind = PEER_CLIENT,
	    .role = ROLE_NONE,
	    .length_min = {8, 12},
	    .length_max = {24, 48}};
	if (slot < 4)
		snprintf(text, sizeof(text), "192.0.2.%d", slot + 1);
	else
		snprintf(text, sizeof(text), "2001:db8::%d", slot - 3);
	fix_address_read(text, &peer->family, peer->addr);
	peer->families = (uint8_t)(1 << peer->family);
}

/* The session carries the other family, too, by what the flags say. */
static inline void
fix_both_families(struct policy_peer *peer, uint32_t flags)
{
	peer->families = 1 << FAMILY_IPV4 | 1 << FAMILY_IPV6;
	peer->flags |= flags;
}

/* Everything off: nothing is enforced but what cannot be turned off. */
static inline struct fix *
fix_init(void)
{
	struct fix *f = calloc(1, sizeof(*f));

	if (f == NULL)
		abort();
	f->config.text_len = 1;
	f->general = (struct policy_general){
	    .rs_as = FIX_RS_AS, .path_max = 32, .communities_max = POLICY_COMMUNITIES_MAX};
	f->general.reaches_max = POLICY_REACHES_MAX;
	for (uint16_t slot = 0; slot < FIX_PEERS; slot++)
		fix_peer_init(&f->peers[slot], slot);
	return f;
}

/* Everything is put in its place and read; f->config and f->data are whole then. */
static inline void
fix_open(struct fix *f)
{
	struct policy_config *c = &f->config;
	struct policy_data *d = &f->data;

	c->general = &f->general;
	c->peers = f->peers;
	c->peer_count = FIX_PEERS;
	c->prefixes = d->prefixes = f->prefixes;
	c->asns = d->asns = f->asns;
	c->addresses = f->addresses;
	c->communities = f->communities;
	c->names = d->names = f->names;
	c->rules = f->rules;
	c->matches = f->matches;
	c->actions = f->actions;
	c->text = d->text = f->text;
	d->vrps = f->vrps;
	d->aspas = f->aspas;
	d->routes = f->routes;
	d->arin = f->arin;
	d->registrobr = f->registrobr;
	d->objects = f->objects;
	d->networks = f->networks;
	d->rtts = f->rtts;
	d->asn_count = c->asn_count;
	d->prefix_count = c->prefix_count;
	d->name_count = c->name_count;
	d->text_len = c->text_len;
	f->dataset = dataset_new(d);
	while (dataset_step(f->dataset, 1000))
		continue;
	f->policy = policy_new(c, f->dataset);
}

/* Frees the policy, so that the test may change f and open it again. */
static inline void
fix_shut(struct fix *f)
{
	policy_free(f->policy);
	dataset_free(f->dataset);
	f->policy = NULL;
	f->dataset = NULL;
}

static inline void
fix_close(struct fix *f)
{
	fix_shut(f);
	free(f);
}

/* ---- paths ---- */

static inline void
fix_put32(uint8_t *out, size_t *n, uint32_t value)
{
	for (int shift = 24; shift >= 0; shift -= 8)
		out[(*n)++] = (uint8_t)(value >> shift);
}

static inline void
fix_put_attr(struct fix_path *p, uint8_t flags, uint8_t type, const uint8_t *value, size_t len)
{
	uint8_t head[4] = {flags, type, (uint8_t)(len >> 8), (uint8_t)len};

	if (p->len + 4 + len > sizeof(p->block))
		fix_fail("block", "too long");
	memcpy(p->block + p->len, head, 4);
	if (len > 0)
		memcpy(p->block + p->len + 4, value, len);
	p->len += 4 + len;
}

/* AS_PATH's value from "1 2 {3,4} 5"; returns its length. */
static inline size_t
fix_as_path(const char *text, uint8_t *out)
{
	size_t n = 0;
	size_t head = 0;
	uint8_t type = 0;
	bool in_set = false;

	while (*text != '\0') {
		char *end;

		if (*text == '{' || *text == '}') {
			in_set = *text++ == '{';
			type = 0;
			continue;
		}
		if (!isdigit((unsigned char)*text)) {
			text++;
			continue;
		}
		if (type == 0 || out[head + 1] == 255) {
			type = in_set ? AS_SET : AS_SEQUENCE;
			head = n;
			out[n++] = type;
			out[n++] = 0;
		}
		out[head + 1]++;
		fix_put32(out, &n, (uint32_t)strtoul(text, &end, 10));
		text = end;
	}
	return n;
}

/* The values of one format, as its attribute has them; returns the length. */
static inline size_t
fix_communities(const char *text, enum community_format format, uint8_t *out)
{
	char word[64];
	size_t n = 0;

	while (text != NULL && fix_word(&text, word)) {
		struct policy_community c;
		struct community_value v;

		if (format == COMMUNITY_EXT && strchr(word, ':') == NULL) {
			unsigned long long raw = strtoull(word, NULL, 16);

			fix_put32(out, &n, (uint32_t)(raw >> 32));
			fix_put32(out, &n, (uint32_t)raw);
			continue;
		}
		c = fix_pattern(NAME_CUSTOM, 0, word);
		if (c.format != format)
			fix_fail("community of another format", word);
		v = (struct community_value){.part = {c.part[0], c.part[1], c.part[2]},
		    .ext_type = c.ext_type,
		    .format = c.format};
		community_write(&v, out + n);
		n += community_bytes(format);
	}
	return n;
}

static inline void
fix_next_hop(struct fix_path *p, const char *next_hop, const char *link_local)
{
	uint8_t family;
	uint8_t addr[16];

	fix_address_read(next_hop, &family, addr);
	p->block[0] = family == FAMILY_IPV4 ? 4 : 16;
	memcpy(p->block + 1, addr, p->block[0]);
	if (link_local != NULL) {
		fix_address_read(link_local, &family, addr);
		memcpy(p->block + 17, addr, 16);
		p->block[0] = 32;
	}
	p->len = 1 + (size_t)p->block[0];
}

/* addr of the peer as text */
static inline const char *
fix_own_address(const struct policy_peer *peer, char buf[64])
{
	inet_ntop(peer->family == FAMILY_IPV4 ? AF_INET : AF_INET6, peer->addr, buf, 64);
	return buf;
}

static inline void
fix_path(const struct fix *f, struct fix_path *p, const struct fix_route *r)
{
	static uint8_t value[ATTRS_MAX];
	static const uint8_t igp;
	const char *path = r->path;
	char own_path[32];
	char own[64];
	size_t n;

	if (path == NULL)
		snprintf(own_path, sizeof(own_path), "%u 201", f->peers[r->slot].asn);
	p->prefix = fix_prefix(r->prefix != NULL ? r->prefix : "198.51.100.0/24");
	fix_next_hop(p,
	    r->next_hop != NULL ? r->next_hop : fix_own_address(&f->peers[r->slot], own),
	    r->link_local);
	fix_put_attr(p, ATTR_FLAG_TRANSITIVE, ATTR_ORIGIN, &igp, 1);
	fix_put_attr(p, ATTR_FLAG_TRANSITIVE, ATTR_AS_PATH, value,
	    fix_as_path(path == NULL ? own_path : path, value));
	if (r->med != NULL) {
		n = 0;
		fix_put32(value, &n, (uint32_t)strtoul(r->med, NULL, 10));
		fix_put_attr(p, ATTR_FLAG_OPTIONAL, ATTR_MED, value, n);
	}
	n = fix_communities(r->std, COMMUNITY_STD, value);
	if (n > 0)
		fix_put_attr(p, 0xc0, ATTR_COMMUNITIES, value, n);
	n = fix_communities(r->ext, COMMUNITY_EXT, value);
	if (n > 0)
		fix_put_attr(p, 0xc0, ATTR_EXT_COMMUNITIES, value, n);
	n = fix_communities(r->large, COMMUNITY_LARGE, value);
	if (n > 0)
		fix_put_attr(p, 0xc0, ATTR_LARGE_COMMUNITIES, value, n);
	if (r->otc != NULL) {
		n = 0;
		fix_put32(value, &n, (uint32_t)strtoul(r->otc, NULL, 10));
		fix_put_attr(p, 0xc0, ATTR_OTC, value, n);
	}
	if (!attrs_is_canonical(p->block, p->len))
		fix_fail("block is not canonical", path == NULL ? own_path : path);
	attrs_read_facts(p->block, p->len, &p->facts);
	p->view = (struct path_view){.prefix = &p->prefix,
	    .block = p->block,
	    .block_len = p->len,
	    .facts = &p->facts,
	    .slot = r->slot};
}

#endif
