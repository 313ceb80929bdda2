"""What the naive policy knows about the Internet: VRPs, ASPAs, AS-SETs, route objects.

Dictionaries and plain loops. A prefix is (version, number, length); prefixes that cover another are
found by asking for each shorter length in turn.
"""
import collections
import functools
import ipaddress
import json
import re

import plan

VALID, INVALID, NOT_FOUND, UNKNOWN = "valid", "invalid", "notfound", "unknown"
BITS = {4: 32, 6: 128}


@functools.lru_cache(maxsize=None)
def prefix_of(text):
    network = ipaddress.ip_network(text)
    return network.version, int(network.network_address), network.prefixlen


def covering(prefix):
    """The prefix itself and all that cover it, longest first."""
    version, number, length = prefix
    for shorter in range(length, -1, -1):
        rest = BITS[version] - shorter
        yield version, number >> rest << rest, shorter


def asn_of(text):
    return int(str(text).upper().removeprefix("AS"))


def rpsl_objects(lines):
    """Each object as a list of (attribute, value); RFC 2622 section 2: comments, continuation."""
    current = []
    for line in lines:
        line = line.rstrip("\n")
        if line.startswith("%") or line.startswith("#"):
            continue
        if not line.strip():
            if current:
                yield current
            current = []
            continue
        text = line.split("#", 1)[0]
        if line[0] in " \t+":
            if current:
                name, value = current[-1]
                current[-1] = (name, f"{value} {text[1:].strip()}".strip())
            continue
        name, _, value = text.partition(":")
        current.append((name.strip().lower(), value.strip()))
    if current:
        yield current


class Facts:
    """All of the data. Everything is added record by record, so that tests can make their own."""

    def __init__(self):
        self.vrps = collections.defaultdict(list)  # prefix -> [(max length, asn)]
        self.aspas = {}  # customer -> set of providers
        self.sets = {}  # (name, source) -> list of members as written
        self.routes = collections.defaultdict(set)  # prefix -> origins
        self.arin = collections.defaultdict(set)
        self.registrobr = collections.defaultdict(set)
        self.expanded = {}

    # ---- reading ----

    def add_vrp(self, prefix, max_length, asn):
        self.vrps[prefix_of(prefix)].append((max_length, asn_of(asn)))

    def add_aspa(self, customer, providers):
        """Several ASPAs of one customer in one file are merged."""
        self.aspas.setdefault(asn_of(customer), set()).update(asn_of(p) for p in providers)

    def add_set(self, name, members, source=""):
        self.sets[name.upper(), source.upper()] = [m.upper() for m in members]
        self.expanded = {}

    def add_route(self, prefix, origin):
        self.routes[prefix_of(prefix)].add(asn_of(origin))

    def read_rpki(self, path, anchors=None):
        """anchors: words of trust anchors that count, as their first word; None for all."""
        with plan.open_text(path) as file:
            data = json.load(file)
        words = {a.split()[0].lower() for a in anchors or ()}
        for roa in data["roas"]:
            if anchors is not None and roa["ta"].split()[0].lower() not in words:
                continue
            self.add_vrp(roa["prefix"], roa["maxLength"], roa["asn"])
        for aspa in data.get("aspas", []):
            self.add_aspa(aspa["customer_asid"], aspa["providers"])

    def read_rpsl(self, path):
        with plan.open_text(path) as file:
            for rows in rpsl_objects(file):
                kind, key = rows[0]
                values = collections.defaultdict(list)
                for name, value in rows:
                    values[name].append(value)
                if kind == "as-set":
                    members = re.split(r"[,\s]+", " ".join(values["members"]).strip())
                    source = (values["source"] or [""])[0]
                    self.add_set(key, [m for m in members if m], source)
                elif kind in ("route", "route6"):
                    self.add_route(key, values["origin"][0])

    def read_exchange(self, folder, anchors=None):
        self.read_rpki(f"{folder}/rpki/rpki.json.gz", anchors)
        self.read_rpsl(f"{folder}/irr/as-sets.rpsl.gz")
        self.read_rpsl(f"{folder}/irr/routes.rpsl.gz")
        return self

    # ---- asking ----

    def members_of(self, name):
        """Members of a set as written; None if there is no such set. SOURCE:: narrows it."""
        source, separator, bare = name.upper().rpartition("::")
        found = [members for (set_name, set_source), members in self.sets.items()
                 if set_name == bare and (not separator or set_source == source)]
        return [m for members in found for m in members] if found else None

    def expand(self, name):
        """The origins of an object. What is unknown authorises nothing; loops end."""
        if name not in self.expanded:
            origins, seen, todo = set(), set(), [name.upper()]
            while todo:
                one = todo.pop()
                if one in seen:
                    continue
                seen.add(one)
                if re.fullmatch(r"AS\d+", one):
                    origins.add(int(one[2:]))
                else:
                    todo += self.members_of(one) or []
            self.expanded[name] = frozenset(origins)
        return self.expanded[name]

    def rov(self, prefix, origin):
        """RFC 6811; origin None: none that could match."""
        is_covered = False
        for cover in covering(prefix):
            for max_length, asn in self.vrps.get(cover, ()):
                is_covered = True
                if origin is not None and asn != 0 and asn == origin and prefix[2] <= max_length:
                    return VALID
        return INVALID if is_covered else NOT_FOUND

    def aspa(self, hops):
        """Upstream verification of a path, hops as in the text, nearest AS first."""
        if not hops or any("{" in hop for hop in hops):
            return INVALID
        asns = [int(hop) for hop in reversed(hops)]
        chain = [asn for n, asn in enumerate(asns) if n == 0 or asns[n - 1] != asn]
        state = VALID
        for customer, provider in zip(chain, chain[1:]):
            if customer not in self.aspas:
                state = UNKNOWN
            elif provider not in self.aspas[customer]:
                return INVALID
        return state

    @staticmethod
    def has_route(objects, prefix, origins, longer):
        """True if an object of one of the origins is the prefix; longer: or covers it."""
        covers = covering(prefix) if longer else [prefix]
        return any(objects[cover] & origins for cover in covers if cover in objects)
