"""Who is on the LAN of the test of action communities, what each asks for, what must come of it.

The wanted outcome stands here as the specification has it, receiver by receiver; nothing is
computed by a model of the route server. Every request is made in each format (std, large, ext) by
each announcing daemon, so a prefix means: this member asks this in this format.
"""
import collections
import dataclasses
import functools
import ipaddress
import itertools

from members import Bird, ExaBgp, Extra, Frr, GoBgp, OpenBgpd

FORMATS = ("std", "lrg", "ext")
NO_EXPORT, NO_ADVERTISE = "65535:65281", "65535:65282"
BLACKHOLE, GRACEFUL_SHUTDOWN = "65535:666", "65535:0"
BLACKHOLE_HOP = {4: "192.0.2.66", 6: "2001:db8:ff::666"}
THRESHOLDS = (5, 10, 100)
NUMBERS = {"once": 1, "twice": 2, "thrice": 3}


@dataclasses.dataclass(frozen=True)
class Party:
    """A member: mapped = its 16-bit stand-in; roa = its space has VRPs; irr = how it is authorised:
    by route objects, a white list of routes or one of prefixes."""
    name: str
    kind: type
    number: int
    asn: int
    mapped: int = None
    rtt: float = None
    roa: bool = False
    irr: str = "objects"
    customs: tuple = ()
    reject_policy: str = None
    prepend_rs_as: bool = False
    blackholes: bool = True  # is sent blackhole routes
    graceful_shutdown: bool = True
    quarantine: bool = False
    announces: bool = True  # makes all requests

    @property
    def std_asn(self):
        return self.asn if self.asn < 65536 else self.mapped

    @property
    def width(self):
        return "16 bit" if self.asn < 65536 else "mapped" if self.mapped else "unmapped"

    def space(self, family):
        return ipaddress.ip_network(
            f"11.{self.number}.0.0/16" if family == 4 else f"2a00:{self.number}::/32")

    def prefix(self, family, n, length=None):
        """Number n of its prefixes, by default of an ordinary length."""
        usual = 24 if family == 4 else 48
        part = next(itertools.islice(self.space(family).subnets(new_prefix=usual), n, None))
        return str(part if length is None else next(part.subnets(new_prefix=length)))


PARTIES = [
    Party("bird", Bird, 10, 2010, rtt=2, roa=True, customs=("site_north",)),
    Party("frr", Frr, 11, 196611, mapped=64611, rtt=8, customs=("site_north", "site_south")),
    Party("openbgpd", OpenBgpd, 12, 2012, rtt=60, roa=True, reject_policy="tag_and_reject"),
    Party("gobgp", GoBgp, 13, 196613, rtt=150, irr="white_list_route"),
    Party("exabgp", ExaBgp, 14, 196614, mapped=64614, irr="white_list_pref",
          reject_policy="reject"),
    Party("bird32", Bird, 15, 196615, rtt=0.4, prepend_rs_as=True, announces=False),
    Party("quiet", Bird, 16, 2016, blackholes=False, graceful_shutdown=False, announces=False),
    Party("quarantined", Bird, 17, 2017, quarantine=True, announces=False),
]
BY_NAME = {p.name: p for p in PARTIES}
ANNOUNCERS = [p for p in PARTIES if p.announces]
RECEIVERS = [p for p in PARTIES if not p.quarantine]
COLLECTOR_NUMBER, COLLECTOR_ASN = 20, 2020

# --- the vocabulary of the exchange ---

TO_PEER = ("do_not_announce_to_peer", "announce_to_peer", "prepend_once_to_peer",
           "prepend_twice_to_peer", "prepend_thrice_to_peer", "add_noexport_to_peer",
           "add_noadvertise_to_peer")
TO_ANY = ("do_not_announce_to_any", "prepend_once_to_any", "prepend_twice_to_any",
          "prepend_thrice_to_any", "add_noexport_to_any", "add_noadvertise_to_any")
BY_RTT = tuple(f"{what}_to_peers_with_rtt_{side}_than"
               for what in ("do_not_announce", "announce", "prepend_once", "prepend_twice",
                            "prepend_thrice") for side in ("lower", "higher"))
