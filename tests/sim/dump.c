/*
 * Dumps, see report.h. Keys are put into text and sorted once, attributes are put into text once;
 * a session is then a pass over the sorted keys.
 */
#include "tests/sim/report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Texts in one buffer; text i stands between at[i] and at[i + 1]. */
struct texts {
	struct buf bytes;
	size_t *at;
};

struct sorted {
	char *text;
	uint32_t id;
};

static int
compare_text(const void *a, const void *b)
{
	return strcmp(((const struct sorted *)a)->text, ((const struct sorted *)b)->text);
}

/* "prefix|path id|" of all keys, sorted with the separators, as sort(1) compares whole lines. */
static struct sorted *
sort_keys(const struct store *store, size_t *count)
{
	struct sorted *list;

	*count = store_key_count(store);
	list = zalloc(*count, sizeof(list[0]));
	for (size_t i = 0; i < *count; i++) {
		const struct key *key = store_get_key(store, (uint32_t)i);
		struct address a = {.family = key->family};
		char addr[INET6_ADDRSTRLEN], text[INET6_ADDRSTRLEN + 24];

		memcpy(a.octets, key->addr, sizeof(a.octets));
		address_format(&a, addr);
		snprintf(text, sizeof(text), "%s/%u|%" PRIu32 "|", addr, key->len, key->path_id);
		list[i] = (struct sorted){copy_text(text), (uint32_t)i};
	}
	qsort(list, *count, sizeof(list[0]), compare_text);
	return list;
}

static struct sorted *
sort_members(const struct sim *sim)
{
	struct sorted *list = zalloc(sim->member_count, sizeof(list[0]));

	for (size_t i = 0; i < sim->member_count; i++) {
		const char *name = sim->members[i].conf.name;
		char *text = zalloc(strlen(name) + 2, 1);

		strcpy(text, name);
		strcat(text, "|");
		list[i] = (struct sorted){text, (uint32_t)i};
	}
	qsort(list, sim->member_count, sizeof(list[0]), compare_text);
	return list;
}

static void
free_sorted(struct sorted *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(list[i].text);
	free(list);
}

static struct texts
print_attrs(const struct store *store)
{
	size_t count = store_attrs_count(store);
	struct texts texts = {.at = zalloc(count + 2, sizeof(size_t))};

	for (size_t id = 1; id <= count; id++) {
		size_t len;
		const uint8_t *own = store_get_attrs(store, (uint32_t)id, &len);

		texts.at[id] = texts.bytes.len;
		attr_to_text(own, len, &texts.bytes);
		buf_put8(&texts.bytes, '\n');
		texts.at[id + 1] = texts.bytes.len;
	}
	return texts;
}

static void
dump_member(const struct member *m, const char *prefix, const struct sorted *keys, size_t count,
    const struct texts *attrs, FILE *out)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t id = table_get(&m->table, keys[i].id);

		if (id == 0)
			continue;
		fputs(prefix, out);
		fputs(keys[i].text, out);
		fwrite(
		    attrs->bytes.data + attrs->at[id], 1, attrs->at[id + 1] - attrs->at[id], out);
	}
}

bool
report_dump(struct sim *sim, const char *path)
{
	FILE *out = fopen(path, "w");
	size_t count;
	struct sorted *keys, *members;
	struct texts attrs;
	bool ok;

	if (out == NULL)
		return false;
	keys = sort_keys(sim->store, &count);
	members = sort_members(sim);
	attrs = print_attrs(sim->store);
	for (size_t i = 0; i < sim->member_count; i++)
		dump_member(
		    &sim->members[members[i].id], members[i].text, keys, count, &attrs, out);
	ok = ferror(out) == 0;
	ok = fclose(out) == 0 && ok;
	free_sorted(keys, count);
	free_sorted(members, sim->member_count);
	buf_fini(&attrs.bytes);
	free(attrs.at);
	return ok;
}
