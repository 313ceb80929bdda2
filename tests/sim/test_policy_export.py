"""The naive export policy against sentences of its specification, one case each.

AS11 announces; the receiver is AS21 unless a case says otherwise. What is compared is the line of a
dump that the receiver gets, or why it gets none.
"""
import naive_policy
import naive_policy_out
import plan
import pytest

RS_AS = 64500
SOURCE, SECOND, RECEIVER = "192.0.2.11", "192.0.2.12", "192.0.2.21"
PATTERNS = {
    "do_not_announce_to_any": "0:rs_as", "do_not_announce_to_peer": "0:peer_as",
    "announce_to_peer": "rs_as:peer_as",
    "do_not_announce_to_peers_with_rtt_lower_than": "64531:dyn_val",
    "do_not_announce_to_peers_with_rtt_higher_than": "64532:dyn_val",
    "announce_to_peers_with_rtt_lower_than": "64533:dyn_val",
    "announce_to_peers_with_rtt_higher_than": "64534:dyn_val",
    "prepend_once_to_any": "65501:0", "prepend_twice_to_any": "65502:0",
    "prepend_thrice_to_any": "65503:0", "prepend_once_to_peer": "65504:peer_as",
    "prepend_twice_to_peer": "65505:peer_as", "prepend_thrice_to_peer": "65506:peer_as",
    "prepend_once_to_peers_with_rtt_lower_than": "64541:dyn_val",
    "prepend_twice_to_peers_with_rtt_lower_than": "64542:dyn_val",
    "prepend_thrice_to_peers_with_rtt_lower_than": "64543:dyn_val",
    "prepend_once_to_peers_with_rtt_higher_than": "64544:dyn_val",
    "prepend_twice_to_peers_with_rtt_higher_than": "64545:dyn_val",
    "prepend_thrice_to_peers_with_rtt_higher_than": "64546:dyn_val",
    "add_noexport_to_any": "65507:0", "add_noexport_to_peer": "65508:peer_as",
    "add_noadvertise_to_any": "65509:0", "add_noadvertise_to_peer": "65510:peer_as",
    "blackholing": "65511:666",
    "origin_present_in_as_set": "65530:1", "rpki_bgp_origin_validation_unknown": "65530:2",
}
COMMUNITIES = {name: {"std": text} for name, text in PATTERNS.items()}
for _name, _lrg, _ext in (("do_not_announce_to_any", "0:0", "rt:0:rs_as"),
                          ("do_not_announce_to_peer", "0:peer_as", "rt:0:peer_as"),
                          ("announce_to_peer", "1:peer_as", "rt:rs_as:peer_as"),
                          ("prepend_once_to_peer", "101:peer_as", "rt:65504:peer_as")):
    COMMUNITIES[_name].update({"lrg": f"rs_as:{_lrg}", "ext": _ext})
ACCEPT = {"enforce_origin_in_as_set": False, "enforce_prefix_in_as_set": False,
          "tag_as_set": False}


def exchange(routes, cfg=None, receiver=None, asn=21, mapped=None, others=()):
    """routes: (address, prefix, path, next hop, std, ext, lrg); a model with them announced."""
    general = naive_policy.inherited({
        "rs_as": RS_AS, "communities": COMMUNITIES, "rtt_thresholds": [10, 20],
        "filtering": {"irrdb": ACCEPT}}, cfg or {})
    clients = [{"asn": 11, "ip": SOURCE}, {"asn": 12, "ip": SECOND},
               {"asn": asn, "ip": RECEIVER, "cfg": receiver or {}, "16bit_mapped_asn": mapped,
                **{key: receiver[key] for key in ("rtt", "quarantine") if key in (receiver or {})}},
               *others]
    policy = naive_policy.Policy(general, clients, [], naive_policy.data.Facts())
    sessions = [plan.Session(local=a, peer="", asn=p.asn, bgp_id=a if ":" not in a else "10.0.0.1")
                for a, p in policy.peers.items()]
    model = naive_policy_out.PolicyExchange(sessions, policy)
    for address, prefix, path, hop, std, ext, lrg in routes:
        model.announce(address, f"{prefix}|{path}|i|{hop}||{std}|{ext}|{lrg}")
    return model