OUTBOUND = {
    "prefix_present_in_as_set": {"std": "65470:11", "lrg": "rs_as:1001:11"},
    "prefix_not_present_in_as_set": {"std": "65470:10", "lrg": "rs_as:1001:10"},
    "origin_present_in_as_set": {"lrg": "rs_as:1001:21"},
    "origin_not_present_in_as_set": {"lrg": "rs_as:1001:20"},
    "prefix_validated_via_rpki_roas": {"std": "65470:31", "ext": "rt:65470:31"},
    "route_validated_via_white_list": {"lrg": "rs_as:1001:41", "ext": "rt:65470:41"},
    "rpki_bgp_origin_validation_not_performed": {"std": "65470:51", "lrg": "rs_as:1000:3"},
}
INTERNAL = {
    "rpki_bgp_origin_validation_valid": {"std": "65471:1", "lrg": "rs_as:1000:1"},
    "rpki_bgp_origin_validation_unknown": {"std": "65471:2", "lrg": "rs_as:1000:2"},
    "rpki_bgp_origin_validation_invalid": {"std": "65471:4", "lrg": "rs_as:1000:4"},
    "reject_cause": {"std": "65480:dyn_val", "lrg": "rs_as:1101:dyn_val",
                     "ext": "rt:65480:dyn_val"},
    "rejected_route_announced_by": {"std": "65481:dyn_val", "lrg": "rs_as:1102:dyn_val",
                                    "ext": "rt:65481:dyn_val"},
}
INBOUND = {
    "blackholing": {"std": "65490:666", "lrg": "rs_as:666:0", "ext": "rt:65490:666"},
    "do_not_announce_to_any": {"std": "0:rs_as", "lrg": "rs_as:0:0", "ext": "rt:0:rs_as"},
    "do_not_announce_to_peer": {"std": "0:peer_as", "lrg": "rs_as:0:peer_as",
                                "ext": "rt:0:peer_as"},
    "announce_to_peer": {"std": "rs_as:peer_as", "lrg": "rs_as:1:peer_as",
                         "ext": "rt:rs_as:peer_as"},
    **{name: {"std": f"{65500 + n}:peer_as", "lrg": f"rs_as:{100 + n}:peer_as",
              "ext": f"rt:{65500 + n}:peer_as"} for n, name in enumerate(TO_PEER) if n >= 2},
    **{name: {"std": f"65490:{n}", "lrg": f"rs_as:{101 + n}:0", "ext": f"ro:65490:{n}"}
       for n, name in enumerate(TO_ANY) if n >= 1},
    **{name: {"std": f"{64530 + n}:dyn_val", "lrg": f"rs_as:{200 + n}:dyn_val",
              "ext": f"rt:{64530 + n}:dyn_val"} for n, name in enumerate(BY_RTT)},
}
CUSTOMS = {"site_north": {"std": "65511:1", "lrg": "rs_as:300:1"},
           "site_south": {"std": "65511:2", "ext": "rt:65511:2"}}
REJECT_MAP = {"14": {"std": "65482:14", "lrg": "rs_as:1103:14"}}

Values = collections.namedtuple("Values", FORMATS, defaults=((), (), ()))


def value(table, name, form, last=None):
    """One community as text; () where it has no such format."""
    text = table[name].get(form)
    if text is None:
        return ()
    text = text.replace("rs_as", "64500")
    return (text.replace("peer_as", str(last)).replace("dyn_val", str(last)),)


def values(table, *names, last=None):
    """All formats of some names."""
    return Values(*(tuple(itertools.chain.from_iterable(value(table, n, form, last)
                                                        for n in names)) for form in FORMATS))


def both(*several):
    return Values(*(tuple(itertools.chain.from_iterable(v[i] for v in several))
                    for i in range(len(FORMATS))))


# --- requests and what they do ---

# What a receiver gets: hop None = the announcer's.
Outcome = collections.namedtuple("Outcome", "prepends adds keeps removes hop",
                                 defaults=(0, (), Values(), (), None))
WITHHELD = None


@dataclasses.dataclass
class Request:
    """What a member says with a prefix; want(receiver) is the Outcome, or WITHHELD."""
    group: str
    says: Values
    want: object
    length: dict = None  # family -> length of the prefix
    prepend: int = 0


def asked(form, *texts):
    return Values(**{form: tuple(itertools.chain.from_iterable(texts))})


def target(announcer, width):
    """A receiver whose ASN is of that kind."""
    return next(p for p in RECEIVERS if p.width == width and p is not announcer)


def peer_outcome(name, is_meant):
    if name == "do_not_announce_to_peer" and is_meant:
        return WITHHELD
    if name.startswith("prepend_") and is_meant:
        return Outcome(prepends=NUMBERS[name.split("_")[1]])
    if name.startswith("add_") and is_meant:
        return Outcome(adds=(NO_EXPORT if "noexport" in name else NO_ADVERTISE,))
    return Outcome()


