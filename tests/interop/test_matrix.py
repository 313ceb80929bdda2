"""Features x daemons: every cell is a test that passes, or says why that daemon cannot.

One lab for all: a modern and an old one of each daemon (matrix_members.py), a BIRD that only
watches, and a member played by hand. What a daemon is said not to know is checked as well: a
newer one that learns it fails its cell. `make matrix` runs this file and writes docs/interop.md.
"""
import json
import os
import re
import signal
import struct
import subprocess
import time

import pytest

import lab
import matrix_members
import members
import speaker
from speaker import attribute

# Rows in the order in which they are tested: what disturbs sessions comes last.
FEATURES = {
    "md5": "TCP MD5 (RFC 2385)",
    "gtsm": "TTL security (RFC 5082)",
    "asn32": "AS numbers of 4 octets (RFC 6793)",
    "two-octet": "speakers of 2-octet AS numbers (RFC 6793)",
    "link-local": "IPv6 next hops with link-local address (RFC 2545)",
    "add-path": "several paths to it (RFC 7911)",
    "ipv6-next-hops": "IPv4 with IPv6 next hops (RFC 8950)",
    "extended-messages": "messages of up to 65,535 octets (RFC 8654)",
    "roles": "roles (RFC 9234)",
    "enhanced-refresh": "enhanced route refresh (RFC 7313)",
    "shutdown-text": "a text with the shutdown (RFC 9003)",
    "restart-helped": "its graceful restart, helped by us (RFC 4724)",
    "restart-helping": "our graceful restart, helped by it (RFC 4724)",
}
LONG = "198.18.0.0/24"  # its attributes need more than 4,096 octets
LINKED = "2001:db8:7::/48"

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="network namespaces need root")


class Watcher(members.Bird):
    """A BIRD that has nothing of its own and is never disturbed."""


