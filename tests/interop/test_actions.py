"""Action communities, told and heard by real daemons of Debian 12.

One exchange with a full vocabulary of communities. Members with 16-bit ASNs, with 32-bit ones with
and without a 16-bit stand-in ask everything that can be asked, in standard, large and extended
communities, each in its own configuration language; what came of it is read in the tables of all
the others. actions.py says who asks what and what must come of it.
"""
import itertools
import json
import os
import subprocess

import pytest

import actions
import lab
import members
from actions import GRACEFUL_SHUTDOWN, WITHHELD, Values, both, extra

FAMILIES = (4, 6)
# Numbers of prefixes that no request has.
MAIN, SECOND, TOO_LONG = 250, 251, 240
SETTLE_S = 90

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")
each_family = pytest.mark.parametrize("family", FAMILIES)
each_receiver = pytest.mark.parametrize("name", [p.name for p in actions.RECEIVERS])


def shared(family, n):
    """A prefix that several members may announce."""
    return f"11.200.{n}.0/24" if family == 4 else f"2a00:200:{n}::/48"


def strange(family, n):
    """A prefix that nobody may announce."""
    return f"12.0.{n}.0/24" if family == 4 else f"2a01:1:{n}::/48"


# (who, prefix, what it says, how often its ASN stands once more): the same destination twice.
LEAVING = both(Values(std=(GRACEFUL_SHUTDOWN, "3356:7")))
PAIRS = [("bird", 1, LEAVING, 0), ("frr", 1, Values(), 2),
         ("quiet", 2, LEAVING, 0), ("exabgp", 2, Values(), 2)]
# What a request says on a route that is rejected stays on it for the collector.
SAYS = both(actions.FOREIGN, actions.asked("lrg", ("64500:0:2012",)))
STRANGERS = ("bird", "frr", "gobgp", "openbgpd", "exabgp")
FORM_FIELDS = {"std": "communities", "lrg": "large", "ext": "ext"}


class Collector(members.Bird):
    channel_words = "add paths rx;"

    def client(self):
        return {"asn": self.asn, "ip": [self.host.addr4, self.host.addr6],
                "password": self.password}


def others(receiver):
    """Those whose routes it hears."""
    return [p for p in actions.PARTIES if p is not receiver and not p.quarantine]


def further(party, family):
    """What a member announces beside its requests."""
    for who, n, says, prepend in PAIRS:
        if who == party.name:
            yield extra(shared(family, n), says, prepend)
    if party.name in STRANGERS:
        yield extra(strange(family, 1), SAYS)
        yield extra(strange(family, party.number), SAYS)
        yield extra(party.prefix(family, TOO_LONG, 25 if family == 4 else 49), SAYS)


def data_files(folder):
    """The data that authorise the members; names of files by feed."""
    objects = []
    for party, family in itertools.product(actions.PARTIES, FAMILIES):
        word = "route" if family == 4 else "route6"
        spaces = [party.space(family)] if party.irr == "objects" else []
        spaces += [shared(family, n) for who, n, *_ in PAIRS if who == party.name]
        objects += [f"{word}: {space}\norigin: AS{party.asn}\nsource: TEST\n" for space in spaces]
    (folder / "routes.rpsl").write_text("\n".join(objects))
    roas = [{"asn": p.asn, "prefix": str(p.space(f)), "maxLength": 24 if f == 4 else 48,
             "ta": "ripe"} for p in actions.PARTIES if p.roa for f in FAMILIES]
    (folder / "rpki.json").write_text(json.dumps({"roas": roas}))
    for name in ("routes.rpsl", "rpki.json"):
        (folder / name).chmod(0o644)
    return {"irr": str(folder / "routes.rpsl"), "rpki": str(folder / "rpki.json")}