def to_peer(announcer):
    """Each action to a peer of each kind; announce_to_peer together with "to nobody"."""
    for name, form, width in itertools.product(TO_PEER, FORMATS, ("16 bit", "mapped",
                                                                  "unmapped")):
        peer = target(announcer, width)
        last = peer.std_asn if form == "std" else peer.asn
        if last is None:
            continue
        says = asked(form, value(INBOUND, name, form, last))
        if name == "announce_to_peer":
            says = both(says, asked(form, value(INBOUND, "do_not_announce_to_any", form)))
            yield Request(name, says, lambda r, p=peer: Outcome() if r is p else WITHHELD)
        else:
            yield Request(name, says, lambda r, n=name, p=peer: peer_outcome(n, r is p))


def to_any(_):
    for name, form in itertools.product(TO_ANY, FORMATS):
        yield Request(name, asked(form, value(INBOUND, name, form)),
                      lambda r, n=name: peer_outcome(n.replace("to_any", "to_peer"), True))


def rtt_outcome(name, receiver, threshold):
    """An unknown round-trip time is on no side."""
    if receiver.rtt is None or (receiver.rtt > threshold) != ("higher" in name):
        return Outcome()
    if name.startswith("do_not"):
        return WITHHELD
    return peer_outcome(name, True)


def by_rtt(_):
    for name, form, threshold in itertools.product(BY_RTT, FORMATS, (10, 11)):
        says = asked(form, value(INBOUND, name, form, threshold))
        if threshold not in THRESHOLDS:
            yield Request("rtt that is no threshold", says, lambda r: Outcome())
        elif name.startswith("announce"):
            # Only who is meant gets it, as nobody else may.
            says = both(says, asked(form, value(INBOUND, "do_not_announce_to_any", form)))
            yield Request(name, says, lambda r, n=name: Outcome() if r.rtt is not None and (
                r.rtt > 10) == ("higher" in n) else WITHHELD)
        else:
            yield Request(name, says, lambda r, n=name: rtt_outcome(n, r, 10))


def precedence(announcer):
    """Of several requests the first in the order of the specification decides."""
    peer = target(announcer, "16 bit")
    forms = {"do_not_announce_to_peer": "lrg", "announce_to_peer": "std"}
    says = both(*(asked(f, value(INBOUND, n, f, peer.asn)) for n, f in forms.items()))
    yield Request("precedence", says, lambda r: WITHHELD if r is peer else Outcome())
    says = both(asked("ext", value(INBOUND, "prepend_thrice_to_peer", "ext", peer.asn)),
                asked("lrg", value(INBOUND, "prepend_once_to_any", "lrg")),
                asked("std", value(INBOUND, "add_noexport_to_any", "std")))
    yield Request("precedence", says, lambda r: Outcome(3 if r is peer else 1, (NO_EXPORT,)))
    says = both(asked("std", value(INBOUND, "prepend_thrice_to_any", "std"),
                      value(INBOUND, "prepend_twice_to_any", "std")))
    yield Request("precedence", says, lambda r: Outcome(2))
    rtt = "do_not_announce_to_peers_with_rtt_lower_than"
    says = both(asked("lrg", value(INBOUND, rtt, "lrg", 100)),
                asked("lrg", value(INBOUND, "announce_to_peer", "lrg", peer.asn)))
    yield Request("precedence", says, lambda r: Outcome() if r is peer else
                  rtt_outcome(rtt, r, 100))


def blackhole(announcer):
    """Next hop, 65535:666 and NO_EXPORT; no length limit, no origin validation."""
    done = both(Values(std=(BLACKHOLE, NO_EXPORT)),
                values(OUTBOUND, "rpki_bgp_origin_validation_not_performed"))
    roa = values(OUTBOUND, "prefix_validated_via_rpki_roas")
    removes = roa if announcer.roa else Values()  # a ROA with a maximum length is no help to a /32
    host = {4: 32, 6: 128}

    def want(receiver):
        if not receiver.blackholes:
            return WITHHELD
        return Outcome(keeps=done, removes=removes, hop=BLACKHOLE_HOP)
    yield Request("blackhole", Values(std=(BLACKHOLE,)), want, host)
    for form in FORMATS:
        yield Request("blackhole", asked(form, value(INBOUND, "blackholing", form)), want, host)
    peer = target(announcer, "unmapped")
    says = both(Values(std=(BLACKHOLE,)),
                asked("lrg", value(INBOUND, "do_not_announce_to_peer", "lrg", peer.asn)))
    yield Request("blackhole", says, lambda r: WITHHELD if r is peer else want(r), host)


