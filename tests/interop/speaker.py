"""A BGP speaker played by hand: exact octets in, exact octets out, good ones and bad ones.

It lives on a host of the lab and reads when it is asked to; with hold time 0, which it offers,
nobody waits for its keepalives. What it has been told is in `told`: {prefix: {type: Attribute}}.
"""
import collections
import contextlib
import ctypes
import ipaddress
import os
import select
import socket
import struct
import time

import lab

OPEN, UPDATE, NOTIFICATION, KEEPALIVE = 1, 2, 3, 4
(ORIGIN, AS_PATH, NEXT_HOP, MED, LOCAL_PREF, ATOMIC, AGGREGATOR, COMMUNITIES, MP_REACH, MP_UNREACH,
 EXT_COMMUNITIES, LARGE_COMMUNITIES, OTC) = (1, 2, 3, 4, 5, 6, 7, 8, 14, 15, 16, 32, 35)
WELL_KNOWN, OPTIONAL, OPTIONAL_TRANSITIVE, PARTIAL, EXTENDED = 0x40, 0x80, 0xc0, 0x20, 0x10
MARKER = b"\xff" * 16
HEADER = 19
AFI = {4: 1, 6: 2}

# An attribute as it arrived; the Extended Length bit says nothing about it and is left out.
Attribute = collections.namedtuple("Attribute", "flags value")

CLONE_NEWNET = 0x40000000