def one(std="", ext="", lrg="", path="11 77", prefix="20.1.0.0/16", address=SOURCE):
    return address, prefix, path, address, std, ext, lrg


def got(model, receiver=RECEIVER, prefix="20.1.0.0/16"):
    """The attributes that a receiver gets, as a list of columns; None if nothing."""
    routes = model.candidates().get(prefix, [])
    text = model.end_of_line(model.sessions[receiver], prefix, routes)
    return text.rstrip("\n").split("|")[3:] if text else None


def rtt(ms):
    return {"rtt": ms}


LARGE_ASN = 200000
# Section, what is said, communities (std, ext, lrg), the receiver's settings, ASN and mapped ASN,
# announced?
ANNOUNCED = [
    ("8.3e", "nothing asked", "", "", "", {}, 21, None, True),
    ("8.3a", "not to this peer", "0:21", "", "", {}, 21, None, False),
    ("8.3a", "not to another", "0:22", "", "", {}, 21, None, True),
    ("8.3a", "large", "", "", "64500:0:21", {}, 21, None, False),
    ("8.3a", "ext", "", "0002000000000015", "", {}, 21, None, False),
    ("8.3a", "ext of another kind is nothing", "", "0003000000000015", "", {}, 21, None, True),
    ("8.3a", "comes before announce_to_peer", "0:21 64500:21", "", "", {}, 21, None, False),
    ("8.3b", "comes before to_any", "0:64500 64500:21", "", "", {}, 21, None, True),
    ("8.3b", "large beats standard to any", "0:64500", "", "64500:1:21", {}, 21, None, True),
    ("8.3b", "for another only", "0:64500 64500:22", "", "", {}, 21, None, False),
    ("8.3d", "to nobody", "0:64500", "", "", {}, 21, None, False),
    ("8.3d", "large", "", "", "64500:0:0", {}, 21, None, False),
    ("8.3d", "ext", "", "000200000000fbf4", "", {}, 21, None, False),
    ("8", "32-bit ASN, large", "", "", "64500:0:200000", {}, LARGE_ASN, None, False),
    ("8", "32-bit ASN, ext", "", "0002000000030d40", "", {}, LARGE_ASN, None, False),
    ("8", "32-bit ASN, mapped: the mapped one in std", "0:64512", "", "", {}, LARGE_ASN, 64512,
     False),
    ("8", "32-bit ASN, mapped: the real one in large", "", "", "64500:0:64512", {}, LARGE_ASN,
     64512, True),
    ("8", "32-bit ASN, unmapped: never in std", f"0:{LARGE_ASN & 0xffff}", "", "", {}, LARGE_ASN,
     None, True),
    ("8.3c", "RTT unknown", "64532:10", "", "", {}, 21, None, True),
    ("8.3c", "do not announce higher than", "64532:10", "", "", rtt(11), 21, None, False),
    ("8.3c", "higher means greater", "64532:10", "", "", rtt(10), 21, None, True),
    ("8.3c", "do not announce lower than", "64531:10", "", "", rtt(10), 21, None, False),
    ("8.3c", "lower means at most", "64531:10", "", "", rtt(11), 21, None, True),
    ("8.3c", "only values in rtt_thresholds count", "64532:9", "", "", rtt(11), 21, None, True),
    ("8.3c", "announce higher than beats to_any", "0:64500 64534:10", "", "", rtt(11), 21, None,
     True),
    ("8.3c", "announce lower than beats to_any", "0:64500 64533:20", "", "", rtt(11), 21, None,
     True),
    ("8.3c", "do not comes before do", "64532:10 64534:10", "", "", rtt(11), 21, None, False),
    ("8.3b", "announce_to_peer comes before RTT", "64500:21 64532:10", "", "", rtt(11), 21, None,
     True),
    ("8", "NO_EXPORT passes", "65535:65281", "", "", {}, 21, None, True),
    ("8.0", "a quarantined client gets nothing", "", "", "", {"quarantine": True}, 21, None, False),
]


