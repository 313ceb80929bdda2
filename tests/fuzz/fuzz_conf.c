/*
 * Fuzz target: a configuration file. Whatever the octets are, conf_load() either gives a
 * configuration that compiles into records which children accept, or errors with a place. Loaded
 * once more beside itself it gives every peer the same slot and worker.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bgpd/conf/compiled.h"
#include "bgpd/conf/conf.h"

static void
check_conf(const struct conf *conf)
{
	struct compiled compiled;
	size_t slot;
	int fd = conf_compile(conf, 1);

	MUST(fd >= 0);
	MUST(compiled_map(fd, &compiled) == 0);
	MUST(compiled.head->slots == conf_slots(conf));
	for (slot = 0; slot < conf_slots(conf); slot++) {
		const struct conf_peer *peer = conf_peer(conf, slot);
		const struct conf_address *address = peer == NULL ? NULL : &peer->address;

		MUST((peer == NULL) == (slot >= conf_peer_count(conf)));
		if (peer == NULL)
			continue;

		MUST(conf_find_peer(conf, (enum family)address->family, address->addr) ==
		    (long)slot);
	}
	compiled_unmap(&compiled);
	close(fd);
}

static void
check_reload(const struct conf *conf, const char *path)
{
	struct conf_report report;
	struct conf *again;
	size_t slot;

	conf_report_init(&report);
	again = conf_load_beside(path, "fuzz", conf, &report);
	MUST(again != NULL);
	MUST(conf_slots(again) == conf_slots(conf));
	for (slot = 0; slot < conf_slots(conf); slot++) {
		const struct conf_peer *a = conf_peer(conf, slot), *b = conf_peer(again, slot);

		MUST((a == NULL) == (b == NULL));
		MUST(a == NULL || (a->asn == b->asn && a->worker == b->worker));
	}
	conf_free(again);
	conf_report_fini(&report);
}

static void
check_report(const struct conf_report *report)
{
	size_t i;

	MUST(report->count <= CONF_ERRORS_MAX + CONF_WARNINGS_MAX);
	for (i = 0; i < report->count; i++) {
		const struct conf_note *note = &report->notes[i];

		MUST(note->text[0] != '\0' && note->file[0] != '\0');
		MUST(strpbrk(note->text, "\n\r\t\x1b") == NULL);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC);
	struct conf_report report;
	struct conf *conf;
	char path[64];

	MUST(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	conf_report_init(&report);
	conf = conf_load(path, "fuzz", &report);
	MUST((conf == NULL) == (report.errors > 0));
	check_report(&report);
	if (conf != NULL) {
		check_conf(conf);
		check_reload(conf, path);
	}
	conf_free(conf);
	conf_report_fini(&report);
	close(fd);
	return 0;
}
