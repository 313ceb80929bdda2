"""Processes that die, are stopped or are asked: the others go on, what was lost comes back.

Members on both workers: two BIRD 2 with a session in each family, and speakers played by hand, a
feeder and a witness on either worker.
"""
import json
import os
import signal
import subprocess
import threading

import pytest

import lab
import members
import speaker

FAMILIES = (4, 6)
LOG_SIZE = 4 << 20
SPEAKERS = 8
ROUTE_REFRESH = 5  # a message's type

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


class Exchange:
    def __init__(self):
        subprocess.run([lab.ROOT / "tests" / "peers.sh"], check=True, timeout=600)
        self.lab = lab.Lab()
        self.rs_host = self.lab.add("rs", 1)
        self.birds = [members.Bird(self.lab.add(f"bird{n}", n), n, self.rs_host) for n in (10, 11)]
        self.speakers = [speaker.Speaker(self.lab.add(f"hand{n}", n), self.rs_host, 65000 + n)
                         for n in range(20, 20 + SPEAKERS)]
        self.rs = lab.RouteServer(
            self.rs_host, [m.client() for m in self.birds] + [s.client() for s in self.speakers],
            daemon={"log_size": LOG_SIZE})

    def start(self):
        self.rs.start()
        for bird in self.birds:
            bird.start()
        for s in self.speakers:
            s.establish()
        self.wait_birds()

    def worker_of(self, address):
        return f"worker-{self.rs.peer(address)['configured']['worker']}"

    def on(self, worker):
        """The speakers of a worker: one feeds, one is a witness."""
        found = [s for s in self.speakers if self.worker_of(s.source) == worker]
        assert len(found) >= 2, "too few speakers on a worker"
        return found[:2]

    def bird_addresses(self):
        return [b.address(f) for b in self.birds for f in FAMILIES]

    def wait_birds(self, timeout_s=40):
        """Each has exactly what the other one announces, beside what speakers do."""
        lab.until("the sessions of BIRD are up", lambda: set(self.bird_addresses()) <= set(
            self.rs.sessions()), timeout_s)
        for bird, other in (self.birds, self.birds[::-1]):
            for family in FAMILIES:
                want = other.wants(family, receiver=bird)
                lab.until(f"{bird.host.name} has the routes of {other.host.name}", lambda: {
                    p: r for p, r in bird.routes(family).items()
                    if p in want} == want, timeout_s)


@pytest.fixture(scope="module", name="exchange")
def exchange_fixture():
    x = Exchange()
    try:
        x.start()
        yield x
    finally:
        x.lab.close()


def prefixes(count, first=0):
    return [f"10.{(first + i) >> 8}.{(first + i) & 255}.0/24" for i in range(count)]


