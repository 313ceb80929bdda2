/*
 * Fuzz target: what a client says on a control socket, to a whole rib process with a few routes.
 * Whatever the octets are, every line of the answer is a JSON object, the restricted socket changes
 * nothing, and the connection ends once all has been said.
 *
 * First octet: 1 = the restricted socket, 2 = in pieces of a few octets; the rest is sent.
 */
#include "tests/fuzz/fuzz.h"

#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "bgpd/clock.h"
#include "bgpd/control/control.h"
#include "bgpd/core/state.h"
#include "bgpd/feed/feed.h"
#include "bgpd/ipc/memfd.h"

#define SLOTS	  3
#define PIECE	  7
#define TURNS_MAX 100000

static struct core core;
static struct channel *parent; /* the other end; its descriptor is read directly */
static int parent_fd;
static struct sockaddr_un addresses[2];
static socklen_t address_lens[2];

static int
listen_somewhere(unsigned i)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	addresses[i].sun_family = AF_UNIX;
	address_lens[i] = sizeof(addresses[i]);
	MUST(bind(fd, (const struct sockaddr *)&addresses[i], sizeof(sa_family_t)) == 0);
	MUST(getsockname(fd, (struct sockaddr *)&addresses[i], &address_lens[i]) == 0);
	MUST(listen(fd, 16) == 0);
	return fd;
}

/* An exchange of two members, IPv4 and IPv6: checks that all reject, and filters: none. */
static const struct compiled_slot slots[SLOTS] = {
    {.asn = 100, .families = 1, .addr = {192, 0, 2, 1}},
    {.slot = 1,
	.asn = 100,
	.family = FAMILY_IPV6,
	.families = 2,
	.flags = SLOT_FILTERS_NONE,
	.addr = {0x20, 0x01, 0x0d, 0xb8, [15] = 1}},
    {.slot = 2, .asn = 101, .families = 1, .flags = SLOT_FILTERS_NONE, .addr = {192, 0, 2, 2}}};

static const struct policy_community communities[] = {
    {.part = {0}, .name = NAME_DO_NOT_ANNOUNCE_TO_PEER, .wild = WILD_PEER},
    {.part = {64500, 65520},
	.name = NAME_REJECT_CAUSE,
	.format = COMMUNITY_LARGE,
	.wild = WILD_ANY}};

static int
seal_config(const struct compiled_head *head)
{
	struct policy_general general = {.rs_as = 64500,
	    .path_max = 32,
	    .communities_max = 8,
	    .flags = GENERAL_IRR_TAG | GENERAL_ROV,
	    .communities = {0, 2}};
	struct policy_peer peers[SLOTS] = {0};
	struct policy_config policy = {.general = &general,
	    .peers = peers,
	    .peer_count = SLOTS,
	    .communities = communities,
	    .community_count = 2,
	    .text = "",
	    .text_len = 1};

	for (unsigned i = 0; i < SLOTS; i++) {
		peers[i] = (struct policy_peer){.asn = slots[i].asn,
		    .kind = PEER_CLIENT,
		    .role = ROLE_NONE,
		    .reject = REJECT_TAG,
		    .mapped_asn = (uint16_t)slots[i].asn,
		    .flags = i == 0 ? PEER_HAS_POLICY | PEER_QUARANTINE : PEER_FILTERS_NONE,
		    .observe = 1 << REASON_NEXT_HOP,
		    .family = slots[i].family,
		    .families = slots[i].families};
		memcpy(peers[i].addr, slots[i].addr, sizeof(peers[i].addr));
	}
	return compiled_seal(head, slots, &policy, NULL);
}

static void
give_fd(enum channel_type type, const void *body, int fd)
{
	MUST(fd >= 0 && channel_send(parent, type, body, &fd, 1) == 0);
	close(fd);
}

static void
give_config(void)
{
	struct channel_generation generation = {.generation = 1};
	struct compiled_head head = {.generation = 1,
	    .rs_as = 64500,
	    .router_id = 0xc0000201,
	    .slots = SLOTS,
	    .workers = 1,
	    .hold_s = 90,
	    .connect_retry_s = 1,
	    .idle_hold_s = 1,
	    .idle_hold_max_s = 1,
	    .log_size = LOG_CHUNKS_MIN * LOG_CHUNK,
	    .ring_size = 65536,
	    .path_hiding = 1,
	    .log_level = LOG_LEVEL_CRITICAL,
	    .instance = "fuzz"};
	struct feed_report report;

	feed_report_init(&report);
	give_fd(CHANNEL_DATA, NULL, feed_load(&(struct feed_request){0}, &report));
	feed_report_fini(&report);
	give_fd(CHANNEL_CONFIG, &generation, seal_config(&head));
	give_fd(CHANNEL_LOG, NULL, log_create(head.log_size));
	parent_read(&core);
	while (core.table == NULL)
		generation_slice(&core, clock_us() + 1000);
}

