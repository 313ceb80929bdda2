"""The five daemons as members of the lab: each announces and tells what it has received.

A member's routes() gives {prefix: Route}; a daemon that cannot tell an attribute leaves it None.
What each announces, in both families: a route of its own with MED, standard and large communities,
a second one that withdraw() takes back, and what `Member.extra` says, each in its daemon's own
configuration language.
"""
import collections
import itertools
import json
import os
import re
import signal

from lab import PEERS, until

RS_AS = 64500
Route = collections.namedtuple("Route", "as_path next_hop med communities large ext",
                               defaults=(frozenset(),))
# A further route of a member: prepend = how often its ASN stands before the usual once, origin =
# an ASN behind it (not OpenBGPD). Extended communities are "rt:A:B" or "ro:A:B", and where they are
# read also 16 hexadecimal digits.
Extra = collections.namedtuple("Extra", "prefix std large ext prepend origin",
                               defaults=((), (), (), 0, None))
PASSWORD = "correct-horse-battery"
WELL_KNOWN = {"noexport": "65535:65281", "noadvertise": "65535:65282",
              "blackhole": "65535:666", "gracefulshutdown": "65535:0"}


def plain(community):
    """A standard community in numbers, whatever a daemon calls it."""
    return WELL_KNOWN.get(re.sub("[-_]", "", community.lower()), community)


def ext_text(octets):
    """An extended community's text: route target and origin (RFC 4360, RFC 5668), else digits."""
    kind, subtype = octets[:2]
    if kind not in (0, 2) or subtype not in (2, 3):
        return octets.hex()
    at = 4 if kind == 0 else 6
    numbers = int.from_bytes(octets[2:at], "big"), int.from_bytes(octets[at:], "big")
    return f"{'rt' if subtype == 2 else 'ro'}:{numbers[0]}:{numbers[1]}"


class Member:
    password = None
    server_connects = False  # the server does not only wait for its connection
    hold_s = 9
    sends_link_local = False  # next hop of 32 octets (RFC 2545 section 3)
    shows_link_local = False  # shows only the second half of such a next hop
    session_words = ()  # more that its configuration says of each session, in its own words

    def __init__(self, host, number, rs):
        self.host = host
        self.rs = rs
        self.asn = 65000 + number
        self.main = {4: f"198.51.{100 + number}.0/24", 6: f"2001:db8:{number}::/48"}
        self.second = {4: f"203.0.{100 + number}.0/24", 6: f"2001:db8:1{number:02}::/48"}
        self.extra = []
        self.process = None

    @property
    def communities(self):
        return {f"{self.asn % 65536}:1", f"{self.asn % 65536}:77"}

    @property
    def large(self):
        return {f"{self.asn}:1:2"}

    def address(self, family):
        return self.host.addr4 if family == 4 else self.host.addr6

    def rs_address(self, family):
        return self.rs.addr4 if family == 4 else self.rs.addr6

    def client(self):
        """This member's entry in the route server's configuration."""
        entry = {"asn": self.asn, "ip": [self.host.addr4, self.host.addr6],
                 "description": type(self).__name__, "filters": "none"}
        if self.password:
            entry["password"] = self.password
        if self.server_connects:
            entry["cfg"] = {"passive": False}
        return entry

    def wants(self, family, second=True, receiver=None):
        """What others must have of this member, or what a receiver shows that has just that."""
        hop = self.address(family)
        if family == 6 and self.sends_link_local and getattr(receiver, "shows_link_local", False):
            hop = self.host.link6
        route = Route(str(self.asn), hop, 50, self.communities, self.large)
        routes = {self.main[family]: route}
        if second:
            routes[self.second[family]] = route
        return routes

    def behind(self, extra):
        """The AS path of a further route behind the member's own ASN."""
        return [self.asn] * extra.prepend + ([extra.origin] if extra.origin else [])

    def extras(self, family):
        return [e for e in self.extra if (":" in e.prefix) == (family == 6)]

    def is_ready(self):
        return True

    def announce_first(self):
        """What start() does not announce of itself."""

    def end_idle_hold(self):
        """Connects again at once if it would wait."""

    def said(self):
        return self.host.said()

    def kill(self):
        self.host.end(self.process, signal.SIGKILL)

    def stop(self):
        self.host.end(self.process)

    def write(self, name, text, mode=0o644):
        path = self.host.dir / name
        path.write_text(text)
        path.chmod(mode)
        return path


