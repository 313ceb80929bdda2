"""Both families on one session (RFC 4760), attributes that are dropped, and what a reload does to
sessions whose settings change: exact octets of members played by hand.
"""
import ipaddress
import os
import struct

import pytest

import lab
import speaker
from speaker import MP_REACH, NEXT_HOP, OPTIONAL, OPTIONAL_TRANSITIVE, attribute

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

BOTH = {"families": ["ipv4", "ipv6"]}
UNKNOWN = 200  # an attribute that nobody knows


def capabilities(asn, *families):
    return b"".join(struct.pack("!BBHBB", 1, 4, speaker.AFI[f], 0, 1) for f in families) + \
        struct.pack("!BB", 2, 0) + struct.pack("!BBI", 65, 4, asn)


class Exchange:
    """AS1001 has both on its IPv4 session, AS1002 on its IPv6 session; the others have one family."""

    def __init__(self):
        self.lab = lab.Lab()
        self.rs_host = self.lab.add("rs", 1)
        self.hosts = [self.lab.add(f"m{asn}", asn - 990) for asn in range(1001, 1005)]
        self.both4, self.both6, self.only4, self.only6 = (
            speaker.Speaker(h, self.rs_host, asn, family)
            for h, asn, family in zip(self.hosts, range(1001, 1005), (4, 6, 4, 6)))
        self.rs = lab.RouteServer(self.rs_host, [
            {"asn": 1001, "ip": [self.hosts[0].addr4, self.hosts[0].addr6], "cfg": BOTH},
            {"asn": 1002, "ip": [self.hosts[1].addr6, self.hosts[1].addr4], "cfg": BOTH},
            {"asn": 1003, "ip": self.hosts[2].addr4, "cfg": {}},
            {"asn": 1004, "ip": self.hosts[3].addr6, "cfg": {}}], general={
                "filtering": {"irrdb": {"enforce_origin_in_as_set": False,
                                        "enforce_prefix_in_as_set": False}}})

    def start(self):
        self.rs.start()
        for who in (self.both4, self.both6):
            who.establish(capabilities=capabilities(who.asn, 4, 6))
        self.only4.establish()
        self.only6.establish()


@pytest.fixture(scope="module", name="whole")
def whole_fixture():
    exchange = Exchange()
    try:
        exchange.start()
        yield exchange
        exchange.rs.end()
    finally:
        exchange.lab.close()


@pytest.fixture(name="exchange")
def exchange_fixture(whole):
    yield whole
    whole.rs.assert_sound()


def announce4(who, prefix, hop, more=b""):
    """IPv4 in the ordinary form, whatever the session runs over."""
    first = attribute(speaker.WELL_KNOWN, speaker.ORIGIN, b"\0") + attribute(
        speaker.WELL_KNOWN, speaker.AS_PATH, speaker.path(who.asn)) + attribute(
            speaker.WELL_KNOWN, NEXT_HOP, speaker.address(hop))
    who.send(speaker.update(first + more, speaker.nlri(prefix)))


def announce6(who, prefix, hop):
    first = attribute(speaker.WELL_KNOWN, speaker.ORIGIN, b"\0") + attribute(
        speaker.WELL_KNOWN, speaker.AS_PATH, speaker.path(who.asn))
    who.send(speaker.update(first + attribute(
        OPTIONAL, MP_REACH, speaker.mp_reach(speaker.address(hop), prefix))))


def is_told(who, prefix, hop):
    who.until(f"{prefix} arrives", lambda: prefix in who.told)
    assert str(ipaddress.ip_address(who.told[prefix][NEXT_HOP].value)) == hop
    return True


def reject_code(exchange, who, prefix):
    (route,) = lab.until(f"{prefix} is there", lambda: [
        r for r in exchange.rs.routes("rejected", "from", who.source) if r["prefix"] == prefix])
    return route["reject_reasons"][0]["code"]


def test_both_ways(exchange):
    """Routes of both families over either session, with next hops of the ASN's own clients."""
    hop4, hop6 = exchange.hosts[0].addr4, exchange.hosts[0].addr6
    announce4(exchange.both4, "20.1.0.0/16", hop4)
    announce6(exchange.both4, "2a00:1::/32", hop6)
    assert is_told(exchange.only4, "20.1.0.0/16", hop4)
    assert is_told(exchange.only6, "2a00:1::/32", hop6)
    assert is_told(exchange.both6, "20.1.0.0/16", hop4)
    assert is_told(exchange.both6, "2a00:1::/32", hop6)
    announce4(exchange.both6, "20.2.0.0/16", exchange.hosts[1].addr4)
    announce6(exchange.both6, "2a00:2::/32", exchange.hosts[1].addr6)
    assert is_told(exchange.only4, "20.2.0.0/16", exchange.hosts[1].addr4)
    assert is_told(exchange.both4, "2a00:2::/32", exchange.hosts[1].addr6)
    assert is_told(exchange.only6, "2a00:2::/32", exchange.hosts[1].addr6)
    assert not any(":" in p for p in exchange.only4.told)
    assert all(":" in p for p in exchange.only6.told)


