"""The load of the policy benchmark: an exchange with full policy, made of numbers.

M members announce R routes each. As in roost-sim --synthetic there are D = 2 M R / (S + 1)
prefixes, 20.0.0.0/24 + n; an even n is one member's, an odd n is announced by S members:

    even n   member j mod M, j = n / 2;  origin: the member or one of its own 4 customers
    odd n    members (j + k floor(M / S)) mod M, k = 0 .. S-1;  origin: one of the 4 customers that
             these members have in common

A route's path is member, none to two networks, origin. Further, by multiplication of n, so that
every run has the same:

    one in 8    carries communities that ask for something: (not) to some members, prepend, ...
    3 in 100    must be rejected, for the reasons of DIRT
    55 in 100   prefixes have a VRP per origin
    BIG members have an AS-SET with 40,000 further route objects in it that nobody announces
    members     have half as many route objects as routes again that nobody announces

With a flapper there is one more member, with F routes: half of them prefixes of others, half its
own. AS-SETs: AS-M<i> of member i holds its ASN, its customers' ASNs and the sets AS-R<r> of what
it has in common with others, which hold ASNs; some hold AS-BIG<b>.
"""
import collections
import dataclasses
import ipaddress
import json

import exchange_conf
import plan

SERVER = "10.99.0.1"
FIRST = int(ipaddress.IPv4Address("20.0.0.0"))
STALE = int(ipaddress.IPv4Address("60.0.0.0"))
BIG_FIRST = int(ipaddress.IPv4Address("80.0.0.0"))
CUSTOMERS = 4
BIG_ORIGINS = 400
BIG_ROUTES = 40000
DIRT = ("prefix", "prefix", "prefix", "origin", "origin", "rov", "rov", "rov", "transit-free",
        "transit-free", "next-hop", "first-as", "private-asn", "bogon", "bogon", "too-long",
        "path-length", "own-asn")
# What a route may ask for; peers are chosen by the route.
ACTIONS = ("not-to", "not-to", "not-to-lrg", "not-to-lrg", "only-to", "prepend-to",
           "prepend-to-lrg", "prepend-all", "no-export-to")


def mixed(*numbers):
    """The same number for the same numbers, all bits of which look random."""
    value = 0x9e3779b97f4a7c15
    for number in numbers:
        value = (value ^ number) * 0xbf58476d1ce4e5b9 & 0xffffffffffffffff
        value ^= value >> 29
    return value


def slash24(first, number, length=24):
    a = first + (number << 8)
    return f"{a >> 24}.{a >> 16 & 255}.{a >> 8 & 255}.0/{length}"


@dataclasses.dataclass
class Member:
    number: int
    asn: int
    address: str
    objects: list
    routes: list = dataclasses.field(default_factory=list)  # Route

    @property
    def name(self):
        return f"AS-M{self.number}"


# withheld: numbers of members that it is not for; why: a word of DIRT, "" if it is fine.
Route = collections.namedtuple("Route", "prefix fields why withheld")


@dataclasses.dataclass
class Registry:
    """What the IRR and the RPKI know; the same for both servers."""
    sets: dict = dataclasses.field(default_factory=dict)  # name -> names and "AS<n>"
    routes: dict = dataclasses.field(default_factory=lambda: collections.defaultdict(set))
    vrps: list = dataclasses.field(default_factory=list)  # (prefix, longest length, ASN)

    def expand(self, name):
        """The origins of an object, ascending."""
        origins, seen, todo = set(), set(), [name]
        while todo:
            one = todo.pop()
            if one in seen:
                continue
            seen.add(one)
            if one[2:].isdigit():
                origins.add(int(one[2:]))
            else:
                todo += self.sets.get(one, ())
        return sorted(origins)

    def write(self, folder):
        """The files of Roost's feeds."""
        with open(f"{folder}/as-sets.rpsl", "w", encoding="utf-8") as file:
            for name, members in self.sets.items():
                file.write(f"as-set: {name}\nmembers: {', '.join(members)}\nsource: RADB\n\n")
        with open(f"{folder}/routes.rpsl", "w", encoding="utf-8") as file:
            for origin, prefixes in self.routes.items():
                file.writelines(f"route: {p}\norigin: AS{origin}\nsource: RADB\n\n"
                                for p in sorted(prefixes))
        roas = [{"prefix": prefix, "maxLength": longest, "asn": asn, "ta": "ripe"}
                for prefix, longest, asn in self.vrps]
        with open(f"{folder}/rpki.json", "w", encoding="utf-8") as file:
            json.dump({"roas": roas}, file)