class Exchange:
    def __init__(self):
        subprocess.run([lab.ROOT / "tests" / "peers.sh"], check=True, timeout=600)
        self.lab = lab.Lab()
        self.rs_host = self.lab.add("rs", 1)
        self.members = {p.name: self.member(p) for p in actions.PARTIES}
        self.collector = Collector(self.lab.add("collector", actions.COLLECTOR_NUMBER),
                                   actions.COLLECTOR_NUMBER, self.rs_host)
        self.collector.asn = actions.COLLECTOR_ASN
        self.rs = lab.RouteServer(
            self.rs_host, [self.client(p) for p in actions.PARTIES], general=actions.general(),
            sections={"feeds": data_files(self.rs_host.dir),
                      "collectors": [self.collector.client()]})

    def member(self, party):
        host = self.lab.add(party.name, party.number)
        member = party.kind(host, party.number, self.rs_host)
        member.asn = party.asn
        member.main = {f: party.prefix(f, MAIN) for f in FAMILIES}
        member.second = {f: party.prefix(f, SECOND) for f in FAMILIES}
        for f in FAMILIES:
            member.extra += [extra(prefix, request.says, request.prepend)
                             for request, prefix in actions.asking(party, f)]
            member.extra += further(party, f)
        return member

    def client(self, party):
        entry = self.members[party.name].client()
        del entry["filters"]
        entry["cfg"] = {**entry.get("cfg", {}), **actions.client_cfg(party)}
        entry["rtt"] = party.rtt or 0
        entry["quarantine"] = party.quarantine
        if party.mapped:
            entry["16bit_mapped_asn"] = party.mapped
        return entry

    def start(self):
        self.rs.start()
        for member in [*self.members.values(), self.collector]:
            member.start()
            lab.until(f"{member} answers", member.is_ready)
        for member in self.members.values():
            member.announce_first()

    # --- what must be where ---

    def hop(self, announcer, receiver, family):
        sender, taker = self.members[announcer.name], self.members[receiver.name]
        if family == 6 and sender.sends_link_local and getattr(taker, "shows_link_local", False):
            return sender.host.link6
        return sender.address(family)

    def route(self, announcer, receiver, family, values, prepends=0, adds=(), hop=None):
        path = [announcer.asn] * (1 + prepends)
        if receiver.prepend_rs_as:
            path.insert(0, 64500)
        return members.Route(
            " ".join(map(str, path)), hop or self.hop(announcer, receiver, family), 50,
            set(values.std) | set(adds), set(values.lrg), set(values.ext))

    def outcome(self, announcer, receiver, family, request):
        """The Route that a request leads to at a receiver, or None."""
        want = request.want(receiver)
        if want is WITHHELD:
            return None
        values = both(actions.tags(announcer), want.keeps)
        if want.removes:
            values = Values(*(tuple(v for v in have if v not in gone)
                              for have, gone in zip(values, want.removes)))
        return self.route(announcer, receiver, family, values, want.prepends, want.adds,
                          want.hop and want.hop[family])

    def requested(self, receiver, family, group):
        """{prefix: Route} of the requests of a group that a receiver must have."""
        found = {}
        for announcer in others(receiver):
            for request, prefix in actions.asking(announcer, family):
                if request.group == group:
                    found[prefix] = self.outcome(announcer, receiver, family, request)
        return {prefix: route for prefix, route in found.items() if route}

    def wants(self, receiver, family):
        """{prefix: Route} of all that a receiver must have."""
        found = dict(self.pairs(receiver, family))
        for group in actions.GROUPS:
            found.update(self.requested(receiver, family, group))
        for announcer in others(receiver):
            found.update(self.plain_routes(announcer, receiver, family))
        return found

    def plain_routes(self, announcer, receiver, family):
        member = self.members[announcer.name]
        own = Values(tuple(member.communities), tuple(member.large))
        route = self.route(announcer, receiver, family, both(actions.tags(announcer), own))
        return {member.main[family]: route, member.second[family]: route}

    def pairs(self, receiver, family):
        """Who asks to be avoided is, unless the server does not do that for it."""
        tagged = actions.values(actions.OUTBOUND, "origin_present_in_as_set",
                                "prefix_present_in_as_set")
        for n in (1, 2):
            first, second = (actions.BY_NAME[who] for who, m, *_ in PAIRS if m == n)
            says = LEAVING if first.graceful_shutdown else Values(std=("3356:7",))
            is_first = receiver is second if first.graceful_shutdown else receiver is not first
            announcer = first if is_first else second
            values = both(tagged, actions.values(actions.CUSTOMS, *announcer.customs),
                          says if is_first else Values())
            yield shared(family, n), self.route(announcer, receiver, family, values,
                                                0 if is_first else 2)

    def settle(self):
        """Waits until everybody has as many routes as must be."""
        for receiver, family in itertools.product(actions.RECEIVERS, FAMILIES):
            member, want = self.members[receiver.name], set(self.wants(receiver, family))
            try:
                lab.until("", lambda: set(member.routes(family)) == want, SETTLE_S, 0.5)
            except AssertionError:
                have = set(member.routes(family))
                raise AssertionError(f"{receiver.name}: missing {sorted(want - have)}, too many "
                                     f"{sorted(have - want)}") from None


