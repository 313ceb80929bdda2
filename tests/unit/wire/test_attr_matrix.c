/*
 * Every row of attr_matrix.txt through update_decode(). The same rows go through live sessions in
 * tests/interop/test_attribute_matrix.py.
 */
#include <ctype.h>

#include "tests/unit/wire/message.h"

#define MATRIX	      "tests/unit/wire/attr_matrix.txt"
#define COLUMNS	      7
#define ROW_MAX	      1024
#define TYPES	      256
#define ROWS_AT_LEAST 2000 /* a file that is cut short is no success */

enum column { NAME, TYPE, SESSION, ROUTES, ATTRIBUTES, OUTCOME, SOURCE };

struct session {
	const char *name;
	struct update_ctx ctx;
	const char *path; /* the good AS_PATH, which ends in an AS of its own */
	const char *hop;
};

static const struct session sessions[] = {
    {"v4", {.as4 = true, .families = 1U << FAMILY_IPV4}, "40 02 0a 02 02 ASN4 0000fde7",
	"c0000264"},
    {"old", {.families = 1U << FAMILY_IPV4}, "40 02 06 02 02 ASN2 fde7", "c0000264"},
    {"v6", {.as4 = true, .families = 1U << FAMILY_IPV6}, "40 02 0a 02 02 ASN4 0000fde7",
	"20010db800ff00000000000000000064"},
};

/* One row for one type. */
struct row {
	const char *columns[COLUMNS];
	const struct session *session;
	uint8_t type;
	struct message message;
	size_t tested; /* where the attribute under test begins in the message, 0: nowhere */
	size_t tested_end;
};

static unsigned row_count, failed_count;

/* --- reading --- */

static char *
trim(char *text)
{
	size_t len = strlen(text);

	while (len > 0 && isspace((unsigned char)text[len - 1]))
		text[--len] = '\0';
	while (isspace((unsigned char)*text))
		text++;
	return text;
}

static void
split(char *line, const char *columns[COLUMNS])
{
	size_t n = 0;
	char *at;

	while ((at = strsep(&line, "|")) != NULL) {
		ck_assert_uint_lt(n, COLUMNS);
		columns[n++] = trim(at);
	}
	ck_assert_msg(n == COLUMNS, "%s: %zu columns", columns[NAME], n);
}

/* "8" or "0,12-13,41-127": says which types. */
static void
read_types(const char *text, bool types[TYPES])
{
	memset(types, 0, TYPES * sizeof(*types));
	while (*text != '\0') {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		ck_assert(end != text && last < TYPES && first <= last);
		for (; first <= last; first++)
			types[first] = true;
		text = *end == ',' ? end + 1 : end;
	}
}

static const struct session *
find_session(const char *name)
{
	for (size_t i = 0; i < COUNT(sessions); i++)
		if (strcmp(sessions[i].name, name) == 0)
			return &sessions[i];
	ck_abort_msg("no session %s", name);
	return NULL;
}

/* --- building --- */

static void put_words(struct row *, struct wire_writer *, const char *text);

static void
put_hex(struct wire_writer *w, const char *text)
{
	size_t len;
	uint8_t *octets = hex(text, &len);

	wire_put_bytes(w, octets, len);
}

/* What a word stands for, NULL for octets. */
static const char *
meaning(const struct row *row, const char *word, char buf[64])
{
	const struct session *s = row->session;
	bool is_v6 = s->ctx.families == 1U << FAMILY_IPV6;

	if (strcmp(word, "origin") == 0)
		return "40 01 01 00";
	if (strcmp(word, "path") == 0)
		return s->path;
	if (strcmp(word, "hop") == 0)
		return "40 03 04 HOP";
	if (strcmp(word, "reach") == 0)
		return "80 0e 1c 0002 01 10 HOP 00 PREFIX";
	if (strcmp(word, "ASN4") == 0)
		return "0000fdec";
	if (strcmp(word, "ASN2") == 0)
		return "fdec";
	if (strcmp(word, "HOP") == 0)
		return s->hop;
	if (strcmp(word, "PREFIX") == 0)
		return is_v6 ? "30 20010db80bad" : "18 c63364";
	if (strcmp(word, "CUT") == 0)
		return is_v6 ? "30 20010db80b" : "18 c633";
	if (strcmp(word, "TT") != 0)
		return NULL;
	snprintf(buf, 64, "%02x", row->type);
	return buf;
}

