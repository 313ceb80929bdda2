"""What strangers and broken members send: a clear line each, and nobody else notices.

Every case has an address of its own, so that no case is damped for what another one did. Beside
all of them witnesses, one or more per worker, hold a session and a source feeds them: after each
case their sessions are the same ones and a new route still reaches them.
"""
import os
import re
import socket
import struct
import time

import pytest

import lab
import speaker
from speaker import (AGGREGATOR, AS_PATH, ATOMIC, COMMUNITIES, EXT_COMMUNITIES, KEEPALIVE,
                     LARGE_COMMUNITIES, LOCAL_PREF, MARKER, MED, MP_REACH, MP_UNREACH, NEXT_HOP,
                     NOTIFICATION, OPEN, OPTIONAL, OPTIONAL_TRANSITIVE, ORIGIN, OTC, UPDATE,
                     WELL_KNOWN, attribute, message, mp_reach, mp_unreach, nlri, path, update)

BAD_PEERS = 120
FIRST_BAD = 100
CONNECTS = 500

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


class Exchange:
    def __init__(self):
        self.lab = lab.Lab()
        self.rs_host = self.lab.add("rs", 1)
        self.bad_host = self.lab.add("bad", FIRST_BAD)
        self.stranger = self.lab.add("stranger", 90)
        hosts = [self.lab.add(f"well{i}", 10 + i) for i in range(5)]
        self.source = speaker.Speaker(hosts[0], self.rs_host, 65010)
        self.witnesses = [speaker.Speaker(h, self.rs_host, 65011 + i)
                          for i, h in enumerate(hosts[1:])]
        self.unused = [self.bad_peer(i) for i in range(BAD_PEERS)]
        self.nobody = speaker.Speaker(self.stranger, self.rs_host, 65091, source="192.0.2.91")
        self.rs = lab.RouteServer(self.rs_host, [
            s.client() for s in [self.source, *self.witnesses, *self.unused]] + [
            self.nobody.client(cfg={"passive": False})])
        self.fresh = (f"10.{i}.{j}.0/24" for i in range(256) for j in range(256))

    def bad_peer(self, index):
        """Every third one has an IPv6 session."""
        number, family = FIRST_BAD + index, 6 if index % 3 == 2 else 4
        net = lab.NET4 if family == 4 else lab.NET6
        address = str(net[number])
        if index > 0:
            self.bad_host.ns("ip", "addr", "add", f"{address}/{net.prefixlen}", "dev", "lan0",
                             *(["nodad"] if family == 6 else []))
        return speaker.Speaker(self.bad_host, self.rs_host, 65000 + number, family, address)

    def start(self):
        self.rs.start()
        for s in [self.source, *self.witnesses]:
            s.establish()
        workers = {self.rs.peer(w.source)["configured"]["worker"] for w in self.witnesses}
        assert workers == {0, 1}, "each worker has a witness"

    def take(self, family):
        """A bad peer that no case had yet."""
        found = next(s for s in self.unused if s.family == family)
        self.unused.remove(found)
        return found

    def flow(self, prefix=None):
        """A new route reaches all witnesses."""
        prefix = prefix or next(self.fresh)
        self.source.announce(prefix)
        for w in self.witnesses:
            w.until(f"{prefix} arrives", lambda: prefix in w.told)


@pytest.fixture(scope="module", name="whole")
def whole_fixture():
    x = Exchange()
    try:
        x.start()
        yield x
    finally:
        x.lab.close()


@pytest.fixture(name="exchange")
def exchange_fixture(whole):
    """Nothing that a test does may disturb those who are well."""
    well = [whole.source.source] + [w.source for w in whole.witnesses]
    before, children = whole.rs.sessions(well), whole.rs.children()
    yield whole
    whole.flow()
    assert whole.rs.sessions(well) == before and len(before) == len(well)
    assert whole.rs.children() == children
    assert all(s.is_well() for s in [whole.source, *whole.witnesses])
    whole.rs.assert_sound()


@pytest.fixture(name="bad")
def bad_fixture(exchange):
    with exchange.take(4) as bad:
        yield bad


@pytest.fixture(name="bad6")
def bad6_fixture(exchange):
    with exchange.take(6) as bad:
        yield bad


# --- instead of BGP ---

def header(length, kind, marker=MARKER):
    return marker + struct.pack("!HB", length, kind)


