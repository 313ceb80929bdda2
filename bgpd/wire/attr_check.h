/*
 * Checks of attribute values that lengths alone do not say. Internal to attr.c. Each returns NULL
 * if the value is good, else what is wrong with it, as static text. Lengths are within the row's
 * limits when they are called.
 */
#ifndef BGPD_WIRE_ATTR_CHECK_H
#define BGPD_WIRE_ATTR_CHECK_H

#include "bgpd/wire/attr.h"

const char *attr_check_origin(const struct attr_ctx *, const uint8_t *value, size_t len);
const char *attr_check_as_path(const struct attr_ctx *, const uint8_t *value, size_t len);
const char *attr_check_aggregator(const struct attr_ctx *, const uint8_t *value, size_t len);
const char *attr_check_as4_path(const struct attr_ctx *, const uint8_t *value, size_t len);
const char *attr_check_as4_aggregator(const struct attr_ctx *, const uint8_t *value, size_t len);
const char *attr_check_tunnel(const struct attr_ctx *, const uint8_t *value, size_t len);
const char *attr_check_pe_labels(const struct attr_ctx *, const uint8_t *value, size_t len);
const char *attr_check_sfp(const struct attr_ctx *, const uint8_t *value, size_t len);
const char *attr_check_bfd(const struct attr_ctx *, const uint8_t *value, size_t len);
const char *attr_check_attr_set(const struct attr_ctx *, const uint8_t *value, size_t len);

#endif
