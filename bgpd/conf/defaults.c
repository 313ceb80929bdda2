/*
 * Defaults that depend on the host, the user and on whose files are read: see load.h. Parent only.
 */
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bgpd/conf/compiled.h"
#include "bgpd/conf/load.h"
#include "bgpd/conf/mem.h"

bool
conf_default_socket(
    const char *instance, bool restricted, char out[sizeof(((struct sockaddr_un *)0)->sun_path)])
{
	const size_t size = sizeof(((struct sockaddr_un *)0)->sun_path);
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	const char *end = restricted ? ".ro.sock" : ".sock";
	int len;

	if (geteuid() == 0)
		len = snprintf(out, size, "/run/roost/%s%s", instance, end);
	else if (runtime != NULL && runtime[0] == '/')
		len = snprintf(out, size, "%s/roost/%s%s", runtime, instance, end);
	else
		len = snprintf(out, size, "/tmp/roost-%u/%s%s", (unsigned)geteuid(), instance, end);
	return len >= 0 && (size_t)len < size;
}

/* Octets of the path of a socket without .sock at its end. */
static size_t
stem_of(const char *socket)
{
	size_t len = strlen(socket);

	return len > 5 && strcmp(socket + len - 5, ".sock") == 0 ? len - 5 : len;
}

/* socket.sock -> socket.ro.sock; anything else gets .ro at its end. */
static char *
restricted_beside(const char *socket)
{
	size_t len = strlen(socket), stem = stem_of(socket);
	char *out = mem_new(len + 4, 1);

	memcpy(out, socket, stem);
	memcpy(out + stem, ".ro", 3);
	memcpy(out + stem + 3, socket + stem, len - stem);
	return out;
}

static void
fill_sockets(struct loader *loader)
{
	struct conf_daemon *daemon = &loader->conf->daemon;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];

	if (daemon->socket == NULL) {
		if (!conf_default_socket(loader->conf->instance, false, path))
			load_complain(loader, CONF_ERROR, NULL,
			    "the default path of the control socket is longer than 107 octets; "
			    "set daemon.socket");
		daemon->socket = mem_text(path, strlen(path));
	}
	if (daemon->restricted_socket == NULL)
		daemon->restricted_socket = restricted_beside(daemon->socket);
	if (strlen(daemon->restricted_socket) >= sizeof(path))
		load_complain(loader, CONF_ERROR, NULL,
		    "the path of the restricted socket is longer than 107 octets; set "
		    "daemon.restricted_socket");
}

/* What has to outlive a reboot is not kept in /run where there is another place. */
static void
fill_state_file(struct loader *loader)
{
	struct conf_daemon *daemon = &loader->conf->daemon;
	char path[sizeof(((struct sockaddr_un *)0)->sun_path) + sizeof("/var/lib/roost/.state")];

	if (daemon->state_file != NULL)
		return;
	if (geteuid() == 0)
		snprintf(path, sizeof(path), "/var/lib/roost/%s.state", loader->conf->instance);
	else
		snprintf(
		    path, sizeof(path), "%.*s.state", (int)stem_of(daemon->socket), daemon->socket);
	daemon->state_file = mem_text(path, strlen(path));
}

static void
fill_user(struct loader *loader)
{
	struct conf_daemon *daemon = &loader->conf->daemon;
	const char *user = getpwnam("roost") != NULL ? "roost" : "nobody";

	if (daemon->user == NULL)
		daemon->user = mem_text(user, strlen(user));
}

static void
fill_workers(struct loader *loader)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);

	if (loader->conf->daemon.workers != 0)
		return;
	if (cores > COMPILED_WORKERS_MAX)
		cores = COMPILED_WORKERS_MAX;
	loader->conf->daemon.workers = cores > 3 ? (uint32_t)cores - 1 : 2;
}

/* One address to connect from per family: a single listen address that is no wildcard. */
static void
fill_local_address(struct loader *loader)
{
	static const uint8_t wildcard[16];
	struct conf_daemon *daemon = &loader->conf->daemon;
	size_t i, family, found;

	if (load_given(loader, "daemon.local_address", SCHEMA_DAEMON) != NULL)
		return;
	daemon->local_address.items = mem_new(FAMILY_COUNT, sizeof(struct conf_address));
	for (family = 0; family < FAMILY_COUNT; family++) {
		const struct conf_address *only = NULL;

		for (found = 0, i = 0; i < daemon->listen.count; i++) {
			if (daemon->listen.items[i].family != family)
				continue;
			only = &daemon->listen.items[i];
			found++;
		}
		if (found == 1 && memcmp(only->addr, wildcard, sizeof(wildcard)) != 0)
			daemon->local_address.items[daemon->local_address.count++] = *only;
	}
}

/* RFC 9774, which is younger than ARouteServer's defaults: its files mean what they meant there. */
void
defaults_fill_general(struct loader *loader)
{
	if (load_given(loader, "cfg.filtering.reject_as_set", SCHEMA_GENERAL) == NULL)
		loader->conf->settings.rejects_as_set = !loader->is_arouteserver;
}

void
defaults_fill(struct loader *loader)
{
	fill_sockets(loader);
	fill_state_file(loader);
	fill_user(loader);
	fill_workers(loader);
	fill_local_address(loader);
}
