#!/usr/bin/python3
"""Compares two dumps, the model's and roost-sim's: both sorted, one route a line.

    compare_dump.py EXPECTED ACTUAL [--first N] [--ignore-path-id]

Prints numbers and the first differences; the exit code is 1 when there are any.
"""
import argparse
import collections
import sys

NAMES = ["as_path", "origin", "next_hop", "med", "communities", "ext", "large", "otc", "other"]


def routes(path, ignore_path_id):
    """(sort key, line's attributes) of each line, in order; complains about disorder."""
    last = ""
    with open(path, encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            session, prefix, path_id, attributes = line.rstrip("\n").split("|", 3)
            key = f"{session}|{prefix}|{'' if ignore_path_id else path_id + '|'}"
            if key <= last:
                sys.exit(f"{path}:{number}: not sorted, or twice: {key}")
            last = key
            yield key, attributes


def changed_fields(expected, actual):
    for name, want, got in zip(NAMES, expected.split("|"), actual.split("|")):
        if want != got:
            yield f"{name}: expected {want or '(none)'}, got {got or '(none)'}"


def differences(expected, actual):
    """Merges two sorted streams: (kind, key, what was expected, what is there)."""
    want, got = next(expected, None), next(actual, None)
    while want or got:
        if got is None or (want and want[0] < got[0]):
            yield "missing", want[0], want[1], ""
            want = next(expected, None)
        elif want is None or got[0] < want[0]:
            yield "too many", got[0], "", got[1]
            got = next(actual, None)
        else:
            kind = "equal" if want[1] == got[1] else "different"
            yield kind, want[0], want[1], got[1]
            want, got = next(expected, None), next(actual, None)


def compare(expected, actual, first=10, ignore_path_id=False, out=sys.stdout):
    """Returns the number of routes that differ in any way."""
    kinds, sessions, shown = collections.Counter(), set(), 0
    for kind, key, want, got in differences(routes(expected, ignore_path_id),
                                            routes(actual, ignore_path_id)):
        kinds[kind] += 1
        sessions.add(key[:key.index("|")])
        if kind == "equal" or shown >= first:
            continue
        shown += 1
        print(f"{kind}: {key}{want or got}", file=out)
        if kind == "different":
            for text in changed_fields(want, got):
                print(f"    {text}", file=out)
    bad = sum(kinds.values()) - kinds["equal"]
    print(f"{len(sessions)} sessions, {kinds['equal']} routes equal, {kinds['missing']} missing, "
          f"{kinds['too many']} too many, {kinds['different']} different", file=out)
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("expected")
    parser.add_argument("actual")
    parser.add_argument("--first", type=int, default=10, help="differences to show")
    parser.add_argument("--ignore-path-id", action="store_true")
    options = parser.parse_args()
    return 1 if compare(options.expected, options.actual, options.first,
                        options.ignore_path_id) else 0


if __name__ == "__main__":
    sys.exit(main())
