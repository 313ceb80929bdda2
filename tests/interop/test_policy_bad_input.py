"""Bad input to policy: an error that says where, or a verdict; no crash, and never "no filter".

A filtered exchange with real data. Beside every case witnesses hold their sessions, good routes go
on to reach them, and what nobody authorised reaches nobody.
"""
import json
import os
import struct

import pytest

import lab
import speaker
from speaker import AS_PATH, COMMUNITIES, LARGE_COMMUNITIES, OPTIONAL_TRANSITIVE, attribute, path

AS_SET = 1
COMBINATIONS = 30
MAX_COMMUNITIES = 400
OT = OPTIONAL_TRANSITIVE

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

# ASN: what its AS-SET is. Each has the route objects 11.N.0.0/16 and 11.N.1.0/24, N = ASN - 1000.
SOURCE, FLOOD, EMPTY, UNKNOWN, FREE = 1010, 1011, 1012, 1013, 1014
SETS = {SOURCE: "AS-SOURCE", FLOOD: "AS-FLOOD", EMPTY: "AS-EMPTY", UNKNOWN: "AS-NOWHERE"}
IRR = "".join(f"""
as-set: AS-{name}
members: {members}
source: TEST
""" for name, members in (("SOURCE", f"AS{SOURCE}"), ("FLOOD", f"AS{FLOOD}"),
                          ("EMPTY", ""))) + "".join(f"""
route: 11.{asn - 1000}.{i}.0/24
origin: AS{asn}
source: TEST
""" for asn in (SOURCE, FLOOD) for i in range(200)) + """
route: 11.10.250.0/24
origin: AS2000
source: TEST

route: 11.12.1.0/24
origin: AS9999
source: TEST
"""
# 11.10.3.0/24 belongs to somebody else.
VRPS = {"roas": [{"prefix": "11.10.3.0/24", "maxLength": 24, "asn": "AS9999", "ta": "ripe"}]}