GARBAGE = {
    "http": (b"GET / HTTP/1.1\r\nHost: 192.0.2.1\r\nAccept: */*\r\n\r\n", (1, 1, b"")),
    "tls": (bytes.fromhex("1603010200010001fc0303") + bytes(range(100)), (1, 1, b"")),
    "zeros": (bytes(4096), (1, 1, b"")),
    "marker": (header(19, KEEPALIVE, b"\xff" * 15 + b"\xfe"), (1, 1, b"")),
    "short": (header(18, KEEPALIVE), (1, 2, b"\0\x12")),
    "long": (header(4097, UPDATE), (1, 2, b"\x10\x01")),
    "longest": (header(65535, OPEN), (1, 2, b"\xff\xff")),
    "type 0": (header(19, 0), (1, 3, b"\0")),
    "type 9": (header(19, 9), (1, 3, b"\x09")),
    "keepalive with a body": (header(20, KEEPALIVE) + b"\0", (1, 2, b"\0\x14")),
}


@pytest.mark.parametrize("name", GARBAGE)
def test_garbage_on_the_port(exchange, bad, name):
    octets, notification = GARBAGE[name]
    bad.connect().send(octets)
    assert bad.notification() == notification
    exchange.rs.wait_line("garbage", f"peer={bad.source} ")
    assert "Message Header Error" in exchange.rs.peer(bad.source)["last_error"]


def test_garbage_in_a_session(exchange, bad):
    bad.establish()
    bad.announce("198.51.100.0/24")
    for w in exchange.witnesses:
        w.until("its route arrives", lambda: "198.51.100.0/24" in w.told)
    bad.send(b"\0" * 19)
    assert bad.notification() == (1, 1, b"")
    exchange.rs.wait_line("session-down", f"peer={bad.source} ", "Message Header Error")
    for w in exchange.witnesses:
        w.until("its route leaves", lambda: "198.51.100.0/24" not in w.told)


def test_connection_that_ends_in_a_message(exchange, bad):
    """Without a NOTIFICATION, reset in the middle of an UPDATE: nothing of it is applied."""
    bad.establish()
    whole = update(bad.attributes(), nlri("198.51.100.0/24"))
    bad.send(whole[:-2])
    bad.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    bad.close()
    exchange.rs.wait_line("session-down", f"peer={bad.source} ", "Connection reset by peer")
    assert not exchange.rs.routes("198.51.100.0/24")


def test_octet_by_octet_is_well(exchange, bad):
    """Slow is not bad: every message in segments of one octet."""
    bad.connect()
    bad.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for octet in bad.open_message() + message(KEEPALIVE) + update(
            bad.attributes(), nlri("198.51.100.0/24")):
        bad.send(bytes([octet]))
    for w in exchange.witnesses:
        w.until("its route arrives", lambda: "198.51.100.0/24" in w.told)
    assert bad.is_well()


# --- OPEN ---

def tlv(*parts):
    return b"".join(bytes([kind, len(value)]) + value for kind, value in parts)


BAD_OPENS = {
    "version 3": ({"version": 3}, (2, 1, b"\0\4")),
    "wrong AS": ({"asn": 65000}, (2, 2, b"")),
    "AS 0": ({"asn": 0}, (2, 2, b"")),
    "identifier 0": ({"bgp_id": b"\0\0\0\0"}, (2, 3, b"")),
    "hold time 1": ({"hold_s": 1}, (2, 6, b"")),
    "hold time 2": ({"hold_s": 2}, (2, 6, b"")),
    "unknown parameter": ({"parameters": tlv((1, b"secret"))}, (2, 4, b"")),
    "parameter too long": ({"parameters": b"\2\xff\1\4\0\1\0\1"}, (2, 0, b"")),
    "capability too long": ({"capabilities": b"\1\xf0\0\1\0\1"}, (2, 0, b"")),
    "another family only": ({"capabilities": tlv((1, b"\0\x19\0\x46"), (65, b"\0\0\xfe\x4c"))},
                            (2, 7, tlv((1, b"\0\1\0\1")))),
}


@pytest.mark.parametrize("name", BAD_OPENS)
def test_bad_open(exchange, bad, name):
    fields, (code, subcode, data) = BAD_OPENS[name]
    if name == "another family only":
        fields = {"capabilities": tlv((1, b"\0\x19\0\x46"), (65, struct.pack("!I", bad.asn)))}
    bad.connect().send(bad.open_message(**fields))
    assert bad.notification() == (code, subcode, data)
    exchange.rs.wait_line("open-refused", f"peer={bad.source} ")
    peer = exchange.rs.peer(bad.source)
    assert not peer["up"] and peer["last_error"]


