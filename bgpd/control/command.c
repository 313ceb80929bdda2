/* The commands: a row each. Help, permission and dispatch read the same table. */
#include <stdio.h>
#include <string.h>

#include "bgpd/control/query.h"

static const struct command rows[] = {
    {"show summary", "summary", false, true, NULL, summary_step, ""},
    {"show peers", "peers", true, true, NULL, peers_step, ""},
    {"show peer", "peer", false, true, show_peer_start, show_peer_step, "peer"},
    {"show history", "history", true, true, show_peer_start, history_step, "peer"},
    {"show routes", "routes", true, true, routes_start, routes_step,
	"prefix match from to rejected withheld all"},
    {"explain", "explain", true, true, explain_start, explain_step, "prefix from to"},
    {"admit", "admit", false, true, admit_start, admit_step, "peer"},
    {"show communities", "communities", true, true, NULL, communities_step, ""},
    {"show policy", "policy", false, true, show_policy_start, show_policy_step, "peer"},
    {"show attributes", "attributes", true, true, NULL, attributes_step, ""},
    {"show memory", "memory", false, true, NULL, memory_step, ""},
    {"show alarms", "alarms", true, true, NULL, alarms_step, ""},
    {"show processes", "processes", true, true, NULL, processes_step, ""},
    {"clear", "done", false, false, NULL, clear_step, "peer"},
    {"shutdown", "done", false, false, NULL, shutdown_step, "peer text"},
    {"enable", "done", false, false, NULL, enable_step, "peer"},
    {"refresh", "done", false, false, NULL, refresh_step, "peer family"},
    {"reload", "reload", false, false, reload_start, reload_step, ""},
    {"log level", "done", false, false, NULL, log_level_step, "level"},
};

const struct command *
command_find(const char *name)
{
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (strcmp(rows[i].name, name) == 0)
			return &rows[i];
	return NULL;
}

bool
command_takes(const struct command *command, const char *arg)
{
	const char *word = command->args;
	size_t len = strlen(arg);

	while (*word != '\0') {
		size_t word_len = strcspn(word, " ");

		if (word_len == len && strncmp(word, arg, len) == 0)
			return true;
		word += word_len;
		word += *word == ' ';
	}
	return false;
}

const char *
command_names(void)
{
	static char names[512];
	size_t len = 0;

	if (names[0] != '\0')
		return names;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && len < sizeof(names); i++)
		len += (size_t)snprintf(
		    names + len, sizeof(names) - len, "%s%s", i == 0 ? "" : ", ", rows[i].name);
	return names;
}
