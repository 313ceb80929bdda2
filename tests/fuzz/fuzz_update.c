/*
 * UPDATE: one octet chooses what was agreed upon, then comes a body.
 *
 *   bit 0 4-octet AS numbers, 1-2 families, 3-4 families with path identifiers, 5 RFC 8950, 6 most
 *   attributes are dropped
 *
 * Every prefix is walked, every block must be canonical, and what was announced is written for
 * receivers of both AS widths and read again: it must be fine and the same, since nothing may ever
 * be sent that would not be accepted.
 */
#include "bgpd/wire/update.h"

#include <string.h>

#include "tests/fuzz/fuzz.h"

/* All but 1 to 3, 7, 14, 15, 17 and 18. */
static const uint8_t dropped[ATTR_TYPES_BYTES] = {0x71, 0x3f, 0xf9, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static uint8_t blocks[UPDATE_BLOCKS_MAX], blocks_again[UPDATE_BLOCKS_MAX];
static uint8_t msg[MSG_EXTENDED_MAX_BYTES];
static struct prefix prefixes[MSG_EXTENDED_MAX_BYTES];
static uint32_t ids[MSG_EXTENDED_MAX_BYTES];

/* Takes the prefixes of a group into the arrays. */
static void
walk(const struct update_group *group)
{
	struct nlri_cursor c = group->nlri;
	size_t n = 0;

	while (nlri_next(&c, &prefixes[n], &ids[n])) {
		MUST(prefixes[n].family == group->family && prefix_is_valid(&prefixes[n]));
		n++;
	}
	MUST(nlri_is_empty(&c) && n == group->count && n > 0);
}

/* Reads what was written for the prefixes from first on; block is NULL for withdrawals. */
static void
read_again(const struct update_class *class, size_t len, const uint8_t *block, size_t block_len,
    size_t first, size_t used)
{
	struct update_ctx ctx = {.as4 = class->as4,
	    .families = 3,
	    .add_path = class->add_path ? 3 : 0,
	    .ext_nh = 1U << FAMILY_IPV4};
	struct update out;
	const struct update_group *group = block != NULL ? &out.announce[0] : &out.withdraw[0];
	struct nlri_cursor c;
	struct prefix p;
	uint32_t id;

	MUST(update_decode(msg + MSG_HEADER_BYTES, len - MSG_HEADER_BYTES, &ctx, blocks_again,
		 &out) == UPDATE_FINE);
	MUST(out.announce_count == (block != NULL) && out.withdraw_count == (block == NULL));
	MUST(group->family == class->family && group->count == used);
	MUST(out.findings == 0 && out.ignored == 0 && out.foreign_fields == 0 && out.eor == 0);
	if (block != NULL) {
		MUST(group->block_len == block_len);
		MUST(memcmp(group->block, block, block_len) == 0);
	}
	c = group->nlri;
	for (size_t i = first; i < first + used; i++) {
		MUST(nlri_next(&c, &p, &id));
		MUST(prefix_compare(&p, &prefixes[i]) == 0);
		MUST(id == (class->add_path ? ids[i] : 0));
	}
}

static void
check_announce(const struct update_class *class, const struct update_group *group)
{
	size_t base = update_announce_base_len(class, group->block, group->block_len);

	MUST(base > 0 || group->block_len > 32000);
	for (size_t done = 0, used; done < group->count; done += used) {
		size_t len = update_encode_announce(class, group->block, group->block_len,
		    prefixes + done, ids + done, group->count - done, &used, msg, sizeof(msg));

		if (base == 0 ||
		    base + nlri_bytes(&prefixes[done], class->add_path) > class->max_len) {
			MUST(len == 0);
			return;
		}
		MUST(len > 0 && len <= class->max_len && used > 0);
		read_again(class, len, group->block, group->block_len, done, used);
	}
}

static void
check_withdraw(const struct update_class *class, size_t n)
{
	for (size_t done = 0, used; done < n; done += used) {
		size_t len = update_encode_withdraw(
		    class, prefixes + done, ids + done, n - done, &used, msg, sizeof(msg));

		MUST(len > 0 && len <= class->max_len && used > 0);
		read_again(class, len, NULL, 0, done, used);
	}
}

static void
check_group(const struct update_group *group)
{
	walk(group);
	for (unsigned i = 0; i < 4; i++) {
		struct update_class class = {.family = (enum family)group->family,
		    .as4 = (i & 1) != 0,
		    .add_path = group->nlri.add_path,
		    .ipv6_next_hop = true,
		    .max_len = (i & 2) != 0 ? MSG_EXTENDED_MAX_BYTES : MSG_MAX_BYTES};

		check_withdraw(&class, group->count);
		if (group->block != NULL)
			check_announce(&class, group);
	}
}

/* Nothing of what was to be dropped is in a block, nor counted where there was nothing to drop. */
static void
check_dropped(const struct update_ctx *ctx, const struct update *out)
{
	MUST(ctx->drop != NULL || out->dropped == 0);
	for (unsigned i = 0; i < ATTR_TYPES_BYTES; i++)
		MUST((out->dropped_types[i] & ~dropped[i]) == 0);
	for (size_t i = 0; ctx->drop != NULL && i < out->announce_count; i++) {
		const struct update_group *group = &out->announce[i];
		struct attr_view attr;
		size_t pos = 0;

		while (
		    group->block != NULL && attrs_next(group->block, group->block_len, &pos, &attr))
			MUST((dropped[attr.type / 8] >> (attr.type % 8) & 1) == 0);
	}
}

static void
check_applicable(enum update_result result, const struct update *out)
{
	MUST(out->announce_count <= 2 && out->withdraw_count <= 2);
	MUST(out->announce_is_withdraw == (result == UPDATE_WITHDRAW));
	MUST((out->findings == 0) == (result == UPDATE_FINE));
	for (size_t i = 0; i < out->withdraw_count; i++)
		check_group(&out->withdraw[i]);
	for (size_t i = 0; i < out->announce_count; i++) {
		const struct update_group *group = &out->announce[i];

		MUST((group->block == NULL) == out->announce_is_withdraw);
		if (group->block != NULL)
			MUST(attrs_is_canonical(group->block, group->block_len));
		check_group(group);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct update_ctx ctx;
	enum update_result result;
	struct update out;

	if (size < 1 || size - 1 > MSG_EXTENDED_MAX_BYTES - MSG_HEADER_BYTES)
		return 0;
	ctx = (struct update_ctx){.as4 = (data[0] & 1) != 0,
	    .families = data[0] >> 1 & 3,
	    .add_path = data[0] >> 3 & 3,
	    .ext_nh = data[0] >> 5 & 1,
	    .drop = (data[0] >> 6 & 1) != 0 ? dropped : NULL};
	result = update_decode(data + 1, size - 1, &ctx, blocks, &out);
	if (result != UPDATE_FINE)
		MUST(out.finding.text != NULL && attr_name(out.finding.type) != NULL);
	if (result == UPDATE_RESET) {
		MUST(out.error.code == 3);
		touch(out.error.data, out.error.data_len);
		return 0;
	}
	check_applicable(result, &out);
	check_dropped(&ctx, &out);
	return 0;
}