def test_wrong_as_is_named(exchange, bad):
    bad.connect().send(bad.open_message(asn=4200000042))
    assert bad.notification() == (2, 2, b"")
    line = exchange.rs.wait_line("open-refused", f"peer={bad.source} ")
    assert "4200000042" in line and str(bad.asn) in line


@pytest.mark.parametrize("octets,state", [
    (message(KEEPALIVE), 1), (update(), 1), (message(5, b"\0\1\0\1"), 1)],
    ids=["keepalive", "update", "refresh"])
def test_message_before_open(exchange, bad, octets, state):
    """RFC 6608 section 3: the state is said in the subcode."""
    bad.connect().send(octets)
    code, subcode, _ = bad.notification()
    assert (code, subcode) == (5, state)
    lab.until("it is remembered", lambda: exchange.rs.peer(bad.source)["last_error"])


def test_update_before_keepalive(exchange, bad):
    bad.connect().send(bad.open_message() + update(bad.attributes(), nlri("198.51.100.0/24")))
    assert bad.notification()[:2] == (5, 2)
    assert not exchange.rs.routes("198.51.100.0/24")


def test_second_open_in_a_session(exchange, bad):
    bad.establish().send(bad.open_message())
    assert bad.notification()[:2] == (5, 3)
    exchange.rs.wait_line("session-down", f"peer={bad.source} ")


def test_hold_time_expires(exchange, bad):
    """Silent in a session: its routes leave when the hold time of 3 seconds is over."""
    bad.establish(hold_s=3)
    bad.announce("198.51.100.0/24")
    for w in exchange.witnesses:
        w.until("its route arrives", lambda: "198.51.100.0/24" in w.told)
    assert bad.notification() == (4, 0, b"")
    exchange.rs.wait_line("hold-expired", f"peer={bad.source} ", "hold_s=3")
    for w in exchange.witnesses:
        w.until("its route leaves", lambda: "198.51.100.0/24" not in w.told)


# --- UPDATE, RFC 7606 ---

WITHDRAW, DISCARD = "treat as withdraw", "discard"
OT, WK, O = OPTIONAL_TRANSITIVE, WELL_KNOWN, OPTIONAL
PREFIX = {4: "198.51.100.0/24", 6: "2001:db8:bad::/48"}


def base(bad, without=(), instead=(), more=b"", hop=None):
    """The attributes of a good route, some left out or replaced, some more."""
    parts = {ORIGIN: attribute(WK, ORIGIN, b"\0"), AS_PATH: attribute(WK, AS_PATH, path(bad.asn))}
    if bad.family == 4:
        parts[NEXT_HOP] = attribute(WK, NEXT_HOP, hop or speaker.address(bad.source))
    else:
        parts[MP_REACH] = attribute(O, MP_REACH, mp_reach(
            hop or speaker.address(bad.source), PREFIX[6]))
    parts.update(dict(instead))
    return b"".join(v for k, v in parts.items() if k not in without) + more


def bad_route(bad, *arguments, **named):
    return update(base(bad, *arguments, **named), nlri(PREFIX[4]) if bad.family == 4 else b"")


def instead(kind, flags, value):
    return lambda bad: bad_route(bad, instead={kind: attribute(flags, kind, value)}.items())


def without(kind):
    return lambda bad: bad_route(bad, without=(kind,))


def more(kind, flags, value):
    return lambda bad: bad_route(bad, more=attribute(flags, kind, value))


