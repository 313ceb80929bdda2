#!/usr/bin/python3
"""A whole exchange on this machine, with members that announce real routes.

    demo.py [SECONDS]        ends after SECONDS; without, Ctrl-C ends it

roostd runs without privileges in a network namespace of its own, in which the peering LAN of
tests/data/exchange is real; roost-sim plays the members (place.py: what is done where no namespace
is allowed). The control sockets are files, so roostctl works from outside.

Everything that is started is ended by process id. Should this program be killed, the kernel ends
them for it (PR_SET_PDEATHSIG). What is written, the log of roostd among it, stays in build/demo.
"""
import argparse
import contextlib
import fcntl
import os
import shlex
import shutil
import signal
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, f"{ROOT}/tests/sim")
import plan  # noqa: E402
from exchange import Exchange, tour  # noqa: E402
from place import Loopback, find_place  # noqa: E402
from processes import BUILD, Failed, Members, Server, short  # noqa: E402
from screen import Screen  # noqa: E402

FOLDER_MAX = 80  # the path of a socket in it must not be longer than 107
FIRST_TABLE_S = 120
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Ended(Exception):
    """Somebody has asked for the end."""


def ignore_signals():
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def end(*_):
    ignore_signals()
    raise Ended


def make_folder(wanted, stack):
    """What is wanted, build/demo, or a place for run-time files where those are not ours to write."""
    wanted = [wanted or f"{ROOT}/build/demo"]
    if "XDG_RUNTIME_DIR" in os.environ:
        wanted.append(f"{os.environ['XDG_RUNTIME_DIR']}/roost-demo")
    for folder in wanted:
        with contextlib.suppress(OSError):
            os.makedirs(f"{folder}/run", exist_ok=True)
            is_ours = os.access(folder, os.W_OK) and os.access(f"{folder}/run", os.W_OK)
            if is_ours and len(folder) <= FOLDER_MAX:
                return folder
    folder = tempfile.mkdtemp(prefix="roost-demo-")
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    os.chmod(folder, 0o755)
    os.mkdir(f"{folder}/run")
    return folder


def lock(folder, stack):
    """Two demos in one folder would be in each other's way."""
    file = stack.enter_context(open(f"{folder}/lock", "a", encoding="ascii"))
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        raise Failed(f"another demo runs in {short(folder)}") from None


