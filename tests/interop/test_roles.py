"""Roles and Only to Customer (RFC 9234) with the daemons of Debian 12 that have them.

A BIRD for each pair of settings, its and ours; FRR and OpenBGPD are clients that insist on roles
as we do on theirs; members played by hand say what no daemon says. One lab for the file, and no
test changes what another one sees.
"""
import json
import os
import re
import struct
import subprocess

import pytest

import lab
import members
import speaker
from speaker import OPTIONAL_TRANSITIVE, OTC, attribute

RS_AS = lab.RouteServer.asn
FIRST = 50  # number of the first BIRD on the LAN
MISMATCH = (2, 11, b"")
ROLE_WORDS = {"rs": "rs_server", "rs-client": "rs_client"}  # BIRD's, where they differ

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


class Bird:
    """Announces `own`, to which its role may add an OTC, and `marked`, which has one: its ASN."""

    def __init__(self, words="", role="rs", up=True, family=4, **roles):
        self.words = words
        self.role = role if roles.get("enabled", True) else None  # ours
        self.up = up
        self.family = family
        self.roles = {"enabled": True, "local_role": role, **roles}

    def settle(self, host, number, rs):
        """It gets its place; number is that of the host."""
        self.host = host
        self.asn = 65000 + number
        self.address, self.rs_address = (
            (host.addr4, rs.addr4) if self.family == 4 else (host.addr6, rs.addr6))
        self.own, self.marked = (
            (f"203.0.{number}.0/24", f"198.51.{number}.0/24") if self.family == 4 else
            (f"2001:db8:{number}::/48", f"2001:db8:1{number}::/48"))

    def client(self):
        return {"asn": self.asn, "ip": self.address, "filters": "none",
                "cfg": {"filtering": {"roles": self.roles}}}

    def start(self):
        conf = self.host.dir / "bird.conf"
        conf.write_text(f"""
log stderr all;
router id {self.host.addr4};
protocol device {{}}
protocol static {{
  ipv{self.family};
  route {self.own} blackhole;
  route {self.marked} blackhole {{ bgp_otc = {self.asn}; }};
}}
protocol bgp session {{
  local {self.address} as {self.asn};
  neighbor {self.rs_address} as {RS_AS};
  {self.words}
  hold time 9; connect retry time 2; error wait time 1, 2; connect delay time 1;
  ipv{self.family} {{ import all; export where source = RTS_STATIC; }};
}}
""")
        self.host.start(members.PEERS / "bird", "-f", "-c", conf, "-s", self.host.dir / "bird.ctl",
                        "-P", self.host.dir / "pid")

    def ask(self, *words):
        return self.host.ns(members.PEERS / "birdc", "-s", self.host.dir / "bird.ctl", *words,
                            check=False)

    def routes(self):
        """What it has of the route server: {prefix: OTC or None}."""
        found, prefix = {}, None
        for line in self.ask("show", "route", "all", "protocol", "session").splitlines():
            head = re.match(r"(\S+/\d+)\s+unicast", line)
            if head:
                prefix = head.group(1)
                found[prefix] = None
            otc = re.search(r"BGP\.otc: (\d+)", line)
            if otc:
                found[prefix] = int(otc.group(1))
        return found

    def our_role(self):
        """What it has heard of us."""
        said = self.ask("show", "protocols", "all", "session").partition("Neighbor capabilities")[2]
        role = re.search(r"Role: (\w+)", said)
        return role.group(1) if role else None

    def last_error(self):
        said = re.search(r"Last error: +(.*)", self.ask("show", "protocols", "all", "session"))
        return said.group(1) if said else None

    # --- what RFC 9234 makes of routes, by our role on its session ---

    def gives(self):
        """What we accept of it: {prefix: OTC as it came}."""
        own = self.asn if self.role in ("customer", "peer", "rs-client") else None
        leaks = self.role in ("rs", "provider")
        return {self.own: own, **({} if leaks else {self.marked: self.asn})}

    def gets(self, routes):
        """What we tell it of some routes, as it leaves us."""
        if self.role in ("customer", "rs-client", "peer"):
            routes = {p: otc for p, otc in routes.items() if otc is None}
        if self.role in ("rs", "provider", "peer"):
            routes = {p: otc or RS_AS for p, otc in routes.items()}
        return routes