class Exchange:
    def __init__(self):
        subprocess.run([lab.ROOT / "tests" / "peers.sh"], check=True, timeout=600)
        self.lab = lab.Lab()
        self.lost = None  # by member: what the death of the workers cost it
        self.rs_host = self.lab.add("rs", 1)
        self.modern, self.old = (
            {name: cls(self.lab.add(prefix + name.lower(), first + i), first + i, self.rs_host)
             for i, (name, cls) in enumerate(daemons.items())}
            for prefix, first, daemons in (("", 10, matrix_members.DAEMONS),
                                           ("old", 30, matrix_members.OLD)))
        self.watcher = Watcher(self.lab.add("watcher", 40), 40, self.rs_host)
        hand = self.lab.add("hand", 41)
        self.hand = {f: speaker.Speaker(hand, self.rs_host, 65041, f) for f in (4, 6)}
        everybody = [*self.modern.values(), *self.old.values()]
        clients = [m.client() for m in everybody] + [
            self.watcher.client(), *(s.client(cfg={"extended_messages": True})
                                     for s in self.hand.values())]
        self.rs = lab.RouteServer(self.rs_host, clients, general={
            "graceful_restart": {"restart_time": 60, "stale_time": 60, "deferral_time": 8}})

    def start(self):
        self.rs.start()
        self.watcher.start()
        everybody = [*self.modern.values(), *self.old.values()]
        for member in everybody:
            member.start()
        for member in everybody:
            lab.until(f"{member} answers", member.is_ready)
            member.announce()
        for f in (4, 6):
            self.hand[f].establish(capabilities=capabilities(f))
        self.hand[4].send(speaker.update(
            attribute(0x40, speaker.ORIGIN, b"\0") +
            attribute(0x40, speaker.AS_PATH, speaker.path(65041)) +
            attribute(0x40, speaker.NEXT_HOP, speaker.address(self.hand[4].source)) +
            attribute(0xc0, 250, b"nobody knows me" * 300), speaker.nlri(LONG)))
        both = speaker.address(self.hand[6].source) + speaker.address(self.hand[6].host.link6)
        self.hand[6].send(speaker.update(
            attribute(0x80, speaker.MP_REACH, speaker.mp_reach(both, LINKED)) +
            attribute(0x40, speaker.ORIGIN, b"\0") +
            attribute(0x40, speaker.AS_PATH, speaker.path(65041))))

    def up(self, member):
        """Waits until all of its sessions stand."""
        try:
            lab.until(f"{member} is up",
                      lambda: all(self.rs.peers()[a]["up"] for a in member.addresses()), 40)
        except AssertionError:
            raise AssertionError(f"{[self.rs.peers()[a] for a in member.addresses()]}\n"
                                 f"{member.said()[-2000:]}\n{self.rs.said()[-2000:]}") from None
        return member

    def agreed(self, member, family=4):
        return self.rs.peer(member.address(family))["agreed"]

    def offered(self, member, family=4):
        """The capabilities that it sent, as text."""
        return self.rs.peer(member.address(family))["session"]["capabilities"]

    def name(self, member):
        return next(name for name, m in self.modern.items() if m is member)

    def other(self, member):
        """Another modern member."""
        return self.up(self.modern["FRR" if self.name(member) == "BIRD" else "BIRD"])

    def watched(self, family):
        """AS paths by prefix of what a member has that knows nothing new."""
        return {p: r.as_path for p, r in self.watcher.routes(family).items()}

    def watcher_withdrawals(self):
        """How often it has been told that a route is gone."""
        said = self.watcher.ask("show", "protocols", "all", "rs4")
        return re.search(r"Import withdraws: +(\d+)", said).group(1)


    def lost_by_restart(self):
        """Both workers die, once for all cells: what each missed meanwhile that could stay."""
        if self.lost is not None:
            return self.lost
        members_of = {n: m for n, m in self.modern.items() if m.can("restart-helping")}
        lasting = {m.own[4] for m in self.modern.values()
                   if m.can("restart-helped") and not m.says_end_first}
        for member in members_of.values():
            self.up(member)
            lab.until(f"{member} has them all",
                      lambda m=member: lasting - {m.own[4]} <= m.kept())
        before = self.rs.sessions()
        for name in ("worker-0", "worker-1"):
            os.kill(self.rs.children()[name], signal.SIGKILL)
        lost = {name: set() for name in members_of}

        def are_back():
            for name, member in members_of.items():
                lost[name] |= lasting - {member.own[4]} - member.kept()
            now = self.rs.sessions()
            return all(now.get(a, 0) > before[a] for m in members_of.values()
                       for a in m.addresses())
        lab.until("the sessions are back", are_back, 60)
        time.sleep(1)
        are_back()
        self.lost = lost
        return lost


def capabilities(family):
    return (struct.pack("!BBHBB", 1, 4, speaker.AFI[family], 0, 1) + struct.pack("!BB", 2, 0) +
            struct.pack("!BBI", 65, 4, 65041) + struct.pack("!BB", 6, 0))


@pytest.fixture(scope="module")
def exchange():
    x = Exchange()
    try:
        x.start()
        yield x
        x.rs.assert_sound(deaths=("worker-0", "worker-1"))
    finally:
        x.lab.close()


def sees(member, condition, family=4, **where):
    """Waits until what it has of the route server satisfies a condition."""
    try:
        lab.until("", lambda: condition(member.seen(family, **where)), 30)
    except AssertionError:
        raise AssertionError(f"{type(member).__name__}: {member.seen(family, **where)}") from None


def prefixes(seen):
    return {s.prefix for s in seen}


# --- a function per row; member is the modern one, up ---

def md5(x, member):
    """The kernel drops every segment without the signature: that there is a session is the test."""
    assert "password" in member.client()


def gtsm(x, member):
    """The kernel drops every packet that comes from farther away, on both sides."""
    assert member.client()["cfg"]["gtsm"]


def asn32(x, member):
    assert member.asn > 65535
    lab.until("the watcher has its route with its path",
              lambda: x.watched(4).get(member.own[4]) == str(member.asn))


