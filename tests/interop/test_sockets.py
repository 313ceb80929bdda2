"""What the parent's sockets do on a real LAN: addresses that come late, traffic class, MD5 keys."""
import collections
import os
import socket
import struct

import pytest

import lab
import speaker

DSCP_CS6 = 48
TCP_MD5SIG = 14
ETH_P_ALL = 3
LOW_OPTMEM = 20480
PASSWORD = b"correct-horse-battery"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


@pytest.fixture(name="place")
def place_fixture():
    place = lab.Lab()
    try:
        yield place
    finally:
        place.close()


def alarms(rs):
    return {(a["alarm"], a["source"]) for a in rs.ask("show", "alarms")["alarms"]}


# --- addresses that are not there yet ---

def test_address_that_comes_late(place):
    """The daemon starts without its addresses; members get in as soon as they are there."""
    rs_host = place.add("rs", 1)
    waits = [speaker.Speaker(place.add(f"m{f}", 20 + f), rs_host, 65020 + f, f) for f in (4, 6)]
    listens = [speaker.Speaker(place.add(f"l{f}", 30 + f), rs_host, 65030 + f, f) for f in (4, 6)]
    missing = {("listen-address-missing", a) for a in (rs_host.addr4, rs_host.addr6)}
    for address in (f"{rs_host.addr4}/24", f"{rs_host.addr6}/64"):
        rs_host.ns("ip", "addr", "del", address, "dev", "lan0")
    rs = lab.RouteServer(rs_host, [s.client() for s in waits] +
                         [s.client(cfg={"passive": False}) for s in listens]).start()
    lab.until("alarms stand", lambda: alarms(rs) == missing)
    # of the connections that it makes, too, it is clear what keeps them
    for s in listens:
        lab.until("the error is known", lambda s=s: rs.peer(s.source)["last_error"])
        assert rs.peer(s.source)["last_error"] == (
            "this host does not have the address to connect from")
        rs.wait_line("connect-failed", f"peer={s.source} ", count=2)
    rs_host.ns("ip", "addr", "add", f"{rs_host.addr4}/24", "dev", "lan0")
    rs_host.ns("ip", "addr", "add", f"{rs_host.addr6}/64", "dev", "lan0", "nodad")
    for s in waits:
        s.establish()
    lab.until("the alarms are gone", lambda: not alarms(rs), 10)
    for s in listens:
        with speaker.inside(s.host.netns), socket.create_server(
                (s.source, 179), family=socket.AF_INET if s.family == 4 else socket.AF_INET6) as l:
            l.settimeout(10)
            l.accept()[0].close()
    # and once more while it runs, of one family
    rs_host.ns("ip", "addr", "del", f"{rs_host.addr4}/24", "dev", "lan0")
    lab.until("the alarm stands", lambda: alarms(rs) == {("listen-address-missing", rs_host.addr4)})
    rs_host.ns("ip", "addr", "add", f"{rs_host.addr4}/24", "dev", "lan0")
    lab.until("the alarm is gone", lambda: not alarms(rs), 10)
    assert all(s.is_well() for s in waits)
    rs.end()


# --- traffic class ---

Segment = collections.namedtuple("Segment", "dscp syn ack")