class Demo:
    def __init__(self, options, stack):
        self.start = time.monotonic()
        self.end = self.start + options.seconds if options.seconds is not None else float("inf")
        self.stack = stack
        self.screen = Screen()
        self.folder = make_folder(options.folder, stack)
        lock(self.folder, stack)
        self.place = Loopback() if options.loopback else find_place()
        stack.callback(self.place.close)
        self.exchange = Exchange(self.place, self.folder)
        self.place.take_addresses(self.exchange.addresses())
        self.server = Server(self.place, self.folder)
        stack.callback(self.server.stop)
        self.members = None

    def run(self):
        self.introduce()
        numbers = self.fill()
        self.summarize(numbers)
        self.suggest()
        self.churn(numbers)

    def introduce(self):
        e, screen = self.exchange, self.screen
        asns = {s.asn for s in e.sessions}
        screen.say("", screen.bold("Roost: a whole exchange on this machine"), "")
        screen.fact("network", self.place.title)
        screen.fact("server", f"AS{plan.RS_ASN} at {' and '.join(e.servers.values())}, port "
                    f"{self.place.port}")
        screen.fact("roostd", f"process {self.server.child.pid}, {self.place.server_user}")
        screen.fact("members", f"{len(asns)} with {len(e.sessions)} sessions, played by roost-sim")
        screen.fact("files", f"{short(self.folder)}: roost.yml, roostd.log, run/roost.sock")
        screen.say("")

    def fill(self):
        """Brings the members up and waits until all have all. Returns the simulator's numbers."""
        self.server.connect()
        self.members = Members(self.place, self.folder)
        self.stack.callback(self.members.stop)
        deadline = time.monotonic() + FIRST_TABLE_S
        while True:
            numbers = self.members.report()
            is_complete = numbers["complete_ms"] >= 0
            self.show_filling(numbers, self.server.ask("show summary"), is_complete)
            if is_complete:
                return numbers
            if time.monotonic() > deadline:
                raise Failed(f"after {FIRST_TABLE_S} s only {numbers['satisfied']} sessions have "
                             "all their routes")
            time.sleep(0.1)

    def show_filling(self, numbers, summary, is_last):
        e = self.exchange
        rows = [
            ("sessions up", summary["peers"]["up"], len(e.sessions)),
            ("routes in", summary["paths"], e.paths),
            ("routes told", numbers["routes"], sum(e.counts.values())),
        ]
        self.screen.status([f"  {name:<12} {value:>9,} of {whole:>9,}   "
                            f"{self.screen.bar(value / whole)}" for name, value, whole in rows],
                           0 if is_last else 1)

    def summarize(self, numbers):
        screen, summary = self.screen, self.server.ask("show summary")
        prefixes, pss = summary["prefixes"], self.server.pss_mib()
        seconds = numbers["complete_ms"] / 1000
        screen.say("", screen.bold(f"All members had all routes {seconds:.2f} s after the first "
                                   "was announced."), "")
        screen.fact("peers", f"{summary['peers']['up']} up, {numbers['sessions_lost']} lost")
        screen.fact("prefixes", f"{prefixes['ipv4'] + prefixes['ipv6']:,} "
                    f"({prefixes['ipv4']:,} IPv4, {prefixes['ipv6']:,} IPv6)")
        screen.fact("paths", f"{summary['paths']:,} with {summary['attributes']:,} different sets "
                    "of attributes")
        screen.fact("told", f"{numbers['routes']:,} routes, in {numbers['bytes_in'] / 2**20:,.0f} "
                    "MiB of BGP")
        if pss is not None:
            screen.fact("memory", f"{pss:.1f} MiB PSS, {len(self.server.processes())} processes")
        screen.fact("CPU", f"{self.server.cpu_s():.2f} s of roostd, "
                    f"{numbers['cpu_user_s'] + numbers['cpu_system_s']:.2f} s of the members")

    def suggest(self):
        control = f"{short(BUILD + '/roostctl')} -s {shlex.quote(short(self.server.socket_path))}"
        stops = tour(self.exchange)
        width = max(len(what) for what, _ in stops)
        self.screen.say("", self.screen.bold("Try in another terminal:"), "")
        self.screen.say(*(f"  {self.screen.dim(f'{what:<{width}}')}  {control} {words}"
                          for what, words in stops), "")

    def churn(self, before):
        """Plays the churn again and again, as fast as it was."""
        how = "Ctrl-C ends it" if self.end == float("inf") else "it ends by itself"
        self.screen.say(self.screen.bold("Now routes come and go as they did at a real exchange; "
                                         f"{how}."), "")
        self.screen.due = again = 0.0
        while time.monotonic() < self.end:
            now = time.monotonic()
            if now >= again:
                self.members.tell(f"play {self.exchange.churn} 1")
                again = now + self.exchange.churn_s + 5
            time.sleep(min(1.0, max(0.0, self.end - time.monotonic())))
            numbers = self.members.report()
            self.show_churn(numbers, before, time.monotonic() - now)
            before = numbers

    def show_churn(self, numbers, before, seconds):
        summary = self.server.ask("show summary")
        gone = int(time.monotonic() - self.start)

        def rate(*columns):
            return sum(numbers[c] - before[c] for c in columns) / seconds

        self.screen.status([
            f"  {gone // 60:02}:{gone % 60:02}   sessions {summary['peers']['up']} of "
            f"{len(self.exchange.sessions)}   changes in "
            f"{rate('announced_out', 'withdrawn_out'):5,.0f}/s   told "
            f"{rate('announced_in', 'withdrawn_in'):8,.0f}/s   alarms {summary['alarms']}"], 10)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("seconds", nargs="?", type=float, help="end after so many seconds, but "
                        "not before all members had all routes")
    parser.add_argument("--folder", help="where to write (build/demo)")
    parser.add_argument("--loopback", action="store_true", help="do not try to make a namespace")
    options = parser.parse_args()
    for number in SIGNALS:
        signal.signal(number, end)
    try:
        with contextlib.ExitStack() as stack:
            try:
                Demo(options, stack).run()
            finally:
                ignore_signals()
    except Ended:
        print()
    except Failed as error:
        print(f"demo: {error}", file=sys.stderr)
        return 1
    print("\n  Ended; nothing is left running.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
