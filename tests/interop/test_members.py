"""Real daemons of Debian 12 as members of one exchange, IPv4 and IPv6, one of them with MD5.

One lab for the whole file, used step by step: the tests run in order and each leaves the exchange
as it found it. From the start on one more client holds a connection without a word.
"""
import os
import shutil
import subprocess

import pytest

import lab
import members
import speaker
from speaker import attribute

FAMILIES = (4, 6)
OPEN_WAIT_S = 60

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

each_member = pytest.mark.parametrize("index", range(len(members.ALL)),
                                      ids=[m.__name__ for m in members.ALL])
each_family = pytest.mark.parametrize("family", FAMILIES)


class Exchange:
    def __init__(self):
        subprocess.run([lab.ROOT / "tests" / "peers.sh"], check=True, timeout=600)
        self.lab = lab.Lab()
        self.rs_host = self.lab.add("rs", 1)
        self.members = [cls(self.lab.add(cls.__name__.lower(), 10 + i), 10 + i, self.rs_host)
                        for i, cls in enumerate(members.ALL)]
        host = self.lab.add("hand", 30)
        self.giver = {f: speaker.Speaker(host, self.rs_host, 4200000030, f) for f in FAMILIES}
        host = self.lab.add("hand2", 31)
        self.taker = {f: speaker.Speaker(host, self.rs_host, 65031, f) for f in FAMILIES}
        self.silent = speaker.Speaker(self.lab.add("silent", 32), self.rs_host, 65032)
        self.rs = lab.RouteServer(self.rs_host, [m.client() for m in self.members] +
                                  [s.client() for s in [*self.giver.values(), self.silent,
                                                        *self.taker.values()]])

    def start(self):
        self.rs.start()
        self.silent.connect()
        for member in self.members:
            self.start_member(member)

    def start_member(self, member):
        member.start()
        lab.until(f"{member} answers", member.is_ready)
        member.announce_first()

    def addresses(self):
        return [m.address(f) for m in self.members for f in FAMILIES]

    def all_up(self):
        peers = self.rs.peers()
        return all(peers[a]["up"] for a in self.addresses())

    def wants(self, receiver, family, without=(), absent=()):
        routes = {}
        for m in self.members:
            if m is not receiver and m not in without:
                routes.update(m.wants(family, m not in absent, receiver))
        return routes

    def settle(self, receivers=None, without=(), absent=(), timeout_s=40):
        """Waits until every receiver has exactly what the others announce."""
        for receiver in receivers or [m for m in self.members if m not in without]:
            for family in FAMILIES:
                want = self.wants(receiver, family, without, absent)
                try:
                    lab.until("", lambda: receiver.routes(family) == want, timeout_s)
                except AssertionError:
                    assert receiver.routes(family) == want, self.rs.said()[-4000:]


@pytest.fixture(scope="module")
def exchange():
    x = Exchange()
    try:
        x.start()
        yield x
    finally:
        x.lab.close()


def test_all_sessions_come_up(exchange):
    lab.until("all peers are up", exchange.all_up, 40)


def test_everyone_has_the_routes_of_the_others(exchange):
    """Exactly those, with AS path, next hop, MED and communities as they were sent."""
    exchange.settle()


def test_the_server_shows_what_it_tells(exchange):
    for member in exchange.members:
        for family in FAMILIES:
            told = exchange.rs.routes("to", member.address(family))
            assert {r["prefix"] for r in told} == set(exchange.wants(member, family))
            received = exchange.rs.routes("from", member.address(family))
            assert {r["prefix"] for r in received} == set(member.wants(family))
            for route in received:
                assert route["as_path"] == str(member.asn)
                assert set(route["communities"]) == member.communities
                assert set(route["large_communities"]) == member.large
                assert route["med"] == 50 and route["next_hop"] == member.address(family)
                link = member.host.link6 if family == 6 and member.sends_link_local else None
                assert route.get("next_hop_link_local") == link


