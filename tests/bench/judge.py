"""What one route costs in import policy, and what IRR data cost in memory.

judge   All routes of the real exchange of tests/data (112 members) and 10,000 of a made-up member
        whose AS-SET has 40,000 route objects; IRR, origin validation, bogons, paths, next hops,
        blackhole requests, graceful shutdown. Roost: judge.c calls the functions that the daemon
        calls. BIRD 2: a daemon with the same routes and `import table`; `reload in all` runs each
        route through its import filter and finds that nothing has changed. The CPU that this takes
        with the generated filters, less that with `import all`, is the filters'. Both have to
        accept the same number of routes.
irr     50, 100 and 200 members with the same AS-SETs, and with AS-SETs of their own that contain
        the same ones: memory of data and policy. BIRD 2: PSS after the start.
"""
import collections
import ipaddress
import json
import shutil
import statistics
import struct
import time

import bird_policy
import exchange_conf
import first_table
import load
import naive_policy_community
import naive_policy_data
import plan
import players
from contest import BUILD, ROOT, Arena, told

EXCHANGE = ROOT / "tests" / "data" / "exchange"
BIG = load.BIG_ROUTES
BIG_ASN = 199999
GROUPS = ("real exchange", "member of 40,000")
ROUNDS = 15
RELOADS = 7


# ---- routes as blocks ----

def attribute(flags, kind, value):
    return struct.pack(">BBH", flags, kind, len(value)) + value


def path_segments(text):
    """AS_PATH with 4-octet numbers; {1,2} is an AS_SET."""
    segments, run = b"", []
    for word in [*text.split(), None]:
        if word is None or word.startswith("{"):
            for at in range(0, len(run), 255):
                part = run[at:at + 255]
                segments += struct.pack(f">BB{len(part)}I", 2, len(part), *part)
            run = []
        if word is not None and word.startswith("{"):
            members = [int(m) for m in word.strip("{}").split(",")]
            segments += struct.pack(f">BB{len(members)}I", 1, len(members), *members)
        elif word is not None:
            run.append(int(word))
    return segments


def block_of(fields):
    """The canonical block (rib/attrs.h) of a line of routes behind its prefix."""
    path, origin, next_hop, med, std, ext, large = fields.split("|")
    hop = b"".join(ipaddress.ip_address(a).packed for a in next_hop.split())
    block = struct.pack(">B", len(hop)) + hop
    block += attribute(0x40, 1, bytes(["ie?".index(origin)]))
    block += attribute(0x40, 2, path_segments(path))
    if med:
        block += attribute(0x80, 4, struct.pack(">I", int(med)))
    values = naive_policy_community.parse_values(std, "", large)
    for flags, kind, form, numbers in ((0xc0, 8, "std", ">HH"), (0xc0, 32, "lrg", ">III")):
        if form == "lrg" and ext:
            block += attribute(0xc0, 16, bytes.fromhex(ext.replace(" ", "")))
        packed = b"".join(struct.pack(numbers, *v[1:]) for v in values if v[0] == form)
        if packed:
            block += attribute(flags, kind, packed)
    return block


# ---- the exchange with one more member ----

