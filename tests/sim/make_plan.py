#!/usr/bin/python3
"""Makes the files that a run over an exchange needs.

    make_plan.py EXCHANGE OUT       from members.json and routes/index.csv of a folder
    make_plan.py --plan PLAN OUT    from a plan, as roost-sim --write-plan makes it

It writes into the folder OUT:

    plan.txt        who the members are, for roost-sim (not with --plan)
    addresses.txt   the addresses that the members need, with prefix length, one a line
    roost.yml       Roost, the same members, no filters
    bird.conf       BIRD 2, the same members, no filters: rs client, one sorted table, secondary
"""
import argparse
import collections
import ipaddress
import os

import plan

BIRD_HEAD = """\
# Made by make_plan.py: a route server without filters.
log "{log}" all;
router id {router_id};
ipv4 table master4 sorted;
ipv6 table master6 sorted;
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

BIRD_PEER = """
protocol bgp p{number} from at_exchange {{
	local {server} port {port} as {rs_asn};
	neighbor {address} as {asn};
	ipv{family} {{ table master{family}; secondary; import all; export all; }};
}}
"""


def quote(text):
    """Text as a double-quoted YAML scalar."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def write_roost(path, options, servers, sessions):
    members = collections.defaultdict(list)
    for session in sessions:
        members[session.asn].append(session)
    with open(path, "w", encoding="utf-8") as file:
        file.write("# Made by make_plan.py: a route server without filters.\n")
        file.write("daemon:\n")
        file.write(f"  listen: [{', '.join(quote(a) for a in servers.values())}]\n")
        file.write(f"  port: {options.port}\n")
        if options.workers:
            file.write(f"  workers: {options.workers}\n")
        for key, value in (("socket", options.socket), ("restricted_socket", options.restricted)):
            if value:
                file.write(f"  {key}: {quote(value)}\n")
        file.write("cfg:\n")
        file.write(f"  rs_as: {plan.RS_ASN}\n  router_id: {options.router_id}\n"
                   "  path_hiding: true\n")
        file.write("clients:\n")
        for asn, own in members.items():
            file.write(f"  - asn: {asn}\n")
            file.write(f"    ip: [{', '.join(quote(s.local) for s in own)}]\n")
            if own[0].description:
                file.write(f"    description: {quote(own[0].description)}\n")
            file.write("    filters: none\n")


def write_bird(path, options, sessions):
    with open(path, "w", encoding="utf-8") as file:
        file.write(BIRD_HEAD.format(log=options.bird_log, router_id=options.router_id))
        for number, s in enumerate(sessions):
            file.write(BIRD_PEER.format(number=number, server=s.peer, port=s.port, asn=s.asn,
                                        rs_asn=plan.RS_ASN, address=s.local, family=s.family))


def write_addresses(path, sessions, networks):
    with open(path, "w", encoding="utf-8") as file:
        for s in sessions:
            address = ipaddress.ip_address(s.local)
            length = next((n.prefixlen for n in networks if address in n),
                          16 if s.family == 4 else 64)
            file.write(f"{s.local}/{length}\n")


def read_arguments():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("exchange", nargs="?", help="folder with members.json and routes/")
    parser.add_argument("out", help="folder to write into")
    parser.add_argument("--plan", help="take the members from this plan")
    parser.add_argument("--port", type=int, default=179)
    parser.add_argument("--router-id", default="192.0.2.1")
    parser.add_argument("--workers", type=int, help="Roost's session workers")
    parser.add_argument("--socket", help="Roost's control socket")
    parser.add_argument("--restricted", help="Roost's restricted control socket")
    parser.add_argument("--bird-log", default="bird.log")
    options = parser.parse_args()
    if (options.exchange is None) == (options.plan is None):
        parser.error("either an exchange or --plan")
    return options


def main():
    options = read_arguments()
    os.makedirs(options.out, exist_ok=True)
    if options.plan:
        sessions, networks = plan.read_plan(options.plan), []
        servers = {s.family: s.peer for s in sessions}
        options.port = sessions[0].port
    else:
        lan, sessions = plan.read_exchange(options.exchange, options.port)
        servers, networks = lan.servers, lan.networks
        plan.write_plan(f"{options.out}/plan.txt", sessions, "Made by make_plan.py.")
    write_addresses(f"{options.out}/addresses.txt", sessions, networks)
    write_roost(f"{options.out}/roost.yml", options, servers, sessions)
    write_bird(f"{options.out}/bird.conf", options, sessions)
    print(f"{len(sessions)} sessions of {len({s.asn for s in sessions})} members: {options.out}")


if __name__ == "__main__":
    main()
