"""What keeps roostd from starting: each a clear line with what, where and what to do, exit 1."""
import os
import re
import shutil
import signal
import socket
import subprocess

import pytest

from daemon import (ROOSTD, Daemon, Member, SERVER, configuration, free_port, is_running,
                    member_address, run, wait_for)

NAMESPACE = ["unshare", "-Urm"]


def has_namespaces():
    done = subprocess.run([*NAMESPACE, "mount", "-t", "tmpfs", "none", "/mnt"], check=False,
                          stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return done.returncode == 0


needs_namespaces = pytest.mark.skipif(not has_namespaces(), reason="no user namespaces here")


def refuse(tmp_path, text, *arguments, **options):
    """Starts in vain; what it said."""
    path = tmp_path / "roost.yml"
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)
    status, out, err = run("-c", str(path), *arguments, **options)
    assert (status, out) == (1, ""), err
    return err


def test_used_port(tmp_path):
    with socket.socket() as s:
        s.bind((SERVER, 0))
        s.listen()
        port = s.getsockname()[1]
        err = refuse(tmp_path, configuration(tmp_path, port))
    assert f"listen-failed in=parent address={SERVER} port={port}" in err
    assert "Address already in use" in err and "another program" in err and "daemon.port" in err
    assert not os.path.exists(tmp_path / "full.sock"), "a socket file was left behind"
    assert not os.path.exists(tmp_path / "ro.sock")


def test_address_that_is_not_there_yet(tmp_path):
    """At boot the LAN may come up after the daemon: it starts, waits, and says so."""
    port = free_port()
    text = configuration(tmp_path, port).replace(f"[{SERVER}]", f"[192.0.2.77, {SERVER}]")
    with Daemon(tmp_path, text) as daemon:
        daemon.wait_line(f" listening .*address=192.0.2.77 port={port}")
        line = daemon.wait_line(" alarm-raised .*listen-address-missing")
        assert "source=192.0.2.77 " in line and "does not have the address" in line
        assert len(daemon.lines("listen-address-missing")) == 1
        with Member(0, port) as member:
            member.establish()


LOW_OPTMEM = 20480


def in_small_memory(*arguments):
    """A network namespace in which sockets have little option memory."""
    return ["unshare", "-n", "sh", "-c", "ip link set lo up && echo "
            f'{LOW_OPTMEM} > /proc/sys/net/core/optmem_max && exec "$0" "$@"', *arguments]


def has_small_memory():
    done = subprocess.run(in_small_memory("true"), check=False, stdin=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL)
    return done.returncode == 0


needs_small_memory = pytest.mark.skipif(
    not has_small_memory(), reason="net.core.optmem_max is not to be set for one namespace here")


@needs_small_memory
def test_keys_that_do_not_fit(tmp_path):
    """300 peers with TCP MD5: which has no room, the limit as it is, and as it should be."""
    text = configuration(tmp_path, free_port(), members=300, client="    password: geheim\n")
    err = refuse(tmp_path, text, wrapper=in_small_memory())
    assert f"listen-failed in=parent address={SERVER}" in err
    said = re.search(r"TCP MD5 key of (\S+): a listening socket needs 300 keys, and net.core."
                     rf"optmem_max = {LOW_OPTMEM} octets lets it have (\d+); sysctl -w "
                     r"net.core.optmem_max=(\d+)", err)
    assert said, err
    assert said[1] == member_address(int(said[2])), "not the first one without room"
    assert not os.path.exists(tmp_path / "full.sock")
    # roostd -n says the same, with file and line
    status, out, checked = run("-n", "-c", str(tmp_path / "roost.yml"), wrapper=in_small_memory())
    assert (status, out) == (1, "")
    assert said[0] in checked
    at = int(re.search(r"roost.yml:(\d+):\d+: error: ", checked)[1])
    assert text.splitlines()[at - 1].endswith(f"ip: {said[1]}")
    # and what is advised is right
    wrapper = in_small_memory("sh", "-c", f'echo {said[3]} > /proc/sys/net/core/optmem_max; exec "$0" "$@"')
    status, out, checked = run("-n", "-c", str(tmp_path / "roost.yml"), wrapper=wrapper)
    assert status == 0 and " error: " not in checked
    with Daemon(tmp_path, text, wrapper=wrapper) as daemon:
        daemon.wait_ready()


