/*
 * The benchmark's load.
 *
 * M members announce R routes each. D = 2 M R / (S + 1) distinct IPv4 prefixes, half of them
 * shared by S members each, half announced by one; for 200 x 1000 and S = 3 that is 100,000.
 *
 *   prefix n, 0 <= n < D, is 20.0.0.0/24 + n; even n: of one member, odd n: shared; j = n / 2
 *   of one:  member j mod M
 *   shared:  members (j + k * floor(M / S)) mod M for k = 0 .. S-1
 *
 * So every member announces R / (S + 1) prefixes alone and R * S / (S + 1) with others (one more
 * or less where M does not divide D / 2), and must end up with D minus those it announces alone.
 *
 * A member's routes, in the order of n, are cut into PATHS runs of equal length, one set of
 * attributes each. Run p has 1 + p mod 4 + (p > 5) ASNs, so that all lengths compete, MED
 * 10 * (p mod 3) or none, two or three communities and for every third run a large one.
 */
#include "tests/sim/plan.h"

#include <err.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATHS	     8
#define FIRST_PREFIX 0x14000000u /* 20.0.0.0 */
#define PREFIXES_MAX 5000000u

static uint32_t
member_asn(size_t index)
{
	/* Every fourth has a 4-octet number. */
	return index % 4 == 3 ? 262144 + (uint32_t)index : 1000 + (uint32_t)index;
}

static void
print_path(char *out, size_t size, size_t index, uint32_t run)
{
	uint32_t asn = member_asn(index);
	int n = snprintf(out, size, "%" PRIu32, asn);
	uint32_t hops = run % 4 + (run > 5 ? 1 : 0);

	for (uint32_t hop = 0; hop < hops; hop++)
		n += snprintf(out + n, size - (size_t)n, " %" PRIu32,
		    20000 + ((uint32_t)index * 37 + run * 5 + hop * 1009) % 40000);
}

static uint32_t
make_attrs(struct sim *sim, size_t index, uint32_t run)
{
	static struct buf own;
	const struct member *m = &sim->members[index];
	char path[128], next_hop[INET6_ADDRSTRLEN], med[16] = "", communities[64], large[48] = "";
	char origin[2] = "i", ext[1] = "";
	char *fields[] = {path, origin, next_hop, med, communities, ext, large};
	const char *error;

	print_path(path, sizeof(path), index, run);
	address_format(&m->conf.local, next_hop);
	if (run % 2 == 0)
		snprintf(med, sizeof(med), "%u", 10 * (run % 3));
	snprintf(communities, sizeof(communities), "%u:%u %u:3000%s",
	    1000 + (unsigned)index % 60000, 100 + run, 1000 + (unsigned)index % 60000,
	    run > 3 ? " 65000:17" : "");
	if (run % 3 == 0)
		snprintf(large, sizeof(large), "%" PRIu32 ":1:%u", m->conf.asn, run);
	if (run == 7)
		origin[0] = '?';
	error = attr_from_text(fields, 7, &own);
	if (error != NULL)
		errx(SIM_USAGE, "synthetic route: %s", error);
	return store_attrs(sim->store, own.data, own.len);
}

static void
add_members(
    struct sim *sim, const struct member_conf *defaults, size_t members, const struct address *base)
{
	for (size_t i = 0; i < members; i++) {
		struct member_conf conf = *defaults;
		uint32_t addr = get32(base->octets) + (uint32_t)i;

		conf.local = (struct address){.family = 4};
		for (int b = 0; b < 4; b++)
			conf.local.octets[b] = (uint8_t)(addr >> (24 - 8 * b));
		conf.asn = member_asn(i);
		plan_add(sim, &conf);
	}
}

/* The members that announce prefix n; returns how many. */
static size_t
find_sources(size_t n, size_t members, size_t share, size_t sources[])
{
	size_t count = n % 2 == 0 ? 1 : share;

	for (size_t k = 0; k < count; k++)
		sources[k] = (n / 2 + k * (members / share)) % members;
	return count;
}