# What is sent, what becomes of it, the attribute that the log names.
SURVIVED = {
    "origin 3": (instead(ORIGIN, WK, b"\3"), WITHDRAW, ORIGIN),
    "origin empty": (instead(ORIGIN, WK, b""), WITHDRAW, ORIGIN),
    "origin optional": (instead(ORIGIN, OT, b"\0"), WITHDRAW, ORIGIN),
    "no origin": (without(ORIGIN), WITHDRAW, ORIGIN),
    "origin twice": (more(ORIGIN, WK, b"\1"), DISCARD, ORIGIN),
    "as path segment 5": (instead(AS_PATH, WK, path(1, kind=5)), WITHDRAW, AS_PATH),
    "as path too short": (instead(AS_PATH, WK, path(1, 2)[:-1]), WITHDRAW, AS_PATH),
    "as path of no AS": (instead(AS_PATH, WK, b"\2\0"), WITHDRAW, AS_PATH),
    "as path with AS 0": (instead(AS_PATH, WK, path(65099, 0)), WITHDRAW, AS_PATH),
    "as path confederation": (instead(AS_PATH, WK, path(65099, kind=3)), WITHDRAW, AS_PATH),
    "no as path": (without(AS_PATH), WITHDRAW, AS_PATH),
    "next hop of 3": (instead(NEXT_HOP, WK, b"\1\2\3"), WITHDRAW, NEXT_HOP),
    "next hop multicast": (instead(NEXT_HOP, WK, b"\xe0\0\0\1"), WITHDRAW, NEXT_HOP),
    "no next hop": (without(NEXT_HOP), WITHDRAW, NEXT_HOP),
    "med of 3": (more(MED, O, b"\0\0\1"), WITHDRAW, MED),
    "local pref": (more(LOCAL_PREF, WK, b"\0\0\0\1"), DISCARD, LOCAL_PREF),
    "local pref of 3": (more(LOCAL_PREF, WK, b"\0\0\1"), DISCARD, LOCAL_PREF),
    "atomic aggregate of 1": (more(ATOMIC, WK, b"\0"), DISCARD, ATOMIC),
    "aggregator of 6": (more(AGGREGATOR, OT, b"\0\1\1\2\3\4"), DISCARD, AGGREGATOR),
    "communities of 3": (more(COMMUNITIES, OT, b"\0\1\0"), WITHDRAW, COMMUNITIES),
    "communities empty": (more(COMMUNITIES, OT, b""), WITHDRAW, COMMUNITIES),
    "ext communities of 7": (more(EXT_COMMUNITIES, OT, bytes(7)), WITHDRAW, EXT_COMMUNITIES),
    "large communities of 11": (more(LARGE_COMMUNITIES, OT, bytes(11)), WITHDRAW,
                                LARGE_COMMUNITIES),
    "otc of 3": (more(OTC, OT, b"\0\1\1"), WITHDRAW, OTC),
    "well-known unknown": (more(201, WK, b"x"), WITHDRAW, 201),
    "longer than the list": (lambda bad: update(
        base(bad) + bytes([OT, COMMUNITIES, 200, 0, 1]), nlri(PREFIX[4])), WITHDRAW, COMMUNITIES),
    "cut header": (lambda bad: update(base(bad) + bytes([OT]), nlri(PREFIX[4])), WITHDRAW, None),
}

# What ends the session, with which NOTIFICATION.
RESET = {
    "withdrawn too long": (lambda bad: message(UPDATE, b"\0\xf0" + bytes(8)), (3, 1)),
    "attributes too long": (lambda bad: message(UPDATE, b"\0\0\0\xf0" + bytes(8)), (3, 1)),
    "prefix of 33": (lambda bad: update(base(bad), b"\x21\1\2\3\4\5"), (3, 10)),
    "prefix cut off": (lambda bad: update(base(bad), b"\x18\1\2"), (3, 10)),
    "withdrawn prefix of 33": (lambda bad: update(withdraw=b"\x21\1\2\3\4\5"), (3, 10)),
    "bad origin, no route": (lambda bad: update(attribute(WK, ORIGIN, b"\7")), (3, 1)),
}
RESET6 = {
    "next hop of 5": (lambda bad: update(base(bad, hop=b"\1\2\3\4\5")), (3, 9)),
    "prefix of 129": (lambda bad: update(base(bad, without=(MP_REACH,), more=attribute(
        O, MP_REACH, mp_reach(bytes(16)) + b"\x81" + bytes(17)))), (3, 9)),
    "reach twice": (lambda bad: update(base(bad) * 2), (3, 1)),
    "reach transitive": (lambda bad: update(base(bad, without=(MP_REACH,), more=attribute(
        OT, MP_REACH, mp_reach(speaker.address(bad.source), PREFIX[6])))), (3, 9)),
    "reach of 3": (lambda bad: update(base(bad, without=(MP_REACH,), more=attribute(
        O, MP_REACH, b"\0\2\1"))), (3, 9)),
    "unreach of 2": (lambda bad: update(attribute(O, MP_UNREACH, b"\0\2")), (3, 9)),
    "unreach prefix of 129": (lambda bad: update(attribute(
        O, MP_UNREACH, mp_unreach() + b"\x81" + bytes(17))), (3, 9)),
}
SURVIVED6 = {name: SURVIVED[name] for name in
             ("origin 3", "as path too short", "med of 3", "large communities of 11",
              "local pref")}
SURVIVED6["next hop ::"] = (lambda bad: update(base(bad, hop=bytes(16))), WITHDRAW, MP_REACH)