@pytest.mark.parametrize("case", ANNOUNCED, ids=[f"{c[0]} {c[1]}" for c in ANNOUNCED])
def test_announced(case):
    _, _, std, ext, lrg, receiver, asn, mapped, is_announced = case
    model = exchange([one(std, ext, lrg)], receiver=receiver, asn=asn, mapped=mapped)
    assert (got(model) is not None) == is_announced


@pytest.mark.parametrize("std,lrg,ms,times", [
    ("65501:0", "", None, 1), ("65502:0", "", None, 2), ("65503:0", "", None, 3),
    ("65504:21", "", None, 1), ("65505:21", "", None, 2), ("65506:21", "", None, 3),
    ("65505:22", "", None, 0), ("", "64500:101:21", None, 1),
    ("65504:21 65506:21", "", None, 1), ("65505:21 65501:0", "", None, 2),
    ("65503:0 65501:0", "", None, 1), ("64546:10 65501:0", "", None, 1),
    ("64546:10 65501:0", "", 11, 3), ("65504:21 64546:10", "", 11, 1),
    ("64544:10 64545:20", "", 21, 2), ("64544:10 64545:20", "", 11, 1),
    ("64541:20 64542:10", "", 10, 2), ("64541:20 64542:10", "", 11, 1),
    ("64544:10 64542:20", "", 15, 1), ("64545:10 64546:10", "", 15, 2),
    ("64544:9", "", 15, 0),
])
def test_prepends(std, lrg, ms, times):
    """Section 8 step 4: one action only; the left-most ASN of the path is put in front."""
    model = exchange([one(std, "", lrg)], receiver={"rtt": ms})
    assert got(model)[0] == "11 " * times + "11 77"


@pytest.mark.parametrize("cfg,receiver,std,path", [
    ({}, {"prepend_rs_as": True}, "", "64500 11 77"),
    ({"prepend_rs_as": True}, {}, "65501:0", "64500 11 11 77"),
    ({"prepend_rs_as": True}, {"prepend_rs_as": False}, "", "11 77"),
])
def test_prepend_rs_as(cfg, receiver, std, path):
    assert got(exchange([one(std)], cfg, receiver))[0] == path


