"""What happens to a route server later, with the load and the policy of first_table.py.

    late       a member comes up last: it needs the table, the others its routes
    flap down  a member with 20,000 routes goes (NOTIFICATION): half of them others have, too
    flap up    it comes back
    reload     new IRR data for every member: a fiftieth of its own prefixes lose their route
               object and are to be rejected now, others get theirs; Roost: the feeds' files and
               `roostctl reload`, BIRD: bird.conf and `birdc configure`

All of it is one run of each server with its sessions up. The time is from the command (up: from
when the session is established, found within 2 ms) until the last UPDATE has arrived anywhere,
after which every member has as many routes as it must have; the CPU that of all processes of the
server meanwhile, PSS what it has after that.
"""
import json
import shutil
import time

import first_table
import load
import players
from contest import Arena, medians

NAMES = ("late", "flap down", "flap up", "reload")
FILES = ("as-sets.rpsl", "routes.rpsl", "bird.conf")
REST_S = 5  # between down and up: both servers hold back who has just gone


class Events(Arena):
    def __init__(self, options):
        super().__init__(options)
        self.load = load.Load(options.members, options.routes, options.share, options.big,
                              options.flap)
        self.flapper = self.load.members[-1]
        self.late = self.load.members[options.members // 2]
        self.expected = {"start": self.load.expect({self.late.number}),
                         "all": self.load.expect(),
                         "gone": self.load.expect({self.flapper.number})}
        self.load.write_plan(self.dir)
        self.keep("before")
        self.load.renew()
        self.expected["renewed"] = self.load.expect()
        self.keep("renewed")
        self.join(["10.99.0.1/16"], (self.dir / "addresses.txt").read_text().split())

    def keep(self, name):
        """Writes the servers' files, and puts those that a reload changes aside."""
        first_table.write_servers(self.dir, self.load, self.options.workers)
        (self.dir / name).mkdir()
        for file in FILES:
            shutil.move(self.dir / file, self.dir / name / file)

    def install(self, name):
        for file in FILES:
            shutil.copyfile(self.dir / name / file, self.dir / file)

    def renew(self, name):
        self.install("renewed")
        if name == "roost":
            self.roostctl("reload")
        else:
            self.birdc("configure")

    def play(self, name):
        """One run: what each event took."""
        self.install("before")
        server = getattr(self, name)()
        sim = None
        try:
            server.settle()
            sim = players.Sim(self.members, "--plan", self.dir / "plan.txt", "--together",
                              "--timeout", str(self.options.timeout))
            sim.run(f"down {self.late.address}")
            self.await_counts(sim, "start", {self.late.number})
            address = self.flapper.address
            rows = {"late": self.measure(server, sim, "all", late=self.late.address)}
            rows["flap down"] = self.measure(server, sim, "gone",
                                             lambda: sim.run(f"down {address}"),
                                             {self.flapper.number})
            time.sleep(REST_S)
            rows["flap up"] = self.measure(server, sim, "all", late=address)
            rows["reload"] = self.measure(server, sim, "renewed", lambda: self.renew(name))
        except AssertionError as error:
            raise SystemExit(f"bench: {name}: {error}") from error
        finally:
            if sim is not None:
                sim.end()
            server.stop()
        return rows

    def await_counts(self, sim, stage, absent=()):
        """Waits until every member has as many routes as it must have and nothing comes any more;
        returns the simulator's report."""
        for member in self.load.members:
            if member.number not in absent:
                sim.run(f"wait count {member.address} {self.expected[stage][member.number]}")
        sim.run("wait quiet 500", f"report {self.dir}/report.json")
        said = json.loads((self.dir / "report.json").read_text())
        has = {m["name"]: m["routes"] for m in said["members"]}
        wrong = [m.address for m in self.load.members if m.number not in absent and
                 has[m.address] != self.expected[stage][m.number]]
        if wrong:
            raise SystemExit(f"bench: {stage}: {len(wrong)} members have other routes than they "
                             f"must have, {wrong[0]} the first")
        return said

    def measure(self, server, sim, stage, act=None, absent=(), late=None):
        """act() is what happens; or late: the address of a member that is to come up."""
        cpu = server.settle()
        begin_ms = clock_ms()
        if late is not None:
            sim.run(f"up {late}")
        else:
            act()
        said = self.await_counts(sim, stage, absent)
        end_ms = said["first_announce_monotonic_ns"] / 1e6 + said["last_update_ms"]
        if late is not None:
            member = next(m for m in said["members"] if m["name"] == late)
            # Its answers and this time count from the simulator's start.
            begin_ms = clock_ms() - float(sim.tell("wait ms 0").split()[1]) + \
                member["established_ms"]
        return {"ms": max(end_ms - begin_ms, 0), "cpu_s": server.cpu_s() - cpu,
                "pss_mib": server.pss_mib()}


def clock_ms():
    return time.monotonic_ns() / 1e6


def run(options):
    print(f"\n== events: {options.members} members x {options.routes} routes with full policy, and "
          f"one with {options.flap} routes")
    names = [n for n in options.servers if n != "wire"]
    arena = Events(options)
    results = {name: [] for name in names}
    try:
        for number in range(options.event_runs):
            for name in names:
                rows = arena.play(name)
                results[name].append(rows)
                print(f"run {number + 1} {name:6} " + ", ".join(
                    f"{event} {row['ms']:.0f} ms {row['cpu_s']:.2f} s"
                    for event, row in rows.items()), flush=True)
    finally:
        arena.close()
    return show(results, options.event_runs)


def show(results, runs):
    median = {name: {event: medians([rows[event] for rows in all_rows]) for event in NAMES}
              for name, all_rows in results.items()}
    print(f"median of {runs} runs{'':24}time         CPU          PSS")
    for event in NAMES:
        for name, rows in median.items():
            m = rows[event]
            print(f"  {event:12}{name:8}{m['ms']:>22.0f} ms{m['cpu_s']:>10.2f} s"
                  f"{m['pss_mib']:>9.1f} MiB")
        if len(median) == 2:
            a, b = median["bird"][event], median["roost"][event]
            print(f"  {'':12}bird / roost: time {a['ms'] / max(b['ms'], 1):.1f}, "
                  f"CPU {a['cpu_s'] / max(b['cpu_s'], 0.001):.1f}", flush=True)
    return {"median": median, "runs": results}
