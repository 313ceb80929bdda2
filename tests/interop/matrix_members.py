"""The daemons of Debian 12 with everything that they can bring to a session, each in its own words.

Two of each: a `modern` one with a 32-bit ASN and all that it knows, and an `old` one whose AS
numbers have two octets. A daemon's `cannot` says of a feature why it has no cell to pass.
"""
import base64
import collections
import json
import re
import signal

import members
from lab import PEERS, until

RS_AS = members.RS_AS
PASSWORD = "one key for both ends"
ANYCAST = {4: "192.88.99.0/24", 6: "2001:db8:99::/48"}  # announced by all: paths to choose from

Seen = collections.namedtuple("Seen", "prefix next_hop as_path")


class Modern:
    """What all have: two sessions, a route of its own in each, and the anycast prefix."""

    old = False
    password = PASSWORD
    cannot = {}
    announces_over6 = True  # its own IPv4 route with an IPv6 next hop
    can_refresh = True  # has a command that asks for our routes again
    can_be_asked = True  # answers when we ask for its routes
    can_say = True  # has a command that ends a session with a text
    says_end_first = False  # coming back it sends End-of-RIB before its routes
    notes = {}  # what a cell that passes does not have

    def __init__(self, host, number, rs):
        self.host, self.rs, self.number = host, rs, number
        self.asn = 65000 + number if self.old else 4200000000 + number
        self.own = {4: f"198.51.{number}.0/24", 6: f"2001:db8:{number}::/48"}
        self.over6 = f"203.0.{number}.0/24"  # IPv4, announced on the IPv6 session (RFC 8950)
        self.process = None

    def can(self, feature):
        return feature not in self.cannot

    def address(self, family):
        return self.host.addr4 if family == 4 else self.host.addr6

    def rs_address(self, family):
        return self.rs.addr4 if family == 4 else self.rs.addr6

    def addresses(self):
        return [self.host.addr4] if self.old else [self.host.addr4, self.host.addr6]

    def client(self):
        """Its entry in the route server's configuration: all that it can."""
        entry = {"asn": self.asn, "ip": self.addresses(), "filters": "none", "cfg": {}}
        if self.old:
            return entry
        cfg = entry["cfg"]
        if self.can("md5"):
            entry["password"] = self.password
        cfg["gtsm"] = self.can("gtsm")
        cfg["add_path"] = self.can("add-path")
        cfg["extended_messages"] = self.can("extended-messages")
        cfg["rfc8950"] = self.can("ipv6-next-hops")
        cfg["graceful_restart"] = {"enabled": True}
        cfg["filtering"] = {"roles": {"enabled": True, "strict_mode": self.can("roles")}}
        return entry

    write = members.Member.write

    def is_ready(self):
        return True

    def announce(self):
        """What start() does not announce of itself."""

    def come_back(self):
        """Its IPv4 session may be again, at once, whoever has ended it."""

    def kept(self):
        """The IPv4 prefixes in its own table, its session be up or not."""
        return {s.prefix for s in self.seen(4)}

    def kill(self):
        self.host.end(self.process, signal.SIGKILL)

    def said(self):
        return self.host.said()


class Bird(Modern):
    def start(self):
        session = f"""
  hold time 9; connect retry time 1; error wait time 1, 2; connect delay time 1;
  enable extended messages on; graceful restart on; local role rs_client; ttl security on;
  password "{self.password}";"""
        old = "hold time 9; connect retry time 1; error wait time 1, 2; connect delay time 1; enable as4 off;"
        channel = "import all; add paths rx;"
        blocks = [f"""
protocol static own4 {{ ipv4; route {self.own[4]} blackhole; route {ANYCAST[4]} blackhole; }}
protocol bgp rs4 {{
  local {self.host.addr4} as {self.asn}; neighbor {self.rs.addr4} as {RS_AS};
  {old if self.old else session}
  ipv4 {{ {"import all;" if self.old else channel} export where proto = "own4"; }};
}}"""]
        if not self.old:
            blocks.append(f"""
protocol static own6 {{ ipv6; route {self.own[6]} blackhole; route {ANYCAST[6]} blackhole; }}
ipv4 table over6;
protocol static own46 {{ ipv4 {{ table over6; }}; route {self.over6} blackhole; }}
protocol bgp rs6 {{
  local {self.host.addr6} as {self.asn}; neighbor {self.rs.addr6} as {RS_AS};
  {session}
  ipv6 {{ {channel} export where proto = "own6"; }};
  ipv4 {{ table over6; {channel} export where proto = "own46"; extended next hop on; }};
}}""")
        conf = self.write("bird.conf", f"""
log stderr all;
router id {self.host.addr4};
protocol device {{}}
""" + "\n".join(blocks))
        # -R: what it had before it died may still be in the kernel; it says so in its OPEN.
        self.process = self.host.start(PEERS / "bird", "-f", "-R", "-c", conf, "-s",
                                       self.host.dir / "bird.ctl", "-P", self.host.dir / "bird.pid")

    ask = members.Bird.ask

    def seen(self, family, over6=False):
        session = "rs6" if over6 or family == 6 else "rs4"
        table = "over6" if over6 else f"master{family}"
        said = self.ask("show", "route", "all", "table", table, "protocol", session)
        found, prefix = [], None
        for line in said.splitlines():
            head = re.match(r"(\S+/\d+|)\s+unicast ", line)
            if head:
                prefix = head.group(1) or prefix
                found.append(dict(prefix=prefix, next_hop=None, as_path=""))
            for key, name in (("BGP.as_path", "as_path"), ("BGP.next_hop", "next_hop")):
                if key in line:
                    value = line.split(":", 1)[1].strip()
                    found[-1][name] = value.split()[0] if name == "next_hop" else value
        return [Seen(**f) for f in found]

    def refresh(self):
        self.ask("reload", "in", "rs4")

    def shut_down(self, text):
        self.ask("disable", "rs4", f'"{text}"')

    def come_back(self):
        self.ask("enable", "rs4")

    def heard(self):
        """What it knows of why its sessions ended."""
        return self.ask("show", "protocols", "all", "rs4") + self.said()


