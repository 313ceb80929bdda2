"""An exchange LAN in network namespaces of its own.

    [rs] [m1] [m2] ...   one namespace a router, a veth each
      |    |    |
    ==[ switch: a namespace with a bridge ]==

Everything that is started is ended by process id and every namespace is removed by Lab.close(),
whatever happened in between; SIGTERM ends the tests like Ctrl-C does. Where they are killed, what
they have started dies with them (PR_SET_PDEATHSIG).
"""
import ctypes
import ipaddress
import itertools
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
VARIANT = os.environ.get("ROOST_VARIANT", "asan")
BUILD = ROOT / "build" / VARIANT
PEERS = ROOT / "build" / "peers" / "bin"
# Sanitizers of this age lose against address randomisation of newer kernels.
FIXED = ["setarch", "--addr-no-randomize"] if VARIANT in ("asan", "tsan") else []

LIBC = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1

NET4 = ipaddress.ip_network("192.0.2.0/24")
NET6 = ipaddress.ip_network("2001:db8:ff::/64")


def run(*args, check=True, timeout=20):
    """Runs a command to its end and returns what it said."""
    done = subprocess.run([str(a) for a in args], capture_output=True, text=True, timeout=timeout)
    if check and done.returncode != 0:
        raise RuntimeError(f"{args}: {done.stdout}{done.stderr}")
    return done.stdout


def until(what, condition, timeout_s=30, every_s=0.1):
    """Waits until condition() is true; the message of a time-out says what was waited for."""
    end = time.monotonic() + timeout_s
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"after {timeout_s} s still not: {what}")
        time.sleep(every_s)


def die_with_us():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def interrupted(*_):
    raise KeyboardInterrupt


class Host:
    """A namespace on the LAN with one address of each family."""

    def __init__(self, lab, name, number):
        self.lab = lab
        self.name = name
        self.netns = f"{lab.prefix}-{name}"
        self.addr4 = str(NET4[number])
        self.addr6 = str(NET6[number])
        self.dir = lab.dir / name
        self.dir.mkdir()
        self.processes = []

    def ns(self, *args, **options):
        """Runs a command inside of the namespace."""
        return run("ip", "netns", "exec", self.netns, *args, **options)

    def start(self, *args, env=None, log="log"):
        """Starts a program inside of the namespace, its output in a file of the host's folder."""
        out = open(self.dir / log, "ab")
        process = subprocess.Popen(
            ["ip", "netns", "exec", self.netns, *[str(a) for a in args]], stdin=subprocess.DEVNULL,
            stdout=out, stderr=subprocess.STDOUT, cwd=self.dir, start_new_session=True,
            preexec_fn=die_with_us, env=dict(os.environ, **(env or {})))
        out.close()
        self.processes.append(process)
        return process

    def end(self, process, how=signal.SIGTERM):
        """Ends a program and what it has started: all of its session, by their ids."""
        if process in self.processes:
            self.processes.remove(process)
        for pid in session_pids(process.pid):
            try:
                os.kill(pid, how)
            except ProcessLookupError:
                pass
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            self.end(process, signal.SIGKILL)

    def said(self, log="log"):
        path = self.dir / log
        return path.read_text(errors="replace") if path.exists() else ""


