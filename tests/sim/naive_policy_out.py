"""The naive model of export policy: who gets a route, and how it looks then (sections 8 and 9).

One receiver and one route at a time. What depends on the receiver is a function of few things, the
communities that ask for something among them, and is remembered by these.
"""
import collections
import ipaddress

import naive_exchange
import naive_policy_community as community
from expectation import Expectation
from naive_policy_data import INVALID

TIMES = (("once", 1), ("twice", 2), ("thrice", 3))
# What one receiver gets: why not, or the rest.
Decision = collections.namedtuple("Decision", "why prepends adds", defaults=(None, 0, ()))


class Out:
    """Section 8 for a Policy."""

    def __init__(self, policy):
        self.policy, self.words = policy, policy.words
        self.inbound = policy.words.inbound()
        thresholds = policy.cfg["rtt_thresholds"]
        self.thresholds = [int(t) for t in thresholds.split(",")] \
            if isinstance(thresholds, str) else thresholds
        self.remembered = {}

    # ---- what a client asks for ----

    def asks(self, values, name, last=None):
        return any(value in values for value in self.words.values(name, last))

    def asks_peer(self, values, name, peer):
        """True if it is asked for this very client."""
        for pattern in self.words.patterns[name]:
            asn = peer.std_asn if pattern.form == "std" else peer.asn
            if asn is not None and pattern.fill(asn) in values:
                return True
        return False

    def asks_rtt(self, values, name, peer, is_higher):
        """True if it is asked for any threshold that the client is higher or lower than."""
        if peer.rtt_ms is None:
            return False
        return any(self.asks(values, name, t) for t in self.thresholds
                   if (peer.rtt_ms > t) == is_higher)

    def is_forbidden(self, values, peer):
        """Step 3."""
        questions = (
            (self.asks_peer(values, "do_not_announce_to_peer", peer), True),
            (self.asks_peer(values, "announce_to_peer", peer), False),
            (self.asks_rtt(values, "do_not_announce_to_peers_with_rtt_higher_than", peer, True),
             True),
            (self.asks_rtt(values, "do_not_announce_to_peers_with_rtt_lower_than", peer, False),
             True),
            (self.asks_rtt(values, "announce_to_peers_with_rtt_higher_than", peer, True), False),
            (self.asks_rtt(values, "announce_to_peers_with_rtt_lower_than", peer, False), False),
            (self.asks(values, "do_not_announce_to_any"), True))
        return next((answer for is_asked, answer in questions if is_asked), False)

    def prepends(self, values, peer):
        """Step 4."""
        for word, times in TIMES:
            if self.asks_peer(values, f"prepend_{word}_to_peer", peer):
                return times
        if peer.rtt_ms is not None:
            higher = [t for t in sorted(self.thresholds, reverse=True) if peer.rtt_ms > t]
            lower = [t for t in sorted(self.thresholds) if peer.rtt_ms <= t]
            for side, thresholds in (("higher", higher), ("lower", lower)):
                for threshold in thresholds:
                    for word, times in TIMES:
                        name = f"prepend_{word}_to_peers_with_rtt_{side}_than"
                        if self.asks(values, name, threshold):
                            return times
        for word, times in TIMES:
            if self.asks(values, f"prepend_{word}_to_any"):
                return times
        return 0

    def adds(self, values, peer, is_blackhole):
        """Steps 2, 6 and 8: communities that are added."""
        added = []
        if is_blackhole:
            added.append(community.BLACKHOLE)
            if self.policy.cfg["blackhole_filtering"]["add_noexport"]:
                added.append(community.NO_EXPORT)
        for name, value in (("add_noexport", community.NO_EXPORT),
                            ("add_noadvertise", community.NO_ADVERTISE)):
            if self.asks(values, f"{name}_to_any") or self.asks_peer(values, f"{name}_to_peer",
                                                                     peer):
                added.append(value)
        if self.policy.cfg["graceful_shutdown"]["perform"]:
            added.append(community.GRACEFUL_SHUTDOWN)
        return tuple(dict.fromkeys(added))

    # ---- one receiver ----

    def decide(self, peer, values, verdict):
        """Steps 1 to 4 and 6; values are the communities that can matter."""
        settings = peer.settings
        if peer.is_quarantined:
            return Decision("quarantine")
        if verdict.is_blackhole:
            if not settings["blackhole_filtering"]["announce_to_client"]:
                return Decision("blackhole")
        elif verdict.rov == INVALID and not peer.filtering["rpki_bgp_origin_validation"][
                "announce_invalid_to_client"]:
            return Decision("rov-invalid")
        if self.policy.cfg["rfc1997_wellknown_communities"]["policy"] == "rfc1997" and \
                {community.NO_EXPORT, community.NO_ADVERTISE} & values:
            return Decision("well-known")
        if self.is_forbidden(values, peer):
            return Decision("control-community")
        return Decision(None, self.prepends(values, peer),
                        self.adds(values, peer, verdict.is_blackhole))

    def control(self, verdict):
        """All of a route that decide() looks at."""
        values = frozenset(
            v for v in verdict.values
            if v in (community.NO_EXPORT, community.NO_ADVERTISE)
            or any(p.last(v) is not None for p in self.inbound))
        return values, verdict.is_blackhole, verdict.rov == INVALID

    def decision(self, route, receiver):
        """For a naive_exchange.Route with a verdict and the address of a receiver."""
        verdict, peer = route.verdict, self.policy.peers[receiver]
        if not verdict.accept:
            return Decision("rejected")
        if self.policy.peers[route.session.local].is_quarantined:
            return Decision("quarantine")
        if not self.can_use(peer, route):
            return Decision("next-hop")
        key = (receiver, route.control)
        if key not in self.remembered:
            self.remembered[key] = self.decide(peer, route.control[0], verdict)
        return self.remembered[key]

    def next_hop(self, peer, route):
        """The next hop that the client would be given (section 7)."""
        holes = self.policy.cfg["blackhole_filtering"]
        version = 6 if ":" in route.prefix else 4
        if not route.verdict.is_blackhole or holes[f"policy_ipv{version}"] != "rewrite-next-hop":
            return route.next_hop
        if peer.is_ipv4_by_ipv6 and not peer.has_both and holes["rewrite_next_hop_ipv6"]:
            version = 6
        return naive_exchange.normal_address(holes[f"rewrite_next_hop_ipv{version}"])

    def can_use(self, peer, route):
        """Step 0."""
        if ":" in route.prefix:
            return peer.has_family[6]
        if ipaddress.ip_address(self.next_hop(peer, route).split()[0]).version == 6:
            return peer.is_ipv4_by_ipv6
        return peer.family == 4 or peer.has_both or (peer.is_ipv4_by_ipv6 and any(
            p.asn == peer.asn and p.family == 4 for p in self.policy.peers.values()))

    def scrubbed(self, route):
        if route.scrubbed is None:
            route.scrubbed = self.words.scrub_out(route.verdict.values)
        return route.scrubbed

    def text(self, route, receiver, decision):
        """The attributes as they leave, in the columns of a dump."""
        peer, fields = self.policy.peers[receiver], route.text.split("|")
        path = [str(route.neighbour)] * decision.prepends
        if peer.settings["prepend_rs_as"]:
            path.insert(0, str(self.policy.rs_as))
        fields[0] = " ".join(path + route.hops)
        fields[2] = self.next_hop(peer, route)
        values = self.scrubbed(route)
        values = values + [v for v in decision.adds if v not in values]
        fields[4:7] = community.columns(dict.fromkeys(values))
        if peer.filtering["roles"]["enabled"] and not fields[7]:
            fields[7] = str(self.policy.rs_as)
        return "|".join(fields)


