#!/usr/bin/python3
"""A full policy for an exchange of tests/data, as ARouteServer's files and Roost's own.

    exchange_conf.py EXCHANGE OUT [--variant NAME] [--port N] [--socket PATH] [--restricted PATH]

It writes general.yml, clients.yml, bogons.yml, roost.yml and the unpacked feeds into OUT. The same
configuration, as Python has it, is what the naive policy judges by. Members are given different
settings by their number in the list, so that as many of them as possible are met by real routes.
"""
import argparse
import collections
import json
import os
import shutil

import plan

# Networks without transit, as operators' filters list them; behind a member of an exchange each is
# a leak. None of them is a member of either exchange.
TRANSIT_FREE = (174, 209, 286, 701, 1239, 1273, 1299, 2828, 2914, 3257, 3320, 3356, 3491, 3549,
                3561, 5511, 6453, 6461, 6762, 6830, 7018, 12956)
# Flagged "never via route servers" in PeeringDB in 2026, without members of the exchange: what a
# member announces itself it does want to be heard.
NEVER_VIA = (174, 680, 1299, 2152, 2914, 3064, 3257, 3265, 3292, 3320, 5432, 5511, 6405, 6730, 6805,
             6830, 6908, 7843, 8014, 8075, 8365, 8607, 9177, 11164, 13030, 16402, 21396, 26458,
             30781, 32272, 39326)
