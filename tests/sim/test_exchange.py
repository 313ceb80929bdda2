"""Whole exchanges through real sessions with roostd; the naive model says what each must hold.

Against the release build and the one with sanitizers (ROOSTD and ROOSTD_ASAN name others). The
sandbox of roostd's children kills what it refuses.
"""
import argparse
import collections
import json
import os
import signal
import subprocess
import sys
import time

import naive_exchange
import plan
import pytest
from expectation import Expectation
from players import EXCHANGE_SMALL, ROOT, Namespace, Sim, lines, write

sys.path.insert(0, f"{ROOT}/tests/cli")
import daemon  # noqa: E402

ROOSTCTL = os.environ.get("ROOSTCTL", f"{ROOT}/build/release/roostctl")
ROOSTD_ASAN = os.environ.get("ROOSTD_ASAN", f"{ROOT}/build/asan/roostd")
# Sanitizers of this age lose against address randomisation of newer kernels.
FIXED_ADDRESSES = ["setarch", "--addr-no-randomize"]
if subprocess.run([*FIXED_ADDRESSES, "true"], check=False).returncode != 0:
    FIXED_ADDRESSES = []
Case = collections.namedtuple("Case", "name exchange roostd wrapper speed")
CASES = {case.name: case for case in (
    Case("exchange", "exchange", daemon.ROOSTD, [], 120),
    Case("exchange-asan", "exchange", ROOSTD_ASAN, FIXED_ADDRESSES, 120),
    Case("exchange-small-asan", "exchange-small", ROOSTD_ASAN, FIXED_ADDRESSES, 4),
)}


def make_plan(*arguments):
    subprocess.run([sys.executable, f"{ROOT}/tests/sim/make_plan.py", *arguments], check=True,
                   stdout=subprocess.DEVNULL)


