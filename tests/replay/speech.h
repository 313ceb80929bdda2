/*
 * BGP messages as the scenarios write them: from words to octets, from octets to words. A second
 * implementation beside the daemon's own, which it judges: no header is shared. It says malformed
 * things, too.
 *
 *   OPEN as 65001 hold 90 id 10.0.0.1 families ipv4 refresh as4 65001 role rs-client
 *        add-path ipv4 receive  restart 120 restarted notification keeps ipv4 kept ipv4
 *        enhanced-refresh extended-messages ipv6-next-hops  capability 99 0102  parameter 1 00
 *        version 4  without as4
 *   KEEPALIVE
 *   NOTIFICATION 6/2 "maintenance"          or  NOTIFICATION 2/1 data 0004
 *   ROUTE-REFRESH ipv4,  BoRR ipv4,  EoRR ipv4,  ROUTE-REFRESH ipv4 subtype 3
 *   End-of-RIB ipv4
 *   UPDATE withdraw 10.1.0.0/24 announce 10.0.0.0/24 10.2.0.0/24#7 path 65001 {65002 65003}
 *          origin egp next-hop 192.0.2.1 med 5 community 65001:1 ...   (#7: path identifier)
 *   announces 10.0.0.0/24, withdraws 10.0.0.0/24   the same
 *   hex marker 0013 04                      the whole message
 *   message 9 0102                          a message of type 9 with this body
 *
 * Attributes: origin path next-hop med local-pref atomic aggregator community originator-id
 * cluster-list ext as4-path as4-aggregator large otc, any other as `attribute c0 63 0102`, `raw
 * c063` for octets that are no attribute; `10.0.0.0/24 x 300` and `community 65001:1 x 300` for so
 * many in a row. RFC 4271 section 4, 1997, 2918, 4724, 4760, 6793, 7313,
 * 7911, 8092, 8950, 9234.
 */
#ifndef TESTS_REPLAY_SPEECH_H
#define TESTS_REPLAY_SPEECH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/replay/octets.h"
#include "tests/replay/words.h"

#define SPEECH_HEADER 19

enum speech_type {
	SPEECH_OPEN = 1,
	SPEECH_UPDATE = 2,
	SPEECH_NOTIFICATION = 3,
	SPEECH_KEEPALIVE = 4,
	SPEECH_REFRESH = 5
};

/* What the octets of a direction depend on. */
struct dialect {
	bool as4;
	uint8_t add_path; /* bit 0 IPv4, bit 1 IPv6: path identifiers */
};

/* Who speaks: what need not be said of each message. */
struct speaker {
	uint32_t asn;
	uint32_t id;
	uint16_t hold_s;
	uint8_t families; /* bit 0 IPv4, bit 1 IPv6 */
	uint8_t next_hop4[4];
	uint8_t next_hop6[16];
};

/* What an OPEN says, as far as it changes what follows. */
struct speech_open {
	uint16_t hold_s;
	bool as4;
	uint8_t add_path[2]; /* 1 receive, 2 send */
};

/*
 * Appends the message that the words describe; faults go to the words. Without a speaker (NULL)
 * nothing is added but ORIGIN IGP: that is how an expectation is written.
 */
void speech_say(struct words *, const struct speaker *, const struct dialect *, struct octets *out);

/* The message in words, in one order for equal things; attributes ascend, prefixes are sorted. */
void speech_hear(const uint8_t *message, size_t len, const struct dialect *, struct prose *out);

/* True if an OPEN, as speech_hear() wrote it, has each phrase of the words and none "without". */
bool speech_open_has(struct words *, const char *heard, struct prose *missing);

/* Reads what an OPEN agrees to; message is whole. */
void speech_open_read(const uint8_t *message, size_t len, struct speech_open *out);

/* ---- between the files of speech ---- */

size_t speech_begin(uint8_t type, struct octets *out);
void speech_finish(struct octets *out, size_t at);
void speech_say_open(struct words *, const struct speaker *, struct octets *out);
void speech_hear_open(struct window *, struct prose *out);
/* announce: what prefixes without a verb before them are for. */
void speech_say_update(struct words *, bool announce, const struct speaker *,
    const struct dialect *, struct octets *out);
void speech_hear_update(struct window *, const struct dialect *, struct prose *out);

/* Appends the attribute that the next word names; false if it names none. */
bool attribute_say(struct words *, const struct dialect *, struct octets *out);
void attribute_put(uint8_t flags, uint8_t type, const void *value, size_t len, struct octets *out);
/* Writes " word value" of an attribute. */
void attribute_hear(
    uint8_t flags, uint8_t type, struct window value, const struct dialect *, struct prose *out);
void attribute_hear_address(const uint8_t *octets, size_t len, struct prose *out);

#endif