class OldBird(Bird):
    old = True


class Frr(Modern):
    says_end_first = True
    notes = {"restart-helped": "it sends End-of-RIB before its routes: they are gone for a moment"}

    def start(self):
        lines = [f"router bgp {self.asn}", f" bgp router-id {self.host.addr4}",
                 " no bgp ebgp-requires-policy", " no bgp enforce-first-as",
                 " no bgp default ipv4-unicast", " no bgp network import-check"]
        if not self.old:
            lines += [" bgp graceful-restart", " bgp graceful-restart preserve-fw-state"]
        for f in (4,) if self.old else (4, 6):
            rs = self.rs_address(f)
            lines += [f" neighbor {rs} remote-as {RS_AS}", f" neighbor {rs} timers 3 9",
                      f" neighbor {rs} timers connect 1"]
            words = ["dont-capability-negotiate"] if self.old else [
                f"password {self.password.replace(' ', '-')}", "ttl-security hops 1",
                "local-role rs-client", "capability extended-nexthop"]
            lines += [f" neighbor {rs} {w}" for w in words]
        for f in (4,) if self.old else (4, 6):
            lines += [f" address-family ipv{f} unicast",
                      f"  neighbor {self.rs_address(f)} activate",
                      f"  neighbor {self.rs_address(f)} route-map OUT{f} out",
                      f"  network {self.own[f]} route-map OWN{f}",
                      f"  network {ANYCAST[f]} route-map OWN{f}"]
            if f == 4 and not self.old:
                lines += [f"  neighbor {self.rs_address(6)} activate",
                          f"  neighbor {self.rs_address(6)} route-map OUT46 out",
                          f"  network {self.over6} route-map OWN46"]
            lines.append(" exit-address-family")
        for name, tag in (("4", 4), ("6", 6), ("46", 46)):
            lines += [f"route-map OUT{name} permit 10", f" match tag {tag}", "exit",
                      f"route-map OWN{name} permit 10", f" set tag {tag}", "exit"]
        self.run(lines)

    run = members.Frr.run
    ask = members.Frr.ask

    def client(self):
        entry = super().client()
        if "password" in entry:
            entry["password"] = self.password.replace(" ", "-")  # it reads one word
        return entry

    def seen(self, family, over6=False):
        try:
            table = json.loads(self.ask(f"show bgp ipv{family} unicast json detail"))["routes"]
        except (ValueError, KeyError):
            return []
        found = []
        for prefix, paths in table.items():
            for path in paths if isinstance(paths, list) else paths["paths"]:
                peer = path.get("peer", {}).get("peerId")
                if peer != self.rs_address(6 if over6 else family):
                    continue
                hops = [h["ip"] for h in path["nexthops"] if h.get("scope", "global") == "global"]
                found.append(Seen(prefix, hops[0] if hops else None, path["aspath"]["string"]))
        return found

    def configure(self, words):
        self.ask("configure terminal", f"router bgp {self.asn}", words)

    def refresh(self):
        self.ask(f"clear bgp ipv4 unicast {self.rs.addr4} soft in")

    def shut_down(self, text):
        self.configure(f"neighbor {self.rs.addr4} shutdown message {text}")

    def come_back(self):
        self.configure(f"no neighbor {self.rs.addr4} shutdown")

    def heard(self):
        return self.ask(f"show bgp neighbors {self.rs.addr4} json") + self.said()


