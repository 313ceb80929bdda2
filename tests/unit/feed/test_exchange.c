/*
 * The data of the example exchange, whole: counts are those of its stats.json, every AS-SET expands
 * to what a naive walk over as-sets.json gives.
 */
#include <jansson.h>

#include "tests/unit/feed/world.h"

#define FOLDER "tests/data/exchange/"

/* The file of the folder, unpacked; the caller frees it. */
static char *
unpack(const char *name, size_t *len)
{
	char command[256], *octets = NULL;
	size_t room = 0, got;
	FILE *pipe;

	snprintf(command, sizeof(command), "zcat < " FOLDER "%s", name);
	pipe = popen(command, "r");
	ck_assert_ptr_nonnull(pipe);
	*len = 0;
	do {
		room += 1 << 20;
		octets = realloc(octets, room);
		got = fread(octets + *len, 1, room - *len, pipe);
		*len += got;
	} while (got > 0);
	ck_assert_int_eq(pclose(pipe), 0);
	return octets;
}

static void
read_file(struct world *w, enum feed_kind kind, const char *name)
{
	size_t len;
	char *octets = unpack(name, &len);

	world_read_octets(w, kind, octets, len);
	free(octets);
}

static uint32_t
stat_of(const char *key)
{
	json_t *stats = json_load_file(FOLDER "stats.json", 0, NULL);
	json_int_t value;

	ck_assert_ptr_nonnull(stats);
	value = json_integer_value(json_object_get(stats, key));
	ck_assert_int_gt(value, 0);
	json_decref(stats);
	return (uint32_t)value;
}

static json_t *
load_sets(void)
{
	size_t len;
	char *octets = unpack("irr/as-sets.json.gz", &len);
	json_t *sets = json_loadb(octets, len, 0, NULL);

	free(octets);
	ck_assert_ptr_nonnull(sets);
	return sets;
}

/* All names of as-sets.json as the wanted objects. */
static const char **
all_names(json_t *sets, size_t *count)
{
	const char **names = calloc(json_object_size(sets), sizeof(*names)), *name;
	json_t *members;

	*count = 0;
	json_object_foreach(sets, name, members) names[(*count)++] = name;
	return names;
}

/* The naive walk: marks and counts the ASNs below a set. */
static void
walk(json_t *sets, const char *name, json_t *seen, json_t *asns)
{
	json_t *members = json_object_get(sets, name), *member;
	size_t i;

	if (json_object_get(seen, name) != NULL)
		return;
	json_object_set_new(seen, name, json_true());
	json_array_foreach(members, i, member)
	{
		const char *text = json_string_value(member);

		if (strncmp(text, "AS", 2) == 0 &&
		    strspn(text + 2, "0123456789") == strlen(text) - 2)
			json_object_set_new(asns, text, json_true());
		else
			walk(sets, text, seen, asns);
	}
}

/* Differences between an object and the naive walk from it. */
static unsigned
differences(const struct world *w, json_t *sets, const char *name)
{
	json_t *seen = json_object(), *asns = json_object();
	const struct data_object *object = world_object(w, name);
	unsigned wrong = object == NULL;

	walk(sets, name, seen, asns);
	if (object != NULL)
		wrong += object->asns.count != json_object_size(asns);
	for (uint32_t i = 0; object != NULL && i < object->asns.count; i++) {
		char text[16];

		snprintf(text, sizeof(text), "AS%u", w->data->asns[object->asns.first + i]);
		wrong += json_object_get(asns, text) == NULL;
	}
	json_decref(seen);
	json_decref(asns);
	return wrong;
}

static const char *const set_files[] = {"irr/as-sets.rpsl.gz", "irr/as-sets.json.gz"};

START_TEST(every_as_set_expands)
{
	json_t *file = load_sets(), *sets = json_object_get(file, "as_sets");
	unsigned wrong = 0;
	size_t count;
	const char **names = all_names(sets, &count);
	struct world w;

	ck_assert_uint_eq(count, stat_of("as-sets"));
	world_init(&w);
	w.request.objects = names;
	w.request.object_count = count;
	read_file(&w, FEED_IRR, set_files[_i]);
	world_end(&w);
	ck_assert_ptr_nonnull(w.data);
	ck_assert_uint_eq(w.report.sources[0].records, count);
	ck_assert_uint_eq(w.report.sources[0].bad, 0);
	ck_assert_uint_eq(w.data->object_count, count);
	for (size_t i = 0; i < count; i++)
		wrong += differences(&w, sets, names[i]);
	ck_assert_uint_eq(wrong, 0);
	world_fini(&w);
	free(names);
	json_decref(file);
}
END_TEST

START_TEST(every_route_object_is_there)
{
	struct world w;

	world_init(&w);
	read_file(&w, FEED_IRR, "irr/routes.rpsl.gz");
	world_end(&w);
	ck_assert_ptr_nonnull(w.data);
	ck_assert_uint_eq(w.report.sources[0].records, stat_of("route objects"));
	ck_assert_uint_eq(w.report.notes.count, 0);
	ck_assert_uint_gt(w.data->route_count, 30000);
	ck_assert_uint_le(w.data->route_count, stat_of("route objects"));
	world_fini(&w);
}
END_TEST

START_TEST(every_vrp_and_aspa_is_there)
{
	struct world w;

	world_init(&w);
	read_file(&w, FEED_RPKI, "rpki/rpki.json.gz");
	world_end(&w);
	ck_assert_ptr_nonnull(w.data);
	ck_assert_uint_eq(w.data->vrp_count, stat_of("vrps"));
	ck_assert_uint_eq(w.data->aspa_count, stat_of("aspas real") + stat_of("aspas derived"));
	ck_assert_uint_eq(w.report.notes.count, 0);
	ck_assert_uint_eq(w.report.sources[0].bad, 0);
	world_fini(&w);
}
END_TEST

int
main(void)
{
	const struct loop_test tests[] = {
	    {every_as_set_expands, COUNT(set_files)},
	    {every_route_object_is_there, 0},
	    {every_vrp_and_aspa_is_there, 0},
	};

	return run_suite("data of the example exchange", tests, COUNT(tests));
}