BOGONS_EXACT = ("0.0.0.0/0", "::/0")
# RFC 6890 and what else is not routed.
BOGONS = ("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
          "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.168.0.0/16", "198.18.0.0/15",
          "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "2001::/33", "2001:0:8000::/33",
          "2001:2::/48", "2001:3::/32", "2001:10::/28", "2001:db8::/32", "2002::/16", "3ffe::/16",
          "fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "100::/64")

ANCHORS = ("afrinic", "apnic", "arin", "lacnic", "ripe")
ANCHORS_WITHOUT_ARIN = ("APNIC RPKI Root", "AfriNIC RPKI Root", "LACNIC RPKI Root",
                        "RIPE NCC RPKI Root")
COMMUNITIES = {
    "prefix_present_in_as_set": {"std": "64512:11", "lrg": "rs_as:1001:11"},
    "prefix_not_present_in_as_set": {"std": "64512:10", "lrg": "rs_as:1001:10"},
    "origin_present_in_as_set": {"std": "64512:21", "lrg": "rs_as:1001:21"},
    "origin_not_present_in_as_set": {"std": "64512:20", "lrg": "rs_as:1001:20"},
    "prefix_validated_via_rpki_roas": {"std": "64512:31", "lrg": "rs_as:1001:31"},
    "route_validated_via_white_list": {"std": "64512:41", "ext": "rt:64512:41"},
    "rpki_bgp_origin_validation_not_performed": {"lrg": "rs_as:1000:3"},
    "rpki_bgp_origin_validation_valid": {"lrg": "rs_as:1000:1"},
    "rpki_bgp_origin_validation_unknown": {"lrg": "rs_as:1000:2"},
    "rpki_bgp_origin_validation_invalid": {"lrg": "rs_as:1000:4"},
    "aspa_valid": {"lrg": "rs_as:1002:1"},
    "aspa_unknown": {"lrg": "rs_as:1002:2"},
    "aspa_invalid": {"lrg": "rs_as:1002:3"},
    "blackholing": {"std": "65506:666", "lrg": "rs_as:666:0"},
    "do_not_announce_to_any": {"std": "0:rs_as", "lrg": "rs_as:0:0"},
    "do_not_announce_to_peer": {"std": "0:peer_as", "ext": "rt:0:peer_as",
                                "lrg": "rs_as:0:peer_as"},
    "announce_to_peer": {"std": "rs_as:peer_as", "ext": "rt:rs_as:peer_as",
                         "lrg": "rs_as:1:peer_as"},
    "prepend_once_to_peer": {"std": "65501:peer_as", "lrg": "rs_as:101:peer_as"},
    "prepend_twice_to_peer": {"std": "65502:peer_as", "lrg": "rs_as:102:peer_as"},
    "prepend_thrice_to_peer": {"std": "65503:peer_as", "lrg": "rs_as:103:peer_as"},
    "prepend_once_to_any": {"std": "65504:0", "lrg": "rs_as:101:0"},
    "prepend_twice_to_any": {"std": "65504:1", "lrg": "rs_as:102:0"},
    "prepend_thrice_to_any": {"std": "65504:2", "lrg": "rs_as:103:0"},
    "add_noexport_to_any": {"std": "65507:0", "lrg": "rs_as:201:0"},
    "add_noadvertise_to_any": {"std": "65508:0", "lrg": "rs_as:202:0"},
    "add_noexport_to_peer": {"std": "65509:peer_as", "lrg": "rs_as:201:peer_as"},
    "add_noadvertise_to_peer": {"std": "65510:peer_as", "lrg": "rs_as:202:peer_as"},
}
REJECT_COMMUNITIES = {
    "reject_cause": {"std": "65520:dyn_val", "lrg": "rs_as:1101:dyn_val"},
    "rejected_route_announced_by": {"ext": "rt:65521:dyn_val", "lrg": "rs_as:1102:dyn_val"},
    "reject_cause_map": {"14": {"std": "65522:1"}, "19": {"lrg": "rs_as:1103:1"}},
}
CUSTOMS = {"site_north": {"std": "65511:1", "lrg": "rs_as:300:1"},
           "site_south": {"std": "65511:2", "ext": "rt:65511:2"}}

Configuration = collections.namedtuple("Configuration", "cfg clients bogons")
VARIANTS = {
    "plain": "all clients alike, next hops of a client's other router allowed",
    "strict": "every check rejects; clients differ",
    "tag": "as strict; more specifics, ROAs as route objects, ASPA rejects, rejects are tagged",
    "lenient": "as strict with the other choice wherever there is one",
}


def general(lan, variant):
    """The mapping under `cfg` of general.yml."""
    networks = [{"prefix": str(n.network_address), "length": n.prefixlen, "comment": "peering LAN"}
                for n in lan.networks]
    hole = {4: lan.networks[0].network_address + 66, 6: lan.networks[1].network_address + 0x666}
    lenient = variant == "lenient"
    cfg = {
        "rs_as": plan.RS_ASN, "router_id": "192.0.2.1", "path_hiding": not lenient,
        "filtering": {
            "next_hop": {"policy": "same-as" if variant == "plain" else "strict"},
            "ipv4_pref_len": {"min": 8, "max": 24}, "ipv6_pref_len": {"min": 12, "max": 48},
            "global_black_list_pref": networks,
            "max_as_path_len": 32, "reject_invalid_as_in_as_path": True,
            "transit_free": {"action": "warning" if lenient else "reject", "asns": None},
            "never_via_route_servers": {"peering_db": False, "asns": None},
            "irrdb": {"enforce_origin_in_as_set": True, "enforce_prefix_in_as_set": True,
                      "allow_longer_prefixes": variant in ("tag", "lenient"), "tag_as_set": True,
                      "use_rpki_roas_as_route_objects": {"enabled": variant in ("tag", "lenient")}},
            "rpki_bgp_origin_validation": {"enabled": True, "reject_invalid": not lenient},
            "aspa": {"enabled": True, "reject_invalid": variant == "tag"},
            "max_prefix": {"action": "warning", "peering_db": {"enabled": False}},
            "reject_policy": {"policy": "tag" if variant == "tag" else "reject"},
        },
        "blackhole_filtering": {
            "policy_ipv4": "propagate-unchanged" if lenient else "rewrite-next-hop",
            "policy_ipv6": "rewrite-next-hop",
            "rewrite_next_hop_ipv4": str(hole[4]), "rewrite_next_hop_ipv6": str(hole[6]),
            "announce_to_client": True, "add_noexport": not lenient},
        # The file was made long ago; to be too old for anybody is not what it is here for.
        "rpki_roas": {"allowed_trust_anchors": list(ANCHORS_WITHOUT_ARIN if lenient else ANCHORS),
                      "ignore_cache_files_older_than": 4294967295},
        "graceful_shutdown": {"enabled": True, "local_pref": 0},
        "rfc1997_wellknown_communities": {"policy": "rfc1997" if lenient else "pass"},
        "communities": {**COMMUNITIES, **(REJECT_COMMUNITIES if variant == "tag" else {})},
        "custom_communities": CUSTOMS,
    }
    return cfg


def members(folder):
    """asn -> sessions, and the facts of members.json about each session's address."""
    lan, sessions = plan.read_exchange(folder)
    by_asn = collections.defaultdict(list)
    for session in sessions:
        by_asn[session.asn].append(session)
    with plan.open_text(f"{folder}/members.json.gz") as file:
        export = json.load(file)
    facts = {}
    for member in export["member_list"]:
        for connection in member["connection_list"]:
            for vlan in connection["vlan_list"]:
                for family in (4, 6):
                    if f"ipv{family}" in vlan:
                        facts[vlan[f"ipv{family}"]["address"]] = vlan[f"ipv{family}"]
    return lan, by_asn, facts


def announced(session):
    """(prefix, origin ASN or None) of each route, in the order of the file."""
    with plan.open_text(session.routes) as file:
        for line in file:
            prefix, path = line.split("|")[:2]
            last = path.split()[-1]
            yield prefix, None if "{" in last else int(last)


def entry(prefix, **more):
    address, length = prefix.split("/")
    return {"prefix": address, "length": int(length), **more}


def irr_settings(number, sessions):
    """White lists are of what is announced, every so many routes; some enforce less."""
    routes = list(announced(sessions[0]))
    irr = {}
    if number % 3 == 0:
        irr["white_list_route"] = [
            entry(prefix, exact=True, **({"asn": origin} if origin and n % 2 == 0 else {}))
            for n, (prefix, origin) in enumerate(routes[3::17]) if not prefix.endswith("/0")]
    if number % 5 == 1:
        irr["white_list_pref"] = [entry(p) for p, _ in routes[5::11] if int(p.split("/")[1]) > 11]
    if number % 7 == 2:
        irr["white_list_asn"] = sorted({o for _, o in routes[2::9] if o})
    if number % 11 == 5:
        irr["enforce_prefix_in_as_set"] = False
    if number % 11 in (7, 5) and number % 2:
        irr["enforce_origin_in_as_set"] = False
    return irr


def client_filtering(number, sessions, facts, variant):
    first = sessions[0]
    names = facts[first.local]["as_macro"].split()
    settings = {"irrdb": {"as_sets": names, **irr_settings(number, sessions)},
                "max_prefix": {f"limit_ipv{s.family}": facts[s.local]["max_prefix"]
                               for s in reversed(sessions)}}
    if len(sessions) > 2:
        settings["next_hop"] = {"policy": "same-as"}
    elif number % 13 == 6:
        settings["next_hop"] = {"policy": "authorized_addresses",
                                "authorized_addresses_list": [s.local for s in sessions]}
    if number % 4 == 3:
        routes = [p for p, _ in announced(first)]
        settings["black_list_pref"] = [entry(p, exact=True) for p in routes[7::29]]
    if number % 9 == 4:
        settings["ipv4_pref_len"] = {"max": 26}
        settings["ipv6_pref_len"] = {"min": 8, "max": 64}
    if number % 10 == 8:
        settings["reject_invalid_as_in_as_path"] = False
    if number % 6 == 1:
        settings["rpki_bgp_origin_validation"] = {"reject_invalid": variant == "lenient"}
    elif number % 6 == 3:
        settings["rpki_bgp_origin_validation"] = {"announce_invalid_to_client": True}
    if number % 12 == 9:
        settings["reject_policy"] = {"policy": "tag_and_reject" if variant == "tag" else "reject"}
    return settings


def plain_client(asn, sessions, facts):
    names = facts[sessions[0].local]["as_macro"].split()
    return {"asn": asn, "ip": [s.local for s in sessions], "description": sessions[0].description,
            "cfg": {"filtering": {"irrdb": {"as_sets": names}}}}


def client(number, asn, sessions, facts, variant):
    if variant == "plain":
        return plain_client(asn, sessions, facts)
    cfg = {"filtering": client_filtering(number, sessions, facts, variant)}
    if number % 10 == 3:
        cfg["blackhole_filtering"] = {"announce_to_client": False}
    if variant != "strict" and number % 2 == 0:
        cfg["graceful_shutdown"] = {"enabled": False}
    if number % 4 == 2:
        cfg["attach_custom_communities"] = ["site_north"] + (["site_south"] if number % 8 == 2
                                                             else [])
    if number % 40 == 17 or (variant == "lenient" and number % 5 == 4):
        cfg["prepend_rs_as"] = True
    if variant == "lenient" and number % 5 == 0:
        cfg["filtering"]["roles"] = {"enabled": True}
    result = {"asn": asn, "ip": [s.local for s in sessions],
              "description": sessions[0].description, "cfg": cfg}
    if asn > 65535 and number % 2 == 1:
        result["16bit_mapped_asn"] = 64600 + number
    if number % 20 == 11:
        result["quarantine"] = True
    return result


def configuration(folder, variant="strict"):
    """What the files say, as Python has it."""
    lan, by_asn, facts = members(folder)
    cfg = general(lan, variant)
    cfg["filtering"]["transit_free"]["asns"] = list(TRANSIT_FREE)
    cfg["filtering"]["never_via_route_servers"]["asns"] = [a for a in NEVER_VIA if a not in by_asn]
    clients = [client(number, asn, sessions, facts, variant)
               for number, (asn, sessions) in enumerate(by_asn.items())]
    bogons = [entry(p, exact=True, comment="default route") for p in BOGONS_EXACT] + \
        [entry(p) for p in BOGONS]
    return lan, Configuration(cfg, clients, bogons)


# ---- writing ----

def scalar(value):
    if isinstance(value, bool):
        return "True" if value else "False"
    return json.dumps(value, ensure_ascii=False)


def is_flat(value):
    inner = value.values() if isinstance(value, dict) else value
    return not any(isinstance(v, (dict, list)) for v in inner)


def flow(value):
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k}: {scalar(v)}" for k, v in value.items()) + "}"
    return "[" + ", ".join(scalar(v) for v in value) + "]"


