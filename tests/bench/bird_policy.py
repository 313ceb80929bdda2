"""BIRD 2's configuration for the same policy, in the way in which exchanges generate it.

One set of ASNs and one of prefixes per distinct list of AS-SETs, a receive and an announce filter
per client, functions for what all have in common; communities are tested with `~` and removed with
sets. Written to be fast: what could be one set is one, constants are constants, whatever the
configuration does not ask for is left out, and nothing is logged.

    functions        bogons, ASNs, communities in and out, requests of one client
    per client       IRR sets and functions, next hop, receive_from_X, announce_to_X
    protocol         rs client, one sorted table per family, `secondary`, `import keep filtered`
"""
import collections

import plan
from bird_filters import HEAD, INTERNAL, INVALID_ASNS, LISTS, MEMBERS, OUTBOUND, prefix_set

LEVELS = "{ warning, error, fatal, bug, auth }"


class Words:
    """The patterns of general.yml, as BIRD writes them."""

    def __init__(self, cfg):
        self.communities, self.rs_as = cfg["communities"], cfg["rs_as"]
        self.inbound = [n for n in self.communities if n not in OUTBOUND + INTERNAL]

    def values(self, names, peers=False):
        """format -> constants of a set; peers: with whatever may stand for peer_as."""
        found = collections.defaultdict(list)
        for name in names:
            for form, pattern in self.communities.get(name, {}).items():
                pattern = pattern.replace("rs_as", str(self.rs_as)).replace(":", ", ")
                lasts = MEMBERS[form] if peers and "peer_as" in pattern else ("peer_as",)
                found[form] += [f"({pattern.replace('peer_as', last)})" for last in lasts]
        return found

    def delete(self, names):
        return "".join(f"\t{LISTS[form]}.delete([{', '.join(values)}]);\n"
                       for form, values in self.values(names, peers=True).items())

    def add(self, name, indent="\t\t"):
        return "".join(f"{indent}{LISTS[form]}.add({value});\n"
                       for form, values in self.values([name]).items() for value in values)

    def match(self, name, has_std):
        """A condition; clients without a 16-bit ASN are nobody's peer in a standard community."""
        return " || ".join(
            f"{value} ~ {LISTS[form]}"
            for form, values in self.values([name]).items() for value in values
            if form != "std" or has_std or "peer_as" not in value)


# What was written for some IRR objects: name of the sets, families that have one, origins.
Objects = collections.namedtuple("Objects", "name families origins")


def function(name, body, arguments=""):
    return f"function {name}({arguments}) {{\n{body}}}\n"


