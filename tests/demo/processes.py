"""The two programs of the demo, roostd and roost-sim: how they are started, asked and ended."""
import contextlib
import json
import os
import signal
import socket
import subprocess
import time

import players

BUILD = f"{players.ROOT}/build/release"
ANSWER_S = 20


class Failed(Exception):
    """Ends the demo with a message."""


def short(path):
    """The path as seen from here, where that is shorter."""
    return min(path, os.path.relpath(path), key=len)


class Server:
    """roostd, and what it answers on its control socket."""

    def __init__(self, place, folder):
        self.socket_path = f"{folder}/run/roost.sock"
        self.folder = f"{folder}/run"
        self.log_path = f"{folder}/roostd.log"
        self.remove_sockets()
        command = place.server_command([f"{BUILD}/roostd", "-c", f"{folder}/roost.yml"],
                                       self.folder)
        with open(self.log_path, "wb") as log:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log,
                                          stderr=log, start_new_session=True)
        self.stream = None

    def connect(self):
        deadline = time.monotonic() + ANSWER_S
        while True:
            s = socket.socket(socket.AF_UNIX)
            try:
                s.connect(self.socket_path)
            except OSError:
                s.close()
                if self.child.poll() is not None or time.monotonic() > deadline:
                    raise self.failure("does not start") from None
                time.sleep(0.02)
                continue
            s.settimeout(ANSWER_S)
            self.stream = s.makefile("rw", encoding="utf-8")
            s.close()
            return

    def ask(self, command):
        """The one object that is the answer to a command that is no list."""
        try:
            self.stream.write(json.dumps({"command": command}) + "\n")
            self.stream.flush()
            lines = [json.loads(self.stream.readline()) for _ in range(3)]
        except (OSError, ValueError):
            raise self.failure("does not answer") from None
        return lines[1]

    def failure(self, what):
        with open(self.log_path, encoding="utf-8", errors="replace") as log:
            tail = log.read().splitlines()[-10:]
        how = f", ended with {self.child.returncode}" if self.child.poll() is not None else ""
        return Failed("\n".join([f"roostd {what}{how}; the end of {short(self.log_path)}:", *tail]))

    def processes(self):
        found = [self.child.pid]
        for pid in found:
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:
                    found += [int(child) for child in file.read().split()]
        return found

    def pss_mib(self):
        """Memory, what is shared counted once; None where it may not be looked at."""
        total = 0
        try:
            for pid in self.processes():
                with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
                    total += sum(int(line.split()[1]) for line in file if line.startswith("Pss:"))
        except OSError:
            return None
        return total / 1024

    def cpu_s(self):
        total = 0
        for pid in self.processes():
            with contextlib.suppress(OSError):
                with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
                    total += sum(map(int, file.read().rpartition(")")[2].split()[11:13]))
        return total / os.sysconf("SC_CLK_TCK")

    def remove_sockets(self):
        """Those that a roostd that was killed has left."""
        for name in os.listdir(self.folder):
            os.unlink(f"{self.folder}/{name}")

    def stop(self):
        if self.stream:
            with contextlib.suppress(OSError):
                self.stream.close()
        if self.child.poll() is None:
            self.child.terminate()
        try:
            self.child.wait(15)
        except subprocess.TimeoutExpired:
            for pid in self.processes():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self.child.wait()
        self.remove_sockets()


class Members(players.Sim):
    """roost-sim with all members of the plan."""

    def __init__(self, place, folder):
        self.folder = folder
        self.log_path = f"{folder}/roost-sim.log"
        command = [f"{BUILD}/roost-sim", "--plan", f"{folder}/plan.txt", "--expect",
                   f"{folder}/counts", "--script", "-"]
        with open(self.log_path, "wb") as log:
            self.child = subprocess.Popen(
                place.member_command(command), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=log, text=True, start_new_session=True)

    def tell(self, command):
        try:
            answer = super().tell(command)
        except (OSError, AttributeError, AssertionError):
            raise Failed(f"the members' simulator ended; see {short(self.log_path)}") from None
        if not answer.startswith("ok "):
            raise Failed(f"the members' simulator says: {answer}")
        return answer

    def report(self):
        self.tell(f"report {self.folder}/report.json")
        with open(f"{self.folder}/report.json", encoding="utf-8") as file:
            return json.load(file)

    def stop(self):
        """Ends all sessions; returns the exit code, which is 1 if the server broke the protocol."""
        with contextlib.suppress(OSError):
            self.child.stdin.close()
        self.child.stdin = None
        return self.end()[0]
