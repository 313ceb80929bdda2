/*
 * Attributes of the naive policy as canonical blocks (rib/attrs.h), and back.
 */
#ifndef TESTS_POLICYMODEL_OCTETS_H
#define TESTS_POLICYMODEL_OCTETS_H

#include "policy/community.h"
#include "tests/policymodel/naive_policy.h"

#define OCTETS_MAX   4096
#define OCTETS_EXTRA 8 /* numbers below it name other attributes */

size_t octets_write(const struct naive_attrs *, uint8_t out[OCTETS_MAX]);
/* False if the block holds what octets_write() never writes. Communities come out sorted. */
bool octets_read(const uint8_t *block, size_t len, struct naive_attrs *out);

/* Puts communities in order, so that equal sets are equal octet by octet. */
void octets_sort(struct naive_set *);
bool octets_same(const struct naive_attrs *, const struct naive_attrs *);
struct naive_community octets_community(const struct community_value *);

#endif
