"""The exchange that is played: the files made of its data, how many routes each member must end
up with, and which commands show something worth seeing."""
import argparse
import collections
import gzip
import ipaddress

import make_plan
import naive_exchange
import plan
import players

DATA = f"{players.ROOT}/tests/data/exchange"


def expected_counts(model, candidates):
    """Session name -> number of routes: all prefixes of its family that another one announces."""
    total, alone = collections.Counter(), collections.Counter()
    for prefix, routes in candidates.items():
        total[6 if ":" in prefix else 4] += 1
        if len(routes) == 1:
            alone[routes[0].session.name] += 1
    return {s.name: total[s.family] - alone[s.name] for s in model.sessions.values()}


def most_announced(candidates, family):
    """A prefix that many members announce, and the session whose route is the best of all."""
    of_family = [p for p in candidates if (":" in p) == (family == 6)]
    return max(of_family, key=lambda p: (len(candidates[p]), p), default=None)


def covering(candidates, wanted=6):
    """An IPv4 prefix with about so many more specific ones."""
    networks = sorted((ipaddress.ip_network(p) for p in candidates if ":" not in p),
                      key=lambda n: (int(n.network_address), n.prefixlen))
    inside, open_ones = collections.Counter(), []
    for n in networks:
        while open_ones and open_ones[-1].broadcast_address < n.network_address:
            open_ones.pop()
        inside.update(open_ones)
        open_ones.append(n)
    return min(inside, key=lambda n: (abs(inside[n] - wanted), n), default=None)


def tour(exchange):
    """(what it shows, words for roostctl) of some things to look at."""
    model, candidates = exchange.model, exchange.candidates
    prefix = most_announced(candidates, 4)
    routes = candidates[prefix]
    best = model.best(None, routes)[0].session
    large = max(model.tables, key=lambda name: (len(model.tables[name]), name))
    small = min((name for name in model.tables if model.tables[name]),
                key=lambda name: (len(model.tables[name]), name))
    local = {s.name: s.local for s in model.sessions.values()}
    stops = [
        ("the server in a few lines", "show summary"),
        ("all peers, a line each", "show peers"),
        (f"everything about {best.description.split(',')[0][:24]}", f"show peer {best.local}"),
        (f"{len(routes)} members announce it", f"show routes {prefix}"),
        ("what the best one is told itself", f"show routes {prefix} to {best.local}"),
        ("the smallest member's routes", f"show routes from {local[small]}"),
        ("more specific routes", f"show routes {covering(candidates)} longer"),
    ]
    prefix6 = most_announced(candidates, 6)
    if prefix6:
        stops.append((f"IPv6: {len(candidates[prefix6])} members announce it",
                     f"show routes {prefix6}"))
    return stops + [
        ("what was rejected, and why", "show routes rejected"),
        ("processes and memory", "show processes"),
        ("take the largest member away", f'shutdown {local[large]} "lunch"'),
        ("and back", f"enable {local[large]}"),
    ]


class Exchange:
    """The data, and the files made of it."""

    def __init__(self, place, folder):
        self.lan, sessions = plan.read_exchange(DATA, place.port)
        for s in sessions:
            s.name = s.local
        self.sessions = place.map_sessions(sessions)
        self.servers = {s.family: s.peer for s in self.sessions}
        self.model = naive_exchange.Exchange(self.sessions)
        self.model.load_routes()
        self.candidates = self.model.candidates()
        self.counts = expected_counts(self.model, self.candidates)
        # What roostd holds: a route with AS 0 in its path counts as withdrawn (RFC 7607).
        self.paths = sum(map(len, self.model.tables.values())) - sum(
            0 in route.asns for _, route in self.model.rejected)
        self.write(folder, place)

    def write(self, folder, place):
        options = argparse.Namespace(port=place.port, router_id="192.0.2.1", workers=None,
                                     socket=f"{folder}/run/roost.sock",
                                     restricted=f"{folder}/run/roost.ro.sock")
        make_plan.write_roost(f"{folder}/roost.yml", options, self.servers, self.sessions)
        plan.write_plan(f"{folder}/plan.txt", self.sessions, "Made by the demo.")
        with open(f"{folder}/counts", "w", encoding="ascii") as file:
            file.writelines(f"{name} {count}\n" for name, count in self.counts.items())
        self.churn = f"{folder}/churn.txt"
        self.churn_s = 0
        with gzip.open(f"{DATA}/updates.txt.gz", "rt", encoding="utf-8") as events, \
                open(self.churn, "w", encoding="utf-8") as file:
            for event in events:
                ms, name, _ = event.split("|", 2)
                self.churn_s = int(ms) / 1000
                if name in self.model.sessions:
                    file.write(event)

    def addresses(self):
        """Of server and members, with prefix length."""
        found = [*self.servers.values(), *(s.local for s in self.sessions)]
        length = {n.version: n.prefixlen for n in self.lan.networks}
        return [f"{a}/{length[6 if ':' in a else 4]}" for a in found]
