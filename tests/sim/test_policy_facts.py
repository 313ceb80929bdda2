"""The naive policy on the data sets, against facts that another implementation found.

Equal: RPKI, ASPA and IRR for every route, and every tag but those in EXPLAINED.
"""
import collections
import csv

import exchange_conf
import naive_exchange
import naive_policy
import naive_policy_data as data
import plan
import pytest
from players import ROOT

EXCHANGES = ("exchange", "exchange-small")
ROUTES = {"exchange": 57585, "exchange-small": 2566}
# (exchange, session, prefix, tag): why the facts have it and the policy does not.
EXPLAINED = {
    ("exchange", "2001:db8:ff::2906:1", "2600::/12", "too_wide"):
        "the facts call IPv6 under /16 too wide; the policy's bounds are 12..48, inclusive",
    ("exchange-small", "2001:db8:5a::42:1", "2600::/12", "too_wide"):
        "the facts call IPv6 under /16 too wide; the policy's bounds are 12..48, inclusive",
}
# What a verdict's reason must be able to point at among the facts on the route.
TAG_OF_REASON = {1: "long_path", 2: "bogon_prefix default", 3: "peering_lan", 5: "next_hop",
                 6: "first_as", 7: "bogon_asn", 8: "transit_free_in_path",
                 10: "bogon_prefix default", 13: "too_specific too_wide", 15: "never_via_rs",
                 16: "rs_asn_in_path", 17: "bogon_asn"}
# In the order of the specification; 9 and 12 stand between these and what comes last.
ORDER = (17, 16, 5, 1, 6, 7, 8, 15, 10, 3, 2)


class World:
    """Routes, the plain policy, and the facts of one data set."""

    def __init__(self, name):
        self.name, self.folder = name, f"{ROOT}/tests/data/{name}"
        _, conf = exchange_conf.configuration(self.folder, "plain")
        self.known = data.Facts().read_exchange(self.folder)
        self.policy = naive_policy.Policy(conf.cfg, conf.clients, conf.bogons, self.known)
        self.macros = {client["ip"][0]: client["cfg"]["filtering"]["irrdb"]["as_sets"]
                       for client in conf.clients}
        exchange = naive_exchange.Exchange(plan.read_exchange(self.folder)[1])
        exchange.load_routes()
        self.facts = []
        with plan.open_text(f"{self.folder}/expected/verdicts.csv.gz") as file:
            for row in csv.DictReader(file):
                route = exchange.tables[row["session_address"]][row["prefix"]]
                self.facts.append((route, row))


@pytest.fixture(name="world", scope="module", params=EXCHANGES)
def fixture_world(request):
    return World(request.param)


def tags(policy, route):
    """The facts' tags, found by the policy's steps, whatever comes before them."""
    peer, (version, _, length) = policy.peers[route.session.local], data.prefix_of(route.prefix)
    limits = peer.filtering[f"ipv{version}_pref_len"]
    is_bogon = policy.bogon(peer, route, None) or policy.global_unicast(peer, route, None)
    found = {
        "default": length == 0,
        "bogon_prefix": length > 0 and is_bogon,
        "too_specific": length > limits["max"],
        "too_wide": 0 < length < limits["min"],
        "peering_lan": policy.global_black_list(peer, route, None),
        "first_as": policy.first_as(peer, route, None),
        "as_set": "{" in route.path,
        "bogon_asn": policy.invalid_asn(peer, route, None),
        "rs_asn_in_path": policy.rs_as in route.asns,
        "long_path": policy.path_length(peer, route, None),
        "transit_free_in_path": policy.transit_free_asn(peer, route, None),
        "never_via_rs": policy.never_via_asn(peer, route, None),
        "next_hop": policy.next_hop(peer, route, None),
        "blackhole": "65535:666" in route.text.split("|")[4].split(),
    }
    return {tag for tag, is_there in found.items() if is_there}


def test_columns(world, record_property):
    """rpki, aspa, irr_origin, irr_route: 0 differences."""
    known, policy, counts, wrong = world.known, world.policy, collections.Counter(), []
    for route, row in world.facts:
        prefix, origin = data.prefix_of(route.prefix), naive_policy.origin_of(route)
        peer = policy.peers[route.session.local]
        objects = {True: "exact", False: "none"}[
            known.has_route(known.routes, prefix, {origin}, False)]
        if objects == "none" and known.has_route(known.routes, prefix, {origin}, True):
            objects = "wider"
        ours = {"rpki": known.rov(prefix, origin), "aspa": known.aspa(route.hops),
                "irr_origin": "in" if policy.is_origin_authorised(peer, origin) else "out",
                "irr_route": objects}
        counts.update(ours.items())
        wrong += [(row["session_address"], row["prefix"], key, row[key], value)
                  for key, value in ours.items() if row[key] != value]
    assert not wrong, wrong[:10]
    assert len(world.facts) == ROUTES[world.name]
    record_property("said", f"{world.name}: {len(world.facts):,} routes, differences 0 in rpki, "
                    "aspa, irr_origin, irr_route; " + ", ".join(
                        f"{key} {value} {n:,}" for (key, value), n in sorted(counts.items())))


def test_tags(world, record_property):
    """Each differing tag is explained, and each explanation is of one that differs."""
    differing, count = set(), 0
    for route, row in world.facts:
        ours, theirs = tags(world.policy, route), set(row["tags"].split())
        count += len(theirs)
        assert not ours - theirs, (row, ours)
        differing |= {(world.name, row["session_address"], row["prefix"], tag)
                      for tag in theirs - ours}
    assert differing == {key for key in EXPLAINED if key[0] == world.name}
    record_property("said", f"{world.name}: {count} tags, {len(differing)} differing: " + "; ".join(
        f"{key[3]} of {key[2]}: {EXPLAINED[key]}" for key in sorted(differing)))


def expected_reasons(world, route, row):
    """The reasons that the facts allow: one by the order, or 12 where they can not tell."""
    theirs = set(row["tags"].split())
    if (world.name, row["session_address"], row["prefix"], "too_wide") in EXPLAINED:
        theirs.discard("too_wide")
    for reason in ORDER:
        is_said = theirs & set(TAG_OF_REASON[reason].split())
        if reason == 17:
            is_said = 0 in route.asns
        elif reason in (10, 2):
            is_said = is_said and (reason == 2) == (":" not in row["prefix"] or
                                                    row["prefix"].startswith("2"))
        if is_said:
            return {reason}
    if row["irr_origin"] == "out":
        return {9}
    after = 14 if row["rpki"] == "invalid" else 13 if theirs & {"too_specific", "too_wide"} \
        else None
    if "blackhole" in theirs:
        after = None
    # Another origin of the same member may have a route object for the prefix.
    return {after} if row["irr_route"] == "exact" else {after, 12}


def test_verdicts(world, record_property):
    """The first reason that the facts give, in the specification's order, is the verdict's."""
    reasons = collections.Counter()
    for route, row in world.facts:
        reason = world.policy.judge(route).reason
        reasons[reason] += 1
        assert reason in expected_reasons(world, route, row), row
    record_property("said", f"{world.name}, plain policy: {reasons.pop(None):,} accepted; " +
                    ", ".join(f"reason {r}: {n:,}" for r, n in sorted(reasons.items())))
