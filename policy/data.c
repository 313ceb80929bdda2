/*
 * Looks at every record of a generation before anybody relies on it: policy_data_error().
 *
 * The records come from our own readers through memory that nobody can write any more. What is
 * looked for is what would harm the process (an offset or range that leads out of the arrays, a
 * prefix or length that no address has) or make answers wrong in silence (a list that should
 * ascend and does not). Ranges may be shared, but not so much that a small generation makes a large
 * data set. Runs in every process that is given data.
 */
#include <string.h>

#include "policy/data.h"
#include "policy/prefixmap.h"

#define FOUND_MAX  (UINT32_C(1) << 30) /* records of a kind that are found by a key */
#define SHARES_MAX 64		       /* ranges that one element may be in, on average */

bool
policy_range_has(const struct policy_data *data, struct policy_range asns, uint32_t asn)
{
	uint32_t from = 0, n = asns.count;

	while (from < n) {
		uint32_t middle = from + (n - from) / 2;
		uint32_t found = data->asns[asns.first + middle];

		if (found == asn)
			return true;
		if (found < asn)
			from = middle + 1;
		else
			n = middle;
	}
	return false;
}

/* An array of a generation: that it is there if it has records, and no larger than we can take. */
struct array {
	const void *records;
	uint32_t count;
	uint32_t max;
};

static const char *
arrays_error(const struct policy_data *data)
{
	const struct array arrays[] = {
	    {data->vrps, data->vrp_count, PREFIXMAP_RECORDS_MAX},
	    {data->routes, data->route_count, PREFIXMAP_RECORDS_MAX},
	    {data->arin, data->arin_count, PREFIXMAP_RECORDS_MAX},
	    {data->registrobr, data->registrobr_count, PREFIXMAP_RECORDS_MAX},
	    {data->prefixes, data->prefix_count, PREFIXMAP_RECORDS_MAX},
	    {data->aspas, data->aspa_count, FOUND_MAX},
	    {data->objects, data->object_count, FOUND_MAX},
	    {data->networks, data->network_count, FOUND_MAX},
	    {data->rtts, data->rtt_count, FOUND_MAX},
	    {data->asns, data->asn_count, UINT32_MAX},
	    {data->names, data->name_count, UINT32_MAX},
	    {data->text, data->text_len, UINT32_MAX},
	};

	for (size_t i = 0; i < sizeof(arrays) / sizeof(arrays[0]); i++) {
		if (arrays[i].count > 0 && arrays[i].records == NULL)
			return "data: records that are counted but not there";
		if (arrays[i].count > arrays[i].max)
			return "data: more records of a kind than can be taken in";
	}
	return NULL;
}

static const char *
text_error(const struct policy_data *data)
{
	if (data->text_len == 0)
		return NULL;
	if (data->text[0] != '\0' || data->text[data->text_len - 1] != '\0')
		return "data: the pool of texts does not begin and end with a zero";
	return NULL;
}

static const char *
vrps_error(const struct policy_data *data)
{
	for (uint32_t i = 0; i < data->vrp_count; i++) {
		const struct data_vrp *vrp = &data->vrps[i];

		if (!prefix_is_valid(&vrp->prefix))
			return "data: a VRP's prefix is not valid";
		if (vrp->max_len < vrp->prefix.len ||
		    vrp->max_len > prefix_max_len(vrp->prefix.family))
			return "data: a VRP's longest length is out of range";
		if (vrp->zero != 0)
			return "data: a VRP has octets that are not zero";
	}
	return NULL;
}

static const char *
route_array_error(const struct data_route *routes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		if (!prefix_is_valid(&routes[i].prefix))
			return "data: a route object's prefix is not valid";
		if (routes[i].zero[0] != 0 || routes[i].zero[1] != 0)
			return "data: a route object has octets that are not zero";
	}
	return NULL;
}

static const char *
routes_error(const struct policy_data *data)
{
	const char *error = route_array_error(data->routes, data->route_count);

	if (error == NULL)
		error = route_array_error(data->arin, data->arin_count);
	if (error == NULL)
		error = route_array_error(data->registrobr, data->registrobr_count);
	return error;
}

