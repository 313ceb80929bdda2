"""The naive import policy against sentences of its specification, one case each.

A client AS11 at 192.0.2.11 and 2001:db8:ff::11, whose AS-SET AS-ELEVEN holds AS11 and AS77. What a
case does not say is a route that every check lets through.
"""
import json

import naive_exchange
import naive_policy
import naive_policy_community as community
import naive_policy_data as data
import plan
import pytest

RS_AS = 64500
V4, V6 = "192.0.2.11", "2001:db8:ff::11"
GOOD = "20.1.0.0/16|11 77|i|192.0.2.11|||"
GOOD6 = "2a00:1::/32|11 77|i|2001:db8:ff::11|||"
COMMUNITIES = {
    "origin_present_in_as_set": {"std": "65000:1"}, "origin_not_present_in_as_set":
    {"std": "65000:2"}, "prefix_present_in_as_set": {"std": "65000:3"},
    "prefix_not_present_in_as_set": {"std": "65000:4"},
    "prefix_validated_via_rpki_roas": {"std": "65000:5"},
    "prefix_validated_via_arin_whois_db_dump": {"std": "65000:6"},
    "prefix_validated_via_registrobr_whois_db_dump": {"std": "65000:7"},
    "route_validated_via_white_list": {"std": "65000:8"},
    "rpki_bgp_origin_validation_not_performed": {"std": "65000:9"},
    "rpki_bgp_origin_validation_valid": {"std": "65000:10"},
    "rpki_bgp_origin_validation_unknown": {"std": "65000:11"},
    "rpki_bgp_origin_validation_invalid": {"std": "65000:12"},
    "aspa_valid": {"std": "65000:13"}, "aspa_unknown": {"std": "65000:14"},
    "aspa_invalid": {"std": "65000:15"},
    "blackholing": {"std": "65000:666", "lrg": "rs_as:666:0", "ext": "rt:65000:666"},
    "do_not_announce_to_peer": {"std": "0:peer_as"},
}


def facts():
    known = data.Facts()
    known.add_set("AS-ELEVEN", ["AS11", "AS-INNER"])
    known.add_set("AS-INNER", ["as77", "AS-ELEVEN", "AS-NOWHERE"])
    for prefix, origin in (("20.1.0.0/16", "AS77"), ("20.3.0.0/16", "AS11"),
                           ("20.9.0.0/16", "AS99"), ("2a00:1::/32", "AS77"),
                           ("20.1.9.1/32", "AS77"), ("20.8.0.0/16", "AS88"),
                           ("20.4.0.0/25", "AS77"), ("20.0.0.0/7", "AS77"),
                           ("2a00:2::/49", "AS77"), ("2a00::/11", "AS77"),
                           ("10.1.0.0/16", "AS77"), ("8000::/16", "AS77"),
                           ("192.0.2.0/24", "AS77"), ("20.5.0.0/16", "AS77"),
                           ("20.6.0.0/16", "AS77"), ("20.7.0.0/16", "AS77"), ("::/0", "AS77"),
                           ("0.0.0.0/0", "AS77")):
        known.add_route(prefix, origin)
    for prefix, longest, origin in (("20.1.0.0/16", 16, "AS77"), ("20.5.0.0/16", 16, 5),
                                    ("20.6.0.0/16", 16, 0), ("20.2.0.0/16", 16, "AS77")):
        known.add_vrp(prefix, longest, origin)
    known.add_aspa(77, [11])
    known.add_aspa(66, [55])
    known.arin[data.prefix_of("20.22.0.0/16")].add(77)
    known.registrobr[data.prefix_of("20.23.0.0/16")].add(77)
    return known


def make(cfg=None, client=None, others=(), known=None):
    general = {"rs_as": RS_AS, "communities": COMMUNITIES}
    general = naive_policy.inherited(general, cfg or {})
    clients = [{"asn": 11, "ip": [V4, V6], "cfg": naive_policy.inherited(
        {"filtering": {"irrdb": {"as_sets": ["AS-ELEVEN"]}}}, client or {})}, *others]
    bogons = [{"prefix": "10.0.0.0", "length": 8}, {"prefix": "0.0.0.0", "length": 0,
                                                     "exact": True},
              {"prefix": "192.0.2.0", "length": 24}]
    return naive_policy.Policy(general, clients, bogons, known or facts())


def judge(line, policy, address=None):
    address = address or (V6 if ":" in line.split("|", 1)[0] else V4)
    session = plan.Session(local=address, peer="", asn=policy.peers[address].asn, bgp_id="1.1.1.1")
    return policy.judge(naive_exchange.Route(session, line.split("|")))