def two_octet(x, member):
    """What it has is AS_TRANS where the number does not fit, unless it reads AS4_PATH."""
    old = x.up(x.old[x.name(member)])
    assert not x.agreed(old)["as4"]
    lab.until("the watcher has its route", lambda: x.watched(4).get(old.own[4]) == str(old.asn))
    far = x.other(member)
    sees(old, lambda seen: {s.as_path for s in seen if s.prefix == far.own[4]} <=
         {str(far.asn), "23456"} and far.own[4] in prefixes(seen))


def link_local(x, member):
    """It takes the 32 octets that another member sent; its own, if it sends such, are passed on."""
    sees(member, lambda seen: LINKED in prefixes(seen), 6)
    for route in x.rs.routes("from", member.host.addr6):
        if route["prefix"] == member.own[6] and "next_hop_link_local" in route:
            assert route["next_hop_link_local"] == member.host.link6


def add_path(x, member):
    for family, name in ((4, "ipv4"), (6, "ipv6")):
        assert name in x.agreed(member, family)["add_path_send"]
        sees(member, lambda seen: len({s.next_hop for s in seen if s.prefix ==
                                       matrix_members.ANYCAST[family]}) >= 3, family)


def ipv6_next_hops(x, member):
    """What another has announced so arrives so; what it announces so is accepted."""
    far = x.other(member)
    assert x.agreed(member, 6)["ipv6_next_hops"] == ["ipv4"]
    sees(member, lambda seen: (far.over6, far.host.addr6) in
         {(s.prefix, s.next_hop) for s in seen} or (far.over6, far.host.link6) in
         {(s.prefix, s.next_hop) for s in seen}, over6=True)
    if member.announces_over6:
        lab.until("its route is accepted", lambda: member.over6 in {
            r["prefix"] for r in x.rs.routes("from", member.host.addr6) if r["accepted"]})
    assert member.over6 not in x.watched(4), "a member without it was told of such a route"


def extended_messages(x, member):
    assert x.agreed(member)["extended_messages"]
    sees(member, lambda seen: LONG in prefixes(seen))
    assert LONG not in x.watched(4), "a member without it was told of such a route"


def roles(x, member):
    """The server insists on a role, and so does the member where it can."""
    assert "role rs-client" in x.offered(member)


def enhanced_refresh(x, member):
    """Both directions: BoRR and EoRR are counted like the request itself."""
    assert x.agreed(member)["enhanced_refresh"]
    address = member.host.addr4
    if member.can_be_asked:
        heard = x.rs.peer(address)["session"]["in"]["refreshes"]
        assert x.rs.ctl("refresh", address)[0] == 0
        lab.until("it answers between BoRR and EoRR",
                  lambda: x.rs.peer(address)["session"]["in"]["refreshes"] >= heard + 2)
    if member.can_refresh:
        told = x.rs.peer(address)["session"]["out"]["refreshes"]
        member.refresh()
        lab.until("it is answered between BoRR and EoRR",
                  lambda: x.rs.peer(address)["session"]["out"]["refreshes"] >= told + 2)
    lab.until("its routes are there as before", lambda: member.own[4] in x.watched(4))
    x.up(member)


def shutdown_text(x, member):
    """Ours reaches it, its own reaches us, where it has words for one."""
    address, text = member.host.addr4, "back at noon"
    assert x.rs.ctl("shutdown", address, text)[0] == 0
    lab.until("it knows the text", lambda: text in member.heard())
    assert x.rs.ctl("enable", address)[0] == 0
    member.come_back()
    x.up(member)
    if member.can_say:
        member.shut_down("moving the rack")
        lab.until("we know its text", lambda: "moving the rack" in json.dumps(
            x.rs.ask("show", "history", address)))
        member.come_back()
        x.up(member)


