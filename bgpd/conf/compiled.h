/*
 * The checked configuration as children get it: flat records in a sealed memfd, made by the
 * parent, which alone reads YAML. No passwords in here, no pointers. Whoever maps it checks all of
 * it; what refers to other records lies within them.
 *
 *   head | slots x head.slots | policy: general | peers x head.slots | prefixes | ... | text |
 *   origins x head.slots x rows | names of the rows          (sections of bgpd/ipc/flat.h)
 *
 * Slot i is element i. There are as many as the daemon has room for; one without a peer has
 * SLOT_UNUSED and is 0 but for that and its number. A peer keeps its slot while it is configured.
 */
#ifndef BGPD_CONF_COMPILED_H
#define BGPD_CONF_COMPILED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bgpd/ipc/flat.h"
#include "policy/config.h"

#define COMPILED_MAGIC		 0x526f4366u /* "RoCf" */
#define COMPILED_VERSION	 4

#define COMPILED_SLOTS_MAX	 16384
#define COMPILED_WORKERS_MAX	 256
#define COMPILED_DESCRIPTION_MAX 128
#define COMPILED_NAME_MAX	 64
#define COMPILED_RESTART_MAX_S	 4095 /* 12 bits in the capability (RFC 4724 section 3) */
#define COMPILED_STALE_MAX_S	 3600 /* of stale_s and deferral_s */
#define COMPILED_TOLD_MAX	 255
#define COMPILED_KEPT_MAX	 64

enum compiled_flag {
	SLOT_PASSIVE = 1 << 0,		  /* never connect */
	SLOT_FILTERS_NONE = 1 << 1,	  /* accept without policy (RFC 8212 otherwise rejects) */
	SLOT_PREPEND_RS_AS = 1 << 2,	  /* own ASN in front on the way out */
	SLOT_ADD_PATH = 1 << 3,		  /* offer several paths (RFC 7911) */
	SLOT_UNUSED = 1 << 4,		  /* no peer */
	SLOT_COLLECTOR = 1 << 5,	  /* announces nothing, gets tagged routes */
	SLOT_ROLES = 1 << 6,		  /* role is sent and expected (RFC 9234) */
	SLOT_ROLE_STRICT = 1 << 7,	  /* the peer must send one */
	SLOT_GTSM = 1 << 8,		  /* TTL security (RFC 5082); the parent's to do */
	SLOT_IPV6_NEXT_HOPS = 1 << 9,	  /* IPv4 with IPv6 next hops is offered (RFC 8950) */
	SLOT_EXTENDED_MESSAGES = 1 << 10, /* offered (RFC 8654) */
	SLOT_GRACEFUL_RESTART = 1 << 11,  /* offered (RFC 4724, RFC 8538) */
	SLOT_LONG_SHUTDOWN_TEXT = 1 << 12 /* takes 255 octets of text instead of 128 (RFC 9003) */
};

struct compiled_head {
	uint32_t generation;
	uint32_t rs_as;
	uint32_t router_id; /* host order */
	uint32_t slots;
	uint32_t workers;
	uint32_t hold_s;	  /* offered; 0 = none */
	uint32_t connect_retry_s; /* RFC 4271 ConnectRetryTime */
	uint32_t idle_hold_s;	  /* first IdleHoldTime; doubles to idle_hold_max_s */
	uint32_t idle_hold_max_s;
	uint32_t send_hold_s; /* RFC 9687; 0 = max(8 min, 2 x hold) */
	uint32_t log_size;    /* egress log at most, octets */
	uint32_t ring_size;   /* ingress ring of a worker, octets */
	uint16_t restart_s;   /* RFC 4724: how long we say that a restart of ours takes, 0..4095 */
	uint16_t stale_s;     /* how long routes of a member that is away are kept at most */
	uint16_t deferral_s;  /* after a start, how long members are waited for at most */
	uint8_t path_hiding;  /* 1 = RFC 7947 2.3 mitigation on */
	uint8_t log_level;
	char instance[COMPILED_NAME_MAX];
};

struct compiled_slot {
	uint32_t slot;
	uint32_t worker;
	uint32_t asn;
	uint8_t family;	     /* enum family of the address */
	uint8_t families;    /* 1 << enum family to negotiate */
	uint16_t flags;	     /* enum compiled_flag */
	uint8_t addr[16];    /* network order, IPv4 in the first four */
	uint8_t role;	     /* enum policy_role, ours; with SLOT_ROLES */
	uint8_t multihop;    /* as configured, 0 = not */
	uint16_t paths_told; /* with SLOT_ADD_PATH: paths of a prefix towards it, ..255; 0 = all */
	uint16_t paths_kept; /* paths of a prefix it may announce, ..64; 0 or 1: no ADD-PATH */
	uint8_t zero[2];
	char description[COMPILED_DESCRIPTION_MAX];
};

/*
 * Where each peer's values come from: for slot s and row r of the keys that a client may have of
 * its own or whose default depends on the rest, origins[s * rows + r] is an enum conf_origin
 * (0 default, 1 general, 2 client). names are the keys' paths, terminated, one after another.
 */
struct compiled_origins {
	const uint8_t *origins;
	const char *names;
	uint32_t rows;
	uint32_t names_len;
};

struct compiled {
	const struct compiled_head *head;
	const struct compiled_slot *slots;
	struct policy_config policy; /* peer_count = head->slots */
	struct compiled_origins origins;
	struct flat flat; /* what is mapped */
};

/*
 * Puts head, head->slots slots and peers, and what they refer to, into a sealed memfd,
 * close-on-exec. The descriptor belongs to the caller. origins may be NULL. -1 with errno.
 */
int compiled_seal(const struct compiled_head *, const struct compiled_slot *,
    const struct policy_config *, const struct compiled_origins *);

/*
 * True if a session that began under the one could not have begun like this under the other: by
 * what its OPEN says, what it may carry, from how far it may come, or what the peer is to us.
 */
bool compiled_is_other_session(const struct compiled_slot *, const struct compiled_slot *);
/* The same for all sessions, by what every OPEN says of ourselves. */
bool compiled_is_other_server(const struct compiled_head *, const struct compiled_head *);

/*
 * Maps a compiled configuration read-only and checks it. Returns 0, or -1 with errno (EINVAL where
 * it is not one of this version: sizes, seals, every number, range and text is looked at). The
 * descriptor may be closed afterwards.
 */
int compiled_map(int fd, struct compiled *out);
/* Nothing where head is NULL: mapped never, or passed on. */
void compiled_unmap(struct compiled *);

#endif
