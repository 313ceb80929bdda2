"""The naive model of import policy: what a route server must think of one route, and why.

Written from the specification of policy alone, one function per step of its section 5, in its
order. It takes configuration as it would be read from general.yml, clients.yml and bogons.yml.
naive_policy_out.py is the other half: who gets the route, and how it looks then.
"""
import ipaddress

import naive_policy_community as community
import naive_policy_data as data
from naive_policy_data import BITS, INVALID, VALID, prefix_of

DEFAULTS = {
    "prepend_rs_as": False, "path_hiding": True, "rfc8950": False, "families": None,
    "attach_custom_communities": [],
    "filtering": {
        "reject_as_set": False, "max_communities": 512, "drop_attributes": [],
        "next_hop": {"policy": "strict", "authorized_addresses_list": []},
        "ipv4_pref_len": {"min": 8, "max": 24}, "ipv6_pref_len": {"min": 12, "max": 48},
        "global_black_list_pref": [], "black_list_pref": [],
        "max_as_path_len": 32, "reject_invalid_as_in_as_path": True,
        "transit_free": {"action": None, "asns": []},
        "never_via_route_servers": {"asns": []},
        "irrdb": {"enforce_origin_in_as_set": True, "enforce_prefix_in_as_set": True,
                  "allow_longer_prefixes": False, "tag_as_set": True, "as_sets": [],
                  "use_rpki_roas_as_route_objects": {"enabled": False},
                  "use_arin_bulk_whois_data": {"enabled": False},
                  "use_registrobr_bulk_whois_data": {"enabled": False},
                  "white_list_pref": [], "white_list_asn": [], "white_list_route": []},
        "rpki_bgp_origin_validation": {"enabled": False, "reject_invalid": True,
                                       "announce_invalid_to_client": False},
        "aspa": {"enabled": False, "reject_invalid": False},
        "reject_policy": {"policy": "reject"},
        "roles": {"enabled": False, "local_role": "rs"},
    },
    "blackhole_filtering": {"policy_ipv4": None, "policy_ipv6": None,
                            "rewrite_next_hop_ipv4": None, "rewrite_next_hop_ipv6": None,
                            "announce_to_client": True, "add_noexport": True},
    "graceful_shutdown": {"enabled": False, "local_pref": 0, "perform": False},
    "rfc1997_wellknown_communities": {"policy": "pass"},
    "rtt_thresholds": [],
}
INVALID_ASNS = ((0, 0), (23456, 23456), (64496, 131071), (4200000000, 4294967295))


def inherited(below, above):
    """Leaf by leaf; what is left out or null is inherited."""
    result = dict(below)
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(below.get(key), dict):
            result[key] = inherited(below[key], value)
        elif value is not None:
            result[key] = value
    return result


def asn_list(value):
    return {data.asn_of(a.strip()) for a in value.split(",")} if isinstance(value, str) \
        else {data.asn_of(a) for a in value}


def matches_entry(entry, prefix):
    """A prefix list entry (section 1.3)."""
    version, number, length = prefix
    base_version, base, base_length = prefix_of(f"{entry['prefix']}/{entry['length']}")
    shift = BITS[version] - base_length
    if version != base_version or length < base_length or number >> shift != base >> shift:
        return False
    if entry.get("exact"):
        return length == base_length
    return entry.get("ge", base_length) <= length <= entry.get("le", BITS[version])


def in_list(entries, prefix):
    return any(matches_entry(entry, prefix) for entry in entries)


def normal_rtt(ms):
    """Section 2: None = unknown."""
    return None if not ms else min(max(int(ms + 0.5), 1), 60000)


class Peer:
    """One address of a client with everything in force for it."""

    def __init__(self, client, address, settings):
        self.asn, self.address, self.settings = client["asn"], address, settings
        self.family = ipaddress.ip_address(address).version
        self.std_asn = self.asn if self.asn <= 65535 else client.get("16bit_mapped_asn")
        self.rtt_ms = normal_rtt(client.get("rtt"))
        self.is_quarantined = client.get("quarantine", False)
        self.filtering = settings["filtering"]
        self.irr = self.filtering["irrdb"]
        # Section 3: both families by configuration; IPv4 with IPv6 next hops.
        given = settings["families"] or []
        self.has_both = {"ipv4", "ipv6"} == set(given)
        self.is_ipv4_by_ipv6 = self.family == 6 and settings["rfc8950"] and \
            (not given or "ipv4" in given)
        self.has_family = {v: v == self.family or self.has_both or
                           (v == 4 and self.is_ipv4_by_ipv6) for v in (4, 6)}


