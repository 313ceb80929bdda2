"""What all parts of the benchmark share: servers and what they cost, the two namespaces, tables.

A contestant runs in the route server's namespace, roost-sim in the members'. Its CPU time is that
of all its processes, read from the scheduler in nanoseconds; its memory is their PSS.
"""
import os
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

import players

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / "release"
TICK = os.sysconf("SC_CLK_TCK")
BIRDC = f"{ROOT}/build/peers/bin/birdc"


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
    """Of these processes and of children of theirs that have ended (roostd's reader of data)."""
    total = 0
    for pid in pids:
        try:
            own = int(pathlib.Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue  # the reader has ended meanwhile: it is its parent's child time now
        total += own + (int(fields[13]) + int(fields[14])) / TICK
    return total


def pss_mib(pids):
    total = 0
    for pid in pids:
        for line in pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                total += int(line.split()[1])
    return total / 1024


def until(condition, what, timeout_s=120):
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise SystemExit(f"bench: {what}: not after {timeout_s} s")
        time.sleep(0.02)


class Server:
    """A contestant: how it is started; its processes are asked for CPU and memory."""

    def __init__(self, name, space, command, ready):
        self.name = name
        self.said = tempfile.TemporaryFile("w+")
        self.child = subprocess.Popen(space.enter(command), stdout=self.said,
                                      stderr=subprocess.STDOUT)
        until(lambda: ready() or self.has_ended(), f"{name} is ready")

    def has_ended(self):
        if self.child.poll() is not None:
            self.said.seek(0)
            raise SystemExit(f"bench: {self.name} does not start: {self.said.read()[-2000:]}")
        return False

    def cpu_s(self):
        return cpu_s(tree(self.child.pid))

    def pss_mib(self):
        try:
            return pss_mib(tree(self.child.pid))
        except ProcessLookupError:
            # The sender of the wire baseline ends with its last session; a zombie has no PSS.
            return 0.0

    def settle(self):
        """Waits until it has nothing to do: 10 ms of CPU in half a second at most."""
        end, before = time.monotonic() + 120, self.cpu_s()
        while time.monotonic() < end:
            time.sleep(0.5)
            now = self.cpu_s()
            if now - before < 0.01:
                return now
            before = now
        raise SystemExit(f"bench: {self.name} never comes to rest")

    def stop(self):
        self.said.close()
        self.child.terminate()
        try:
            self.child.wait(15)
        except subprocess.TimeoutExpired:
            self.child.kill()
            self.child.wait()


class Arena:
    """A folder and two namespaces on one wire; starts the contestants from the folder's files."""

    def __init__(self, options):
        self.options = options
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="roost-bench-"))
        self.dir.chmod(0o755)  # the reader of data runs as another user
        self.server = self.members = self.recorded = None

    def join(self, server_addresses, member_addresses):
        self.server, self.members = players.joined(server_addresses, member_addresses)

    def close(self):
        for space in (self.server, self.members):
            if space is not None:
                space.close()
        for folder in filter(None, (self.dir, self.recorded)):
            shutil.rmtree(folder, ignore_errors=True)

    def roost(self, conf="roost.yml"):
        socket = self.dir / "roost.sock"
        socket.unlink(missing_ok=True)
        return Server("roost", self.server, [BUILD / "roostd", "-c", self.dir / conf],
                      socket.exists)

    def bird(self, conf="bird.conf"):
        control = self.dir / "bird.ctl"
        control.unlink(missing_ok=True)
        return Server("bird", self.server,
                      [players.BIRD, "-f", "-c", self.dir / conf, "-s", control], control.exists)

    def wire(self):
        return Server("wire", self.server,
                      [BUILD / "roost-sim", "--sender", self.recorded, "--peer", "10.99.0.1",
                       "--sessions", str(self.options.members)], self.is_listening)

    def is_listening(self):
        said = subprocess.run(self.server.enter(["cat", "/proc/net/tcp"]), capture_output=True,
                              text=True, check=True).stdout
        return ":00B3 00000000:0000 0A" in said

    def roostctl(self, *words):
        return told([BUILD / "roostctl", "-s", self.dir / "roost.sock", *words])

    def birdc(self, *words):
        return told([BIRDC, "-s", self.dir / "bird.ctl", *words])


def told(command):
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"bench: {command}: {done.stdout}{done.stderr}")
    return done.stdout


def medians(rows):
    return {key: statistics.median(r[key] for r in rows) for key in rows[0]}


def ratios(results, one, other, keys):
    """Medians of the ratios of each turn."""
    pairs = list(zip(results[one], results[other]))
    return {key: statistics.median(a[key] / max(b[key], 0.001) for a, b in pairs) for key in keys}
