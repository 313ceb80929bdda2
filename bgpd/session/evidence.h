/*
 * A malformed UPDATE in the log: its prefixes and all of its octets, in as many lines as that takes
 * (RFC 7606 section 6). Runs in a session worker.
 *
 *   update-treated-as-withdraw peer=192.0.2.10 update=7 attribute=1 prefixes=2 reason=...
 *   update-nlri                peer=192.0.2.10 update=7 prefixes="198.51.100.0/24 203.0.113.0/24"
 *   update-octets              peer=192.0.2.10 update=7 at=0 of=52 octets=ffff...
 */
#ifndef BGPD_SESSION_EVIDENCE_H
#define BGPD_SESSION_EVIDENCE_H

#include <stddef.h>
#include <stdint.h>

#include "bgpd/wire/update.h"

/*
 * Logs an UPDATE whose routes were treated as withdrawn: number is its place among the UPDATEs of
 * the session, octets the whole message. All of it or, over the limit of the first event, nothing.
 */
void evidence_log(
    const char *peer, uint64_t number, const struct update *, const uint8_t *octets, size_t len);

#endif