class Exchange:
    def __init__(self):
        self.lab = lab.Lab()
        self.rs_host = self.lab.add("rs", 1)
        self.host = self.lab.add("peers", 10)
        self.irr, self.rpki = (self.lab.dir / name for name in ("irr.rpsl", "vrps.json"))
        self.write(IRR, VRPS)
        self.source, self.flood, self.empty, self.unknown, self.free = (
            self.speaker(i, asn) for i, asn in
            enumerate((SOURCE, FLOOD, EMPTY, UNKNOWN, FREE)))
        self.witnesses = [self.speaker(10 + i, 1020 + i) for i in range(3)]
        self.rs = lab.RouteServer(
            self.rs_host, [self.filtered(s) for s in (
                self.source, self.flood, self.empty, self.unknown)] + [
                s.client() for s in [self.free, *self.witnesses]],
            general={
                "filtering": {
                    "max_communities": MAX_COMMUNITIES,
                    "max_control_combinations": COMBINATIONS,
                    "rpki_bgp_origin_validation": {"enabled": True},
                    "global_black_list_pref": [{"prefix": "192.0.2.0", "length": 24}]},
                "communities": {
                    "do_not_announce_to_peer": {"std": "0:peer_as", "lrg": "64500:0:peer_as"},
                    "do_not_announce_to_any": {"std": "0:64500", "lrg": "64500:0:0"}}},
            sections={"feeds": {"irr": [str(self.irr)], "rpki": [str(self.rpki)]}})
        self.fresh = iter(range(4, 200))

    def write(self, irr=None, vrps=None):
        for file, text in ((self.irr, irr), (self.rpki, vrps)):
            if text is not None:
                file.write_text(text if isinstance(text, str) else json.dumps(text))
                file.chmod(0o644)

    def speaker(self, index, asn):
        address = str(lab.NET4[20 + index])
        self.host.ns("ip", "addr", "add", f"{address}/24", "dev", "lan0")
        return speaker.Speaker(self.host, self.rs_host, asn, 4, address)

    def filtered(self, who):
        sets = [SETS[who.asn]] if who.asn in SETS else []
        return {"asn": who.asn, "ip": who.source, "cfg": {"filtering": {"irrdb": {
            "as_sets": sets}}}}

    def start(self):
        self.rs.start()
        for s in [self.source, *self.witnesses]:
            s.establish()

    def still_filters(self):
        """A good route arrives everywhere; what is not authorised, or invalid, nowhere."""
        good = f"11.10.{next(self.fresh)}.0/24"
        self.source.announce("13.0.0.0/24", "11.10.3.0/24")
        self.source.announce("11.10.250.0/24")  # 2000's, not our own
        self.source.announce(good)
        for w in self.witnesses:
            w.until(f"{good} arrives", lambda: good in w.told)
            assert not {"13.0.0.0/24", "11.10.3.0/24", "11.10.250.0/24"} & set(w.told)
        codes = {r["prefix"]: r["reject_reasons"][0]["code"] for r in
                 self.rs.routes("rejected", "from", self.source.source)}
        assert {p: codes.get(p) for p in ("13.0.0.0/24", "11.10.3.0/24", "11.10.250.0/24")} == {
            "13.0.0.0/24": 12, "11.10.3.0/24": 14, "11.10.250.0/24": 12}

    def verdict(self, who, prefix):
        """The reject code of a path, None where it is accepted."""
        (route,) = lab.until(f"{prefix} is there",
                             lambda: [r for r in self.rs.routes("from", who.source)
                                      if r["prefix"] == prefix])
        return None if route["accepted"] else route["reject_reasons"][0]["code"]

    def refused_reload(self, *words):
        """A reload that is refused and says why; returns what it says."""
        status, said, error = self.rs.ctl("reload")
        assert status != 0 and all(w in said + error for w in words), said + error
        assert "reload-refused" in {a["alarm"] for a in self.rs.ask("show", "alarms")["alarms"]}
        return said + error

    def good_reload(self):
        status, said, error = self.rs.ctl("reload")
        assert status == 0, said + error
        return said + error


@pytest.fixture(scope="module", name="whole")
def whole_fixture():
    x = Exchange()
    try:
        x.start()
        yield x
        x.rs.end()
    finally:
        x.lab.close()


@pytest.fixture(name="exchange")
def exchange_fixture(whole):
    well = [s.source for s in [whole.source, *whole.witnesses]]
    before, children = whole.rs.sessions(well), whole.rs.children()
    assert len(before) == len(well)
    yield whole
    whole.still_filters()
    assert whole.rs.sessions(well) == before and whole.rs.children() == children
    assert all(s.is_well() for s in [whole.source, *whole.witnesses])
    whole.rs.assert_sound()


def test_as_sets_by_default(exchange):
    """RFC 9774: nobody's who is filtered, in a configuration that does not say so."""
    prefix = "11.11.1.0/24"
    with exchange.flood.establish() as f:
        f.announce(prefix)
        for w in exchange.witnesses:
            w.until("it arrives", lambda: prefix in w.told)
        f.announce(prefix, as_path=path(FLOOD) + path(FLOOD, kind=AS_SET))
        for w in exchange.witnesses:
            w.until("it leaves", lambda: prefix not in w.told)
        assert exchange.verdict(f, prefix) == 18 and f.is_well()
    with exchange.free.establish() as f:
        f.announce("11.14.1.0/24", as_path=path(FREE) + path(1, 2, kind=AS_SET))
        for w in exchange.witnesses:
            w.until("it arrives", lambda: "11.14.1.0/24" in w.told)
        assert exchange.verdict(f, "11.14.1.0/24") is None


# --- floods of communities ---

def std(count, first=0, half=3):
    return b"".join(struct.pack("!HH", half, (first + i) % 65536) for i in range(count))


