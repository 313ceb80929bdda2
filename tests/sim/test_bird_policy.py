"""Whole exchanges with a full policy: roostd's tables at every member against Debian's BIRD 2.

Both run over the same data with the same policy, as far as BIRD has one (bird_filters.py; ASPA is
off); what each member was told is compared path by path with all attributes. Nothing may differ:
of what BIRD does otherwise the policies let nothing through. Routes made for it show those
differences, each of a class with its reason; whatever is of no class fails. With
ROOST_WHOLE_EXCHANGE=1 in the environment the large exchange is compared, too.
"""
import collections
import ipaddress
import itertools
import os
import tempfile

import bird_filters
import exchange_conf
import naive_exchange
import naive_policy_out
import plan
import pytest
import test_exchange
import test_policy_exchange
from players import Bird, Sim, joined, lines

WHOLE = [test_exchange.Case("exchange", "exchange", test_exchange.daemon.ROOSTD, [], 120)]
SMALL = [test_exchange.Case("exchange-small", "exchange-small", test_exchange.daemon.ROOSTD, [],
                            4)]
CASES = {f"{case.name}-{variant}": (case, variant)
         for case in SMALL + (WHOLE if os.environ.get("ROOST_WHOLE_EXCHANGE") else [])
         for variant in exchange_conf.VARIANTS}
NEXT_HOP, EXT = 2, 5  # fields of a route's attributes in a dump
TRANSITIVE_BIT = 1 << 62


class Lan(test_policy_exchange.PolicyLan):
    """An exchange without ASPA, and BIRD's configuration for it."""

    def __init__(self, case, variant, folder):
        super().__init__(case, variant, folder)
        self.conf.cfg["filtering"]["aspa"] = {"enabled": False}
        self.write()

    def write(self):
        exchange_conf.write_yaml(f"{self.folder}/general.yml", {"cfg": self.conf.cfg})
        exchange_conf.write_yaml(f"{self.folder}/clients.yml", {"clients": self.conf.clients})
        bird_filters.write(self.conf, self.source, f"{self.folder}/bird.conf", self.sessions)


def held(path):
    """(session, prefix) -> attributes, communities sorted."""
    found, known = {}, {}
    for line in lines(path):
        session, prefix, path_id, attributes = line.split("|", 3)
        assert path_id == "0"
        if attributes not in known:
            known[attributes] = naive_policy_out.canonical(attributes)
        found[session, prefix] = known[attributes]
    return found


def of_roostd(lan, folder, say, monkeypatch, rounds):
    """The tables of all members after each round of commands to the simulator."""
    with test_policy_exchange.PolicyRun(lan, say, folder, monkeypatch) as run:
        tables = []
        for commands in rounds:
            for command in commands:
                run.sim.run(command)
                run.settle(300)
            run.settle(700)
            tables.append(dump(run.sim, folder))
        run.end()
    return tables


def of_bird(lan, folder, rounds):
    """Members on a wire of their own: BIRD takes no neighbour whose address is the host's."""
    network, _ = plan.read_exchange(lan.source)
    server, members = joined([f"{network.servers[n.version]}/{n.prefixlen}"
                              for n in network.networks], lines(f"{lan.folder}/addresses.txt"))
    with server, members, Bird(server, lan.folder), \
            Sim(members, "--plan", f"{lan.folder}/plan.txt", "--timeout", "300") as sim:
        tables = []
        for commands in rounds:
            for command in commands:
                sim.run(command, "wait quiet 300")
            sim.run("wait quiet 1500")
            tables.append(dump(sim, folder))
        assert sim.end()[0] == 0
    return tables


def dump(sim, folder):
    path = f"{folder}/dump"
    sim.run(f"dump {path}")
    try:
        return held(path)
    finally:
        os.unlink(path)


# ---- classes of differences ----

