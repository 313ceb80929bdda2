"""What an operator sees of policy, with real members: BIRDs announce routes that fail checks, one of
them in quarantine; roostctl says why, to whom and what next. One lab for the file; the tests run in
order, the last ones reload.
"""
import json
import os
import subprocess

import pytest

import lab
import members

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

RIPE, TAKER, NEWCOMER = 3333, 8859, 2121

# What is wrong with each route of AS3333: code, name, something that the value says.
WRONG = {
    "193.0.10.0/24": (14, "rpki-invalid", "AS3333"),
    "8.8.8.0/24": (9, "irr-origin", "AS15169"),
    "193.0.11.0/24": (12, "irr-prefix", "193.0.11.0/24"),
    "10.1.0.0/24": (2, "bogon", "10.0.0.0/8"),
    "193.0.14.0/25": (13, "length", "25"),
    "193.0.16.0/24": (8, "transit-free", "AS174"),
}
FINE = {"193.0.0.0/21", "193.0.12.0/24"}

IRR = "as-set: AS-RIPE\nmembers: AS3333, AS174\n\n" + "".join(
    f"route: {prefix}\norigin: AS{asn}\n\n" for prefix, asn in [
        ("193.0.0.0/21", RIPE), ("193.0.10.0/24", RIPE), ("193.0.12.0/24", RIPE),
        ("193.0.14.0/25", RIPE), ("193.0.16.0/24", 174), ("193.0.20.0/24", NEWCOMER)])
VRPS = [("193.0.10.0/24", 1), ("193.0.0.0/21", RIPE)]


class Bird:
    """Announces static routes: {prefix: attributes in BIRD's language}."""

    def __init__(self, host, rs, asn, routes):
        self.host, self.rs, self.asn, self.routes = host, rs, asn, routes

    def conf(self):
        lines = "\n".join(f"  route {p} blackhole {{ {a} }};" for p, a in self.routes.items())
        return f"""
log stderr all;
router id {self.host.addr4};
protocol device {{}}
protocol static {{
  ipv4;
{lines}
}}
protocol bgp session {{
  local {self.host.addr4} as {self.asn};
  neighbor {self.rs.addr4} as {lab.RouteServer.asn};
  hold time 9; connect retry time 2; error wait time 1, 2; connect delay time 1;
  ipv4 {{ import all; export where source = RTS_STATIC; }};
}}
"""

    def start(self):
        (self.host.dir / "bird.conf").write_text(self.conf())
        self.host.start(members.PEERS / "bird", "-f", "-c", self.host.dir / "bird.conf", "-s",
                        self.host.dir / "bird.ctl", "-P", self.host.dir / "pid")

    def announce(self, routes):
        self.routes = routes
        (self.host.dir / "bird.conf").write_text(self.conf())
        self.ask("configure")

    def ask(self, *words):
        return self.host.ns(members.PEERS / "birdc", "-s", self.host.dir / "bird.ctl", *words,
                            check=False)

    def has(self):
        said = self.ask("show", "route", "protocol", "session").splitlines()
        return {line.split()[0] for line in said if "/" in line.split(" ")[0]}


def general():
    return {
        "filtering": {
            "irrdb": {"tag_as_set": True},
            "transit_free": {"action": "reject", "asns": [174]},
            "rpki_bgp_origin_validation": {"enabled": True},
            "reject_policy": {"policy": "tag"},
            "max_prefix": {"action": "block", "general_limit_ipv4": 50, "peering_db": False},
        },
        "communities": {
            "do_not_announce_to_peer": {"std": "0:peer_as", "lrg": "rs_as:0:peer_as"},
            "reject_cause": {"lrg": "rs_as:65520:dyn_val"},
            "rpki_bgp_origin_validation_valid": {"lrg": "rs_as:1000:1"},
            "prefix_present_in_as_set": {"lrg": "rs_as:64512:11"},
        },
        "custom_communities": {"colo_berlin": {"lrg": "rs_as:9:1"}},
    }


