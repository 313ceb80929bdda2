"""Limits on prefixes with real members: each action as they see it, over reloads and restarts.

One lab for the file; each test has peers of its own. BIRD is the member that leaks; the others are
played by hand, for their exact octets.
"""
import json
import os
import pathlib
import signal
import struct

import pytest

import lab
import members
import speaker

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

LIMIT = 10
PEERING_DB = {"data": [{"asn": 65066, "info_prefixes4": 2, "info_prefixes6": 1}]}


def max_prefix(action, limit=LIMIT, **more):
    return {"max_prefix": {"action": action, "limit_ipv4": limit, "limit_ipv6": limit,
                           "restart_after": 1, **more}}


def prefixes(count, first=0, net="10.0", length=24):
    return [f"{net}.{i}.0/{length}" for i in range(first, first + count)]


class Bird:
    """Static routes, as many as it is told to have."""

    def __init__(self, host, rs_host, asn):
        self.host, self.rs_host, self.asn = host, rs_host, asn
        self.conf = host.dir / "bird.conf"

    def client(self, filtering):
        return {"asn": self.asn, "ip": self.host.addr4, "filters": "none",
                "cfg": {"filtering": filtering}}

    def write(self, routes):
        lines = "\n  ".join(f"route {p} blackhole;" for p in routes)
        self.conf.write_text(f"""
log stderr all;
router id {self.host.addr4};
protocol device {{}}
protocol static {{
  ipv4;
  {lines}
}}
protocol bgp session {{
  local {self.host.addr4} as {self.asn};
  neighbor {self.rs_host.addr4} as {lab.RouteServer.asn};
  hold time 9; connect retry time 1; error wait time 1, 1; connect delay time 1;
  ipv4 {{ import all; export where source = RTS_STATIC; }};
}}
""")

    def start(self, routes):
        self.write(routes)
        self.host.start(members.PEERS / "bird", "-f", "-c", self.conf, "-s",
                        self.host.dir / "bird.ctl", "-P", self.host.dir / "pid")

    def ask(self, *words):
        return self.host.ns(members.PEERS / "birdc", "-s", self.host.dir / "bird.ctl", *words)

    def have(self, routes):
        self.write(routes)
        assert "Reconfigur" in self.ask("configure")

    def state(self):
        return self.ask("show", "protocols", "all", "session")


class Exchange:
    def __init__(self):
        self.lab = lab.Lab()
        self.rs_host = self.lab.add("rs", 1)
        self.bird = Bird(self.lab.add("bird", 20), self.rs_host, 65020)
        self.host = self.lab.add("peers", 30)
        self.witness = self.speaker(65030)
        self.extra = 31
        self.clients = [self.bird.client(max_prefix("shutdown")), self.witness.client()]
        (self.lab.dir / "peeringdb.json").write_text(json.dumps(PEERING_DB))

    def speaker(self, asn, number=30, family=4):
        net = lab.NET4 if family == 4 else lab.NET6
        return speaker.Speaker(self.host, self.rs_host, asn, family, str(net[number]))

    def add(self, name, asn, filtering, family=4, **more):
        net = lab.NET4 if family == 4 else lab.NET6
        address = f"{net[self.extra]}/{net.prefixlen}"
        self.host.ns("ip", "addr", "add", address, "dev", "lan0",
                     *(["nodad"] if family == 6 else []))
        s = self.speaker(asn, self.extra, family)
        self.extra += 1
        self.clients.append(s.client(cfg={"filtering": filtering}, **more))
        setattr(self, name, s)

    def start(self):
        self.rs = lab.RouteServer(
            self.rs_host, self.clients,
            sections={"feeds": {"peeringdb": str(self.lab.dir / "peeringdb.json")}})
        self.rs.start()
        self.witness.establish()

    def settings(self, who):
        """The max_prefix of a client, to be changed."""
        return next(c for c in self.rs.conf["clients"] if c["ip"] == who.source)[
            "cfg"]["filtering"]["max_prefix"]

    def view(self, who, family="ipv4"):
        return self.rs.peer(who.source)["families"][family]

    def alarms(self, who=None):
        return {a["alarm"]: a["text"] for a in self.rs.ask("show", "alarms")["alarms"]
                if who is None or a["source"].split()[0] == who}

    def until_alarm(self, who, alarm):
        return lab.until(f"{alarm} of {who}", lambda: self.alarms(who).get(alarm), 10)

    def told(self, *wanted):
        self.witness.until("it is told so", lambda: set(wanted) <= set(self.witness.told))

    def not_told(self, *unwanted):
        self.witness.until("it is told so", lambda: not set(unwanted) & set(self.witness.told))


