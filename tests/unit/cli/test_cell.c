/* Cells that say how a peer or a route is. */
#include "bgpd/cli/cell.h"

#include <check.h>
#include <stdlib.h>

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
