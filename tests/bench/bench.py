#!/usr/bin/python3
"""Roost against BIRD 2 and against the bare wire, in one run, with the same work.

    bench.py [--members 200] [--routes 1000] [--share 3] [--runs 5] [--json FILE]

MEMBERS members announce ROUTES routes each; half of the distinct prefixes come from SHARE members.
No filters on either side; BIRD with `rs client`, one sorted table, `secondary`. The same simulator
plays the members in a network namespace of its own; it announces when all sessions are up and says
when all have all. The contestants take turns, so a machine that slows down slows all of them.

  time   from the first announcement until every member has every route
  CPU    of all processes of the server, from start of the announcements to that moment
  PSS    of all processes of the server, afterwards
  wire   a trivial sender writes the octets that Roost sent, recorded before, to the same sockets:
         what no route server can undercut
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "sim"))
import players  # noqa: E402

BUILD = ROOT / "build" / "release"
TICK = os.sysconf("SC_CLK_TCK")


def tree(pid):
    """A process and all below it."""
    found = [pid]
    for one in found:
        try:
            text = pathlib.Path(f"/proc/{one}/task/{one}/children").read_text()
        except OSError:
            continue
        found += [int(child) for child in text.split()]
    return found


def cpu_s(pids):
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICK


def pss_mib(pids):
    total = 0
    for pid in pids:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


class Server:
    """A contestant: how it is started; its processes are asked for CPU and memory."""

    def __init__(self, name, space, command, ready):
        self.name = name
        self.child = subprocess.Popen(space.enter(command), stdout=subprocess.DEVNULL,
                                      stderr=subprocess.DEVNULL)
        until(ready, f"{name} is ready")

    def measure(self):
        pids = tree(self.child.pid)
        try:
            return cpu_s(pids), pss_mib(pids)
        except ProcessLookupError:
            # The sender of the wire baseline ends with its last session; a zombie has no PSS.
            return cpu_s(pids), 0.0

    def stop(self):
        self.child.terminate()
        try:
            self.child.wait(15)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


def until(condition, what, timeout_s=60):
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"bench: {what}: not after {timeout_s} s")
        time.sleep(0.02)


class Bench:
    def __init__(self, options):
        self.options = options
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="roost-bench-"))
        synthetic = f"{options.members},{options.routes},{options.share}"
        quiet = {"check": True, "stdout": subprocess.DEVNULL}
        subprocess.run([BUILD / "roost-sim", "--synthetic", synthetic, "--write-plan", self.dir],
                       **quiet)
        subprocess.run([ROOT / "tests/sim/make_plan.py", "--plan", self.dir / "plan.txt", self.dir,
                        "--socket", self.dir / "roost.sock", "--restricted",
                        self.dir / "roost.ro.sock", "--bird-log", self.dir / "bird.log",
                        *(["--workers", str(options.workers)] if options.workers else [])], **quiet)
        addresses = (self.dir / "addresses.txt").read_text().split()
        self.server, self.members = players.joined(["10.99.0.1/16"], addresses)
        self.synthetic = ["--synthetic", synthetic, "--peer", "10.99.0.1"]

    def close(self):
        self.server.close()
        self.members.close()
        shutil.rmtree(self.dir, ignore_errors=True)

    def roost(self):
        return Server("roost", self.server, [BUILD / "roostd", "-c", self.dir / "roost.yml"],
                      lambda: (self.dir / "roost.sock").exists())

    def bird(self):
        return Server("bird", self.server,
                      [players.BIRD, "-f", "-c", self.dir / "bird.conf", "-s",
                       self.dir / "bird.ctl"], lambda: (self.dir / "bird.ctl").exists())

    def wire(self):
        return Server("wire", self.server,
                      [BUILD / "roost-sim", "--sender", self.dir / "record", "--peer", "10.99.0.1",
                       "--sessions", str(self.options.members)],
                      lambda: self.is_listening())

    def is_listening(self):
        said = subprocess.run(self.server.enter(["cat", "/proc/net/tcp"]), capture_output=True,
                              text=True, check=True).stdout
        return ":00B3 00000000:0000 0A" in said

    def play(self, make, *extra):
        """One run: (ms, CPU s, MiB, the simulator's own report)."""
        server = make()
        report = self.dir / "report.json"
        idle_cpu, _ = server.measure()
        try:
            done = subprocess.run(
                self.members.enter([BUILD / "roost-sim", *self.synthetic, "--together",
                                    "--until-complete", "--timeout",
                                    str(self.options.timeout), "--json", report, *extra]),
                capture_output=True, text=True, timeout=self.options.timeout + 30)
            cpu, pss = server.measure()
        finally:
            server.stop()
        if done.returncode != 0:
            raise SystemExit(f"bench: {server.name}: {done.stdout}{done.stderr}")
        said = json.loads(report.read_text())
        return {"ms": said["complete_ms"], "cpu_s": cpu - idle_cpu, "pss_mib": pss,
                "bytes": said["bytes_in"], "sim_cpu_s": said["cpu_user_s"] + said["cpu_system_s"]}


def show(results, runs):
    median = {name: {key: statistics.median(r[key] for r in rows) for key in rows[0]}
              for name, rows in results.items()}
    print(f"\nmedian of {runs} runs (least - most)")
    print(f"{'':8}{'time':>28}{'CPU':>26}{'PSS':>10}{'received':>12}{'simulator CPU':>16}")
    for name, m in median.items():
        ms = [r["ms"] for r in results[name]]
        cpu = [r["cpu_s"] for r in results[name]]
        print(f"{name:8}{m['ms']:>9.0f} ms ({min(ms):.0f} - {max(ms):.0f})".ljust(38) +
              f"{m['cpu_s']:>9.2f} s ({min(cpu):.2f} - {max(cpu):.2f})".ljust(26) +
              f"{m['pss_mib']:>6.1f} MiB{m['bytes'] / 2**20:>8.1f} MiB{m['sim_cpu_s']:>12.2f} s")
    ratios = {}
    for other in ("bird", "wire"):
        if "roost" in median and other in median:
            pairs = list(zip(results[other], results["roost"]))
            ratios[other] = {
                key: statistics.median(a[key] / max(b[key], 0.001) for a, b in pairs)
                for key in ("ms", "cpu_s", "pss_mib")}
            r = ratios[other]
            print(f"{other} / roost: time {r['ms']:.2f}, CPU {r['cpu_s']:.2f}, "
                  f"PSS {r['pss_mib']:.2f}")
    return {"median": median, "ratios": ratios, "runs": results}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--members", type=int, default=200)
    parser.add_argument("--routes", type=int, default=1000)
    parser.add_argument("--share", type=int, default=3)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--timeout", type=int, default=300)
    parser.add_argument("--only", default="roost,bird,wire")
    parser.add_argument("--json")
    options = parser.parse_args()
    names = options.only.split(",")
    bench = Bench(options)
    results = {name: [] for name in names}
    print(f"{options.members} members x {options.routes} routes, half of the prefixes from "
          f"{options.share} members each; {os.cpu_count()} cores")
    try:
        if "wire" in names:
            (bench.dir / "record").mkdir()
            bench.play(bench.roost, "--record", bench.dir / "record")
        for run in range(options.runs):
            for name in names:
                row = bench.play(getattr(bench, name))
                results[name].append(row)
                print(f"run {run + 1} {name:6} {row['ms']:9.0f} ms  CPU {row['cpu_s']:6.2f} s  "
                      f"PSS {row['pss_mib']:6.1f} MiB", flush=True)
    finally:
        bench.close()
    summary = show(results, options.runs)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(summary, indent=1))


if __name__ == "__main__":
    main()