class OldFrr(Frr):
    old = True


class OpenBgpd(Modern):
    can_be_asked = False
    notes = {"enhanced-refresh": "it asks; asked, it says that the family was not negotiated"}
    cannot = {
        "md5": "OpenBGPD needs PF_KEY for it, which its Linux version does not have",
        "ipv6-next-hops": "OpenBGPD 7.7 does not know RFC 8950",
        "extended-messages": "OpenBGPD 7.7 does not know RFC 8654",
        "restart-helped": "OpenBGPD 7.7 lists no family in its capability: it only helps others",
    }

    def start(self):
        text = [f"AS {self.asn}", f"router-id {self.host.addr4}", "fib-update no",
                f'socket "{self.host.dir}/bgpd.sock"', "holdtime 9"]
        families = (4,) if self.old else (4, 6)
        for f in families:
            text += [f"listen on {self.address(f)}", f"network {self.own[f]}",
                     f"network {ANYCAST[f]}"]
        for f in families:
            words = "announce as-4byte no" if self.old else """ttl-security yes
  announce add-path recv yes
  announce enhanced refresh yes
  announce restart yes
  announce policy rs-client"""
            text.append(f"""neighbor {self.rs_address(f)} {{
  remote-as {RS_AS}
  local-address {self.address(f)}
  enforce neighbor-as no
  announce IPv{f} unicast
  {words}
}}""")
        text += ["allow from any", "allow to any"]
        conf = self.write("bgpd.conf", "\n".join(text) + "\n", 0o600)
        self.process = self.host.start(PEERS / "openbgpd", "-d", "-f", conf)

    ask = members.OpenBgpd.ask

    is_ready = members.OpenBgpd.is_ready

    def seen(self, family, over6=False):
        said = self.ask("-j", "show", "rib", "detail", "in", "neighbor", self.rs_address(family))
        try:
            table = json.loads(said)["rib"]
        except (ValueError, KeyError):
            return []
        return [Seen(r["prefix"], r["exit_nexthop"], r["aspath"]) for r in table]

    def refresh(self):
        self.ask("neighbor", self.rs.addr4, "refresh")

    def shut_down(self, text):
        self.ask("neighbor", self.rs.addr4, "down", text)

    def come_back(self):
        self.ask("neighbor", self.rs.addr4, "up")

    def heard(self):
        return self.ask("show", "neighbor", self.rs.addr4) + self.said()


class OldOpenBgpd(OpenBgpd):
    old = True


class GoBgp(Modern):
    cannot = {
        "extended-messages": "GoBGP 3.10 does not know RFC 8654",
        "enhanced-refresh": "GoBGP 3.10 does not know RFC 7313",
        "roles": "GoBGP 3.10 does not know RFC 9234",
        "two-octet": "GoBGP 3.10 always has AS numbers of four octets",
    }
    announces_over6 = False
    can_say = False
    notes = {
        "ipv6-next-hops": "towards it; it would announce such a route on its IPv4 session, too",
        "shutdown-text": "ours; its own `shutdown` sends none",
    }

    def start(self):
        text = f'[global.config]\n  as = {self.asn}\n  router-id = "{self.host.addr4}"\n'
        for f in (4, 6):
            families = [4, 6] if f == 6 else [4]
            text += f"""
[[neighbors]]
  [neighbors.config]
    neighbor-address = "{self.rs_address(f)}"
    peer-as = {RS_AS}
    auth-password = "{self.password}"
  [neighbors.timers.config]
    connect-retry = 1
    hold-time = 9
    keepalive-interval = 3
    idle-hold-time-after-reset = 1
  [neighbors.transport.config]
    local-address = "{self.address(f)}"
  [neighbors.ttl-security.config]
    enabled = true
    ttl-min = 255
  [neighbors.graceful-restart.config]
    enabled = true
    restart-time = 60
    notification-enabled = true
"""
            for g in families:
                text += f"""
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv{g}-unicast"
    [neighbors.afi-safis.mp-graceful-restart.config]
      enabled = true
    [neighbors.afi-safis.add-paths.config]
      receive = true
"""
        conf = self.write("gobgpd.toml", text)
        # -r: it says in its OPEN that it comes back.
        self.process = self.host.start(PEERS / "gobgpd", "-r", "-f", conf, "--api-hosts",
                                       "127.0.0.1:50051")

    ask = members.GoBgp.ask

    is_ready = members.GoBgp.is_ready

    def announce(self):
        for f in (4, 6):
            for prefix in (self.own[f], ANYCAST[f]):
                self.ask("global", "rib", "add", prefix, "-a", f"ipv{f}", "nexthop",
                         self.address(f), "origin", "igp")

    def seen(self, family, over6=False):
        said = self.ask("-j", "neighbor", self.rs_address(6 if over6 else family), "adj-in", "-a",
                        f"ipv{family}")
        try:
            table = json.loads(said)
        except ValueError:
            return []
        if not isinstance(table, (dict, list)) or "error" in table:
            return []
        paths = table.values() if isinstance(table, dict) else table
        found = []
        for path in (p for ps in paths for p in (ps if isinstance(ps, list) else [ps])):
            attributes = {a["type"]: a for a in path["attrs"]}
            asns = [str(n) for part in attributes[2]["as_paths"] for n in part["asns"]]
            hop = attributes.get(3, {}).get("nexthop") or attributes.get(14, {}).get("nexthop")
            found.append(Seen(path["nlri"]["prefix"], hop, " ".join(asns)))
        return found

    def refresh(self):
        self.ask("neighbor", self.rs.addr4, "softresetin")

    def kept(self):
        try:
            return set(json.loads(self.ask("-j", "global", "rib", "-a", "ipv4")))
        except ValueError:
            return set()

    def heard(self):
        """Its log has the octets of a NOTIFICATION in base64."""
        octets = re.findall(r'"Data":"([\w+/=]+)"', self.said())
        return "".join(base64.b64decode(o).decode("latin-1") for o in octets)