static void
put_words(struct row *row, struct wire_writer *w, const char *text)
{
	char copy[ROW_MAX], buf[64], *rest = copy, *word;

	ck_assert_uint_lt(strlen(text), sizeof(copy));
	memcpy(copy, text, strlen(text) + 1);
	while ((word = strsep(&rest, " ")) != NULL) {
		const char *means = meaning(row, word, buf);

		if (strcmp(word, ">") == 0)
			row->tested = wire_written(w);
		else if (means == NULL)
			put_hex(w, word);
		else if (means == buf)
			put_hex(w, means);
		else
			put_words(row, w, means);
	}
}

static void
build(struct row *row)
{
	uint8_t octets[1024];
	struct wire_writer w = wire_writer_over(octets, sizeof(octets));
	const char *routes = row->columns[ROUTES];
	uint8_t *len = wire_put_len_u16(&w);

	if (strcmp(routes, "withdraw") == 0)
		put_words(row, &w, "PREFIX");
	wire_patch_u16(&w, len);
	len = wire_put_len_u16(&w);
	put_words(row, &w, row->columns[ATTRIBUTES]);
	row->tested_end = wire_written(&w);
	wire_patch_u16(&w, len);
	if (strcmp(routes, "announce") == 0)
		put_words(row, &w, "PREFIX");
	ck_assert(!w.failed);
	row->message = (struct message){exact(octets, wire_written(&w)), wire_written(&w)};
}

/* --- judging --- */

static const char *
fault_of_reset(const struct row *row, const struct update *out, const char *wanted)
{
	unsigned code, subcode;
	char data[16];

	if (sscanf(wanted, "reset %u %u %15s", &code, &subcode, data) != 3)
		return "an outcome that can not be read";
	if (out->error.code != code || out->error.subcode != subcode)
		return "another code or subcode";
	if (strcmp(data, "none") == 0)
		return out->error.data_len == 0 ? NULL : "data";
	if (out->error.data_len != row->tested_end - row->tested ||
	    memcmp(out->error.data, row->message.body + row->tested, out->error.data_len) != 0)
		return "other data";
	return NULL;
}

/* The value of the attribute under test, its first occurrence. */
static const uint8_t *
value_sent(const struct row *row, size_t *len)
{
	const uint8_t *a = row->message.body + row->tested;

	if ((a[0] & ATTR_FLAG_EXTENDED) != 0) {
		*len = wire_load_u16(a + 2);
		return a + 4;
	}
	*len = a[2];
	return a + 3;
}

static const char *
fault_of_passed(const struct row *row, const struct update *out, bool is_partial)
{
	const struct update_group *group = &out->announce[0];
	uint8_t flags = row->message.body[row->tested] & 0xc0;
	struct attr_view view;
	const uint8_t *value;
	size_t len;

	value = value_sent(row, &len);
	if (!attrs_find(group->block, group->block_len, row->type, &view))
		return "the attribute does not pass";
	if (view.len != len || (len > 0 && memcmp(view.value, value, len) != 0))
		return "another value passes";
	if ((view.flags & 0xc0) != flags)
		return "other flags pass";
	if (is_partial && (view.flags & ATTR_FLAG_PARTIAL) == 0)
		return "passes without Partial";
	return NULL;
}

static const char *
fault_of_absent(const struct row *row, const struct update *out)
{
	struct attr_view view;

	return row->type != ATTR_AS_PATH &&
		attrs_find(out->announce[0].block, out->announce[0].block_len, row->type, &view)
	    ? "the attribute passes"
	    : NULL;
}