def route(**changes):
    """A line of routes: prefix, path, next_hop, std, ext, lrg, otc."""
    good = GOOD6 if ":" in changes.get("prefix", "") else GOOD
    prefix, path, origin, hop = good.split("|")[:4]
    value = {"prefix": prefix, "path": path, "next_hop": hop, "std": "", "ext": "", "lrg": "",
             "otc": "", **changes}
    return (f"{value['prefix']}|{value['path']}|{origin}|{value['next_hop']}||{value['std']}|"
            f"{value['ext']}|{value['lrg']}|{value['otc']}|")


def filtering(**settings):
    return {"filtering": settings}


ROV = filtering(rpki_bgp_origin_validation={"enabled": True})
ASPA = filtering(aspa={"enabled": True, "reject_invalid": True})
HOLES = {"blackhole_filtering": {"policy_ipv4": "propagate-unchanged",
                                 "policy_ipv6": "propagate-unchanged"}}
TRANSIT = filtering(transit_free={"action": "reject", "asns": "174, AS11"})
NO_IRR = filtering(irrdb={"enforce_origin_in_as_set": False, "enforce_prefix_in_as_set": False})
PATH33 = " ".join(["11"] * 32 + ["77"])
PATH32 = " ".join(["11"] * 31 + ["77"])
LIST25 = [{"prefix": "20.1.0.0", "length": 16, "exact": True}]
ROAS = filtering(irrdb={"use_rpki_roas_as_route_objects": {"enabled": True}})