class Comparison:
    """Two tables of one moment; the model knows who announced what for a prefix."""

    def __init__(self, model, ours, birds):
        self.ours, self.birds = ours, birds
        self.model, self.candidates = model, model.candidates()

    def classes(self):
        """class -> [(session, prefix)], the differences; those without a class under None."""
        found = collections.defaultdict(list)
        for key in self.ours.keys() | self.birds.keys():
            if self.ours.get(key) != self.birds.get(key):
                found[self.class_of(key)].append(key)
        return found

    def class_of(self, key):
        ours, birds = self.ours.get(key), self.birds.get(key)
        return next((name for name, test in CLASSES.items() if test(self, key, ours, birds)), None)

    def is_own_next_hop(self, key, ours, birds):
        """BIRD tells nobody a route whose next hop is the receiver's own address.

        It reads RFC 4271 section 5.1.3 so that it holds for routes that are only passed on; with
        `secondary` it does not look for another path then. A route server that mitigates path
        hiding by the receiver's policy alone does pass it: the receiver knows its own address.
        """
        return birds is None and ours.split("|")[NEXT_HOP] == key[0]

    def is_non_transitive(self, key, ours, birds):
        """BIRD removes all non-transitive extended communities; RFC 7947 2.2.4 keeps them."""
        if ours is None or birds is None:
            return False
        fields = ours.split("|")
        kept = [v for v in fields[EXT].split() if not int(v, 16) & TRANSITIVE_BIT]
        fields[EXT] = " ".join(kept)
        return "|".join(fields) == birds

    def is_order_of_meds(self, key, ours, birds):
        """A MED decides between some of three or more paths, but not between all of them.

        BIRD compares two at a time and sorts once for all receivers, the receiver's own paths
        among the others (`deterministic med` is not for sorted tables): what it gives depends on
        the order of arrival. RFC 4271 9.1.2.2 c takes a path away when any other of the same
        neighbouring AS has a lower one.
        """
        if ours is None or birds is None:
            return False
        hops = {text.split("|")[NEXT_HOP] for text in (ours, birds)}
        routes = self.candidates[key[1]]
        told = [r for r in routes if naive_exchange.normal_address(r.next_hop) in hops]
        if len(told) != 2 or self.rank(told[0]) != self.rank(told[1]):
            return False
        meds = collections.defaultdict(set)
        for route in routes:
            if self.rank(route) == self.rank(told[0]):
                meds[route.neighbour].add(route.med)
        return len(meds) > 1 and any(len(own) > 1 for own in meds.values())

    @staticmethod
    def rank(route):
        """What is compared before the MED."""
        return route.verdict.local_pref, route.length, route.origin


CLASSES = {
    "next hop is the receiver's own address": Comparison.is_own_next_hop,
    "non-transitive extended communities": Comparison.is_non_transitive,
    "MED among three or more paths": Comparison.is_order_of_meds,
}


def explain(comparison, key):
    """What is told on either side, and who announced what."""
    session, prefix = key
    said = [f"{session} {prefix}", f"  roostd {comparison.ours.get(key)}",
            f"  BIRD   {comparison.birds.get(key)}"]
    said += [f"  {r.session.local} {r.text} local_pref {r.verdict.local_pref}"
             for r in comparison.candidates[prefix]]
    return "\n".join(said)


