/* Pages, a row each: see page.h. */
#include "bgpd/cli/page.h"

#include <string.h>

#include "bgpd/cli/table.h"

void
page_say(FILE *out, const json_t *object, const char *template)
{
	static char cell[CELL_MAX];
	char path[64];

	while (*template != '\0') {
		size_t len = strcspn(template, "{");

		fprintf(out, "%.*s", (int)len, template);
		template += len;
		if (*template == '\0')
			return;
		len = strcspn(++template, "}");
		snprintf(path, sizeof(path), "%.*s", (int)len, template);
		cell_any(table_value(object, path), cell);
		fputs(cell, out);
		template += len;
		template += *template == '}';
	}
}

static bool
is_true(const json_t *object, const char *path)
{
	return json_is_true(table_value(object, path));
}

/* True for a value that says something. */
static bool
is_given(const json_t *object, const char *path)
{
	const json_t *value = table_value(object, path);

	return value != NULL && !json_is_null(value) &&
	    (!json_is_array(value) || json_array_size(value) > 0) &&
	    (!json_is_string(value) || json_string_length(value) > 0);
}

static void
say_if(FILE *out, const json_t *object, const char *path, const char *template)
{
	if (is_given(object, path))
		page_say(out, object, template);
}

/* ---- explain ---- */

static void
put_communities(FILE *out, const char *label, const json_t *object)
{
	static char cell[CELL_MAX];

	cell_communities(object, cell);
	cell_disarm(cell);
	if (cell[0] != '\0')
		fprintf(out, "  %-13s %s\n", label, cell);
}

static void
put_attributes(FILE *out, const json_t *object, const char *label)
{
	static char path[CELL_MAX];

	cell_path(object, path);
	cell_disarm(path);
	fprintf(out, "  %-13s %s\n", "AS path", path);
	page_say(out, object, "  next hop      {next_hop}\n");
	say_if(out, object, "med", "  MED           {med}\n");
	say_if(out, object, "otc", "  OTC           {otc}\n");
	put_communities(out, label, object);
}

static void
put_verdict(FILE *out, const json_t *route)
{
	const json_t *reason = json_array_get(json_object_get(route, "reject_reasons"), 0);
	const json_t *observed = json_object_get(route, "observed"), *item;
	size_t i;

	if (is_true(route, "accepted"))
		fprintf(
		    out, "  accepted%s", is_true(route, "best") ? ", the server's best path" : "");
	else
		page_say(out, reason, "  rejected: {code} {name}, {text}");
	if (is_true(route, "tagged"))
		fprintf(out, "; kept for collectors");
	if (is_true(route, "stale"))
		fprintf(out, "; stale: its member is away, or has not said it again yet");
	if (is_true(route, "gone"))
		fprintf(out, "; its session is over");
	fputc('\n', out);
	say_if(out, reason, "value", "  looked at     {value}\n");
	json_array_foreach(observed, i, item)
	    page_say(out, item, "  only observed: {code} {name}: {value}\n");
	if (is_true(route, "is_judged_again"))
		fprintf(out,
		    "  policy has changed and it may be judged otherwise in a moment: the "
		    "checks below are the new ones\n");
}

static void
put_export(FILE *out, const json_t *export)
{
	if (json_is_null(export) || export == NULL)
		return;
	if (!is_true(export, "told")) {
		page_say(out, export,
		    "\nto {to} (AS{to_asn}): not told, {withheld.name}: {withheld.text}\n");
		return;
	}
	page_say(out, export, "\nto {to} (AS{to_asn}): told\n");
	put_attributes(out, json_object_get(export, "attributes"), "communities");
}

static void
put_explain(const json_t *route, FILE *out)
{
	page_say(out, route, "{prefix} from {peer} (AS{peer_asn})\n");
	put_verdict(out, route);
	put_attributes(out, route, "received");
	put_communities(out, "server's view", json_object_get(route, "view"));
	page_say(out, route, "  LOCAL_PREF    {local_pref}\n\n");
	table_print("checks", json_object_get(route, "checks"), out, 0);
	put_export(out, json_object_get(route, "export"));
}

/* ---- show policy ---- */

static void
put_heading(FILE *out, const json_t *object)
{
	page_say(out, object, "{peer} (AS{asn})");
	say_if(out, object, "description", " {description}");
	fputc('\n', out);
}

static void
put_irr(FILE *out, const json_t *irr)
{
	if (json_is_null(irr))
		return;
	page_say(out, irr, "\nIRR: {origins} origins authorised");
	say_if(out, irr, "as_sets_from", ", AS-SETs from {as_sets_from}");
	fputc('\n', out);
	table_print("as_sets", json_object_get(irr, "as_sets"), out, 0);
}

static void
put_rtt(FILE *out, const json_t *rtt)
{
	fputs("\nRTT:", out);
	say_if(out, rtt, "configured_ms", " configured {configured_ms} ms,");
	say_if(out, rtt, "file_ms", " in a file {file_ms} ms,");
	say_if(out, rtt, "measured_ms", " measured {measured_ms} ms,");
	if (is_given(rtt, "source"))
		page_say(out, rtt, " {steers_ms} ms steers ({source})\n");
	else
		fputs(" unknown to control communities\n", out);
}

