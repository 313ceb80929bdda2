"""The first table: how long until every member has every route, and what it costs the server.

    plain    no filters on either side; the bare wire beside it
    policy   full policy on both sides: IRR sets per member, origin validation, bogons, paths,
             next hops, communities that ask for something; load.py says what is announced

Both: the same simulator plays the members; it announces when all sessions are up and ends when all
have as many routes as they must have. BIRD with `rs client`, one sorted table, `secondary`. The
contestants take turns, so a machine that slows down slows all of them.

  time   from the first announcement until every member has every route
  CPU    of all processes of the server, from before the announcements to that moment
  PSS    of all processes of the server, afterwards
  start  CPU from the start until the server rests: reading configuration and data
  wire   a trivial sender writes the octets that Roost sent, recorded before, to the same sockets:
         what no route server can undercut
"""
import copy
import json
import os
import subprocess
import tempfile

import bird_policy
import exchange_conf
import load
import players
from contest import BUILD, ROOT, Arena, medians, ratios

KEYS = ("ms", "cpu_s", "pss_mib")
SAME = 40, 300  # members and routes of the comparison


class FirstTable(Arena):
    def __init__(self, options, kind):
        super().__init__(options)
        self.kind = kind
        (self.prepare_plain if kind == "plain" else self.prepare_policy)()
        addresses = (self.dir / "addresses.txt").read_text().split()
        self.join(["10.99.0.1/16"], addresses)

    def prepare_plain(self):
        o = self.options
        synthetic = f"{o.members},{o.routes},{o.share}"
        quiet = {"check": True, "stdout": subprocess.DEVNULL}
        subprocess.run([BUILD / "roost-sim", "--synthetic", synthetic, "--write-plan", self.dir],
                       **quiet)
        subprocess.run([ROOT / "tests/sim/make_plan.py", "--plan", self.dir / "plan.txt", self.dir,
                        "--socket", self.dir / "roost.sock", "--restricted",
                        self.dir / "roost.ro.sock", "--bird-log", self.dir / "bird.log",
                        *(["--workers", str(o.workers)] if o.workers else [])], **quiet)
        self.work = ["--synthetic", synthetic, "--peer", "10.99.0.1"]

    def prepare_policy(self):
        o = self.options
        made = load.Load(o.members, o.routes, o.share, o.big)
        made.write_plan(self.dir)
        made.write_expectation(self.dir / "expect")
        write_servers(self.dir, made, o.workers)
        self.accepted = made.accepted()
        self.work = ["--plan", self.dir / "plan.txt", "--expect", self.dir / "expect"]
        sets = made.registry
        print(f"policy: {sum(map(len, sets.routes.values()))} route objects, {len(sets.sets)} "
              f"AS-SETs, {len(sets.vrps)} VRPs; {sum(self.accepted)} of "
              f"{sum(len(m.routes) for m in made.members)} routes are to be accepted")

    def play(self, name, *extra):
        """One run. All is measured while the sessions are up."""
        server = getattr(self, name)()
        report = self.dir / "report.json"
        sim = None
        try:
            start = server.settle()
            sim = players.Sim(self.members, *map(str, self.work), "--together", "--timeout",
                              str(self.options.timeout), "--json", str(report),
                              *map(str, extra))
            sim.run("wait expect")
            cpu, pss = server.cpu_s(), server.pss_mib()
            if self.kind == "policy" and name != "wire":
                self.compare_accepted(name)
            sim.run(f"report {report}")
        except AssertionError as error:
            sim.end()
            raise SystemExit(f"bench: {name}: {error}{missing(report)}") from error
        finally:
            if sim is not None:
                sim.end()
            server.stop()
        said = json.loads(report.read_text())
        return {"ms": said["complete_ms"], "cpu_s": cpu - start, "pss_mib": pss,
                "start_cpu_s": start, "bytes": said["bytes_in"],
                "sim_cpu_s": said["cpu_user_s"] + said["cpu_system_s"]}

    def record(self):
        """Keeps the octets that Roost sends, in memory: members that wait for a disk read slowly,
        are cut off and told again."""
        memory = "/dev/shm"
        self.recorded = tempfile.mkdtemp(prefix="roost-bench-",
                                         dir=memory if os.path.isdir(memory) else None)
        self.play("roost", "--record", self.recorded)

    def told(self, name):
        """What each member was told, every route: "session|prefix" -> attributes."""
        server = getattr(self, name)()
        try:
            server.settle()
            with players.Sim(self.members, *map(str, self.work), "--together", "--timeout",
                             str(self.options.timeout)) as sim:
                sim.run("wait expect", "wait quiet 500", f"dump {self.dir}/dump")
        except AssertionError as error:
            raise SystemExit(f"bench: {name}: {error}") from error
        finally:
            server.stop()
        found = {}
        for line in (self.dir / "dump").read_text(encoding="utf-8").splitlines():
            fields = line.split("|")
            # In which order communities are sent is nobody's business.
            fields[7:10] = [" ".join(sorted(f.split())) for f in fields[7:10]]
            found["|".join(fields[:2])] = fields[3:]
        return found

    def compare_accepted(self, name):
        """The number of routes that the server accepted from each member."""
        if name == "roost":
            peers = json.loads(self.roostctl("-j", "show", "peers"))
            counts = roost_accepted(peers)
        else:
            counts = bird_accepted(self.birdc("show", "protocols", "all"))
        if counts != self.accepted:
            wrong = [(i, a, b) for i, (a, b) in enumerate(zip(counts, self.accepted)) if a != b]
            raise SystemExit(f"bench: {name} accepted other routes than it must: "
                             f"(member, accepted, must) {wrong[:5]}, {len(wrong)} in all")