@pytest.fixture(scope="module")
def exchange():
    x = Exchange()
    try:
        x.start()
        yield x
    finally:
        x.lab.close()


@pytest.fixture(scope="module")
def tables(exchange):
    """What everybody has in the end: {(name, family): {prefix: Route}}."""
    exchange.settle()
    return {(p.name, f): exchange.members[p.name].routes(f)
            for p in actions.PARTIES for f in FAMILIES}


def differences(have, want):
    """Prefixes that differ, with what was wanted and what is there."""
    return [f"{p}: wanted {want.get(p)}\n      has {have.get(p)}"
            for p in sorted(set(have) | set(want)) if have.get(p) != want.get(p)]


def test_everyone_has_exactly_its_prefixes(exchange, tables):
    for receiver, family in itertools.product(actions.RECEIVERS, FAMILIES):
        assert set(tables[receiver.name, family]) == set(exchange.wants(receiver, family))


@each_family
@pytest.mark.parametrize("group", actions.GROUPS)
def test_requests(exchange, tables, group, family):
    """Who gets it, AS path, next hop and all communities, at every member."""
    asked = {prefix for p in actions.ANNOUNCERS for r, prefix in actions.asking(p, family)
             if r.group == group}
    wrong, seen = [], 0
    for receiver in actions.RECEIVERS:
        want = exchange.requested(receiver, family, group)
        have = {p: r for p, r in tables[receiver.name, family].items() if p in asked}
        wrong += [f"{receiver.name}: {text}" for text in differences(have, want)]
        seen += len(asked)
    assert not wrong, f"{len(wrong)} of {seen} differ:\n" + "\n".join(wrong[:10])
    assert asked


@each_family
@each_receiver
def test_tags_and_customs(exchange, tables, name, family):
    """IRR, ROA and white list tags, customs of the announcer, on routes that ask nothing."""
    receiver = actions.BY_NAME[name]
    want = {}
    for announcer in others(receiver):
        want.update(exchange.plain_routes(announcer, receiver, family))
    have = {p: r for p, r in tables[name, family].items() if p in want}
    assert not differences(have, want)


@each_family
@each_receiver
def test_graceful_shutdown(exchange, tables, name, family):
    """The longer path, where the shorter one's member wants to be avoided."""
    want = dict(exchange.pairs(actions.BY_NAME[name], family))
    have = {p: r for p, r in tables[name, family].items() if p in want}
    assert not differences(have, want)
    bird = exchange.members["bird"].address(family)
    (route,) = exchange.rs.routes(shared(family, 1), "from", bird)
    assert route["local_pref"] == 0 and GRACEFUL_SHUTDOWN in route["communities"]


def test_states_of_origin_validation_stay_here(tables):
    """RFC 8097 section 2: non-transitive; the exchange's own for it are internal."""
    routes = [r for table in tables.values() for r in table.values()]
    assert len(routes) > 5000
    assert not [r for r in routes if any(c.startswith(("4300", "{")) for c in r.ext)]


