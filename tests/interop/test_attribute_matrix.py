"""Every attribute with every defect, sent to a running daemon: tests/unit/wire/attr_matrix.txt.

Three speakers send what does not end a session (one of IPv4, one of IPv6, one of 2-octet AS
numbers), each row with a prefix of its own that was announced well before; every row that ends the
session has a speaker of its own. Beside them BIRD has a session of each family, and so have two
speakers that see the octets: they must get exactly what the table says, and notice nothing.

    speakers --rows--> roostd --> BIRD (prefixes, paths)
                         `------> speakers (attributes)
"""
import collections
import os
import re
import struct
import subprocess
import time

import pytest

import lab
import members
import speaker

MATRIX = lab.ROOT / "tests" / "unit" / "wire" / "attr_matrix.txt"
FIRST_RESET = 100
ROWS_AT_LEAST = 2000
MARK = 64999  # the path of a row ends in it, that of the good announcement before does not
BATCH = 200

Row = collections.namedtuple("Row", "name type session routes attributes outcome source prefix")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


# --- the table ---

def types_of(text):
    for part in text.split(","):
        first, _, last = part.partition("-")
        yield from range(int(first), int(last or first) + 1)


def read_matrix():
    """The rows of each line, one for each of its types, with prefixes of their own."""
    lines, count = [], collections.Counter()
    for line in MATRIX.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        name, types, session, routes, attributes, outcome, source = map(str.strip, line.split("|"))
        rows = []
        for kind in types_of(types):
            family = 6 if session == "v6" else 4
            n = count[family] = count[family] + 1
            prefix = f"10.{n >> 8}.{n & 255}.0/24" if family == 4 else f"2001:db8:{0x8000 + n:x}::/48"
            rows.append(Row(name.replace("TT", str(kind)), kind, session, routes, attributes,
                            outcome, source, prefix))
        lines.append(rows)
    return lines


LINES = read_matrix()
ROWS = [row for rows in LINES for row in rows]


def is_reset(row):
    return row.outcome.startswith("reset")


def octets_of(words, row, who):
    """Octets of words of the table; and those from ">" on."""
    asn4 = struct.pack("!I", who.asn)
    path = f"40 02 0a 02 02 ASN4 {MARK:08x}" if row.session != "old" else (
        f"40 02 06 02 02 ASN2 {MARK:04x}")
    meaning = {"origin": "40 01 01 00", "path": path, "hop": "40 03 04 HOP",
               "reach": "80 0e 1c 0002 01 10 HOP 00 PREFIX"}
    values = {"ASN4": asn4, "ASN2": asn4[2:], "HOP": speaker.address(who.source),
              "PREFIX": speaker.nlri(row.prefix), "CUT": speaker.nlri(row.prefix)[:-1],
              "TT": bytes([row.type])}
    out, tested = b"", None
    for word in words.split():
        if word == ">":
            tested = len(out)
        elif word in meaning:
            out += octets_of(meaning[word], row, who)[0]
        else:
            out += values[word] if word in values else bytes.fromhex(word)
    return out, b"" if tested is None else out[tested:]


def message_of(row, who):
    attributes, _ = octets_of(row.attributes, row, who)
    own = speaker.nlri(row.prefix)
    return speaker.update(attributes, own if row.routes == "announce" else b"",
                          own if row.routes == "withdraw" else b"")


def value_sent(tested):
    """The value of the first attribute."""
    if tested[0] & speaker.EXTENDED:
        return tested[4:4 + struct.unpack("!H", tested[2:4])[0]]
    return tested[3:3 + tested[2]]


# --- the exchange ---

class OldSpeaker(speaker.Speaker):
    """One of 2-octet AS numbers."""

    def open_message(self, **fields):
        return super().open_message(capabilities=struct.pack("!BBHBB", 1, 4, 1, 0, 1), **fields)

    def good_path(self):
        return bytes([2, 1]) + struct.pack("!H", self.asn)