class Exchange:
    """Sessions, configuration and registry; the added member has the last session."""

    def __init__(self, folder):
        self.folder = folder
        self.lan, conf = exchange_conf.configuration(str(EXCHANGE), "plain")
        _, self.sessions = plan.read_exchange(str(EXCHANGE))
        self.registry = self.read_registry()
        self.add_big(conf)
        del conf.cfg["filtering"]["aspa"]  # BIRD 2 has none
        self.conf = conf

    @staticmethod
    def read_registry():
        """What both configurations are made of, as load.py has it."""
        facts = naive_policy_data.Facts().read_exchange(str(EXCHANGE), exchange_conf.ANCHORS)
        registry = load.Registry(routes=collections.defaultdict(set))
        registry.expand = lambda name: sorted(facts.expand(name))
        for prefix, origins in facts.routes.items():
            for origin in origins:
                registry.routes[origin].add(text_of(prefix))
        registry.vrps = [(text_of(prefix), longest, asn) for prefix, found in facts.vrps.items()
                         for longest, asn in found]
        for name, members in facts.sets.items():
            registry.sets[name[0]] = members
        return registry

    def add_big(self, conf):
        taken = {s.local for s in self.sessions} | set(self.lan.servers.values())
        address = next(str(a) for a in self.lan.networks[0].hosts() if str(a) not in taken)
        origins = [50000 + k for k in range(load.BIG_ORIGINS)]
        for k in range(BIG):
            self.registry.routes[origins[k % len(origins)]].add(load.slash24(load.BIG_FIRST, k))
        before = self.registry.expand
        self.big_set = "AS-BIG", [f"AS{o}" for o in origins]
        self.registry.expand = lambda name: origins if name == "AS-BIG" else before(name)
        path = f"{self.folder}/big.txt"
        with open(path, "w", encoding="utf-8") as file:
            for k in range(10000):
                origin = origins[4 * k % len(origins)]
                # The last tenth has no route object.
                prefix = load.slash24(load.BIG_FIRST, 4 * k if k < 9000 else BIG + k)
                file.write(f"{prefix}|{BIG_ASN} {20000 + k % 7} {origin}|i|{address}|||||\n")
        session = plan.Session(local=address, peer=self.lan.servers[4], asn=BIG_ASN,
                               bgp_id=address, routes=path)
        self.sessions.append(session)
        conf.clients.append({"asn": BIG_ASN, "ip": [address],
                             "cfg": {"filtering": {"irrdb": {"as_sets": ["AS-BIG"]}}}})

    def routes(self):
        for session in self.sessions:
            with plan.open_text(session.routes) as file:
                for line in file:
                    prefix, _, fields = line.rstrip("\n").partition("|")
                    yield session, prefix, fields.rsplit("|", fields.count("|") - 6)[0]

    def write(self):
        folder = self.folder
        for name, key, value in (("general", "cfg", self.conf.cfg),
                                 ("clients", "clients", self.conf.clients),
                                 ("bogons", "bogons", self.conf.bogons)):
            exchange_conf.write_yaml(f"{folder}/{name}.yml", {key: value})
        for name in ("irr/as-sets.rpsl", "irr/routes.rpsl", "rpki/rpki.json"):
            exchange_conf.unpack(f"{EXCHANGE}/{name}.gz", f"{folder}/{name.split('/')[1]}")
        big = load.Registry(sets=dict([self.big_set]))
        for k in range(BIG):
            big.routes[50000 + k % load.BIG_ORIGINS].add(load.slash24(load.BIG_FIRST, k))
        (folder / "big").mkdir()
        big.write(folder / "big")
        exchange_conf.write_yaml(f"{folder}/roost.yml", {
            "daemon": {"listen": list(self.lan.servers.values())}, "general": "general.yml",
            "clients": "clients.yml", "bogons": "bogons.yml",
            "feeds": {"irr": ["as-sets.rpsl", "routes.rpsl", "big/as-sets.rpsl",
                              "big/routes.rpsl"], "rpki": ["rpki.json"]}})
        for variant in ("judge", "free"):
            bird_policy.Bird(self.conf, self.registry).write(
                f"{folder}/{variant}.conf", self.sessions, f"{folder}/bird.log", variant)
        self.write_routes()

    def write_routes(self):
        blocks, counts = {}, collections.Counter()
        with open(self.folder / "routes.txt", "w", encoding="utf-8") as file:
            for session, prefix, fields in self.routes():
                if fields not in blocks:
                    blocks[fields] = block_of(fields).hex()
                group = int(session.asn == BIG_ASN)
                counts[group] += 1
                file.write(f"{session.local} {prefix} {group} {blocks[fields]}\n")
        plan.write_plan(self.folder / "plan.txt", self.sessions, "Made by judge.py.")
        return counts


def text_of(prefix):
    version, number, length = prefix
    address = ipaddress.IPv4Address(number) if version == 4 else ipaddress.IPv6Address(number)
    return f"{address}/{length}"


# ---- BIRD's side ----

class BirdImport(Arena):
    """BIRD with all routes received, to be sent through its import filters again and again."""

    def __init__(self, options):
        super().__init__(options)
        self.exchange = Exchange(self.dir)
        self.exchange.write()
        lan = self.exchange.lan
        self.join([f"{lan.servers[n.version]}/{n.prefixlen}" for n in lan.networks],
                  [f"{s.local}/{n.prefixlen}" for s in self.exchange.sessions
                   for n in lan.networks if n.version == s.family])

    def measure(self, variant):
        """Nanoseconds of CPU of one reload in all (median), and the accepted routes by session."""
        server = self.bird(f"{variant}.conf")
        sim = None
        try:
            server.settle()
            sim = players.Sim(self.members, "--plan", str(self.dir / "plan.txt"), "--together",
                              "--count-only", "--timeout", str(self.options.timeout))
            sim.run("wait up", "wait quiet 300")
            taken = []
            before = server.settle()
            for _ in range(RELOADS):
                self.birdc("reload", "in", "all")
                now = self.rest(server)
                taken.append(now - before)
                before = now
            accepted = imported(self.birdc("show", "protocols", "all"))
        except AssertionError as error:
            raise SystemExit(f"bench: bird: {error}") from error
        finally:
            if sim is not None:
                sim.end()
            server.stop()
        return statistics.median(taken) * 1e9, accepted

    @staticmethod
    def rest(server):
        """CPU when a reload is over: nothing for a fifth of a second."""
        before, quiet = server.cpu_s(), 0
        while quiet < 4:
            time.sleep(0.05)
            now = server.cpu_s()
            quiet = quiet + 1 if now - before < 0.0005 else 0
            before = now
        return before


def imported(text):
    """Accepted routes of each BGP session, in the order of the configuration."""
    counts, name = [], ""
    for line in text.splitlines():
        if line and not line[0].isspace():
            name = line.split()[0]
        elif name.startswith("p") and "imported" in line and "exported" in line:
            counts.append(int(line.split()[1]))
    return counts


