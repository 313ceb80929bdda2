"""Two route servers on one host, told apart by --instance alone."""
import os
import pathlib
import subprocess

import pytest

import lab
import speaker

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")

SECOND = "192.0.2.2"


class Instances:
    """Both use the standard paths of their sockets, below a /run of their own."""

    def __init__(self):
        self.lab = lab.Lab()
        self.host = self.lab.add("rs", 1)
        self.host.ns("ip", "addr", "add", f"{SECOND}/24", "dev", "lan0")
        self.holder = self.host.start("unshare", "--mount", "sh", "-ec",
                                      "mount -t tmpfs none /run; echo ready; exec sleep 600")
        lab.until("there is a /run", lambda: "ready" in self.host.said())
        member = self.lab.add("member", 10)
        self.speaker = speaker.Speaker(member, self.host, 65010)
        self.servers = {name: self.server(name, address, asn) for name, address, asn in (
            ("red", self.host.addr4, 64500), ("blue", SECOND, 64501))}

    def inside(self, *words):
        return ["nsenter", "--mount", "--target", self.holder.pid, *words]

    def server(self, name, address, asn):
        rs = lab.RouteServer(
            self.host, [self.speaker.client()], instance=name,
            general={"rs_as": asn, "router_id": address},
            daemon={"listen": [address], "socket": None, "restricted_socket": None})
        rs.socket = pathlib.Path(f"/proc/{self.holder.pid}/root/run/roost/{name}.sock")
        return rs

    def ctl(self, *words):
        done = subprocess.run(
            [str(w) for w in self.inside(*lab.FIXED, self.lab.bin / "roostctl", *words)],
            capture_output=True, text=True, timeout=20, check=False)
        return done.returncode, done.stdout, done.stderr


@pytest.fixture(name="both")
def both_fixture():
    x = Instances()
    try:
        for rs in x.servers.values():
            rs.start(wrapper=x.inside())
        yield x
    finally:
        x.lab.close()


def test_two_instances_on_one_host(both):
    for name, asn in (("red", "64500"), ("blue", "64501")):
        status, said, _ = both.ctl("-i", name, "show", "summary")
        assert status == 0 and asn in said and name in said
    status, _, error = both.ctl("-i", "green", "show", "summary")
    assert status == 1 and "/run/roost/green.sock" in error
    with both.speaker.establish() as hand:
        both.ctl("-i", "blue", "clear", hand.source)
        assert hand.is_well() and both.servers["red"].peers()[hand.source]["up"]
        assert not both.servers["blue"].peers()[hand.source]["up"]
    # A second one of the same name is told so, and disturbs nothing.
    red = both.servers["red"]
    again = subprocess.run([str(w) for w in both.inside(
        *lab.FIXED, both.lab.bin / "roostd", "-c", red.config, "--instance", "red")],
        capture_output=True, text=True, timeout=20, check=False)
    assert again.returncode == 1 and "red.sock" in again.stderr
    assert both.ctl("-i", "red", "show", "summary")[0] == 0
    # The end of one is not the end of the other.
    red.end()
    assert both.ctl("-i", "red", "show", "summary")[0] == 1
    assert both.ctl("-i", "blue", "show", "summary")[0] == 0
    both.servers["blue"].end()
    assert os.listdir(f"/proc/{both.holder.pid}/root/run/roost") == []