static const char *
prefixes_error(const struct policy_data *data)
{
	for (uint32_t i = 0; i < data->prefix_count; i++) {
		const struct policy_prefix *entry = &data->prefixes[i];

		if (!prefix_is_valid(&entry->prefix))
			return "data: an object's prefix is not valid";
		if (entry->ge < entry->prefix.len || entry->le < entry->ge ||
		    entry->le > prefix_max_len(entry->prefix.family))
			return "data: the lengths of an object's prefix are out of range";
		if (entry->has_asn != 0)
			return "data: an object's prefix has an origin";
	}
	return NULL;
}

static bool
is_within(struct policy_range range, uint32_t count)
{
	return range.first <= count && range.count <= count - range.first;
}

static bool
is_ascending(const struct policy_data *data, struct policy_range range)
{
	const uint32_t *asns = data->asns + range.first;

	for (uint32_t i = 1; i < range.count; i++) {
		if (asns[i - 1] >= asns[i])
			return false;
	}
	return true;
}

/* A range of asns; *looked counts how many were looked at in all. */
static const char *
asns_error(const struct policy_data *data, struct policy_range range, uint64_t *looked)
{
	if (!is_within(range, data->asn_count))
		return "data: a range of ASNs leads out of their array";
	*looked += range.count;
	if (*looked > (uint64_t)SHARES_MAX * data->asn_count)
		return "data: too many records share the same ASNs";
	if (range.count > 0 && !is_ascending(data, range))
		return "data: a range of ASNs does not ascend";
	return NULL;
}

static const char *
aspas_error(const struct policy_data *data)
{
	uint64_t looked = 0;

	for (uint32_t i = 0; i < data->aspa_count; i++) {
		const char *error = asns_error(data, data->aspas[i].providers, &looked);

		if (error != NULL)
			return error;
	}
	return NULL;
}

static const char *
objects_error(const struct policy_data *data)
{
	uint64_t looked = 0;

	for (uint32_t i = 0; i < data->object_count; i++) {
		const struct data_object *object = &data->objects[i];
		const char *error = asns_error(data, object->asns, &looked);

		if (error != NULL)
			return error;
		if (object->name >= data->text_len || data->text[object->name] == '\0')
			return "data: an object without a name";
		if (!is_within(object->prefixes, data->prefix_count))
			return "data: a range of prefixes leads out of their array";
	}
	return NULL;
}

static const char *
names_error(const struct policy_data *data)
{
	for (uint32_t i = 0; i < data->name_count; i++) {
		if (data->names[i].text >= data->text_len)
			return "data: a name leads out of the pool of texts";
	}
	return NULL;
}

static const char *
networks_error(const struct policy_data *data)
{
	for (uint32_t i = 0; i < data->network_count; i++) {
		const struct data_network *network = &data->networks[i];

		if (!is_within(network->objects, data->name_count))
			return "data: a range of names leads out of their array";
		if (network->has_prefixes[FAMILY_IPV4] > 1 ||
		    network->has_prefixes[FAMILY_IPV6] > 1 ||
		    network->never_via_route_servers > 1 || network->zero != 0)
			return "data: a network's flag is neither 0 nor 1";
	}
	return NULL;
}

/* True if the octets that the family does not have are zero. */
static bool
is_address(const struct policy_address *address)
{
	static const uint8_t zero[12];

	if (address->family >= FAMILY_COUNT || memcmp(address->zero, zero, 3) != 0)
		return false;
	return address->family != FAMILY_IPV4 || memcmp(address->addr + 4, zero, 12) == 0;
}

static const char *
rtts_error(const struct policy_data *data)
{
	for (uint32_t i = 0; i < data->rtt_count; i++) {
		if (!is_address(&data->rtts[i].address))
			return "data: an RTT's address is not valid";
		if (data->rtts[i].rtt_ms == POLICY_RTT_UNKNOWN ||
		    data->rtts[i].rtt_ms > POLICY_RTT_MAX_MS)
			return "data: an RTT is out of range";
	}
	return NULL;
}

const char *
policy_data_error(const struct policy_data *data)
{
	static const char *(*const checks[])(const struct policy_data *) = {arrays_error,
	    text_error, vrps_error, routes_error, prefixes_error, aspas_error, objects_error,
	    names_error, networks_error, rtts_error};
	const char *error = NULL;

	for (size_t i = 0; i < sizeof(checks) / sizeof(checks[0]) && error == NULL; i++)
		error = checks[i](data);
	return error;
}