def test_next_hops_of_others(exchange):
    """An address of another member is none, in whichever family."""
    announce4(exchange.both6, "20.3.0.0/16", exchange.hosts[0].addr4)
    announce6(exchange.both4, "2a00:3::/32", exchange.hosts[1].addr6)
    assert reject_code(exchange, exchange.both6, "20.3.0.0/16") == 5
    assert reject_code(exchange, exchange.both4, "2a00:3::/32") == 5
    assert "20.3.0.0/16" not in exchange.only4.told


def test_policy_shows_it(exchange):
    policy = exchange.rs.ask("show", "policy", "peer", exchange.both6.source)["policy"]
    families, = (s for s in policy["settings"] if s["key"] == "cfg.families")
    assert families == {"key": "cfg.families", "value": ["ipv4", "ipv6"], "origin": "client"}
    assert [limit["family"] for limit in policy["limits"]] == ["ipv4", "ipv6"]
    policy = exchange.rs.ask("show", "policy", "peer", exchange.only6.source)["policy"]
    families, = (s for s in policy["settings"] if s["key"] == "cfg.families")
    assert families == {"key": "cfg.families", "value": ["ipv6"], "origin": "default"}


def test_dropped_attributes(exchange):
    """A reload tells those routes again that have the attribute, and none besides."""
    source, member = exchange.both4, exchange.only4
    extra = attribute(OPTIONAL_TRANSITIVE, UNKNOWN, b"abc")
    announce4(source, "20.10.0.0/16", source.source, extra)
    announce4(source, "20.11.0.0/16", source.source)
    member.until("both", lambda: {"20.10.0.0/16", "20.11.0.0/16"} <= set(member.told))
    assert member.told["20.10.0.0/16"][UNKNOWN].value == b"abc"
    assert member.is_well()
    before = member.counts[speaker.UPDATE]
    exchange.rs.conf["cfg"]["filtering"]["drop_attributes"] = [UNKNOWN, 28]
    exchange.rs.reload()
    member.until("it is gone", lambda: UNKNOWN not in member.told["20.10.0.0/16"])
    announce4(source, "20.12.0.0/16", source.source, extra)
    member.until("what comes later", lambda: "20.12.0.0/16" in member.told)
    assert UNKNOWN not in member.told["20.12.0.0/16"]
    assert member.counts[speaker.UPDATE] == before + 2
    settings = exchange.rs.ask("show", "policy", "peer", member.source)["policy"]["settings"]
    dropped, = (s for s in settings if s["key"] == "cfg.filtering.drop_attributes")
    assert (dropped["value"], dropped["origin"]) == ([28, UNKNOWN], "server")


@pytest.mark.parametrize("key,value", [
    ("add_path_paths", 3), ("add_path_receive", 1), ("long_shutdown_text", True)])
def test_sessions_that_stay(exchange, key, value):
    exchange.rs.conf["clients"][2]["cfg"][key] = value
    exchange.rs.reload()
    assert exchange.only4.is_well()
    assert exchange.rs.peer(exchange.only4.source)["state"] == "established"


@pytest.mark.parametrize("changed", [
    {"extended_messages": True}, {"graceful_restart": {"enabled": True}}, {"add_path": True},
    {"add_path_receive": 2}, {"families": ["ipv4", "ipv6"]}], ids=lambda c: next(iter(c)))
def test_sessions_that_end(exchange, changed):
    """What the OPEN says ends the session, and that one alone (Cease, 6: Other Configuration)."""
    exchange.rs.conf["clients"][2]["cfg"].update(changed)
    exchange.rs.reload()
    assert exchange.only4.notification()[:2] == (6, 6)
    assert exchange.both4.is_well() and exchange.both6.is_well() and exchange.only6.is_well()
    exchange.only4.establish()


def test_refused_reload(exchange):
    """Nothing changes by a list that would open a leak."""
    good = list(exchange.rs.conf["cfg"]["filtering"]["drop_attributes"])
    exchange.rs.conf["cfg"]["filtering"]["drop_attributes"] = [35]
    exchange.rs.write_conf()
    status, said, error = exchange.rs.ctl("reload")
    assert status != 0 and "attribute 35 cannot be dropped" in said + error
    exchange.rs.conf["cfg"]["filtering"]["drop_attributes"] = good
    exchange.rs.reload()
