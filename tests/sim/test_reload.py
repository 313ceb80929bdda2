"""Fifty reloads in a row under update load, with changed, broken and unchanged files.

Members of the small exchange play its churn all the time while configuration and data files change
under a roostd with a full policy. After each reload: it was taken or refused as it should be, and
no session but those of a client that was removed has ended. Now and then everybody falls silent:
then each holds what the naive policy, told the present files, says. In the end memory and
descriptors are what they were.
"""
import collections
import contextlib
import copy
import json
import os
import random
import tempfile

import exchange_conf
import naive_exchange
import naive_policy
import naive_policy_data as data
import naive_policy_out
import pytest
import test_exchange
import test_policy_exchange as policy_exchange
from test_exchange import daemon

CASES = {case.name: case for case in (
    test_exchange.Case("release", "exchange-small", daemon.ROOSTD, [], 4),
    test_exchange.Case("asan", "exchange-small", test_exchange.ROOSTD_ASAN,
                       test_exchange.FIXED_ADDRESSES, 4))}
# Reloads after which everybody falls silent; memory at the end is compared with the first.
QUIET_AFTER = (5, 20, 35, 50)
MEMORY_MAY_GROW = 1.15
REMOVED_AND_BACK = 20676  # no churn of its sessions, which end twice and begin again
AS_SET, ORIGIN_GONE = "AS-HURRICANE", "AS39964"


def put(path, text):
    """As a careful operator does: nobody sees half of it."""
    with open(f"{path}.new", "w", encoding="utf-8") as file:
        file.write(text)
    os.rename(f"{path}.new", path)