class Bird(Member):
    password = PASSWORD
    sends_link_local = True
    channel_words = ""  # more that its configuration says of a family

    def start(self):
        blocks = []
        for f in (4, 6):
            for kind, prefix in (("main", self.main[f]), ("second", self.second[f])):
                blocks.append(f"""
protocol static {kind}{f} {{
  ipv{f};
  {self.line(Extra(prefix, sorted(self.communities), sorted(self.large)))}
}}""")
            extras = "\n  ".join(self.line(e) for e in self.extras(f))
            blocks.append(f"protocol static extra{f} {{\n  ipv{f};\n  {extras}\n}}")
            blocks.append(f"""
protocol bgp rs{f} {{
  local {self.address(f)} as {self.asn};
  neighbor {self.rs_address(f)} as {RS_AS};
  {f'password "{self.password}";' if self.password else ""}
  hold time {self.hold_s}; connect retry time 2; error wait time 1, 2; connect delay time 1;
  ipv{f} {{ import all; export filter OUT; {self.channel_words} }};
}}""")
        # BIRD announces a MED to an external neighbour only where the export filter sets it.
        conf = self.write("bird.conf", f"""
log stderr all;
router id {self.host.addr4};
protocol device {{}}
filter OUT {{ if source = RTS_STATIC then {{ bgp_med = 50; accept; }} reject; }}
""" + "\n".join(blocks))
        self.process = self.host.start(PEERS / "bird", "-f", "-c", conf, "-s",
                                       self.host.dir / "bird.ctl", "-P", self.host.dir / "bird.pid")

    def line(self, route):
        """A static route with its attributes."""
        values = [f"bgp_community.add(({c.replace(':', ',')}));" for c in route.std]
        values += [f"bgp_large_community.add(({c.replace(':', ',')}));" for c in route.large]
        values += [f"bgp_ext_community.add(({c.replace(':', ',')}));" for c in route.ext]
        values += [f"bgp_path.prepend({n});" for n in reversed(self.behind(route))]
        return f"route {route.prefix} blackhole {{ {' '.join(values)} }};"

    def ask(self, *words):
        return self.host.ns(PEERS / "birdc", "-s", self.host.dir / "bird.ctl", *words, check=False)

    def restart_session(self, family):
        self.ask("restart", f"rs{family}")

    def refresh(self, family):
        self.ask("reload", "in", f"rs{family}")

    def withdraw(self, family):
        self.ask("disable", f"second{family}")

    def announce(self, family):
        self.ask("enable", f"second{family}")

    def routes(self, family):
        return dict(self.paths(family))

    def paths(self, family):
        """All of them as (prefix, Route), several of a prefix with ADD-PATH."""
        said = self.ask("show", "route", "all", "protocol", f"rs{family}")
        paths, prefix, route = [], None, {}
        for line in said.splitlines():
            head = re.match(r"(\S+/\d+|)\s+unicast ", line)
            if head:
                prefix = head.group(1) or prefix
                route = dict(communities=set(), large=set(), ext=set(), med=None, as_path="",
                             next_hop=None)
                paths.append((prefix, route))
            value = line.split(":", 1)[1].strip() if ":" in line else ""
            if "BGP.as_path" in line:
                route["as_path"] = value
            elif "BGP.next_hop" in line:
                route["next_hop"] = value.split()[0]
            elif "BGP.med" in line:
                route["med"] = int(value)
            elif "BGP.community" in line:
                route["communities"] = {c.replace(",", ":") for c in
                                        re.findall(r"\((\d+,\d+)\)", value)}
            elif "BGP.ext_community" in line:
                route["ext"] = set(map(self.ext, re.findall(r"\(([^)]+)\)", value)))
            elif "BGP.large_community" in line:
                route["large"] = {re.sub(r",\s*", ":", c) for c in
                                  re.findall(r"\((\d+,\s*\d+,\s*\d+)\)", value)}
        return [(p, Route(**r)) for p, r in paths]

    @staticmethod
    def ext(text):
        kind, *numbers = text.replace(" ", "").split(",")
        if kind != "generic":
            return ":".join([kind, *numbers])
        return "".join(f"{int(n, 16):08x}" for n in numbers)