@needs_namespaces
def test_port_below_1024_without_rights(tmp_path):
    # root of a user namespace has no rights over the host's network
    with open("/proc/sys/net/ipv4/ip_unprivileged_port_start", encoding="ascii") as f:
        if int(f.read()) <= 179:
            pytest.skip("every user may bind port 179 here")
    err = refuse(tmp_path, configuration(tmp_path, 179), wrapper=["unshare", "-Ur"])
    assert "port=179" in err and "Permission denied" in err and "CAP_NET_BIND_SERVICE" in err


def test_socket_directory_missing(tmp_path):
    err = refuse(tmp_path, configuration(tmp_path / "none", free_port()))
    assert f"control-failed in=parent socket={tmp_path}/none/full.sock" in err
    assert "No such file or directory" in err and "make it" in err


def test_socket_directory_not_writable(tmp_path):
    directory = tmp_path / "closed"
    directory.mkdir(0o755)
    wrapper, binary = [], None
    if os.geteuid() == 0:
        binary = shutil.copy(ROOSTD, tmp_path / "roostd")
        wrapper = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
        for path in [tmp_path, *tmp_path.parents[:2]]:
            os.chmod(path, 0o755)
    else:
        directory.chmod(0o555)
    err = refuse(tmp_path, configuration(directory, free_port()), wrapper=wrapper, binary=binary)
    assert f"{directory}/full.sock" in err
    assert "Permission denied" in err and "change its rights" in err


@needs_namespaces
def test_full_disk_under_the_socket(tmp_path):
    directory = tmp_path / "small"
    directory.mkdir()
    # room for the root directory and one file
    script = f'mount -t tmpfs -o nr_inodes=2 none {directory} && touch {directory}/x && exec "$0" "$@"'
    err = refuse(tmp_path, configuration(directory, free_port()),
                 wrapper=[*NAMESPACE, "sh", "-c", script])
    assert f"{directory}/full.sock" in err
    assert "No space left on device" in err and "make room" in err


@needs_namespaces
def test_read_only_file_system_under_the_socket(tmp_path):
    directory = tmp_path / "ro"
    directory.mkdir()
    script = f'mount -t tmpfs -o ro none {directory} && exec "$0" "$@"'
    err = refuse(tmp_path, configuration(directory, free_port()),
                 wrapper=[*NAMESPACE, "sh", "-c", script])
    assert "Read-only file system" in err and "another path" in err


def test_file_in_place_of_the_socket(tmp_path):
    (tmp_path / "full.sock").write_text("mine")
    err = refuse(tmp_path, configuration(tmp_path, free_port()))
    assert "is no socket" in err
    assert (tmp_path / "full.sock").read_text() == "mine"


def test_second_one_on_the_same_socket(tmp_path):
    port = free_port()
    with Daemon(tmp_path, configuration(tmp_path, port)).wait_ready() as first:
        (tmp_path / "second").mkdir()
        err = refuse(tmp_path / "second", configuration(tmp_path, free_port()))
        assert f"{tmp_path}/full.sock" in err
        assert "another roostd answers there" in err and "--instance" in err
        # the first one has not noticed anything
        assert first.process.poll() is None
        assert os.path.exists(tmp_path / "full.sock") and os.path.exists(tmp_path / "ro.sock")
        with Member(0, port) as member:
            member.establish()


def test_socket_that_a_dead_one_left(tmp_path):
    port = free_port()
    with Daemon(tmp_path, configuration(tmp_path, port)).wait_ready() as first:
        children = first.children()
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()
        wait_for(lambda: not any(is_running(pid) for pid in children.values()), 3,
                 "the end of the children")
    assert os.path.exists(tmp_path / "full.sock")
    with Daemon(tmp_path, configuration(tmp_path, port)) as second:
        second.wait_line(" listening ", count=2)
        assert second.stop() < 4


def test_two_instances_side_by_side(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
    text = {name: configuration(tmp_path / name, free_port()) for name in ("a", "b")}
    with Daemon(tmp_path / "a", text["a"], "--instance", "a") as one, \
            Daemon(tmp_path / "b", text["b"], "--instance", "b") as two:
        one.wait_ready()
        two.wait_ready()
        assert "instance=a" in one.log() and "instance=b" in two.log()


@needs_namespaces
def test_root_of_a_user_namespace(tmp_path):
    """As `make demo` runs it: root by name, with one user in the world."""
    with Daemon(tmp_path, configuration(tmp_path, free_port()),
                wrapper=["unshare", "-Ur"]) as daemon:
        daemon.wait_ready()
        if os.geteuid() == 0 or "rights-kept" in daemon.log():
            assert "rights-kept" in daemon.log()
        assert not daemon.lines(" child-died ")
        assert daemon.stop() < 4
    assert daemon.process.returncode == 0