class PolicyExchange(naive_exchange.Exchange):
    """All that was announced, judged; what each receiver gets of it (section 9)."""

    def __init__(self, sessions, policy):
        super().__init__(sessions)
        self.policy, self.out = policy, Out(policy)
        self.order = [("LOCAL_PREF", lambda routes: naive_exchange.keep_least(
            routes, lambda r: -r.verdict.local_pref)), *naive_exchange.steps(
                naive_exchange.left_most)]
        self.chosen = {}

    def announce(self, name, line):
        super().announce(name, self.policy.received(line))
        route = self.tables[name][line.split("|", 1)[0]]
        route.verdict = self.policy.judge(route)
        route.control = self.out.control(route.verdict)
        route.scrubbed = None

    def candidates(self):
        """Neither rejected routes nor those of quarantined clients, which nobody is to miss."""
        found = collections.defaultdict(list)
        for table in self.tables.values():
            for route in table.values():
                if route.verdict.accept and not self.is_quarantined(route):
                    found[route.prefix].append(route)
        return found

    def is_quarantined(self, route):
        return self.policy.peers[route.session.local].is_quarantined

    def choose(self, routes):
        if routes not in self.chosen:
            self.chosen[routes] = naive_exchange.decide(list(routes), self.order)
        return self.chosen[routes]

    def best(self, receiver, routes):
        """What a receiver gets: (route, step, trail) or None."""
        def may_have(route):
            return route.session is not receiver and \
                self.out.decision(route, receiver.local).why is None

        if self.policy.cfg["path_hiding"]:
            heard = tuple(r for r in routes if may_have(r))
            return self.choose(heard) if heard else None
        choice = self.choose(tuple(routes))
        return choice if may_have(choice[0]) else None

    def end_of_line(self, receiver, prefix, routes):
        choice = self.best(receiver, routes)
        if choice is None:
            return ""
        decision = self.out.decision(choice[0], receiver.local)
        return f"|{prefix}|0|{self.out.text(choice[0], receiver.local, decision)}\n"