INSIST = "require roles yes;"
BIRDS = {
    "client": Bird(f"local role rs_client; {INSIST}"),
    "client6": Bird(f"local role rs_client; {INSIST}", family=6),
    "strict": Bird("local role rs_client;", strict_mode=True),
    "plain": Bird(),
    "plain6": Bird(family=6),
    "off": Bird("local role rs_client;", enabled=False, strict_mode=True),
    "customer": Bird(f"local role customer; {INSIST}", "provider"),
    "provider": Bird(f"local role provider; {INSIST}", "customer"),
    "peer": Bird(f"local role peer; {INSIST}", "peer"),
    "server": Bird(f"local role rs_server; {INSIST}", "rs-client"),
    "wrong": Bird("local role customer;", up=False),
    "wrong6": Bird("local role rs_server;", up=False, family=6, strict_mode=True),
    "missing": Bird(up=False, strict_mode=True),
    "demanding": Bird(f"local role rs_client; {INSIST}", up=False, enabled=False),
}
each_up = pytest.mark.parametrize("name", [n for n, b in BIRDS.items() if b.up])


class Frr(members.Frr):
    session_words = ("local-role rs-client strict-mode",)

    def otcs(self, prefixes):
        found = {}
        for prefix in prefixes:
            said = json.loads(self.ask(f"show bgp ipv4 unicast {prefix} json") or "{}")
            found[prefix] = said.get("paths", [{}])[0].get("otc")
        return found


class OpenBgpd(members.OpenBgpd):
    session_words = ("announce policy rs-client enforce",)

    def otcs(self, prefixes):
        said = json.loads(self.ask("-j", "show", "rib", "detail", "in"))
        found = {r["prefix"]: [a["as"] for a in r.get("attributes", []) if a["type"] == "OTC"]
                 for r in said["rib"]}
        return {p: found[p][0] if found.get(p) else None for p in prefixes}


class Exchange:
    def __init__(self):
        subprocess.run([lab.ROOT / "tests" / "peers.sh"], check=True, timeout=600)
        self.lab = lab.Lab()
        self.rs_host = self.lab.add("rs", 1)
        for number, (name, bird) in enumerate(BIRDS.items(), FIRST):
            bird.settle(self.lab.add(name, number), number, self.rs_host)
        self.daemons = [Frr(self.lab.add("frr", 11), 11, self.rs_host),
                        OpenBgpd(self.lab.add("openbgpd", 12), 12, self.rs_host)]
        self.giver = speaker.Speaker(self.lab.add("giver", 13), self.rs_host, 65013)
        self.taker = speaker.Speaker(self.lab.add("taker", 14), self.rs_host, 65014)
        self.rude = speaker.Speaker(self.lab.add("rude", 15), self.rs_host, 65015)
        roles = {"filtering": {"roles": {"enabled": True}}}
        clients = [b.client() for b in BIRDS.values()]
        clients += [s.client(cfg=roles) for s in (self.giver, self.taker, self.rude)]
        for member in self.daemons:
            client = member.client()
            client["cfg"] = {**client.get("cfg", {}),
                             "filtering": {"roles": {"enabled": True, "strict_mode": True}}}
            clients.append(client)
        self.rs = lab.RouteServer(self.rs_host, clients)

    def start(self):
        self.rs.start()
        for bird in BIRDS.values():
            bird.start()
        for member in self.daemons:
            member.start()
            lab.until(f"{member} answers", member.is_ready)
            member.announce_first()
        for played in (self.giver, self.taker):
            played.establish()
        up = [b.address for b in BIRDS.values() if b.up]
        up += [m.address(f) for m in self.daemons for f in (4, 6)]
        lab.until("all are up", lambda: all(self.rs.peers()[a]["up"] for a in up), 40)

    def session(self, address):
        return self.rs.peer(address)["session"]

    def accepted(self, family, without=None):
        """What the members, the played ones aside, have been heard to announce."""
        routes = {}
        for bird in BIRDS.values():
            if bird.up and bird is not without and bird.family == family:
                routes.update(bird.gives())
        for member in self.daemons:
            routes.update({member.main[family]: None, member.second[family]: None})
        return routes


