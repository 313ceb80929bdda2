/*
 * What a scenario says of the server and its peers, as the flat records that the processes map:
 * bgpd/conf/compiled.h, policy/config.h. One row per word.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/replay/world.h"

void
settings_defaults(struct world *w)
{
	w->head = (struct compiled_head){.generation = 1,
	    .rs_as = 64500,
	    .router_id = 0xc0000201,
	    .workers = 1,
	    .hold_s = 90,
	    .connect_retry_s = 30,
	    .idle_hold_s = 2,
	    .idle_hold_max_s = 60,
	    .log_size = 16 * LOG_CHUNK,
	    .ring_size = 1 << 20,
	    .restart_s = 120,
	    .stale_s = 180,
	    .deferral_s = 60,
	    .path_hiding = 1,
	    .log_level = LOG_LEVEL_CRITICAL,
	    .instance = "replay"};
	w->general = (struct policy_general){.path_max = 64,
	    .reaches_max = POLICY_REACHES_MAX,
	    .communities_max = POLICY_COMMUNITIES_MAX};
}

/* ---- the server ---- */

void
settings_server(struct world *w, struct words *s)
{
	struct compiled_head *h = &w->head;

	while (words_left(s)) {
		if (words_is(s, "as"))
			h->rs_as = words_number(s, UINT32_MAX);
		else if (words_is(s, "id"))
			h->router_id = words_address4(s);
		else if (words_is(s, "hold"))
			h->hold_s = words_number(s, 65535);
		else if (words_is(s, "connect-retry"))
			h->connect_retry_s = words_number(s, 65535);
		else if (words_is(s, "idle-hold"))
			h->idle_hold_s = words_number(s, 65535);
		else if (words_is(s, "idle-hold-max"))
			h->idle_hold_max_s = words_number(s, 65535);
		else if (words_is(s, "send-hold"))
			h->send_hold_s = words_number(s, 65535);
		else if (words_is(s, "restart-time"))
			h->restart_s = (uint16_t)words_number(s, 4095);
		else if (words_is(s, "stale-time"))
			h->stale_s = (uint16_t)words_number(s, 3600);
		else if (words_is(s, "deferral"))
			h->deferral_s = (uint16_t)words_number(s, 3600);
		else if (words_is(s, "hides-paths"))
			h->path_hiding = 0;
		else
			words_fault(s, "\"%s\" is nothing of the server", words_peek(s));
	}
}

/* ---- peers ---- */

typedef void set_fn(struct world *, struct words *, struct player *);

static struct compiled_slot *
slot_of(struct world *w, struct player *p)
{
	return &w->slots[p->slot];
}

static struct policy_peer *
policy_of(struct world *w, struct player *p)
{
	return &w->policies[p->slot];
}

static void
set_as(struct world *w, struct words *s, struct player *p)
{
	p->speaker.asn = words_number(s, UINT32_MAX);
	slot_of(w, p)->asn = policy_of(w, p)->asn = p->speaker.asn;
}

static void
set_id(struct world *w, struct words *s, struct player *p)
{
	(void)w;
	p->speaker.id = words_address4(s);
}

static void
set_address(struct world *w, struct words *s, struct player *p)
{
	size_t len = words_address(s, slot_of(w, p)->addr);

	slot_of(w, p)->family = len == 4 ? FAMILY_IPV4 : FAMILY_IPV6;
	slot_of(w, p)->families = p->speaker.families = len == 4 ? 1 : 2;
	memcpy(len == 4 ? p->speaker.next_hop4 : p->speaker.next_hop6, slot_of(w, p)->addr, len);
}

static void
set_families(struct world *w, struct words *s, struct player *p)
{
	slot_of(w, p)->families = p->speaker.families = words_families(s);
}

static void
set_role(struct world *w, struct words *s, struct player *p)
{
	static const char *const names[] = {"provider", "rs", "rs-client", "customer", "peer"};

	for (unsigned i = 0; i < 5; i++) {
		if (!words_is(s, names[i]))
			continue;
		slot_of(w, p)->role = policy_of(w, p)->role = (uint8_t)i;
		slot_of(w, p)->flags |= SLOT_ROLES;
		policy_of(w, p)->flags |= PEER_ROLES;
		if (words_is(s, "strict"))
			slot_of(w, p)->flags |= SLOT_ROLE_STRICT;
		return;
	}
	words_fault(s, "\"%s\" is no role", words_peek(s));
}

/* "limit ipv4 3 shutdown", "limit ipv4 3 restart 5 min", "block", "warning" */
static void
set_limit(struct world *w, struct words *s, struct player *p)
{
	static const char *const names[] = {"none", "shutdown", "restart", "block", "warning"};
	struct policy_peer *policy = policy_of(w, p);
	unsigned family = words_family(s);

	policy->limit[family] = words_number(s, UINT32_MAX);
	for (unsigned i = 0; i < 5; i++)
		if (words_is(s, names[i])) {
			policy->limit_action = (uint8_t)i;
			if (i == LIMIT_RESTART)
				policy->restart_after_min = (uint32_t)(words_time_ms(s) / 60000);
			return;
		}
	words_fault(s, "\"%s\" is no action of a limit", words_peek(s));
}

static void
set_add_path(struct world *w, struct words *s, struct player *p)
{
	slot_of(w, p)->flags |= SLOT_ADD_PATH;
	if (words_is_number(s))
		slot_of(w, p)->paths_told = (uint16_t)words_number(s, 255);
}

static void
set_keeps(struct world *w, struct words *s, struct player *p)
{
	slot_of(w, p)->paths_kept = (uint16_t)words_number(s, 64);
}

