#!/usr/bin/python3
"""The naive model of a route server without filters: what must every member end up with?

    naive_exchange.py PLAN [--updates FILE] [--dump FILE] [--counts FILE] [--steps FILE]
    naive_exchange.py PLAN --explain PREFIX SESSION

It shares nothing with the route server. For every receiver and prefix it takes all routes that the
receiver may hear and eliminates by the steps of RFC 4271 section 9.1.2.2, until one is left:

    only route    there was nothing to decide
    LOCAL_PREF    equal for all: no member sends it over an external session
    AS path       shortest, an AS_SET counts as 1
    origin        IGP before EGP before INCOMPLETE
    MED           within those with the same neighbouring AS (left-most of the path), absent = 0
    identifier    lowest BGP identifier of the announcing session
    address       lowest address of the announcing session

A receiver may hear all routes of its family but those of its own session (two sessions of one
member do hear each other), and of a route server nothing is changed (RFC 7947). Not taken at all:
a route with the route server's own AS in its path (RFC 4271 section 9.1.2), a route with AS 0 in
it (RFC 7607: treated as withdrawn), and what --reject adds.

The dump has the lines of roost-sim's dump in the same order, compare_dump.py compares the two.
"""
import argparse
import collections
import functools
import ipaddress
import socket
import sys

import plan

ORIGINS = {"i": 0, "e": 1, "?": 2}
FIELDS = 10  # prefix and the nine of roost-sim: the last two are absent in the data set


def normal_address(text):
    """As inet_ntop() writes it, which roost-sim uses; of two, global and link-local, each."""
    family = socket.AF_INET6 if ":" in text else socket.AF_INET
    return " ".join(socket.inet_ntop(family, socket.inet_pton(family, t)) for t in text.split())


class Route:
    """One route as a member announces it. Compared by identity: there is one object each."""

    def __init__(self, session, fields):
        self.session = session
        fields = fields + [""] * (FIELDS - len(fields))
        self.prefix, self.path, self.origin, self.next_hop, med = fields[:5]
        fields[3] = normal_address(self.next_hop)
        self.text = "|".join(fields[1:])
        self.hops = self.path.split()
        self.asns = [int(a) for a in self.path.replace("{", " ").replace("}", " ")
                     .replace(",", " ").split()]
        self.length = len(self.hops)
        first = self.hops[0] if self.hops else ""
        self.neighbour = 0 if not first or first.startswith("{") else int(first)
        self.med = int(med) if med else 0
        self.bgp_id = int(ipaddress.ip_address(session.bgp_id))
        self.address = int(ipaddress.ip_address(session.local))


def keep_least(routes, key):
    least = min(key(r) for r in routes)
    return [r for r in routes if key(r) == least]


def keep_least_med(routes, neighbour):
    """RFC 4271 9.1.2.2 c: a route goes if one of the same neighbouring AS has a lower MED."""
    return [r for r in routes
            if not any(neighbour(o) == neighbour(r) and o.med < r.med for o in routes)]


def steps(neighbour):
    return [
        ("AS path", lambda routes: keep_least(routes, lambda r: r.length)),
        ("origin", lambda routes: keep_least(routes, lambda r: ORIGINS[r.origin])),
        ("MED", lambda routes: keep_least_med(routes, neighbour)),
        ("identifier", lambda routes: keep_least(routes, lambda r: r.bgp_id)),
        ("address", lambda routes: keep_least(routes, lambda r: r.address)),
    ]


def left_most(route):
    return route.neighbour


def announcing(route):
    return route.session.asn


def decide(routes, order):
    """The best of some routes, the step that left it alone, and what was left after each step."""
    trail = []
    name = "only route"
    for step, keep in order:
        if len(routes) == 1:
            break
        kept = keep(routes)
        if len(kept) < len(routes):
            name = step
        routes = kept
        trail.append((step, routes))
    assert len(routes) == 1, "identifiers are not unique"
    return routes[0], name, trail


class Exchange:
    """All that was announced, and what becomes of it."""

    def __init__(self, sessions, neighbour=left_most, reject=(), allow_as0=False):
        self.sessions = {s.name: s for s in sessions}
        self.allow_as0 = allow_as0
        self.reject = [REJECTIONS[name] for name in reject]
        self.tables = {s.name: {} for s in sessions}  # session -> prefix -> Route
        self.rejected = []
        self.events = collections.Counter()
        order = steps(neighbour)
        self.decide = functools.lru_cache(maxsize=None)(lambda routes: decide(list(routes), order))

    def announce(self, name, line):
        route = Route(self.sessions[name], line.split("|"))
        self.tables[name][route.prefix] = route

    def withdraw(self, name, prefix):
        if self.tables[name].pop(prefix, None) is None:
            self.events["withdrawals of nothing"] += 1

    def load_routes(self):
        for session in self.sessions.values():
            if session.routes:
                with plan.open_text(session.routes) as file:
                    for line in file:
                        self.announce(session.name, line.rstrip("\n"))

    def play(self, path):
        with plan.open_text(path) as file:
            for line in file:
                _, name, what, rest = line.rstrip("\n").split("|", 3)
                self.events[what] += 1
                if what == "A":
                    self.announce(name, rest)
                else:
                    self.withdraw(name, rest)

    def why_rejected(self, route):
        if plan.RS_ASN in route.asns:
            return "the route server's AS in the path"
        if 0 in route.asns and not self.allow_as0:
            return "AS 0 in the path"
        return next((text for text, is_bad in self.reject if is_bad(route)), None)

    def candidates(self):
        """prefix -> the routes that are taken, of all sessions."""
        found = collections.defaultdict(list)
        self.rejected = []
        for table in self.tables.values():
            for route in table.values():
                why = self.why_rejected(route)
                if why:
                    self.rejected.append((why, route))
                else:
                    found[route.prefix].append(route)
        return found

    def best(self, receiver, routes):
        """What a receiver gets of the routes of one prefix: (route, step, trail) or None."""
        heard = tuple(r for r in routes if r.session is not receiver)
        return self.decide(heard) if heard else None