class Frr(Member):
    """Waits for the server to connect."""

    sends_link_local = True
    server_connects = True

    def start(self):
        maps = self.route_maps()
        lines = [line for extra, name in maps.items() for line in self.route_map(name, extra)]
        lines += [f"router bgp {self.asn}", f" bgp router-id {self.host.addr4}",
                 " no bgp ebgp-requires-policy", " no bgp enforce-first-as",
                 " no bgp default ipv4-unicast", " no bgp network import-check"]
        for f in (4, 6):
            rs = self.rs_address(f)
            lines += [f" neighbor {rs} remote-as {RS_AS}", f" neighbor {rs} timers 3 {self.hold_s}",
                      f" neighbor {rs} passive"]
            lines += [f" neighbor {rs} {words}" for words in self.session_words]
        for f in (4, 6):
            lines += [f" address-family ipv{f} unicast",
                      f"  neighbor {self.rs_address(f)} activate",
                      f"  neighbor {self.rs_address(f)} route-map OUT out",
                      f"  network {self.main[f]} route-map OWN",
                      f"  network {self.second[f]} route-map OWN",
                      *(f"  network {e.prefix} route-map {maps[e._replace(prefix='')]}"
                        for e in self.extras(f)),
                      " exit-address-family"]
        # It would send back what it is sent; what is its own bears the tag.
        lines += ["route-map OUT permit 10", " match tag 7"]
        self.run(lines)

    def run(self, lines):
        """bgpd with this configuration, and zebra if it does not run yet."""
        self.write("vtysh.conf", "")
        conf = self.write("bgpd.conf", "\n".join(lines) + "\n")
        # Without zebra bgpd knows no interface and refuses every link-local next hop. It wants to
        # be in a group frrvty, which exists in a mount namespace alone.
        with open("/etc/group", encoding="utf-8") as groups:
            self.write("group", groups.read() + "frrvty:x:64998:root\n")
        if not (self.host.dir / "zserv").exists():
            self.host.start(
                "unshare", "--mount", "sh", "-ec", 'mount --bind "$0" /etc/group; exec "$@"',
                self.host.dir / "group", PEERS / "frr-zebra", "-u", "root", "-g", "root",
                "-f", self.write("zebra.conf", ""), "-i", self.host.dir / "zebra.pid",
                "--vty_socket", self.host.dir, "-z", self.host.dir / "zserv")
            until("zebra answers", (self.host.dir / "zserv").exists)
        self.process = self.host.start(PEERS / "frr-bgpd", "-S", "-n", "-f", conf, "-i",
                                       self.host.dir / "bgpd.pid", "--vty_socket", self.host.dir,
                                       "-z", self.host.dir / "zserv", "-P", "0")

    def route_maps(self):
        """Attributes and the name of their map. bgpd reads many maps in cubic time."""
        maps = {Extra("", tuple(sorted(self.communities)), tuple(sorted(self.large))): "OWN"}
        for n, extra in enumerate(self.extra):
            maps.setdefault(extra._replace(prefix=""), f"EXTRA{n}")
        return maps

    def route_map(self, name, extra):
        yield f"route-map {name} permit 10"
        yield " set metric 50"
        yield " set tag 7"
        for kind, values in (("community", extra.std), ("large-community", extra.large)):
            if values:
                yield f" set {kind} {' '.join(values)}"
        for word, subtype in (("rt", "rt"), ("soo", "ro")):
            values = [c.split(":", 1)[1] for c in extra.ext if c.startswith(subtype)]
            if values:
                yield f" set extcommunity {word} {' '.join(values)}"
        if self.behind(extra):
            yield f" set as-path prepend {' '.join(map(str, self.behind(extra)))}"
        yield "exit"

    def ask(self, *commands):
        words = [w for c in commands for w in ("-c", c)]
        return self.host.ns(PEERS / "vtysh", "--vty_socket", self.host.dir, *words, check=False)

    def restart_session(self, family):
        self.ask(f"clear bgp ipv{family} unicast {self.rs_address(family)}")

    def refresh(self, family):
        self.ask(f"clear bgp ipv{family} unicast {self.rs_address(family)} soft in")

    def change(self, family, words):
        self.ask("configure terminal", f"router bgp {self.asn}",
                 f"address-family ipv{family} unicast", words)

    def withdraw(self, family):
        self.change(family, f"no network {self.second[family]}")

    def announce(self, family):
        self.change(family, f"network {self.second[family]} route-map OWN")

    def routes(self, family):
        said = self.ask(f"show bgp ipv{family} unicast json detail")
        try:
            table = json.loads(said)["routes"]
        except (ValueError, KeyError):
            return {}
        found = {}
        for prefix, paths in table.items():
            paths = paths if isinstance(paths, list) else paths["paths"]
            for path in paths:
                if path.get("sourced") or path.get("peer", {}).get("peerId") in ("0.0.0.0", None):
                    continue
                hops = [h["ip"] for h in path["nexthops"] if h.get("scope", "global") == "global"]
                found[prefix] = Route(
                    path["aspath"]["string"], hops[0] if hops else None, path.get("metric"),
                    set(map(plain, path.get("community", {}).get("list", []))),
                    set(path.get("largeCommunity", {}).get("list", [])),
                    {c.lower().replace("soo:", "ro:") for c in
                     path.get("extendedCommunity", {}).get("string", "").split()})
        return found