class Load:
    def __init__(self, members, routes, share, big=5, flapper=0):
        self.count, self.per_member, self.share, self.big = members, routes, share, big
        self.distinct = 2 * members * routes // (share + 1)
        self.registry, self.flapped_vrps = Registry(), []
        self.members = [self.make_member(i) for i in range(members + (flapper > 0))]
        for i in range(big):
            self.make_big(i)
        for n in range(self.distinct):
            for i in self.announcers(n):
                self.add_route(n, i)
        for i in range(flapper):
            self.add_flapping(i)
        self.add_stale()
        self.make_vrps()

    # ---- who ----

    def make_member(self, i):
        asn = self.own_customer(i, 0)
        address = str(ipaddress.IPv4Address("10.99.1.0") + i)
        member = Member(i, asn, address, [f"AS-M{i}"])
        rings = sorted({(i - k * (self.count // self.share)) % self.count
                        for k in range(self.share)}) if i < self.count else []
        self.registry.sets[member.name] = [f"AS{asn}"] + \
            [f"AS{self.own_customer(i, c)}" for c in range(1, CUSTOMERS + 1)] + \
            [f"AS{35000 + i}"] + \
            [f"AS-R{r}" for r in rings] + ([f"AS-BIG{i}"] if i < self.big else [])
        self.registry.sets[f"AS-R{i}"] = [f"AS{self.ring_customer(i, c)}" for c in range(CUSTOMERS)]
        return member

    def make_big(self, number):
        origins = [50000 + number * BIG_ORIGINS + k for k in range(BIG_ORIGINS)]
        self.registry.sets[f"AS-BIG{number}"] = [f"AS{o}" for o in origins]
        for k in range(BIG_ROUTES):
            self.registry.routes[origins[k % BIG_ORIGINS]].add(
                slash24(BIG_FIRST, number * BIG_ROUTES + k))

    def own_customer(self, i, c):
        """The member itself for 0, else a customer of its own."""
        if c == 0:
            return 262144 + i if i % 4 == 3 else 10000 + i
        return 45000 + CUSTOMERS * i + c - 1

    def ring_customer(self, r, c):
        return 40000 + CUSTOMERS * r + c

    def announcers(self, n):
        """Numbers of the members that announce prefix n."""
        first, step = n // 2 % self.count, self.count // self.share
        return [(first + k * step) % self.count for k in range(self.share if n % 2 else 1)]

    # ---- what they announce ----

    def origin_of(self, n):
        j, choice = n // 2, mixed(n, 1)
        if n % 2:
            return self.ring_customer(j % self.count, choice % CUSTOMERS)
        return self.own_customer(j % self.count, choice % (CUSTOMERS + 1))

    def add_route(self, n, i):
        member, origin, prefix = self.members[i], self.origin_of(n), slash24(FIRST, n)
        dice = mixed(n, i, 2)
        why = DIRT[dice // 100 % len(DIRT)] if dice % 100 < 3 else ""
        if why in ("bogon", "too-long", "prefix") and n % 2:
            why = "origin"  # those are about the prefix, and this one is of others, too
        if why == "bogon":
            prefix = slash24(int(ipaddress.IPv4Address("10.0.0.0")), n % 65536)
        elif why == "too-long":
            prefix = slash24(FIRST, n, 25)
        if why != "prefix":
            self.registry.routes[origin].add(prefix)
        self.put(member, prefix, origin, why, mixed(n, i, 3))

    def put(self, member, prefix, origin, why, dice):
        """One route of a member; dice decides about what it asks for."""
        path = self.path(member, origin, why)
        next_hop = SERVER.replace("0.1", "250.1") if why == "next-hop" else member.address
        asks = dice // 8 % 4 if dice % 8 == 0 else None
        withheld, std, large = self.requests(member, asks)
        std = f"{10000 + member.number % 10000}:{100 + origin % 7} {std}".strip()
        med = str(10 * (origin % 3)) if origin % 4 else ""
        member.routes.append(
            Route(prefix, f"{path}|i|{next_hop}|{med}|{std}||{large}", why, withheld))

    def path(self, member, origin, why):
        hops, more = [str(member.asn)], mixed(member.number, origin) % 3
        hops += [str(20000 + mixed(member.number, origin, k) % 1000) for k in range(more)] \
            if origin != member.asn else hops * more
        if why == "transit-free":
            hops.append("3356")
        elif why == "private-asn":
            hops.append("64999")
        elif why == "own-asn":
            hops.append(str(plan.RS_ASN))
        elif why == "path-length":
            hops += [hops[-1]] * 40
        elif why == "first-as":
            hops[0] = "20999"
        if why == "origin":
            return " ".join(hops + ["21500"])
        if why == "rov":
            return " ".join(hops + [str(self.rov_origin(member))])
        return " ".join(hops + [str(origin)] if origin != member.asn else hops)

    @staticmethod
    def rov_origin(member):
        """A customer whose prefixes have route objects, and VRPs of others."""
        return 35000 + member.number

    def requests(self, member, number):
        """(who does not get it, standard communities, large ones) of one of a member's requests."""
        if number is None:
            return frozenset(), "", ""
        dice, server = mixed(member.number, number, 4), plan.RS_ASN
        action = ACTIONS[dice % len(ACTIONS)]
        chosen = sorted({mixed(dice, k) % self.count for k in range(1 + dice // 16 % 5)})
        asns = [self.members[k].asn for k in chosen if k < len(self.members)]
        plain = [a for a in asns if a < 65536] or [self.members[0].asn]
        numbers = frozenset(chosen)
        if action == "not-to":
            return (frozenset(k for k in chosen if self.members[k].asn in plain) or frozenset({0}),
                    " ".join(f"0:{a}" for a in plain), "")
        if action == "not-to-lrg":
            return numbers, "", " ".join(f"{server}:0:{a}" for a in asns)
        if action == "only-to":
            everyone = frozenset(range(len(self.members)))
            return (everyone - numbers, f"0:{server}",
                    " ".join(f"{server}:1:{a}" for a in asns))
        return frozenset(), *{
            "prepend-to": (" ".join(f"65502:{a}" for a in plain), ""),
            "prepend-to-lrg": ("", " ".join(f"{server}:103:{a}" for a in asns)),
            "prepend-all": ("65504:0", ""),
            "no-export-to": ("", " ".join(f"{server}:201:{a}" for a in asns))}[action]

    def add_flapping(self, i):
        """Half are prefixes of others, which the flapper's short path wins, half its own."""
        member = self.members[self.count]
        prefix = slash24(FIRST, i) if i % 2 else slash24(FIRST, 2 * self.distinct + i)
        origin = self.own_customer(self.count, i // 2 % (CUSTOMERS + 1))
        self.registry.routes[origin].add(prefix)
        if i % 2:
            self.flapped_vrps.append((prefix, origin))
        self.put(member, prefix, origin, "", mixed(i, 5))

    # ---- what the registries know beside it ----

    def add_stale(self):
        number = 0
        for i, member in enumerate(self.members[:self.count]):
            for k in range(self.per_member // 2):
                self.registry.routes[self.own_customer(i, k % (CUSTOMERS + 1))].add(
                    slash24(STALE, number))
                number += 1
            for route in member.routes:
                if route.why == "rov":
                    self.registry.routes[self.rov_origin(member)].add(route.prefix)

    def make_vrps(self):
        """Of some prefixes; of all that have a route which they must make invalid."""
        invalid = {r.prefix for m in self.members for r in m.routes if r.why == "rov"}
        vrps = set()
        for n in range(self.distinct):
            prefix = slash24(FIRST, n)
            if prefix in invalid or mixed(n, 6) % 100 < 55:
                vrps.add((prefix, 24, self.origin_of(n)))
        covered = {prefix for prefix, _, _ in vrps}
        vrps |= {(p, 24, o) for p, o in self.flapped_vrps if p in covered}
        vrps |= {(slash24(BIG_FIRST, 4 * k, 22), 24, 50000 + k % BIG_ORIGINS)
                 for k in range(self.distinct // 4)}
        self.registry.vrps = sorted(vrps)

    # ---- what comes of it ----

    def renew(self):
        """New IRR data for every member: some prefixes lose their object, others get one."""
        for member in self.members[:self.count]:
            for at, route in enumerate(member.routes):
                if route.why not in ("", "prefix") or not self.is_own(route.prefix):
                    continue
                if route.why == "" and mixed(at, 7) % 50 > 0:
                    continue
                objects = self.registry.routes[int(route.fields.split("|")[0].split()[-1])]
                if route.why == "":
                    objects.remove(route.prefix)
                else:
                    objects.add(route.prefix)
                why = "prefix" if route.why == "" else ""
                member.routes[at] = route._replace(why=why)

    @staticmethod
    def is_own(prefix):
        """True if one member alone announces it."""
        return int(ipaddress.IPv4Address(prefix.split("/")[0])) >> 8 & 1 == 0

    def expect(self, absent=()):
        """How many routes each member must end up with, by number."""
        nobody = {}  # prefix -> those whom no path of it is for
        for member in self.members:
            if member.number in absent:
                continue
            own = frozenset([member.number])
            for route in member.routes:
                if route.why == "":
                    without = route.withheld | own
                    before = nobody.get(route.prefix)
                    nobody[route.prefix] = without if before is None else before & without
        counts = [len(nobody)] * len(self.members)
        for numbers in nobody.values():
            for number in numbers:
                counts[number] -= 1
        return counts

    def accepted(self):
        """How many routes of each member must be accepted."""
        return [sum(r.why == "" for r in m.routes) for m in self.members]

    # ---- files ----

    def configuration(self):
        """General settings, clients and bogons, as ARouteServer's files have them."""
        names = [n for n in exchange_conf.COMMUNITIES
                 if not n.startswith("aspa") and n != "blackholing"]
        cfg = {
            "rs_as": plan.RS_ASN, "router_id": "192.0.2.1", "path_hiding": True,
            "filtering": {
                "next_hop": {"policy": "strict"}, "ipv4_pref_len": {"min": 8, "max": 24},
                "global_black_list_pref": [{"prefix": "10.99.0.0", "length": 16}],
                "max_as_path_len": 32, "reject_invalid_as_in_as_path": True,
                "transit_free": {"action": "reject", "asns": list(exchange_conf.TRANSIT_FREE)},
                "never_via_route_servers": {"peering_db": False,
                                            "asns": list(exchange_conf.NEVER_VIA)},
                "irrdb": {"enforce_origin_in_as_set": True, "enforce_prefix_in_as_set": True,
                          "allow_longer_prefixes": False, "tag_as_set": True},
                "rpki_bgp_origin_validation": {"enabled": True, "reject_invalid": True},
                "max_prefix": {"peering_db": {"enabled": False}},
                "reject_policy": {"policy": "reject"}},
            "rpki_roas": {"allowed_trust_anchors": list(exchange_conf.ANCHORS),
                          "ignore_cache_files_older_than": 4294967295},
            "communities": {n: exchange_conf.COMMUNITIES[n] for n in names}}
        clients = [{"asn": m.asn, "ip": [m.address],
                    "cfg": {"filtering": {"irrdb": {"as_sets": m.objects}}}}
                   for m in self.members]
        bogons = [exchange_conf.entry(p, exact=True) for p in exchange_conf.BOGONS_EXACT] + \
            [exchange_conf.entry(p) for p in exchange_conf.BOGONS]
        return exchange_conf.Configuration(cfg, clients, bogons)

    def sessions(self):
        return [plan.Session(local=m.address, peer=SERVER, asn=m.asn, bgp_id=m.address)
                for m in self.members]

    def write_plan(self, folder):
        """plan.txt with a file of routes for every member, addresses.txt."""
        sessions = self.sessions()
        for session, member in zip(sessions, self.members):
            session.routes = f"{folder}/{member.address}.txt"
            with open(session.routes, "w", encoding="utf-8") as file:
                file.writelines(f"{r.prefix}|{r.fields}\n" for r in member.routes)
        plan.write_plan(f"{folder}/plan.txt", sessions, "Made by load.py.")
        with open(f"{folder}/addresses.txt", "w", encoding="utf-8") as file:
            file.writelines(f"{m.address}/16\n" for m in self.members)

    def write_expectation(self, path, absent=()):
        counts = self.expect(absent)
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"{m.address} {counts[m.number]}\n" for m in self.members
                            if m.number not in absent)