class Files:
    """What the files say, and changes to it. Each change is undone when it comes again."""

    def __init__(self, lan):
        self.lan = lan
        self.cfg = copy.deepcopy(lan.conf.cfg)
        self.clients = copy.deepcopy(lan.conf.clients)
        self.removed = []
        self.number = 0
        with open(self.path("rpki.json"), encoding="utf-8") as file:
            self.rpki = json.load(file)
        with open(self.path("as-sets.rpsl"), encoding="utf-8") as file:
            self.as_sets = file.read()
        self.vrps = self.rpki["roas"]

    def path(self, name):
        return f"{self.lan.folder}/{name}"

    def yaml(self, name, value):
        exchange_conf.write_yaml(self.path(f"{name}.new"), value)
        os.chmod(self.path(f"{name}.new"), 0o640)
        os.rename(self.path(f"{name}.new"), self.path(name))

    def write(self):
        """All of them, as they are meant to be."""
        self.yaml("general.yml", {"cfg": self.cfg})
        self.yaml("clients.yml", {"clients": self.clients})
        put(self.path("rpki.json"), json.dumps(self.rpki))
        put(self.path("as-sets.rpsl"), self.as_sets)

    # ---- changes that are taken ----

    def unchanged(self):
        pass

    def as_set(self):
        here, there = f"{ORIGIN_GONE}, ", f"{ORIGIN_GONE}0, "
        if here not in self.as_sets:
            here, there = there, here
        assert here in self.as_sets
        self.as_sets = self.as_sets.replace(here, there)

    def vrps_changed(self):
        """Other thirds are missing each time, and some say another origin."""
        chance = random.Random(self.number)
        self.rpki["roas"] = [
            {**roa, "asn": 64999} if chance.random() < 0.1 else roa
            for roa in self.vrps if chance.random() < 0.7]

    def reject_invalid(self):
        rov = self.cfg["filtering"]["rpki_bgp_origin_validation"]
        rov["reject_invalid"] = not rov["reject_invalid"]

    def black_list(self):
        entries = self.cfg["filtering"]["global_black_list_pref"]
        if entries[-1].get("comment") == "for a while":
            entries.pop()
        else:
            entries.append({"prefix": "64.0.0.0", "length": 2, "comment": "for a while"})

    def client(self):
        """Removed, or back."""
        if self.removed:
            self.clients += self.removed
            self.removed = []
        else:
            self.removed = [c for c in self.clients if c["asn"] == REMOVED_AND_BACK]
            self.clients = [c for c in self.clients if c["asn"] != REMOVED_AND_BACK]

    def communities(self):
        custom = self.cfg["custom_communities"]["site_north"]
        custom["std"] = "65511:3" if custom["std"] == "65511:1" else "65511:1"
        self.cfg["path_hiding"] = not self.cfg["path_hiding"]

    # ---- files that are refused; what is said of them ----

    def broken_yaml(self):
        with open(self.path("clients.yml"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        put(self.path("clients.yml"), "\n".join(lines[:20] + ["  - {asn: 64999"] + lines[20:]))
        return "clients.yml:21:5: error"

    def broken_json(self):
        text = json.dumps(self.rpki)
        put(self.path("rpki.json"), text[:len(text) // 2])
        return "rpki.json:1:"

    def missing_file(self):
        os.unlink(self.path("as-sets.rpsl"))
        return "as-sets.rpsl: error"

    def change(self, what):
        self.number += 1
        expected = getattr(self, what)()
        if expected is None:
            self.write()
        return expected

    # ---- the model of it ----

    def policy(self):
        known = data.Facts()
        known.read_rpki(self.path("rpki.json"), self.cfg["rpki_roas"]["allowed_trust_anchors"])
        known.read_rpsl(self.path("as-sets.rpsl"))
        known.read_rpsl(self.path("routes.rpsl"))
        return naive_policy.Policy(copy.deepcopy(self.cfg), self.clients, self.lan.conf.bogons,
                                   known)


ROUND = ("unchanged", "as_set", "broken_yaml", "vrps_changed", "reject_invalid", "broken_json",
         "client", "black_list", "missing_file", "communities")
# The client that was removed is there when memory is compared.
RELOADS = 4 * ROUND + tuple("unchanged" if what == "client" else what for what in ROUND)


class Memory(collections.namedtuple("Memory", "octets descriptors")):
    """Of the daemon's processes, by name. What they share is of fixed size, and filled in time."""

    @classmethod
    def of(cls, parent):
        octets, descriptors = {}, {}
        for name, pid in {"parent": parent, **daemon.children_of(parent)}.items():
            with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as file:
                fields = dict(line.split(":", 1) for line in file)
            octets[name] = int(fields["RssAnon"].split()[0]) * 1024
            # of a process that gave up its rights root alone may see them
            with contextlib.suppress(PermissionError):
                descriptors[name] = len(os.listdir(f"/proc/{pid}/fd"))
        return cls(octets, descriptors)


class ReloadRun(policy_exchange.PolicyRun):
    """A run whose configuration changes; the model is made anew for each comparison."""

    def __init__(self, lan, say, folder, monkeypatch):
        super().__init__(lan, say, folder, monkeypatch)
        self.files = Files(lan)
        self.heard = naive_exchange.Exchange(lan.sessions)
        self.heard.load_routes()
        self.lost = 0
        self.since = {}
        self.took_ms = []
        self.gone = [s for s in lan.sessions if s.asn == REMOVED_AND_BACK]

    def remember_sessions(self):
        self.since = {p["address"]: p["since"] for p in self.control("show", "peers")["peers"]
                      if p["up"]}

    def check_sessions(self):
        now = {p["address"]: p["since"] for p in self.control("show", "peers")["peers"]}
        removed = {s.name for s in self.gone} if self.files.removed else set()
        assert {a: s for a, s in self.since.items() if a not in removed} == \
            {a: s for a, s in now.items() if a not in {s.name for s in self.gone} or
             a in self.since and a not in removed}

    def roostctl_reload(self):
        """Exit status, what it prints."""
        done = test_exchange.subprocess.run(
            [test_exchange.ROOSTCTL, "-j", "-s", self.lan.socket, "reload"], check=False,
            capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def reload(self, what):
        refusal = self.files.change(what)
        code, text = self.roostctl_reload()
        if refusal is None:
            assert code == 0, text
            self.took_ms.append(json.loads(text)["reload"]["took_ms"])
        else:
            assert code != 0 and refusal in text, (what, text)
            self.files.write()
        if what == "client":
            self.client_went_or_came()
        self.check_sessions()

    def client_went_or_came(self):
        if self.files.removed:
            self.lost += len(self.gone)
            # A session that the simulator is told to end before it hears of it is not lost.
            daemon.wait_for(lambda: self.numbers()["sessions_lost"] == self.lost, 10,
                            "that the client that was removed has lost its sessions")
            for session in self.gone:
                self.sim.run(f"down {session.name}")
                self.since.pop(session.name)
            return
        for session in self.gone:
            self.sim.run(f"up {session.name}")
        daemon.wait_for(lambda: self.peers()["up"] == len(self.lan.sessions), 10,
                        "that the client that came back is up")
        self.remember_sessions()

    def rebuild_model(self):
        removed = {s.name for s in self.gone} if self.files.removed else set()
        self.model = naive_policy_out.PolicyExchange(
            [s for s in self.lan.sessions if s.name not in removed], self.files.policy())
        for name, table in self.heard.tables.items():
            for prefix, route in table.items() if name not in removed else ():
                self.model.announce(name, f"{prefix}|{route.text}")

    def numbers(self):
        report = f"{self.folder}/report"
        self.sim.run(f"report {report}")
        with open(report, encoding="utf-8") as file:
            return json.load(file)

    def check_views(self, what):
        """Everybody is silent: verdicts and tables are what the present files make of them."""
        self.settle(300)
        self.rebuild_model()
        dump = f"{self.folder}/dump"
        self.sim.run(f"dump {dump}")
        self.check_verdicts()
        held, numbers = self.expectation().check(dump), self.numbers()
        assert numbers["sessions_lost"] == self.lost
        assert numbers["established"] == len(self.model.sessions)
        assert self.rib()["emission_refused"] == 0
        self.say(f"{self.lan.case.name}, {what}: {held:,} routes held, differences 0")

    def end(self):
        """Good order; nothing was complained about but what was wrong with files."""
        code, _, errors = self.sim.end()
        assert code == 0, errors
        self.roostd.stop()
        assert self.roostd.process.returncode == 0
        complaints = self.roostd.lines(r"^\S+ (error|critical) |Sanitizer|runtime error")
        assert not [line for line in complaints if " conf-" not in line]


@pytest.fixture(name="lan", scope="module")
def fixture_lan(request):
    """Its folder is open to all: started by root, roostd reads data as somebody without rights."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        lan = policy_exchange.PolicyLan(CASES[request.param], "tag", folder)
        with lan.space:
            yield lan


@pytest.fixture(name="run")
def fixture_run(lan, tmp_path, monkeypatch, record_property):
    def say(text):
        print(text)
        record_property("said", text)

    with ReloadRun(lan, say, str(tmp_path), monkeypatch) as run:
        run.sim.run("wait up", "wait eor")
        run.settle(300)
        run.remember_sessions()
        yield run
        print(run.roostd.log())  # shown if the test fails


@pytest.mark.parametrize("lan", CASES, indirect=True)
def test_fifty_reloads(run):
    """No session lost, every view right, memory returns."""
    memory, done, half = None, 0, 0
    for until in QUIET_AFTER:
        path = run.lan.halves[half]
        while done < until:
            run.sim.run(f"play {path} {run.lan.case.speed}")
            run.heard.play(path)
            for what in RELOADS[done:done + 5]:
                run.reload(what)
            done += 5
            run.sim.run("wait play")
            half = 1 - half
            path = run.lan.halves[half]
        run.check_views(f"after {done} reloads")
        memory = memory or Memory.of(run.roostd.pid)
    run.say(f"    a reload took {sum(run.took_ms) / len(run.took_ms):.0f} ms, at most "
            f"{max(run.took_ms)} ms; longest turn of rib {run.rib()['longest_slice_us']} us")
    assert len(run.took_ms) == 35 and done == 50
    daemon.wait_for(lambda: Memory.of(run.roostd.pid).descriptors == memory.descriptors, 5,
                    f"that descriptors are {memory.descriptors}")
    last = Memory.of(run.roostd.pid)
    run.say(f"    memory {sum(memory.octets.values()) >> 10:,} KiB after the first "
            f"{QUIET_AFTER[0]}, {sum(last.octets.values()) >> 10:,} KiB after the last; "
            f"descriptors {sum(last.descriptors.values())}")
    if run.lan.case.name != "asan":  # which keeps what is freed for a while
        assert sum(last.octets.values()) <= MEMORY_MAY_GROW * sum(memory.octets.values()), \
            (memory, last)
    run.end()
