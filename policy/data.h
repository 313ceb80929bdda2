/*
 * What policy knows about the Internet: VRPs, ASPAs, route objects, AS-SETs, whois records,
 * networks. Comes as flat records (struct policy_data, one generation of a transaction) and is
 * turned, in slices, into what can be asked.
 *
 *   struct policy_data --dataset_new--> struct dataset --dataset_step()...--> ready to be asked
 *
 * A data set never changes once it is ready; the next generation is another data set. Records come
 * from readers that have checked them: prefixes are valid, lengths in range.
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

/* As policy_config_error(). */
const char *policy_data_error(const struct policy_data *);

enum policy_rov { ROV_NOT_PERFORMED, ROV_VALID, ROV_UNKNOWN, ROV_INVALID };
enum policy_aspa { ASPA_NOT_PERFORMED, ASPA_VALID, ASPA_UNKNOWN, ASPA_INVALID };

struct dataset;

/* The records are borrowed and must outlive the data set. Aborts without memory. */
struct dataset *dataset_new(const struct policy_data *);
void dataset_free(struct dataset *);
/* Takes in about max records; true while there is more to do. Nothing may be asked before. */
bool dataset_step(struct dataset *, unsigned max);
/* The same in slices: gives memory back, true while there is more; the last frees the handle. */
bool dataset_free_step(struct dataset *, unsigned max);

/* RFC 6811. has_origin false: the path ends in an AS_SET or is empty, nothing matches. */
enum policy_rov dataset_rov(
    const struct dataset *, const struct prefix *, bool has_origin, uint32_t origin);

/*
 * Upstream verification of AS_PATH (draft-ietf-sidrops-aspa-verification): path has the ASNs from
 * the neighbour to the origin; an AS_SET is the caller's to refuse.
 */
enum policy_aspa dataset_aspa(const struct dataset *, const uint32_t *path, size_t len);

/* True if a record of the origin matches the prefix; longer: or covers it. */
bool dataset_arin(const struct dataset *, const struct prefix *, uint32_t origin, bool longer);
bool dataset_registrobr(
    const struct dataset *, const struct prefix *, uint32_t origin, bool longer);

/*
 * A member's authorisation: union of IRR objects, made once per distinct list of names and shared.
 * own_asn stands for AS<own>. Memory is that of the AS-SETs' members, whoever has them.
 */
struct authority;
struct authority *authority_new(
    struct dataset *, uint32_t own_asn, const char *const *objects, size_t object_count);
void authority_free(struct authority *);
bool authority_has_origin(const struct authority *, uint32_t asn);
/* True if a route object of one of its origins, or a prefix of one of its objects, is the prefix;
 * longer: or covers it. */
bool authority_has_prefix(const struct authority *, const struct prefix *, bool longer);
/* Names of its objects that have no data, one after another: *iter from 0; NULL at the end. */
const char *authority_next_missing(const struct authority *, size_t *iter);
size_t authority_origin_count(const struct authority *);

/* NULL if PeeringDB has no record of the ASN. */
const struct data_network *dataset_network(const struct dataset *, uint32_t asn);
/* POLICY_RTT_UNKNOWN if no file names the address. */
uint32_t dataset_rtt(const struct dataset *, enum family, const uint8_t addr[16]);
const struct policy_data *dataset_records(const struct dataset *);
uint64_t dataset_octets(const struct dataset *);

#endif