/* Two peers are up and announce; one of them is told of the other. */
static void
fill_table(void)
{
	static const uint8_t block[] = {4, 192, 0, 2, 9, 0x40, ATTR_ORIGIN, 0, 1, 0, 0x40,
	    ATTR_AS_PATH, 0, 6, AS_SEQUENCE, 1, 0, 0, 0, 100, 0xc0, ATTR_COMMUNITIES, 0, 4, 0, 100,
	    0, 1};
	struct table_session session = {.bgp_id = 1, .families = 1, .class = {CLASS_AS4, 0}};
	attrs_id attrs = table_attrs_ref(core.table, block, sizeof(block));

	for (uint16_t slot = 0; slot < SLOTS; slot += 2) {
		table_peer_up(core.table, slot, &session);
		core.slots[slot].up = true;
		core.slots[slot].session.families = 1;
		for (uint8_t i = 0; i < 40; i++) {
			struct prefix prefix = {FAMILY_IPV4, 16, {10, i % 4 == 0 ? 0 : i}};

			table_announce(core.table, slot, &prefix, i, attrs, i);
		}
	}
	table_attrs_unref(core.table, attrs);
}

static void
start(void)
{
	int ends[2], full, restricted;

	signal(SIGPIPE, SIG_IGN);
	log_init("fuzz", LOG_LEVEL_CRITICAL);
	MUST(channel_pair(ends) == 0);
	parent_fd = ends[0];
	parent = channel_new(ends[0], CHANNEL_PARENT_TO_RIB, CHANNEL_RIB_TO_PARENT);
	MUST(core_init(&core, ends[1]) == 0);
	give_config();
	MUST(core.table != NULL && core.log != NULL);
	fill_table();
	full = listen_somewhere(0);
	restricted = listen_somewhere(1);
	core.control = control_new(&core, full, restricted);
}

/* Counts the orders to the parent; it is there, but does nothing. */
static unsigned
drain_parent(void)
{
	char packet[1024];
	unsigned orders = 0;
	uint16_t type;

	while (recv(parent_fd, packet, sizeof(packet), MSG_DONTWAIT) > 0) {
		memcpy(&type, packet, sizeof(type));
		orders += type == CHANNEL_ADMIN || type == CHANNEL_LOG_LEVEL;
	}
	return orders;
}

/* The parent's answer to all who wait for a reload, good and bad by turns. */
static void
answer_reloads(void)
{
	static const char text[] = "roost.yml:1:1: error: no\nroost.yml:2:1: note: \xff\n";
	static uint64_t answered;
	struct channel_reloaded r = {.ticket = core.reloads_asked, .refused = answered & 1};

	if (answered == core.reloads_asked)
		return;
	answered = core.reloads_asked;
	give_fd(CHANNEL_RELOADED, &r, memfd_new_const("report", text, sizeof(text) - 1));
}

/* Takes whole lines out of what was heard; returns what is left of the last one. */
static size_t
check_lines(char *text, size_t len)
{
	char *line = text, *end;

	while ((end = memchr(line, '\n', len - (size_t)(line - text))) != NULL) {
		json_t *object = json_loadb(line, (size_t)(end - line), 0, NULL);

		MUST(json_is_object(object));
		json_decref(object);
		line = end + 1;
	}
	len -= (size_t)(line - text);
	memmove(text, line, len);
	return len;
}

/* Sends some of what is left; ends our side after the last. Returns what was taken. */
static size_t
send_some(int fd, const uint8_t *data, size_t left, bool in_pieces)
{
	ssize_t n = send(fd, data, in_pieces && left > PIECE ? PIECE : left, MSG_NOSIGNAL);

	if (n < 0)
		return errno == EAGAIN ? 0 : left; /* it listens no more */
	if ((size_t)n == left)
		shutdown(fd, SHUT_WR);
	return (size_t)n;
}

static void
talk(int fd, const uint8_t *data, size_t left, bool in_pieces)
{
	static char text[1 << 20];
	size_t len = 0;
	ssize_t n = 1;

	if (left == 0)
		shutdown(fd, SHUT_WR);
	for (unsigned turn = 0; n != 0; turn++) {
		size_t sent = left > 0 ? send_some(fd, data, left, in_pieces) : 0;

		MUST(turn < TURNS_MAX);
		data += sent;
		left -= sent;
		event_base_loop(core.base, EVLOOP_ONCE | EVLOOP_NONBLOCK);
		core_turn(&core);
		answer_reloads();
		n = recv(fd, text + len, sizeof(text) - len, MSG_DONTWAIT);
		if (n < 0 && errno == ECONNRESET)
			break;
		len = check_lines(text, len + (n > 0 ? (size_t)n : 0));
		MUST(len < sizeof(text));
	}
	MUST(len == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned which;
	int fd;

	if (size == 0)
		return 0;
	if (core.control == NULL)
		start();
	drain_parent();
	which = data[0] & 1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	MUST(connect(fd, (const struct sockaddr *)&addresses[which], address_lens[which]) == 0);
	talk(fd, data + 1, size - 1, (data[0] & 2) != 0);
	close(fd);
	MUST(drain_parent() == 0 || which == 0);
	MUST(!core.stopping);
	log_set_level(LOG_LEVEL_CRITICAL);
	return 0;
}