static void
set_filtered(struct world *w, struct words *s, struct player *p)
{
	(void)s;
	slot_of(w, p)->flags &= (uint16_t)~SLOT_FILTERS_NONE;
	policy_of(w, p)->flags &= ~(uint32_t)PEER_FILTERS_NONE;
}

static void
set_prepend(struct world *w, struct words *s, struct player *p)
{
	(void)s;
	slot_of(w, p)->flags |= SLOT_PREPEND_RS_AS;
	policy_of(w, p)->flags |= PEER_PREPEND_RS_AS;
}

static void
set_next_hops(struct world *w, struct words *s, struct player *p)
{
	(void)s;
	slot_of(w, p)->flags |= SLOT_IPV6_NEXT_HOPS;
	policy_of(w, p)->flags |= PEER_IPV6_NEXT_HOPS;
}

static void
set_small_window(struct world *w, struct words *s, struct player *p)
{
	(void)w;
	(void)s;
	p->small_window = true;
}

static const struct {
	const char *word;
	set_fn *set;	/* NULL: the flag alone */
	uint16_t flags; /* enum compiled_flag */
} rows[] = {
    {"as", set_as, 0},
    {"id", set_id, 0},
    {"address", set_address, 0},
    {"families", set_families, 0},
    {"passive", NULL, SLOT_PASSIVE},
    {"absent", NULL, SLOT_UNUSED},
    {"filtered", set_filtered, 0},
    {"prepend-rs-as", set_prepend, 0},
    {"role", set_role, 0},
    {"limit", set_limit, 0},
    {"add-path", set_add_path, 0},
    {"keeps-paths", set_keeps, 0},
    {"ipv6-next-hops", set_next_hops, 0},
    {"extended-messages", NULL, SLOT_EXTENDED_MESSAGES},
    {"graceful-restart", NULL, SLOT_GRACEFUL_RESTART},
    {"long-shutdown-text", NULL, SLOT_LONG_SHUTDOWN_TEXT},
    {"small-window", set_small_window, 0},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void
set_defaults(struct world *w, struct player *p)
{
	uint8_t host = (uint8_t)(10 + p->slot);
	struct compiled_slot *slot = slot_of(w, p);

	p->small_window = false;
	p->speaker = (struct speaker){.id = 0x0a000001 + p->slot,
	    .hold_s = 90,
	    .families = 1,
	    .next_hop4 = {192, 0, 2, host},
	    .next_hop6 = {0x20, 0x01, 0x0d, 0xb8, [15] = host}};
	*slot = (struct compiled_slot){.slot = p->slot,
	    .family = FAMILY_IPV4,
	    .families = 1u << FAMILY_IPV4,
	    .flags = SLOT_FILTERS_NONE,
	    .addr = {192, 0, 2, host}};
	*policy_of(w, p) = (struct policy_peer){
	    .flags = PEER_FILTERS_NONE | PEER_TAKES_BLACKHOLE | PEER_COUNT_REJECTED,
	    .kind = PEER_CLIENT,
	    .role = ROLE_NONE,
	    .length_max = {32, 128}};
}

static struct player *
player_named(struct world *w, struct words *s, const char *name)
{
	struct player *p = world_player(w, name);

	if (p != NULL)
		return p;
	if (w->started || w->player_count == PEERS_MAX || strlen(name) >= NAME_SIZE) {
		words_fault(s, "no more peers, or too long a name");
		return NULL;
	}
	p = &w->players[w->player_count];
	p->slot = w->player_count++;
	snprintf(p->name, sizeof(p->name), "%s", name);
	return p;
}

/* What policy wants to know of a slot beside its own values. */
static void
complete(struct world *w, struct player *p)
{
	struct compiled_slot *slot = slot_of(w, p);
	struct policy_peer *policy = policy_of(w, p);

	policy->mapped_asn = slot->asn <= UINT16_MAX ? (uint16_t)slot->asn : 0;
	policy->family = slot->family;
	policy->families = slot->families;
	memcpy(policy->addr, slot->addr, sizeof(policy->addr));
}

void
settings_remove(struct world *w, struct player *p)
{
	*slot_of(w, p) = (struct compiled_slot){.slot = p->slot, .flags = SLOT_UNUSED};
	*policy_of(w, p) = (struct policy_peer){.role = ROLE_NONE};
}

void
settings_peer(struct world *w, struct words *s)
{
	struct player *p = player_named(w, s, words_take(s));
	size_t i;

	if (p == NULL)
		return;
	set_defaults(w, p);
	while (words_left(s)) {
		for (i = 0; i < ROWS && !words_is(s, rows[i].word); i++)
			continue;
		if (i == ROWS) {
			words_fault(s, "\"%s\" is nothing of a peer", words_peek(s));
			return;
		}
		slot_of(w, p)->flags |= rows[i].flags;
		if (rows[i].set != NULL)
			rows[i].set(w, s, p);
	}
	if (slot_of(w, p)->asn == 0)
		words_fault(s, "a peer needs \"as NUMBER\"");
	if ((slot_of(w, p)->flags & SLOT_UNUSED) != 0)
		settings_remove(w, p);
	else
		complete(w, p);
}

int
settings_seal(const struct world *w)
{
	struct policy_general general = w->general;
	struct compiled_head head = w->head;
	struct policy_config policy = {.general = &general,
	    .peers = w->policies,
	    .peer_count = head.slots,
	    .text = "",
	    .text_len = 1};
	int fd;

	general.rs_as = head.rs_as;
	head.generation = w->generation;
	fd = compiled_seal(&head, w->slots, &policy, NULL);
	if (fd == -1) {
		perror("compiled_seal");
		abort();
	}
	return fd;
}