@pytest.fixture(scope="module", name="exchange")
def exchange_fixture():
    x = Exchange()
    try:
        x.start()
        yield x
        x.rs.end()
    except AssertionError:
        print(x.rs.said()[-4000:])
        raise
    finally:
        x.lab.close()


# --- the session ---

@each_up
def test_a_session(exchange, name):
    """Both sides have heard the other's role, where the other one has one."""
    bird = BIRDS[name]
    assert bird.our_role() == (ROLE_WORDS.get(bird.role, bird.role) if bird.role else None)
    theirs = re.search(r"local role (\w+)", bird.words)
    shown = re.search(r"role ([\w-]+) \(\d\)", exchange.session(bird.address)["capabilities"])
    assert (theirs is None) == (shown is None)
    if theirs:
        back = {"rs_server": "rs", "rs_client": "rs-client"}
        assert shown.group(1) == back.get(theirs.group(1), theirs.group(1))


def test_frr_and_openbgpd_insist(exchange):
    for member in exchange.daemons:
        for family in (4, 6):
            session = exchange.session(member.address(family))
            assert "role rs-client (2)" in session["capabilities"]
    said = json.loads(exchange.daemons[0].ask("show bgp ipv4 neighbors json"))
    neighbor = said[exchange.rs_host.addr4]
    assert (neighbor["localRole"], neighbor["remoteRole"]) == ("rs-client", "rs-server")


@pytest.mark.parametrize("name, why", [
    ("wrong", "the member's role is customer (3), it must be rs-client (ours is rs)"),
    ("wrong6", "the member's role is rs (1), it must be rs-client (ours is rs)"),
    ("missing", "the member sends no role and strict_mode asks for rs-client (ours is rs)"),
])
def test_refused_by_us(exchange, name, why):
    bird = BIRDS[name]
    exchange.rs.wait_line("notification-sent", f"peer={bird.address} ", "code=2 subcode=11 ")
    exchange.rs.wait_line("open-refused", f"peer={bird.address} ", why)
    assert "Role mismatch" in bird.last_error()
    lab.until("the peer shows why", lambda: exchange.rs.peer(bird.address)["last_error"] == why)
    assert exchange.session(bird.address)["established_count"] == 0


def test_missing_role_is_told(exchange):
    """BIRD itself sees nothing wrong there: the word is ours."""
    lab.until("BIRD is told", lambda: BIRDS["missing"].last_error() == "Received: Role mismatch")
    assert exchange.session(BIRDS["missing"].address)["in"]["notifications"] == 0


def test_refused_by_them(exchange):
    """Without roles we send none, which BIRD does not stand for."""
    bird = BIRDS["demanding"]
    exchange.rs.wait_line("notification-received", f"peer={bird.address} ", "code=2 subcode=11 ")
    assert not exchange.rs.lines("open-refused", f"peer={bird.address} ")


ORDINARY = bytes.fromhex("010400010001 4104") + struct.pack("!I", 65015)


@pytest.mark.parametrize("roles, fits", [
    ("", True), ("090102", True), ("090102 090102", True), ("0900", True), ("09020202", True),
    ("090103", False), ("0901ff", False), ("090105", False), ("090102 090103", False),
    ("090103 090102", False), ("090102 090102 0901ff", False),
])
def test_what_an_open_can_say(exchange, roles, fits):
    """The last two that fit are of impossible length: passed over as malformed, like none."""
    rude = exchange.rude
    said = ORDINARY + bytes.fromhex(roles)
    if fits:
        rude.establish(capabilities=said)
        rude.until("the first table", lambda: rude.ended == {4})
        assert rude.is_well()
    else:
        def is_refused():
            try:
                rude.connect()
                rude.send(rude.open_message(capabilities=said))
            except OSError:
                return False
            return rude.notification() == MISMATCH
        lab.until("Role Mismatch", is_refused)
    rude.close()
    lab.until("the session is over", lambda: not exchange.rs.peers()[rude.source]["up"])


