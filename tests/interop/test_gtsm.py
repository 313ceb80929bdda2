"""TTL security (RFC 5082) with BIRD: both directions of connecting, both families.

One lab for the file. A BIRD that must connect goes to a listening socket of ours, whose SYN and ACK
it lets through only with TTL 255; one that must be connected to sees what we begin.
"""
import os
import subprocess

import pytest

import lab
import members

RS_AS = lab.RouteServer.asn
SESSIONS = {
    "connects": (4, True, "ttl security on;"),
    "connects6": (6, True, "ttl security on;"),
    "waits": (4, False, "ttl security on; passive on;"),
    "waits6": (6, False, "ttl security on; passive on;"),
    "far": (4, True, ""),
}

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


class Bird:
    def __init__(self, host, number, rs, family, connects, words):
        self.host, self.asn, self.words, self.connects = host, 65000 + number, words, connects
        self.address, self.rs_address = (
            (host.addr4, rs.addr4) if family == 4 else (host.addr6, rs.addr6))
        self.family = family

    def client(self):
        return {"asn": self.asn, "ip": self.address, "filters": "none",
                "cfg": {"gtsm": True, "passive": self.connects}}

    def start(self):
        conf = self.host.dir / "bird.conf"
        conf.write_text(f"""
log stderr all;
router id {self.host.addr4};
protocol device {{}}
protocol bgp session {{
  local {self.address} as {self.asn};
  neighbor {self.rs_address} as {RS_AS};
  {self.words}
  hold time 9; connect retry time 2; error wait time 1, 2; connect delay time 1;
  ipv{self.family} {{ import all; export none; }};
}}
""")
        self.host.start(members.PEERS / "bird", "-f", "-c", conf, "-s", self.host.dir / "bird.ctl",
                        "-P", self.host.dir / "pid")


class Exchange:
    def __init__(self):
        subprocess.run([lab.ROOT / "tests" / "peers.sh"], check=True, timeout=600)
        self.lab = lab.Lab()
        rs = self.lab.add("rs", 1)
        self.birds = {name: Bird(self.lab.add(name, number), number, rs, *session)
                      for number, (name, session) in enumerate(SESSIONS.items(), 50)}
        self.rs = lab.RouteServer(rs, [b.client() for b in self.birds.values()])

    def is_up(self, name):
        return self.rs.peers()[self.birds[name].address]["up"]


@pytest.fixture(scope="module", name="exchange")
def exchange_fixture():
    x = Exchange()
    try:
        x.rs.start()
        for bird in x.birds.values():
            bird.start()
        yield x
        x.rs.end()
    except AssertionError:
        print(x.rs.said()[-4000:])
        raise
    finally:
        x.lab.close()


@pytest.mark.parametrize("name", [n for n in SESSIONS if n != "far"])
def test_both_sides(exchange, name):
    lab.until(f"{name} is up", lambda: exchange.is_up(name))


def test_without_the_other_side_and_by_reload(exchange):
    """BIRD's usual TTL is not heard; once we do not ask for 255 any more, that session comes up."""
    lab.until("the others are up", lambda: all(
        exchange.is_up(n) for n in SESSIONS if n != "far"))
    assert not exchange.is_up("far")
    others = exchange.rs.sessions()
    client = next(c for c in exchange.rs.conf["clients"]
                  if c["ip"] == exchange.birds["far"].address)
    client["cfg"]["gtsm"] = False
    exchange.rs.reload()
    lab.until("it is up", lambda: exchange.is_up("far"))
    assert exchange.rs.sessions(list(others)) == others
    client["cfg"]["gtsm"] = True
    exchange.rs.reload()
    lab.until("it is down again", lambda: not exchange.is_up("far"))
    assert exchange.rs.sessions(list(others)) == others