/* What is announced, withdrawn and reported for an outcome. */
static const struct outcome {
	const char *name;
	enum update_result result;
	uint8_t announced;
	uint8_t withdrawn;
	bool is_reported; /* as a finding of the row's type */
	bool passes;
	bool is_partial;
	bool is_absent;
} outcomes[] = {
    {"pass", UPDATE_FINE, 1, 0, false, true, false, false},
    {"partial", UPDATE_FINE, 1, 0, false, true, true, false},
    {"fine", UPDATE_FINE, 1, 0, false, false, false, false},
    {"ignore", UPDATE_FINE, 1, 0, false, false, false, true},
    {"discard", UPDATE_DISCARD, 1, 0, true, false, false, true},
    {"first", UPDATE_DISCARD, 1, 0, true, true, false, false},
    {"first-partial", UPDATE_DISCARD, 1, 0, true, true, true, false},
    {"withdraw", UPDATE_WITHDRAW, 1, 0, true, false, false, false},
    {"gone", UPDATE_FINE, 0, 1, false, false, false, false},
    {"unheard", UPDATE_FINE, 0, 0, false, false, false, false},
    {"reset", UPDATE_RESET, 0, 0, false, false, false, false},
};

static const struct outcome *
find_outcome(const char *text)
{
	size_t len = strcspn(text, " ");

	for (size_t i = 0; i < COUNT(outcomes); i++)
		if (strlen(outcomes[i].name) == len && memcmp(outcomes[i].name, text, len) == 0)
			return &outcomes[i];
	ck_abort_msg("no outcome %s", text);
	return NULL;
}

/* NULL, or what is not as the row wants it. */
static const char *
fault(const struct row *row, const char *wanted)
{
	const struct outcome *o = find_outcome(wanted);
	const char *blamed = strncmp(wanted, "withdraw ", 9) == 0 ? wanted + 9 : NULL;
	struct update out;
	enum update_result result = judge(row->message, &row->session->ctx, &out);
	bool is_discarded = o->result == UPDATE_FINE && result == UPDATE_DISCARD &&
	    o->withdrawn == 1; /* what is withdrawn may come with something to discard */

	if (result != o->result && !is_discarded)
		return out.finding.text == NULL ? "another result" : out.finding.text;
	if (result == UPDATE_RESET)
		return fault_of_reset(row, &out, wanted);
	if (out.announce_count != o->announced || out.withdraw_count != o->withdrawn)
		return "other prefixes";
	if (out.announce_is_withdraw != (result == UPDATE_WITHDRAW))
		return "announce_is_withdraw";
	if (o->is_reported &&
	    out.finding.type != (blamed == NULL ? row->type : strtoul(blamed, NULL, 10)))
		return "another attribute is to blame";
	if (o->passes)
		return fault_of_passed(row, &out, o->is_partial);
	return o->is_absent ? fault_of_absent(row, &out) : NULL;
}

static void
try_row(const char *const columns[COLUMNS], uint8_t type)
{
	struct row row = {.session = find_session(columns[SESSION]), .type = type};
	const char *wrong;

	memcpy(row.columns, columns, sizeof(row.columns));
	build(&row);
	row_count++;
	wrong = fault(&row, columns[OUTCOME]);
	if (wrong != NULL) {
		fprintf(stderr, "%s, type %u: not %s: %s (%s)\n", columns[NAME], type,
		    columns[OUTCOME], wrong, columns[SOURCE]);
		failed_count++;
	}
	free_owned();
}

START_TEST(every_row)
{
	char line[ROW_MAX];
	bool types[TYPES], seen[TYPES] = {false};
	FILE *f = fopen(MATRIX, "r");

	ck_assert_msg(f != NULL, "%s is not there: tests run in the repository's root", MATRIX);
	while (fgets(line, sizeof(line), f) != NULL) {
		const char *columns[COLUMNS];

		ck_assert_ptr_nonnull(strchr(line, '\n'));
		if (line[0] == '#' || line[0] == '\n')
			continue;
		split(line, columns);
		read_types(columns[TYPE], types);
		for (unsigned type = 0; type < TYPES; type++) {
			if (!types[type])
				continue;
			seen[type] = true;
			try_row(columns, (uint8_t)type);
		}
	}
	fclose(f);
	printf("%u rows of attributes and defects\n", row_count);
	fflush(stdout);
	for (unsigned type = 0; type < TYPES; type++)
		ck_assert_msg(seen[type], "type %u has no row", type);
	ck_assert_uint_ge(row_count, ROWS_AT_LEAST);
	ck_assert_msg(failed_count == 0, "%u of %u rows", failed_count, row_count);
}
END_TEST

int
main(void)
{
	const TTest *const tests[] = {every_row};

	return run_suite("wire/attr_matrix", tests, COUNT(tests));
}