class Flow(threading.Thread):
    """Announces and withdraws through a speaker until it is told to stop, then says what stands."""

    def __init__(self, feeder, size, octets=0):
        super().__init__(daemon=True)
        self.feeder, self.stop_now, self.rounds, self.stands = feeder, threading.Event(), 0, set()
        self.names = prefixes(size)
        self.more = [speaker.attribute(speaker.OPTIONAL_TRANSITIVE, speaker.COMMUNITIES,
                                       (bytes([0, 1, n >> 8 & 255, n & 255]) * (octets // 4)))
                     if octets else b"" for n in range(size)]
        self.failure = None

    def run(self):
        try:
            while not self.stop_now.is_set():
                for name, more in zip(self.names, self.more):
                    self.feeder.announce(name, more=more)
                    self.stands.add(name)
                self.rounds += 1
                for name in self.names[::2]:
                    self.feeder.withdraw(name)
                    self.stands.discard(name)
                self.stop_now.wait(0.05)
        except OSError as error:
            self.failure = error

    def end(self):
        self.stop_now.set()
        self.join(60)
        assert self.failure is None and not self.is_alive()
        return self.stands


def has_all_of(witness, stands):
    return {p for p in witness.told if p.startswith("10.")} == stands


def assert_replaced(exchange, before, name):
    after = exchange.rs.children()
    assert set(after) == set(before)
    assert {n for n in after if after[n] != before[n]} == {name}


def lose_worker(exchange, how, flow_size, flow_octets, line, timeout_s):
    """One worker goes while routes flow through the other one; all of its sessions come back."""
    rs, victim, survivor = exchange.rs, "worker-0", "worker-1"
    (feeder, witness), lost = exchange.on(survivor), exchange.on(victim)
    mine = {a for a in rs.sessions() if exchange.worker_of(a) == survivor}
    before, children = rs.sessions(), rs.children()
    for s in lost:
        s.announce(f"198.18.{s.asn - 65000}.0/24")
        witness.until("it arrives", lambda: f"198.18.{s.asn - 65000}.0/24" in witness.told)
    flow = Flow(feeder, flow_size, flow_octets)
    died = len(rs.lines("child-died", f"process={victim} "))
    flow.start()
    try:
        witness.until("routes flow", lambda: flow.rounds > 0 and len(witness.told) > 10, 30)
        os.kill(children[victim], how)
        witness.until("its members' routes are gone", lambda: not any(
            p.startswith("198.18.") for p in witness.told), timeout_s)
        rounds = flow.rounds
        witness.until("routes flow on", lambda: flow.rounds > rounds, 30)
    finally:
        stands = flow.end()
    witness.until("the witness has what stands", lambda: has_all_of(witness, stands), 30)
    rs.wait_line("child-died", f"process={victim} ", "signal 9", count=died + 1)
    assert line is None or rs.lines("worker-killed", f"process={victim} ", line), rs.said()[-3000:]
    rs.wait_line("child-restarted", f"process={victim} ", count=died + 1)
    assert_replaced(exchange, children, victim)
    for s in lost:
        s.establish()
        s.announce(f"198.18.{s.asn - 65000}.0/24")
        witness.until("it is back", lambda: f"198.18.{s.asn - 65000}.0/24" in witness.told)
        s.until("it is told all", lambda: 4 in s.ended and has_all_of(s, stands), 30)
        s.withdraw(f"198.18.{s.asn - 65000}.0/24")
    exchange.wait_birds()
    now = rs.sessions()
    assert {a: e for a, e in now.items() if a in mine} == {
        a: e for a, e in before.items() if a in mine}
    assert witness.is_well()
    stands = sorted(stands)
    for at in range(0, len(stands), 500):
        feeder.withdraw(*stands[at:at + 500])
    witness.until("all is withdrawn", lambda: has_all_of(witness, set()))
    alarms = rs.ask("show", "alarms")["alarms"]
    assert ("child-died", victim) in [(a["alarm"], a["source"]) for a in alarms]
    others = [s for s in exchange.speakers if exchange.worker_of(s.source) == victim]
    for s in others:
        if s not in lost:
            s.establish()


def test_killed_worker(exchange):
    lose_worker(exchange, signal.SIGKILL, 200, 0, None, 10)


def test_stopped_worker_that_holds_up_the_log(exchange):
    """What its members have not read fills the log: after 2 seconds without an answer it goes."""
    lose_worker(exchange, signal.SIGSTOP, 6000, 1000, "it does not read the log", 30)


def test_stopped_worker_that_nobody_waits_for(exchange):
    lose_worker(exchange, signal.SIGSTOP, 50, 0, "it has not said for 10 s", 20)


def come_back(hand):
    """A session on the first connection that it makes, without another try."""
    hand.connect().send(hand.open_message())
    got = [hand.receive(10), hand.receive(10)]
    assert [m and m[0] for m in got] == [speaker.OPEN, speaker.KEEPALIVE]
    hand.send(speaker.message(speaker.KEEPALIVE))


def test_who_comes_back_at_once(exchange):
    """Nobody who connects while its worker is replaced is turned away; the second one takes 1 s."""
    rs, victim = exchange.rs, "worker-1"
    (hand, *_), (witness, *_) = exchange.on(victim), exchange.on("worker-0")
    refused = rs.lines("connection-refused", f"from={hand.source} ")
    for death in (1, 2):
        os.kill(rs.children()[victim], signal.SIGKILL)
        hand.until("it hears of the death", lambda: hand.closed)
        if death == 2:
            rs.wait_line("child-died", f"process={victim} ", count=death)
            assert len(rs.lines("child-restarted", f"process={victim} ")) == 1
        come_back(hand)
        assert len(rs.lines("child-restarted", f"process={victim} ")) == death
        hand.announce(f"198.18.{death}.0/24")
        witness.until("its route arrives", lambda: f"198.18.{death}.0/24" in witness.told)
        hand.withdraw(f"198.18.{death}.0/24")
    assert rs.lines("connection-refused", f"from={hand.source} ") == refused
    for s in exchange.speakers:
        if s != hand and exchange.worker_of(s.source) == victim:
            s.establish()
    exchange.wait_birds()


def test_killed_rib(exchange):
    """Sessions end with a Cease, everything is learned and told again."""
    rs, told = exchange.rs, exchange.speakers[:4]
    children = rs.children()
    for n, s in enumerate(told):
        s.announce(f"198.18.{n}.0/24")
    exchange.speakers[-1].until("all arrive", lambda: {f"198.18.{n}.0/24" for n in range(4)} <= set(
        exchange.speakers[-1].told))
    os.kill(children["rib"], signal.SIGKILL)
    for s in exchange.speakers:
        code, _, text = s.notification()
        assert code == 6, (code, text)
    rs.wait_line("child-died", "process=rib ")
    rs.wait_line("child-restarted", "process=rib ")
    lab.until("roostctl is answered", lambda: rs.ask("show", "summary", check=False))
    assert_replaced(exchange, children, "rib")
    for n, s in enumerate(exchange.speakers):
        s.establish()
        if s in told:
            s.announce(f"198.18.{n}.0/24")
    for n, s in enumerate(exchange.speakers):
        want = {f"198.18.{i}.0/24" for i in range(4) if i != n}
        for bird in exchange.birds:
            want |= set(bird.wants(4))
        s.until("all is told again", lambda: set(s.told) == want and 4 in s.ended, 40)
    exchange.wait_birds()
    for n, s in enumerate(told):
        s.withdraw(f"198.18.{n}.0/24")


# --- roostctl ---

def text_of(exchange, *words):
    status, said, error = exchange.rs.ctl(*words)
    assert status == 0 and not error, error
    return said


def test_summary(exchange):
    summary = exchange.rs.ask("show", "summary")["summary"]
    peers = len(exchange.speakers) + len(exchange.bird_addresses())
    assert summary["asn"] == 64500 and summary["router_id"] == exchange.rs_host.addr4
    assert summary["peers"]["configured"] == summary["peers"]["up"] == peers
    assert summary["prefixes"] == {"ipv4": 4, "ipv6": 4} and summary["paths"] == 8
    said = text_of(exchange, "show", "summary")
    assert "64500" in said and exchange.rs_host.addr4 in said and "{" not in said


NEIGHBOUR = {"address": str, "asn": int, "description": str, "up": bool, "state": str,
             "since": str, "routes": dict, "rtt_ms": float, "last_error": (str, type(None))}
ROUTE = {"prefix": str, "peer": str, "as_path": str, "as_set": type(None), "next_hop": str,
         "origin": str, "med": int, "local_pref": int, "communities": list,
         "large_communities": list, "ext_communities": list, "otc": type(None),
         "accepted": bool, "best": bool, "reject_reasons": list, "received_at": str}


def assert_fields(thing, fields):
    for name, kind in fields.items():
        assert name in thing and isinstance(thing[name], kind), (name, thing.get(name))


def test_peers(exchange):
    bird = exchange.birds[0]
    lab.until("round-trip times are measured", lambda: all(
        p["rtt_ms"] for p in exchange.rs.peers().values()))
    peers = exchange.rs.peers()
    assert set(peers) == set(exchange.bird_addresses()) | {s.source for s in exchange.speakers}
    for peer in peers.values():
        assert_fields(peer, NEIGHBOUR)
    mine = peers[bird.host.addr4]
    assert mine["asn"] == bird.asn and mine["description"] == "Bird"
    assert mine["up"] and mine["state"] == "established"
    assert mine["routes"] == {"received": 2, "accepted": 2, "rejected": 0, "sent": 2}
    lines = text_of(exchange, "show", "peers").splitlines()
    assert len(lines) == len(peers) + 1 and lines[0].split()[:3] == ["PEER", "AS", "STATE"]


def test_peer(exchange):
    hand = exchange.speakers[0]
    peer = exchange.rs.peer(hand.source)
    assert_fields(peer, NEIGHBOUR)
    # One peer of the AS: its number is a name, with and without the letters.
    assert exchange.rs.peer(f"AS{hand.asn}")["address"] == hand.source
    assert exchange.rs.peer(str(hand.asn))["address"] == hand.source
    assert peer["session"]["hold_s"] == 0 and peer["session"]["incoming"]
    assert peer["families"]["ipv4"]["state"] == "live"
    assert peer["configured"]["filters_none"]
    assert hand.source in text_of(exchange, "show", "peer", hand.source)


def test_routes(exchange):
    first, second = exchange.birds
    rs, all_of = exchange.rs, exchange.rs.routes
    for route in all_of():
        assert_fields(route, ROUTE)
    assert {r["prefix"] for r in all_of()} == {
        p for b in exchange.birds for f in FAMILIES for p in b.wants(f)}
    (route,) = all_of(first.main[4])
    assert route["peer"] == first.host.addr4 and route["best"] and route["accepted"]
    assert route["as_path"] == str(first.asn) and route["origin"] == "IGP"
    assert route["med"] == 50 and route["reject_reasons"] == []
    assert set(route["communities"]) == first.communities
    assert set(route["large_communities"]) == first.large
    names = lambda *words: {r["prefix"] for r in all_of(*words)}
    assert names("from", first.host.addr6) == set(first.wants(6))
    assert names("to", first.host.addr6) == set(second.wants(6))
    assert names("to", first.host.addr4, "from", second.host.addr4) == set(second.wants(4))
    assert names("to", first.host.addr4, "from", first.host.addr4) == set()
    assert names("198.51.0.0/16", "longer") == {first.main[4], second.main[4]}
    assert names("198.51.0.0/16") == names("198.51.0.0/16", "exact") == set()
    assert names(first.main[4].replace("/24", "/25"), "shorter") == {first.main[4]}
    assert names(first.main[4].replace(".0/24", ".9")) == {first.main[4]}
    assert names("2001:db8::/32", "longer", "from", first.host.addr6) == set(first.wants(6))
    said = text_of(exchange, "show", "routes")
    assert len(said.splitlines()) == 9 and first.main[6] in said
    assert text_of(exchange, "show", "routes", "9.9.9.0/24") == "no route matches\n"


def test_attributes_and_memory(exchange):
    attributes = exchange.rs.ask("show", "attributes")["attributes"]
    assert sum(a["references"] for a in attributes) >= 8
    memory = exchange.rs.ask("show", "memory")["memory"]
    assert memory["entries_ipv4"] == memory["entries_ipv6"] == 4 and memory["paths"] == 8
    assert memory["log_octets_max"] == LOG_SIZE
    text_of(exchange, "show", "attributes")
    text_of(exchange, "show", "memory")


def test_processes_and_alarms(exchange):
    processes = {p["process"]: p for p in exchange.rs.ask("show", "processes")["processes"]}
    children = exchange.rs.children()
    assert set(processes) == set(children)
    for name in ("worker-0", "worker-1"):
        assert processes[name]["alive"] and processes[name]["records_refused"] == 0
        lab.until("its pid is shown", lambda: children[name] in [
            p.get("pid") for p in exchange.rs.ask("show", "processes")["processes"]])
    # Those of the deaths above stand for five minutes.
    alarms = exchange.rs.ask("show", "alarms")["alarms"]
    assert {(a["alarm"], a["source"]) for a in alarms} >= {
        ("child-died", "rib"), ("child-died", "worker-0")}
    for alarm in alarms:
        assert_fields(alarm, {"severity": str, "text": str, "advice": str, "since": str,
                              "meaning": str, "raised": int})
    assert "child-died" in text_of(exchange, "show", "alarms")
    assert "worker-1" in text_of(exchange, "show", "processes")


@pytest.mark.parametrize("words,status,expected", [
    (["show", "nonsense"], 2, "there is no command \"show nonsense\""),
    (["shwo", "peers"], 2, "there is no command"),
    ([], 2, "a command is missing"),
    (["show", "peers", "now"], 2, "\"now\" is one word too many"),
    (["show", "peer"], 2, "name a peer"),
    (["show", "peer", "192.0.2.250"], 1, "no peer \"192.0.2.250\""),
    (["show", "peer", "AS65010"], 1, "has 2 peers, name one by its address"),
    (["show", "peer", "AS1"], 1, "AS1 is not a configured client"),
    (["show", "routes", "10.0.0.1/8"], 1, "no host bits"),
    (["show", "routes", "fruit"], 1, "is no prefix"),
    (["show", "routes", "longer"], 1, "need a prefix"),
    (["show", "routes", "to"], 2, "wants a peer behind it"),
    (["show", "routes", "10.0.0.0/8", "exact", "longer"], 2, "contradicts"),
    (["clear", "192.0.2.250"], 1, "no peer"),
    (["shutdown", "192.0.2.20", "x" * 300], 1, "longer than"),
    (["shutdown", "192.0.2.20", "a", "text"], 2, "put the text in quotes"),
    (["log", "level", "chatty"], 1, "a level is one of debug"),
], ids=lambda v: " ".join(v)[:30] if isinstance(v, list) else "")
def test_wrong_words(exchange, words, status, expected):
    before = exchange.rs.sessions()
    got, said, error = exchange.rs.ctl(*words)
    assert (got, said) == (status, "") and expected in error and error.startswith("roostctl: ")
    assert exchange.rs.sessions() == before
    if status == 1:
        got, said, error = exchange.rs.ctl("-j", *words)
        assert got == 1 and expected in json.loads(said)["error"]


def test_restricted_socket_only_reads(exchange):
    rs, hand = exchange.rs, exchange.speakers[0]
    before = rs.sessions()
    for words in (["show", "summary"], ["show", "routes"], ["show", "peer", hand.source]):
        status, said, _ = rs.ctl("-j", *words, to=rs.restricted)
        assert status == 0 and json.loads(said)
    for words in (["clear", hand.source], ["shutdown", hand.source], ["enable", hand.source],
                  ["log", "level", "error"]):
        status, said, error = rs.ctl(*words, to=rs.restricted)
        assert (status, said) == (1, "") and "is not allowed on the restricted socket" in error
    assert rs.sessions() == before
    assert rs.socket.stat().st_mode & 0o777 == 0o660


def test_requests_that_are_no_requests(exchange):
    rs = exchange.rs
    answers = rs.requests([], {}, {"command": 7}, {"command": "show routes", "args": 7},
                          {"command": "show routes", "args": {"prefix": 7}},
                          {"command": "show summary"})
    assert [list(a[-1]) for a in answers[:5]] == [["error"]] * 5
    assert answers[5][1]["asn"] == 64500


def test_log_level(exchange):
    rs, hand = exchange.rs, exchange.speakers[0]
    rs.ask("log", "level", "error")
    rs.wait_line("log-level", "from=debug to=error")
    before = len(rs.said())
    rs.ask("clear", hand.source)
    assert hand.notification()[:2] == (6, 4)
    hand.establish()
    assert len(rs.said()) == before
    rs.ask("log", "level", "debug")
    rs.ask("clear", hand.source)
    assert hand.notification()[:2] == (6, 4)
    rs.wait_line("session-down", f"peer={hand.source} ", "Administrative Reset")
    hand.establish()


def test_shutdown_and_enable(exchange):
    rs, hand = exchange.rs, exchange.speakers[0]
    rs.ask("shutdown", hand.source, "Wir räumen um")
    code, subcode, data = hand.notification()
    assert (code, subcode, data[1:].decode()) == (6, 2, "Wir räumen um")
    peer = rs.peer(hand.source)
    assert not peer["up"] and peer["last_error"] == "Wir räumen um"
    rs.wait_line("session-down", f"peer={hand.source} ", 'reason="Wir räumen um"')
    end = rs.ask("show", "history", hand.source)["history"][-1]
    assert (end["event"], end["by"], end["text"]) == ("down", "server", "Wir räumen um")
    assert end == peer["history"][-1] and end["notification"]["subcode"] == 2
    with pytest.raises(OSError):
        hand.connect().send(hand.open_message())
        hand.until("closed", lambda: hand.closed)
        raise OSError("closed")
    rs.wait_line("connection-refused", f"from={hand.source} ", "shut down by the operator")
    assert "shutdown" in next(line for line in text_of(exchange, "show", "peers").splitlines()
                              if line.startswith(f"{hand.source} "))
    rs.ask("enable", hand.source)
    hand.establish()
    assert rs.peer(hand.source)["up"]
    assert "Wir räumen um" in text_of(exchange, "show", "history", hand.source)


def test_what_a_member_says_at_its_end(exchange):
    rs, hand = exchange.rs, exchange.speakers[0]
    text = "zurück um 18 Uhr €\x1b[31m"
    octets = bytes([6, 2, len(text.encode())]) + text.encode()
    hand.send(speaker.message(speaker.NOTIFICATION, octets))
    rs.wait_line("session-down", f"peer={hand.source} ", "zurück um 18 Uhr €?[31m")
    rs.wait_line("shutdown-text-bad", f"peer={hand.source} ", octets[2:].hex())
    end = rs.ask("show", "history", hand.source)["history"][-1]
    assert (end["event"], end["by"]) == ("down", "member")
    assert end["text"] == "zurück um 18 Uhr €?[31m"
    assert "\x1b" not in text_of(exchange, "show", "peer", hand.source)
    hand.establish()


def test_refresh(exchange):
    rs, hand = exchange.rs, exchange.speakers[0]
    assert rs.ask("refresh", hand.source)["done"]["families"] == ["ipv4"]
    hand.until("it is asked for its routes", lambda: hand.counts[ROUTE_REFRESH] == 1)


def test_it_ends_well(exchange):
    for process in exchange.rs.ask("show", "processes")["processes"]:
        assert process.get("records_refused", 0) == 0
        assert process.get("emission_refused", 0) == 0
    exchange.rs.end(deaths=["worker-0", "worker-1", "rib"])
