/* Cells that say how a peer or a route is. */
#include "bgpd/cli/cell.h"

#include <check.h>
#include <stdlib.h>

/* One text, as if it were a community. */
#define NINETY                                                                                     \
	"1234567890123456789012345678901234567890123456789012345678901234567890123456789012345678" \
	"90"

static const struct {
	const char *json;
	cell_fn cell;
	const char *text;
} rows[] = {
    {"{\"state\":\"established\",\"disabled\":false,\"away\":null}", cell_state, "established"},
    {"{\"state\":\"active\",\"disabled\":false,\"away\":{\"stale\":7,\"left_s\":93}}", cell_state,
	"away (stale routes, 93 s left)"},
    {"{\"state\":\"idle\",\"disabled\":true}", cell_state, "shutdown"},
    {"{\"state\":\"idle\",\"disabled\":true,\"over_limit\":true}", cell_state, "limit"},
    {"{\"best\":true,\"accepted\":true,\"stale\":true,\"gone\":false}", cell_flags, "*s"},
    {"{\"best\":false,\"accepted\":true,\"stale\":false,\"gone\":true}", cell_flags, "g"},
    {"{\"best\":false,\"accepted\":false,\"tagged\":false,\"stale\":true}", cell_flags, "xs"},
    {"{\"best\":false,\"accepted\":false,\"tagged\":true}", cell_flags, "t"},
    {"{}", cell_communities, ""},
    {"{\"communities\":[\"64500:1\",\"0:2\"],\"large_communities\":[\"1:2:3\"],"
     "\"ext_communities\":[\"rt:64500:1\"]}",
	cell_communities, "64500:1 0:2 1:2:3 rt:64500:1"},
    {"{\"communities\":[\"" NINETY "\",\"64500:1000\",\"0:1\"],\"large_communities\":[\"1:2:3\"],"
     "\"communities_left_out\":176}",
	cell_communities, NINETY " ... and 179 more"},
    {"{\"communities\":[\"" NINETY "\"],\"ext_communities\":[\"rt:1:2\"]}", cell_communities,
	NINETY " rt:1:2"},
};

START_TEST(cells)
{
	json_t *value = json_loads(rows[_i].json, 0, NULL);
	char out[CELL_MAX];

	ck_assert_ptr_nonnull(value);
	rows[_i].cell(value, out);
	ck_assert_str_eq(out, rows[_i].text);
	json_decref(value);
}
END_TEST

int
main(void)
{
	Suite *s = suite_create("cli/cell");
	TCase *t = tcase_create("cells");
	SRunner *r;
	int failed;

	tcase_add_loop_test(t, cells, 0, (int)(sizeof(rows) / sizeof(rows[0])));
	suite_add_tcase(s, t);
	r = srunner_create(s);
	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