def announce_and_see(exchange, bad):
    bad.announce(PREFIX[bad.family])
    if bad.family == 4:
        for w in exchange.witnesses:
            w.until("the good route arrives", lambda: PREFIX[4] in w.told)
    else:
        lab.until("the good route is there", lambda: exchange.rs.routes(PREFIX[6]))


def shown_as_malformed(exchange, bad, kind, octets):
    """The route is there as rejected, with what was wrong and the attributes as they were sent."""
    routes = [r for r in exchange.rs.routes("rejected", "from", bad.source)
              if r["prefix"] == PREFIX[bad.family]]
    if not routes:
        return False
    (route,), found = routes, routes[0]["malformed"]
    withdrawn = struct.unpack("!H", octets[19:21])[0]
    length = struct.unpack("!H", octets[21 + withdrawn:23 + withdrawn])[0]
    assert [r["code"] for r in route["reject_reasons"]] == [17] and not route["accepted"]
    assert kind is None or found["attribute"] == kind
    assert found["text"]
    assert bytes.fromhex(found["octets"]) == octets[23 + withdrawn:23 + withdrawn + length]
    return True


def logged_octets(exchange, bad, line):
    """The message of a line update-treated-as-withdraw, put together out of those behind it."""
    number = re.search(r" update=\d+ ", line)[0]
    parts = exchange.rs.lines("update-octets", f"peer={bad.source} ", number)
    assert [int(re.search(r" at=(\d+) ", p)[1]) for p in parts] == [
        400 * i for i in range(len(parts))]
    return b"".join(bytes.fromhex(re.search(r" octets=(\w+)$", p)[1]) for p in parts)


def survive(exchange, bad, case):
    octets, fate, kind = case
    rs, prefix = exchange.rs, PREFIX[bad.family]
    bad.establish()
    announce_and_see(exchange, bad)
    malformed = rs.peer(bad.source)["session"]["malformed"]
    bad.send(octets(bad))
    if fate == WITHDRAW:
        lab.until("the route is rejected", lambda: shown_as_malformed(
            exchange, bad, kind, octets(bad)))
        line = rs.wait_line("update-treated-as-withdraw", f"peer={bad.source} ")
        assert logged_octets(exchange, bad, line) == octets(bad)
        assert prefix in rs.lines("update-nlri", f"peer={bad.source} ")[-1]
    else:
        line = rs.wait_line("attribute-discarded", f"peer={bad.source} ")
        (route,) = rs.routes(prefix, "from", bad.source)
        assert route["origin"] == "IGP" and "aggregator" not in route
        assert "atomic_aggregate" not in route and route["local_pref"] == 100
    assert kind is None or f" attribute={kind} " in line
    assert rs.peer(bad.source)["session"]["malformed"] == malformed + (fate == WITHDRAW)
    if bad.family == 4:
        for w in exchange.witnesses:
            w.until("the witness sees it", lambda: (prefix in w.told) == (fate == DISCARD))
    announce_and_see(exchange, bad)
    assert bad.is_well()
    bad.withdraw(prefix)
    lab.until("all is gone", lambda: not rs.routes(prefix))


@pytest.mark.parametrize("name", SURVIVED)
def test_malformed_update_is_survived(exchange, bad, name):
    survive(exchange, bad, SURVIVED[name])


@pytest.mark.parametrize("name", SURVIVED6)
def test_malformed_ipv6_update_is_survived(exchange, bad6, name):
    survive(exchange, bad6, SURVIVED6[name])


def test_the_log_has_all_of_a_malformed_update(exchange, bad):
    """RFC 7606 section 6: as many lines as it takes, in order, none cut."""
    prefixes = [f"10.{200 + i // 256}.{i % 256}.0/24" for i in range(900)]
    bad.establish()
    whole = update(base(bad, without=(ORIGIN,)), nlri(*prefixes))
    bad.send(whole)
    line = exchange.rs.wait_line("update-treated-as-withdraw", f"peer={bad.source} ")
    assert " prefixes=900 " in line
    lab.until("all octets are there", lambda: logged_octets(exchange, bad, line) == whole)
    listed = [p for one in exchange.rs.lines("update-nlri", f"peer={bad.source} ")
              for p in re.search(r' prefixes="(.*)"$', one)[1].split()]
    assert listed == prefixes
    assert all(len(x) < 1024 for x in exchange.rs.lines("update-octets"))
    lab.until("all are shown", lambda: exchange.rs.peer(bad.source)["routes"]["rejected"] == 900)
    bad.withdraw(*prefixes)
    lab.until("all are gone", lambda: exchange.rs.peer(bad.source)["routes"]["received"] == 0)