def is_martian(route):
    """What BIRD 2 ignores as bogus."""
    network = ipaddress.ip_network(route.prefix)
    if network.prefixlen == 0:
        return False
    return network.is_multicast or network.is_loopback or \
        (network.version == 6 and network.is_link_local)


REJECTIONS = {"martian": ("a martian prefix", is_martian)}


def malformations(route):
    """What an RFC 7606 reader must object to, or what RFC 4271 6.3 calls semantically wrong."""
    network = ipaddress.ip_network(route.prefix)  # raises for host bits
    hop = ipaddress.ip_address(route.next_hop.split()[0])
    if not route.hops:
        yield "an empty AS_PATH"
    if 0 in route.asns:
        yield "AS 0 in AS_PATH (RFC 7607: treat as withdraw)"
    if hop.is_multicast or hop.is_unspecified or hop.is_loopback:
        yield "NEXT_HOP is no host"
    if hop.version != network.version:
        yield "NEXT_HOP of another family"
    if network.is_multicast:
        yield "a multicast prefix (RFC 4271 6.3: may be ignored)"
    if hop == ipaddress.ip_address(route.session.peer):
        yield "NEXT_HOP is the route server's own address (RFC 4271 6.3)"


def write_results(exchange, options):
    """Walks over all receivers in the order of the dump. Returns counts and deciding steps."""
    found = exchange.candidates()
    families = {4: [], 6: []}
    for prefix in sorted(found, key=lambda p: p + "|"):
        families[6 if ":" in prefix else 4].append(prefix)
    counts, decided = {}, collections.Counter()
    dump = open(options.dump, "w", encoding="utf-8") if options.dump else None
    log = open(options.steps, "w", encoding="utf-8") if options.steps else None
    for receiver in sorted(exchange.sessions.values(), key=lambda s: s.name + "|"):
        counts[receiver.name] = 0
        for prefix in families[receiver.family]:
            choice = exchange.best(receiver, found[prefix])
            if choice is None:
                continue
            route, step, _ = choice
            counts[receiver.name] += 1
            decided[step] += 1
            if dump:
                dump.write(f"{receiver.name}|{prefix}|0|{route.text}\n")
            if log:
                log.write(f"{receiver.name}|{prefix}|{route.session.name}|{step}\n")
    for file in (dump, log):
        if file:
            file.close()
    return counts, decided


def explain(exchange, prefix, name):
    found = exchange.candidates()
    choice = exchange.best(exchange.sessions[name], found.get(prefix, []))
    for why, route in exchange.rejected:
        if route.prefix == prefix:
            print(f"rejected: {route.session.name} {route.text}: {why}")
    for route in found.get(prefix, []):
        print(f"candidate: {route.session.name} id {route.session.bgp_id} {route.text}")
    if choice is None:
        print(f"{name} gets nothing")
        return
    for step, left in choice[2]:
        print(f"after {step}: {' '.join(r.session.name for r in left)}")
    print(f"{name} gets {choice[0].session.name}'s, decided by: {choice[1]}")


def check(exchange):
    total = 0
    for table in exchange.tables.values():
        for route in table.values():
            for what in malformations(route):
                total += 1
                print(f"{route.session.name} {route.prefix} {route.path}: {what}")
    print(f"{total} routes to object to")


def report(exchange, counts, decided):
    routes = sum(len(table) for table in exchange.tables.values())
    print(f"sessions           {len(exchange.sessions)}")
    print(f"routes announced   {routes}")
    for what, number in exchange.events.items():
        print(f"churn {what:<12} {number}")
    for why, number in collections.Counter(w for w, _ in exchange.rejected).items():
        print(f"not taken          {number}: {why}")
    print(f"routes to receive  {sum(counts.values())}")
    for step, number in decided.most_common():
        print(f"decided by         {step}: {number}")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("plan")
    parser.add_argument("--updates", help="churn to play after the routes")
    parser.add_argument("--dump", help="write what every session must hold")
    parser.add_argument("--counts", help="write lines \"session count\", for roost-sim --expect")
    parser.add_argument("--steps", help="write session|prefix|source|step of every choice")
    parser.add_argument("--explain", nargs=2, metavar=("PREFIX", "SESSION"))
    parser.add_argument("--check", action="store_true", help="look for malformed routes")
    parser.add_argument("--reject", action="append", default=[], choices=sorted(REJECTIONS))
    parser.add_argument("--allow-as0", action="store_true", help="take routes with AS 0, too")
    parser.add_argument("--neighbour", choices=("path", "session"), default="path",
                        help="the neighbouring AS for MED: left-most of the path (default), or "
                             "the announcing session's")
    options = parser.parse_args()
    exchange = Exchange(plan.read_plan(options.plan),
                        left_most if options.neighbour == "path" else announcing, options.reject,
                        options.allow_as0)
    exchange.load_routes()
    if options.updates:
        exchange.play(options.updates)
    if options.check:
        check(exchange)
        return
    if options.explain:
        explain(exchange, *options.explain)
        return
    counts, decided = write_results(exchange, options)
    if options.counts:
        with open(options.counts, "w", encoding="utf-8") as file:
            file.writelines(f"{name} {count}\n" for name, count in counts.items())
    report(exchange, counts, decided)


if __name__ == "__main__":
    sys.exit(main())