GSHUT = {"graceful_shutdown": {"enabled": True}}
ROV = {"filtering": {"rpki_bgp_origin_validation": {"enabled": True}}}
# Section, what is said, general settings, the receiver's, communities in, communities out.
SENT = [
    ("1.5", "others pass untouched", {}, {}, ("1:1 21:0", "4301000000000001 0003000b00000001",
                                             "1:2:3"),
     ("1:1 21:0", "0003000b00000001 4301000000000001", "1:2:3")),
    ("8.6", "NO_EXPORT to any", {}, {}, ("65507:0", "", ""), ("65535:65281", "", "")),
    ("8.6", "NO_EXPORT to the peer", {}, {}, ("65508:21", "", ""), ("65535:65281", "", "")),
    ("8.6", "NO_EXPORT to another", {}, {}, ("65508:22", "", ""), ("", "", "")),
    ("8.6", "NO_ADVERTISE to any", {}, {}, ("65509:0", "", ""), ("65535:65282", "", "")),
    ("8.6", "NO_ADVERTISE to the peer", {}, {}, ("65510:21", "", ""), ("65535:65282", "", "")),
    ("8.6", "what is there is not added again", {}, {}, ("65507:0 65535:65281", "", ""),
     ("65535:65281", "", "")),
    ("8.7", "inbound ones are scrubbed", {}, {},
     ("0:22 64500:22 65504:64511 65511:666", "0002000000000016", "64500:0:22"), ("", "", "")),
    ("1.5", "peer_as: not above 64511", {}, {}, ("0:64512 65504:65535", "", ""),
     ("0:64512 65504:65535", "", "")),
    ("1.5", "peer_as 0 is none", {}, {}, ("0:0 65504:0", "", ""), ("0:0 65504:0", "", "")),
    ("1.5", "large and ext: also 32-bit ones", {}, {},
     ("", "000200000003fffe 000200000000fc00", "64500:0:131072 64500:0:4199999999"),
     ("", "000200000000fc00", "")),
    ("1.5", "but not above, not between", {}, {},
     ("", "", "64500:0:4200000000 64500:0:131071 64500:1:64512"),
     ("", "", "64500:0:131071 64500:0:4200000000 64500:1:64512")),
    ("1.5", "dyn_val: any value", {}, {}, ("64531:10 64531:65535", "", ""), ("", "", "")),
    ("1.5", "outbound ones are sent", {"filtering": {"irrdb": {
        "tag_as_set": True, "enforce_origin_in_as_set": True}}}, {}, ("", "", ""),
     ("65530:1", "", "")),
    ("8.7", "internal ones are not, nor RFC 8097's", ROV, {}, ("", "", ""), ("", "", "")),
    ("5.16", "graceful shutdown keeps the community", GSHUT, {}, ("65535:0", "", ""),
     ("65535:0", "", "")),
    ("8.8", "the server's own shutdown", {"graceful_shutdown": {"perform": True}}, {}, ("", "", ""),
     ("65535:0", "", "")),
    ("8", "policy pass: NO_ADVERTISE is forwarded", {}, {}, ("65535:65282", "", ""),
     ("65535:65282", "", "")),
]


@pytest.mark.parametrize("case", SENT, ids=[f"{c[0]} {c[1]}" for c in SENT])
def test_communities_sent(case):
    _, _, cfg, receiver, (std, ext, lrg), out = case
    assert tuple(got(exchange([one(std, ext, lrg, path="11")], cfg, receiver))[4:7]) == out


def test_mapped_asns_are_scrubbed():
    model = exchange([one("0:64599 0:64600")], asn=LARGE_ASN, mapped=64599)
    assert got(model, SECOND)[4] == "0:64600"


def test_custom_communities_are_sent():
    cfg = {"custom_communities": {"red": {"std": "65001:1", "lrg": "rs_as:9:9"}},
           "attach_custom_communities": ["red"]}
    assert got(exchange([one("65001:1")], cfg))[4:7] == ["65001:1", "", "64500:9:9"]


def test_well_known_obeyed():
    cfg = {"rfc1997_wellknown_communities": {"policy": "rfc1997"}}
    for std in ("65535:65281", "65535:65282"):
        assert got(exchange([one(std)], cfg)) is None
    assert got(exchange([one("65507:0")], cfg))[4] == "65535:65281"


HOLES = {"blackhole_filtering": {"policy_ipv4": "propagate-unchanged"}}
V6_SOURCE, V6_RECEIVER = "2001:db8::11", "2001:db8::21"


@pytest.mark.parametrize("prefix,hop,client,receiver,is_told", [
    ("20.1.0.0/16", SOURCE, {}, V6_RECEIVER, False),
    ("20.1.0.0/16", SOURCE, {"families": ["ipv4", "ipv6"]}, V6_RECEIVER, True),
    ("20.1.0.0/16", SOURCE, {"rfc8950": True}, V6_RECEIVER, False),
    ("20.1.0.0/16", V6_SOURCE, {"rfc8950": True}, V6_RECEIVER, True),
    ("20.1.0.0/16", V6_SOURCE, {"families": ["ipv4", "ipv6"]}, V6_RECEIVER, False),
    ("2a00:1::/32", V6_SOURCE, {}, RECEIVER, False),
    ("2a00:1::/32", V6_SOURCE, {"families": ["ipv4", "ipv6"]}, RECEIVER, True),
    ("2a00:1::/32", V6_SOURCE, {"families": ["ipv4", "ipv6"]}, V6_RECEIVER, True),
])
def test_next_hops_of_both_families(prefix, hop, client, receiver, is_told):
    """Section 8 step 0: families is the operator's word that the address is there."""
    source = SOURCE if hop == SOURCE else V6_SOURCE
    model = exchange([(source, prefix, "11 77", hop, "", "", "")], others=[
        {"asn": 11, "ip": V6_SOURCE, "cfg": {"rfc8950": True}},
        {"asn": 31, "ip": V6_RECEIVER, "cfg": client}], receiver=client)
    assert (got(model, receiver, prefix) is not None) == is_told