static void
put_policy(const json_t *policy, FILE *out)
{
	const json_t *observed = json_object_get(policy, "observed"), *item;
	size_t i;

	put_heading(out, policy);
	page_say(out, policy, "{kind}");
	if (is_true(policy, "quarantine"))
		fputs(", in quarantine", out);
	say_if(out, policy, "role", ", our role {role}");
	fputc('\n', out);
	say_if(out, policy, "observe", "only observed: {observe}\n");
	json_array_foreach(observed, i, item)
	    page_say(out, item, "  {reason} would have rejected {judged} times\n");
	fputs("\nLimits\n", out);
	table_print("limits", json_object_get(policy, "limits"), out, 0);
	put_irr(out, json_object_get(policy, "irr"));
	put_rtt(out, json_object_get(policy, "rtt"));
	fputs("\nSite rules that name it\n", out);
	table_print("rules", json_object_get(policy, "rules"), out, 0);
	fputs("\nSettings in force (server: one value for everybody)\n", out);
	table_print("settings", json_object_get(policy, "settings"), out, 0);
}

/* ---- admit ---- */

/* A line for each example; the first one bears the sum. */
static void
put_sums(FILE *out, const char *title, const json_t *sums)
{
	json_t *lines = json_array(), *sum, *example, *line;
	size_t i, n;

	json_array_foreach(sums, i, sum)
	{
		json_array_foreach(json_object_get(sum, "examples"), n, example)
		{
			line = json_deep_copy(example);
			if (n == 0)
				json_object_update(line, sum);
			json_array_append_new(lines, line);
		}
	}
	if (json_array_size(lines) > 0) {
		fprintf(out, "\n%s\n", title);
		table_print("sums", lines, out, 0);
	}
	json_decref(lines);
}

static void
put_admit(const json_t *o, FILE *out)
{
	put_heading(out, o);
	page_say(out, o,
	    "{received} routes: {accepted} pass, {rejected} rejected, {observed} only observed\n");
	if (!is_true(o, "end_of_rib_received"))
		fputs(
		    "the peer has not said that these are all (End-of-RIB): more may come\n", out);
	say_if(out, o, "limit.limit",
	    "limit: {limit.counted} of {limit.limit} prefixes, exceeded: {limit.exceeded}\n");
	put_sums(out, "Rejected", json_object_get(o, "reasons"));
	put_sums(out, "Only observed", json_object_get(o, "observations"));
	fprintf(out, "\n%s\n", is_true(o, "passes") ? "passes" : "FAILS");
	page_say(out, o, "{next}\n");
}

/* ---- reload ---- */

static void
put_reload(const json_t *o, FILE *out)
{
	const json_t *messages = json_object_get(o, "messages"), *message;
	static char cell[CELL_MAX];
	size_t i;

	page_say(out, o, "generation {generation} is in force after {took_ms} ms\n");
	page_say(out, o,
	    "peers: {peers.added} added, {peers.removed} removed, {peers.reset} reset by "
	    "changed settings\n");
	if (json_array_size(messages) > 0)
		page_say(out, o, "\nwarnings and notes: {warnings}\n");
	json_array_foreach(messages, i, message)
	{
		cell_any(message, cell);
		fprintf(out, "  %s\n", cell);
	}
}

/* ---- Alice-LG ---- */

/* Its parser takes what stands behind these for a remark. */
static void
put_meaning(FILE *out, const json_t *item)
{
	static char text[CELL_MAX];

	cell_any(json_object_get(item, "meaning"), text);
	for (char *p = text; *p != '\0'; p++)
		if (*p == ';' || *p == '#')
			*p = ',';
	fputs(text, out);
}

/* It knows no community but standard, large, rt and ro, and nothing acts on what is off. */
static bool
is_for_alice(const json_t *item)
{
	const char *key = json_string_value(json_object_get(item, "key"));
	const char *way = json_string_value(json_object_get(item, "direction"));

	return key != NULL && strncmp(key, "generic:", 8) != 0 && way != NULL &&
	    strcmp(way, "not in effect") != 0;
}

static void
put_alice_item(FILE *out, const char *section, const json_t *item)
{
	if (strcmp(section, "rpki") == 0) {
		page_say(out, item, "{key} = {pattern}\n");
	} else if (strcmp(section, "blackhole_communities") == 0) {
		page_say(out, item, "{key}\n");
	} else {
		page_say(out, item, "{key} = ");
		put_meaning(out, item);
		fputc('\n', out);
	}
}

static void
put_alice(const json_t *items, FILE *out)
{
	static const char *const sections[] = {"rejection_reasons", "noexport_reasons", "rpki",
	    "blackhole_communities", "bgp_communities"};
	const char *between = "";
	json_t *item;
	size_t i;

	for (size_t s = 0; s < sizeof(sections) / sizeof(sections[0]); s++) {
		bool begun = false;

		json_array_foreach(items, i, item)
		{
			const char *own = json_string_value(json_object_get(item, "section"));

			if (own == NULL || strcmp(own, sections[s]) != 0 || !is_for_alice(item))
				continue;
			if (!begun)
				fprintf(out, "%s[%s]\n%s", between, sections[s],
				    strcmp(own, "rpki") == 0 ? "enabled = true\n" : "");
			begun = true;
			between = "\n";
			put_alice_item(out, own, item);
		}
	}
}

static const struct page pages[] = {
    {"explain", false, put_explain},
    {"policy", false, put_policy},
    {"admit", false, put_admit},
    {"reload", false, put_reload},
    {"alice", true, put_alice},
};

const struct page *
page_find(const char *name)
{
	for (size_t i = 0; i < sizeof(pages) / sizeof(pages[0]); i++)
		if (strcmp(pages[i].name, name) == 0)
			return &pages[i];
	return NULL;
}