class Exchange:
    def __init__(self):
        subprocess.run([lab.ROOT / "tests" / "peers.sh"], check=True, timeout=600)
        self.lab = lab.Lab()
        self.rs_host = self.lab.add("rs", 1)
        self.bird = members.Bird(self.lab.add("bird", 10), 10, self.rs_host)
        seer = self.lab.add("seer", 11)
        self.seers = {4: speaker.Speaker(seer, self.rs_host, 65011),
                      6: speaker.Speaker(seer, self.rs_host, 65011, 6)}
        bad = self.lab.add("bad", 20)
        self.speakers = {"v4": speaker.Speaker(bad, self.rs_host, 65020),
                         "v6": speaker.Speaker(bad, self.rs_host, 65020, 6),
                         "old": OldSpeaker(self.lab.add("old", 21), self.rs_host, 65021)}
        self.resets = [(row, self.reset_speaker(bad, n, 6 if row.session == "v6" else 4))
                       for n, row in enumerate(filter(is_reset, ROWS))]
        self.rs = lab.RouteServer(self.rs_host, [self.bird.client()] + [
            s.client() for s in [*self.seers.values(), *self.speakers.values(),
                                 *(s for _, s in self.resets)]])
        self.notifications, self.tables, self.told = {}, {}, {}
        self.took_s, self.not_at_bird = 0, set()

    def reset_speaker(self, host, n, family):
        net = lab.NET4 if family == 4 else lab.NET6
        address = str(net[FIRST_RESET + n])
        host.ns("ip", "addr", "add", f"{address}/{net.prefixlen}", "dev", "lan0",
                *(["nodad"] if family == 6 else []))
        return speaker.Speaker(host, self.rs_host, 65100 + n, family, address)

    def well(self):
        return [self.bird.host.addr4, self.bird.host.addr6,
                *(s.source for s in self.seers.values())]

    def wait(self, condition, seconds):
        """Reads on at the seers until it is so, or the time is over: the rows say what was not."""
        end = time.monotonic() + seconds
        while not condition() and time.monotonic() < end:
            for s in self.seers.values():
                s.receive(0.05)
                while s.receive() is not None:
                    pass

    def differences(self, prefixes):
        """What those who look on have too many or too few of these, of both families."""
        told = set(self.seers[4].told) | set(self.seers[6].told)
        return (told - self.birds_own) ^ prefixes or (
            set(self.bird.routes(4)) | set(self.bird.routes(6))) ^ (prefixes - self.not_at_bird)

    def start(self):
        self.rs.start()
        self.bird.start()
        for s in [*self.seers.values(), *self.speakers.values()]:
            s.establish()
        lab.until("all are up", lambda: len(self.rs.sessions(self.well())) == 4)
        self.birds_own = {p for t in (self.bird.main, self.bird.second) for p in t.values()}

    def announce_all(self):
        for name, s in self.speakers.items():
            mine = [r.prefix for r in ROWS if r.session == name and not is_reset(r)]
            path = s.good_path() if name == "old" else None
            for at in range(0, len(mine), BATCH):
                s.announce(*mine[at:at + BATCH], as_path=path)
        for row, s in self.resets:
            s.establish().announce(row.prefix)
        everything = {r.prefix for r in ROWS}
        self.wait(lambda: not self.differences(everything), 20)
        assert not self.differences(everything), "not all of the good announcements have arrived"

    def send_rows(self):
        for row in ROWS:
            if not is_reset(row):
                self.speakers[row.session].send(message_of(row, self.speakers[row.session]))
        for row, s in self.resets:
            s.send(message_of(row, s))
        for row, s in self.resets:
            self.notifications[row.name] = s.notification(5)
        wanted = {r.prefix for r in ROWS if is_there(r)}
        self.not_at_bird = {r.prefix for r in ROWS if not is_at_bird(r)}
        self.wait(lambda: not self.differences(wanted), 10)
        self.tables = {**self.bird.routes(4), **self.bird.routes(6)}
        self.told = {**self.seers[4].told, **self.seers[6].told}


def is_there(row):
    """Whether others have the prefix in the end."""
    return row.outcome.split()[0] not in ("withdraw", "gone", "reset")


def is_at_bird(row):
    """BIRD has a use of its own for type 254 and takes no route that bears it."""
    return is_there(row) and not (row.type == 254 and "partial" in row.outcome)


@pytest.fixture(scope="module", name="exchange")
def exchange_fixture():
    x = Exchange()
    begin = time.monotonic()
    try:
        x.start()
        x.before, x.children = x.rs.sessions(x.well()), x.rs.children()
        x.announce_all()
        x.send_rows()
        x.took_s = time.monotonic() - begin
        yield x
    except AssertionError:
        print(x.rs.said()[-4000:])
        raise
    finally:
        for s in [*x.seers.values(), *x.speakers.values(), *(s for _, s in x.resets)]:
            s.close()
        x.lab.close()


# --- row by row ---

def check_reset(x, row):
    who = next(s for r, s in x.resets if r.name == row.name)
    _, code, subcode, data = row.outcome.split()
    wanted = b"" if data == "none" else octets_of(row.attributes, row, who)[1]
    assert x.notifications[row.name] == (int(code), int(subcode), wanted), row.name


def check_attributes(x, row):
    """What the seers have been told of the attribute under test."""
    outcome, who = row.outcome.split()[0], x.speakers[row.session]
    found = x.told[row.prefix].get(row.type)
    if outcome in ("pass", "partial", "first", "first-partial"):
        _, tested = octets_of(row.attributes, row, who)
        assert found is not None, f"{row.name}: the attribute has not passed"
        assert found.value == value_sent(tested), row.name
        assert found.flags & 0xc0 == tested[0] & 0xc0, row.name
        assert "partial" not in outcome or found.flags & speaker.PARTIAL, row.name
    elif outcome in ("discard", "ignore") and row.type not in (
            speaker.ORIGIN, speaker.AS_PATH, speaker.NEXT_HOP):
        assert found is None, f"{row.name}: the attribute has passed"


def check(x, row):
    route = x.tables.get(row.prefix)
    assert (row.prefix in x.told) == is_there(row), f"{row.name}: {row.outcome}"
    assert (route is not None) == is_at_bird(row), f"{row.name} at BIRD: {row.outcome}"
    if is_reset(row):
        check_reset(x, row)
    if not is_there(row):
        return
    if route is not None and row.type != speaker.AS_PATH:
        assert (str(MARK) in route.as_path.split()) == (row.outcome != "unheard"), row.name
    check_attributes(x, row)


@pytest.mark.parametrize("rows", LINES, ids=[re.sub(r"\W+", "-", rows[0].name) for rows in LINES])
def test_row(exchange, rows):
    wrong = []
    for row in rows:
        try:
            check(exchange, row)
        except AssertionError as error:
            wrong.append(str(error).splitlines()[0])
    assert not wrong


def test_nobody_else_has_noticed(exchange):
    rs = exchange.rs
    print(f"{len(ROWS)} rows in {exchange.took_s:.1f} s")
    assert len(ROWS) >= ROWS_AT_LEAST
    assert rs.sessions(exchange.well()) == exchange.before and len(exchange.before) == 4
    assert rs.children() == exchange.children
    assert all(s.is_well() for s in exchange.seers.values())
    for name, s in exchange.speakers.items():
        assert s.is_well(), f"the session {name} has ended"
    rs.end()