class Exchange:
    def __init__(self):
        subprocess.run([lab.ROOT / "tests" / "peers.sh"], check=True, timeout=600)
        self.lab = lab.Lab()
        host = self.lab.add("rs", 1)
        (host.dir / "irr.rpsl").write_text(IRR)
        (host.dir / "rpki.json").write_text(json.dumps({"roas": [
            {"prefix": p, "maxLength": int(p.split("/")[1]), "asn": f"AS{asn}", "ta": "ripe"}
            for p, asn in VRPS]}))
        wrong = {p: "" for p in WRONG}
        wrong["8.8.8.0/24"] = "bgp_path.prepend(15169);"
        wrong["193.0.16.0/24"] = "bgp_path.prepend(174);"
        self.ripe = Bird(self.lab.add("ripe", 10), host, RIPE, {
            **wrong, "193.0.0.0/21": "", "193.0.12.0/24": f"bgp_community.add((0,{TAKER}));"})
        self.taker = Bird(self.lab.add("taker", 11), host, TAKER, {})
        self.newcomer = Bird(self.lab.add("newcomer", 12), host, NEWCOMER, {
            "193.0.20.0/24": "", "8.8.4.0/24": "bgp_path.prepend(15169);"})
        self.birds = [self.ripe, self.taker, self.newcomer]
        self.rs = lab.RouteServer(host, self.clients(), general(), sections={
            "feeds": {"irr": [str(host.dir / "irr.rpsl")],
                      "rpki": [str(host.dir / "rpki.json")]},
            "bogons": [{"prefix": "10.0.0.0", "length": 8}]})

    def clients(self):
        return [
            {"asn": RIPE, "ip": self.ripe.host.addr4, "description": "RIPE NCC",
             "cfg": {"attach_custom_communities": ["colo_berlin"],
                     "filtering": {"irrdb": {"as_sets": ["AS-RIPE"]},
                                   "max_prefix": {"limit_ipv4": 10}}}},
            {"asn": TAKER, "ip": self.taker.host.addr4, "filters": "none"},
            {"asn": NEWCOMER, "ip": self.newcomer.host.addr4, "quarantine": True,
             "cfg": {"filtering": {"irrdb": {"as_sets": ["AS-NOBODY"]}}}},
        ]

    def start(self):
        self.rs.start()
        for bird in self.birds:
            bird.start()
        lab.until("all routes have come", lambda: self.counts() == [8, 0, 2], 40)
        lab.until("the taker has its routes", lambda: self.taker.has() == {"193.0.0.0/21"})

    def counts(self):
        peers = self.rs.peers()
        return [peers[b.host.addr4]["routes"]["received"] for b in self.birds]


@pytest.fixture(scope="module")
def exchange():
    x = Exchange()
    try:
        x.start()
        yield x
        x.rs.end()
    finally:
        x.lab.close()


def test_rejected_routes_with_reason_and_value(exchange):
    for words in (["rejected", "from", "AS3333"], ["from", "AS3333", "rejected"]):
        routes = {r["prefix"]: r for r in exchange.rs.routes(*words)}
        assert set(routes) == set(WRONG)
        for prefix, (code, name, value) in WRONG.items():
            route = routes[prefix]
            reason, = route["reject_reasons"]
            assert (reason["code"], reason["name"]) == (code, name)
            assert value in reason["value"], (prefix, reason)
            assert not route["accepted"] and route["tagged"] and route["local_pref"] == 1
            assert f"64500:65520:{code}" in route["view"]["large_communities"]
    one, = exchange.rs.routes("rejected", "10.1.0.0/24")
    assert one["peer"] == exchange.ripe.host.addr4


def test_accepted_routes_with_their_states(exchange):
    routes = {r["prefix"]: r for r in exchange.rs.routes("from", "AS3333") if r["accepted"]}
    assert set(routes) == FINE
    fine = routes["193.0.0.0/21"]
    assert fine["rov"] == "valid" and fine["aspa"] is None and fine["blackhole"] is False
    assert fine["irr"] == {"origin": True, "prefix": True, "validated_by": []}
    assert fine["communities"] == [] and fine["large_communities"] == []
    assert {"64500:1000:1", "64500:64512:11", "64500:9:1"} <= set(
        fine["view"]["large_communities"])
    assert routes["193.0.12.0/24"]["rov"] == "unknown"
    assert exchange.rs.peers()[exchange.ripe.host.addr4]["routes"]["accepted"] == 2