class PolicyExpectation(Expectation):
    """What every session must hold. Receivers for whom nothing is special are asked as one.

    Special for a prefix is who announces it, whose attributes leave otherwise, and about whom a
    route's communities decide otherwise than about most.
    """

    def __init__(self, model):  # pylint: disable=super-init-not-called
        self.model = model
        self.sessions = sorted(model.sessions.values(), key=lambda s: s.name + "|")
        self.everyone = {4: [], 6: []}
        self.own = {s.name: {} for s in self.sessions}
        self.exceptions = {}
        self.by_family = {f: [s for s in self.sessions if s.family == f] for f in (4, 6)}
        self.always = {f: {s.name for s in sessions if self.is_odd(s)}
                       for f, sessions in self.by_family.items()}
        found = model.candidates()
        for prefix in sorted(found, key=lambda p: p + "|"):
            self.add(prefix, found[prefix])

    def is_odd(self, session):
        settings = self.model.policy.peers[session.local].settings
        return settings["prepend_rs_as"] or settings["filtering"]["roles"]["enabled"]

    def exceptional(self, route, family):
        """Names of the receivers that are not treated as most are."""
        key = route.control, family
        if key not in self.exceptions:
            decisions = {s.name: self.model.out.decision(route, s.local)
                         for s in self.by_family[family]}
            usual = collections.Counter(decisions.values()).most_common(1)[0][0]
            self.exceptions[key] = {n for n, d in decisions.items() if d != usual}
        return self.exceptions[key]

    def add(self, prefix, routes):
        family = 6 if ":" in prefix else 4
        special = set(self.always[family]) | {r.session.name for r in routes}
        special = special.union(*(self.exceptional(r, family) for r in routes))
        for name in special:
            self.own[name][prefix] = self.model.end_of_line(self.model.sessions[name], prefix,
                                                            routes)
        ordinary = next((s for s in self.by_family[family] if s.name not in special), None)
        text = self.model.end_of_line(ordinary, prefix, routes) if ordinary else ""
        self.everyone[family].append((prefix, text))


def canonical(attributes):
    """The attributes of a dump's line with communities sorted."""
    fields = attributes.split("|")
    fields[4:7] = [" ".join(sorted(f.split(" "))) for f in fields[4:7]]
    return "|".join(fields)


def canonical_dump(source, target):
    """Copies a dump with communities sorted: the order in which they are sent is not judged."""
    known = {}
    with open(source, encoding="utf-8", newline="") as old, \
            open(target, "w", encoding="utf-8") as new:
        for line in old:
            session, prefix, path_id, attributes = line.split("|", 3)
            if attributes not in known:
                known[attributes] = canonical(attributes)
            new.write(f"{session}|{prefix}|{path_id}|{known[attributes]}")
