/* IRR objects; see objects.h. */
#include "bgpd/feed/objects.h"

#include <string.h>

#include "bgpd/conf/report.h"
#include "bgpd/feed/object_name.h"

#define NAMED_MAX 5 /* names in one message; the others are counted */

struct given_asn {
	uint32_t name;
	uint32_t asn;
};

struct given_prefix {
	uint32_t name;
	struct policy_prefix prefix;
};

/* Names that one message is about. */
struct roll {
	size_t count;
	size_t len;
	char text[CONF_TEXT_MAX / 2];
};

enum trouble { MISSING, EMPTY, TOO_LARGE, TOO_DEEP, BY_REFERENCE, WRONG_NAME, TROUBLES };

static const char *const trouble_texts[TROUBLES] = {
    [MISSING] = "objects without IRR data authorise nothing; add a file that has them",
    [EMPTY] = "empty IRR objects authorise nothing",
    [TOO_LARGE] = "IRR objects with too many members authorise nothing; name smaller AS-SETs",
    [TOO_DEEP] = "IRR objects with AS-SETs too deep within each other: those are left out",
    [BY_REFERENCE] = "IRR objects with members by reference (mbrs-by-ref): those are left out",
    [WRONG_NAME] = "no AS-SETs that can be looked up: they authorise nothing",
};

struct writer {
	struct objects *objects;
	struct build *build;
	struct roll rolls[TROUBLES];
};

void
objects_init(struct objects *objects)
{
	objects->names = names_new();
	objects->sets = sets_new();
	array_init(&objects->given, sizeof(uint32_t));
	array_init(&objects->asns, sizeof(struct given_asn));
	array_init(&objects->prefixes, sizeof(struct given_prefix));
}

void
objects_fini(struct objects *objects)
{
	names_free(objects->names);
	sets_free(objects->sets);
	array_fini(&objects->given);
	array_fini(&objects->asns);
	array_fini(&objects->prefixes);
}

void
objects_give(struct objects *objects, uint32_t name)
{
	array_add(&objects->given, &name, 1);
}

void
objects_give_asn(struct objects *objects, uint32_t name, uint32_t asn)
{
	struct given_asn given = {name, asn};

	array_add(&objects->asns, &given, 1);
}

void
objects_give_prefix(struct objects *objects, uint32_t name, const struct policy_prefix *prefix)
{
	struct given_prefix given = {name, *prefix};

	array_add(&objects->prefixes, &given, 1);
}

static int
compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int
compare_given_asns(const void *a, const void *b)
{
	const struct given_asn *x = a, *y = b;
	int order = compare_numbers(&x->name, &y->name);

	return order != 0 ? order : compare_numbers(&x->asn, &y->asn);
}