# Section, what is said, general settings, the client's, the route, the reason.
REASONS = [
    ("5", "a good route", {}, {}, {}, None),
    ("5", "a good IPv6 route", {}, {}, {"prefix": "2a00:1::/32"}, None),
    # 0: protocol
    ("5.0", "AS 0 makes AS_PATH malformed (RFC 7607)", {}, {}, {"path": "11 0 77"}, 17),
    ("5.0", "own ASN in the path", {}, {}, {"path": "11 64500 77"}, 16),
    ("5.0", "own ASN in an AS_SET", {}, {}, {"path": "11 {64500,77}"}, 16),
    ("5.0", "own ASN comes before the next hop", {}, {},
     {"path": "11 64500 77", "next_hop": "192.0.2.9"}, 16),
    ("5.0", "reject_as_set is off by default in general.yml", NO_IRR, {}, {"path": "11 {77}"}, None),
    ("5.0", "reject_as_set", filtering(reject_as_set=True), {}, {"path": "11 {77}"}, 18),
    ("11", "received with OTC from an rs-client: a leak", filtering(roles={"enabled": True}), {},
     {"otc": "11"}, 20),
    ("11", "without roles OTC is nothing", {}, {}, {"otc": "11"}, None),
    ("5.0", "an empty path is 6", {}, {}, {"path": ""}, 6),
    ("5.0", "a path that begins with an AS_SET is 6", {}, {}, {"path": "{11} 77"}, 6),
    ("4", "too many communities", {}, {}, {"std": " ".join(f"1:{n}" for n in range(513))}, 21),
    ("4", "the limit itself", {}, {}, {"std": " ".join(f"1:{n}" for n in range(512))}, None),
    # 4: next hop
    ("5.4", "strict: the client's own address", {}, {}, {"next_hop": "192.0.2.12"}, 5),
    ("5.4", "strict: not even its other router's", {}, {}, {"next_hop": "192.0.2.21"}, 5),
    ("5.4", "same-as: its other router's",
     filtering(next_hop={"policy": "same-as"}), {}, {"next_hop": "192.0.2.21"}, None),
    ("5.4", "same-as: not another member's",
     filtering(next_hop={"policy": "same-as"}), {}, {"next_hop": "192.0.2.12"}, 5),
    ("5.4", "authorized_addresses: the list", {}, filtering(next_hop={
        "policy": "authorized_addresses", "authorized_addresses_list": ["192.0.2.12"]}),
     {"next_hop": "192.0.2.12"}, None),
    ("5.4", "authorized_addresses: own address only if listed", {}, filtering(next_hop={
        "policy": "authorized_addresses", "authorized_addresses_list": ["192.0.2.12"]}), {}, 5),
    ("3", "of a 32-byte next hop the global one counts", {}, {},
     {"prefix": "2a00:1::/32", "next_hop": "2001:db8:ff::11 fe80::1"}, None),
    # 5, 6: path
    ("5.5", "the limit itself passes", {}, {}, {"path": PATH32}, None),
    ("5.5", "repeats count", {}, {}, {"path": PATH33}, 1),
    ("5.5", "an AS_SET counts 1", NO_IRR, {}, {"path": PATH32[:-2] + "{77,78,79}"}, None),
    ("5.5", "the general value counts for all", filtering(max_as_path_len=2),
     filtering(max_as_path_len=2), {"path": "11 11 77"}, 1),
    ("5.5", "next hop comes before length", {}, {},
     {"path": PATH33, "next_hop": "192.0.2.12"}, 5),
    ("5.6", "left-most ASN is not the client's", {}, {}, {"path": "12 77"}, 6),
    ("5.6", "length comes before left-most", {}, {}, {"path": "12 " + PATH33}, 1),
    # 7: invalid ASNs
    *(("5.7", f"AS{asn} is invalid", NO_IRR, {}, {"path": f"11 {asn} 77"}, 7)
      for asn in (23456, 64496, 65535, 65536, 131071, 4200000000, 4294967295)),
    *(("5.7", f"AS{asn} is not", NO_IRR, {}, {"path": f"11 {asn} 77"}, None)
      for asn in (23455, 23457, 64495, 131072, 4199999999)),
    ("5.7", "in an AS_SET, too", NO_IRR, {}, {"path": "11 {65000,77}"}, 7),
    ("5.7", "a client may do without", {}, filtering(reject_invalid_as_in_as_path=False),
     {"path": "11 65000 77"}, None),
    # 8, 9: whom one does not hear here
    ("5.8", "transit-free behind the client", TRANSIT, {}, {"path": "11 174 77"}, 8),
    ("5.8", "a transit-free client for itself", TRANSIT, {}, {"path": "11 77"}, None),
    ("5.8", "in an AS_SET, too", TRANSIT, {}, {"path": "11 77 {174,77}"}, 8),
    ("5.8", "warning goes on", filtering(transit_free={"action": "warning", "asns": [174]}), {},
     {"path": "11 174 77"}, None),
    ("1.1", "without an action the list is not applied", filtering(transit_free={"asns": [174]}),
     {}, {"path": "11 174 77"}, None),
    ("5.9", "never via route servers", filtering(never_via_route_servers={"asns": [174]}), {},
     {"path": "11 174 77"}, 15),
    ("5.9", "anywhere: the client itself", filtering(never_via_route_servers={"asns": [11]}), {},
     {}, 15),
    ("5.9", "transit-free comes before it", naive_policy.inherited(
        TRANSIT, filtering(never_via_route_servers={"asns": [174]})), {}, {"path": "11 174 77"}, 8),
    # 10, 11: prefixes that nobody announces
    ("5.10", "inside 2000::/3", {}, {}, {"prefix": "8000::/16"}, 10),
    ("5.10", "an IPv6 default route is 10", {}, {}, {"prefix": "::/0"}, 10),
    ("5.10", "an IPv4 default route is 2", {}, {}, {"prefix": "0.0.0.0/0"}, 2),
    ("5.11", "bogons and what is in them", {}, {}, {"prefix": "10.1.0.0/16"}, 2),
    ("5.11", "global black list", filtering(global_black_list_pref=LIST25), {}, {}, 3),
    ("5.11", "client black list", {}, filtering(black_list_pref=LIST25), {}, 11),
    ("5.11", "global before client", filtering(global_black_list_pref=LIST25),
     filtering(black_list_pref=LIST25), {}, 3),
    ("5.11", "client before bogons", {}, filtering(black_list_pref=[
        {"prefix": "192.0.2.0", "length": 24}]), {"prefix": "192.0.2.0/24"}, 11),
    ("1.3", "ge and le", filtering(global_black_list_pref=[
        {"prefix": "20.0.0.0", "length": 8, "ge": 17, "le": 24}]), {}, {}, None),
    ("1.3", "ge alone", filtering(global_black_list_pref=[
        {"prefix": "20.0.0.0", "length": 8, "ge": 16}]), {}, {}, 3),
    ("1.3", "exact", filtering(global_black_list_pref=[
        {"prefix": "20.0.0.0", "length": 8, "exact": True}]), {}, {}, None),
    # 12: IRR
    ("6.4", "origin not authorised", {}, {}, {"path": "11 99", "prefix": "20.9.0.0/16"}, 9),
    ("6.5", "prefix not authorised", {}, {}, {"prefix": "20.9.0.0/16"}, 12),
    ("6", "prefix is that of another of its origins", {}, {}, {"prefix": "20.3.0.0/16"}, None),
    ("6", "a client that enforces only prefixes gets 12 where both are wrong", {},
     filtering(irrdb={"enforce_origin_in_as_set": False}),
     {"path": "11 99", "prefix": "20.9.0.0/16"}, 12),
    ("6", "a client that enforces only origins", {},
     filtering(irrdb={"enforce_prefix_in_as_set": False}), {"prefix": "20.9.0.0/16"}, None),
    ("6", "an AS_SET origin is not authorised", {}, {}, {"path": "11 {77}"}, 9),
    ("2", "own ASN always", {}, filtering(irrdb={"as_sets": ["AS-NOWHERE"]}),
     {"path": "11", "prefix": "20.3.0.0/16"}, None),
    ("2", "an object without data authorises nothing", {},
     filtering(irrdb={"as_sets": ["AS-NOWHERE"]}), {}, 9),
    ("2", "white_list_asn is an origin", {}, filtering(irrdb={"white_list_asn": [99]}),
     {"path": "11 99"}, None),
    ("2", "white_list_pref is a prefix", {}, filtering(irrdb={"white_list_pref": [
        {"prefix": "20.9.0.0", "length": 16}]}), {"prefix": "20.9.0.0/16"}, None),
    ("6", "white_list_pref does not help the origin", {}, filtering(irrdb={"white_list_pref": [
        {"prefix": "20.9.0.0", "length": 16}]}), {"prefix": "20.9.0.0/16", "path": "11 99"}, 9),
    ("2", "more specifics only with allow_longer_prefixes", {}, {}, {"prefix": "20.3.1.0/24"}, 12),
    ("2", "allow_longer_prefixes", filtering(irrdb={"allow_longer_prefixes": True}), {},
     {"prefix": "20.3.1.0/24"}, None),
    ("6.3", "white-list route", {}, filtering(irrdb={"white_list_route": [
        {"prefix": "20.9.0.0", "length": 16, "asn": 99}]}),
     {"prefix": "20.9.0.0/16", "path": "11 99"}, None),
    ("6.3", "white-list route of another origin", {}, filtering(irrdb={"white_list_route": [
        {"prefix": "20.9.0.0", "length": 16, "asn": 98}]}),
     {"prefix": "20.9.0.0/16", "path": "11 99"}, 9),
    ("6.3", "an entry with no ASN accepts any origin, AS_SET included", {}, filtering(
        irrdb={"white_list_route": [{"prefix": "20.9.0.0", "length": 16}]}),
     {"prefix": "20.9.0.0/16", "path": "11 {99}"}, None),
    ("6.2", "a ROA as route object", ROAS, {}, {"prefix": "20.2.0.0/16"}, None),
    ("6", "a ROA does not help a route whose origin is not authorised", ROAS,
     filtering(irrdb={"as_sets": ["AS-NOWHERE"]}), {"prefix": "20.2.0.0/16"}, 9),
    ("6.2", "ARIN", filtering(irrdb={"use_arin_bulk_whois_data": {"enabled": True}}), {},
     {"prefix": "20.22.0.0/16"}, None),
    ("6.2", "ARIN does not know the more specific",
     filtering(irrdb={"use_arin_bulk_whois_data": {"enabled": True}}), {},
     {"prefix": "20.22.1.0/24"}, 12),
    ("6.2", "Registro.br, more specifics allowed", filtering(irrdb={
        "use_registrobr_bulk_whois_data": {"enabled": True}, "allow_longer_prefixes": True}), {},
     {"prefix": "20.23.1.0/24"}, None),
    # 13: blackhole requests
    ("7", "no length limit", HOLES, {}, {"prefix": "20.1.9.1/32", "std": "65535:666"}, None),
    ("7", "unset = feature off", {}, {}, {"prefix": "20.1.9.1/32", "std": "65535:666"}, 13),
    ("7", "any format of blackholing", HOLES, {},
     {"prefix": "20.1.9.1/32", "lrg": "64500:666:0"}, None),
    ("7", "ext", HOLES, {}, {"prefix": "20.1.9.1/32", "ext": "0002fde80000029a"}, None),
    ("7", "a host route that is not listed fails with 12", HOLES, {},
     {"prefix": "20.1.9.2/32", "std": "65535:666"}, 12),
    ("7", "needs no ROA", naive_policy.inherited(HOLES, ROV), {},
     {"prefix": "20.5.0.0/16", "std": "65535:666"}, None),
    ("7", "has to pass everything before step 13", HOLES, {},
     {"prefix": "20.1.9.1/32", "std": "65535:666", "path": "12 77"}, 6),
    # 14: origin validation, ASPA
    ("5.14", "invalid: another origin", ROV, {}, {"prefix": "20.5.0.0/16"}, 14),
    ("5.14", "AS0 VRPs make invalid", ROV, {}, {"prefix": "20.6.0.0/16"}, 14),
    ("5.14", "not found passes", ROV, {}, {"prefix": "20.7.0.0/16"}, None),
    ("5.14", "too long for the VRP", naive_policy.inherited(
        ROV, filtering(irrdb={"allow_longer_prefixes": True})), {}, {"prefix": "20.1.1.0/24"}, 14),
    ("5.14", "an AS_SET origin matches no VRP", naive_policy.inherited(ROV, NO_IRR), {},
     {"path": "11 {77}"}, 14),
    ("5.14", "a client's reject_invalid off", ROV, filtering(
        rpki_bgp_origin_validation={"reject_invalid": False}), {"prefix": "20.5.0.0/16"}, None),
    ("5.14", "not enabled", {}, {}, {"prefix": "20.5.0.0/16"}, None),
    ("1.1", "accepted per client, without effect", {}, ROV, {"prefix": "20.5.0.0/16"}, None),
    ("5.14a", "a provider that is none", naive_policy.inherited(ASPA, NO_IRR), {},
     {"path": "11 66"}, 19),
    ("5.14a", "unknown passes", naive_policy.inherited(ASPA, NO_IRR), {}, {"path": "11 99"}, None),
    ("5.14a", "invalid beats unknown", naive_policy.inherited(ASPA, NO_IRR), {},
     {"path": "11 99 66 77"}, 19),
    ("5.14a", "an AS_SET makes it invalid", naive_policy.inherited(ASPA, NO_IRR), {},
     {"path": "11 {77}"}, 19),
    ("5.14a", "reject_invalid is false by default", naive_policy.inherited(
        filtering(aspa={"enabled": True}), NO_IRR), {}, {"path": "11 66"}, None),
    ("5.14a", "not for blackhole requests", naive_policy.inherited(
        naive_policy.inherited(ASPA, HOLES), NO_IRR), {}, {"path": "11 66", "std": "65535:666"},
     None),
    ("5.14a", "ROV comes before", naive_policy.inherited(naive_policy.inherited(ASPA, ROV), NO_IRR),
     {}, {"path": "11 66", "prefix": "20.5.0.0/16"}, 14),
    # 15: length
    ("5.15", "too long", {}, {}, {"prefix": "20.4.0.0/25"}, 13),
    ("5.15", "too short", {}, {}, {"prefix": "20.0.0.0/7"}, 13),
    ("5.15", "IPv6 too long", {}, {}, {"prefix": "2a00:2::/49"}, 13),
    ("5.15", "IPv6 too short", {}, {}, {"prefix": "2a00::/11"}, 13),
    ("5.15", "bounds are inclusive", {}, filtering(ipv4_pref_len={"min": 16, "max": 16}), {}, None),
    ("5.15", "a client's own", {}, filtering(ipv4_pref_len={"max": 25}),
     {"prefix": "20.4.0.0/25"}, None),
    ("5.15", "leaf by leaf: the general minimum holds on", filtering(ipv4_pref_len={"min": 17}),
     filtering(ipv4_pref_len={"max": 25}), {}, 13),
]


