/* TCP MD5 keys of listening sockets; see keys.h. The parent. */
#include "bgpd/parent/keys.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/conf/report.h"
#include "bgpd/parent/tcp.h"

#define LIMIT_FILE "/proc/sys/net/core/optmem_max"
/* More than any kernel has taken for a key so far; where not even one has shown its cost. */
#define KEY_BYTES 256

static bool
has_key(const struct conf_peer *peer, enum family family)
{
	return peer != NULL && peer->password != NULL && peer->address.family == family;
}

static size_t
count_family(const struct conf *conf, enum family family)
{
	size_t n = 0;

	for (size_t slot = 0; slot < conf_slots(conf); slot++)
		n += has_key(conf_peer(conf, slot), family);
	return n;
}

size_t
keys_count(const struct conf *conf)
{
	size_t v4 = count_family(conf, FAMILY_IPV4), v6 = count_family(conf, FAMILY_IPV6);

	return v4 > v6 ? v4 : v6;
}

/* Returns 0, or -1 with errno. */
static int
set_key(int fd, const struct conf_peer *peer, const char *password)
{
	struct channel_address address;

	tcp_address_set(&address, (enum family)peer->address.family, peer->address.addr, 0);
	return tcp_set_md5(fd, &address, password);
}

bool
keys_set(int fd, enum family family, const struct conf *conf, struct keys_failure *failure)
{
	size_t set = 0;

	for (size_t slot = 0; slot < conf_slots(conf); slot++) {
		const struct conf_peer *peer = conf_peer(conf, slot);

		if (!has_key(peer, family))
			continue;
		if (set_key(fd, peer, peer->password) == -1) {
			*failure = (struct keys_failure){peer, set, keys_count(conf), errno};
			return false;
		}
		set++;
	}
	return true;
}

/* ---- from one configuration to the next ---- */

/* The peer that has the address in a configuration, with a key of its own; or NULL. */
static const struct conf_peer *
find_keyed(const struct conf *conf, const struct conf_peer *like)
{
	enum family family = (enum family)like->address.family;
	long slot = conf_find_peer(conf, family, like->address.addr);
	const struct conf_peer *peer = slot < 0 ? NULL : conf_peer(conf, (size_t)slot);

	return has_key(peer, family) ? peer : NULL;
}

static void
take_back(int fd, enum family family, const struct conf *from, const struct conf *to)
{
	for (size_t slot = 0; slot < conf_slots(from); slot++) {
		const struct conf_peer *was = conf_peer(from, slot);

		/* ENOENT: it could not be set before */
		if (has_key(was, family) && find_keyed(to, was) == NULL)
			(void)set_key(fd, was, "");
	}
}

void
keys_change(int fd, enum family family, const struct conf *from, const struct conf *to,
    const bool *again, keys_failed_cb *failed, void *arg)
{
	struct keys_failure failure = {.wanted = keys_count(to)};
	char text[KEYS_TEXT_MAX];

	take_back(fd, family, from, to);
	for (size_t slot = 0; slot < conf_slots(to); slot++) {
		const struct conf_peer *is = conf_peer(to, slot), *was;

		if (!has_key(is, family))
			continue;
		was = find_keyed(from, is);
		if ((was == NULL || strcmp(was->password, is->password) != 0 ||
			(again != NULL && again[slot])) &&
		    set_key(fd, is, is->password) == -1) {
			failure.peer = is;
			failure.error = errno;
			keys_explain(&failure, text);
			failed(arg, is, text);
		} else {
			failure.set++;
		}
	}
}

/* ---- before it counts ---- */

/* True if a socket of the family takes them all, or the host has no such sockets. */
static bool
fit(const struct conf *conf, enum family family, struct keys_failure *failure)
{
	int fd = count_family(conf, family) == 0 ? -1 : tcp_socket(family);
	bool all;

	/* What there is no socket of is seen where it is to listen. */
	if (fd == -1)
		return true;
	all = keys_set(fd, family, conf, failure);
	close(fd);
	return all;
}

bool
keys_check(const struct conf *conf, struct conf_report *report)
{
	static const enum family families[] = {FAMILY_IPV4, FAMILY_IPV6};
	struct keys_failure failure;
	char text[KEYS_TEXT_MAX];

	for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++) {
		if (fit(conf, families[i], &failure))
			continue;
		keys_explain(&failure, text);
		report_add(report, CONF_ERROR, failure.peer->file, failure.peer->line,
		    failure.peer->col, "%s", text);
		return false;
	}
	return true;
}

/* ---- what to say ---- */

static size_t
read_limit(void)
{
	FILE *f = fopen(LIMIT_FILE, "re");
	size_t limit;

	if (f == NULL)
		return 0; /* older kernels show it to the host alone, not to its containers */
	if (fscanf(f, "%zu", &limit) != 1)
		limit = 0;
	fclose(f);
	return limit;
}

/*
 * A limit under which all keys fit: a power of two, so that some more peers have room as well. The
 * keys that did fit cost less than the limit together, so none costs more than its share of it.
 */
static size_t
find_better_limit(const struct keys_failure *f, size_t limit)
{
	size_t each = f->set == 0 || limit == 0 ? KEY_BYTES : limit / f->set + 1;
	size_t better = 4096;

	while (better <= each * f->wanted)
		better *= 2;
	return better;
}

void
keys_explain_limit(const struct keys_failure *f, size_t limit, char text[KEYS_TEXT_MAX])
{
	char peer[TCP_ADDRESS_TEXT_MAX], is[48] = "";
	struct channel_address address;
	size_t better;

	tcp_address_set(&address, (enum family)f->peer->address.family, f->peer->address.addr, 0);
	tcp_address_format(&address, peer);
	if (f->error != ENOMEM) {
		snprintf(text, KEYS_TEXT_MAX, "the TCP MD5 key of %s can not be set: %s; %s", peer,
		    strerror(f->error), tcp_md5_advice(f->error));
		return;
	}
	better = find_better_limit(f, limit);
	if (limit > 0)
		snprintf(is, sizeof(is), " = %zu octets", limit);
	snprintf(text, KEYS_TEXT_MAX,
	    "there is no room for the TCP MD5 key of %s: a listening socket needs %zu keys, and "
	    "net.core.optmem_max%s lets it have %zu; sysctl -w net.core.optmem_max=%zu, and the "
	    "same in /etc/sysctl.d for the next boot",
	    peer, f->wanted, is, f->set, better);
}

void
keys_explain(const struct keys_failure *f, char text[KEYS_TEXT_MAX])
{
	keys_explain_limit(f, read_limit(), text);
}