class Verdict:
    """What came out for one route."""

    def __init__(self, values):
        self.reason = None
        self.local_pref = 100
        self.values = values  # communities of the server's own view
        self.rov = self.aspa = None
        self.irr_origin = self.irr_prefix = None
        self.validated = []
        self.is_blackhole = False
        self.is_tagged = False

    @property
    def accept(self):
        return self.reason is None


class Policy:
    def __init__(self, cfg, clients, bogons, facts, asns=None):
        self.cfg = inherited(DEFAULTS, cfg)
        self.filtering = self.cfg["filtering"]
        self.rs_as = self.cfg["rs_as"]
        self.bogons, self.facts = bogons, facts
        self.peers = {}
        for client in clients:
            settings = inherited(self.cfg, client.get("cfg", {}))
            addresses = client["ip"] if isinstance(client["ip"], list) else [client["ip"]]
            for address in addresses:
                self.peers[address] = Peer(client, address, settings)
        mapped = [c["16bit_mapped_asn"] for c in clients if c.get("16bit_mapped_asn")]
        self.words = community.Vocabulary(self.cfg, mapped)
        self.transit_free = asn_list(self.filtering["transit_free"]["asns"])
        self.never_via = asn_list(self.filtering["never_via_route_servers"]["asns"])
        self.authorised = {a: self.authorise(p, asns or {}) for a, p in self.peers.items()}

    def authorise(self, peer, asns):
        """Origins whose route objects count, and the others (section 2)."""
        objects = peer.irr["as_sets"] or asns.get(f"AS{peer.asn}", {}).get("as_sets", [])
        origins = {peer.asn}
        for name in objects:
            origins |= self.facts.expand(name)
        return origins, {data.asn_of(a) for a in peer.irr["white_list_asn"]}

    def received(self, line):
        """A dump's line as the server takes it: of attributes that are dropped a dump has MED."""
        fields = line.split("|")
        if 4 in self.filtering["drop_attributes"]:
            fields[4] = ""
        return "|".join(fields)

    # ---- the steps of section 5 ----

    def judge(self, route):
        """The verdict on a route of naive_exchange; its session says who announces it."""
        peer = self.peers[route.session.local]
        fields = route.text.split("|")
        verdict = Verdict(community.parse_values(*fields[4:7]))
        for step in self.STEPS:
            verdict.reason = step(self, peer, route, verdict)
            if verdict.reason:
                self.tag_rejected(peer, verdict)
                break
            if verdict.is_blackhole:
                verdict.values += self.words.values("rpki_bgp_origin_validation_not_performed")
                break
        return verdict

    def protocol(self, peer, route, _):
        otc = route.text.split("|")[7]
        if 0 in route.asns:
            return 17  # RFC 7607: treated as withdrawn
        if self.rs_as in route.asns:
            return 16
        if self.filtering["reject_as_set"] and "{" in route.path:
            return 18
        if otc and peer.filtering["roles"]["enabled"]:
            assert peer.filtering["roles"]["local_role"] == "rs", "other roles are not modelled"
            return 20
        return None

    def too_many(self, _, __, verdict):
        limit = self.filtering["max_communities"]
        return 21 if limit and len(verdict.values) > limit else None

    def family(self, peer, route, _):
        return None if peer.has_family[prefix_of(route.prefix)[0]] else 4

    def scrub(self, _, __, verdict):
        verdict.values = self.words.scrub_in(verdict.values)

    def customs(self, peer, _, verdict):
        for name in peer.settings["attach_custom_communities"]:
            verdict.values += [p.value for p in self.words.customs[name]]

    def next_hop(self, peer, route, _):
        hop = ipaddress.ip_address(route.next_hop.split()[0])
        rule = peer.filtering["next_hop"]
        if hop.version == 6 and prefix_of(route.prefix)[0] == 4 and not peer.is_ipv4_by_ipv6:
            return 5
        others = [p for p in self.peers.values() if p.asn == peer.asn]
        if rule["policy"] == "strict":
            allowed = [peer.address, *(p.address for p in others
                                       if peer.has_both and p.family != peer.family)]
        elif rule["policy"] == "same-as":
            allowed = [p.address for p in others if p.family == peer.family or peer.has_both
                       or peer.is_ipv4_by_ipv6]
        else:
            allowed = rule["authorized_addresses_list"]
        return None if hop in [ipaddress.ip_address(a) for a in allowed] else 5

    def path_length(self, _, route, __):
        return 1 if len(route.hops) > self.filtering["max_as_path_len"] else None

    def first_as(self, peer, route, _):
        return None if route.hops and route.hops[0] == str(peer.asn) else 6

    def invalid_asn(self, peer, route, _):
        if not peer.filtering["reject_invalid_as_in_as_path"]:
            return None
        return 7 if any(low <= a <= high for a in route.asns for low, high in INVALID_ASNS) \
            else None

    def transit_free_asn(self, peer, route, _):
        if self.filtering["transit_free"]["action"] != "reject":
            return None
        return 8 if (self.transit_free - {peer.asn}) & set(route.asns) else None

    def never_via_asn(self, _, route, __):
        return 15 if self.never_via & set(route.asns) else None

    def global_unicast(self, _, route, __):
        version, number, length = prefix_of(route.prefix)
        return None if version == 4 or (length >= 3 and number >> 125 == 1) else 10

    def global_black_list(self, _, route, __):
        return 3 if in_list(self.filtering["global_black_list_pref"], prefix_of(route.prefix)) \
            else None

    def client_black_list(self, peer, route, _):
        return 11 if in_list(peer.filtering["black_list_pref"], prefix_of(route.prefix)) else None

    def bogon(self, _, route, __):
        return 2 if in_list(self.bogons, prefix_of(route.prefix)) else None

    def irr(self, peer, route, verdict):
        """Section 6."""
        irr = peer.irr
        must_origin, must_prefix = irr["enforce_origin_in_as_set"], irr["enforce_prefix_in_as_set"]
        if not (must_origin or must_prefix or irr["tag_as_set"]):
            return None
        origin, prefix = origin_of(route), prefix_of(route.prefix)
        verdict.irr_origin = self.is_origin_authorised(peer, origin)
        verdict.irr_prefix = self.is_prefix_authorised(peer, prefix)
        self.tag_irr(irr, verdict)
        self.validate(irr, origin, prefix, verdict)
        if must_origin and not verdict.validated and not verdict.irr_origin:
            return 9
        if must_prefix and not verdict.validated and not verdict.irr_prefix:
            return 12
        return None

    def is_origin_authorised(self, peer, origin):
        with_objects, white = self.authorised[peer.address]
        return origin is not None and (origin in with_objects or origin in white)

    def is_prefix_authorised(self, peer, prefix):
        with_objects, _ = self.authorised[peer.address]
        longer = self.filtering["irrdb"]["allow_longer_prefixes"]
        return in_list(peer.irr["white_list_pref"], prefix) or \
            self.facts.has_route(self.facts.routes, prefix, with_objects, longer)

    def tag_irr(self, irr, verdict):
        if irr["tag_as_set"]:
            for what, is_present in (("origin", verdict.irr_origin),
                                     ("prefix", verdict.irr_prefix)):
                word = "present" if is_present else "not_present"
                verdict.values += self.words.values(f"{what}_{word}_in_as_set")

    def validate(self, irr, origin, prefix, verdict):
        longer, facts = self.filtering["irrdb"]["allow_longer_prefixes"], self.facts
        sources = (
            ("use_rpki_roas_as_route_objects", "prefix_validated_via_rpki_roas",
             lambda: facts.rov(prefix, origin) == VALID),
            ("use_arin_bulk_whois_data", "prefix_validated_via_arin_whois_db_dump",
             lambda: facts.has_route(facts.arin, prefix, {origin}, longer)),
            ("use_registrobr_bulk_whois_data", "prefix_validated_via_registrobr_whois_db_dump",
             lambda: facts.has_route(facts.registrobr, prefix, {origin}, longer)))
        for key, name, is_valid in sources:
            if verdict.irr_origin and self.filtering["irrdb"][key]["enabled"] and is_valid():
                verdict.validated.append(name)
        if not verdict.validated and any(
                matches_entry(entry, prefix) and entry.get("asn") in (None, origin)
                for entry in irr["white_list_route"]):
            verdict.validated.append("route_validated_via_white_list")
        if irr["tag_as_set"]:
            for name in verdict.validated:
                verdict.values += self.words.values(name)

    def blackhole(self, _, route, verdict):
        """Section 7: accepted here. judge() leaves the rest out."""
        version = prefix_of(route.prefix)[0]
        requests = [community.BLACKHOLE, *self.words.values("blackholing")]
        verdict.is_blackhole = bool(self.cfg["blackhole_filtering"][f"policy_ipv{version}"]) and \
            any(v in requests for v in verdict.values)

    def origin_validation(self, peer, route, verdict):
        if not self.filtering["rpki_bgp_origin_validation"]["enabled"]:
            verdict.values += self.words.values("rpki_bgp_origin_validation_not_performed")
            return None
        verdict.rov = self.facts.rov(prefix_of(route.prefix), origin_of(route))
        number, word = {"valid": (0, "valid"), "notfound": (1, "unknown"),
                        "invalid": (2, "invalid")}[verdict.rov]
        verdict.values.append(("ext", community.ROV_EXT_TYPE, 0, number))
        verdict.values += self.words.values(f"rpki_bgp_origin_validation_{word}")
        reject = peer.filtering["rpki_bgp_origin_validation"]["reject_invalid"]
        return 14 if reject and verdict.rov == INVALID else None

    def aspa(self, _, route, verdict):
        if not self.filtering["aspa"]["enabled"]:
            return None
        verdict.aspa = self.facts.aspa(route.hops)
        verdict.values += self.words.values(f"aspa_{verdict.aspa}")
        reject = self.filtering["aspa"]["reject_invalid"]
        return 19 if reject and verdict.aspa == INVALID else None

    def length(self, peer, route, _):
        version, _, length = prefix_of(route.prefix)
        limits = peer.filtering[f"ipv{version}_pref_len"]
        return None if limits["min"] <= length <= limits["max"] else 13

    def graceful_shutdown(self, peer, _, verdict):
        if not self.cfg["graceful_shutdown"]["enabled"] or \
                community.GRACEFUL_SHUTDOWN not in verdict.values:
            return
        if peer.settings["graceful_shutdown"]["enabled"]:
            verdict.local_pref = self.cfg["graceful_shutdown"]["local_pref"]
        else:
            verdict.values = [v for v in verdict.values if v != community.GRACEFUL_SHUTDOWN]

    STEPS = (protocol, too_many, family, scrub, customs, next_hop, path_length, first_as,
             invalid_asn, transit_free_asn, never_via_asn, global_unicast, global_black_list,
             client_black_list, bogon, irr, blackhole, origin_validation, aspa, length,
             graceful_shutdown)

    # ---- section 4 ----

    def tag_rejected(self, peer, verdict):
        policy = peer.filtering["reject_policy"]["policy"]
        if policy == "reject":
            return
        code = verdict.reason
        verdict.values += self.words.values("reject_cause", 0)
        verdict.values += self.words.values("reject_cause", code)
        verdict.values += [p.value for p in self.words.reject_map.get(code, [])]
        for pattern in self.words.patterns["rejected_route_announced_by"]:
            asn = peer.std_asn if pattern.form == "std" else peer.asn
            if asn is not None:
                verdict.values.append(pattern.fill(asn))
        if policy == "tag":
            verdict.is_tagged = True
            verdict.local_pref = 1


def origin_of(route):
    """The origin ASN; an AS_SET at the end has none."""
    last = route.hops[-1] if route.hops else "{"
    return None if last.startswith("{") else int(last)
