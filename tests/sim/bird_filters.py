#!/usr/bin/python3
"""BIRD 2's configuration for the policy of exchange_conf.py, in the way of ARouteServer's.

    bird_filters.py EXCHANGE OUT [--variant NAME]       writes OUT/bird.conf

One sorted table per family with `secondary` channels where path hiding is mitigated; for each
session a receive filter that goes through the checks in the order of the specification's section 5
and an announce filter of section 8; sets of origins and prefixes per client; VRPs in static roa
tables. It is written from the specification, to be compared with; nothing here is made to be fast.

Left out, because no member can see it: the tags of rejected routes, RFC 8097 communities (BIRD
sends no non-transitive ones), warnings and limits that only warn. BIRD has no ASPA: whoever
compares switches it off. Added: AS 0 (RFC 7607), which BIRD 2.0.12 does not know.
"""
import argparse
import ipaddress
import os

import exchange_conf
import naive_policy
import naive_policy_data as data
import plan

HEAD = """\
log "{log}" {levels};
router id {router_id};
define rs_as = {rs_as};
ipv4 table master4 sorted;
ipv6 table master6 sorted;
roa4 table rpki4;
roa6 table rpki6;
protocol device {{ }}

template bgp at_exchange {{
	rs client;
	interpret communities off;
	connect delay time 1;
	connect retry time 1;
	startup hold time 240;
	error wait time 1, 2;
	passive on;
}}
"""
SESSION = """
protocol bgp p{number} from at_exchange {{
	local {peer} port {port} as rs_as;
	neighbor {local} as {asn};
	{role}
	ipv{family} {{ table master{family}; {secondary} import {receive}; export {announce}; }};
}}
"""
INVALID_ASNS = "[0, 23456, 64496..131071, 4200000000..4294967295]"
LISTS = {"std": "bgp_community", "lrg": "bgp_large_community", "ext": "bgp_ext_community"}
OUTBOUND = ("prefix_present_in_as_set", "prefix_not_present_in_as_set",
            "origin_present_in_as_set", "origin_not_present_in_as_set",
            "prefix_validated_via_rpki_roas", "route_validated_via_white_list",
            "rpki_bgp_origin_validation_not_performed")
INTERNAL = ("rpki_bgp_origin_validation_valid", "rpki_bgp_origin_validation_unknown",
            "rpki_bgp_origin_validation_invalid", "aspa_valid", "aspa_unknown", "aspa_invalid",
            "reject_cause", "rejected_route_announced_by")
# What an ASN in the last part is removed by, where any member may be meant.
MEMBERS = {"std": ["1..64511"], "lrg": ["1..64511", "131072..4199999999"],
           "ext": ["1..64511", "131072..4199999999"]}
PREPENDS = (("once", 1), ("twice", 2), ("thrice", 3))
GRACEFUL_SHUTDOWN, BLACKHOLE = "(65535, 0)", "(65535, 666)"
NO_EXPORT, NO_ADVERTISE = "(65535, 65281)", "(65535, 65282)"


class Words:
    """The communities of general.yml as BIRD's constants."""

    def __init__(self, cfg, mapped_asns):
        self.communities, self.customs = cfg["communities"], cfg["custom_communities"]
        self.reject_map = self.communities.get("reject_cause_map", {})
        self.mapped_asns = sorted(map(str, mapped_asns))
        self.inbound = [name for name in self.communities
                        if name not in (*OUTBOUND, *INTERNAL, "reject_cause_map")]

    @staticmethod
    def constant(pattern, last=None):
        text = pattern.replace("peer_as", str(last)).replace("dyn_val", str(last))
        return f"({', '.join(text.split(':'))})"

    def values(self, name, last=None):
        """(list, constant) of each format; last = (for std, for the others), None = nobody."""
        for form, pattern in self.communities.get(name, {}).items():
            if "peer_as" not in pattern:
                yield LISTS[form], self.constant(pattern)
            elif last[0 if form == "std" else 1] is not None:
                yield LISTS[form], self.constant(pattern, last[0 if form == "std" else 1])

    def has(self, name, last=None):
        """Condition: one of the formats is there."""
        return " || ".join(f"{value} ~ {where}" for where, value in self.values(name, last)) \
            or "false"

    def add(self, name):
        return [f"{where}.add({value});" for where, value in self.values(name)]

    def all_values(self, form, pattern):
        """The constants that are removed for a pattern."""
        if "dyn_val" in pattern:
            return [self.constant(pattern, "*")]
        if "peer_as" in pattern:
            more = self.mapped_asns if form == "std" else []
            return [self.constant(pattern, last) for last in MEMBERS[form] + more]
        return [self.constant(pattern)]

    def scrub(self, names, others=()):
        """Statements that remove whatever the names mean."""
        found = {form: [] for form in LISTS}
        for formats in [*(self.communities.get(name, {}) for name in names), *others]:
            for form, pattern in formats.items():
                found[form] += self.all_values(form, pattern)
        return [f"{LISTS[form]}.delete([{', '.join(values)}]);"
                for form, values in found.items() if values]