def test_dropped_attribute():
    """MED that is dropped is not told, nor does it decide."""
    other = "192.0.2.19"  # also AS11: of the two SOURCE has the lower identifier
    for dropped, chosen in (([], [other, "1"]), ([4], [SOURCE, ""])):
        model = exchange([], {"filtering": {"drop_attributes": dropped}},
                         others=[{"asn": 11, "ip": other}])
        for address, med in ((SOURCE, 9), (other, 1)):
            model.announce(address, f"20.1.0.0/16|11 77|i|{address}|{med}|||")
        assert got(model)[2:4] == chosen


REWRITE = {"blackhole_filtering": {"policy_ipv4": "rewrite-next-hop",
                                   "rewrite_next_hop_ipv4": "192.0.2.66"}}


@pytest.mark.parametrize("cfg,std,hop,sent", [
    (HOLES, "65535:666", SOURCE, "65535:65281 65535:666"),
    (HOLES, "65511:666", SOURCE, "65535:65281 65535:666"),
    (REWRITE, "65535:666", "192.0.2.66", "65535:65281 65535:666"),
    ({}, "65535:666", SOURCE, "65535:666"),
    ({"blackhole_filtering": {"policy_ipv4": "propagate-unchanged", "add_noexport": False}},
     "65511:666", SOURCE, "65535:666"),
    (REWRITE, "", SOURCE, ""),
])
def test_blackhole_sent(cfg, std, hop, sent):
    """Section 7."""
    columns = got(exchange([one(std)], cfg))
    assert columns[2] == hop and columns[4] == sent


def test_blackhole_not_sent():
    """Section 7: not to who does not want them; control communities hold for these, too."""
    off = {"blackhole_filtering": {"announce_to_client": False}}
    assert got(exchange([one("65535:666")], HOLES, off)) is None
    assert got(exchange([one("")], HOLES, off)) is not None
    assert got(exchange([one("65535:666 0:21")], HOLES)) is None
    assert got(exchange([one("65535:666 65501:0")], HOLES))[0] == "11 11 77"


def test_invalid_is_shown_to_nobody():
    """Section 8 step 2: accepted because reject_invalid is off, but not announced."""
    cfg = {"filtering": {"rpki_bgp_origin_validation": {"enabled": True,
                                                        "reject_invalid": False}}}
    model = exchange([one(path="11")], cfg)
    model.policy.facts.add_vrp("20.1.0.0/16", 16, 12)
    model.announce(SOURCE, f"20.1.0.0/16|11|i|{SOURCE}||||")
    assert model.tables[SOURCE]["20.1.0.0/16"].verdict.accept
    assert got(model) is None
    model.policy.peers[RECEIVER].filtering["rpki_bgp_origin_validation"][
        "announce_invalid_to_client"] = True
    model.out.remembered.clear()
    assert got(model) is not None


def test_otc_is_added():
    """Section 11: on sending from rs, where absent."""
    assert got(exchange([one()], {"filtering": {"roles": {"enabled": True}}}))[7] == "64500"
    assert got(exchange([one()]))[7] == ""