@pytest.mark.parametrize("section,what,cfg,client,changes,reason", REASONS,
                         ids=[f"{c[0]} {c[1]}" for c in REASONS])
def test_reason(section, what, cfg, client, changes, reason):
    others = [{"asn": 11, "ip": "192.0.2.21"}, {"asn": 12, "ip": "192.0.2.12"}]
    policy = make(cfg, client, others)
    assert judge(route(**changes), policy).reason == reason, (section, what)


ON_LIST = [{"prefix": "::", "length": 0}]
# What makes a route be rejected by each check, in the order of section 5: ASNs to put into the path
# behind the first, settings in general, settings of the client.
ORDER = (
    (17, "0", {}, {}), (16, "64500", {}, {}), (18, "{77}", filtering(reject_as_set=True), {}),
    (4, "", {}, {}), (5, "", {}, {}), (1, "11 11", filtering(max_as_path_len=3), {}),
    (6, "", {}, {}),
    (7, "65000", {}, {}), (8, "174", TRANSIT, {}),
    (15, "175", filtering(never_via_route_servers={"asns": [175]}), {}), (10, "", {}, {}),
    (3, "", filtering(global_black_list_pref=ON_LIST), {}),
    (11, "", {}, filtering(black_list_pref=ON_LIST)), (2, "", {}, {}), (9, "", {}, {}),
    (12, "", {}, {}), (14, "", ROV, {}), (19, "66", ASPA, {}),
    (13, "", filtering(ipv6_pref_len={"min": 17}), {}))