# What is left to be rejected for is the length of a prefix.
UNFILTERED = {"irrdb": {"enforce_origin_in_as_set": False, "enforce_prefix_in_as_set": False},
              "reject_invalid_as_in_as_path": False}


@pytest.fixture(scope="module", name="exchange")
def exchange_fixture():
    x = Exchange()
    try:
        x.add("shut", 65060, max_prefix("shutdown"))
        x.add("shut6", 65061, max_prefix("shutdown", 5), family=6)
        x.add("restart", 65062, max_prefix("restart"))
        x.add("block", 65063, max_prefix("block"))
        x.add("warn", 65064, max_prefix("warning"))
        x.add("accepted", 65065, {**max_prefix("shutdown", count_rejected_routes=False),
                                  **UNFILTERED}, filters=None)
        x.add("known", 65066, {"max_prefix": {"action": "block", "peering_db": {
            "enabled": True, "increment": {"absolute": 1, "relative": 100}}}})
        x.add("received", 65067, {**max_prefix("shutdown"), **UNFILTERED}, filters=None)
        x.add("lower", 65068, max_prefix("shutdown", 100))
        x.start()
        yield x
        x.rs.end()
    finally:
        x.lab.close()


# --- shutdown ---

def is_refused(who):
    try:
        who.connect()
        return who.is_closed(5)
    except ConnectionError:
        return True


def leak(exchange, who, net, count=LIMIT + 1):
    who.establish()
    who.announce(*prefixes(LIMIT, net=net))
    exchange.told(*prefixes(LIMIT, net=net))
    who.announce(*prefixes(count - LIMIT, LIMIT, net=net))
    return who.notification()


def test_the_cease_says_how_many(exchange):
    """RFC 4486 section 4: address family and upper bound."""
    code, subcode, data = leak(exchange, exchange.shut, "10.60", 2 * LIMIT)
    assert (code, subcode, data) == (6, 1, struct.pack("!HBI", 1, 1, LIMIT))
    exchange.not_told(*prefixes(LIMIT, net="10.60"))
    line = exchange.rs.wait_line("limit-reached", f"peer={exchange.shut.source} ")
    assert f"family=ipv4 limit={LIMIT} " in line and "action=shutdown" in line
    exchange.rs.wait_line("peer-limited", f"peer={exchange.shut.source} ", "after_s=0 ")
    assert exchange.alarms(exchange.shut.source) == {
        "peer-limited": f"more than {LIMIT} ipv4 prefixes"}
    assert is_refused(exchange.shut)
    peer = exchange.rs.peer(exchange.shut.source)
    assert not peer["up"] and peer["disabled"] and "10 ipv4 prefixes" in peer["last_error"]


def test_the_same_in_ipv6(exchange):
    who = exchange.shut6.establish()
    who.announce(*[f"2001:db8:{i:x}::/48" for i in range(1, 7)])
    assert who.notification() == (6, 1, struct.pack("!HBI", 2, 1, 5))
    assert exchange.until_alarm(who.source, "peer-limited") == "more than 5 ipv6 prefixes"


def test_enable_lifts_it_too(exchange):
    assert exchange.rs.ctl("enable", exchange.shut6.source)[0] == 0
    exchange.shut6.establish().announce("2001:db8:1::/48")
    lab.until("the route is there", lambda: exchange.rs.routes("2001:db8:1::/48"))
    assert not exchange.alarms(exchange.shut6.source)