def test_quarantined_client_gives_nothing():
    """Nor does it take anything away where the one best path is all that others get."""
    for path_hiding in (True, False):
        model = exchange([one(address="192.0.2.31", path="31"), LONG],
                         {"path_hiding": path_hiding},
                         others=[{"asn": 31, "ip": "192.0.2.31", "quarantine": True}])
        assert model.tables["192.0.2.31"]["20.1.0.0/16"].verdict.accept
        assert got(model)[0] == "12 12"
        assert got(model, SECOND) is None


SHORT, LONG = one(path="11"), one(path="12 12", address=SECOND)


@pytest.mark.parametrize("cfg,short,long,path", [
    ({}, "", "", "11"),
    ({}, "0:21", "", "12 12"),
    ({}, "0:21", "0:21", None),
    ({"path_hiding": False}, "0:21", "", None),
    ({"path_hiding": False}, "0:22", "", "11"),
    (GSHUT, "65535:0", "", "12 12"),
    ({**GSHUT, "path_hiding": False}, "65535:0", "", "12 12"),
    (GSHUT, "65535:0", "0:21", "11"),
    ({}, "65503:0", "", "11 11 11 11"),
])
def test_selection(cfg, short, long, path):
    """Section 9; prepends are made after the choice."""
    model = exchange([SHORT[:4] + (short, "", ""), LONG[:4] + (long, "", "")], cfg)
    columns = got(model)
    assert (columns[0] if columns else None) == path


def test_never_back_to_its_session():
    model = exchange([SHORT])
    assert got(model, SOURCE) is None
    assert got(exchange([SHORT, LONG]), SOURCE)[0] == "12 12"
    assert got(exchange([SHORT, LONG], {"path_hiding": False}), SOURCE) is None


def test_rejected_are_no_candidates():
    """Sections 4 and 9; a tagged one is as good as none."""
    cfg = {"filtering": {"reject_policy": {"policy": "tag"}}}
    model = exchange([one(path="99"), LONG], cfg)
    assert model.tables[SOURCE]["20.1.0.0/16"].verdict.is_tagged
    assert got(model)[0] == "12 12"


def test_quick_way_says_what_the_slow_one_does():
    """PolicyExpectation asks once for many receivers; here each is asked."""
    others = [{"asn": 30 + n, "ip": f"192.0.2.{100 + n}", "cfg": cfg} for n, cfg in enumerate((
        {}, {}, {"prepend_rs_as": True}, {}, {"filtering": {"roles": {"enabled": True}}}, {}))]
    others[3]["quarantine"], others[5]["rtt"] = True, 15
    wishes = ("", "0:32", "0:64500", "0:64500 64500:30", "65501:0", "65505:31", "64532:10",
              "65535:666", "65508:30", "65535:0")
    routes = [one(wish, prefix=f"20.{n}.0.0/16") for n, wish in enumerate(wishes)] + \
        [one(wish, prefix=f"20.{n}.0.0/16", path="12 12", address=SECOND)
         for n, wish in enumerate(reversed(wishes))] + \
        [one(prefix="20.4.0.0/16", path="33", address="192.0.2.103")]
    model = exchange(routes, {**HOLES, **GSHUT}, others=others)
    expectation = naive_policy_out.PolicyExpectation(model)
    for name, session in model.sessions.items():
        slow = "".join(name + text for prefix, found in sorted(model.candidates().items())
                       if (text := model.end_of_line(session, prefix, found)))
        assert expectation.lines(session)[0] == slow


def test_dumps_are_compared_with_sorted_communities(tmp_path):
    (tmp_path / "dump").write_text("a|20.0.0.0/8|0|1|i|h||2:1 1:1|bb aa|3:3:3 1:1:1||\n")
    naive_policy_out.canonical_dump(tmp_path / "dump", tmp_path / "sorted")
    assert (tmp_path / "sorted").read_text() == \
        "a|20.0.0.0/8|0|1|i|h||1:1 2:1|aa bb|1:1:1 3:3:3||\n"
