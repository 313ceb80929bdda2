"""What data decide, seen by real daemons: routes that the IRR or the RPKI does not authorise are
told to nobody and shown with their reason; new data change that without a new session.

BIRD, FRR and GoBGP are the members. Each announces routes of its own and of customers, all of them
proper BGP: what becomes of them is a matter of the files alone, which every test changes and
reloads. The tests run in order, and each leaves the data as it found them.
"""
import json
import os
import subprocess

import pytest

import lab
import members
from members import Extra

FAMILIES = (4, 6)
PLACES = {"bird": (members.Bird, 10), "frr": (members.Frr, 11), "gobgp": (members.GoBgp, 12)}
# Kinds of routes; with the data of the beginning only own and customer are good.
OWN, CUSTOMER, STRANGER, UNLISTED, HIJACKED = range(1, 6)
REASONS = {OWN: None, CUSTOMER: None, STRANGER: 9, UNLISTED: 12, HIJACKED: 14}

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


def prefix(number, kind, family):
    """The prefix of a kind that a member announces."""
    return f"11.{number}.{kind}.0/24" if family == 4 else f"2a00:{number}:{kind}::/48"


def customer(number):
    return 3000 + number


def stranger(number):
    return 4000 + number


def split(text):
    address, length = text.split("/")
    return address, int(length)


class Data:
    """The files of the route server's feeds."""

    def __init__(self, folder):
        self.irr, self.rpki = folder / "irr.rpsl", folder / "rpki.json"
        self.sets = {n: [f"AS{2000 + n}", f"AS{customer(n)}"] for _, n in PLACES.values()}
        self.objects, self.roas = [], []
        for _, n in PLACES.values():
            for family in FAMILIES:
                self.add_object(n, OWN, family, 2000 + n)
                self.add_object(n, CUSTOMER, family, customer(n))
                self.add_object(n, STRANGER, family, stranger(n))
                self.add_object(n, HIJACKED, family, 2000 + n)
                self.add_roa(n, OWN, family, 2000 + n)
                self.add_roa(n, HIJACKED, family, 64999)
        self.write()

    def add_object(self, number, kind, family, origin):
        self.objects.append((prefix(number, kind, family), origin))

    def add_roa(self, number, kind, family, asn):
        self.roas.append({"prefix": prefix(number, kind, family), "asn": asn, "ta": "ripe",
                          "maxLength": 24 if family == 4 else 48})

    def write(self):
        text = [f"as-set: AS-MEMBER{n}\nmembers: {', '.join(names)}\nsource: TEST\n"
                for n, names in self.sets.items()]
        text += [f"route{'6' if ':' in p else ''}: {p}\norigin: AS{origin}\nsource: TEST\n"
                 for p, origin in self.objects]
        self.irr.write_text("\n".join(text))
        self.rpki.write_text(json.dumps({"roas": self.roas}))
        for path in (self.irr, self.rpki):
            path.chmod(0o644)


class Exchange:
    def __init__(self):
        subprocess.run([lab.ROOT / "tests" / "peers.sh"], check=True, timeout=600)
        self.lab = lab.Lab()
        host = self.lab.add("rs", 1)
        self.members = {name: self.member(cls, self.lab.add(name, n), n, host)
                        for name, (cls, n) in PLACES.items()}
        self.data = Data(host.dir)
        self.rs = lab.RouteServer(
            host, [self.client(m) for m in self.members.values()],
            general={"filtering": {"rpki_bgp_origin_validation": {"enabled": True}}},
            sections={"feeds": {"irr": str(self.data.irr), "rpki": str(self.data.rpki)}})

    @staticmethod
    def member(cls, host, number, rs):
        member = cls(host, number, rs)
        member.number, member.asn = number, 2000 + number
        origins = {CUSTOMER: customer(number), STRANGER: stranger(number)}
        member.extra = [Extra(prefix(number, kind, f), origin=origins.get(kind))
                        for kind in REASONS for f in FAMILIES]
        return member

    @staticmethod
    def client(member):
        entry = member.client()
        del entry["filters"]
        entry["cfg"] = {**entry.get("cfg", {}), "filtering": {
            "irrdb": {"as_sets": [f"AS-MEMBER{member.number}"]}}}
        return entry

    def start(self):
        self.rs.start()
        for member in self.members.values():
            member.start()
            lab.until(f"{member} answers", member.is_ready)
            member.announce_first()

    def good(self, receiver, family, reasons):
        """The prefixes that a member must have of the others."""
        return {prefix(m.number, kind, family) for m in self.members.values() if m is not receiver
                for kind, reason in reasons.items() if reason is None}

    def assert_told(self, changes=None):
        """What everybody has, and what the server says of the rest; changes: {kind: reason}."""
        reasons = {**REASONS, **(changes or {})}
        for member in self.members.values():
            for family in FAMILIES:
                want = self.good(member, family, reasons)
                lab.until(f"{member.host.name} has {want}",
                          lambda: set(member.routes(family)) == want)
                self.assert_shown(member, family, reasons)

    def assert_shown(self, member, family, reasons):
        """The member's routes by prefix with their reasons; main and second have no objects."""
        shown = {r["prefix"]: [x["code"] for x in r["reject_reasons"]]
                 for r in self.rs.routes("from", member.address(family))}
        want = {prefix(member.number, kind, family): [reason] if reason else []
                for kind, reason in reasons.items()}
        want |= {p[family]: [12] for p in (member.main, member.second)}
        assert shown == want

    def reload(self):
        """New data come into force; no session may be another one afterwards."""
        self.data.write()
        before = self.rs.sessions()
        assert len(before) == len(PLACES) * len(FAMILIES)
        self.rs.reload()
        return before