def run(options):
    print("\n== judge: nanoseconds of CPU per route through all checks")
    arena = BirdImport(options)
    try:
        said = json.loads(told([BUILD / "bench" / "judge", arena.dir / "roost.yml",
                                arena.dir / "routes.txt", str(ROUNDS)]))
        result = {"roost": said}
        if "bird" in options.servers:
            result["bird"] = judge_bird(arena, sum(g["routes"] for g in said["groups"]))
    finally:
        arena.close()
    show(said, result.get("bird"))
    return result


def judge_bird(arena, routes):
    with_ns, accepted = arena.measure("judge")
    without_ns, _ = arena.measure("free")
    return {"ns": (with_ns - without_ns) / routes, "with_ns": with_ns / routes,
            "without_ns": without_ns / routes, "accepted": sum(accepted), "routes": routes}


def show(said, bird):
    print(f"{said['route_objects']} route objects, {said['vrps']} VRPs, {said['blocks']} distinct "
          f"attributes; medians of {ROUNDS} rounds")
    print(f"{'':20}{'routes':>8}{'accepted':>10}{'judge, first':>16}{'judge again':>14}"
          f"{'with reach and table':>22}")
    for group in said["groups"]:
        print(f"{GROUPS[group['group']]:20}{group['routes']:>8}{group['accepted']:>10}"
              f"{group['first_ns']:>13.0f} ns{group['again_ns']:>11.0f} ns"
              f"{group['announce_ns']:>19.0f} ns")
    routes = sum(g["routes"] for g in said["groups"])
    mean = {key: sum(g[key] * g["routes"] for g in said["groups"]) / routes
            for key in ("first_ns", "again_ns", "announce_ns")}
    print(f"{'both':20}{routes:>8}{sum(g['accepted'] for g in said['groups']):>10}"
          f"{mean['first_ns']:>13.0f} ns{mean['again_ns']:>11.0f} ns"
          f"{mean['announce_ns']:>19.0f} ns")
    if bird:
        print(f"{'bird':20}{bird['routes']:>8}{bird['accepted']:>10}{bird['ns']:>13.0f} ns: "
              f"reload of {bird['with_ns']:.0f} ns with its filters less {bird['without_ns']:.0f} "
              f"ns with none; medians of {RELOADS}")
        print(f"bird / roost: {bird['ns'] / mean['first_ns']:.1f}; to the whole cost with reach "
              f"and table {bird['ns'] / mean['announce_ns']:.1f}", flush=True)


# ---- memory ----

IRR_MEMBERS = (50, 100, 200)
IRR_ROUTES = 4000  # of each of the shared AS-SETs
IRR_ORIGINS = 80  # in each of them
IRR_SETS = 3


def irr_load(members, own_sets):
    """A load without routes: all members have the same three AS-SETs, or one that contains them."""
    made = load.Load(members, 0, 3, big=0)
    made.registry = load.Registry()
    names = [f"AS-BIG{b}" for b in range(IRR_SETS)]
    for b, name in enumerate(names):
        origins = [50000 + IRR_ORIGINS * b + k for k in range(IRR_ORIGINS)]
        made.registry.sets[name] = [f"AS{o}" for o in origins]
        for k in range(IRR_ROUTES):
            made.registry.routes[origins[k % IRR_ORIGINS]].add(
                load.slash24(load.BIG_FIRST, IRR_ROUTES * b + k))
    for member in made.members:
        member.objects = [member.name] if own_sets else names
        if own_sets:
            made.registry.sets[member.name] = [f"AS{member.asn}", *names]
    return made


class Memory(Arena):
    def measure(self, made, with_bird):
        first_table.write_servers(self.dir, made)
        said = json.loads(told([BUILD / "bench" / "judge", self.dir / "roost.yml"]))
        row = {"data": (said["records"] + said["data"]) / 2**20, "policy": said["policy"] / 2**20}
        for name in ("roost", "bird") if with_bird else ("roost",):
            server = getattr(self, name)()
            server.settle()
            row[f"{name}_pss"] = server.pss_mib()
            server.stop()
        return row


def run_memory(options):
    print(f"\n== irr: memory of {IRR_SETS * IRR_ROUTES} route objects in {IRR_SETS} AS-SETs, "
          "every member has all of them, MiB")
    print(f"{'':34}{'records and index':>18}{'policy':>8}{'roostd, PSS':>13}{'BIRD, PSS':>11}")
    arena, result = Memory(options), {}
    arena.join(["10.99.0.1/16"], [])
    try:
        for own_sets in (False, True):
            for members in IRR_MEMBERS:
                row = arena.measure(irr_load(members, own_sets), "bird" in options.servers)
                name = f"{members} members, " + \
                    ("AS-SETs of their own" if own_sets else "the same AS-SETs")
                result[name] = row
                print(f"{name:34}{row['data']:>18.2f}{row['policy']:>8.2f}"
                      f"{row['roost_pss']:>13.1f}{row.get('bird_pss', 0):>11.1f}", flush=True)
    finally:
        arena.close()
    return result