FOREIGN = Values(("3356:100", "65502:64700"), ("3356:1:2", "64500:1:4200000000"),
                 ("rt:3356:196999",))


def scrubbing(_):
    """What is not the exchange's passes both ways; what only the server says does not."""
    yield Request("other communities", FOREIGN, lambda r: Outcome(keeps=FOREIGN))
    origin = Values(ext=("ro:64500:7",))
    yield Request("other communities", origin, lambda r: Outcome(keeps=origin))
    forged = both(values(OUTBOUND, *OUTBOUND), values(CUSTOMS, *CUSTOMS),
                  values(INTERNAL, *list(INTERNAL)[:3]),
                  values(INTERNAL, *list(INTERNAL)[3:], last=77), values(REJECT_MAP, *REJECT_MAP))
    yield Request("forged communities", both(forged, FOREIGN), lambda r: Outcome(keeps=FOREIGN))
    # Peers that do not exist are none of ours, and not shown to others all the same.
    nobody = both(values(INBOUND, "do_not_announce_to_peer", last=3356),
                  values(INBOUND, "prepend_once_to_peer", last=64511))
    yield Request("requests about nobody", nobody, lambda r: Outcome())


def well_known(announcer):
    """NO_EXPORT and NO_ADVERTISE are passed on; not every daemon can be made to say them."""
    if announcer.kind in (GoBgp, ExaBgp):
        for one in (NO_EXPORT, NO_ADVERTISE):
            yield Request("well-known", Values(std=(one,)), lambda r, v=one: Outcome(adds=(v,)))


def requests(announcer):
    """All that it asks, in the order of its prefixes. GoBGP's CLI has no word for route origins."""
    kinds = (to_peer, to_any, by_rtt, precedence, blackhole, scrubbing, well_known)
    found = itertools.chain.from_iterable(kind(announcer) for kind in kinds)
    return [r for r in found
            if announcer.kind is not GoBgp or not any(c.startswith("ro:") for c in r.says.ext)]


REQUESTS = {p.name: requests(p) for p in ANNOUNCERS}
GROUPS = list(dict.fromkeys(r.group for rs in REQUESTS.values() for r in rs))


@functools.cache
def asking(party, family):
    """(request, prefix) of each."""
    return [(r, party.prefix(family, n + 1, r.length and r.length[family]))
            for n, r in enumerate(REQUESTS.get(party.name, []))]


def extra(prefix, says, prepend=0):
    return Extra(prefix, says.std, says.lrg, says.ext, prepend)


def tags(party):
    """What the server tells of each of a member's ordinary routes."""
    names = ["origin_present_in_as_set"]
    if party.irr == "white_list_route":
        names += ["prefix_not_present_in_as_set", "route_validated_via_white_list"]
    else:
        names += ["prefix_present_in_as_set"]
    if party.roa:
        names += ["prefix_validated_via_rpki_roas"]
    return both(values(OUTBOUND, *names), values(CUSTOMS, *party.customs))


# --- the configuration ---

def general():
    return {
        "rtt_thresholds": list(THRESHOLDS),
        "filtering": {
            "irrdb": {"allow_longer_prefixes": True,
                      "use_rpki_roas_as_route_objects": {"enabled": True}},
            "rpki_bgp_origin_validation": {"enabled": True},
            "reject_policy": {"policy": "tag"},
        },
        "blackhole_filtering": {
            "policy_ipv4": "rewrite-next-hop", "policy_ipv6": "rewrite-next-hop",
            "rewrite_next_hop_ipv4": BLACKHOLE_HOP[4], "rewrite_next_hop_ipv6": BLACKHOLE_HOP[6]},
        "graceful_shutdown": {"enabled": True},
        "communities": {**OUTBOUND, **INTERNAL, **INBOUND, "reject_cause_map": REJECT_MAP},
        "custom_communities": CUSTOMS,
    }


def client_cfg(party):
    white = [{"prefix": str(s.network_address), "length": s.prefixlen}
             for s in (party.space(4), party.space(6))]
    filtering = {"irrdb": {"as_sets": [f"AS{party.asn}"]}}
    if party.irr != "objects":
        filtering["irrdb"][party.irr] = white
    if party.reject_policy:
        filtering["reject_policy"] = {"policy": party.reject_policy}
    return {"filtering": filtering, "attach_custom_communities": list(party.customs),
            "prepend_rs_as": party.prepend_rs_as,
            "blackhole_filtering": {"announce_to_client": party.blackholes},
            "graceful_shutdown": {"enabled": party.graceful_shutdown}}