def prefix_text(prefix):
    version, number, length = prefix
    kind = ipaddress.IPv4Address if version == 4 else ipaddress.IPv6Address
    return f"{kind(number)}/{length}"


def prefix_set(entries, family):
    """A prefix list of the specification, those of one family; None if there are none."""
    texts = []
    for entry in entries:
        version, _, length = data.prefix_of(f"{entry['prefix']}/{entry['length']}")
        if version != family:
            continue
        text = f"{entry['prefix']}/{length}"
        if not entry.get("exact"):
            text += f"{{{entry.get('ge', length)},{entry.get('le', data.BITS[family])}}}"
        texts.append(text)
    return f"[{', '.join(texts)}]" if texts else None


def indented(lines):
    return "".join(f"\t{line}\n" for line in lines)


class Filters:
    """All filters of a configuration, by session."""

    def __init__(self, conf, facts):
        self.policy = naive_policy.Policy(conf.cfg, conf.clients, conf.bogons, facts)
        self.cfg, self.bogons, self.facts = self.policy.cfg, conf.bogons, facts
        self.filtering = self.cfg["filtering"]
        self.words = Words(self.cfg, [c["16bit_mapped_asn"] for c in conf.clients
                                      if "16bit_mapped_asn" in c])
        self.prefixes = {}  # (origins, family) -> name of the set of their route objects
        self.by_origin = {}
        for prefix, origins in facts.routes.items():
            for origin in origins:
                self.by_origin.setdefault((origin, prefix[0]), []).append(prefix)

    # ---- data ----

    def roas(self):
        for family in (4, 6):
            yield f"protocol static {{ roa{family} {{ table rpki{family}; }};\n"
            for prefix, records in self.facts.vrps.items():
                if prefix[0] == family:
                    yield from (f"route {prefix_text(prefix)} max {longest} as {asn};\n"
                                for longest, asn in sorted(set(records)))
            yield "}\n"

    def objects(self, origins, family):
        """The name of the set of prefixes that route objects give some origins, and its text."""
        key = frozenset(origins), family
        if key in self.prefixes:
            return self.prefixes[key], ""
        longer = "+" if self.filtering["irrdb"]["allow_longer_prefixes"] else ""
        found = {p for o in origins for p in self.by_origin.get((o, family), ())}
        if not found:
            self.prefixes[key] = None
            return None, ""
        self.prefixes[key] = f"objects_{len(self.prefixes)}"
        texts = ",\n".join(prefix_text(p) + longer for p in sorted(found))
        return self.prefixes[key], f"define {self.prefixes[key]} = [{texts}];\n"

    # ---- receiving ----

    def receive(self, name, peer, family):
        """Text of the filter for what a peer announces."""
        f, words = peer.filtering, self.words
        lengths = f[f"ipv{family}_pref_len"]
        definition, irr = self.irr(peer, family)
        body = ["if bgp_path ~ [0] then reject; # RFC 7607"]
        body += words.scrub(OUTBOUND + INTERNAL,
                            [*words.customs.values(), *words.reject_map.values()])
        for custom in peer.settings["attach_custom_communities"]:
            body += [f"{LISTS[form]}.add({words.constant(text)});"
                     for form, text in words.customs[custom].items()]
        body += [f"if {test} then reject; # {code}" for code, test in self.path_checks(peer)]
        body += [f"if {test} then reject; # {code}"
                 for code, test in self.prefix_checks(peer, family)]
        body += irr + self.accept_blackhole(family) + self.origin_validation(peer, family)
        body += [f"if net.len < {lengths['min']} || net.len > {lengths['max']} then reject; # 13"]
        body += self.graceful_shutdown(peer)
        return f"{definition}filter receive_{name} {{\n{indented([*body, 'accept;'])}}}\n"

    def next_hops(self, peer):
        rule = peer.filtering["next_hop"]
        if rule["policy"] == "strict":
            return [peer.address]
        if rule["policy"] == "same-as":
            return [p.address for p in self.policy.peers.values()
                    if p.asn == peer.asn and p.family == peer.family]
        return rule["authorized_addresses_list"]

    def path_checks(self, peer):
        hops = " && ".join(f"bgp_next_hop != {address}" for address in self.next_hops(peer))
        yield 5, hops
        yield 1, f"bgp_path.len > {self.filtering['max_as_path_len']}"
        yield 6, f"bgp_path.first != {peer.asn}"
        if peer.filtering["reject_invalid_as_in_as_path"]:
            yield 7, f"bgp_path ~ {INVALID_ASNS}"
        transit = sorted(self.policy.transit_free - {peer.asn})
        if self.filtering["transit_free"]["action"] == "reject" and transit:
            yield 8, f"bgp_path ~ [{', '.join(map(str, transit))}]"
        if self.policy.never_via:
            yield 15, f"bgp_path ~ [{', '.join(map(str, sorted(self.policy.never_via)))}]"

    def prefix_checks(self, peer, family):
        if family == 6:
            yield 10, "net !~ [2000::/3+]"
        for code, entries in ((3, self.filtering["global_black_list_pref"]),
                              (11, peer.filtering["black_list_pref"]), (2, self.bogons)):
            listed = prefix_set(entries, family)
            if listed:
                yield code, f"net ~ {listed}"

    def irr(self, peer, family):
        """Definitions and statements of section 6."""
        irr, words = peer.irr, self.words
        origins, white = self.policy.authorised[peer.address]
        objects, definition = self.objects(origins, family)
        prefixes = [f"net ~ {s}" for s in (objects, prefix_set(irr["white_list_pref"], family))
                    if s]
        known = ", ".join(map(str, sorted(origins | white)))
        lines = [f"bool origin_ok = bgp_path.last ~ [{known}];",
                 f"bool prefix_ok = {' || '.join(prefixes) or 'false'};",
                 "bool validated = false;"]
        if irr["tag_as_set"]:
            for what in ("origin", "prefix"):
                yes, no = (" ".join(words.add(f"{what}_{word}_in_as_set"))
                           for word in ("present", "not_present"))
                lines.append(f"if {what}_ok then {{ {yes} }} else {{ {no} }}")
        lines += self.validation(irr, family)
        if irr["enforce_origin_in_as_set"]:
            lines.append("if !validated && !origin_ok then reject; # 9")
        if irr["enforce_prefix_in_as_set"]:
            lines.append("if !validated && !prefix_ok then reject; # 12")
        return definition, lines

    def validation(self, irr, family):
        def then(name):
            tags = self.words.add(name) if irr["tag_as_set"] else []
            return f"{{ validated = true; {' '.join(tags)} }}"

        if self.filtering["irrdb"]["use_rpki_roas_as_route_objects"]["enabled"]:
            yield f"if origin_ok && roa_check(rpki{family}) = ROA_VALID then " + \
                then("prefix_validated_via_rpki_roas")
        for entry in irr["white_list_route"]:
            match = prefix_set([entry], family)
            if match:
                origin = f" && bgp_path.last = {entry['asn']}" if entry.get("asn") else ""
                yield f"if !validated && net ~ {match}{origin} then " + \
                    then("route_validated_via_white_list")

    def is_blackhole(self, family):
        """Condition, or None where there are no such requests."""
        if not self.cfg["blackhole_filtering"][f"policy_ipv{family}"]:
            return None
        return f"{BLACKHOLE} ~ bgp_community || {self.words.has('blackholing')}"

    def accept_blackhole(self, family):
        if not self.is_blackhole(family):
            return []
        tags = " ".join(self.words.add("rpki_bgp_origin_validation_not_performed"))
        return [f"if {self.is_blackhole(family)} then {{ {tags} accept; }}"]

    def origin_validation(self, peer, family):
        words = self.words
        if not self.filtering["rpki_bgp_origin_validation"]["enabled"]:
            return words.add("rpki_bgp_origin_validation_not_performed")
        lines = [f"case roa_check(rpki{family}) {{"]
        for state, name in (("VALID", "valid"), ("UNKNOWN", "unknown"), ("INVALID", "invalid")):
            tags = " ".join(words.add(f"rpki_bgp_origin_validation_{name}"))
            reject = state == "INVALID" and peer.filtering["rpki_bgp_origin_validation"][
                "reject_invalid"]
            lines.append(f"\tROA_{state}: {{ {tags} {'reject; ' if reject else ''}}}")
        return lines + ["}"]

    def graceful_shutdown(self, peer):
        if not self.cfg["graceful_shutdown"]["enabled"]:
            return []
        then = f"bgp_local_pref = {self.cfg['graceful_shutdown']['local_pref']}"
        if not peer.settings["graceful_shutdown"]["enabled"]:
            then = f"bgp_community.delete({GRACEFUL_SHUTDOWN})"
        return [f"if {GRACEFUL_SHUTDOWN} ~ bgp_community then {then};"]

    # ---- announcing ----

    def announce(self, name, peer, family):
        """Text of the filter for what a peer is told."""
        last = peer.std_asn, peer.asn
        body = ["bool is_request = false;", *self.blackhole(peer, family)]
        if self.cfg["rfc1997_wellknown_communities"]["policy"] == "rfc1997":
            body.insert(0, f"if {NO_EXPORT} ~ bgp_community || {NO_ADVERTISE} ~ bgp_community "
                           "then reject;")
        if not peer.filtering["rpki_bgp_origin_validation"]["announce_invalid_to_client"]:
            invalid = self.words.has("rpki_bgp_origin_validation_invalid")
            body.append(f"if !is_request && ({invalid}) then reject;")
        body += self.requests(last)
        if peer.settings["prepend_rs_as"]:
            body.append("bgp_path.prepend(rs_as);")
        body += self.words.scrub([*self.words.inbound, *INTERNAL],
                                 self.words.reject_map.values())
        if self.cfg["graceful_shutdown"]["perform"]:
            body.append(f"bgp_community.add({GRACEFUL_SHUTDOWN});")
        return f"filter announce_{name} {{\n{indented([*body, 'accept;'])}}}\n"

    def blackhole(self, peer, family):
        """It must be found out before communities are added."""
        if not self.is_blackhole(family):
            return []
        holes = self.cfg["blackhole_filtering"]
        lines = [f"if {self.is_blackhole(family)} then {{", "\tis_request = true;"]
        if not peer.settings["blackhole_filtering"]["announce_to_client"]:
            lines.append("\treject;")
        lines.append(f"\tbgp_community.add({BLACKHOLE});")
        if holes["add_noexport"]:
            lines.append(f"\tbgp_community.add({NO_EXPORT});")
        if holes[f"policy_ipv{family}"] == "rewrite-next-hop":
            lines.append(f"\tbgp_next_hop = {holes[f'rewrite_next_hop_ipv{family}']};")
        return [*lines, "}"]

    def requests(self, last):
        """Steps 3, 4 and 6; the exchanges of tests/data have no thresholds of round-trip times."""
        assert not self.cfg["rtt_thresholds"]
        has = self.words.has
        yield f"if {has('do_not_announce_to_peer', last)} then reject;"
        yield f"if !({has('announce_to_peer', last)}) && ({has('do_not_announce_to_any')}) " \
            "then reject;"
        word = "if"
        for to in ("peer", "any"):
            for name, times in PREPENDS:
                prepend = "bgp_path.prepend(bgp_path.first); " * times
                yield f"{word} {has(f'prepend_{name}_to_{to}', last)} then {{ {prepend}}}"
                word = "else if"
        for name, value in (("noexport", NO_EXPORT), ("noadvertise", NO_ADVERTISE)):
            yield f"if {has(f'add_{name}_to_any')} || {has(f'add_{name}_to_peer', last)} then " \
                f"bgp_community.add({value});"

    # ---- the file ----

    def session(self, number, session):
        peer = self.policy.peers[session.local]
        receive = announce = "none"
        text = ""
        if not peer.is_quarantined:
            text = self.receive(f"p{number}", peer, session.family) + \
                self.announce(f"p{number}", peer, session.family)
            receive, announce = f"filter receive_p{number}", f"filter announce_p{number}"
        role = "local role rs_server;" if peer.filtering["roles"]["enabled"] else ""
        return text + SESSION.format(
            number=number, peer=session.peer, port=session.port, local=session.local,
            asn=session.asn, role=role, family=session.family, receive=receive, announce=announce,
            secondary="secondary;" if self.cfg["path_hiding"] else "")

    def write(self, path, sessions, log="bird.log"):
        with open(path, "w", encoding="utf-8") as file:
            file.write("# Made by bird_filters.py.\n" + HEAD.format(
                log=log, levels="all", router_id=self.cfg["router_id"], rs_as=self.cfg["rs_as"]))
            file.writelines(self.roas())
            for number, session in enumerate(sessions):
                file.write(self.session(number, session).replace("\t\n", ""))


def write(conf, folder, path, sessions):
    """The configuration for an exchange of tests/data, given what exchange_conf made of it."""
    facts = data.Facts().read_exchange(folder, conf.cfg["rpki_roas"]["allowed_trust_anchors"])
    Filters(conf, facts).write(path, sessions)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exchange", help="folder of tests/data")
    parser.add_argument("out", help="folder to write into")
    parser.add_argument("--variant", choices=exchange_conf.VARIANTS, default="strict")
    options = parser.parse_args()
    os.makedirs(options.out, exist_ok=True)
    _, conf = exchange_conf.configuration(options.exchange, options.variant)
    _, sessions = plan.read_exchange(options.exchange)
    write(conf, options.exchange, f"{options.out}/bird.conf", sessions)
    print(f"{len(sessions)} sessions, variant {options.variant}: {options.out}/bird.conf")


if __name__ == "__main__":
    main()
