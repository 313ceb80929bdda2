/* The request that a configuration makes; see feed.h. Parent only. */
#include <stdlib.h>
#include <string.h>

#include "bgpd/feed/array.h"
#include "bgpd/feed/feed.h"
#include "bgpd/ipc/bug.h"
#include "policy/config.h"

/* The request is the first member: feed_request_free() finds the rest by it. */
struct own_request {
	struct feed_request request;
	struct array files;
	struct array objects; /* const char * */
	struct array anchors; /* const char * */
	struct array asns;
};

static int
compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int
compare_asns(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void
add_file(struct array *files, enum feed_kind kind, const char *path)
{
	struct feed_file file = {kind, path};

	if (path != NULL)
		array_add(files, &file, 1);
}

static void
add_files(struct array *files, const struct conf_feeds *feeds)
{
	for (size_t i = 0; i < feeds->irr.count; i++)
		add_file(files, FEED_IRR, feeds->irr.items[i]);
	for (size_t i = 0; i < feeds->rpki.count; i++)
		add_file(files, FEED_RPKI, feeds->rpki.items[i]);
	add_file(files, FEED_ARIN, feeds->arin);
	add_file(files, FEED_REGISTROBR, feeds->registrobr);
	add_file(files, FEED_PEERINGDB, feeds->peeringdb);
	add_file(files, FEED_RTT, feeds->rtt);
}

static void
add_anchors(struct array *anchors, const struct conf_feeds *feeds)
{
	static const char *const nobody = "";

	if (feeds->any_trust_anchor)
		return;
	for (size_t i = 0; i < feeds->trust_anchors.count; i++)
		array_add(anchors, &feeds->trust_anchors.items[i], 1);
	/* An empty list allows none; an empty request would allow all. */
	if (feeds->trust_anchors.count == 0)
		array_add(anchors, &nobody, 1);
}

/* AS-SETs of all clients; of those without any, the ASN, if PeeringDB is to be asked. */
static void
add_objects(struct own_request *own, const struct policy_config *policy)
{
	bool ask_peeringdb = (policy->general->flags & GENERAL_IRR_PEERING_DB) != 0;

	for (uint32_t slot = 0; slot < policy->peer_count; slot++) {
		const struct policy_peer *peer = &policy->peers[slot];

		if (peer->kind != PEER_CLIENT)
			continue;
		for (uint32_t i = 0; i < peer->objects.count; i++) {
			const char *name =
			    policy->text + policy->names[peer->objects.first + i].text;

			array_add(&own->objects, &name, 1);
		}
		if (ask_peeringdb && peer->objects.count == 0)
			array_add(&own->asns, &peer->asn, 1);
	}
	array_sort_unique(&own->objects, compare_texts);
	array_sort_unique(&own->asns, compare_asns);
}

struct feed_request *
feed_request_new(const struct conf *conf, uint64_t now_s)
{
	struct own_request *own = bug_calloc(1, sizeof(*own));
	const struct conf_feeds *feeds = conf_feeds(conf);
	struct policy_config policy = {0};

	array_init(&own->files, sizeof(struct feed_file));
	array_init(&own->objects, sizeof(char *));
	array_init(&own->anchors, sizeof(char *));
	array_init(&own->asns, sizeof(uint32_t));
	conf_policy(conf, &policy);
	add_files(&own->files, feeds);
	add_anchors(&own->anchors, feeds);
	add_objects(own, &policy);
	own->request = (struct feed_request){
	    .files = own->files.records,
	    .objects = own->objects.records,
	    .anchors = own->anchors.records,
	    .network_asns = own->asns.records,
	    .file_count = own->files.count,
	    .object_count = own->objects.count,
	    .anchor_count = own->anchors.count,
	    .network_asn_count = own->asns.count,
	    .now_s = now_s,
	    .rpki_age_s = feeds->rpki_max_age_s,
	};
	return &own->request;
}

void
feed_request_free(struct feed_request *request)
{
	struct own_request *own = (struct own_request *)request;

	if (own == NULL)
		return;
	array_fini(&own->files);
	array_fini(&own->objects);
	array_fini(&own->anchors);
	array_fini(&own->asns);
	free(own);
}