@pytest.mark.parametrize("first", range(len(ORDER)), ids=[f"reason {row[0]}" for row in ORDER])
def test_order(first):
    """A route that every check from one on would reject has that one's reason."""
    reasons = {row[0] for row in ORDER[first:]}
    cfg, client, known = {}, {}, facts()
    for _, _, general, own in ORDER[first:]:
        cfg, client = naive_policy.inherited(cfg, general), naive_policy.inherited(client, own)
    prefix = "8000::/16" if 10 in reasons else "2a00::/16"
    if 12 not in reasons:
        known.add_route(prefix, 77)
    known.add_vrp(prefix, 16, 1)
    path = " ".join(["12" if 6 in reasons else "11", *(row[1] for row in ORDER[first:] if row[1]),
                     "99" if 9 in reasons else "77"])
    policy = make(cfg, client, known=known)
    if 2 in reasons:
        policy.bogons += ON_LIST
    if 4 in reasons:
        policy.peers[V6].has_family[6] = False
    line = route(prefix=prefix, path=path, next_hop="2001:db8:ff::12" if 5 in reasons else V6)
    assert judge(line, policy).reason == ORDER[first][0]


def std(*numbers):
    return [("std", 65000, n) for n in numbers]


GSHUT = {"graceful_shutdown": {"enabled": True, "local_pref": 7}}
TAGS = {"communities": {
    "reject_cause": {"std": "65100:dyn_val", "lrg": "rs_as:1101:dyn_val"},
    "rejected_route_announced_by": {"std": "65101:dyn_val", "ext": "rt:65101:dyn_val"},
    "reject_cause_map": {"9": {"std": "65102:1"}}}}