def test_as_many_communities_as_are_allowed(exchange):
    with exchange.flood.establish() as f:
        f.announce("11.11.1.0/24", more=attribute(OT, COMMUNITIES, std(MAX_COMMUNITIES)))
        for w in exchange.witnesses:
            w.until("it arrives whole", lambda: "11.11.1.0/24" in w.told and len(
                w.told["11.11.1.0/24"][COMMUNITIES].value) == 4 * MAX_COMMUNITIES)
        f.announce("11.11.1.0/24", more=attribute(OT, COMMUNITIES, std(MAX_COMMUNITIES + 1)))
        for w in exchange.witnesses:
            w.until("it leaves", lambda: "11.11.1.0/24" not in w.told)
        assert exchange.verdict(f, "11.11.1.0/24") == 21


@pytest.mark.parametrize("kind,value", [
    (COMMUNITIES, std(1000)), (LARGE_COMMUNITIES, b"".join(
        struct.pack("!III", 64500, 0, i) for i in range(330)))], ids=["std", "large"])
def test_a_message_full_of_communities(exchange, kind, value):
    """As many as a message holds; every large one names a peer."""
    with exchange.flood.establish() as f:
        f.announce("11.11.2.0/24", more=attribute(OT, kind, value))
        expected = 21 if kind == COMMUNITIES else None
        assert exchange.verdict(f, "11.11.2.0/24") == expected
        assert f.is_well()


def test_five_thousand_communities_are_no_message(exchange):
    """20,000 octets fit no message of 4,096 (RFC 8654 is not offered): the length is the error."""
    with exchange.flood.establish() as f:
        f.announce("11.11.2.0/24", more=attribute(OT, COMMUNITIES, std(5000)))
        assert f.notification()[:2] == (1, 2)
        exchange.rs.wait_line("session-down", f"peer={f.source} ", "Message Header Error")


def combination_of_clients(number):
    """Distinct sets of the seven other clients, one for each number up to 127."""
    asns = [SOURCE, EMPTY, UNKNOWN, FREE, 1020, 1021, 1022]
    return b"".join(struct.pack("!HH", 0, asn) for bit, asn in enumerate(asns)
                    if number >> bit & 1)


def test_combinations_are_counted(exchange):
    """Free text that makes work is limited: what is beyond it is rejected until there is room."""
    with exchange.flood.establish() as f:
        for i in range(1, COMBINATIONS + 11):
            f.announce(f"11.11.{i}.0/24",
                       more=attribute(OT, COMMUNITIES, combination_of_clients(i)))
        lab.until("all are there", lambda: exchange.rs.peer(f.source)["routes"]["received"] ==
                  COMBINATIONS + 10)
        routes = exchange.rs.peer(f.source)["families"]["ipv4"]
        assert routes["accepted"] == COMBINATIONS and routes["rejected"] == 10
        assert {r["reject_reasons"][0]["code"] for r in
                exchange.rs.routes("rejected", "from", f.source)} == {21}
        # what no community steers needs no place, and a combination that is withdrawn makes one
        f.announce("11.11.199.0/24")
        assert exchange.verdict(f, "11.11.199.0/24") is None
        f.withdraw("11.11.1.0/24")
        last = f"11.11.{COMBINATIONS + 10}.0/24"
        f.announce(last, more=attribute(OT, COMMUNITIES, combination_of_clients(COMBINATIONS + 10)))
        lab.until("there is room", lambda: exchange.verdict(f, last) is None)
        assert f.is_well()


# --- the log ---

def test_rejects_do_not_fill_the_log(exchange):
    """Twenty lines of a peer and minute, with the value that decided; a sum for the rest."""
    with exchange.unknown.establish() as u:
        u.announce(*(f"16.0.{i}.0/24" for i in range(60)))
        lab.until("all are rejected",
                  lambda: exchange.rs.peer(u.source)["routes"]["rejected"] >= 60)
        lines = exchange.rs.lines("route-rejected", f"peer={u.source} ")
        assert 1 <= len(lines) <= 20
        assert all("reason=9 " in line and f"AS{u.asn}" in line or "reason=12 " in line
                   for line in lines if "prefix=16.0." in line)


