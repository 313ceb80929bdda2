"""A roostd under test, and members that speak just enough BGP to have a session with it.

Everything is on loopback: members are 127.0.0.11 and up, the server is 127.0.0.1 on a free port.
The sandbox kills what it refuses (ROOST_SANDBOX=kill), so that a refused call cannot go unseen.
"""
import contextlib
import os
import re
import signal
import socket
import struct
import subprocess
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
ROOSTD = os.environ.get("ROOSTD", f"{ROOT}/build/release/roostd")
SERVER = "127.0.0.1"
RS_AS = 64500
MARKER = b"\xff" * 16
OPEN, UPDATE, NOTIFICATION, KEEPALIVE = 1, 2, 3, 4
TCP_MD5SIG = 14


def free_port():
    with socket.socket() as s:
        s.bind((SERVER, 0))
        return s.getsockname()[1]


def wait_for(condition, seconds=5.0, what="the condition"):
    """The condition's first true value."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < end, f"{what} did not come true in {seconds} s"
        time.sleep(0.02)


def member_address(number):
    return f"127.0.{number // 200}.{11 + number % 200}"


def member_asn(number):
    """2 octets for the first ones, 4 for the others."""
    return 64501 + number if number < 900 else 4200000000 + number


def configuration(directory, port, members=2, workers=2, daemon="", general="", client=""):
    """Text of a roost.yml with that many members, one peer each."""
    clients = "".join(
        f"  - asn: {member_asn(i)}\n    ip: {member_address(i)}\n{client}" for i in range(members))
    return (f"daemon:\n  listen: [{SERVER}]\n  port: {port}\n  workers: {workers}\n"
            f"  socket: {directory}/full.sock\n  restricted_socket: {directory}/ro.sock\n"
            f"  state_file: {directory}/state\n"
            f"  log_level: debug\n{daemon}"
            f"cfg:\n  rs_as: {RS_AS}\n  router_id: 192.0.2.1\n  filters: none\n{general}"
            f"clients:\n{clients if members else '  []'}\n")


def run(*arguments, wrapper=(), binary=None, **environment):
    """roostd to its end: exit status, standard output, standard error."""
    done = subprocess.run([*wrapper, binary or ROOSTD, *arguments], capture_output=True, text=True,
                          timeout=20, stdin=subprocess.DEVNULL,
                          env={**os.environ, "ROOST_SANDBOX": "kill", **environment})
    return done.returncode, done.stdout, done.stderr


def children_of(pid):
    """Process ids by process name, e.g. {"worker-0": 12}."""
    found = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        with contextlib.suppress(OSError):
            with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as f:
                stat = f.read().rpartition(")")[2].split()
            with open(f"/proc/{entry}/cmdline", "rb") as f:
                title = f.read().split(b"\0")[0].decode(errors="replace")
            if int(stat[1]) == pid and stat[0] != "Z" and title.startswith("roostd: "):
                found[title.removeprefix("roostd: ")] = int(entry)
    return found


def is_running(pid):
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as f:
            return f.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Daemon:
    """roostd -c FILE, running. Ends with the test, whatever happens."""

    def __init__(self, directory, text, *arguments, wrapper=()):
        self.directory = directory
        self.conf = f"{directory}/roost.yml"
        with open(os.open(self.conf, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o640), "w",
                  encoding="utf-8") as f:
            f.write(text)
        self.log_path = f"{directory}/log"
        self.seen = set()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [*wrapper, ROOSTD, "-c", self.conf, *arguments], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, env={**os.environ, "ROOST_SANDBOX": "kill"},
                start_new_session=True)
        self.pid = self.process.pid

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.terminate()
                self.process.wait(6)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if kind is not None:
            print(self.log())

    def log(self):
        with open(self.log_path, encoding="utf-8", errors="replace") as f:
            return f.read()

    def lines(self, pattern):
        return [line for line in self.log().splitlines() if re.search(pattern, line)]

    def wait_line(self, pattern, seconds=8.0, count=1):
        def look():
            assert self.process.poll() is None or self.lines(pattern), \
                f"roostd ended with {self.process.returncode} before {pattern!r}:\n{self.log()}"
            return len(self.lines(pattern)) >= count
        try:
            wait_for(look, seconds, f"line {pattern!r}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log()}") from None
        return self.lines(pattern)[count - 1]

    def wait_ready(self):
        self.wait_line(r" listening ")
        return self

    def children(self):
        now = children_of(self.pid)
        self.seen |= set(now.values())
        return now

    def stop(self, number=signal.SIGTERM):
        """Seconds that it took to end."""
        self.children()
        start = time.monotonic()
        self.process.send_signal(number)
        self.process.wait(10)
        return time.monotonic() - start


def message(kind, body=b""):
    return MARKER + struct.pack("!HB", 19 + len(body), kind) + body


def open_message(asn, number):
    capabilities = struct.pack("!BBHBB", 1, 4, 1, 0, 1) + struct.pack("!BBI", 65, 4, asn)
    parameters = struct.pack("!BB", 2, len(capabilities)) + capabilities
    identifier = struct.pack("!I", 0x0a000000 + number)
    return message(OPEN, struct.pack("!BHH", 4, asn if asn < 65536 else 23456, 90) + identifier +
                   struct.pack("!B", len(parameters)) + parameters)


def md5_key(address, password):
    """struct tcp_md5sig of linux/tcp.h for an IPv4 address."""
    sockaddr = struct.pack("=HH4s", socket.AF_INET, 0, socket.inet_aton(address)).ljust(128, b"\0")
    return sockaddr + struct.pack("=BBHI", 0, 0, len(password), 0) + password.ljust(80, b"\0")


class Member:
    """One end of a session, read by hand."""

    def __init__(self, number, port, password=None, timeout=5.0):
        self.number = number
        self.socket = socket.socket()
        self.socket.settimeout(timeout)
        self.socket.bind((member_address(number), 0))
        if password is not None:
            self.socket.setsockopt(socket.IPPROTO_TCP, TCP_MD5SIG, md5_key(SERVER, password))
        self.socket.connect((SERVER, port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def exactly(self, count):
        data = b""
        while len(data) < count:
            more = self.socket.recv(count - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def receive(self):
        """Kind and body of the next message; EOFError where the connection is over."""
        head = self.exactly(19)
        assert head[:16] == MARKER
        length, kind = struct.unpack("!HB", head[16:])
        return kind, self.exactly(length - 19)

    def expect(self, kind):
        got, body = self.receive()
        assert got == kind, f"message {got} {body.hex()} instead of {kind}"
        return body

    def establish(self):
        self.socket.sendall(open_message(member_asn(self.number), self.number + 1))
        self.expect(OPEN)
        self.expect(KEEPALIVE)
        self.socket.sendall(message(KEEPALIVE))
        return self

    def notification(self):
        """Code and subcode of the NOTIFICATION that ends the session; what comes before is read."""
        while True:
            kind, body = self.receive()
            if kind == NOTIFICATION:
                return body[0], body[1]

    def is_alive(self):
        """True if the server neither closed the connection nor has anything to say against it."""
        self.socket.settimeout(0.3)
        try:
            while True:
                kind, _ = self.receive()
                if kind == NOTIFICATION:
                    return False
        except TimeoutError:
            return True
        except (EOFError, ConnectionError):
            return False
        finally:
            self.socket.settimeout(5.0)


def establish(number, port, seconds=15.0):
    """A session, tried again while the server does not want one yet."""
    end = time.monotonic() + seconds
    while True:
        member = None
        try:
            member = Member(number, port)
            return member.establish()
        except (OSError, EOFError, AssertionError):
            if member is not None:
                member.socket.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.2)
