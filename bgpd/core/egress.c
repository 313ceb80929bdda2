/*
 * The one road out: an emission of the table becomes UPDATE messages, encoded once into the egress
 * log for all of its receivers.
 *
 *   emission {receivers, class, attributes, prefixes} -> blocks of at most BLOCK_OCTETS
 *
 * Never send what we would not accept: what was encoded is decoded again by the strict decoder, of
 * every block in builds with ROOST_CHECK_EMITTED (tests), of one in SAMPLE in production. A block
 * that fails is not sent and is reported: a member keeps an old route rather than lose its session.
 */
#include <stdlib.h>
#include <string.h>

#include "bgpd/core/state.h"
#include "bgpd/ipc/wake.h"
#include "bgpd/wire/refresh.h"
#include "bgpd/wire/update.h"

#define BLOCK_OCTETS	  (32u * 1024u)
#define WITHDRAW_BASE_MAX 64u /* header, lengths, MP_UNREACH_NLRI before its first prefix */
#define MP_GROWTH	  1u  /* MP_REACH_NLRI of more than 255 octets has a longer header */
#define MARKER_MAX_BYTES  64u /* End-of-RIB, BoRR, EoRR */

#ifdef ROOST_CHECK_EMITTED
#define SAMPLE 1
#else
#define SAMPLE 256
#endif

static struct update_class
class_of(enum family family, uint8_t class)
{
	return (struct update_class){
	    .family = family,
	    .as4 = (class & CLASS_AS4) != 0,
	    .add_path = (class & CLASS_ADD_PATH) != 0,
	    .ipv6_next_hop = (class & CLASS_IPV6_NEXT_HOP) != 0,
	    .max_len = (class & CLASS_EXT_MSG) != 0 ? MSG_EXTENDED_MAX_BYTES : MSG_MAX_BYTES,
	};
}

struct update_ctx
egress_ctx(enum family family, uint8_t class)
{
	uint8_t mask = (uint8_t)(1u << family);

	return (struct update_ctx){
	    .as4 = (class & CLASS_AS4) != 0,
	    .families = mask,
	    .add_path = (class & CLASS_ADD_PATH) != 0 ? mask : 0,
	    .ext_nh = (class & CLASS_IPV6_NEXT_HOP) != 0 ? mask : 0,
	};
}

uint16_t
egress_fits(void *ctx, const uint8_t *block, size_t block_len, enum family family)
{
	size_t prefix_max = 1 + prefix_max_len(family) / 8;
	uint16_t mask = 0;

	(void)ctx;
	for (uint8_t class = 0; class < CLASS_COUNT; class ++) {
		struct update_class c = class_of(family, class);
		size_t base = update_announce_base_len(&c, block, block_len);

		if (base > 0 && base + prefix_max + (c.add_path ? 4 : 0) <= c.max_len)
			mask = (uint16_t)(mask | 1u << class);
	}
	return mask;
}

/* Encodes messages for as many prefixes as fit into cap; returns octets. */
static size_t
encode(const struct emission *e, size_t from, uint8_t *out, size_t cap, size_t *taken,
    uint16_t *messages)
{
	struct update_class class = class_of(e->family, e->class);
	size_t len = 0, used, n;

	*taken = 0;
	*messages = 0;
	while (from + *taken < e->count) {
		const struct prefix *p = e->prefixes + from + *taken;
		const uint32_t *ids = class.add_path ? e->path_ids + from + *taken : NULL;
		size_t left = e->count - from - *taken;

		n = e->kind == EMIT_ANNOUNCE
		    ? update_encode_announce(
			  &class, e->block, e->block_len, p, ids, left, &used, out + len, cap - len)
		    : update_encode_withdraw(&class, p, ids, left, &used, out + len, cap - len);
		if (n == 0)
			break;
		len += n;
		*taken += used;
		(*messages)++;
	}
	return len;
}

/* True if the strict decoder takes every message of the block as fine. */
static bool
is_acceptable(struct core *c, const struct emission *e, const uint8_t *octets, size_t len)
{
	static uint8_t blocks[UPDATE_BLOCKS_MAX];
	struct update_ctx ctx = egress_ctx(e->family, e->class);
	uint16_t max_len = class_of(e->family, e->class).max_len;
	struct msg_header header;
	struct wire_error error;
	struct update update;

	for (size_t pos = 0; pos < len; pos += header.len) {
		if (!msg_decode_header(octets + pos, max_len, &header, &error) ||
		    header.type != MSG_UPDATE ||
		    update_decode(octets + pos + MSG_HEADER_BYTES,
			header.len - (size_t)MSG_HEADER_BYTES, &ctx, blocks,
			&update) != UPDATE_FINE) {
			c->counters.emission_refused++;
			event_log(EVENT_EMISSION_REFUSED, "rib", update.finding.type,
			    "the strict decoder refuses what was encoded", len);
#ifdef ROOST_CHECK_EMITTED
			abort();
#endif
			return false;
		}
	}
	return true;
}