@pytest.fixture(scope="module")
def exchange():
    x = Exchange()
    try:
        x.start()
        yield x
    finally:
        x.lab.close()


@pytest.fixture
def change(exchange):
    """Puts data in force, and back in the end; all sessions must stand all the time."""
    sessions = []

    def put():
        sessions.append(exchange.reload())
    sets, objects = dict(exchange.data.sets), list(exchange.data.objects)
    roas = list(exchange.data.roas)
    yield put
    exchange.data.sets, exchange.data.objects, exchange.data.roas = sets, objects, roas
    put()
    exchange.assert_told()
    assert all(before == exchange.rs.sessions() for before in sessions)


def numbers():
    return [n for _, n in PLACES.values()]


def test_unauthorised_routes_are_told_to_nobody(exchange):
    """Origin (9), prefix (12), RPKI (14): shown with the reason, at no member."""
    exchange.assert_told()


def test_reason_comes_with_the_offending_value(exchange):
    """In the log, with prefix, peer and what was wrong."""
    for member in exchange.members.values():
        peer = f"peer={member.host.addr4} "
        for kind, value in ((STRANGER, str(stranger(member.number))), (UNLISTED, ""),
                            (HIJACKED, str(member.asn))):
            where = f"prefix={prefix(member.number, kind, 4)} "
            exchange.rs.wait_line("route-rejected", peer, where, value)


def test_new_as_set_authorises_a_customer(exchange, change):
    for n in numbers():
        exchange.data.sets[n] = exchange.data.sets[n] + [f"AS{stranger(n)}"]
    change()
    exchange.assert_told({STRANGER: None})


def test_customer_leaves_the_as_set(exchange, change):
    for n in numbers():
        exchange.data.sets[n] = exchange.data.sets[n][:1]
    change()
    exchange.assert_told({CUSTOMER: 9})


def test_empty_as_set_authorises_no_more_than_the_member(exchange, change):
    """No data never means no filter: the member's own ASN is all that is left."""
    exchange.data.sets = {}
    change()
    exchange.assert_told({CUSTOMER: 9})


def test_new_route_objects_authorise_prefixes(exchange, change):
    for n in numbers():
        for family in FAMILIES:
            exchange.data.add_object(n, UNLISTED, family, 2000 + n)
    change()
    exchange.assert_told({UNLISTED: None})


def test_all_route_objects_gone(exchange, change):
    exchange.data.objects = []
    change()
    exchange.assert_told({OWN: 12, CUSTOMER: 12, HIJACKED: 12})


def test_new_vrp_makes_a_route_invalid(exchange, change):
    """It was accepted before as not found: it leaves all members."""
    for n in numbers():
        for family in FAMILIES:
            exchange.data.add_roa(n, CUSTOMER, family, 0)
    change()
    exchange.assert_told({CUSTOMER: 14})


def test_new_vrp_makes_a_route_valid(exchange, change):
    for n in numbers():
        for family in FAMILIES:
            exchange.data.add_roa(n, HIJACKED, family, 2000 + n)
    change()
    exchange.assert_told({HIJACKED: None})


def test_white_lists_of_one_client(exchange, change):
    """They authorise its routes; the same of the others stay out."""
    client = next(c for c in exchange.rs.conf["clients"] if c["asn"] == 2010)
    irr = client["cfg"]["filtering"]["irrdb"]
    lists = {kind: [dict(zip(("prefix", "length"), split(prefix(10, kind, f)))) for f in FAMILIES]
             for kind in (STRANGER, UNLISTED)}
    irr["white_list_pref"] = lists[UNLISTED]
    irr["white_list_route"] = [{**entry, "asn": stranger(10)} for entry in lists[STRANGER]]
    change()
    bird = exchange.members["bird"]
    for family in FAMILIES:
        white = {prefix(10, kind, family) for kind in (STRANGER, UNLISTED)}
        for member in exchange.members.values():
            want = exchange.good(member, family, REASONS) | (set() if member is bird else white)
            lab.until(f"{want}", lambda: set(member.routes(family)) == want)
        exchange.assert_shown(bird, family, {**REASONS, STRANGER: None, UNLISTED: None})
        exchange.assert_shown(exchange.members["frr"], family, REASONS)
    del irr["white_list_pref"], irr["white_list_route"]


def test_broken_data_change_nothing(exchange):
    """The reload is refused and says where; routes and sessions stay."""
    before = exchange.rs.sessions()
    text = exchange.data.rpki.read_text()
    exchange.data.rpki.write_text(text[:-20])
    status, said, error = exchange.rs.ctl("reload")
    assert status != 0 and "rpki.json" in said + error, said + error
    exchange.data.rpki.write_text(text)
    exchange.assert_told()
    assert exchange.rs.sessions() == before


def test_it_ends_well(exchange):
    exchange.rs.end()