def yaml_lines(value, indent):
    """A mapping or a list in YAML's block style; what has no further levels on one line."""
    pad = "  " * indent
    for key, inner in value.items() if isinstance(value, dict) else ((None, v) for v in value):
        name = json.dumps(key) if key and key[0].isdigit() else key
        head = f"{pad}- " if key is None else f"{pad}{name}: "
        if not isinstance(inner, (dict, list)):
            yield head + scalar(inner)
        elif is_flat(inner):
            yield head + flow(inner)
        elif key is None:
            lines = list(yaml_lines(inner, indent + 1))
            yield head + lines[0].lstrip()
            yield from lines[1:]
        else:
            yield head.rstrip()
            yield from yaml_lines(inner, indent + 1)


def write_yaml(path, value):
    with open(path, "w", encoding="utf-8") as file:
        file.write("# Made by exchange_conf.py.\n")
        file.writelines(line + "\n" for line in yaml_lines(value, 0))


def unpack(source, target):
    with plan.open_text(source) as old, open(target, "w", encoding="utf-8") as new:
        shutil.copyfileobj(old, new)


def write(folder, out, variant="strict", daemon=None):
    """All files; returns the configuration. daemon: further settings of its section."""
    lan, conf = configuration(folder, variant)
    os.makedirs(out, exist_ok=True)
    write_yaml(f"{out}/general.yml", {"cfg": conf.cfg})
    write_yaml(f"{out}/clients.yml", {"clients": conf.clients})
    write_yaml(f"{out}/bogons.yml", {"bogons": conf.bogons})
    feeds = {"irr": [f"{out}/as-sets.rpsl", f"{out}/routes.rpsl"], "rpki": [f"{out}/rpki.json"]}
    for name in ("irr/as-sets.rpsl", "irr/routes.rpsl", "rpki/rpki.json"):
        unpack(f"{folder}/{name}.gz", f"{out}/{os.path.basename(name)}")
    write_yaml(f"{out}/roost.yml", {
        "daemon": {"listen": list(lan.servers.values()), **(daemon or {})},
        "general": f"{out}/general.yml", "clients": f"{out}/clients.yml",
        "bogons": f"{out}/bogons.yml",
        "feeds": feeds})
    return conf


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exchange", help="folder of tests/data")
    parser.add_argument("out", help="folder to write into")
    parser.add_argument("--variant", choices=VARIANTS, default="strict",
                        help="; ".join(f"{name}: {text}" for name, text in VARIANTS.items()))
    parser.add_argument("--port", type=int)
    parser.add_argument("--socket")
    parser.add_argument("--restricted")
    options = parser.parse_args()
    daemon = {"port": options.port, "socket": options.socket,
              "restricted_socket": options.restricted}
    conf = write(options.exchange, os.path.abspath(options.out), options.variant,
                 {k: v for k, v in daemon.items() if v})
    print(f"{len(conf.clients)} clients, variant {options.variant}: {options.out}")


if __name__ == "__main__":
    main()
