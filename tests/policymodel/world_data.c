/* Random data of the Internet: RPKI, IRR, whois, PeeringDB, RTT; see world.h. */
#include <string.h>

#include "tests/policymodel/random.h"
#include "tests/policymodel/world.h"

static void
make_vrps(struct naive_data *d)
{
	d->vrp_count = 0;
	for (unsigned n = 20 + rnd(40); n > 0; n--) {
		unsigned i = rnd(WORLD_PREFIXES);
		struct naive_vrp *vrp = &d->vrps[d->vrp_count];
		unsigned max;

		*vrp = (struct naive_vrp){.prefix = world_prefix(i)};
		max = vrp->prefix.family == NAIVE_IPV4 ? 32 : 128;
		if (vrp->prefix.len < 8)
			continue;
		vrp->max_len = vrp->prefix.len +
		    (chance(50) ? 0 : rnd(max - vrp->prefix.len + 1) / (1 + rnd(3)));
		vrp->asn = chance(75) ? world_home(i) : chance(20) ? 0 : world_any_asn();
		d->vrp_count++;
	}
}

static void
make_aspas(struct naive_data *d)
{
	d->aspa_count = 2 + rnd(12);
	for (unsigned i = 0; i < d->aspa_count; i++) {
		struct naive_aspa *a = &d->aspas[i];

		*a = (struct naive_aspa){.customer = world_any_asn()};
		for (unsigned n = rnd(NAIVE_ASNS); n > 0; n--)
			world_add_asn(&a->providers, chance(5) ? 0 : world_any_asn());
		world_sort(&a->providers);
	}
}

static unsigned
make_routes(struct naive_route_object *out, unsigned percent)
{
	unsigned count = 0;

	for (unsigned i = 0; i < WORLD_PREFIXES; i++)
		for (unsigned n = 0; n < 2; n++)
			if (chance(percent))
				out[count++] =
				    (struct naive_route_object){.prefix = world_prefix(i),
					.origin = chance(80) ? world_home(i) : world_any_asn()};
	return count;
}

static void
make_objects(struct naive_data *d)
{
	static const char *const names[] = {"AS-ONE", "AS-TWO", "RIPE::AS-TWO", "AS-THREE",
	    "AS64500:AS-FOUR", "AS301", "AS200001", "AS101", "AS-EMPTY", "AS-ONE"};

	d->object_count = 0;
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct naive_object *o = &d->objects[d->object_count];

		if (chance(10))
			continue;
		*o = (struct naive_object){.name = names[i]};
		d->object_count++;
		if (strcmp(names[i], "AS-EMPTY") == 0)
			continue;
		for (unsigned n = 4 + rnd(NAIVE_ASNS); n > 0; n--)
			world_add_asn(&o->asns, chance(80) ? world_origin() : world_member_asn());
		world_sort(&o->asns);
		world_make_list(&o->prefixes, 2, false);
	}
}

static void
make_networks(struct naive_data *d)
{
	static const char *const names[] = {"AS-ONE", "AS-THREE", "AS-EMPTY", "AS-MISSING"};

	d->network_count = 4 + rnd(NAIVE_PEERS - 4);
	for (unsigned i = 0; i < d->network_count; i++) {
		struct naive_network *n = &d->networks[i];

		*n = (struct naive_network){.asn = chance(70) ? world_member_asn() : 403,
		    .has_prefixes = {chance(70), chance(70)},
		    .prefixes = {3 + rnd(20), 3 + rnd(20)},
		    .object_count = rnd(3)};
		n->never_via = n->asn == 403 ? chance(70) : chance(4);
		for (unsigned k = 0; k < n->object_count; k++)
			n->objects[k] = names[rnd(4)];
	}
}

void
world_make_rtts(struct naive_world *w)
{
	w->data.rtt_count = 0;
	for (unsigned i = 0; i < w->peer_count; i++)
		if (chance(40))
			w->data.rtts[w->data.rtt_count++] = (struct naive_rtt){
			    .address = w->peers[rnd(w->peer_count)].address, .rtt_ms = 1 + rnd(35)};
}

void
world_make_data(struct naive_world *w)
{
	struct naive_data *d = &w->data;

	make_vrps(d);
	make_aspas(d);
	d->route_count = make_routes(d->routes, 75);
	d->arin_count = make_routes(d->arin, 10);
	d->registrobr_count = make_routes(d->registrobr, 10);
	make_objects(d);
	make_networks(d);
	world_make_rtts(w);
}