class Bird:
    """registry: expand(name), origins; routes: ASN -> prefixes."""

    def __init__(self, conf, registry):
        self.cfg, self.conf, self.registry = conf.cfg, conf, registry
        self.words = Words(conf.cfg)
        self.filtering = conf.cfg["filtering"]
        self.irr = {}  # names of objects, or the ASN of a client -> Objects
        self.checked = set()  # ASNs of clients whose functions are written

    # ---- what all have in common ----

    def constants(self):
        f = self.filtering
        yield f"define invalid_asns = {INVALID_ASNS};\n"
        yield f"define never_via = [{', '.join(map(str, f['never_via_route_servers']['asns']))}];\n"
        for family in (4, 6):
            for name, entries in (("bogons", self.conf.bogons),
                                  ("black_list", f["global_black_list_pref"])):
                listed = prefix_set(entries, family)
                if listed:
                    yield f"define {name}{family} = {listed};\n"
        self.has_black_list = {
            family: bool(prefix_set(f["global_black_list_pref"], family)) for family in (4, 6)}

    def requests(self, has_std):
        """Export: may it be announced, prepending, NO_EXPORT and NO_ADVERTISE."""
        words, tail = self.words, "" if has_std else "_32"
        can = "".join(f"\tif {words.match(name, has_std)} then return {answer};\n"
                      for name, answer in (("do_not_announce_to_peer", "false"),
                                           ("announce_to_peer", "true"),
                                           ("do_not_announce_to_any", "false")))
        yield function(f"can_be_announced{tail}", can + "\treturn true;\n", "int peer_as")
        prepend = ""
        for to in ("peer", "any"):
            for times, name in enumerate(("once", "twice", "thrice"), 1):
                one = "bgp_path.prepend(bgp_path.first); "
                prepend += f"\tif {words.match(f'prepend_{name}_to_{to}', has_std)} then {{ " \
                    f"{one * times}return true; }}\n"
        yield function(f"apply_prepend{tail}", prepend + "\treturn false;\n", "int peer_as")
        adds = ""
        for number, name in ((65281, "add_noexport"), (65282, "add_noadvertise")):
            for to in ("any", "peer"):
                adds += f"\tif {words.match(f'{name}_to_{to}', has_std)} then " \
                    f"bgp_community.add((65535, {number}));\n"
        yield function(f"add_noexport_noadvertise{tail}", adds, "int peer_as")

    def validation(self, family):
        """RFC 6811, with the community of RFC 8097 and those of the exchange."""
        words = self.words
        body = f"\tcase roa_check(rpki{family}) {{\n"
        for number, (state, name) in enumerate((("VALID", "valid"), ("UNKNOWN", "unknown"),
                                                ("INVALID", "invalid"))):
            body += f"\t\tROA_{state}: {{\n" \
                f"\t\tbgp_ext_community.add((generic, 0x43000000, 0x{number:x}));\n" + \
                words.add(f"rpki_bgp_origin_validation_{name}") + "\t\t}\n"
        yield function(f"validate{family}", body + "\t}\n")

    def blackhole(self, family):
        policy = self.cfg.get("blackhole_filtering", {}).get(f"policy_ipv{family}")
        if not policy:
            return
        match = self.words.match("blackholing", True)
        yield function(f"is_blackhole{family}",
                       f"\treturn (65535, 666) ~ bgp_community || {match};\n")
        body = "\tbgp_community.add((65535, 666));\n"
        if self.cfg["blackhole_filtering"]["add_noexport"]:
            body += "\tbgp_community.add((65535, 65281));\n"
        if policy == "rewrite-next-hop":
            body += "\tbgp_next_hop = " \
                f"{self.cfg['blackhole_filtering'][f'rewrite_next_hop_ipv{family}']};\n"
        yield function(f"apply_blackhole{family}", body)

    def common(self):
        yield from self.constants()
        yield function("scrub_in", self.words.delete(OUTBOUND + INTERNAL))
        yield function("scrub_out", self.words.delete(tuple(self.words.inbound) + INTERNAL))
        yield from self.requests(True)
        yield from self.requests(False)
        for family in (4, 6):
            yield from self.validation(family)
            yield from self.blackhole(family)

    # ---- the IRR ----

    def objects(self, key, names):
        """Sets of the union of some objects, the first time that they occur; their name."""
        if key in self.irr:
            return "", self.irr[key]
        origins = sorted({o for one in names for o in self.registry.expand(one)})
        name = f"AS_SET_{len(self.irr)}"
        text = f"define {name}_asns = [{', '.join(map(str, origins)) or 0}];\n"
        families = []
        for family in (4, 6):
            found = sorted({prefix for origin in origins
                            for prefix in self.registry.routes.get(origin, ())
                            if (":" in prefix) == (family == 6)})
            if found:
                text += f"define {name}_prefixes{family} = [\n{', '.join(found)}\n];\n"
                families.append(family)
        self.irr[key] = Objects(name, families, set(origins))
        return text, self.irr[key]

    def irr_of(self, client):
        """Definitions and functions of the client's authorisation, and the name of these."""
        asn, names = client["asn"], tuple(client["cfg"]["filtering"]["irrdb"]["as_sets"])
        if asn in self.checked:
            return "", f"AS{asn}"
        self.checked.add(asn)
        text, objects = self.objects(names, names)
        parts = [objects]
        if asn not in objects.origins:
            more, own = self.objects(asn, [f"AS{asn}"])
            text, parts = text + more, parts + [own]
        origin = " || ".join(f"bgp_path.last ~ {p.name}_asns" for p in parts)
        for family in (4, 6):
            prefix = " || ".join(f"net ~ {p.name}_prefixes{family}" for p in parts
                                 if family in p.families)
            text += self.check_irr(f"AS{asn}_irr{family}", origin, prefix or "false")
        return text, f"AS{asn}"

    def check_irr(self, name, origin, prefix):
        """Tags, then the answer: both tags are set before it is given."""
        body = "\tbool good = true;\n"
        for what, condition in (("origin", origin), ("prefix", prefix)):
            body += f"\tif {condition} then {{\n" \
                f"{self.words.add(f'{what}_present_in_as_set')}" \
                f"\t}} else {{\n{self.words.add(f'{what}_not_present_in_as_set')}" \
                "\t\tgood = false;\n\t}\n"
        return function(name, body + "\treturn good;\n")

    # ---- one session ----

    def wrong_next_hop(self, client, session):
        allowed = [session.local] if self.filtering["next_hop"]["policy"] == "strict" else \
            [a for c in self.conf.clients if c["asn"] == client["asn"] for a in c["ip"]
             if (":" in a) == (session.family == 6)]
        return " && ".join(f"bgp_next_hop != {a}" for a in allowed)

    def receive(self, name, irr, client, session):
        f, family = self.filtering, session.family
        lengths = f[f"ipv{family}_pref_len"]
        transit = [a for a in f["transit_free"]["asns"] if a != client["asn"]]
        tests = [self.wrong_next_hop(client, session),
                 f"bgp_path.len > {f['max_as_path_len']}", f"bgp_path.first != {client['asn']}",
                 "bgp_path ~ invalid_asns", f"bgp_path ~ [{', '.join(map(str, transit))}]",
                 "bgp_path ~ never_via"]
        tests += ["net !~ [2000::/3+]"] if family == 6 else []
        tests += [f"net ~ black_list{family}"] if self.has_black_list[family] else []
        tests += [f"net ~ bogons{family}", f"!{irr}_irr{family}()"]
        body = "\tscrub_in();\n" + "".join(f"\tif {t} then reject;\n" for t in tests)
        if self.cfg.get("blackhole_filtering", {}).get(f"policy_ipv{family}"):
            body += f"\tif is_blackhole{family}() then {{\n" + \
                self.words.add("rpki_bgp_origin_validation_not_performed") + "\t\taccept;\n\t}\n"
        body += f"\tvalidate{family}();\n" \
            "\tif (generic, 0x43000000, 0x2) ~ bgp_ext_community then reject;\n" \
            f"\tif net.len < {lengths['min']} || net.len > {lengths['max']} then reject;\n"
        if self.cfg.get("graceful_shutdown", {}).get("enabled"):
            body += "\tif (65535, 0) ~ bgp_community then bgp_local_pref = " \
                f"{self.cfg['graceful_shutdown']['local_pref']};\n"
        return f"filter receive_from_{name} {{\n{body}\taccept;\n}}\n"

    def announce(self, name, client, session):
        family, asn = session.family, client["asn"]
        tail = "" if asn < 65536 else "_32"
        body = ""
        if self.cfg.get("blackhole_filtering", {}).get(f"policy_ipv{family}"):
            body += f"\tif is_blackhole{family}() then apply_blackhole{family}();\n"
        body += f"\tif !can_be_announced{tail}({asn}) then reject;\n" \
            f"\tapply_prepend{tail}({asn});\n\tadd_noexport_noadvertise{tail}({asn});\n" \
            "\tscrub_out();\n"
        return f"filter announce_to_{name} {{\n{body}\taccept;\n}}\n"

    def write(self, path, sessions, log, variant="policy"):
        """variant: policy; judge: nothing is sent, import table; free: as judge, no filter."""
        by_address = {a: c for c in self.conf.clients for a in c["ip"]}
        with open(path, "w", encoding="utf-8") as file:
            file.write("# Made by bird_policy.py.\n" + HEAD.format(
                log=log, levels=LEVELS, router_id=self.cfg["router_id"], rs_as=self.cfg["rs_as"]))
            for family in (4, 6):
                file.write(f"protocol static {{\n\troa{family} {{ table rpki{family}; }};\n")
                file.writelines(f"\troute {prefix} max {longest} as {asn};\n"
                                for prefix, longest, asn in self.registry.vrps
                                if (":" in prefix) == (family == 6))
                file.write("}\n")
            file.writelines(self.common())
            for number, session in enumerate(sessions):
                file.write(self.session(f"p{number}", session, by_address[session.local], variant))

    def session(self, name, session, client, variant):
        text, irr = self.irr_of(client)
        family = session.family
        text += self.receive(name, irr, client, session)
        text += self.announce(name, client, session)
        channel = {
            "policy": f"import keep filtered on; import filter receive_from_{name}; "
                      f"export filter announce_to_{name};",
            "judge": f"import table on; import filter receive_from_{name}; export none;",
            "free": "import table on; import all; export none;"}[variant]
        return text + f"""\
protocol bgp {name} from at_exchange {{
	local {session.peer} port {session.port} as {plan.RS_ASN};
	neighbor {session.local} as {client['asn']};
	ipv{family} {{ table master{family}; secondary; {channel} }};
}}
"""