def session_pids(sid):
    """The processes of a session, the youngest first."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            fields = pathlib.Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[3]) == sid:
            found.append(int(entry))
    return sorted(found, reverse=True)


def link_local(host):
    words = host.ns("ip", "-o", "-6", "addr", "show", "dev", "lan0", "scope", "link").split()
    return words[words.index("inet6") + 1].split("/")[0] if "inet6" in words else None


def remove_leftovers():
    """The empty namespaces of tests that were killed."""
    for line in run("ip", "netns", "list").splitlines():
        name = line.split()[0]
        ours = re.fullmatch(r"roost(\d+)-\d+-\w+", name)
        if ours and not os.path.exists(f"/proc/{ours[1]}") and not run("ip", "netns", "pids", name):
            run("ip", "netns", "del", name, check=False)


class Lab:
    """The LAN. Hosts are numbered as they come; the route server is 1."""

    counter = itertools.count()

    def __init__(self):
        signal.signal(signal.SIGTERM, interrupted)
        remove_leftovers()
        self.prefix = f"roost{os.getpid()}-{next(self.counter)}"
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="roost-lab-"))
        self.dir.chmod(0o755)
        # A build that goes on beside the tests does not change what they run.
        self.bin = self.dir / "bin"
        self.bin.mkdir()
        for program in ("roostd", "roostctl"):
            shutil.copy(BUILD / program, self.bin / program)
        self.hosts = []
        self.switch = f"{self.prefix}-switch"
        run("ip", "netns", "add", self.switch)
        self.switch_do("ip", "link", "add", "lan", "type", "bridge")
        self.switch_do("ip", "link", "set", "lan", "up")

    def switch_do(self, *args):
        run("ip", "netns", "exec", self.switch, *args)

    def add(self, name, number):
        host = Host(self, name, number)
        run("ip", "netns", "add", host.netns)
        self.hosts.append(host)
        self.switch_do("ip", "link", "add", f"p{number}", "type", "veth", "peer", "name", "lan0",
                       "netns", host.netns)
        self.switch_do("ip", "link", "set", f"p{number}", "master", "lan", "up")
        host.ns("sysctl", "-qw", "net.ipv6.conf.all.accept_dad=0",
                "net.ipv6.conf.default.accept_dad=0", "net.ipv6.conf.lan0.accept_dad=0")
        host.ns("ip", "addr", "add", f"{host.addr4}/{NET4.prefixlen}", "dev", "lan0")
        host.ns("ip", "addr", "add", f"{host.addr6}/{NET6.prefixlen}", "dev", "lan0", "nodad")
        host.ns("ip", "link", "set", "lo", "up")
        host.ns("ip", "link", "set", "lan0", "up")
        host.link6 = until(f"{name} has a link-local address", lambda: link_local(host))
        return host

    def close(self):
        for host in self.hosts:
            for process in list(host.processes):
                host.end(process)
        for host in self.hosts:
            run("ip", "netns", "del", host.netns, check=False)
        run("ip", "netns", "del", self.switch, check=False)
        shutil.rmtree(self.dir, ignore_errors=True)


class RouteServer:
    """roostd on a host of the lab. What its sandbox refuses ends a process (ROOST_SANDBOX=kill)."""

    asn = 64500

    def __init__(self, host, clients, general=None, daemon=None, instance=None, sections=None):
        self.host = host
        self.instance = instance
        self.socket = host.dir / f"{instance or 'roost'}.sock"
        self.restricted = host.dir / f"{instance or 'roost'}.ro.sock"
        self.log = f"{instance or 'roostd'}.log"
        self.config = host.dir / f"{instance or 'roost'}.yml"
        self.conf = {
            "daemon": {"listen": [host.addr4, host.addr6], "workers": 2, "hold_time": 9,
                       "connect_retry": 2, "idle_hold": 1, "idle_hold_max": 2,
                       "socket": str(self.socket), "restricted_socket": str(self.restricted),
                       "state_file": str(self.socket.with_suffix(".state")), "log_level": "debug", **(daemon or {})},
            "cfg": {"rs_as": self.asn, "router_id": host.addr4, **(general or {})},
            "clients": clients,
            **(sections or {}),
        }
        self.write_conf()
        self.process = None

    def write_conf(self):
        # JSON is YAML.
        self.config.write_text(json.dumps(self.conf, indent=1))
        self.config.chmod(0o600)

    def reload(self):
        """What `conf` says now comes into force."""
        self.write_conf()
        self.ask("reload")

    def start(self, wrapper=()):
        name = ["--instance", self.instance] if self.instance else []
        self.process = self.host.start(
            *wrapper, *FIXED, self.host.lab.bin / "roostd", "-c", self.config, *name, log=self.log,
            env={"ROOST_SANDBOX": "kill"})
        until("roostd answers and listens",
              lambda: self.is_answering() and " listening " in self.said())
        return self

    def is_answering(self):
        if self.process.poll() is not None:
            raise AssertionError(f"roostd ended: {self.said()}")
        return self.socket.exists() and self.ask("show", "summary", check=False)

    def end(self, deaths=()):
        """Ends it as an operator does; all must be well until the last moment."""
        self.host.end(self.process)
        assert self.process.returncode == 0, self.said()[-4000:]
        self.assert_sound(deaths)

    # --- commands ---

    def ctl(self, *words, to=None):
        """roostctl to its end: exit status, standard output, standard error."""
        done = subprocess.run(
            [*FIXED, self.host.lab.bin / "roostctl", "-s", to or self.socket, *words],
            capture_output=True, text=True, timeout=20, check=False)
        return done.returncode, done.stdout, done.stderr

    def ask(self, *words, check=True):
        """What roostctl -j answers, as Python values; {} where it failed and check is off."""
        status, said, error = self.ctl("-j", *words)
        if check and status != 0:
            raise RuntimeError(f"{words}: {said}{error}")
        return json.loads(said) if status == 0 else {}

    def peers(self):
        return {p["address"]: p for p in self.ask("show", "peers")["peers"]}

    def peer(self, address):
        return self.ask("show", "peer", address)["peer"]

    def routes(self, *words):
        return self.ask("show", "routes", *words)["routes"]

    def sessions(self, addresses=None):
        """Which sessions stand: {address: epoch}; the same answer twice = none was lost."""
        up = [a for a, p in self.peers().items()
              if p["up"] and (addresses is None or a in addresses)]
        answers = self.requests(*({"command": "show peer", "args": {"peer": a}} for a in up))
        return {a: answer[1]["session"]["epoch"] for a, answer in zip(up, answers)}

    def requests(self, *requests, to=None):
        """The lines that the control socket answers to each of some requests, sent at once."""
        answers = []
        with socket.socket(socket.AF_UNIX) as s, s.makefile("rw") as stream:
            s.settimeout(10)
            s.connect(str(to or self.socket))
            stream.write("".join(json.dumps(r) + "\n" for r in requests))
            stream.flush()
            for _ in requests:
                lines = [json.loads(stream.readline())]
                while not {"done", "error"} & set(lines[-1]):
                    lines.append(json.loads(stream.readline()))
                answers.append(lines)
        return answers

    def children(self):
        """Process ids by process name: {"worker-0": 12}."""
        found = {}
        for pid in session_pids(self.process.pid):
            try:
                title = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[0].decode()
            except OSError:
                continue
            if title.startswith("roostd: "):
                found[title.removeprefix("roostd: ")] = pid
        return found

    # --- the log ---

    def said(self):
        return self.host.said(self.log)

    def lines(self, event, *parts):
        """The log's lines of an event that hold all of the parts."""
        return [line for line in self.said().splitlines()
                if f" {event} " in line and all(part in line for part in parts)]

    def wait_line(self, event, *parts, count=1, timeout_s=10):
        return until(f"log line {event} {parts}\n{self.said()[-3000:]}",
                     lambda: self.lines(event, *parts)[count - 1:], timeout_s)[0]

    def assert_sound(self, deaths=()):
        """Nothing in the log that must never be there; deaths are of the test's own making."""
        said = self.said()
        for word in ("record-refused", "ring-broken", "emission-refused", "rights-kept",
                     "runtime error", "Sanitizer"):
            assert word not in said, said[-6000:]
        died = [line for line in self.lines("child-died")
                if not any(f"process={name} " in line for name in deaths)]
        assert not died, died