TAG = naive_policy.inherited(TAGS, filtering(reject_policy={"policy": "tag"}))
# IRR gives 1 and 3 to a good route, origin validation 9 where it is off.
PASSED = std(1, 3, 9)
CUSTOM = {"custom_communities": {"red": {"std": "65001:1", "lrg": "64500:300:1"}}}

# Section, what is said, general, client's, route, communities of the server's own view.
VIEWS = [
    ("6.1", "one of origin, one of prefix", {}, {}, {}, PASSED),
    ("6.1", "added before any decision", {}, {}, {"path": "11 99", "prefix": "20.9.0.0/16"},
     std(2, 4)),
    ("6.1", "also for clients that enforce nothing", {}, NO_IRR,
     {"path": "11 99", "prefix": "20.9.0.0/16"}, std(2, 4, 9)),
    ("6.1", "not without tag_as_set", filtering(irrdb={"tag_as_set": False}), {}, {}, std(9)),
    ("6.2", "a ROA as route object, prefix_ok or not", ROAS, {}, {}, std(1, 3, 5, 9)),
    ("6.2", "all of them are looked at", naive_policy.inherited(ROAS, filtering(irrdb={
        "use_arin_bulk_whois_data": {"enabled": True},
        "use_registrobr_bulk_whois_data": {"enabled": True}, "allow_longer_prefixes": True})), {},
     {"prefix": "20.22.0.0/16"}, std(1, 3, 6, 9)),
    ("6.3", "white-list routes carry the not_present ones", {}, filtering(
        irrdb={"white_list_route": [{"prefix": "20.9.0.0", "length": 16}]}),
     {"prefix": "20.9.0.0/16", "path": "11 99"}, std(2, 4, 8, 9)),
    ("6.3", "white-list routes only while not validated", ROAS, filtering(
        irrdb={"white_list_route": [{"prefix": "20.2.0.0", "length": 16}]}),
     {"prefix": "20.2.0.0/16"}, std(1, 4, 5, 9)),
    ("5.2", "outbound and internal ones of a client are scrubbed", {}, {},
     {"std": "65000:2 65000:12 65000:99 11:65000"}, [("std", 65000, 99), ("std", 11, 65000),
                                                     *PASSED]),
    ("5.2", "any dyn_val is scrubbed", TAGS, {},
     {"std": "65100:5 65101:11", "lrg": "64500:1101:1 64500:1102:1"},
     [("lrg", 64500, 1102, 1), *PASSED]),
    ("5.2", "entries of the map are scrubbed", TAGS, {}, {"std": "65102:1 65102:2"},
     [("std", 65102, 2), *PASSED]),
    ("5.2", "RFC 8097's are scrubbed, others are not", {}, {},
     {"ext": "4300000000000002 4301000000000001 0003fbf400000001"},
     [("ext", 0x4301, 0, 1), ("ext", 3, 0xfbf4, 1), *PASSED]),
    ("5.2", "inbound ones are kept", {}, {}, {"std": "0:11 65000:666"},
     [("std", 0, 11), ("std", 65000, 666), *PASSED]),
    ("5.3", "custom ones are scrubbed", CUSTOM, {}, {"std": "65001:1", "lrg": "64500:300:1"},
     PASSED),
    ("5.3", "custom ones are attached", CUSTOM, {"attach_custom_communities": ["red"]}, {},
     [("std", 65001, 1), ("lrg", 64500, 300, 1), *PASSED]),
    ("5.14", "state valid", ROV, {}, {}, [("ext", 0x4300, 0, 0), *std(1, 3, 10)]),
    ("5.14", "state not found", ROV, {}, {"prefix": "20.7.0.0/16"},
     [("ext", 0x4300, 0, 1), *std(1, 3, 11)]),
    ("5.14", "state invalid", ROV, {}, {"prefix": "20.5.0.0/16"},
     [("ext", 0x4300, 0, 2), *std(1, 3, 12)]),
    ("7", "a blackhole request: not performed", naive_policy.inherited(HOLES, ROV), {},
     {"prefix": "20.5.0.0/16", "std": "65535:666"}, [community.BLACKHOLE, *PASSED]),
    ("5.14a", "ASPA valid", ASPA, {}, {}, std(1, 3, 9, 13)),
    ("5.14a", "ASPA unknown", ASPA, NO_IRR, {"path": "11 99"}, std(2, 3, 9, 14)),
    ("5.14a", "ASPA invalid", ASPA, NO_IRR, {"path": "11 66"}, std(2, 3, 9, 15)),
    ("5.16", "the community is kept", GSHUT, {}, {"std": "65535:0"},
     [community.GRACEFUL_SHUTDOWN, *PASSED]),
    ("5.16", "general on, client off: it is removed", GSHUT,
     {"graceful_shutdown": {"enabled": False}}, {"std": "65535:0"}, PASSED),
    ("5.16", "general off: nothing", {}, {"graceful_shutdown": {"enabled": True}},
     {"std": "65535:0"}, [community.GRACEFUL_SHUTDOWN, *PASSED]),
    ("4", "tag: value 0, the code, the map, who announced it", TAG, {},
     {"path": "11 99", "prefix": "20.9.0.0/16"},
     [*std(2, 4), ("std", 65100, 0), ("std", 65100, 9), ("lrg", 64500, 1101, 0),
      ("lrg", 64500, 1101, 9), ("std", 65102, 1), ("std", 65101, 11), ("ext", 2, 65101, 11)]),
    ("4", "the attributes as they were when it was rejected", {}, {},
     {"next_hop": "192.0.2.12", "std": "65000:1 1:1"}, [("std", 1, 1)]),
]