def test_bird_stays_down_until_an_operator_clears_it(exchange):
    """Over SIGHUP, a restart of the daemon and its own attempts; once cleared it is back."""
    bird, rs = exchange.bird, exchange.rs
    address = bird.host.addr4
    few, many = prefixes(3, net="10.20"), prefixes(LIMIT + 3, net="10.20")
    bird.start(few)
    exchange.told(*few)
    bird.have(many)
    rs.wait_line("peer-limited", f"peer={address} ", f'text="more than {LIMIT} ipv4 prefixes"')
    lab.until("BIRD has heard why", lambda: "Received: Maximum number of prefixes reached" in
              bird.host.said())
    exchange.not_told(*few)
    bird.have(few)

    def stays_down():
        refused = len(rs.lines("connection-refused", f"from={address} "))
        rs.wait_line("connection-refused", f"from={address} ", "too many prefixes",
                     count=refused + 1)
        assert "Established" not in bird.state() and not rs.peers()[address]["up"]
        assert "peer-limited" in exchange.alarms(address)

    stays_down()
    loaded = len(rs.lines("conf-loaded"))
    os.kill(rs_parent(rs), signal.SIGHUP)
    rs.wait_line("conf-loaded", count=loaded + 1)
    stays_down()
    rs.end()
    rs.start()
    stays_down()
    assert not rs.lines("state-file")
    assert rs.ctl("clear", address)[0] == 0
    lab.until("BIRD is back", lambda: rs.peers()[address]["up"])
    exchange.witness.establish()
    exchange.told(*few)
    assert not exchange.alarms(address)
    assert "peer-limited" in exchange.alarms(exchange.shut.source), "others stay down"
    rs.end()
    rs.start()
    lab.until("a cleared limit is forgotten", lambda: rs.peers()[address]["up"])
    exchange.witness.establish()


def rs_parent(rs):
    """The process id of the parent, whatever it was started by."""
    stat = pathlib.Path(f"/proc/{rs.children()['rib']}/stat").read_text()
    return int(stat.rsplit(")", 1)[1].split()[1])


# --- restart ---

def test_restart_is_for_a_while(exchange):
    who, rs = exchange.restart, exchange.rs
    assert leak(exchange, who, "10.62")[:2] == (6, 1)
    rs.wait_line("peer-limited", f"peer={who.source} ", "after_s=60 ")
    assert is_refused(who)
    rs.end()
    rs.start()
    line = rs.lines("peer-limited", f"peer={who.source} ")[-1]
    left = int(line.split("after_s=")[1].split()[0])
    assert 40 <= left <= 61, "the time goes on while the daemon does not run"
    assert is_refused(who)
    assert rs.ctl("clear", who.source)[0] == 0
    who.establish()
    exchange.witness.establish()


# --- block ---

def test_block_ignores_what_is_beyond(exchange):
    who, net = exchange.block, "10.63"
    who.establish().announce(*prefixes(LIMIT + 5, net=net))
    exchange.told(*prefixes(LIMIT, net=net))
    assert exchange.until_alarm(who.source, "limit-reached").startswith("10 of at most 10 ")
    assert exchange.view(who)["received"] == LIMIT and exchange.view(who)["rejected"] == 0
    assert not exchange.rs.routes(f"{net}.12.0/24"), "not even as rejected"
    who.withdraw(*prefixes(3, net=net))
    exchange.not_told(*prefixes(3, net=net))
    assert "limit-reached" not in exchange.alarms(who.source)
    who.announce(*prefixes(5, LIMIT, net=net))
    exchange.told(*prefixes(3, LIMIT, net=net))
    assert who.is_well() and exchange.view(who)["received"] == LIMIT


def test_a_raised_limit_asks_for_the_rest(exchange):
    """The member is asked for its routes again, without losing its session."""
    who, net = exchange.block, "10.63"
    with_refresh = struct.pack("!BBHBB", 1, 4, 1, 0, 1) + struct.pack("!BB", 2, 0) + struct.pack(
        "!BBI", 65, 4, who.asn)
    who.establish(capabilities=with_refresh)
    who.announce(*prefixes(LIMIT + 5, net=net))
    exchange.until_alarm(who.source, "limit-reached")
    exchange.settings(who)["limit_ipv4"] = 2 * LIMIT
    exchange.rs.reload()
    who.until("a ROUTE-REFRESH comes", lambda: who.counts[5] == 1)
    who.announce(*prefixes(LIMIT + 5, net=net))
    exchange.told(*prefixes(LIMIT + 5, net=net))
    assert not exchange.alarms(who.source) and who.is_well()