static int
compare_given_prefixes(const void *a, const void *b)
{
	const struct given_prefix *x = a, *y = b;
	int order = compare_numbers(&x->name, &y->name);

	if (order == 0)
		order = prefix_compare(&x->prefix.prefix, &y->prefix.prefix);
	if (order == 0)
		order = (int)x->prefix.ge - (int)y->prefix.ge;
	return order != 0 ? order : (int)x->prefix.le - (int)y->prefix.le;
}

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The first of the sorted records that begin with this name or a later one. */
static size_t
find_first(const struct array *array, uint32_t name)
{
	size_t low = 0, high = array->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (*(const uint32_t *)array_at(array, middle) < name)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void
roll_add(struct roll *roll, const char *name)
{
	int written;

	if (roll->count++ >= NAMED_MAX || roll->len >= sizeof(roll->text))
		return;
	written = snprintf(roll->text + roll->len, sizeof(roll->text) - roll->len, "%s%s",
	    roll->len == 0 ? "" : ", ", name);
	roll->len += written < 0 ? 0 : (size_t)written;
}

static void
roll_say(const struct roll *roll, const char *what, const char *file, struct conf_report *notes)
{
	char more[32] = "";

	if (roll->count == 0)
		return;
	if (roll->count > NAMED_MAX)
		snprintf(more, sizeof(more), " and %zu more", roll->count - NAMED_MAX);
	report_add(notes, CONF_WARNING, file, 0, 0, "%s: %s%s", what, roll->text, more);
}

/* The prefixes that files give for the object. */
static void
write_prefixes(struct writer *w, uint32_t name, struct policy_range *range)
{
	const struct array *given = &w->objects->prefixes;

	for (size_t i = find_first(given, name); i < given->count; i++) {
		const struct given_prefix *record = array_at(given, i);

		if (record->name != name)
			break;
		build_add(w->build, SECTION_PREFIXES, &record->prefix, 1);
		range->count++;
	}
}

/* Appends the ASNs that files give for the object. */
static void
add_given_asns(struct writer *w, uint32_t name, struct array *asns)
{
	const struct array *given = &w->objects->asns;

	for (size_t i = find_first(given, name); i < given->count; i++) {
		const struct given_asn *record = array_at(given, i);

		if (record->name != name)
			break;
		array_add(asns, &record->asn, 1);
	}
}

static size_t
asns_room(const struct writer *w)
{
	size_t room = FEED_ASNS_MAX - w->build->sections[SECTION_ASNS].count;

	return room < FEED_AS_SET_MAX ? room : FEED_AS_SET_MAX;
}

/* Appends who is in the AS-SET; true if there are data on it. */
static bool
expand_set(struct writer *w, const char *text, const struct object_name *parsed, struct array *asns)
{
	struct objects *objects = w->objects;
	struct sets_result result =
	    sets_expand(objects->sets, names_intern(objects->names, parsed->source),
		names_intern(objects->names, parsed->name), asns_room(w), asns);

	if (result.is_too_large)
		roll_add(&w->rolls[TOO_LARGE], text);
	if (result.is_too_deep)
		roll_add(&w->rolls[TOO_DEEP], text);
	if (result.by_reference)
		roll_add(&w->rolls[BY_REFERENCE], text);
	return result.is_known;
}

/* Takes over what files give ready under the name; true if they do. */
static bool
add_given(struct writer *w, uint32_t name, struct array *asns, struct policy_range *prefixes)
{
	if (array_find(&w->objects->given, &name, compare_numbers) == NULL)
		return false;
	add_given_asns(w, name, asns);
	write_prefixes(w, name, prefixes);
	return true;
}

/* Gathers the object; true if there are data on it. */
static bool
gather(struct writer *w, const char *text, const struct object_name *parsed, struct array *asns,
    struct policy_range *prefixes)
{
	struct names *names = w->objects->names;
	bool is_given, is_known;

	is_given =
	    add_given(w, names_intern(names, (struct slice){text, strlen(text)}), asns, prefixes);
	/* bgpq4 was asked for it without the source, or with another -l. */
	if (!is_given && parsed->source.len > 0)
		is_given = add_given(w, names_intern(names, parsed->name), asns, prefixes);
	if (parsed->kind == OBJECT_ASN) {
		array_add(asns, &parsed->asn, 1);
		return true;
	}
	is_known = expand_set(w, text, parsed, asns);
	/* Of a ready object the file's reader says so. */
	if (is_known && !is_given && asns->count == 0)
		roll_add(&w->rolls[EMPTY], text);
	return is_known || is_given;
}

static void
write_object(struct writer *w, const char *text)
{
	struct object_name parsed = object_name_parse((struct slice){text, strlen(text)});
	struct data_object object = {0};
	struct array asns;

	if (parsed.kind == OBJECT_WRONG || parsed.kind == OBJECT_ANY) {
		roll_add(&w->rolls[WRONG_NAME], text);
		return;
	}
	array_init(&asns, sizeof(uint32_t));
	object.prefixes.first = (uint32_t)w->build->sections[SECTION_PREFIXES].count;
	if (gather(w, text, &parsed, &asns, &object.prefixes)) {
		array_sort_unique(&asns, compare_numbers);
		object.name = build_text(w->build, text);
		object.asns = build_add(w->build, SECTION_ASNS, asns.records, asns.count);
		build_add(w->build, SECTION_OBJECTS, &object, 1);
	} else {
		roll_add(&w->rolls[MISSING], text);
	}
	array_fini(&asns);
}

static void
add_text(struct array *pool, const char *text)
{
	array_add(pool, text, strlen(text) + 1);
}

/* Copies, one after another, of the names of all objects that are to be written. */
static void
collect_texts(const struct objects *objects, const struct feed_request *request,
    const struct build *build, struct array *pool)
{
	const struct array *networks = &build->sections[SECTION_NAMES];

	for (size_t i = 0; i < request->object_count; i++)
		add_text(pool, request->objects[i]);
	for (size_t i = 0; i < objects->given.count; i++)
		add_text(
		    pool, names_text(objects->names, *(uint32_t *)array_at(&objects->given, i)));
	for (size_t i = 0; i < networks->count; i++) {
		const struct policy_name *name = array_at(networks, i);

		add_text(pool, build_get_text(build, name->text));
	}
}

/* Pointers to the texts of the pool, sorted, each once. */
static void
sort_texts(const struct array *pool, struct array *out)
{
	for (size_t i = 0; i < pool->count;) {
		const char *text = array_at(pool, i);

		array_add(out, &text, 1);
		i += strlen(text) + 1;
	}
	array_sort_unique(out, compare_texts);
}

static const char *
irr_file(const struct feed_request *request)
{
	for (size_t i = 0; i < request->file_count; i++)
		if (request->files[i].kind == FEED_IRR)
			return request->files[i].path;
	return "IRR";
}

static void
say_unknown(const struct objects *objects, const char *file, struct conf_report *notes)
{
	const struct array *all = sets_get_unknown(objects->sets);
	struct roll roll = {0};

	for (size_t i = 0; i < all->count; i++) {
		const struct sets_unknown *unknown = array_at(all, i);
		char text[3 * OBJECT_NAME_MAX];

		snprintf(text, sizeof(text), "%s%s%s (member of %s)",
		    names_text(objects->names, unknown->source),
		    unknown->source == 0 ? "" : "::", names_text(objects->names, unknown->name),
		    names_text(objects->names, unknown->member_of));
		roll_add(&roll, text);
	}
	roll_say(&roll, "AS-SETs without data that others have as members", file, notes);
}

void
objects_write(struct objects *objects, const struct feed_request *request, struct build *build,
    struct conf_report *notes)
{
	struct writer w = {.objects = objects, .build = build};
	const char *file = irr_file(request);
	struct array pool, texts;

	array_init(&pool, sizeof(char));
	array_init(&texts, sizeof(char *));
	array_sort_unique(&objects->given, compare_numbers);
	array_sort_unique(&objects->asns, compare_given_asns);
	array_sort_unique(&objects->prefixes, compare_given_prefixes);
	collect_texts(objects, request, build, &pool);
	sort_texts(&pool, &texts);
	for (size_t i = 0; i < texts.count; i++)
		write_object(&w, *(const char *const *)array_at(&texts, i));
	for (int i = 0; i < TROUBLES; i++)
		roll_say(&w.rolls[i], trouble_texts[i], file, notes);
	say_unknown(objects, file, notes);
	array_fini(&texts);
	array_fini(&pool);
}