def rare_attributes():
    """What no route of everyday life has together; what each must arrive as."""
    flags = speaker.OPTIONAL_TRANSITIVE
    kept = {
        speaker.ORIGIN: (speaker.WELL_KNOWN, b"\1"),
        speaker.AS_PATH: (speaker.WELL_KNOWN, speaker.path(4200000030, 4200000030, 23456) +
                          speaker.path(65551, 3356, kind=1)),
        speaker.MED: (speaker.OPTIONAL, b"\xff\xff\xff\xfe"),
        speaker.ATOMIC: (speaker.WELL_KNOWN, b""),
        speaker.AGGREGATOR: (flags, b"\0\1\0\x0f" + speaker.address("203.0.113.9")),
        # Not sorted, one of them twice: none of our business.
        speaker.COMMUNITIES: (flags, speaker.communities("65535:0", "1:2", "65031:9", "1:2")),
        speaker.EXT_COMMUNITIES: (flags | speaker.PARTIAL, bytes.fromhex(
            "0002fde900000001" "4302000000000000" "0102cb00710900ff")),
        speaker.LARGE_COMMUNITIES: (flags, b"".join(
            n.to_bytes(4, "big") for n in (4200000030, 7, 1, 64500, 0, 4294967295))),
        speaker.OTC: (flags, (4200000030).to_bytes(4, "big")),
        250: (flags | speaker.PARTIAL, b"nobody knows me" * 30),
    }
    sent = b"".join(attribute(f, kind, value) for kind, (f, value) in kept.items())
    sent = sent.replace(attribute(flags | speaker.PARTIAL, 250, kept[250][1]),
                        attribute(flags, 250, kept[250][1]))
    return sent, {kind: speaker.Attribute(*parts) for kind, parts in kept.items()}


@each_family
def test_no_attribute_is_touched(exchange, family):
    """RFC 7947 section 2.2: octet by octet, next hop of somebody else included."""
    giver, taker = exchange.giver[family], exchange.taker[family]
    sent, kept = rare_attributes()
    with giver, taker:
        taker.establish()
        giver.establish()
        before = exchange.rs.sessions()
        if family == 4:
            prefix, hop = "198.18.0.0/15", speaker.address("192.0.2.99")
            giver.send(speaker.update(sent + attribute(0x40, speaker.NEXT_HOP, hop),
                                      speaker.nlri(prefix)))
        else:
            prefix = "2001:db8:abce::/47"
            hop = speaker.address("2001:db8:ff::99") + speaker.address("fe80::99")
            giver.send(speaker.update(sent + attribute(
                0x80, speaker.MP_REACH, speaker.mp_reach(hop, prefix))))
        taker.until("the route arrives", lambda: prefix in taker.told)
        got = dict(taker.told[prefix])
        assert got.pop(speaker.NEXT_HOP).value == hop
        assert got == kept
        # All the others read it as well, and nobody minds.
        for member in exchange.members:
            lab.until(f"{member} has it", lambda: prefix in member.routes(family))
        giver.withdraw(prefix)
        taker.until("it leaves", lambda: prefix not in taker.told)
        exchange.settle()
        assert exchange.rs.sessions() == before and taker.is_well()
    lab.until("they are gone", lambda: not {giver.source, taker.source} & set(
        exchange.rs.sessions()))


@each_member
def test_withdrawn_and_announced_again(exchange, index):
    member = exchange.members[index]
    others = [m for m in exchange.members if m is not member]
    for family in FAMILIES:
        member.withdraw(family)
    exchange.settle(others, absent=[member])
    for family in FAMILIES:
        member.announce(family)
    exchange.settle(others)


REFRESHING = [i for i, m in enumerate(members.ALL) if hasattr(m, "refresh")]
RESTARTING = [i for i, m in enumerate(members.ALL) if hasattr(m, "restart_session")]


@pytest.mark.parametrize("index", REFRESHING, ids=[members.ALL[i].__name__ for i in REFRESHING])
def test_asks_for_all_routes_again(exchange, index):
    member = exchange.members[index]
    before = exchange.rs.sessions()
    updates = {f: exchange.rs.peer(member.address(f))["session"]["out"]["updates"]
               for f in FAMILIES}
    for family in FAMILIES:
        member.refresh(family)
        exchange.rs.wait_line("refresh-received", f"peer={member.address(family)} ")
        lab.until("all is sent again", lambda: exchange.rs.peer(member.address(family))[
            "session"]["out"]["updates"] > updates[family])
    exchange.settle([member])
    assert exchange.rs.sessions() == before


@pytest.mark.parametrize("index", RESTARTING, ids=[members.ALL[i].__name__ for i in RESTARTING])
def test_restarts_its_sessions(exchange, index):
    member = exchange.members[index]
    before = exchange.rs.sessions()
    for family in FAMILIES:
        member.restart_session(family)
    mine = {member.address(f) for f in FAMILIES}

    def came_back():
        now = exchange.rs.sessions()
        return all(a in now and now[a] != before[a] for a in mine)
    lab.until("both sessions are new ones", came_back)
    exchange.settle()
    now = exchange.rs.sessions()
    assert {a: e for a, e in now.items() if a not in mine} == {
        a: e for a, e in before.items() if a not in mine}