# --- warning, alarms ---

def test_warning_only_warns(exchange):
    who, net, rs = exchange.warn, "10.64", exchange.rs
    who.establish()
    steps = {7: None, 8: "limit-near", 9: "limit-near", 10: "limit-reached", 15: "limit-reached"}
    for count, alarm in steps.items():
        who.announce(*prefixes(count, net=net))
        exchange.told(*prefixes(count, net=net))
        assert set(exchange.alarms(who.source)) == ({alarm} if alarm else set()), count
    for percent in (80, 90):
        rs.wait_line("limit-near", f"peer={who.source} ", f"percent={percent} ")
    assert len(rs.lines("limit-reached", f"peer={who.source} ", "action=warning")) == 1
    assert exchange.view(who)["accepted"] == 15 and who.is_well()
    who.withdraw(*prefixes(12, 3, net=net))
    lab.until("the alarm falls with the routes", lambda: not exchange.alarms(who.source))
    who.announce(*prefixes(15, net=net))
    exchange.until_alarm(who.source, "limit-reached")
    who.close()
    lab.until("the alarm ends with the session", lambda: not exchange.alarms(who.source))


# --- what counts ---

def test_rejected_routes_count(exchange):
    """/25 is too long: rejected, but received."""
    who = exchange.received.establish()
    who.announce(*prefixes(LIMIT, net="10.67", length=25))
    lab.until("they are shown as rejected", lambda: exchange.view(who)["rejected"] == LIMIT)
    who.announce("10.67.99.0/24")
    assert who.notification()[:2] == (6, 1)
    assert exchange.rs.ctl("clear", who.source)[0] == 0


def test_rejected_routes_need_not_count(exchange):
    who, net = exchange.accepted, "10.65"
    who.establish()
    who.announce(*prefixes(10 * LIMIT, net=net, length=25))
    lab.until("all are shown", lambda: exchange.view(who)["rejected"] == 10 * LIMIT)
    who.announce(*prefixes(LIMIT, 200, net=net))
    exchange.told(*prefixes(LIMIT, 200, net=net))
    assert who.is_well()
    assert len(exchange.rs.routes("rejected", "from", who.source)) == 10 * LIMIT
    who.announce(f"{net}.250.0/24")
    assert who.notification() == (6, 1, struct.pack("!HBI", 1, 1, LIMIT))
    assert exchange.rs.ctl("clear", who.source)[0] == 0


def test_peeringdb_knows_how_many(exchange):
    """(2 + 1) * 200 % = 6."""
    who, net = exchange.known, "10.66"
    who.establish().announce(*prefixes(LIMIT, net=net))
    exchange.told(*prefixes(6, net=net))
    assert exchange.until_alarm(who.source, "limit-reached").startswith("6 of at most 6 ")
    assert exchange.view(who)["received"] == 6 and who.is_well()


# --- another configuration ---

def test_a_lower_limit_ends_a_session(exchange):
    who, net = exchange.lower, "10.68"
    who.establish().announce(*prefixes(30, net=net))
    exchange.told(*prefixes(30, net=net))
    exchange.settings(who)["limit_ipv4"] = 35
    exchange.rs.reload()
    assert exchange.until_alarm(who.source, "limit-near").startswith("30 of at most 35 ")
    assert who.is_well()
    exchange.settings(who)["limit_ipv4"] = 29
    exchange.rs.reload()
    assert who.notification() == (6, 1, struct.pack("!HBI", 1, 1, 29))
    exchange.settings(who)["limit_ipv4"] = 100
    exchange.rs.reload()
    assert is_refused(who), "a higher limit opens no door: the operator does"
    assert exchange.rs.ctl("clear", who.source)[0] == 0
    who.establish()


def test_a_removed_peer_is_forgotten(exchange):
    """Who comes back under the same address begins anew."""
    who, rs = exchange.shut, exchange.rs
    assert "peer-limited" in exchange.alarms(who.source)
    clients = rs.conf["clients"]
    rs.conf["clients"] = [c for c in clients if c["ip"] != who.source]
    rs.reload()
    assert not exchange.alarms(who.source)
    rs.conf["clients"] = clients
    rs.reload()
    who.establish()
    assert who.is_well()