@pytest.mark.parametrize("section,what,cfg,client,changes,values", VIEWS,
                         ids=[f"{c[0]} {c[1]}" for c in VIEWS])
def test_view(section, what, cfg, client, changes, values):
    verdict = judge(route(**changes), make(cfg, client))
    assert sorted(verdict.values) == sorted(values), (section, what)


@pytest.mark.parametrize("cfg,client,changes,local_pref", [
    ({}, {}, {}, 100),
    (GSHUT, {}, {"std": "65535:0"}, 7),
    (GSHUT, {}, {}, 100),
    (GSHUT, {"graceful_shutdown": {"enabled": False}}, {"std": "65535:0"}, 100),
    ({}, {"graceful_shutdown": {"enabled": True}}, {"std": "65535:0"}, 100),
    (naive_policy.inherited(GSHUT, HOLES), {}, {"std": "65535:0 65535:666"}, 100),
    (TAG, {}, {"path": "11 99"}, 1),
    (naive_policy.inherited(TAG, filtering(reject_policy={"policy": "tag_and_reject"})), {},
     {"path": "11 99"}, 100),
])
def test_local_pref(cfg, client, changes, local_pref):
    """Sections 3, 4, 5.16, and 5.13: what comes after a blackhole request is not looked at."""
    assert judge(route(**changes), make(cfg, client)).local_pref == local_pref


@pytest.mark.parametrize("asn,mapped,expected", [
    (11, None, {("std", 65101, 11), ("ext", 2, 65101, 11)}),
    (200000, 64512, {("std", 65101, 64512), ("ext", 2, 65101, 200000)}),
    (200000, None, {("ext", 2, 65101, 200000)}),
])
def test_announced_by(asn, mapped, expected):
    """Section 4: the standard form has the 16-bit mapped ASN, or is left out."""
    client = {"asn": asn, "ip": "192.0.2.12", **({"16bit_mapped_asn": mapped} if mapped else {})}
    policy = make(TAG, others=[client])
    line = route(next_hop="192.0.2.12", path="11 77")
    values = judge(line, policy, "192.0.2.12").values
    assert {v for v in values if v[:-1] in (("std", 65101), ("ext", 2, 65101))} == expected


