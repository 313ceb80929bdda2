/*
 * What the registries say: records of origins by prefix (ARIN, Registro.br) and objects by name.
 *
 * Names are compared without regard to case (RFC 2622 section 2). "RIPE::AS-FOO" asks for the
 * object as one source has it; where the data do not tell sources apart, AS-FOO is the one. Runs in
 * the rib process.
 */
#include <string.h>

#include "policy/dataset_state.h"

/* True if one of the records of a node has this origin. */
static bool
node_has(const struct prefixmap_family *in, const struct prefixmap_node *node, uint32_t origin)
{
	for (uint32_t i = node[0].first; i < node[1].first; i++) {
		if (in->values[i] == origin)
			return true;
	}
	return false;
}

static bool
map_has(const struct prefixmap *map, const struct prefix *prefix, uint32_t origin, bool longer)
{
	const struct prefixmap_family *in = &map->families[prefix->family];
	const struct prefixmap_node *node = prefixmap_longest(map, prefix);

	for (; node != NULL; node = prefixmap_up(in, node)) {
		if (node->len < prefix->len && !longer)
			return false;
		if (node_has(in, node, origin))
			return true;
	}
	return false;
}

bool
dataset_arin(
    const struct dataset *dataset, const struct prefix *prefix, uint32_t origin, bool longer)
{
	return map_has(&dataset->arin, prefix, origin, longer);
}

bool
dataset_registrobr(
    const struct dataset *dataset, const struct prefix *prefix, uint32_t origin, bool longer)
{
	return map_has(&dataset->registrobr, prefix, origin, longer);
}

static char
fold(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

bool
irr_equal_names(const char *a, const char *b)
{
	for (; fold(*a) == fold(*b); a++, b++) {
		if (*a == '\0')
			return true;
	}
	return false;
}

uint32_t
irr_hash_name(const char *name)
{
	uint32_t hash = 0;

	for (; *name != '\0'; name++)
		hash = (hash + (unsigned char)fold(*name)) * UINT32_C(16777619);
	return finder_hash_number(hash);
}

static const struct data_object *
object_named(const struct dataset *dataset, const char *name)
{
	uint32_t pos = finder_begin(&dataset->objects, irr_hash_name(name)), n;

	while ((n = finder_next(&dataset->objects, &pos)) != 0) {
		const struct data_object *object = &dataset->data.objects[n - 1];

		if (irr_equal_names(dataset->data.text + object->name, name))
			return object;
	}
	return NULL;
}

/* What stands behind "SOURCE::", or the name itself. */
static const char *
without_source(const char *name)
{
	const char *colons = strstr(name, "::");

	return colons == NULL ? name : colons + 2;
}

const struct data_object *
irr_object(const struct dataset *dataset, const char *name)
{
	const struct data_object *object = object_named(dataset, name);
	const char *bare = without_source(name);

	if (object != NULL || bare == name)
		return object;
	return object_named(dataset, bare);
}

uint32_t
irr_asn(const char *name)
{
	const char *at = without_source(name);
	uint64_t asn = 0;

	if (fold(at[0]) != 'A' || fold(at[1]) != 'S' || at[2] == '0')
		return 0;
	for (at += 2; *at >= '0' && *at <= '9' && asn <= UINT32_MAX; at++)
		asn = asn * 10 + (unsigned)(*at - '0');
	return *at == '\0' && asn <= UINT32_MAX ? (uint32_t)asn : 0;
}