static uint32_t
prefix_key(struct sim *sim, size_t n)
{
	uint32_t addr = FIRST_PREFIX + ((uint32_t)n << 8);
	struct key key = {.family = 4, .len = 24};

	for (int b = 0; b < 3; b++)
		key.addr[b] = (uint8_t)(addr >> (24 - 8 * b));
	return store_key(sim->store, &key);
}

void
synthetic_make(struct sim *sim, const struct member_conf *defaults, size_t members, size_t routes,
    size_t share, const struct address *base)
{
	size_t distinct = 2 * members * routes / (share + 1);
	size_t *sources = zalloc(share, sizeof(sources[0]));
	size_t *announced = zalloc(members, sizeof(announced[0]));

	if (share == 0 || share > members || distinct > PREFIXES_MAX || base->family != 4)
		errx(SIM_USAGE,
		    "--synthetic: SHARE is 1 to MEMBERS, at most %u distinct prefixes, "
		    "the base address is IPv4",
		    PREFIXES_MAX);
	add_members(sim, defaults, members, base);
	for (size_t i = 0; i < members; i++)
		sim->members[i].expected = distinct;
	for (size_t n = 0; n < distinct; n++) {
		uint32_t key = prefix_key(sim, n);
		size_t count = find_sources(n, members, share, sources);

		for (size_t k = 0; k < count; k++) {
			size_t i = sources[k];
			size_t run = PATHS * announced[i]++ / (routes > 0 ? routes : 1);

			offer_set(&sim->members[i].offer, key,
			    make_attrs(sim, i, run < PATHS ? (uint32_t)run : PATHS - 1));
		}
		if (count == 1)
			sim->members[sources[0]].expected--;
	}
	for (size_t i = 0; i < members; i++)
		sim->members[i].is_expecting = true;
	sim->expecting = members;
	free(sources);
	free(announced);
}

static void
write_routes(struct sim *sim, const struct member *m, const char *path)
{
	FILE *out = fopen(path, "w");
	struct buf text = {0};
	size_t count;
	uint64_t *routes = offer_list(&m->offer, &count);

	if (out == NULL)
		err(SIM_USAGE, "%s", path);
	for (size_t i = 0; i < count; i++) {
		const struct key *key = store_get_key(sim->store, (uint32_t)routes[i]);
		struct address a = {.family = key->family};
		char prefix[INET6_ADDRSTRLEN];
		size_t len;
		const uint8_t *own = store_get_attrs(sim->store, (uint32_t)(routes[i] >> 32), &len);

		memcpy(a.octets, key->addr, sizeof(a.octets));
		address_format(&a, prefix);
		text.len = 0;
		attr_to_text(own, len, &text);
		fprintf(out, "%s/%u|%.*s\n", prefix, key->len, (int)text.len, (char *)text.data);
	}
	if (fclose(out) != 0)
		err(SIM_USAGE, "%s", path);
	buf_fini(&text);
	free(routes);
}

void
synthetic_write(struct sim *sim, const char *dir)
{
	char path[1024], peer[INET6_ADDRSTRLEN], id[INET6_ADDRSTRLEN];
	FILE *plan;

	if (mkdir(dir, 0777) == -1 && errno != EEXIST)
		err(SIM_USAGE, "%s", dir);
	snprintf(path, sizeof(path), "%s/plan.txt", dir);
	plan = fopen(path, "w");
	if (plan == NULL)
		err(SIM_USAGE, "%s", path);
	for (size_t i = 0; i < sim->member_count; i++) {
		const struct member *m = &sim->members[i];
		struct address id_addr = {.family = 4};

		for (int b = 0; b < 4; b++)
			id_addr.octets[b] = (uint8_t)(m->conf.id >> (24 - 8 * b));
		address_format(&m->conf.peer, peer);
		address_format(&id_addr, id);
		fprintf(plan,
		    "session local=%s peer=%s port=%u asn=%" PRIu32 " id=%s routes=%s.txt\n",
		    m->conf.name, peer, m->conf.port, m->conf.asn, id, m->conf.name);
		snprintf(path, sizeof(path), "%s/%s.txt", dir, m->conf.name);
		write_routes(sim, m, path);
	}
	if (fclose(plan) != 0)
		err(SIM_USAGE, "%s", dir);
}