def restart_helped(x, member):
    """It dies without a word: its routes stay, marked, and others keep them."""
    assert x.agreed(member)["graceful_restart"]
    lab.until("the watcher has its route", lambda: member.own[4] in x.watched(4))
    before = x.watcher_withdrawals()
    member.kill()
    lab.until("its route is stale", lambda: any(
        r["stale"] for r in x.rs.routes("from", member.host.addr4) if r["prefix"] == member.own[4]))
    assert member.own[4] in x.watched(4)
    member.start()
    lab.until(f"{member} answers", member.is_ready)
    member.announce()
    x.up(member)
    lab.until("its route is fresh", lambda: any(
        not r["stale"] for r in x.rs.routes("from", member.host.addr4)
        if r["prefix"] == member.own[4]))
    lab.until("the watcher has its route", lambda: member.own[4] in x.watched(4))
    if not member.says_end_first:
        assert x.watcher_withdrawals() == before, "the watcher was told of a withdrawal"


def restart_helping(x, member):
    """The worker that has its session dies: it keeps what it had of us until it is told again."""
    assert not x.lost_by_restart()[x.name(member)]


CHECKS = {"md5": md5, "gtsm": gtsm, "asn32": asn32, "two-octet": two_octet,
          "link-local": link_local, "add-path": add_path, "ipv6-next-hops": ipv6_next_hops,
          "extended-messages": extended_messages, "roles": roles,
          "enhanced-refresh": enhanced_refresh, "shutdown-text": shutdown_text,
          "restart-helped": restart_helped, "restart-helping": restart_helping}
# What the OPEN of one that cannot must not have, where an OPEN would say it.
WORDS = {"ipv6-next-hops": "with ipv6 next hop", "extended-messages": "extended message",
         "roles": "role ", "enhanced-refresh": "enhanced route refresh", "add-path": "add-path"}


passed = set()


@pytest.mark.parametrize("daemon", matrix_members.DAEMONS)
@pytest.mark.parametrize("feature", FEATURES)
def test_cell(exchange, feature, daemon):
    member = exchange.up(exchange.modern[daemon])
    if member.can(feature):
        CHECKS[feature](exchange, member)
    elif feature in WORDS and "offers it" not in member.cannot[feature]:
        assert not any(WORDS[feature] in exchange.offered(member, f) for f in (4, 6))
    passed.add((feature, daemon))


def page(cells):
    """docs/interop.md: cells is what has passed."""
    notes, lines = [], []
    for feature, title in FEATURES.items():
        words = []
        for name, daemon in matrix_members.DAEMONS.items():
            why = daemon.cannot.get(feature) or daemon.notes.get(feature)
            word = "no" if feature in daemon.cannot else "yes"
            if (feature, name) not in cells:
                word = "**fails**"
            if why:
                if (name, why) not in notes:
                    notes.append((name, why))
                word += f" ({notes.index((name, why)) + 1})"
            words.append(word)
        lines.append(f"| {title} | {' | '.join(words)} |")
    versions = dict(re.findall(r"^(bird|frr-bgpd|openbgpd|gobgpd|exabgp): .*?(\d[\d.]+)",
                               (lab.PEERS.parent / "versions").read_text(), re.MULTILINE))
    names = [f"{n} {v}" for n, v in zip(matrix_members.DAEMONS, (
        versions[k] for k in ("bird", "frr-bgpd", "openbgpd", "gobgpd", "exabgp")))]
    return "\n".join([
        "# What works with whose router", "",
        "Each *yes* is a test that runs in `make check` with the real daemon of Debian 12 as member, in network",
        "namespaces (`tests/interop/test_matrix.py`). Each *no* says why that daemon cannot. `make matrix` runs",
        "the tests and writes this page.", "",
        f"| | {' | '.join(names)} |", "|---|" + "---|" * len(names), *lines, "",
        *(f"{i}. {why if why.startswith(name) else f'{name}: {why}'}."
          for i, (name, why) in enumerate(notes, 1)), ""])


def test_the_page(exchange):
    """It says what the cells above have shown. ROOST_WRITE_PAGE=1 writes it."""
    path = lab.ROOT / "docs" / "interop.md"
    if os.environ.get("ROOST_WRITE_PAGE"):
        path.write_text(page(passed))
    assert path.read_text() == page(passed)
