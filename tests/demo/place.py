"""Where the demo runs: the first of these that this machine allows.

    root's namespace     unshare -n; roostd as the user who called sudo, or as nobody
    a user's namespace   unshare -Urn; roostd in a further user namespace, where it has no rights
    loopback             192.0.2.N is 127.0.2.N; IPv6 has no second loopback address, its members
                         stay away
"""
import os
import pwd
import socket
import subprocess

import players

END_WITH_US = ["setpriv", "--pdeathsig", "TERM"]
LOOPBACK_PORT = 1179


def works(*command):
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return False
    return done.returncode == 0


def ordinary_user():
    """Ids of whom root's demo is for."""
    if "SUDO_UID" in os.environ and os.environ["SUDO_UID"] != "0":
        return int(os.environ["SUDO_UID"]), int(os.environ["SUDO_GID"])
    nobody = pwd.getpwnam("nobody")
    return nobody.pw_uid, nobody.pw_gid


class Place:
    """Common to all: as whom the route server runs, and in what. Members run as we do."""

    def __init__(self):
        self.port = LOOPBACK_PORT
        self.server_user = "with your rights"

    def enter(self, command):
        return command

    def map_sessions(self, sessions):
        return sessions

    def take_addresses(self, addresses):
        pass

    def close(self):
        pass

    def member_command(self, command):
        return self.enter([*END_WITH_US, *command])

    def server_command(self, command, folder):
        """The command without rights; the folder becomes the server's own."""
        if os.geteuid() != 0:
            return self.enter([*END_WITH_US, *command])
        uid, gid = ordinary_user()
        lower = ["setpriv", f"--reuid={uid}", f"--regid={gid}", "--clear-groups",
                 "--inh-caps=-all"]
        os.chown(folder, uid, gid)
        if works(*lower, "test", "-x", command[0], "-a", "-w", folder):
            self.server_user = f"as user {uid}"
            return self.enter([*lower, "--pdeathsig", "TERM", *command])
        os.chown(folder, 0, 0)
        self.server_user = "as root (others may not enter this folder), its children as nobody"
        return self.enter([*END_WITH_US, *command])


class NetworkNamespace(Place):
    """Of root, or of a user in a user namespace."""

    def __init__(self):
        super().__init__()
        self.space = players.Namespace()
        low_ports = "echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start"
        if works(*self.space.enter(["sh", "-c", low_ports])):
            self.port = 179
        self.title = "a network namespace of its own; nothing of this host is changed"

    def enter(self, command):
        return self.space.enter(command)

    def server_command(self, command, folder):
        if os.geteuid() == 0:
            return super().server_command(command, folder)
        ids = [f"--map-user={os.getuid()}", f"--map-group={os.getgid()}"]
        self.server_user = f"as user {os.getuid()}"
        return self.enter(["unshare", "-U", *ids, *END_WITH_US, *command])

    def take_addresses(self, addresses):
        lines = "".join(f"addr add {a} dev lo\n" for a in addresses)
        subprocess.run(self.enter(["ip", "-batch", "-"]), input=lines, text=True, check=True)

    def close(self):
        self.space.close()


class Loopback(Place):
    def __init__(self):
        super().__init__()
        self.port = self.free_port()
        self.title = "loopback: 192.0.2.N is 127.0.2.N; IPv6 members stay away"

    @staticmethod
    def free_port():
        for port in (LOOPBACK_PORT, 0):
            with socket.socket() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    s.bind(("127.0.2.1", port))
                except OSError:
                    continue
                return s.getsockname()[1]
        raise OSError("no free port on 127.0.2.1")

    def map_sessions(self, sessions):
        mapped = [s for s in sessions if s.family == 4]
        for s in mapped:
            s.local = "127" + s.local[s.local.index("."):]
            s.peer = "127" + s.peer[s.peer.index("."):]
        return mapped


def find_place():
    flags = "-n" if os.geteuid() == 0 else "-Urn"
    if works("unshare", flags, "ip", "link", "set", "lo", "up"):
        return NetworkNamespace()
    return Loopback()
