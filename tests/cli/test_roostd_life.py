"""roostd running: its end, its children's deaths, its members' connections, on loopback."""
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import time

import pytest

from daemon import (KEEPALIVE, OPEN, ROOSTD, SERVER, Daemon, Member, configuration, establish, free_port,
                    is_running, member_address, message, open_message, run, wait_for)

CEASE, SHUTDOWN = 6, 2


@pytest.fixture(name="port")
def port_fixture():
    return free_port()


def start(tmp_path, port, **options):
    return Daemon(tmp_path, configuration(tmp_path, port, **options)).wait_ready()


def status_of(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as f:
        return dict(line.rstrip("\n").split(":\t", 1) for line in f if ":\t" in line)


def is_sanitized(pid):
    """Such a build keeps its root directory: the sanitizer reads files to its end."""
    with open(f"/proc/{pid}/maps", encoding="ascii") as f:
        return "libasan" in f.read()


def worker_of(daemon, member):
    """Name of the worker that logged the member's session."""
    line = daemon.wait_line(rf"session-up .*peer={re.escape(member_address(member))} ")
    return re.search(r" in=(worker-\d+) ", line)[1]


def assert_nothing_left(daemon, directory, port):
    wait_for(lambda: not any(is_running(pid) for pid in daemon.seen), 2, "the children's end")
    assert not os.path.exists(directory / "full.sock")
    assert not os.path.exists(directory / "ro.sock")
    with socket.socket() as s:
        assert s.connect_ex((SERVER, port)) != 0


# --- the end ---

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stops_on_a_signal(tmp_path, port, number):
    with start(tmp_path, port) as daemon:
        assert set(daemon.children()) == {"rib", "worker-0", "worker-1"}
        assert daemon.stop(number) < 3.5
    assert daemon.process.returncode == 0
    assert_nothing_left(daemon, tmp_path, port)
    assert not daemon.lines(" child-died | worker-killed ")


def test_stop_says_goodbye(tmp_path, port):
    with start(tmp_path, port) as daemon, Member(0, port) as member:
        member.establish()
        worker_of(daemon, 0)
        daemon.process.terminate()
        assert member.notification() == (CEASE, SHUTDOWN)
        daemon.process.wait(5)


def test_interrupt_of_the_whole_group(tmp_path, port):
    """Ctrl-C of a terminal, and a service manager's signal, go to every process."""
    with start(tmp_path, port) as daemon, Member(0, port) as member:
        member.establish()
        worker_of(daemon, 0)
        daemon.children()
        os.killpg(daemon.pid, signal.SIGINT)
        assert member.notification() == (CEASE, SHUTDOWN)
        daemon.process.wait(5)
    assert daemon.process.returncode == 0
    assert_nothing_left(daemon, tmp_path, port)


def test_stops_although_a_child_does_not(tmp_path, port):
    with start(tmp_path, port) as daemon:
        os.kill(daemon.children()["worker-1"], signal.SIGSTOP)
        assert 2 < daemon.stop() < 6
    assert daemon.process.returncode == 0
    assert daemon.lines("worker-killed .*process=worker-1 ")
    assert_nothing_left(daemon, tmp_path, port)


def test_children_do_not_outlive_the_parent(tmp_path, port):
    with start(tmp_path, port) as daemon:
        daemon.children()
        daemon.process.kill()
        daemon.process.wait()
        wait_for(lambda: not any(is_running(pid) for pid in daemon.seen), 3, "the children's end")


def test_reload_is_refused_in_words(tmp_path, port):
    with start(tmp_path, port) as daemon:
        with open(daemon.conf, encoding="utf-8") as file:
            good = file.read()
        end, key = good.count("\n") + 1, good[:good.index("rs_as")].count("\n") + 1
        for bad, where in ((good + "clients: }", f"roost.yml:{end}:10 "),
                           (good.replace("rs_as:", "rs_sa:"), f"roost.yml:{key}:3 ")):
            refused = len(daemon.lines("alarm-raised .*reload-refused"))
            with open(daemon.conf, "w", encoding="utf-8") as file:
                file.write(bad)
            daemon.process.send_signal(signal.SIGHUP)
            daemon.wait_line("alarm-raised .*reload-refused", count=refused + 1)
            assert daemon.lines(f"conf-error .*/{where}"), daemon.log()
            assert daemon.lines(f"alarm-raised .*source=.*/roost.yml .*text=\"?{where.rsplit(':', 1)[0]}:")
            assert daemon.process.poll() is None
            with open(daemon.conf, "w", encoding="utf-8") as file:
                file.write(good)
            daemon.process.send_signal(signal.SIGHUP)
            daemon.wait_line("alarm-cleared .*reload-refused", count=refused + 1)
        assert len(daemon.lines("conf-loaded ")) == 3


# --- deaths ---

def test_killed_worker_is_replaced(tmp_path, port):
    with start(tmp_path, port) as daemon, Member(0, port) as first, Member(1, port) as second:
        first.establish()
        second.establish()
        mine, other = worker_of(daemon, 0), worker_of(daemon, 1)
        before = daemon.children()
        os.kill(before[mine], signal.SIGKILL)
        line = daemon.wait_line(" child-died ")
        assert f"process={mine}" in line and "signal 9 (Killed)" in line
        daemon.wait_line(f"child-restarted .*process={mine} ")
        if mine != other:
            assert second.is_alive()
        with establish(0, port):
            daemon.wait_line(rf"session-up .*peer={member_address(0)} ", count=2)
        after = wait_for(lambda: len(daemon.children()) == 3 and daemon.children())
        assert {name for name in after if after[name] != before[name]} == {mine}
        assert daemon.lines("alarm-raised .*source=.*child-died|alarm-raised .*alarm=child-died")


def test_peers_of_different_members_have_different_workers(tmp_path, port):
    """What the test above wants to show needs it."""
    with start(tmp_path, port) as daemon, Member(0, port) as first, Member(1, port) as second:
        first.establish()
        second.establish()
        assert worker_of(daemon, 0) != worker_of(daemon, 1)


def test_killed_rib_is_replaced(tmp_path, port):
    with start(tmp_path, port) as daemon:
        for _ in range(2):
            deaths = len(daemon.lines(" child-died "))
            with establish(0, port) as member:
                before = daemon.children()
                os.kill(before["rib"], signal.SIGKILL)
                assert "process=rib" in daemon.wait_line(" child-died ", count=deaths + 1)
                assert member.notification()[0] == CEASE
            daemon.wait_line("child-restarted .*process=rib", count=deaths + 1)
            after = wait_for(lambda: "rib" in daemon.children() and daemon.children())
            assert after["rib"] != before["rib"]
            assert all(after[name] == before[name] for name in before if name != "rib")
        with establish(1, port):
            pass
        assert daemon.process.poll() is None


def test_deaths_one_after_the_other_wait_longer(tmp_path, port):
    with start(tmp_path, port) as daemon:
        started = []
        for number in range(1, 4):
            pid = wait_for(lambda: daemon.children().get("worker-0"), 5, "a new worker")
            os.kill(pid, signal.SIGKILL)
            line = daemon.wait_line("child-restarted .*process=worker-0", 6, number)
            started.append(int(re.search(r"after_ms=(\d+)", line)[1]))
        assert started[0] < 500 <= started[1] < started[2], started
        assert 900 <= started[1] < 1900 and 1900 <= started[2] < 3500, started


# --- rights ---

def test_children_have_no_rights(tmp_path, port):
    password = "swordfish-for-nobody-else"
    with start(tmp_path, port, client=f"    password: {password}\n") as daemon:
        for name, pid in daemon.children().items():
            status = status_of(pid)
            assert status["NoNewPrivs"] == "1", name
            assert status["Seccomp"] == "2", name
            assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == 0, name
            if os.geteuid() == 0:
                assert "0" not in status["Uid"].split(), name
                assert is_sanitized(pid) or "deleted" in os.readlink(f"/proc/{pid}/root"), name
            with open(f"/proc/{pid}/limits", encoding="ascii") as f:
                core = next(line for line in f if line.startswith("Max core"))
            assert core.split()[4:6] == ["0", "0"], name


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can read the memory of others")
def test_children_do_not_know_passwords(tmp_path, port):
    password = "swordfish-for-nobody-else"

    def knows(pid):
        with open(f"/proc/{pid}/maps", encoding="ascii") as maps, \
                open(f"/proc/{pid}/mem", "rb", 0) as memory:
            for line in maps:
                span, rights = line.split()[:2]
                first, last = (int(x, 16) for x in span.split("-"))
                # what a sanitizer reserves is larger than this machine
                if not rights.startswith("rw-p") or last - first > 1 << 30:
                    continue
                memory.seek(first)
                if password.encode() in memory.read(last - first):
                    return True
        return False

    with start(tmp_path, port, client=f"    password: {password}\n") as daemon:
        assert knows(daemon.pid), "the parent has it: the search works"
        for name, pid in daemon.children().items():
            assert not knows(pid), name
        assert password not in daemon.log()


def test_socket_modes(tmp_path, port):
    with start(tmp_path, port):
        assert os.stat(tmp_path / "full.sock").st_mode & 0o777 == 0o660
        assert os.stat(tmp_path / "ro.sock").st_mode & 0o777 == 0o666


# --- connections ---

def test_session_and_its_return(tmp_path, port):
    with start(tmp_path, port) as daemon:
        for number in range(1, 7):
            with establish(0, port):
                daemon.wait_line("session-up", count=number)
            daemon.wait_line("session-down", count=number)


def test_every_one_of_many_sessions_comes_up(tmp_path, port):
    """Once in some 25 sessions a worker that had the log to read no longer read the socket."""
    with start(tmp_path, port, members=150) as daemon, contextlib.ExitStack() as stack:
        for number in range(150):
            stack.enter_context(Member(number, port)).establish()
        daemon.wait_line("session-up", count=150)


def test_stranger_is_closed_at_once(tmp_path, port):
    with start(tmp_path, port) as daemon:
        with socket.socket() as s:
            s.settimeout(3)
            s.bind(("127.0.9.9", 0))
            with contextlib.suppress(ConnectionError):
                s.connect((SERVER, port))
                assert s.recv(1) == b""
        assert "from=127.0.9.9" in daemon.wait_line("connection-unknown")


def test_crowd_of_strangers_does_not_fill_the_log(tmp_path, port):
    with start(tmp_path, port) as daemon, Member(0, port) as member:
        member.establish()
        for _ in range(300):
            with socket.socket() as s:
                s.bind(("127.0.9.9", 0))
                s.connect_ex((SERVER, port))
        assert member.is_alive()
        assert len(daemon.lines("connection-unknown")) <= 10


@pytest.mark.parametrize("garbage", [b"GET / HTTP/1.0\r\nHost: rs\r\n\r\n", b"\0" * 100, b"\xff" * 5000],
                         ids=["http", "zeros", "ones"])
def test_garbage_on_the_port(tmp_path, port, garbage):
    with start(tmp_path, port) as daemon, Member(1, port) as other:
        other.establish()
        with Member(0, port) as member:
            member.socket.sendall(garbage)
            with pytest.raises((EOFError, ConnectionError)):
                while True:
                    member.receive()
        assert other.is_alive()
        assert not daemon.lines(" child-died ")


def test_silent_client_disturbs_nobody(tmp_path, port):
    with start(tmp_path, port) as daemon, Member(0, port), Member(1, port) as other:
        other.establish()
        time.sleep(1)
        assert other.is_alive()
        assert not daemon.lines(" child-died ")


def test_too_many_connections_of_one_peer(tmp_path, port):
    with start(tmp_path, port) as daemon:
        members = []
        for _ in range(60):
            with contextlib.suppress(ConnectionError):
                members.append(Member(0, port))
        daemon.wait_line("connection-refused .*(too many|too often)")
        for member in members:
            member.socket.close()
        with Member(1, port) as other:
            other.establish()


def test_md5(tmp_path, port):
    with start(tmp_path, port, client="    password: geheim\n"):
        with Member(0, port, password=b"geheim") as member:
            member.establish()
        for wrong in (b"falsch", None):
            with pytest.raises(TimeoutError):
                Member(1, port, password=wrong, timeout=1.0)


def test_active_connection(tmp_path, port):
    """passive: false - the server connects, from its own address, and speaks first."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((member_address(0), port))
        listener.listen()
        listener.settimeout(10)
        with start(tmp_path, port, members=1, client="    cfg:\n      passive: false\n") as daemon:
            connection, (source, _) = listener.accept()
            assert source == SERVER
            member = Member.__new__(Member)
            member.number, member.socket = 0, connection
            with member:
                connection.settimeout(5)
                member.expect(OPEN)
                connection.sendall(open_message(64501, 1) + message(KEEPALIVE))
                member.expect(KEEPALIVE)
                daemon.wait_line("session-up")


def test_active_connection_refused_is_tried_again(tmp_path, port):
    with start(tmp_path, port, members=1, daemon="  connect_retry: 1\n",
               client="    cfg:\n      passive: false\n") as daemon:
        assert "Connection refused" in daemon.wait_line("connect-failed", 15, count=2)


# --- sizes ---

def test_more_workers_than_peers(tmp_path, port):
    with start(tmp_path, port, members=1, workers=4) as daemon:
        assert len(daemon.children()) == 5
        with Member(0, port) as member:
            member.establish()


def test_thousands_of_peers_start_fast(tmp_path, port):
    begin = time.monotonic()
    with start(tmp_path, port, members=4000, workers=3) as daemon:
        took = time.monotonic() - begin
        with Member(3999, port) as member:
            member.establish()
        assert not daemon.lines(" child-died ")
    assert took < 5, took


def test_log_level_of_the_command_line_rules_all_processes(tmp_path, port):
    path = tmp_path / "roost.yml"
    text = configuration(tmp_path, port)
    with Daemon(tmp_path, text, "-v", "error") as daemon:
        wait_for(lambda: os.path.exists(tmp_path / "full.sock"))
        wait_for(lambda: len(daemon.children()) == 3)
        with establish(0, port):
            pass
        assert daemon.log() == ""
    assert run("-n", "-c", str(path))[0] == 0


def test_warnings_of_the_configuration_stand_as_alarms(tmp_path):
    """A secret that everybody may read, and a peer without a policy."""
    text = configuration(tmp_path, free_port(), client="    password_file: secret\n")
    (tmp_path / "secret").write_text("correct horse\n")
    (tmp_path / "secret").chmod(0o644)
    with Daemon(tmp_path, text.replace("  filters: none\n", "")):
        ctl = [os.path.join(os.path.dirname(ROOSTD), "roostctl"), "-s", tmp_path / "full.sock",
               "-j", "show", "alarms"]

        def alarms():
            said = subprocess.run(ctl, capture_output=True, text=True, check=False).stdout
            return json.loads(said).get("alarms", [])
        wait_for(lambda: len(alarms()) >= 2)
        found = {a["alarm"]: a for a in alarms()}
    assert set(found) == {"secret-world-readable", "no-policy"}
    assert "roost.yml:" in found["secret-world-readable"]["source"]
    assert "127.0.0.11" in found["no-policy"]["text"]
    assert found["secret-world-readable"]["advice"].startswith("chmod")