@contextlib.contextmanager
def inside(netns):
    """This thread makes its sockets in a namespace; they stay there."""
    home, there = (os.open(path, os.O_RDONLY) for path in
                   ("/proc/thread-self/ns/net", f"/run/netns/{netns}"))
    try:
        if lab.LIBC.setns(there, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), f"setns {netns}")
        yield
    finally:
        if lab.LIBC.setns(home, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns back")
        os.close(home)
        os.close(there)


# --- octets ---

def message(kind, body=b""):
    return MARKER + struct.pack("!HB", HEADER + len(body), kind) + body


def attribute(flags, kind, value):
    if len(value) > 255:
        return struct.pack("!BBH", flags | EXTENDED, kind, len(value)) + value
    return struct.pack("!BBB", flags, kind, len(value)) + value


def address(text):
    return ipaddress.ip_address(text).packed


def nlri(*prefixes):
    out = b""
    for prefix in map(ipaddress.ip_network, prefixes):
        octets = (prefix.prefixlen + 7) // 8
        out += bytes([prefix.prefixlen]) + prefix.network_address.packed[:octets]
    return out


def path(*asns, kind=2):
    return bytes([kind, len(asns)]) + b"".join(struct.pack("!I", n) for n in asns)


def communities(*texts):
    return b"".join(struct.pack("!HH", *map(int, t.split(":"))) for t in texts)


def update(attributes=b"", announce=b"", withdraw=b""):
    """An UPDATE of parts that may be wrong: only the two length fields are right."""
    return message(UPDATE, struct.pack("!H", len(withdraw)) + withdraw +
                   struct.pack("!H", len(attributes)) + attributes + announce)


def mp_reach(next_hop, *prefixes, afi=2, safi=1):
    return struct.pack("!HBB", afi, safi, len(next_hop)) + next_hop + b"\0" + nlri(*prefixes)


def mp_unreach(*prefixes, afi=2, safi=1):
    return struct.pack("!HB", afi, safi) + nlri(*prefixes)


def read_nlri(data, family):
    size, at = 4 if family == 4 else 16, 0
    while at < len(data):
        octets = (data[at] + 7) // 8
        whole = data[at + 1:at + 1 + octets].ljust(size, b"\0")
        yield f"{ipaddress.ip_address(whole)}/{data[at]}"
        at += 1 + octets


def read_attributes(data):
    found = {}
    while data:
        extended = data[0] & EXTENDED
        length, head = (struct.unpack("!H", data[2:4])[0], 4) if extended else (data[2], 3)
        found[data[1]] = Attribute(data[0] & ~EXTENDED, data[head:head + length])
        data = data[head + length:]
    return found


class Speaker:
    def __init__(self, host, rs, asn, family=4, source=None):
        self.host, self.rs, self.asn, self.family = host, rs, asn, family
        self.source = source or (host.addr4 if family == 4 else host.addr6)
        self.socket = None
        self.start_over()

    def start_over(self):
        self.close()
        self.socket, self.buffer, self.closed = None, b"", False
        self.told, self.ended, self.counts = {}, set(), collections.Counter()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        if self.socket is not None:
            self.socket.close()

    def client(self, **more):
        """Its entry in the route server's configuration."""
        return {"asn": self.asn, "ip": self.source, "filters": "none", **more}

    # --- connection ---

    def connect(self):
        self.start_over()
        with inside(self.host.netns):
            self.socket = socket.socket(socket.AF_INET if self.family == 4 else socket.AF_INET6)
        self.socket.settimeout(10)
        self.socket.bind((self.source, 0))
        self.socket.connect((self.rs.addr4 if self.family == 4 else self.rs.addr6, 179))
        return self

    def open_message(self, version=4, asn=None, hold_s=0, bgp_id=None, capabilities=None,
                     parameters=None):
        asn = self.asn if asn is None else asn
        if capabilities is None:
            capabilities = (struct.pack("!BBHBB", 1, 4, AFI[self.family], 0, 1) +
                            struct.pack("!BB", 2, 0) + struct.pack("!BBI", 65, 4, asn))
        if parameters is None:
            parameters = bytes([2, len(capabilities)]) + capabilities
        if bgp_id is None:
            bgp_id = struct.pack("!I", 0x0a000000 + self.asn % 65536)
        return message(OPEN, struct.pack("!BHH", version, asn if asn < 65536 else 23456, hold_s) +
                       bgp_id + bytes([len(parameters)]) + parameters)

    def establish(self, **fields):
        """A session, tried again while the server does not want one yet."""
        def attempt():
            try:
                self.connect()
                self.send(self.open_message(**fields))
                got = [self.receive(5), self.receive(5)]
            except OSError:
                return False
            return [m and m[0] for m in got] == [OPEN, KEEPALIVE]
        lab.until(f"{self.source} has a session", attempt)
        self.send(message(KEEPALIVE))
        return self

    def send(self, octets):
        self.socket.sendall(octets)

    def receive(self, timeout_s=0.0):
        """The next message as (kind, body); None if there is none, or no more."""
        end = time.monotonic() + timeout_s
        while not self.closed:
            if len(self.buffer) >= HEADER:
                length, kind = struct.unpack("!HB", self.buffer[16:HEADER])
                if len(self.buffer) >= length:
                    body, self.buffer = self.buffer[HEADER:length], self.buffer[length:]
                    self.take(kind, body)
                    return kind, body
            wait_s = max(0.0, end - time.monotonic())
            if not select.select([self.socket], [], [], wait_s)[0]:
                return None
            try:
                more = self.socket.recv(1 << 16)
            except ConnectionError:
                more = b""
            self.closed = not more
            self.buffer += more
        return None

    def until(self, what, condition, timeout_s=10):
        """Reads on until the condition holds."""
        end = time.monotonic() + timeout_s
        while not condition():
            left_s = end - time.monotonic()
            assert left_s > 0, f"{self.source}: after {timeout_s} s still not: {what}"
            if self.receive(min(left_s, 0.2)) is None:
                assert not self.closed or condition(), f"{self.source}: closed before: {what}"

    def notification(self, timeout_s=10):
        """(code, subcode, data) of the NOTIFICATION that ends the session; then it must end."""
        end = time.monotonic() + timeout_s
        while not self.closed and time.monotonic() < end:
            got = self.receive(end - time.monotonic())
            if got is not None and got[0] == NOTIFICATION:
                body = got[1]
                self.until("the connection ends", lambda: self.closed)
                return body[0], body[1], body[2:]
        return None

    def is_closed(self, timeout_s=10):
        """True if the server ends the connection within the time, and without a NOTIFICATION."""
        end = time.monotonic() + timeout_s
        while not self.closed and time.monotonic() < end:
            self.receive(end - time.monotonic())
        return self.closed and self.counts[NOTIFICATION] == 0

    def is_well(self):
        """True if the session stands and nothing but routes and keepalives came."""
        while self.receive() is not None:
            pass
        return not self.closed and self.counts[NOTIFICATION] == 0

    # --- routes ---

    def take(self, kind, body):
        self.counts[kind] += 1
        if kind != UPDATE:
            return
        withdrawn_len = struct.unpack("!H", body[:2])[0]
        rest = body[2 + withdrawn_len:]
        attributes_len = struct.unpack("!H", rest[:2])[0]
        found = read_attributes(rest[2:2 + attributes_len])
        if body == b"\0\0\0\0":
            self.ended.add(4)
        for prefix in read_nlri(body[2:2 + withdrawn_len], 4):
            self.told.pop(prefix, None)
        unreach = found.pop(MP_UNREACH, None)
        if unreach is not None:
            if len(unreach.value) == 3 and not found:
                self.ended.add(6)
            for prefix in read_nlri(unreach.value[3:], 6):
                self.told.pop(prefix, None)
        reach = found.pop(MP_REACH, None)
        if reach is not None:
            hop_len = reach.value[3]
            found[NEXT_HOP] = Attribute(WELL_KNOWN, reach.value[4:4 + hop_len])
            for prefix in read_nlri(reach.value[5 + hop_len:], 6):
                self.told[prefix] = found
        for prefix in read_nlri(rest[2 + attributes_len:], 4):
            self.told[prefix] = found

    def attributes(self, more=b"", as_path=None):
        """ORIGIN, AS_PATH and, for IPv4, NEXT_HOP of an ordinary route, then more."""
        first = attribute(WELL_KNOWN, ORIGIN, b"\0") + attribute(
            WELL_KNOWN, AS_PATH, path(self.asn) if as_path is None else as_path)
        if self.family == 4:
            first += attribute(WELL_KNOWN, NEXT_HOP, address(self.source))
        return first + more

    def announce(self, *prefixes, more=b"", as_path=None):
        if self.family == 6:
            more += attribute(OPTIONAL, MP_REACH, mp_reach(address(self.source), *prefixes))
            self.send(update(self.attributes(more, as_path)))
        else:
            self.send(update(self.attributes(more, as_path), nlri(*prefixes)))

    def withdraw(self, *prefixes):
        if self.family == 6:
            self.send(update(attribute(OPTIONAL, MP_UNREACH, mp_unreach(*prefixes))))
        else:
            self.send(update(withdraw=nlri(*prefixes)))