@each_member
def test_killed_member_leaves_and_comes_back_late(exchange, index):
    """Its routes leave; started again it gets everything."""
    member = exchange.members[index]
    member.kill()
    exchange.settle(without=[member])
    exchange.start_member(member)
    exchange.settle()


def test_late_joiner_gets_all_and_then_end_of_rib(exchange):
    late = next(m for m in exchange.members if isinstance(m, members.ExaBgp))
    late.stop()
    exchange.settle(without=[late])
    exchange.start_member(late)
    exchange.settle()
    for family in FAMILIES:
        lab.until("End-of-RIB", lambda: late.heard_eor(family))
        assert late.told_before_eor(family) == set(exchange.wants(late, family))


@each_family
def test_late_joiner_octet_by_octet(exchange, family):
    """Everything, each prefix once, then End-of-RIB."""
    with exchange.taker[family].establish() as taker:
        taker.until("End-of-RIB", lambda: family in taker.ended)
        assert set(taker.told) == set(exchange.wants(None, family))
        assert exchange.rs.peer(taker.source)["routes"]["sent"] == len(taker.told)
    lab.until("it is gone", lambda: taker.source not in exchange.rs.sessions())


def test_cleared_sessions_recover(exchange):
    before = exchange.rs.sessions()
    for member in exchange.members:
        exchange.rs.ask("clear", member.host.addr4)
    cleared = {m.host.addr4 for m in exchange.members}
    lab.until("they are down", lambda: all(
        exchange.rs.sessions().get(a) != before[a] for a in cleared))
    for member in exchange.members:
        member.end_idle_hold()
    lab.until("all peers are up", exchange.all_up, 60)
    exchange.settle()
    now = exchange.rs.sessions()
    assert {a: e for a, e in now.items() if a not in cleared} == {
        a: e for a, e in before.items() if a not in cleared}


def test_shutdown_keeps_down_until_enabled(exchange):
    member = exchange.members[0]
    address, rs = member.host.addr4, exchange.rs
    refused = len(rs.lines("connection-refused", f"from={address} "))
    rs.ask("shutdown", address, "maintenance of the port")
    lab.until("the member reads why (RFC 9003)", lambda: "maintenance of the port" in
              member.said())
    assert not rs.peers()[address]["up"]
    rs.wait_line("connection-refused", f"from={address} ", "shut down by the operator",
                 count=refused + 1)
    assert not rs.peers()[address]["up"]
    alarms = rs.ask("show", "alarms")["alarms"]
    assert [(a["alarm"], a["text"]) for a in alarms if a["source"] == address] == [
        ("peer-disabled", "maintenance of the port")]
    rs.ask("enable", address)
    lab.until("up", lambda: rs.peers()[address]["up"], 60)
    exchange.settle()
    assert not rs.ask("show", "alarms")["alarms"]


def md5_refused(host):
    """Segments that the kernel dropped because their signature was wrong or not there."""
    names, values = (line.split() for line in host.ns("cat", "/proc/net/netstat").splitlines()[:2])
    return sum(int(v) for n, v in zip(names, values) if n in ("TCPMD5NotFound", "TCPMD5Failure"))


@pytest.mark.parametrize("password", ["something else", None])
def test_wrong_password_gets_no_session(exchange, password):
    """The member with MD5 must use it: without its key it is not heard at all."""
    member = exchange.members[0]
    assert member.password
    member.stop()
    right, member.password = member.password, password
    before = md5_refused(exchange.rs_host)
    exchange.start_member(member)
    lab.until("the kernel drops what it says", lambda: md5_refused(exchange.rs_host) >= before + 4)
    peers = exchange.rs.peers()
    assert not any(peers[member.address(f)]["up"] for f in FAMILIES)
    member.stop()
    member.password = right
    exchange.start_member(member)
    exchange.settle()


def test_who_says_nothing_is_sent_away(exchange):
    """The connection that was made first of all: no OPEN came (RFC 4271 section 8.2.2)."""
    exchange.silent.until("OPEN", lambda: exchange.silent.counts[speaker.OPEN], 1)
    assert exchange.silent.notification(OPEN_WAIT_S + 5) == (4, 0, b"")
    line = exchange.rs.wait_line("open-missing", f"peer={exchange.silent.source} ")
    assert f"waited_s={OPEN_WAIT_S}" in line
    assert exchange.all_up()


def test_it_ends_well(exchange):
    for process in exchange.rs.ask("show", "processes")["processes"]:
        assert process.get("records_refused", 0) == 0
        assert process.get("emission_refused", 0) == 0
    exchange.rs.end()
