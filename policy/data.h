/*
 * What policy knows about the Internet: VRPs, ASPAs, route objects, AS-SETs, whois records,
 * networks. Comes as flat records (struct policy_data, one generation of a transaction) and is
 * turned, in slices, into what can be asked.
 *
 *   struct policy_data --dataset_new--> struct dataset --dataset_step()...--> ready to be asked
 *
 * A data set never changes once it is ready; the next generation is another data set. Records come
 * from readers that have checked them: prefixes are valid, lengths in range. They may come in any
 * order; of two records with the same key (customer, name, network, address) the first counts.
 */
#ifndef POLICY_DATA_H
#define POLICY_DATA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "policy/config.h"
#include "rib/prefix.h"

/* RFC 6811: prefix, longest announced length, origin (0 = AS0, authorises nobody). */
struct data_vrp {
	struct prefix prefix;
	uint8_t max_len;
	uint8_t zero;
	uint32_t asn;
};

/* One customer and its providers; one record per customer (readers merge), asns ascending. */
struct data_aspa {
	uint32_t customer;
	struct policy_range providers; /* asns */
};

/* A route or route6 object (RFC 2622, 4012), or a line of ARIN's or Registro.br's data. */
struct data_route {
	struct prefix prefix;
	uint8_t zero[2];
	uint32_t origin;
};

/*
 * An IRR object by the name that the configuration uses ("AS-FOO", "RIPE::AS-FOO", "AS64500"): the
 * origins it expands to, and prefixes that the source gave without an origin (bgpq4). The prefixes
 * of its origins' route objects belong to it without being listed.
 */
struct data_object {
	uint32_t name;		      /* offset in text */
	struct policy_range asns;     /* asns, ascending */
	struct policy_range prefixes; /* prefixes: struct policy_prefix, has_asn 0 */
};

/* PeeringDB's record of a network. */
struct data_network {
	uint32_t asn;
	uint32_t prefixes[FAMILY_COUNT]; /* info_prefixes4, 6 */
	uint8_t has_prefixes[FAMILY_COUNT];
	uint8_t never_via_route_servers;
	uint8_t zero;
	struct policy_range objects; /* names: irr_as_set, split */
};

struct data_rtt {
	struct policy_address address;
	uint32_t rtt_ms; /* normalised, not 0 */
};

struct policy_data {
	const struct data_vrp *vrps;
	const struct data_aspa *aspas;
	const struct data_route *routes; /* route objects */
	const struct data_route *arin;
	const struct data_route *registrobr;
	const struct data_object *objects;
	const struct data_network *networks;
	const struct data_rtt *rtts;
	const uint32_t *asns;
	const struct policy_prefix *prefixes;
	const struct policy_name *names;
	const char *text; /* offset 0 is "" */
	uint32_t vrp_count;
	uint32_t aspa_count;
	uint32_t route_count;
	uint32_t arin_count;
	uint32_t registrobr_count;
	uint32_t object_count;
	uint32_t network_count;
	uint32_t rtt_count;
	uint32_t asn_count;
	uint32_t prefix_count;
	uint32_t name_count;
	uint32_t text_len;
};

/* As policy_config_error(): NULL if dataset_new() can take it, else what is wrong. */
const char *policy_data_error(const struct policy_data *);

/* True if the ASN is one of the range of asns, which ascends. */
bool policy_range_has(const struct policy_data *, struct policy_range asns, uint32_t asn);

enum policy_rov { ROV_NOT_PERFORMED, ROV_VALID, ROV_UNKNOWN, ROV_INVALID };
enum policy_aspa { ASPA_NOT_PERFORMED, ASPA_VALID, ASPA_UNKNOWN, ASPA_INVALID };
/* What a customer's ASPA says of one provider. */
enum policy_hop { HOP_PROVIDER, HOP_NO_ATTESTATION, HOP_NOT_PROVIDER };

struct dataset;

/*
 * The records have passed policy_data_error(); they are borrowed and must outlive the data set.
 * Aborts without memory.
 */
struct dataset *dataset_new(const struct policy_data *);
/* NULL is none. All authorities that were made from it are gone. */
void dataset_free(struct dataset *);
/*
 * Looks at about max records, each some ten times in all; true while there is more to do. Nothing
 * may be asked and no authority made before.
 */
bool dataset_step(struct dataset *, unsigned max);
/*
 * dataset_free() in slices of about as much work: gives memory back, true while there is more; the
 * last call frees the handle.
 */
bool dataset_free_step(struct dataset *, unsigned max);

/* RFC 6811. has_origin false: the path ends in an AS_SET or is empty, nothing matches. */
enum policy_rov dataset_rov(
    const struct dataset *, const struct prefix *, bool has_origin, uint32_t origin);

/*
 * Upstream verification of AS_PATH (draft-ietf-sidrops-aspa-verification): path has the ASNs from
 * the neighbour to the origin, repeats included; no ASN is invalid, as in the draft. An AS_SET, and
 * a first ASN that is not the neighbour's, are the caller's to refuse.
 */
enum policy_aspa dataset_aspa(const struct dataset *, const uint32_t *path, size_t len);
/* One step of the path, for who wants to name the one that failed. */
enum policy_hop dataset_aspa_hop(const struct dataset *, uint32_t customer, uint32_t provider);

/* True if a record of the origin matches the prefix; longer: or covers it. */
bool dataset_arin(const struct dataset *, const struct prefix *, uint32_t origin, bool longer);
bool dataset_registrobr(
    const struct dataset *, const struct prefix *, uint32_t origin, bool longer);

/*
 * A member's authorisation: union of IRR objects, made once per distinct list of names and shared.
 * own_asn stands for AS<own>; so does any name "AS<n>" for its ASN, with or without an object of
 * that name. "SOURCE::X" is the object of that name, or else X. The names are copied. Memory is
 * that of the AS-SETs' members, whoever has them.
 */
struct authority;
struct authority *authority_new(
    struct dataset *, uint32_t own_asn, const char *const *objects, size_t object_count);
/* NULL is none. */
void authority_free(struct authority *);
/* False for AS 0 in any case. */
bool authority_has_origin(const struct authority *, uint32_t asn);
/*
 * True if a route object of one of its origins is the prefix, or a prefix entry of one of its
 * objects matches it. longer: also more specific prefixes of those.
 */
bool authority_has_prefix(const struct authority *, const struct prefix *, bool longer);
/* Names of its objects that have no data or empty ones, each once: *iter from 0; NULL at the end.
 */
const char *authority_next_missing(const struct authority *, size_t *iter);
size_t authority_origin_count(const struct authority *);

/* NULL if PeeringDB has no record of the ASN. */
const struct data_network *dataset_network(const struct dataset *, uint32_t asn);
/* POLICY_RTT_UNKNOWN if no file names the address. */
uint32_t dataset_rtt(const struct dataset *, enum family, const uint8_t addr[16]);
const struct policy_data *dataset_records(const struct dataset *);
uint64_t dataset_octets(const struct dataset *);

#endif