def test_what_a_member_is_not_told_and_why(exchange):
    told = exchange.rs.routes("to", "AS8859")
    assert [r["prefix"] for r in told] == ["193.0.0.0/21"]
    assert told[0]["told"] and told[0]["withheld"] is None
    withheld = {r["prefix"]: r["withheld"]["name"]
                for r in exchange.rs.routes("to", "AS8859", "withheld")}
    assert withheld == {**{p: "rejected" for p in WRONG}, "193.0.12.0/24": "control-community",
                        "193.0.20.0/24": "quarantine", "8.8.4.0/24": "rejected"}
    everything = exchange.rs.routes("to", "AS8859", "all")
    assert len(everything) == len(told) + len(withheld)
    own = {r["withheld"]["name"] for r in exchange.rs.routes("to", "AS3333", "withheld",
                                                             "from", "AS3333")}
    assert own == {"source"}


def test_explain(exchange):
    said, = exchange.rs.ask("explain", "8.8.8.0/24", "from", "AS3333", "to", "AS8859")["explain"]
    outcomes = {c["check"]: c["outcome"] for c in said["checks"]}
    assert outcomes["bogon"] == "pass" and outcomes["irr-origin"] == "reject"
    assert list(outcomes)[-1] == "irr-origin"
    assert said["export"]["withheld"]["name"] == "rejected" and not said["export"]["told"]
    said, = exchange.rs.ask("explain", "193.0.1.1", "from", "AS3333", "to", "AS8859")["explain"]
    assert said["prefix"] == "193.0.0.0/21" and said["export"]["told"]
    assert "64500:9:1" in said["export"]["attributes"]["large_communities"]
    assert "64500:1000:1" not in said["export"]["attributes"]["large_communities"]
    assert {c["check"] for c in said["checks"]} >= {"rpki-invalid", "length", "rule"}


def test_policy_in_force(exchange):
    policy = exchange.rs.ask("show", "policy", "peer", "AS3333")["policy"]
    settings = {s["key"]: s for s in policy["settings"]}
    assert settings["cfg.filtering.max_prefix.limit_ipv4"]["value"] == 10
    assert settings["cfg.filtering.max_prefix.limit_ipv4"]["origin"] == "client"
    assert settings["cfg.filtering.reject_policy.policy"]["origin"] == "general"
    assert settings["cfg.filtering.next_hop.policy"] == {
        "key": "cfg.filtering.next_hop.policy", "origin": "default", "value": "strict"}
    assert settings["cfg.filtering.reject_as_set"] == {
        "key": "cfg.filtering.reject_as_set", "origin": "default", "value": True}
    assert policy["irr"]["origins"] == 2
    limit, = policy["limits"]
    assert (limit["limit"], limit["counted"], limit["percent"]) == (10, 8, 80)
    assert not limit["exceeded"] and limit["action"] == "block"
    policy = exchange.rs.ask("show", "policy", "peer", "AS2121")["policy"]
    assert policy["quarantine"]
    assert policy["irr"]["as_sets"] == [
        {"name": "AS-NOBODY", "has_data": False, "origins": None, "prefixes": None}]


def test_communities_and_sections_for_alice(exchange):
    items = exchange.rs.ask("show", "communities")["communities"]
    patterns = {i["pattern"]: i for i in items}
    assert patterns["0:peer_as"]["name"] == "do_not_announce_to_peer"
    assert patterns["64500:9:1"]["class"] == "custom"
    status, said, _ = exchange.rs.ctl("show", "communities", "alice")
    assert status == 0
    sections = {part.split("]")[0]: part for part in said.split("[")[1:]}
    assert "64500:65520:9 = " in sections["rejection_reasons"]
    assert "64500:0:* = " in sections["noexport_reasons"]
    assert "\nvalid = 64500:1000:1\n" in sections["rpki"]
    assert "64500:9:1 = " in sections["bgp_communities"]


def test_summary_and_marks(exchange):
    summary = exchange.rs.ask("show", "summary")["summary"]
    assert summary["data"]["vrps"] == 2 and summary["data"]["route_objects"] == 6
    assert summary["configuration"]["entries_to_judge_again"] == 0
    assert summary["configuration"]["in_force_since"].startswith("20")
    assert summary["peers"]["quarantine"] == 1
    marks = {a: p["quarantine"] for a, p in exchange.rs.peers().items()}
    assert [a for a, q in marks.items() if q] == [exchange.newcomer.host.addr4]


