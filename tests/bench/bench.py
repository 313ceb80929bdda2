#!/usr/bin/python3
"""Roost against BIRD 2 and against the bare wire, in one run, with the same work.

    bench.py [--only PART,...] [--servers NAME,...] [--members 200] [--routes 1000] [--runs 5]

Parts, all by default:

    plain    first table of all members without filters (first_table.py)
    policy   the same with full policy on both sides
    same     with that policy, what every member is told by either server, compared
    events   late joiner, reload with new IRR data for all, a flap of 20,000 routes (events.py)
    judge    a route through all checks on the real exchange, nanoseconds (judge.py)
    irr      memory of IRR data when members are added (judge.py)

docs/performance.md says what came out.
"""
import argparse
import json
import os
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "sim"))
import events  # noqa: E402
import first_table  # noqa: E402
import judge  # noqa: E402

PARTS = {
    "plain": lambda options: first_table.run(options, "plain"),
    "policy": lambda options: first_table.run(options, "policy"),
    "same": first_table.run_same,
    "events": events.run,
    "judge": judge.run,
    "irr": judge.run_memory,
}


def names_of(allowed):
    def read(text):
        names = text.split(",")
        wrong = [n for n in names if n not in allowed]
        if wrong:
            raise argparse.ArgumentTypeError(
                f"{wrong[0]} is none of: {', '.join(allowed)}")
        return names
    return read


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    servers = ("roost", "bird", "wire")
    parser.add_argument("--only", type=names_of(PARTS), default=list(PARTS), metavar="PART,...")
    parser.add_argument("--servers", type=names_of(servers), default=list(servers),
                        metavar="NAME,...", help="roost, bird, wire (the latter in plain, policy)")
    parser.add_argument("--members", type=int, default=200)
    parser.add_argument("--routes", type=int, default=1000)
    parser.add_argument("--share", type=int, default=3)
    parser.add_argument("--big", type=int, default=5, help="members with 40,000 IRR entries more")
    parser.add_argument("--flap", type=int, default=20000, help="routes of the member that flaps")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--bird-runs", type=int, default=2,
                        help="of these, runs of BIRD in the part policy: each takes over a minute")
    parser.add_argument("--event-runs", type=int, default=1, help="runs of the part events")
    parser.add_argument("--workers", type=int, help="Roost's session workers")
    parser.add_argument("--timeout", type=int, default=600, help="seconds for one wait")
    parser.add_argument("--json", help="write all figures into this file")
    options = parser.parse_args()
    begin = time.monotonic()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.2f}")
    summary = {part: PARTS[part](options) for part in PARTS if part in options.only}
    print(f"\n{time.monotonic() - begin:.0f} s in all")
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(summary, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