def reset(exchange, bad, case):
    octets, notification = case
    bad.establish()
    announce_and_see(exchange, bad)
    bad.send(octets(bad))
    assert bad.notification()[:2] == notification
    exchange.rs.wait_line("session-down", f"peer={bad.source} ", "UPDATE Message Error")
    lab.until("its routes leave", lambda: not exchange.rs.routes(PREFIX[bad.family]))
    bad.establish()
    announce_and_see(exchange, bad)


@pytest.mark.parametrize("name", RESET)
def test_update_that_cannot_be_read(exchange, bad, name):
    reset(exchange, bad, RESET[name])


@pytest.mark.parametrize("name", RESET6)
def test_ipv6_update_that_cannot_be_read(exchange, bad6, name):
    reset(exchange, bad6, RESET6[name])


def test_notification_in_the_middle(exchange, bad):
    """Routes before it count and leave with the session, what comes behind it is not read."""
    bad.establish()
    announce_and_see(exchange, bad)
    text = b"we move racks"
    bad.send(message(NOTIFICATION, bytes([6, 2, len(text)]) + text) +
             update(bad.attributes(), nlri("198.51.101.0/24")))
    assert bad.is_closed()
    line = exchange.rs.wait_line("session-down", f"peer={bad.source} ")
    assert "Administrative Shutdown" in line and text.decode() in line
    assert text.decode() in exchange.rs.peer(bad.source)["last_error"]
    for w in exchange.witnesses:
        w.until("its route leaves", lambda: PREFIX[4] not in w.told)
        assert "198.51.101.0/24" not in w.told


def test_notification_that_is_cut_short(exchange, bad):
    bad.establish()
    bad.send(header(20, NOTIFICATION) + b"\6")
    assert bad.notification() == (1, 2, b"\0\x14")


# --- connections ---

def test_unknown_address_is_closed_at_accept(exchange):
    for family in (4, 6):
        with speaker.Speaker(exchange.stranger, exchange.rs_host, 65099, family) as s:
            try:
                s.connect()
            except ConnectionResetError:
                s.closed = True
            assert s.is_closed(2) and not s.counts
            exchange.rs.wait_line("connection-unknown", f"from={s.source} ")


def connect_often(who, count):
    """Connections that say nothing, all held open; how many the server has not ended."""
    sockets = []
    with speaker.inside(who.host.netns):
        for _ in range(count):
            s = socket.socket()
            s.bind((who.source, 0))
            s.setblocking(False)
            s.connect_ex((who.rs.addr4, 179))
            sockets.append(s)
    return sockets


def still_open(sockets):
    count = 0
    for s in sockets:
        try:
            data = s.recv(4096)
            count += data != b""
        except BlockingIOError:
            count += 1
        except OSError:
            pass
    return count


@pytest.mark.parametrize("known", [False, True], ids=["stranger", "peer"])
def test_many_connections_of_one_source(exchange, known):
    """Few of a peer's are let in, none of a stranger's; the log is not filled."""
    who = exchange.take(4) if known else speaker.Speaker(exchange.stranger, exchange.rs_host, 65099)
    event = "connection-refused" if known else "connection-unknown"
    start = time.monotonic()
    sockets = connect_often(who, CONNECTS)
    exchange.flow()
    assert time.monotonic() - start < 5
    lab.until("most are closed", lambda: still_open(sockets) <= (2 if known else 0))
    exchange.rs.wait_line(event, f"from={who.source} ")
    lines = [line for line in exchange.rs.said().splitlines()
             if f"={who.source} " in line and " debug " not in line]
    assert len(lines) < 40, lines
    for s in sockets:
        s.close()
    if known:
        with who:
            who.establish()
            assert who.is_well()


def test_peer_that_is_not_there(exchange):
    """The server connects to it, in vain: said now and then, tried again."""
    lines = exchange.rs.lines("connect-failed", f"peer={exchange.nobody.source} ")
    exchange.rs.wait_line("connect-failed", f"peer={exchange.nobody.source} ", "No route to host")
    assert len(lines) <= 10
    peer = exchange.rs.peer(exchange.nobody.source)
    assert not peer["up"] and peer["last_error"] == "No route to host"


def test_it_ends_well(whole):
    for process in whole.rs.ask("show", "processes")["processes"]:
        assert process.get("records_refused", 0) == 0
    assert not whole.rs.ask("show", "alarms")["alarms"]
    whole.rs.end()
