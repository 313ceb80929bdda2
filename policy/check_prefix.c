/*
 * Rows of the table of checks that look at the prefix: policy.md section 5 steps 1, 10, 11 and 15.
 * Runs in rib.
 */
#include <stdio.h>

#include "policy/check.h"

/*
 * policy.md section 3: that of the session's address, IPv4 by RFC 8950, or both by configuration
 * (RFC 4760).
 */
enum policy_outcome
check_family(struct judging *j)
{
	return check_reject_if((j->peer->families >> j->path->prefix->family & 1) == 0);
}

void
say_family(const struct judging *j, char *buf, size_t size)
{
	static const char *const names[FAMILY_COUNT] = {"IPv4", "IPv6"};

	snprintf(buf, size, "%s on an %s session", names[j->path->prefix->family],
	    names[j->peer->family]);
}

enum policy_outcome
check_global_unicast(struct judging *j)
{
	const struct prefix *prefix = j->path->prefix;

	if (prefix->family != FAMILY_IPV6)
		return check_skip(j, "IPv4");
	return check_reject_if(prefix->len < 3 || (prefix->addr[0] & 0xe0) != 0x20);
}

/* "prefix 10.1.0.0/16", and what follows. */
static void
say_prefix(const struct judging *j, const char *verb, const char *what, char *buf, size_t size)
{
	char text[PREFIX_TEXT_MAX];

	prefix_format(j->path->prefix, text);
	snprintf(buf, size, "prefix %s%s%s", text, verb, what);
}

void
say_global_unicast(const struct judging *j, char *buf, size_t size)
{
	const struct prefix *prefix = j->path->prefix;
	bool is_inside = prefix->len >= 3 && (prefix->addr[0] & 0xe0) == 0x20;

	say_prefix(j, is_inside ? " inside " : " outside ", "2000::/3", buf, size);
}

static enum policy_outcome
ask_list(struct judging *j, const struct prefixlist *list)
{
	if (list == NULL)
		return check_skip(j, "the list is empty");
	j->entry = prefixlist_match(list, j->path->prefix);
	return check_reject_if(j->entry != NULL);
}

/* "prefix 10.1.0.0/16 matches bogon 10.0.0.0/8-32" */
static void
say_list(const struct judging *j, const char *what, char *buf, size_t size)
{
	char entry[96];
	char text[PREFIX_TEXT_MAX];

	if (j->entry == NULL) {
		say_prefix(j, "", "", buf, size);
		return;
	}
	prefix_format(&j->entry->prefix, text);
	if (j->entry->ge == j->entry->prefix.len && j->entry->le == j->entry->ge)
		snprintf(entry, sizeof(entry), "%s %s", what, text);
	else if (j->entry->ge == j->entry->prefix.len)
		snprintf(entry, sizeof(entry), "%s %s-%u", what, text, j->entry->le);
	else
		snprintf(
		    entry, sizeof(entry), "%s %s-%u-%u", what, text, j->entry->ge, j->entry->le);
	say_prefix(j, " matches ", entry, buf, size);
}

enum policy_outcome
check_global_black_list(struct judging *j)
{
	return ask_list(j, j->policy->checks->black_list);
}

void
say_global_black_list(const struct judging *j, char *buf, size_t size)
{
	say_list(j, "black list", buf, size);
}

enum policy_outcome
check_client_black_list(struct judging *j)
{
	return ask_list(j, j->lists->black_list);
}

void
say_client_black_list(const struct judging *j, char *buf, size_t size)
{
	say_list(j, "the client's black list", buf, size);
}

enum policy_outcome
check_bogon(struct judging *j)
{
	return ask_list(j, j->policy->checks->bogons);
}

void
say_bogon(const struct judging *j, char *buf, size_t size)
{
	say_list(j, "bogon", buf, size);
}

enum policy_outcome
check_length(struct judging *j)
{
	const struct prefix *prefix = j->path->prefix;

	return check_reject_if(prefix->len < j->peer->length_min[prefix->family] ||
	    prefix->len > j->peer->length_max[prefix->family]);
}

void
say_length(const struct judging *j, char *buf, size_t size)
{
	const struct prefix *prefix = j->path->prefix;

	snprintf(buf, size, "length %u, allowed %u..%u", prefix->len,
	    j->peer->length_min[prefix->family], j->peer->length_max[prefix->family]);
}