@pytest.fixture(name="lan")
def fixture_lan(request):
    """Its folder is open to all: started by root, roostd reads data as somebody without rights."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield Lan(*CASES[request.param], folder)


@pytest.fixture(name="say")
def fixture_say(record_property):
    def say(text):
        print(text)
        record_property("said", text)
    return say


@pytest.fixture(name="compare")
def fixture_compare(tmp_path, monkeypatch, say):
    """Runs both through some rounds; gives the comparison after each as the model goes along."""
    def compare(lan, rounds, play):
        with lan.space:
            ours = of_roostd(lan, str(tmp_path), say, monkeypatch, rounds)
        birds = of_bird(lan, str(tmp_path), rounds)
        model = lan.model()
        for number, (mine, theirs) in enumerate(zip(ours, birds)):
            play(model, number)
            yield Comparison(model, mine, theirs)
    return compare


def judge(comparison, what, say):
    """Says the numbers; a difference without a class fails. Returns the differences by class."""
    found = comparison.classes()
    unknown = found.pop(None, [])
    ours, birds = comparison.ours, comparison.birds
    say(f"{what}: {len(ours):,} routes at members, {len(birds):,} with BIRD, equal "
        f"{sum(text == birds.get(key) for key, text in ours.items()):,}" +
        "".join(f"; {name}: {len(keys):,}" for name, keys in sorted(found.items())) +
        f"; unexplained {len(unknown)}")
    assert not unknown, "\n".join(explain(comparison, k) for k in sorted(unknown)[:10])
    assert ours
    return found


@pytest.mark.parametrize("lan", CASES, indirect=True)
def test_same_tables_as_bird(lan, compare, say):
    """Nothing differs: the policy lets through nothing of what would."""
    rounds = [["wait up", "wait eor"]]
    if lan.case.exchange == "exchange-small":
        rounds.append([f"play {lan.halves[0]} {lan.case.speed}", "wait play"])
    names = "first table", "half of the churn"
    for number, comparison in enumerate(compare(
            lan, rounds, lambda model, n: model.play(lan.halves[0]) if n == 1 else None)):
        found = judge(comparison, f"{lan.case.name}, {lan.variant}, {names[number]}", say)
        assert not found


# ---- what is known to differ, made on purpose ----

def accepted(model, test):
    """An accepted route of a member of which something is true."""
    return next(r for table in model.tables.values() for r in table.values()
                if r.verdict.accept and not r.verdict.is_blackhole and test(r))


def line_of(route, **changes):
    """A line of routes with some fields changed."""
    names = ("path", "origin", "next_hop", "med", "std", "ext", "lrg")
    fields = dict(zip(names, route.text.split("|")))
    fields.update(changes)
    return "|".join([route.prefix, *(fields[n] for n in names)])


def other_router(model, session):
    """Another session of the same member and family, or None."""
    return next((s for s in model.sessions.values() if s is not session and
                 s.asn == session.asn and s.family == session.family), None)


def identifier(session):
    return int(ipaddress.ip_address(session.bgp_id))


def circle(model):
    """(A2, B, A1) sessions and a route of A1's: a MED and identifiers put theirs into a circle.

    A1 and A2 are of one member. A2 is better than B, and B better than A1, by identifier.
    """
    for a2, b, a1 in itertools.permutations(model.sessions.values(), 3):
        if a1.asn == a2.asn != b.asn and a1.family == b.family == a2.family and \
                identifier(a2) < identifier(b) < identifier(a1):
            return (a2, b, a1), accepted(model, lambda r: r.session is a1 and {
                o.session.asn for o in model.candidates()[r.prefix]} == {a1.asn})
    raise AssertionError("no three sessions like this")


def authorise(lan, session, prefix):
    """Lets a member announce a prefix that is not its own."""
    client = next(c for c in lan.conf.clients if c["asn"] == session.asn)
    irr = client["cfg"]["filtering"]["irrdb"]
    irr["white_list_route"] = [exchange_conf.entry(prefix)]
    lan.write()


def made(model, sessions, route):
    """(session, line of a route) to announce one after the other: one prefix of each class."""
    two = accepted(model, lambda r: other_router(model, r.session) and r.prefix != route.prefix)
    yield two.session.name, line_of(two, next_hop=other_router(model, two.session).local)
    alone = accepted(model, lambda r: len(model.candidates()[r.prefix]) == 1 and
                     r.prefix not in (two.prefix, route.prefix))
    yield alone.session.name, line_of(alone, ext="4004fde800000001 0002fde800000007")
    for session, med in zip(sessions, ("20", "", "10")):
        yield session.name, line_of(route, path=f"{session.asn} {route.hops[-1]}", origin="i",
                                    next_hop=session.local, med=med, std="", ext="", lrg="")


@pytest.mark.parametrize("lan", ["exchange-small-plain"], indirect=True)
def test_known_differences(lan, compare, say):
    """One prefix for each class, and that is what differs. BIRD hears A2, B, A1 in this order."""
    model = lan.model()
    sessions, route = circle(model)
    authorise(lan, sessions[1], route.prefix)
    new = list(made(model, sessions, route))
    gone = [f"withdraw {name} {line.split('|')[0]}" for name, line in new
            if line.split("|")[0] in model.tables[name]]
    rounds = [["wait up", "wait eor", *gone, *(f"announce {name} {line}" for name, line in new)]]

    def play(model, _):
        for name, line in new:
            model.announce(name, line)
    for comparison in compare(lan, rounds, play):
        found = judge(comparison, f"{lan.case.name}, made to differ", say)
        assert found.keys() == CLASSES.keys()
        assert len(found["next hop is the receiver's own address"]) == 1
        prefixes = {name: {prefix for _, prefix in keys} for name, keys in found.items()}
        assert all(len(found) == 1 for found in prefixes.values()), prefixes