def test_wrong_family():
    """Section 5 step 1: an IPv4 route on an IPv6 session, with and without RFC 8950."""
    line = route(next_hop=V6)
    assert judge(line, make(), V6).reason == 4
    assert judge(line, make({}, {"rfc8950": True}), V6).reason is None


BOTH = {"families": ["ipv4", "ipv6"]}


@pytest.mark.parametrize("client,prefix,hop,address,reason", [
    ({}, "2a00:1::/32", V6, V4, 4),
    (BOTH, "2a00:1::/32", V6, V4, None),
    (BOTH, "2a00:1::/32", "2001:db8:ff::12", V4, 5),
    (BOTH, "20.1.0.0/16", V4, V6, None),
    (BOTH, "20.1.0.0/16", "192.0.2.12", V6, 5),
    (BOTH, "20.1.0.0/16", V6, V6, 5),
    ({**BOTH, "rfc8950": True}, "20.1.0.0/16", V6, V6, None),
    ({"rfc8950": True}, "20.1.0.0/16", V4, V6, 5),
    ({"rfc8950": True, "families": ["ipv6"]}, "20.1.0.0/16", V6, V6, 4),
    ({"rfc8950": True, "filtering": {"next_hop": {"policy": "same-as"}}}, "20.1.0.0/16", V4, V6,
     None),
])
def test_families(client, prefix, hop, address, reason):
    """Sections 3 and 5 step 4: both families on one session; whose next hops they have."""
    others = [{"asn": 12, "ip": ["192.0.2.12", "2001:db8:ff::12"]}]
    policy = make({}, client, others=others)
    assert judge(route(prefix=prefix, next_hop=hop), policy, address).reason == reason


@pytest.mark.parametrize("ms,normal", [(None, None), (0, None), (0.2, 1), (1.4, 1), (1.5, 2),
                                       (2.5, 3), (70000, 60000)])
def test_rtt_is_normalised(ms, normal):
    assert naive_policy.normal_rtt(ms) == normal


def test_null_is_inherited():
    """Section 1.1: what the client leaves out or sets to null takes the general value."""
    policy = make(filtering(ipv4_pref_len={"min": 17}), filtering(ipv4_pref_len={"min": None}))
    assert judge(route(), policy).reason == 13


def test_first_as_sets_that_exist():
    """Section 2: a client's own as_sets, else those of `asns`."""
    for own, asns, reason in ((["AS-NOWHERE"], ["AS-ELEVEN"], 9), ([], ["AS-ELEVEN"], None),
                              ([], [], 9)):
        clients = [{"asn": 11, "ip": V4, "cfg": {"filtering": {"irrdb": {"as_sets": own}}}}]
        policy = naive_policy.Policy({"rs_as": RS_AS}, clients, [], facts(),
                                     {"AS11": {"as_sets": asns}})
        assert judge(route(), policy).reason == reason


@pytest.mark.parametrize("anchors,states", [
    (None, ["valid", "valid"]), (["RIPE NCC RPKI Root"], ["valid", "notfound"]),
    (["ARIN RPKI Root"], ["notfound", "valid"]),
])
def test_trust_anchors(tmp_path, anchors, states):
    """Section 2: VRPs are limited to the allowed trust anchors."""
    roas = [{"prefix": f"20.{n}.0.0/16", "maxLength": 16, "asn": f"AS{n}", "ta": ta}
            for n, ta in ((1, "ripe"), (2, "arin"))]
    (tmp_path / "rpki").write_text(json.dumps({"roas": roas}))
    known = data.Facts()
    known.read_rpki(tmp_path / "rpki", anchors)
    assert [known.rov(data.prefix_of(f"20.{n}.0.0/16"), n) for n in (1, 2)] == states


RPSL = """\
% a registry
as-set:   AS-ONE   # a comment
members:  AS1, as2,
          AS-TWO
+
+         AS3
source:   RIPE

as-set:   AS-ONE
members:  AS9
source:   RADB

route:    20.0.0.0/8
origin:   as5 # main
descr:    of somebody
source:   RIPE
"""


def test_rpsl(tmp_path):
    (tmp_path / "db").write_text(RPSL)
    known = data.Facts()
    known.read_rpsl(str(tmp_path / "db"))
    assert known.expand("RIPE::AS-ONE") == {1, 2, 3}
    assert known.expand("radb::as-one") == {9}
    assert known.expand("AS-ONE") == {1, 2, 3, 9}
    assert known.expand("AS-TWO") == set()
    assert known.routes == {data.prefix_of("20.0.0.0/8"): {5}}
