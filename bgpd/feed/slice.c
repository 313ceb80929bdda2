/* Values of data files as text; see slice.h. */
#include "bgpd/feed/slice.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define NUMBER_TEXT_MAX 40

bool
slice_is(struct slice s, const char *text)
{
	return strlen(text) == s.len && memcmp(s.at, text, s.len) == 0;
}

bool
slice_is_word(struct slice s, const char *text)
{
	return strlen(text) == s.len && strncasecmp(s.at, text, s.len) == 0;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct slice
slice_trim(struct slice s)
{
	while (s.len > 0 && is_blank(s.at[0])) {
		s.at++;
		s.len--;
	}
	while (s.len > 0 && is_blank(s.at[s.len - 1]))
		s.len--;
	return s;
}

bool
slice_split(struct slice *rest, char separator, struct slice *out)
{
	const char *found;

	if (rest->at == NULL)
		return false;
	found = memchr(rest->at, separator, rest->len);
	if (found == NULL) {
		*out = *rest;
		*rest = (struct slice){0};
		return true;
	}
	*out = (struct slice){rest->at, (size_t)(found - rest->at)};
	rest->len -= out->len + 1;
	rest->at = found + 1;
	return true;
}

bool
slice_number(struct slice s, uint64_t max, uint64_t *out)
{
	uint64_t value = 0;

	if (s.len == 0 || s.len > 18)
		return false;
	for (size_t i = 0; i < s.len; i++) {
		if (s.at[i] < '0' || s.at[i] > '9')
			return false;
		value = value * 10 + (uint64_t)(s.at[i] - '0');
	}
	if (value > max)
		return false;
	*out = value;
	return true;
}

bool
slice_asn(struct slice s, uint32_t *out)
{
	uint64_t value;

	if (s.len > 2 && strncasecmp(s.at, "AS", 2) == 0) {
		s.at += 2;
		s.len -= 2;
	}
	if (!slice_number(s, UINT32_MAX, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}

/* As a terminated text; false where it does not fit or has a zero within. */
static bool
terminate(struct slice s, char *out, size_t size)
{
	if (s.len == 0 || s.len >= size || memchr(s.at, '\0', s.len) != NULL)
		return false;
	memcpy(out, s.at, s.len);
	out[s.len] = '\0';
	return true;
}

bool
slice_prefix(struct slice s, struct prefix *out)
{
	char text[PREFIX_TEXT_MAX];

	return terminate(s, text, sizeof(text)) && strchr(text, '/') != NULL &&
	    prefix_parse(text, out) == 0;
}

bool
slice_address(struct slice s, struct policy_address *out)
{
	char text[INET6_ADDRSTRLEN];
	struct policy_address address = {0};

	if (!terminate(s, text, sizeof(text)))
		return false;
	address.family = strchr(text, ':') == NULL ? FAMILY_IPV4 : FAMILY_IPV6;
	if (inet_pton(address.family == FAMILY_IPV4 ? AF_INET : AF_INET6, text, address.addr) != 1)
		return false;
	*out = address;
	return true;
}

bool
slice_rtt(struct slice s, uint32_t *out)
{
	char text[NUMBER_TEXT_MAX], *end;
	double ms;

	/* strtod() would take "inf", "nan" and hexadecimal as well */
	if (!terminate(s, text, sizeof(text)) || strspn(text, "0123456789.eE+-") != s.len)
		return false;
	ms = strtod(text, &end);
	if (*end != '\0' || !isfinite(ms) || ms < 0)
		return false;
	if (ms == 0)
		*out = POLICY_RTT_UNKNOWN;
	else if (ms < 1)
		*out = 1;
	else if (ms >= POLICY_RTT_MAX_MS)
		*out = POLICY_RTT_MAX_MS;
	else
		*out = (uint32_t)(ms + 0.5);
	return true;
}

bool
slice_time(struct slice s, uint64_t *out)
{
	static const char form[] = "dddd-dd-ddTdd:dd:dd";
	struct tm tm = {0};
	int *const fields[] = {
	    &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour, &tm.tm_min, &tm.tm_sec};
	size_t field = 0, i;
	time_t seconds;

	if (s.len < sizeof(form))
		return false;
	for (i = 0; i < sizeof(form) - 1; i++) {
		bool is_digit = s.at[i] >= '0' && s.at[i] <= '9';

		if (form[i] == 'd' ? !is_digit : s.at[i] != form[i])
			return false;
		if (is_digit)
			*fields[field] = *fields[field] * 10 + (s.at[i] - '0');
		else
			field++;
	}
	if (s.at[i] == '.')
		for (i++; i < s.len && s.at[i] >= '0' && s.at[i] <= '9';)
			i++;
	s = (struct slice){s.at + i, s.len - i};
	if (!slice_is(s, "Z") && !slice_is(s, "+00:00"))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	seconds = timegm(&tm);
	if (seconds < 0)
		return false;
	*out = (uint64_t)seconds;
	return true;
}
