/*
 * BGP messages: OPEN, UPDATE and the small ones, from bytes and to bytes.
 *
 * Deliberately a second implementation beside the one of the route server, which it judges: no
 * header is shared. RFC 4271 section 4, RFC 4724 (End-of-RIB), 4760, 5492, 6793, 7911, 8654, 9072.
 */
#ifndef SIM_CODEC_H
#define SIM_CODEC_H

#include "tests/sim/attr.h"
#include "tests/sim/buf.h"
#include "tests/sim/store.h"

#include <stdbool.h>
#include <stdint.h>

#define MSG_HEADER	 19
#define MSG_MAX		 4096
#define MSG_MAX_EXTENDED 65535

enum msg_type {
	MSG_OPEN = 1,
	MSG_UPDATE = 2,
	MSG_NOTIFICATION = 3,
	MSG_KEEPALIVE = 4,
	MSG_REFRESH = 5
};

/* What an OPEN says, as one of us sends or gets it. */
struct open_msg {
	uint32_t asn;
	uint32_t id;
	uint16_t hold_s;
	bool families[2];   /* IPv4, IPv6 unicast */
	uint8_t addpath[2]; /* 1 receive, 2 send, 3 both */
	bool as4;
	bool refresh;
	bool enhanced; /* enhanced route refresh, RFC 7313 */
	bool extended; /* extended messages, RFC 8654 */
	bool restart;  /* graceful restart, for End-of-RIB alone */
	bool has_role;
	uint8_t role; /* RFC 9234 */
};

/* What both sides agreed on. */
struct session_caps {
	bool families[2];
	bool addpath[2]; /* the peer sends path ids */
	struct attr_rules rules;
	bool enhanced;
	bool extended;
};

/* One UPDATE; the views point into the message. */
struct update {
	struct view withdrawn; /* IPv4, outside of the attributes */
	struct view nlri;
	struct attr_found mp;
	uint16_t eor_family; /* 4 or 6 where it is an End-of-RIB, else 0 */
};

/* 0 for IPv4, 1 for IPv6. */
static inline int
family_index(uint16_t family)
{
	return family == 6;
}

void open_encode(const struct open_msg *open, struct buf *out);
/* The body behind the header. NULL, or what is wrong. */
const char *open_decode(struct view body, struct open_msg *open);

void keepalive_encode(struct buf *out);
void notification_encode(uint8_t code, uint8_t subcode, struct buf *out);
/* subtype 0 asks, 1 and 2 are the marks of RFC 7313. */
void refresh_encode(uint16_t family, uint8_t subtype, struct buf *out);
void eor_encode(uint16_t family, struct buf *out);

/*
 * Reads an UPDATE and checks everything but the single prefixes; attrs gets the own form of
 * attr.h, empty if the message announces nothing. NULL, or what is wrong.
 */
const char *update_decode(
    struct view body, const struct session_caps *caps, struct update *update, struct buf *attrs);

/* Takes the next prefix. NULL, or what is wrong; to be called while v->len > 0. */
const char *nlri_take(struct view *v, uint16_t family, bool addpath, struct key *key);

/*
 * Appends messages that announce count routes; each is (attributes << 32 | key). Neighbours with
 * equal attributes and family share messages as far as they fit. Returns the number of messages.
 */
size_t update_encode(
    const struct store *store, const uint64_t *routes, size_t count, bool as4, struct buf *out);
/* Appends one message that withdraws one prefix. */
void withdraw_encode(const struct key *key, struct buf *out);

#endif