class OpenBgpd(Member):
    def start(self):
        newline = "\n  "
        attributes = (f"set {{ metric 50 community {self.asn}:1 community {self.asn}:77 "
                      f"large-community {self.asn}:1:2 }}")
        text = [f"AS {self.asn}", f"router-id {self.host.addr4}", "fib-update no",
                f'socket "{self.host.dir}/bgpd.sock"', f"holdtime {self.hold_s}"]
        for f in (4, 6):
            text.append(f"listen on {self.address(f)}")
            text += [f"network {self.main[f]} {attributes}"]
            text += map(self.network, self.extras(f))
        for f in (4, 6):
            text.append(f"""neighbor {self.rs_address(f)} {{
  remote-as {RS_AS}
  local-address {self.address(f)}
  enforce neighbor-as no
  announce IPv{f} unicast
  {newline.join(self.session_words)}
}}""")
        text += ["allow from any", "allow to any"]
        conf = self.write("bgpd.conf", "\n".join(text) + "\n", 0o600)
        os.chown(conf, 0, 0)
        self.process = self.host.start(PEERS / "openbgpd", "-d", "-f", conf)

    @staticmethod
    def network(extra):
        values = [f"community {c}" for c in extra.std]
        values += [f"large-community {c}" for c in extra.large]
        values += [f"ext-community {c.replace('ro:', 'soo:').replace(':', ' ', 1)}"
                   for c in extra.ext]
        if extra.prepend:
            values.append(f"prepend-self {extra.prepend}")
        return f"network {extra.prefix} set {{ metric 50 {' '.join(values)} }}"

    def ask(self, *words):
        return self.host.ns(PEERS / "bgpctl", "-s", self.host.dir / "bgpd.sock", *words,
                            check=False)

    def is_ready(self):
        return "AS" in self.ask("show", "summary")

    def announce_first(self):
        for f in (4, 6):
            self.announce(f)

    def end_idle_hold(self):
        """It sits 30 seconds out after a NOTIFICATION."""
        for f in (4, 6):
            self.ask("neighbor", self.rs_address(f), "up")

    def restart_session(self, family):
        self.ask("neighbor", self.rs_address(family), "clear")

    def refresh(self, family):
        self.ask("neighbor", self.rs_address(family), "refresh")

    def announce(self, family):
        self.ask("network", "add", self.second[family], "metric", "50", "community",
                 f"{self.asn}:1", "community", f"{self.asn}:77", "large-community",
                 f"{self.asn}:1:2")

    def withdraw(self, family):
        self.ask("network", "delete", self.second[family])

    def routes(self, family):
        said = self.ask("-j", "show", "rib", "detail", "neighbor", self.rs_address(family))
        try:
            table = json.loads(said)["rib"]
        except (ValueError, KeyError):
            return {}
        return {r["prefix"]: Route(r["aspath"], r["exit_nexthop"], r.get("metric"),
                                   set(map(plain, r.get("communities", []))),
                                   set(r.get("large_communities", [])),
                                   set(map(self.ext, r.get("extended_communities", []))))
                for r in table}

    @staticmethod
    def ext(text):
        return text.replace(" ", ":").replace("soo:", "ro:")


