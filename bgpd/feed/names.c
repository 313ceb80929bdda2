/* Names as numbers; see names.h. */
#include "bgpd/feed/names.h"

#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <xxhash.h>

#include "bgpd/feed/array.h"
#include "bgpd/ipc/bug.h"

#define SLOTS_MIN 1024u

struct names {
	struct array text;   /* char */
	struct array places; /* uint32_t: offset in text, by number */
	uint32_t *slots;     /* number, 0 = free */
	uint32_t slot_count; /* a power of two */
	uint64_t seed;
};

/* Random octets that the kernel gave this process; no system call. */
static uint64_t
process_seed(void)
{
	const void *random = (const void *)getauxval(AT_RANDOM);
	uint64_t seed = 0;

	if (random != NULL)
		memcpy(&seed, random, sizeof(seed));
	return seed;
}

struct names *
names_new(void)
{
	struct names *names = bug_calloc(1, sizeof(*names));
	uint32_t none = 0;

	array_init(&names->text, sizeof(char));
	array_init(&names->places, sizeof(uint32_t));
	array_add(&names->text, "", 1);
	array_add(&names->places, &none, 1);
	names->slot_count = SLOTS_MIN;
	names->slots = bug_calloc(names->slot_count, sizeof(*names->slots));
	names->seed = process_seed();
	return names;
}

void
names_free(struct names *names)
{
	if (names == NULL)
		return;
	array_fini(&names->text);
	array_fini(&names->places);
	free(names->slots);
	free(names);
}

uint32_t
names_count(const struct names *names)
{
	return (uint32_t)names->places.count;
}

const char *
names_text(const struct names *names, uint32_t name)
{
	return (const char *)names->text.records +
	    *(const uint32_t *)array_at(&names->places, name);
}

/* The slot of the text, or the free one where it belongs. */
static uint32_t *
find_slot(const struct names *names, const char *text, size_t len)
{
	uint32_t mask = names->slot_count - 1;
	uint32_t i = (uint32_t)XXH3_64bits_withSeed(text, len, names->seed) & mask;

	while (names->slots[i] != 0 && strcmp(names_text(names, names->slots[i]), text) != 0)
		i = (i + 1) & mask;
	return &names->slots[i];
}

static void
grow(struct names *names)
{
	uint32_t count = names_count(names);

	free(names->slots);
	names->slot_count *= 2;
	names->slots = bug_calloc(names->slot_count, sizeof(*names->slots));
	for (uint32_t name = 1; name < count; name++) {
		const char *text = names_text(names, name);

		*find_slot(names, text, strlen(text)) = name;
	}
}

uint32_t
names_intern(struct names *names, struct slice s)
{
	uint32_t place = (uint32_t)names->text.count, *slot;
	char *text;

	if (s.len == 0)
		return 0;
	/* Written where it will stay, and forgotten if it is known. */
	array_add(&names->text, s.at, s.len);
	array_add(&names->text, "", 1);
	text = array_at(&names->text, place);
	for (size_t i = 0; i < s.len; i++)
		if (text[i] >= 'a' && text[i] <= 'z')
			text[i] = (char)(text[i] - 'a' + 'A');
	slot = find_slot(names, text, s.len);
	if (*slot != 0) {
		array_cut(&names->text, place);
		return *slot;
	}
	*slot = names_count(names);
	array_add(&names->places, &place, 1);
	if (names_count(names) > names->slot_count / 2)
		grow(names);
	return names_count(names) - 1;
}