def missing(report):
    """Who has not what it must have, by the simulator's last report."""
    said = json.loads(report.read_text())
    wrong = [f"\n{m['name']} has {m['routes']} routes and must have {m['expected']}"
             for m in said["members"] if m["routes"] != m["expected"]]
    return "".join(wrong[:5]) + f"\n{len(wrong)} members have not what they must have"


def roost_accepted(answer):
    return [p["routes"]["accepted"] for p in answer["peers"]]


def bird_accepted(text):
    """"Routes: 970 imported, 30 filtered, ..." of each BGP protocol."""
    return [int(line.split()[1]) for line in text.splitlines()
            if line.strip().startswith("Routes:") and "exported" in line and "filtered" in line]


def write_servers(folder, made, workers=None, name=""):
    """roost{name}.yml with its files and bird{name}.conf for a load."""
    conf = made.configuration()
    exchange_conf.write_yaml(f"{folder}/general.yml", {"cfg": conf.cfg})
    exchange_conf.write_yaml(f"{folder}/clients.yml", {"clients": conf.clients})
    exchange_conf.write_yaml(f"{folder}/bogons.yml", {"bogons": conf.bogons})
    made.registry.write(folder)
    exchange_conf.write_yaml(f"{folder}/roost{name}.yml", {
        "daemon": {"listen": [load.SERVER], "socket": f"{folder}/roost.sock",
                   "restricted_socket": f"{folder}/roost.ro.sock",
                   **({"workers": workers} if workers else {})},
        "general": "general.yml", "clients": "clients.yml", "bogons": "bogons.yml",
        "feeds": {"irr": ["as-sets.rpsl", "routes.rpsl"], "rpki": ["rpki.json"]}})
    bird_policy.Bird(conf, made.registry).write(f"{folder}/bird{name}.conf", made.sessions(),
                                                f"{folder}/bird.log")


def run(options, kind):
    """All runs of one kind; returns what --json keeps."""
    print(f"\n== first table, {kind}: {options.members} members x {options.routes} routes, half of "
          f"the prefixes from {options.share} members each")
    names = [n for n in options.servers if n != "wire" or "roost" in options.servers]
    arena = FirstTable(options, kind)
    results = {name: [] for name in names}
    try:
        if "wire" in names:
            arena.record()
        for number in range(options.runs):
            for name in names:
                if kind == "policy" and name == "bird" and number >= options.bird_runs:
                    continue
                row = arena.play(name)
                results[name].append(row)
                print(f"run {number + 1} {name:6} {row['ms']:9.0f} ms  CPU {row['cpu_s']:6.2f} s  "
                      f"PSS {row['pss_mib']:6.1f} MiB", flush=True)
    finally:
        arena.close()
    return show(results)


def run_same(options):
    """Both servers must tell every member the same; on a small exchange with everything in it."""
    small = copy.copy(options)
    small.members, small.routes = min(options.members, SAME[0]), min(options.routes, SAME[1])
    print(f"\n== same: {small.members} members x {small.routes} routes, every route with all its "
          "attributes as each member has it")
    arena = FirstTable(small, "policy")
    try:
        roost, bird = arena.told("roost"), arena.told("bird")
    finally:
        arena.close()
    wrong = sorted(key for key in roost.keys() | bird.keys() if roost.get(key) != bird.get(key))
    print(f"{len(roost)} routes at all members, {len(wrong)} differ", flush=True)
    for key in wrong[:5]:
        print(f"  {key}\n    roost {roost.get(key)}\n    bird  {bird.get(key)}")
    return {"routes": len(roost), "differ": len(wrong)}


def show(results):
    results = {name: rows for name, rows in results.items() if rows}
    median = {name: medians(rows) for name, rows in results.items()}
    print("medians (least - most)")
    print(f"{'':6}{'runs':>5}{'time':>25}{'CPU':>26}{'PSS':>10}{'start':>9}{'received':>13}"
          f"{'simulator CPU':>15}")
    for name, m in median.items():
        ms = [r["ms"] for r in results[name]]
        cpu = [r["cpu_s"] for r in results[name]]
        print(f"{name:6}{len(ms):>5}{m['ms']:>9.0f} ms ({min(ms):.0f} - {max(ms):.0f})".ljust(36) +
              f"{m['cpu_s']:>9.2f} s ({min(cpu):.2f} - {max(cpu):.2f})".ljust(26) +
              (f"{m['pss_mib']:>6.1f} MiB" if name != "wire" else f"{'-':>10}") +
              f"{m['start_cpu_s']:>7.2f} s"
              f"{m['bytes'] / 2**20:>9.1f} MiB{m['sim_cpu_s']:>11.2f} s")
    found = {}
    for other in ("bird", "wire"):
        if "roost" in median and other in median:
            r = found[other] = ratios(results, other, "roost", KEYS)
            print(f"{other} / roost: time {r['ms']:.2f}, CPU {r['cpu_s']:.2f}" +
                  (f", PSS {r['pss_mib']:.2f}" if other == "bird" else ""), flush=True)
    return {"median": median, "ratios": found, "runs": results}