class GoBgp(Member):
    """Connects, and so does the server: connections collide."""

    server_connects = True

    def start(self):
        text = f'[global.config]\n  as = {self.asn}\n  router-id = "{self.host.addr4}"\n'
        for f in (4, 6):
            text += f"""
[[neighbors]]
  [neighbors.config]
    neighbor-address = "{self.rs_address(f)}"
    peer-as = {RS_AS}
  [neighbors.timers.config]
    connect-retry = 2
    hold-time = {self.hold_s}
    keepalive-interval = 3
    idle-hold-time-after-reset = 1
  [neighbors.transport.config]
    local-address = "{self.address(f)}"
  [[neighbors.afi-safis]]
    [neighbors.afi-safis.config]
      afi-safi-name = "ipv{f}-unicast"
"""
        conf = self.write("gobgpd.toml", text)
        self.process = self.host.start(PEERS / "gobgpd", "-f", conf, "--api-hosts",
                                       "127.0.0.1:50051")

    def ask(self, *words):
        return self.host.ns(PEERS / "gobgp", *words, check=False)

    def is_ready(self):
        return str(self.asn) in self.ask("global")

    def restart_session(self, family):
        # Its "reset" waits 30 seconds whatever the configuration says.
        self.ask("neighbor", self.rs_address(family), "disable")
        self.ask("neighbor", self.rs_address(family), "enable")

    def add(self, family, prefix, verb="add"):
        if verb == "add":
            self.add_extra(family, Extra(prefix, sorted(self.communities), sorted(self.large)))
        else:
            self.ask("global", "rib", verb, prefix, "-a", f"ipv{family}")

    def add_extra(self, family, extra):
        words = ["global", "rib", "add", extra.prefix, "-a", f"ipv{family}", "nexthop",
                 self.address(family), "origin", "igp", "med", "50"]
        for word, values in (("community", extra.std), ("large-community", extra.large)):
            if values:
                words += [word, ",".join(values)]
        if self.behind(extra):
            words += ["aspath", " ".join(map(str, self.behind(extra)))]
        if extra.ext:
            words += ["rt", *(c.removeprefix("rt:") for c in extra.ext)]
        self.ask(*words)

    def announce_first(self):
        for f in (4, 6):
            self.add(f, self.main[f])
            self.add(f, self.second[f])
            for extra in self.extras(f):
                self.add_extra(f, extra)

    def withdraw(self, family):
        self.add(family, self.second[family], "del")

    def announce(self, family):
        self.add(family, self.second[family])

    def routes(self, family):
        said = self.ask("-j", "neighbor", self.rs_address(family), "adj-in", "-a", f"ipv{family}")
        try:
            table = json.loads(said)
        except ValueError:
            return {}
        found = {}
        paths = table.values() if isinstance(table, dict) else table
        for path in (p for ps in paths for p in (ps if isinstance(ps, list) else [ps])):
            attributes = {a["type"]: a for a in path["attrs"]}
            asns = [str(n) for part in attributes[2]["as_paths"] for n in part["asns"]]
            mp = attributes.get(14, {})
            hop = attributes.get(3, {}).get("nexthop") or mp.get("nexthop")
            found[path["nlri"]["prefix"]] = Route(
                " ".join(asns), hop, attributes.get(4, {}).get("metric"),
                {f"{c >> 16}:{c & 0xffff}" for c in attributes.get(8, {}).get("communities", [])},
                {f"{c['ASN']}:{c['LocalData1']}:{c['LocalData2']}"
                 for c in attributes.get(32, {}).get("value", [])},
                set(map(self.ext, attributes.get(16, {}).get("value", []))))
        return found

    @staticmethod
    def ext(value):
        if value["type"] in (0, 2) and value["subtype"] in (2, 3):
            return f"{'rt' if value['subtype'] == 2 else 'ro'}:{value['value']}"
        return json.dumps(value)


EXA_DUMP = '''
import os, sys
out = os.open(sys.argv[1], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
while True:
    line = sys.stdin.readline()
    if not line:
        break
    os.write(out, line.encode())
'''

EXA_FEED = '''
import sys, time
at = 0
while True:
    with open(sys.argv[1]) as orders:
        lines = orders.read().splitlines()
    for line in lines[at:]:
        print(line, flush=True)
    at = len(lines)
    time.sleep(0.1)
'''


