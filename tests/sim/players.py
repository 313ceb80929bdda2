"""For the tests of roost-sim: network namespaces, the simulator as a child, BIRD 2.

A namespace lives as long as the process that holds it, which ends when its stdin is closed: also
when the test dies. Not as root, everything happens in a user namespace.
"""
import os
import signal
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SIM = os.environ.get("ROOST_SIM", f"{ROOT}/build/release/roost-sim")
BIRD = f"{ROOT}/build/peers/bin/bird"
EXCHANGE_SMALL = f"{ROOT}/tests/data/exchange-small"
HOLD = "ip link set lo up; echo ready; exec cat"


class Namespace:
    """A network namespace; with a neighbour, in the same user namespace as that one."""

    def __init__(self, neighbour=None):
        command = ["unshare", "-n", "sh", "-c", HOLD]
        if neighbour:
            command = neighbour.enter(command)
        elif os.geteuid() != 0:
            command[1:2] = ["-Urn"]
        self.holder = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert self.holder.stdout.readline() == b"ready\n"

    def enter(self, command):
        user = [] if os.geteuid() == 0 else ["-U", "--preserve-credentials"]
        return ["nsenter", "-t", str(self.holder.pid), *user, "-n", *command]

    def ip(self, *words):
        subprocess.run(self.enter(["ip", *words]), check=True)

    def add(self, device, addresses):
        for address in addresses:
            self.ip("addr", "add", address, "dev", device, *(["nodad"] if ":" in address else []))

    def close(self):
        self.holder.stdin.close()
        self.holder.stdout.close()
        self.holder.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def joined(server_addresses, member_addresses):
    """Two namespaces on one wire: the route server's and the members'."""
    server = Namespace()
    members = Namespace(server)
    server.ip("link", "add", "lan", "type", "veth", "peer", "name", "lan", "netns",
              str(members.holder.pid))
    for space, addresses in ((server, server_addresses), (members, member_addresses)):
        space.add("lan", addresses)
        space.ip("link", "set", "lan", "up")
    return server, members


class Sim:
    """roost-sim told through its stdin."""

    def __init__(self, space, *arguments):
        self.child = subprocess.Popen(space.enter([SIM, *arguments, "--script", "-"]),
                                      stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.PIPE, text=True)

    def tell(self, command):
        """Runs one command to its end; returns its answer."""
        self.child.stdin.write(command + "\n")
        self.child.stdin.flush()
        while True:
            line = self.child.stdout.readline()
            if not line:
                raise AssertionError(f"roost-sim ended at {command}: {self.child.stderr.read()}")
            if line.startswith(("ok ", "error ")):
                return line.rstrip("\n")

    def run(self, *commands):
        for command in commands:
            answer = self.tell(command)
            assert answer.startswith("ok "), answer

    def end(self):
        """Ends the run; returns exit code, stdout, stderr."""
        try:
            out, errors = self.child.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.child.kill()
            out, errors = self.child.communicate()
        return self.child.returncode, out, errors

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()


class Bird:
    """BIRD 2 in the foreground of a namespace."""

    def __init__(self, space, folder):
        arguments = ["-f", "-c", f"{folder}/bird.conf", "-s", f"{folder}/bird.ctl",
                     "-P", f"{folder}/bird.pid"]
        self.child = subprocess.Popen(space.enter([BIRD, *arguments]), cwd=folder,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        deadline = time.monotonic() + 10
        while not os.path.exists(f"{folder}/bird.ctl"):
            if self.child.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"BIRD does not start: {self.child.stdout.read()}")
            time.sleep(0.02)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.child.send_signal(signal.SIGTERM)
        self.child.wait(timeout=30)
        self.child.stdout.close()


def run_sim(space, *arguments, timeout_s=60):
    """A whole run; returns the completed process."""
    return subprocess.run(space.enter([SIM, *arguments]), capture_output=True, text=True,
                          timeout=timeout_s, check=False)


def lines(path):
    with open(path, encoding="utf-8") as file:
        return file.read().splitlines()


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return str(path)