@pytest.mark.parametrize("words", [
    ["show", "routes", "rejected"], ["show", "routes", "to", "AS8859", "all"],
    ["explain", "8.8.8.0/24", "from", "AS3333", "to", "AS8859"], ["show", "summary"],
    ["show", "policy", "peer", "AS3333"], ["admit", "AS2121", "--check"]], ids=" ".join)
def test_tables_fit_the_screen(exchange, words):
    _, said, error = exchange.rs.ctl(*words)
    assert error == ""
    # What stands last in a line may be as long as it has to be.
    titles = [line for line in said.splitlines() if line.isupper() and "  " in line]
    assert said and all(len(line.rstrip()) <= 100 for line in titles), said


WRONG_WORDS = [
    (["explain", "8.8.8.0/24"], 2, "explain PREFIX from PEER"),
    (["explain", "8.8.8.0/23", "from", "AS3333"], 1, "has announced no route"),
    (["explain", "8.8.8.1/24", "from", "AS3333"], 1, "no host bits"),
    (["show", "routes", "withheld"], 2, "want `to`"),
    (["show", "routes", "rejected", "from", "AS7"], 1, "not a configured client"),
    (["show", "policy", "peer"], 2, "name a peer"),
    (["show", "policy", "peer", "192.0.2.99"], 1, "show peers"),
    (["show", "communities", "bob"], 2, "[alice]"),
    (["admit", "AS2121"], 2, "quarantine: true"),
    (["admit", "AS7", "--check"], 1, "not a configured client"),
]


@pytest.mark.parametrize("words,status,says", WRONG_WORDS, ids=lambda w: " ".join(map(str, w))
                         if isinstance(w, list) else "")
def test_wrong_words(exchange, words, status, says):
    done, said, error = exchange.rs.ctl(*words)
    assert (done, said) == (status, "") and says in error
    done, said, error = exchange.rs.ctl("-j", *words)
    assert done == status and says in json.loads(said)["error"] and error == ""


# ---- what changes ----

def reload(exchange):
    exchange.rs.write_conf()
    return exchange.rs.ctl("reload")


def test_admission(exchange):
    """Checked, corrected, checked again, admitted: then the others have its route."""
    status, said, _ = exchange.rs.ctl("-j", "admit", "AS2121", "--check")
    answer = json.loads(said)["admit"]
    assert status == 1 and not answer["passes"] and answer["quarantine"]
    assert (answer["accepted"], answer["rejected"]) == (1, 1)
    reason, = answer["reasons"]
    assert reason["name"] == "irr-origin" and "AS15169" in reason["examples"][0]["value"]
    exchange.newcomer.announce({"193.0.20.0/24": ""})
    lab.until("the wrong route has gone", lambda: exchange.counts() == [8, 0, 1])
    status, said, _ = exchange.rs.ctl("-j", "admit", "AS2121", "--check")
    assert status == 0 and json.loads(said)["admit"]["passes"]
    assert "193.0.20.0/24" not in exchange.taker.has()
    del exchange.rs.conf["clients"][2]["quarantine"]
    status, said, _ = reload(exchange)
    assert status == 0 and "generation 2 is in force" in said
    assert "0 added, 0 removed" in said
    lab.until("the route is told", lambda: "193.0.20.0/24" in exchange.taker.has())
    assert exchange.rs.ask("show", "summary")["summary"]["configuration"]["generation"] == 2


def test_a_refused_reload_says_where(exchange):
    before = exchange.rs.sessions()
    exchange.rs.conf["clients"][0]["asn"] = "fish"
    status, said, error = reload(exchange)
    assert status == 1 and said == ""
    assert "was refused, nothing has changed" in error
    line = next(text for text in error.splitlines() if "error:" in text)
    assert line.startswith(f"{exchange.rs.config}:") and "fish" in line
    assert all(part.isdigit() for part in line.split(": ")[0].split(":")[1:])
    exchange.rs.conf["clients"][0]["asn"] = RIPE
    assert reload(exchange)[0] == 0
    assert exchange.rs.sessions() == before