# --- paths ---

def long_path(first, hops):
    asns, out = [first] + [3000 + i % 100 for i in range(hops - 1)], b""
    for i in range(0, len(asns), 255):
        out += path(*asns[i:i + 255])
    return out


def test_a_path_of_a_thousand_hops(exchange):
    with exchange.flood.establish() as f:
        f.announce("11.11.3.0/24", as_path=long_path(FLOOD, 1000))
        assert exchange.verdict(f, "11.11.3.0/24") == 1
        assert f.is_well()
    with exchange.free.establish() as f:
        f.announce("14.0.0.0/24", as_path=long_path(FREE, 1000))
        assert exchange.verdict(f, "14.0.0.0/24") is None, "without filters: ours is none"
        for w in exchange.witnesses:
            w.until("it arrives whole", lambda: "14.0.0.0/24" in w.told)
            assert w.told["14.0.0.0/24"][AS_PATH].value == long_path(FREE, 1000)
    for w in exchange.witnesses:
        w.until("it leaves", lambda: "14.0.0.0/24" not in w.told)


@pytest.mark.parametrize("as_path,code", [
    (b"", 6), (path(FLOOD, kind=AS_SET), 18),
    (path(FLOOD) + path(*range(3000, 3255), kind=AS_SET), 18),
    (path(FLOOD, 64512), 7), (path(*[FLOOD] * 33), 1), (path(FLOOD, 64500), 16)],
    ids=["empty", "a set", "a set behind", "private", "prepends", "our own"])
def test_odd_paths_have_a_verdict(exchange, as_path, code):
    with exchange.flood.establish() as f:
        f.announce("11.11.4.0/24", as_path=as_path)
        assert exchange.verdict(f, "11.11.4.0/24") == code
        assert f.is_well()


# --- AS-SETs that say nothing ---

def test_an_empty_as_set_authorises_nothing(exchange):
    """Nor does one that is in no file. The client's own ASN counts as far as it has objects."""
    for who in (exchange.empty, exchange.unknown):
        with who.establish() as s:
            own = f"11.{s.asn - 1000}.1.0/24"
            s.announce(own)
            s.announce("15.0.0.0/24", as_path=path(s.asn, 9999))
            assert exchange.verdict(s, own) == 12
            assert exchange.verdict(s, "15.0.0.0/24") == 9
    for w in exchange.witnesses:
        assert not {"11.12.1.0/24", "11.13.1.0/24", "15.0.0.0/24"} & set(w.told)


# --- data that are not there, or not whole ---

def test_an_irr_file_that_vanishes(exchange):
    exchange.irr.rename(exchange.irr.with_suffix(".away"))
    said = exchange.refused_reload(str(exchange.irr), "No such file")
    assert "error" in said
    exchange.still_filters()
    exchange.irr.with_suffix(".away").rename(exchange.irr)
    exchange.good_reload()
    assert "reload-refused" not in {
        a["alarm"] for a in exchange.rs.ask("show", "alarms")["alarms"]}


def test_an_irr_file_with_nothing_in_it(exchange):
    """Whatever it is taken for, nothing is authorised by it."""
    exchange.write(irr="")
    status, said, error = exchange.rs.ctl("reload")
    if status == 0:
        for w in exchange.witnesses:
            w.until("no filtered route is left", lambda: not [p for p in w.told
                                                              if p.startswith("11.10.")])
    else:
        assert str(exchange.irr) in said + error
        exchange.still_filters()
    exchange.write(irr=IRR)
    exchange.good_reload()


@pytest.mark.parametrize("cut", [1, 12, 40, -3, -1])
def test_a_truncated_vrp_file(exchange, cut):
    whole = json.dumps(VRPS)
    exchange.write(vrps=whole[:cut])
    exchange.refused_reload(str(exchange.rpki))
    exchange.still_filters()
    exchange.write(vrps=whole)
    exchange.good_reload()


