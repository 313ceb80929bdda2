/*
 * The naive policy's world as the policy library takes it: flat records, a data set, a policy.
 */
#ifndef TESTS_POLICYMODEL_COMPILE_H
#define TESTS_POLICYMODEL_COMPILE_H

#include "policy/policy.h"
#include "tests/policymodel/naive_policy.h"

struct compiled;

/* Aborts if the library refuses the records. step: records that a data set looks at in a slice. */
struct compiled *compile(const struct naive_world *, unsigned step);
void compiled_free(struct compiled *);
struct policy *compiled_policy(const struct compiled *);

struct prefix compile_prefix(const struct naive_prefix *);

#endif