# --- routes ---

@each_up
def test_routes_by_role(exchange, name):
    """What we tell each, and what BIRD makes of it."""
    bird = BIRDS[name]
    want = bird.gets(exchange.accepted(bird.family, without=bird))
    lab.until(f"{name} has {want}", lambda: {
        r["prefix"]: r["otc"] for r in exchange.rs.routes("to", bird.address)} == want)
    if "rs_client" in bird.words:  # puts in on receipt what a server without roles has not
        want = {p: otc or RS_AS for p, otc in want.items()}
    lab.until(f"BIRD {name} has {want}, not {bird.routes()}", lambda: bird.routes() == want)


@each_up
def test_the_servers_view(exchange, name):
    """OTC as it came and none where none came; leaks with their reason, and told to nobody."""
    bird = BIRDS[name]
    gives = bird.gives()
    found = {r["prefix"]: r for r in exchange.rs.routes("from", bird.address)}
    assert {p: r["otc"] for p, r in found.items()} == {bird.marked: bird.asn, **gives}
    for prefix, route in found.items():
        assert route["accepted"] == (prefix in gives)
        assert [r["code"] for r in route["reject_reasons"]] == ([] if prefix in gives else [20])
    if bird.marked in gives:
        return
    exchange.rs.wait_line("route-rejected", f"peer={bird.address} ", f"prefix={bird.marked} ",
                          "reason=20", f"OTC {bird.asn} from AS{bird.asn}")
    for other in BIRDS.values():
        assert bird.marked not in other.routes()


def test_frr_and_openbgpd_are_told_otc(exchange):
    want = BIRDS["client"].gets(exchange.accepted(4))
    for member in exchange.daemons:
        others = {p: otc for p, otc in want.items() if p not in (member.main[4], member.second[4])}
        lab.until(f"{member} has OTC", lambda m=member, w=others: m.otcs(w) == w, every_s=0.5)


def test_octets(exchange):
    """What leaves us is what the RFC draws; the rest of the route is as it came."""
    giver, taker = exchange.giver, exchange.taker
    giver.announce("10.1.0.0/24")
    taker.until("the route", lambda: "10.1.0.0/24" in taker.told)
    told = taker.told["10.1.0.0/24"]
    assert told.pop(OTC) == (OPTIONAL_TRANSITIVE, struct.pack("!I", RS_AS))
    assert {kind: a.value for kind, a in told.items()} == {
        1: b"\0", 2: speaker.path(giver.asn), 3: speaker.address(giver.source)}
    prefix = BIRDS["peer"].marked
    taker.until("a route with OTC", lambda: prefix in taker.told)
    assert taker.told[prefix][OTC] == (OPTIONAL_TRANSITIVE, struct.pack("!I", BIRDS["peer"].asn))


def test_a_route_becomes_a_leak(exchange):
    """With OTC it is withdrawn from the others; without, it is back."""
    giver, taker = exchange.giver, exchange.taker
    for otc in (giver.asn, RS_AS, 0):
        giver.announce("10.2.0.0/24")
        taker.until("the route", lambda: "10.2.0.0/24" in taker.told)
        giver.announce("10.2.0.0/24", more=attribute(
            OPTIONAL_TRANSITIVE, OTC, struct.pack("!I", otc)))
        taker.until("its withdrawal", lambda: "10.2.0.0/24" not in taker.told)
        route = exchange.rs.routes("10.2.0.0/24")[0]
        assert route["otc"] == otc and route["reject_reasons"][0]["code"] == 20
    assert giver.is_well()


def test_malformed_otc(exchange):
    """Section 5: treated as withdrawn."""
    giver, taker = exchange.giver, exchange.taker
    for value in (b"", b"\0\0\1", b"\0\0\0\1\0"):
        giver.announce("10.3.0.0/24")
        taker.until("the route", lambda: "10.3.0.0/24" in taker.told)
        giver.announce("10.3.0.0/24", more=attribute(OPTIONAL_TRANSITIVE, OTC, value))
        taker.until("its withdrawal", lambda: "10.3.0.0/24" not in taker.told)
    assert giver.is_well() and taker.is_well()