RUBBISH = {
    "not JSON": "nothing",
    "another shape": "[1, 2, 3]",
    "octets": "\0\1\2\3" * 100,
    "deep": "[" * 100000,
}


@pytest.mark.parametrize("name", RUBBISH)
def test_rubbish_for_vrps(exchange, name):
    exchange.write(vrps=RUBBISH[name])
    exchange.refused_reload(str(exchange.rpki))
    exchange.still_filters()
    exchange.write(vrps=VRPS)
    exchange.good_reload()


def test_records_with_host_bits(exchange):
    """Left out and said so; what they were to authorise is not."""
    exchange.write(irr=IRR + "\nroute: 13.0.0.1/24\norigin: AS1010\nsource: TEST\n",
                   vrps={"roas": VRPS["roas"] + [
                       {"prefix": "11.10.2.1/24", "maxLength": 24, "asn": "AS9999",
                        "ta": "ripe"}]})
    said = exchange.good_reload()
    assert "warning" in said and str(exchange.irr) in said and str(exchange.rpki) in said
    exchange.still_filters()
    exchange.source.announce("11.10.2.0/24")
    assert exchange.verdict(exchange.source, "11.10.2.0/24") is None
    exchange.write(IRR, VRPS)
    exchange.good_reload()


# --- a configuration that can not be meant ---

CONTRADICTIONS = {
    "host bits": ({"filtering": {"global_black_list_pref": [
        {"prefix": "192.0.2.1", "length": 24}]}}, "bits set behind length 24"),
    "lengths": ({"filtering": {"ipv4_pref_len": {"min": 24, "max": 8}}}, "ipv4_pref_len"),
    "rewrite to nowhere": ({"blackhole_filtering": {"policy_ipv4": "rewrite-next-hop"}},
                           "rewrite_next_hop_ipv4"),
    "cause of nothing": ({"communities": {"reject_cause": {"std": "65520:dyn_val"}}},
                         "reject_cause"),
    "one value, two meanings": ({"communities": {
        "do_not_announce_to_peer": {"std": "0:peer_as"},
        "announce_to_peer": {"std": "0:peer_as"}}}, "is used already"),
    "both spellings": ({"filtering": {"next_hop_policy": "strict",
                                      "next_hop": {"policy": "same-as"}}}, "next_hop"),
}


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_contradictions_change_nothing(exchange, name):
    values, word = CONTRADICTIONS[name]
    before = json.loads(json.dumps(exchange.rs.conf))
    for section, keys in values.items():
        exchange.rs.conf["cfg"].setdefault(section, {}).update(keys)
    exchange.rs.write_conf()
    exchange.rs.conf = before
    try:
        exchange.refused_reload(word, str(exchange.rs.config))
        exchange.still_filters()
    finally:
        exchange.rs.write_conf()
    exchange.good_reload()


def test_it_does_not_start_on_bad_data(exchange):
    """What a reload refuses, a start refuses as well: with a message and a status."""
    truncated = exchange.lab.dir / "truncated.json"
    truncated.write_text(json.dumps(VRPS)[:-2])
    truncated.chmod(0o644)
    other = lab.RouteServer(
        exchange.rs_host, exchange.rs.conf["clients"], exchange.rs.conf["cfg"],
        {"listen": [exchange.rs_host.addr4], "port": 1179}, "other",
        {"feeds": {"irr": [str(exchange.irr)], "rpki": [str(truncated)]}})
    process = exchange.rs_host.start(
        *lab.FIXED, exchange.lab.bin / "roostd", "-c", other.config, "--instance", "other",
        log=other.log, env={"ROOST_SANDBOX": "kill"})
    assert process.wait(20) != 0
    exchange.rs_host.processes.remove(process)
    assert str(truncated) in other.said() and "error" in other.said()