/* Octets of a message of the emission before its first prefix; with some to spare. */
static size_t
message_base(const struct emission *e, const struct update_class *class)
{
	if (e->kind == EMIT_WITHDRAW)
		return WITHDRAW_BASE_MAX;
	return update_announce_base_len(class, e->block, e->block_len) + MP_GROWTH;
}

/*
 * Room to reserve for the rest of an emission: what it needs, but no more than a block, unless one
 * message alone needs more. What is reserved and not used is no loss, but where it does not fit
 * into the log's chunk the rest of that is.
 */
static size_t
block_room(const struct emission *e, size_t left)
{
	struct update_class class = class_of(e->family, e->class);
	size_t base = message_base(e, &class);
	size_t prefix = 1 + prefix_max_len(e->family) / 8 + (class.add_path ? 4u : 0u);
	size_t each = base + prefix < class.max_len ? (class.max_len - base) / prefix : 1;
	size_t want = (left + each - 1) / each * base + left * prefix;
	size_t limit = base + prefix > BLOCK_OCTETS / 2 ? LOG_BLOCK_MAX : BLOCK_OCTETS;

	return want < limit ? want : limit;
}

/* Appends one block. Returns the prefixes it took, 0 without room. */
static size_t
emit_block(struct core *c, const struct emission *e, size_t from)
{
	struct log_block block = {.kind = LOG_ROUTES,
	    .class = e->class,
	    .family = (uint8_t)e->family,
	    .nwords = (uint16_t)e->nwords,
	    .words = e->words};
	size_t room = block_room(e, e->count - from);
	uint8_t *out = log_reserve(c->log, room, block.nwords);
	size_t taken, len;

	if (out == NULL)
		return 0;
	len = encode(e, from, out, room, &taken, &block.count);
	if (taken == 0)
		return 1; /* fits() says this can not be; one prefix is passed over, not all */
	if (c->counters.blocks++ % SAMPLE == 0 && !is_acceptable(c, e, out, len))
		return taken;
	if (!log_append(c->log, &block, len))
		return 0;
	c->unpublished = true;
	c->counters.messages += block.count;
	c->counters.prefixes_out += taken;
	c->counters.octets_out += len;
	return taken;
}

/* The one message of an emission without prefixes; returns its octets. */
static size_t
encode_marker(const struct emission *e, uint8_t *out, size_t cap)
{
	if (e->kind == EMIT_EOR)
		return update_encode_eor(e->family, out, cap);
	return refresh_encode(
	    e->family, e->kind == EMIT_BORR ? REFRESH_BEGIN : REFRESH_END, out, cap);
}

static size_t
emit_marker(struct core *c, const struct emission *e)
{
	struct log_block block = {.kind = LOG_ROUTES,
	    .class = e->class,
	    .family = (uint8_t)e->family,
	    .count = 1,
	    .arg = e->kind != EMIT_EOR,
	    .nwords = (uint16_t)e->nwords,
	    .words = e->words};
	uint8_t *out = log_reserve(c->log, MARKER_MAX_BYTES, block.nwords);
	size_t len = out == NULL ? 0 : encode_marker(e, out, MARKER_MAX_BYTES);

	if (len == 0 || !log_append(c->log, &block, len))
		return 0;
	c->unpublished = true;
	c->counters.messages++;
	return 1;
}

size_t
egress_emit(void *ctx, const struct emission *e)
{
	struct core *c = ctx;
	size_t done = 0, n;

	if (e->kind != EMIT_ANNOUNCE && e->kind != EMIT_WITHDRAW)
		return emit_marker(c, e);
	while (done < e->count && (n = emit_block(c, e, done)) > 0)
		done += n;
	return done;
}

bool
egress_order(struct core *c, enum log_kind kind, uint32_t slot, uint32_t arg, const char *text)
{
	struct log_block block = {.kind = (uint16_t)kind,
	    .family = LOG_FAMILY_NONE,
	    .slot = slot,
	    .epoch = c->slots[slot].epoch,
	    .arg = arg,
	    .text = text};

	if (!log_append(c->log, &block, 0))
		return false;
	c->unpublished = true;
	return true;
}

void
egress_cease(struct core *c, uint32_t slot, uint8_t code, uint8_t subcode, const char *text)
{
	struct core_slot *s = &c->slots[slot];

	s->cease = (uint16_t)(code << 8 | subcode);
	s->cease_text = text;
	ingress_session_over(c, slot);
	if (!egress_order(c, LOG_CEASE, slot, s->cease, text))
		room_set(c, slot, s->cut, true);
}

void
egress_cease_again(struct core *c, uint32_t slot)
{
	struct core_slot *s = &c->slots[slot];

	if (egress_order(c, LOG_CEASE, slot, s->cease, s->cease_text))
		room_set(c, slot, s->cut, false);
}

void
egress_publish(struct core *c)
{
	if (!c->unpublished)
		return;
	c->unpublished = false;
	log_publish(c->log);
	for (uint32_t i = 0; i < c->worker_count; i++) {
		struct core_worker *w = &c->workers[i];

		if (w->sessions != NULL && session_table_is_due(w->sessions))
			wake_send(w->worker_wake);
	}
}