@each_family
def test_quarantine(exchange, tables, family):
    """It gets nothing and gives nothing; what it announces is judged and shown."""
    member = exchange.members["quarantined"]
    assert not tables["quarantined", family]
    routes = exchange.rs.routes("from", member.address(family))
    assert {r["prefix"] for r in routes} == {member.main[family], member.second[family]}
    assert all(r["accepted"] for r in routes)
    assert not [t for t in tables.values() if member.main[family] in t]


# --- rejected routes ---

def rejects(party, family):
    """{prefix: reason} of what a member announces and must not."""
    if party.name not in STRANGERS:
        return {}
    length = 25 if family == 4 else 49
    return {strange(family, 1): 12, strange(family, party.number): 12,
            party.prefix(family, TOO_LONG, length): 14 if party.roa else 13}


def tagged(party, code):
    """The communities of a rejected route: the member's own, and all that was found out."""
    internal = actions.INTERNAL
    names = ["origin_present_in_as_set"]
    if code == 12 or party.irr == "white_list_route":
        names += ["prefix_not_present_in_as_set"]
    else:
        names += ["prefix_present_in_as_set"]
    if code != 12 and party.irr == "white_list_route":
        names += ["route_validated_via_white_list"]
    values = [SAYS, actions.values(actions.OUTBOUND, *names),
              actions.values(actions.CUSTOMS, *party.customs)]
    if code != 12:
        state = "invalid" if code == 14 else "unknown"
        values.append(actions.values(internal, f"rpki_bgp_origin_validation_{state}"))
    values += [actions.values(internal, "reject_cause", last=n) for n in (0, code)]
    by = actions.values(internal, "rejected_route_announced_by", last=party.asn)
    values.append(by._replace(std=actions.value(internal, "rejected_route_announced_by", "std",
                                                party.std_asn) if party.std_asn else ()))
    if code == 14:
        values.append(actions.values(actions.REJECT_MAP, "14"))
    return both(*values)


@each_family
def test_collector_gets_the_tagged_routes(exchange, tables, family):
    """All paths of members whose rejects are kept, and no others; nothing is scrubbed."""
    want = []
    for party in actions.PARTIES:
        if party.reject_policy:
            continue
        for prefix, code in rejects(party, family).items():
            values = tagged(party, code)
            want.append((prefix, members.Route(
                str(party.asn), exchange.members[party.name].address(family), 50,
                set(values.std), set(values.lrg), set(values.ext))))
    have = exchange.collector.paths(family)
    def in_order(paths):
        """Sets print in any order; sorted lists compare and sort."""
        return sorted((p, *(sorted(v) if isinstance(v, (set, frozenset)) else str(v) for v in r))
                      for p, r in paths)
    assert in_order(have) == in_order(want)
    assert sum(prefix == strange(family, 1) for prefix, _ in have) == 3


@each_family
def test_rejected_routes_are_shown(exchange, tables, family):
    """With their reason, whatever becomes of them otherwise."""
    for party in actions.PARTIES:
        address = exchange.members[party.name].address(family)
        shown = {r["prefix"]: [reason["code"] for reason in r["reject_reasons"]]
                 for r in exchange.rs.routes("rejected", "from", address)}
        assert shown == {prefix: [code] for prefix, code in rejects(party, family).items()}


# --- the whole server goes ---

def test_server_says_that_it_goes(exchange, tables):
    """After a reload everything bears 65535:0 as well, and no session was lost."""
    before = exchange.rs.sessions()
    exchange.rs.conf["cfg"]["graceful_shutdown"]["perform"] = True
    exchange.rs.reload()
    for (name, family), old in tables.items():
        want = {p: r._replace(communities=r.communities | {GRACEFUL_SHUTDOWN})
                for p, r in old.items()}
        member = exchange.members[name]
        lab.until(f"{name} hears it", lambda: all(
            GRACEFUL_SHUTDOWN in r.communities for r in member.routes(family).values()))
        assert not differences(member.routes(family), want)
    assert exchange.rs.sessions() == before


def test_it_ends_well(exchange):
    exchange.rs.end()
