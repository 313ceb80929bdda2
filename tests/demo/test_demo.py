"""The demo as a person starts it: what it says, how it ends, and that nothing stays behind.

Each run has a folder of its own: the tests may run beside a demo.
"""
import contextlib
import glob
import json
import os
import pty
import re
import shlex
import shutil
import signal
import subprocess
import tempfile
import time

import pytest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DEMO = f"{ROOT}/tests/demo/demo.py"
NOBODY = 65534
CHURNS = "Now routes come and go"


def parents():
    """pid -> pid of the parent, of all processes that are no zombies."""
    found = {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        with contextlib.suppress(OSError):
            with open(f"/proc/{entry}/stat", encoding="ascii", errors="replace") as file:
                state, parent = file.read().rpartition(")")[2].split()[:2]
            if state != "Z":
                found[int(entry)] = int(parent)
    return found


def family(pid):
    """A process and all below it."""
    of, found = parents(), [pid]
    for one in found:
        found += [child for child, parent in of.items() if parent == one]
    return found


def wait_until(condition, what, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.05)


class Run:
    """A demo, its output in a file; ended by __exit__ whatever happens."""

    def __init__(self, *arguments, stdout=None, prefix=(), own_folder=True):
        self.folder = tempfile.mkdtemp(prefix="roost-demo-test-")
        self.tmp = f"{self.folder}/tmp"
        os.mkdir(self.tmp)
        self.out = f"{self.folder}/out"
        os.chmod(self.folder, 0o755)
        os.chmod(self.tmp, 0o1777)
        command = [*prefix, "/usr/bin/python3", DEMO, *arguments]
        if own_folder:
            command += ["--folder", f"{self.folder}/demo"]
        environment = {**os.environ, "TMPDIR": self.tmp, "PYTHONDONTWRITEBYTECODE": "1"}
        for name in ("SUDO_UID", "XDG_RUNTIME_DIR"):
            environment.pop(name, None)
        with open(self.out, "wb") as out:
            self.child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout or out,
                                          stderr=out, env=environment, start_new_session=True)
        self.seen = set()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for pid in family(self.child.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.child.wait()
        shutil.rmtree(self.folder)

    def said(self):
        with open(self.out, encoding="utf-8") as file:
            return file.read()

    def wait_for(self, words, seconds=60):
        def is_there():
            assert self.child.poll() is None or words in self.said(), self.said()
            return words in self.said()
        wait_until(is_there, f"{words!r} was not said:\n{self.said()}", seconds)
        self.seen |= set(family(self.child.pid))

    def wait_end(self, seconds=60):
        """Exit code; no process and no file in the folder for temporary files is left."""
        status = self.child.wait(seconds)
        wait_until(lambda: not self.seen & set(parents()), "processes are left", 5)
        assert os.listdir(self.tmp) == []
        assert not glob.glob(f"{self.folder}/demo/run/*")
        return status

    def commands(self):
        """The commands that are suggested."""
        return re.findall(r"\S*roostctl -s .*", self.said())


def answer(command, *options):
    words = shlex.split(command)
    done = subprocess.run([*words[:1], *options, *words[1:]], capture_output=True, text=True,
                          check=False, timeout=20)
    assert done.returncode == 0 and done.stdout.strip(), f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def test_it_ends_by_itself():
    with Run("6") as demo:
        demo.wait_for(CHURNS)
        summary = json.loads(answer(demo.commands()[0], "-j"))["summary"]
        assert summary["peers"]["up"] == summary["peers"]["configured"] == 221
        assert summary["paths"] > 57000
        assert demo.wait_end() == 0
        said = demo.said()
    assert "sessions up 221 of 221" in said and "routes told 4,224,064 of 4,224,064" in said
    assert re.search(r"All members had all routes \d+\.\d\d s after", said)
    assert re.search(r"peers +221 up, 0 lost", said)
    assert re.search(r"memory +\d+\.\d MiB PSS, [4-9]", said)
    assert re.search(r"sessions 221 of 221 changes in", said)


def test_suggested_commands_work():
    with Run() as demo:
        demo.wait_for(CHURNS)
        commands = demo.commands()
        assert len(commands) > 8
        answers = {command: answer(command) for command in commands}
        best_told = next(a for c, a in answers.items() if " to " in c)
        assert "no route" not in best_told
        demo.child.send_signal(signal.SIGINT)
        assert demo.wait_end() == 0


def test_control_c_in_the_middle():
    """As a terminal does it: everyone of the process group gets the signal."""
    with Run() as demo:
        demo.wait_for(CHURNS)
        os.killpg(demo.child.pid, signal.SIGINT)
        assert demo.wait_end() == 0
        assert "Traceback" not in demo.said()


@pytest.mark.parametrize("words,number", [
    ("Roost: a whole exchange", signal.SIGINT),
    ("sessions up", signal.SIGHUP),
    ("sessions up", signal.SIGTERM),
])
def test_ended_early(words, number):
    with Run() as demo:
        demo.wait_for(words)
        os.killpg(demo.child.pid, number)
        assert demo.wait_end() == 0
        assert "Traceback" not in demo.said()


def test_killed():
    """Nobody is left to end the others: the kernel does."""
    with Run() as demo:
        demo.wait_for(CHURNS)
        demo.child.kill()
        demo.child.wait()
        wait_until(lambda: not demo.seen & set(parents()), "processes are left")


def test_the_server_dies():
    with Run() as demo:
        demo.wait_for(CHURNS)
        pid = int(re.search(r"process (\d+)", demo.said()).group(1))
        assert pid in demo.seen
        os.kill(pid, signal.SIGKILL)
        assert demo.wait_end() == 1
        assert "roostd does not answer" in demo.said() and "Traceback" not in demo.said()


def test_on_loopback():
    with Run("6", "--loopback") as demo:
        demo.wait_for(CHURNS)
        summary = json.loads(answer(demo.commands()[0], "-j"))["summary"]
        assert summary["peers"]["up"] == summary["peers"]["configured"] == 117
        assert demo.wait_end() == 0
        assert "sessions 117 of 117" in demo.said()


def test_as_an_ordinary_user():
    """In a user namespace, or on loopback where the machine allows none."""
    user, prefix = os.geteuid(), []
    if user == 0:
        user = NOBODY
        prefix = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]
    # To nobody build/ is not writable: the folder for temporary files is taken, and removed.
    with Run("3", prefix=prefix, own_folder=not prefix) as demo:
        demo.wait_for(CHURNS)
        pid = int(re.search(r"process (\d+)", demo.said()).group(1))
        assert os.stat(f"/proc/{pid}").st_uid == user
        assert demo.wait_end() == 0
        assert re.search(r"peers +(221|117) up, 0 lost", demo.said())


def test_two_in_one_folder():
    with Run() as demo:
        demo.wait_for(CHURNS)
        second = subprocess.run(
            ["/usr/bin/python3", DEMO, "--folder", f"{demo.folder}/demo"], capture_output=True,
            text=True, check=False, timeout=20)
        assert second.returncode == 1 and "another demo runs in" in second.stderr
        demo.child.send_signal(signal.SIGTERM)
        assert demo.wait_end() == 0


def test_on_a_terminal():
    """Progress is drawn in place, no line is longer than the terminal is wide."""
    master, slave = pty.openpty()
    with Run("1", stdout=slave) as demo, open(master, "rb", buffering=0) as screen:
        os.close(slave)
        drawn = b""
        with contextlib.suppress(OSError):  # EIO: the last one has closed the terminal
            while True:
                drawn += screen.read(65536)
        assert demo.child.wait(60) == 0
    text = drawn.decode("utf-8")
    assert "\033[3F\033[K" in text and "\033[1m" in text
    assert all(len(line) < 80 + 20 for line in text.splitlines() if "\033[K" in line)
