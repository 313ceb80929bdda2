/* Rows of reasons: every code has one, names are its own, codes that do not exist have none. */
#include <ctype.h>
#include <string.h>

#include "policy/reason.h"
#include "tests/unit/rib/main.h"

START_TEST(rows)
{
	for (uint8_t code = 1; code < REASON_END; code++) {
		const struct reason_row *row = reason_get(code);

		ck_assert_ptr_nonnull(row);
		ck_assert_uint_eq(row->code, code);
		ck_assert_uint_gt(strlen(row->name), 0);
		ck_assert_uint_gt(strlen(row->text), 0);
		ck_assert_ptr_nonnull(row->rfc);
		ck_assert_ptr_eq(reason_find(row->name), row);
		for (const char *p = row->name; *p != '\0'; p++)
			ck_assert(islower((unsigned char)*p) || *p == '-');
	}
	ck_assert_ptr_null(reason_get(REASON_NONE));
	ck_assert_ptr_null(reason_get(REASON_END));
	ck_assert_ptr_null(reason_get(255));
	ck_assert_ptr_null(reason_find(""));
	ck_assert_ptr_null(reason_find("bogons"));
}
END_TEST

/* The numbers of the specification and of IXP Manager's list. */
START_TEST(numbers)
{
	static const struct {
		const char *name;
		uint8_t code;
		uint16_t euro_ix;
	} cases[] = {{"path-length", 1, 5}, {"bogon", 2, 3}, {"global-black-list", 3, 0},
	    {"family", 4, 0}, {"next-hop", 5, 8}, {"first-as", 6, 7}, {"invalid-asn", 7, 4},
	    {"transit-free", 8, 14}, {"irr-origin", 9, 10}, {"not-global-unicast", 10, 3},
	    {"client-black-list", 11, 0}, {"irr-prefix", 12, 9}, {"length", 13, 1},
	    {"rpki-invalid", 14, 13}, {"never-via", 15, 14}, {"own-as", 16, 0},
	    {"malformed", 17, 0}, {"as-set", 18, 0}, {"aspa-invalid", 19, 0}, {"otc-leak", 20, 0},
	    {"too-many", 21, 15}, {"rule", 22, 0}, {"no-policy", 23, 0}};

	ck_assert_uint_eq(sizeof(cases) / sizeof(cases[0]), REASON_END - 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct reason_row *row = reason_find(cases[i].name);

		ck_assert_ptr_nonnull(row);
		ck_assert_uint_eq(row->code, cases[i].code);
		ck_assert_uint_eq(row->euro_ix, cases[i].euro_ix);
	}
}
END_TEST

int
main(void)
{
	RUN_SUITE("reason", rows, numbers);
}