class ExaBgp(Member):
    shows_link_local = True

    def start(self):
        self.write("dump.py", EXA_DUMP)
        self.write("feed.py", EXA_FEED)
        self.write("orders", "")
        (self.host.dir / "updates").unlink(missing_ok=True)
        run = f"run /usr/bin/python3 {self.host.dir}"
        text = f"""
process dump {{ {run}/dump.py {self.host.dir}/updates; encoder json; }}
process feed {{ {run}/feed.py {self.host.dir}/orders; encoder text; }}
"""
        for f in (4, 6):
            routes = "".join(f"    {self.line(f, p)};\n" for p in (self.main[f], self.second[f]))
            routes += "".join(f"    {self.extra_line(f, e)};\n" for e in self.extras(f))
            text += f"""
neighbor {self.rs_address(f)} {{
  router-id {self.host.addr4}; local-address {self.address(f)};
  local-as {self.asn}; peer-as {RS_AS}; hold-time {self.hold_s};
  family {{ ipv{f} unicast; }}
  api dump{f} {{ processes [ dump ]; receive {{ parsed; update; }} }}
  api feed{f} {{ processes [ feed ]; }}
  static {{
{routes}  }}
}}
"""
        conf = self.write("exabgp.conf", text)
        self.process = self.host.start(PEERS / "exabgp", conf, env={
            "exabgp_daemon_user": "root", "exabgp_api_cli": "false", "exabgp_log_level": "ERR",
            "exabgp_tcp_delay": "0"})

    def line(self, family, prefix):
        return self.extra_line(family, Extra(prefix, sorted(self.communities),
                                             sorted(self.large)))

    def extra_line(self, family, extra):
        ext = [c.replace("rt:", "target:").replace("ro:", "origin:") for c in extra.ext]
        text = f"route {extra.prefix} next-hop {self.address(family)} med 50"
        for word, values in (("community", extra.std), ("large-community", extra.large),
                             ("extended-community", ext)):
            if values:
                text += f" {word} [ {' '.join(values)} ]"
        if self.behind(extra):
            text += f" as-path [ {' '.join(map(str, [self.asn, *self.behind(extra)]))} ]"
        return text

    def order(self, text):
        with open(self.host.dir / "orders", "a") as orders:
            orders.write(text + "\n")

    def withdraw(self, family):
        self.order(f"neighbor {self.rs_address(family)} withdraw "
                   f"route {self.second[family]} next-hop {self.address(family)}")

    def announce(self, family):
        self.order(f"neighbor {self.rs_address(family)} announce "
                   f"{self.line(family, self.second[family])}")

    def messages(self, family):
        try:
            lines = (self.host.dir / "updates").read_text().splitlines()
        except OSError:
            return []
        found = []
        for line in lines:
            try:
                message = json.loads(line)
            except ValueError:
                continue
            neighbor = message.get("neighbor", {})
            if neighbor.get("address", {}).get("peer") == self.rs_address(family):
                found.append(message)
        return found

    def routes(self, family):
        found = {}
        for message in self.messages(family):
            update = message["neighbor"].get("message", {}).get("update", {})
            if not isinstance(update, dict):
                continue
            for entries in update.get("withdraw", {}).values():
                for entry in entries:
                    found.pop(entry["nlri"], None)
            attribute = update.get("attribute", {})
            for hops in update.get("announce", {}).values():
                for hop, entries in hops.items():
                    for entry in entries if isinstance(entries, list) else []:
                        found[entry["nlri"]] = Route(
                            " ".join(str(n) for n in attribute.get("as-path", [])), hop,
                            attribute.get("med"),
                            {":".join(map(str, c)) for c in attribute.get("community", [])},
                            {":".join(map(str, c)) for c in attribute.get("large-community", [])},
                            {ext_text(c["value"].to_bytes(8, "big")) for c in
                             attribute.get("extended-community", [])})
        return found

    def is_eor(self, message):
        return '"eor"' in json.dumps(message)

    def heard_eor(self, family):
        return any(map(self.is_eor, self.messages(family)))

    def told_before_eor(self, family):
        told = set()
        for message in itertools.takewhile(lambda m: not self.is_eor(m), self.messages(family)):
            update = message["neighbor"].get("message", {}).get("update", {})
            for hops in update.get("announce", {}).values():
                for entries in hops.values():
                    told |= {e["nlri"] for e in entries}
        return told


ALL = [Bird, Frr, OpenBgpd, GoBgp, ExaBgp]