class ExaBgp(Modern):
    cannot = {
        "enhanced-refresh": "ExaBGP 4.2 offers it, answers no request and has no command for one",
        "shutdown-text": "ExaBGP 4.2 tells nobody of the text and has no command that sends one",
        "roles": "ExaBGP 4.2 does not know RFC 9234",
        "restart-helping": "ExaBGP has no table in which it could keep routes",
    }
    can_refresh = False

    def start(self):
        self.write("dump.py", members.EXA_DUMP)
        (self.host.dir / "updates").unlink(missing_ok=True)
        text = f"""
process dump {{ run /usr/bin/python3 {self.host.dir}/dump.py {self.host.dir}/updates; encoder json; }}
"""
        for f in (4,) if self.old else (4, 6):
            routes = [f"route {p} next-hop {self.address(f)}" for p in (self.own[f], ANYCAST[f])]
            if f == 6:
                routes.append(f"route {self.over6} next-hop {self.host.addr6}")
            session = f"""
  md5-password "{self.password}"; outgoing-ttl 255; incoming-ttl 255;
  capability {{
    asn4 enable; extended-message enable; graceful-restart 60; route-refresh enable;
    add-path receive; nexthop enable;
  }}
  add-path {{ ipv{f} unicast; {"ipv4 unicast;" if f == 6 else ""} }}
  {"nexthop { ipv4 unicast ipv6; }" if f == 6 else ""}"""
            text += f"""
neighbor {self.rs_address(f)} {{
  router-id {self.host.addr4}; local-address {self.address(f)};
  local-as {self.asn}; peer-as {RS_AS}; hold-time 9; adj-rib-out true;
  {"capability { asn4 disable; }" if self.old else session}
  family {{ ipv{f} unicast; {"ipv4 unicast;" if f == 6 else ""} }}
  api dump{f} {{ processes [ dump ]; receive {{ parsed; update; notification; }} }}
  static {{ {"; ".join(routes)}; }}
}}
"""
        conf = self.write("exabgp.conf", text)
        self.process = self.host.start(PEERS / "exabgp", conf, env={
            "exabgp_daemon_user": "root", "exabgp_api_cli": "false", "exabgp_log_level": "ERR",
            "exabgp_tcp_delay": "0"})

    messages = members.ExaBgp.messages

    def seen(self, family, over6=False):
        found = {}
        for message in self.messages(6 if over6 else family):
            update = message["neighbor"].get("message", {}).get("update", {})
            if not isinstance(update, dict):
                continue
            for entries in update.get("withdraw", {}).values():
                for entry in entries:
                    found.pop((entry["nlri"], entry.get("path-information")), None)
            attribute = update.get("attribute", {})
            for hops in update.get("announce", {}).values():
                for hop, entries in hops.items():
                    for entry in entries if isinstance(entries, list) else []:
                        asns = " ".join(map(str, attribute.get("as-path", [])))
                        found[entry["nlri"], entry.get("path-information")] = Seen(
                            entry["nlri"], hop, asns)
        return [s for s in found.values() if (":" in s.prefix) == (family == 6)]

class OldExaBgp(ExaBgp):
    old = True


DAEMONS = {"BIRD": Bird, "FRR": Frr, "OpenBGPD": OpenBgpd, "GoBGP": GoBgp, "ExaBGP": ExaBgp}
OLD = {"BIRD": OldBird, "FRR": OldFrr, "OpenBGPD": OldOpenBgpd, "ExaBGP": OldExaBgp}
