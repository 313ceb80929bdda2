"""Plans of roost-sim, files of routes, and the exchange that they describe.

Shared by make_plan.py and naive_exchange.py; knows nothing of the route server's own code.
"""
import csv
import dataclasses
import gzip
import ipaddress
import json
import os
import zlib

RS_ASN = 64500


@dataclasses.dataclass
class Session:
    """One line of a plan."""
    local: str
    peer: str
    asn: int
    bgp_id: str
    port: int = 179
    routes: str = ""  # path of the file, "" = announces nothing
    name: str = ""
    description: str = ""  # not in the plan
    options: dict = dataclasses.field(default_factory=dict)

    def __post_init__(self):
        self.name = self.name or self.local

    @property
    def family(self):
        return 6 if ":" in self.local else 4


@dataclasses.dataclass
class Lan:
    """The exchange's peering LAN: networks, and the route server's addresses in them."""
    networks: list
    servers: dict  # family -> address


def open_text(path):
    """A text file, gzip or not."""
    with open(path, "rb") as file:
        magic = file.read(2)
    if magic == b"\x1f\x8b":
        return gzip.open(path, "rt", encoding="utf-8")
    return open(path, encoding="utf-8")


def read_exchange(folder, port=179):
    """The sessions of an exchange folder: members.json says who, routes/index.csv what."""
    with open_text(f"{folder}/members.json.gz") as file:
        export = json.load(file)
    vlan = export["ixp_list"][0]["vlan"][0]
    networks = [ipaddress.ip_network(f"{vlan[f]['prefix']}/{vlan[f]['mask_length']}")
                for f in ("ipv4", "ipv6")]
    lan = Lan(networks, {n.version: str(n.network_address + 1) for n in networks})
    names = {m["asnum"]: m["name"] for m in export["member_list"]}
    sessions = []
    with open(f"{folder}/routes/index.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            asn, address = int(row["asn"]), row["session_address"]
            sessions.append(Session(local=address, peer=lan.servers[int(row["afi"])], asn=asn,
                                    bgp_id="", port=port, description=names[asn],
                                    routes=f"{folder}/routes/{row['file']}"))
    if set(lan.servers.values()) & {s.local for s in sessions}:
        raise ValueError("a member has the route server's address")
    give_ids(sessions)
    return lan, sessions


def give_ids(sessions):
    """BGP identifiers, all different: an IPv4 address is its own, IPv6 is hashed into 10/8."""
    taken = {s.local for s in sessions if s.family == 4}
    for session in sessions:
        if session.family == 4:
            session.bgp_id = session.local
            continue
        number = zlib.crc32(ipaddress.ip_address(session.local).packed) & 0xffffff
        while str(ipaddress.ip_address(0x0a000000 | number)) in taken or number == 0:
            number = (number + 1) & 0xffffff
        session.bgp_id = str(ipaddress.ip_address(0x0a000000 | number))
        taken.add(session.bgp_id)


def read_plan(path):
    """The sessions of a plan that roost-sim reads, too."""
    folder = os.path.dirname(path)
    defaults, sessions = {}, []
    with open(path, encoding="utf-8") as file:
        for line in file:
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            values = {**defaults, **dict(word.split("=", 1) for word in words[1:])}
            if words[0] == "default":
                defaults = values
                continue
            known = {"local": values.pop("local"), "peer": values.pop("peer"),
                     "asn": int(values.pop("asn")), "port": int(values.pop("port", 179)),
                     "name": values.pop("name", "")}
            routes = values.pop("routes", "")
            default_id = known["local"] if ":" not in known["local"] else "10.0.0.1"
            sessions.append(Session(bgp_id=values.pop("id", default_id),
                                    routes=os.path.join(folder, routes) if routes else "",
                                    options=values, **known))
    return sessions


def write_plan(path, sessions, comment):
    folder = os.path.dirname(os.path.abspath(path))
    with open(path, "w", encoding="utf-8") as file:
        file.write(f"# {comment}\n")
        for s in sessions:
            words = [f"local={s.local}", f"peer={s.peer}", f"port={s.port}", f"asn={s.asn}",
                     f"id={s.bgp_id}"]
            if s.name != s.local:
                words.append(f"name={s.name}")
            if s.routes:
                words.append(f"routes={os.path.relpath(os.path.abspath(s.routes), folder)}")
            words += [f"{key}={value}" for key, value in s.options.items()]
            file.write(f"session {' '.join(words)}\n")