class Lan:
    """One exchange: its peering LAN, plan, configuration, churn in two halves, and the model.

    All addresses are those of one loopback device: on a wire there would be 221 neighbours, and the
    kernel has one table of them, of 1024 entries, for all namespaces of the machine.
    """

    def __init__(self, case, folder):
        self.case = case
        self.folder = folder
        self.socket = f"{folder}/control"
        self.source = f"{ROOT}/tests/data/{case.exchange}"
        make_plan(self.source, folder, "--socket", self.socket, "--restricted",
                  f"{folder}/restricted")
        self.sessions = plan.read_plan(f"{folder}/plan.txt")
        self.halves = self.write_halves()
        lan, _ = plan.read_exchange(self.source)
        servers = [f"{lan.servers[net.version]}/{net.prefixlen}" for net in lan.networks]
        self.space = Namespace()
        self.space.add("lo", servers + lines(f"{folder}/addresses.txt"))

    def write_halves(self):
        """The churn cut in its middle, where it has not yet put everything back."""
        with plan.open_text(f"{self.source}/updates.txt.gz") as file:
            events = [line.split("|", 1) for line in file]
        middle = int(events[len(events) // 2][0])
        paths = [f"{self.folder}/churn.1", f"{self.folder}/churn.2"]
        with open(paths[0], "w", encoding="utf-8") as first, \
                open(paths[1], "w", encoding="utf-8") as second:
            for ms, event in events:
                if int(ms) < middle:
                    first.write(f"{ms}|{event}")
                else:
                    second.write(f"{int(ms) - middle}|{event}")
        return paths

    def model(self):
        model = naive_exchange.Exchange(self.sessions)
        model.load_routes()
        return model



@pytest.fixture(name="lan", scope="module")
def fixture_lan(request, tmp_path_factory):
    lan = Lan(CASES[request.param], str(tmp_path_factory.mktemp("lan")))
    with lan.space:
        yield lan


class Run:
    """roostd and all members of an exchange; what they hold is compared with the model."""

    def __init__(self, lan, say, folder, monkeypatch, settings=""):
        monkeypatch.setattr(daemon, "ROOSTD", lan.case.roostd)
        self.lan = lan
        self.say = say
        self.folder = folder
        self.model = lan.model()
        with open(f"{lan.folder}/roost.yml", encoding="utf-8") as file:
            text = file.read().replace("daemon:\n", f"daemon:\n{settings}", 1)
        self.roostd = daemon.Daemon(folder, text, wrapper=lan.space.enter(lan.case.wrapper))
        self.sim = None

    def __enter__(self):
        self.roostd.wait_ready()
        self.sim = Sim(self.lan.space, "--plan", f"{self.lan.folder}/plan.txt", "--timeout", "60",
                       "--json", f"{self.folder}/numbers")
        return self

    def __exit__(self, kind, value, trace):
        if self.sim:
            self.sim.child.send_signal(signal.SIGTERM)
            self.sim.end()
        self.roostd.__exit__(kind, value, trace)

    def control(self, *words):
        done = subprocess.run([ROOSTCTL, "-j", "-s", self.lan.socket, *words], check=True,
                              capture_output=True, text=True)
        return json.loads(done.stdout)

    def rib(self):
        return next(p for p in self.control("show", "processes")["processes"]
                    if p["process"] == "rib")

    def peers(self):
        return self.control("show", "summary")["summary"]["peers"]

    def is_idle(self):
        """True if roostd has nothing more to tell anybody."""
        peers = self.peers()
        memory = self.control("show", "memory")["memory"]
        return not any((peers["feeding"], peers["lagging"], memory["owed"], memory["dirty"],
                        memory["log_octets_used"]))

    def settle(self, ms):
        """Until roostd has nothing more to tell, and for that long nothing has been heard."""
        self.sim.run("wait quiet 50")
        daemon.wait_for(self.is_idle, 30, "that roostd has told everything")
        self.sim.run(f"wait quiet {ms}")

    def play(self, half, speed):
        path = self.lan.halves[half]
        self.model.play(path)
        self.sim.run(f"play {path} {speed}", "wait play")

    def expectation(self):
        return Expectation(self.model)

    def check(self, what):
        """Everyone holds exactly what the model says. Returns the simulator's numbers."""
        dump, report = f"{self.folder}/dump", f"{self.folder}/report"
        self.sim.run(f"dump {dump}", f"report {report}")
        try:
            held = self.expectation().check(dump)
        finally:
            os.unlink(dump)
        with open(report, encoding="utf-8") as file:
            numbers = json.load(file)
        assert numbers["established"] == numbers["sessions"] == len(self.lan.sessions)
        assert numbers["sessions_lost"] == 0
        assert numbers["routes"] == held
        self.say(f"{self.lan.case.name}, {what}: {numbers['established']} sessions, "
                 f"{numbers['announced_out']:,} routes sent, {numbers['withdrawn_out']:,} "
                 f"withdrawn; {numbers['announced_in']:,} received, "
                 f"{numbers['withdrawn_in']:,} withdrawn; {held:,} held, differences 0")
        return numbers

    def end(self):
        """Everything ends in good order: exit codes 0, nothing lost, nothing complained about."""
        code, _, errors = self.sim.end()
        assert code == 0, errors
        self.roostd.stop()
        assert self.roostd.process.returncode == 0
        assert not self.roostd.lines(r"^\S+ (error|critical) |Sanitizer|runtime error")


@pytest.fixture(name="start")
def fixture_start(lan, tmp_path, monkeypatch, record_property):
    """Starts runs; what they say is for the report of make check."""
    def say(text):
        print(text)
        record_property("said", text)

    return lambda settings="": Run(lan, say, str(tmp_path), monkeypatch, settings)


def test_the_expectation_is_the_models(tmp_path):
    """The quick way makes the same lines as the model's own, and sees any difference."""
    make_plan(EXCHANGE_SMALL, tmp_path)
    model = naive_exchange.Exchange(plan.read_plan(f"{tmp_path}/plan.txt"))
    model.load_routes()
    options = argparse.Namespace(dump=f"{tmp_path}/dump", steps=None)
    counts, _ = naive_exchange.write_results(model, options)
    expectation = Expectation(model)
    assert expectation.check(options.dump) == sum(counts.values())
    right = lines(options.dump)
    for wrong in (right[1:], right[:-1], right + ["z|10.0.0.0/8|0|1"],
                  right[:5] + [right[5] + "x"] + right[6:]):
        write(options.dump, "\n".join(wrong) + "\n")
        with pytest.raises(AssertionError, match="1 (missing|too many|different)"):
            expectation.check(options.dump)


@pytest.mark.parametrize("lan", CASES, indirect=True)
def test_first_table_and_churn(start):
    """The first table; half of the churn, which leaves much changed; the rest of it."""
    with start() as run:
        run.sim.run("wait up", "wait eor", "wait quiet 700")
        ms = run.check("first table")["last_update_ms"]
        run.say(f"    last route heard {ms:,.0f} ms after the first one was announced")
        for half, what in ((0, "half of the churn"), (1, "all of the churn")):
            run.play(half, run.lan.case.speed)
            run.settle(700)
            run.check(what)
        run.end()


def small_buffers(lan):
    """What is not read shall not vanish in the kernel's buffers."""
    for name in ("tcp_wmem", "tcp_rmem"):
        write = f"echo 4096 8192 16384 >/proc/sys/net/ipv4/{name}"
        subprocess.run(lan.space.enter(["sh", "-c", write]), check=True)


@pytest.mark.parametrize("lan", ["exchange", "exchange-asan"], indirect=True)
def test_slow_members(start, lan):
    """Members that stop reading are cut off the log, owed what they miss, and get exactly that.

    The log is as small as it can be. Others are cut, too, when the first table comes faster than
    they read; but who reads must not wait for those who do not.
    """
    small_buffers(lan)
    slow = [s.name for s in lan.sessions][::9]
    with start("  log_size: 4M\n") as run:
        run.sim.run("wait up", *(f"stall {name}" for name in slow[::2]), "wait quiet 300",
                    *(f"stall {name}" for name in slow[1::2]),
                    *(f"refresh {name}" for name in slow))
        for half in (0, 1, 0, 1, 0):
            run.play(half, 0)
            run.sim.run("wait quiet 50")
        daemon.wait_for(lambda: 0 < run.peers()["lagging"] <= len(slow), 40,
                        "that only those who do not read are lagging")
        assert run.peers()["up"] == len(lan.sessions)
        cuts = run.rib()["cuts"]
        assert cuts > 0
        run.say(f"{lan.case.name}, {len(slow)} slow sessions: {cuts} cuts, "
                f"{run.peers()['lagging']} lagging")
        run.sim.run("resume all")
        begin = time.monotonic()
        run.settle(700)
        run.say(f"    caught up in {time.monotonic() - begin - 0.7:.1f} s")
        run.check("slow members caught up")
        run.end()
