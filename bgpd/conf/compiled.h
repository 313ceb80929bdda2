/*
 * The checked configuration as children get it: flat records in a sealed memfd, made by the
 * parent, which alone reads YAML. No passwords in here, no pointers: whoever maps it checks magic,
 * version and size, and then trusts it (it comes from the parent).
 *
 *   struct compiled_head | struct compiled_slot x slots
 *
 * Slots are numbered from 0 without gaps in the order of the configuration; slot i is element i.
 */
#ifndef BGPD_CONF_COMPILED_H
#define BGPD_CONF_COMPILED_H

#include <stddef.h>
#include <stdint.h>

#define COMPILED_MAGIC		 0x526f4366u /* "RoCf" */
#define COMPILED_VERSION	 1

#define COMPILED_SLOTS_MAX	 16384
#define COMPILED_WORKERS_MAX	 256
#define COMPILED_DESCRIPTION_MAX 128
#define COMPILED_NAME_MAX	 64

enum compiled_flag {
	SLOT_PASSIVE = 1 << 0,	     /* never connect */
	SLOT_FILTERS_NONE = 1 << 1,  /* accept without policy (RFC 8212 otherwise rejects) */
	SLOT_PREPEND_RS_AS = 1 << 2, /* own ASN in front on the way out */
	SLOT_ADD_PATH = 1 << 3	     /* offer several paths (RFC 7911) */
};

struct compiled_head {
	uint32_t magic;
	uint32_t version;
	uint64_t size; /* of the whole, in octets */
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
	uint8_t path_hiding;  /* 1 = RFC 7947 2.3 mitigation on */
	uint8_t log_level;
	uint8_t zero[6];
	char instance[COMPILED_NAME_MAX];
};

struct compiled_slot {
	uint32_t slot;
	uint32_t worker;
	uint32_t asn;
	uint8_t family;	  /* enum family of the address */
	uint8_t families; /* 1 << enum family to negotiate */
	uint16_t flags;	  /* enum compiled_flag */
	uint8_t addr[16]; /* network order, IPv4 in the first four */
	char description[COMPILED_DESCRIPTION_MAX];
};

struct compiled {
	const struct compiled_head *head;
	const struct compiled_slot *slots;
	size_t size;
};

/*
 * Puts head and head->slots slots into a sealed memfd, close-on-exec; fills in magic, version and
 * size. The descriptor belongs to the caller. -1 with errno.
 */
int compiled_seal(const struct compiled_head *, const struct compiled_slot *);

/*
 * Maps a compiled configuration read-only and checks it. Returns 0, or -1 with errno (EINVAL where
 * it is not one of this version: sizes, seals, every number and text is looked at). The descriptor
 * may be closed afterwards.
 */
int compiled_map(int fd, struct compiled *out);
void compiled_unmap(struct compiled *);

#endif