def segments(sniffer):
    """What has come from the route server by TCP: [(source, Segment)]."""
    found = []
    while True:
        try:
            frame = sniffer.recv(1 << 16, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return found
        kind = struct.unpack("!H", frame[12:14])[0]
        if kind == 0x0800 and frame[23] == socket.IPPROTO_TCP:
            source, mark = socket.inet_ntop(socket.AF_INET, frame[26:30]), frame[15]
            tcp = frame[14 + 4 * (frame[14] & 15):]
        elif kind == 0x86dd and frame[20] == socket.IPPROTO_TCP:
            source = socket.inet_ntop(socket.AF_INET6, frame[22:38])
            mark, tcp = struct.unpack("!H", frame[14:16])[0] >> 4 & 0xff, frame[54:]
        else:
            continue
        found.append((source, Segment(mark >> 2, bool(tcp[13] & 2), bool(tcp[13] & 16))))


@pytest.mark.parametrize("family", [4, 6])
@pytest.mark.parametrize("connects", [True, False], ids=["it-connects", "it-listens"])
def test_traffic_class(place, family, connects):
    """Every segment, from the first one on, is marked CS6."""
    rs_host, host = place.add("rs", 1), place.add("m", 20)
    s = speaker.Speaker(host, rs_host, 65020, family)
    rs = lab.RouteServer(rs_host, [s.client(cfg={"passive": not connects})])
    with speaker.inside(host.netns):
        sniffer = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        sniffer.bind(("lan0", 0))
        kind = socket.AF_INET if family == 4 else socket.AF_INET6
        listener = socket.create_server((s.source, 179), family=kind) if connects else None
    with sniffer, s:
        rs.start()
        if connects:
            listener.settimeout(10)
            s.socket = listener.accept()[0]
            listener.close()
            s.send(s.open_message() + speaker.message(speaker.KEEPALIVE))
        else:
            s.establish()
        lab.until("the session is up", lambda: rs.peers()[s.source]["up"])
        s.announce("198.51.100.0/24" if family == 4 else "2001:db8:1::/48")
        lab.until("the route is there", lambda: rs.peer(s.source)["routes"]["received"] == 1)
        rs.end()
        assert s.notification()[:2] == (6, 2)
        address = rs_host.addr4 if family == 4 else rs_host.addr6
        seen = [segment for source, segment in segments(sniffer) if source == address]
    assert len([x for x in seen if not x.syn]) >= 4
    # its SYN, or its SYN and ACK, was among them
    assert {x.ack for x in seen if x.syn} == {not connects}
    assert {x.dscp for x in seen} == {DSCP_CS6}


# --- TCP MD5 ---

class KeySpeaker(speaker.Speaker):
    """A speaker over IPv4 with a TCP MD5 key."""

    def connect(self):
        self.start_over()
        with speaker.inside(self.host.netns):
            self.socket = socket.socket()
        self.socket.settimeout(2)
        self.socket.bind((self.source, 0))
        peer = struct.pack("=HH4s", socket.AF_INET, 0, speaker.address(self.rs.addr4))
        self.socket.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, peer.ljust(128, b"\0") + struct.pack(
            "=BBHI", 0, 0, len(PASSWORD), 0) + PASSWORD.ljust(80, b"\0"))
        self.socket.connect((self.rs.addr4, 179))
        return self


def absent(count):
    """Peers with keys that never come."""
    return [{"asn": 64000 + i, "ip": f"10.9.{i // 250}.{1 + i % 250}", "filters": "none",
             "password": PASSWORD.decode()} for i in range(count)]


def set_optmem(host, octets):
    """One limit for each namespace since Linux 6.9."""
    path = "/proc/sys/net/core/optmem_max"
    host.ns("sh", "-c", f"echo {octets} > {path} || true")
    if host.ns("sh", "-c", f"cat {path} || true").strip() != str(octets):
        pytest.skip("net.core.optmem_max is not to be set for one namespace here")


def test_more_keys_than_there_is_room_for(place):
    """A reload that would need too many is refused, and nobody notices; with more room it works."""
    rs_host, host = place.add("rs", 1), place.add("m", 20)
    place.add("n", 21)
    set_optmem(rs_host, LOW_OPTMEM)
    first = KeySpeaker(host, rs_host, 65020)
    last = KeySpeaker(place.hosts[-1], rs_host, 65021)
    password = {"password": PASSWORD.decode()}
    rs = lab.RouteServer(rs_host, [first.client(**password)] + absent(100),
                         daemon={"max_peers": 400}).start()
    with first, last:
        first.establish()
        before = rs.sessions()
        rs.conf["clients"] += absent(300)[100:] + [last.client(**password)]
        rs.write_conf()
        status, said, error = rs.ctl("reload")
        assert status != 0
        assert "a listening socket needs 302 keys" in said + error
        assert f"net.core.optmem_max = {LOW_OPTMEM} octets" in said + error
        assert rs.sessions() == before and len(rs.peers()) == 101
        assert "reload-refused" in {a for a, _ in alarms(rs)}
        with pytest.raises(OSError):
            last.connect()
        set_optmem(rs_host, 65536)
        rs.reload()
        last.establish()
        assert rs.sessions([first.source]) == before
        # back to few: the keys of those who are gone are gone
        rs.conf["clients"] = [first.client(**password)]
        rs.reload()
        lab.until("the other is gone", lambda: last.is_closed() or last.counts[speaker.NOTIFICATION])
        with pytest.raises(OSError):
            last.connect()
            last.socket.recv(1)
        assert rs.sessions([first.source]) == before and first.is_well()
    rs.end()
