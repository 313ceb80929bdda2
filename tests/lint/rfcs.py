#!/usr/bin/python3
"""docs/rfcs.md tells the truth about names: each `file:function` it names is there, each test too.

    ## RFC 4271
    | section | what it asks | where | test | what differs, and why |
    |---|---|---|---|---|
    | 6.5 | ... | `bgpd/a.c:fire` | `tests/unit/a/test_a.c:test_fire` | |

A function or a table is defined at the start of a line of that file, a test by START_TEST or as
def test_x; `tests/replay/x.rpl:4271_6_5` are the scenarios there whose names begin with "4271 6.5".
What has no code has "-" there, what has no test "none"; both say why in the last
column. Every RFC has a table, and every table a test. Two parts are made from the code and must be
what it says: the attributes that are known, and the RFCs that are only named; `--write` puts them in.
"""
import functools
import os
import re
import sys

import tree

PAGE = "docs/rfcs.md"
HEADING = re.compile(r"## RFC (\d+)$")
REFERENCE = re.compile(r"`([\w.-]+(?:/[\w.-]+)+):(\w+)`")
COLUMNS = 5
# What stands for a test where a whole program is one.
PROGRAMS = {"main", "LLVMFuzzerTestOneInput"}


@functools.cache
def code(path):
    """The text of a file of this tree without its comments; None if there is none."""
    if not os.path.isfile(os.path.join(tree.ROOT, path)):
        return None
    text = tree.read(path) or ""
    return tree.code_only(text) if path.endswith((".c", ".h")) else text


def has_function(path, name):
    if path.endswith(".py"):
        return bool(re.search(rf"^\s*def {name}\(", code(path), re.MULTILINE))
    function = rf"^{name}\([^;{{]*\)\s*\{{"
    table = rf"^\w[^;(){{}}=]*\b{name}(\[[^\]]*\])+\s*="
    return bool(re.search(f"{function}|{table}", code(path), re.MULTILINE))


def has_test(path, name):
    if path.endswith(".rpl"):
        section = re.escape(name.replace("_", " ", 1).replace("_", "."))
        return bool(re.search(rf'^scenario "{section}[,: ]', code(path), re.MULTILINE))
    if path.endswith(".py"):
        return name.startswith("test_") and has_function(path, name)
    if name in PROGRAMS:
        return has_function(path, name)
    return bool(re.search(rf"^START_TEST\({name}\)", code(path), re.MULTILINE))


def fault_of(path, name):
    """What is wrong with a reference; None where nothing is."""
    if code(path) is None:
        return f"{path}: no such file"
    if path.startswith("tests/"):
        return None if has_test(path, name) else f"{path} has no test {name}"
    return None if has_function(path, name) else f"{path} does not define {name}"


def faults_of_cell(cell, what, of_tests, nothing):
    """A cell holds references of one kind and no other word, or the word for nothing."""
    references = REFERENCE.findall(cell)
    rest = REFERENCE.sub("", cell).strip(" ,")
    if rest and (references or rest not in nothing):
        yield f'"{rest}" in column {what} is not `file:name`'
    elif not references and not rest:
        yield f"column {what} is empty"
    for path, _ in references:
        if path.startswith("tests/") != of_tests:
            yield f"{path} does not belong into column {what}"


def faults_of_row(cells):
    if len(cells) != COLUMNS:
        yield f"row of {len(cells)} columns, not {COLUMNS}"
        return
    section, asks, where, test, differs = cells
    if not section or not asks:
        yield "row without a section or what it asks"
    yield from faults_of_cell(where, "where", False, {"-"})
    yield from faults_of_cell(test, "test", True, {"-", "none"})
    if not differs and (where == "-" or not REFERENCE.search(test)):
        yield "no code or no test, and the last column does not say why"


def check(text):
    rfc, seen, has_row, tested = None, {}, set(), set()
    for number, line in enumerate(text.splitlines(), 1):
        for path, name in REFERENCE.findall(line):
            fault = fault_of(path, name)
            if fault:
                yield number, fault
        if line.startswith("## "):
            match = HEADING.match(line)
            rfc = match.group(1) if match else None
            if rfc in seen:
                yield number, f"RFC {rfc} stands in line {seen[rfc]} already"
            elif rfc:
                seen[rfc] = number
        if not line.startswith("|"):
            continue
        cells = [cell.strip() for cell in line.rstrip()[1:-1].split("|")]
        if cells[0] == "section":
            if rfc is None:
                yield number, "table under no heading of an RFC"
        elif rfc and not re.fullmatch("-+", cells[0]):
            has_row.add(rfc)
            if len(cells) == COLUMNS and REFERENCE.search(cells[3]):
                tested.add(rfc)
            for fault in faults_of_row(cells):
                yield number, fault
    for rfc, number in seen.items():
        if rfc not in has_row:
            yield number, f"RFC {rfc} has no table"
        elif rfc not in tested:
            yield number, f"no test in the table of RFC {rfc}"
    if not seen:
        yield 1, "no RFC at all"


# --- what is generated ---

ATTRIBUTES = "bgpd/wire/attr.c"
NUMBERS = (ATTRIBUTES, "rib/attrs.h")
ROW = re.compile(r"\{ATTR_(\w+), ([OT |]+), OUTCOME_(\w+), FATE_(\w+), (\w+), (\w+), (\d+),\s*(\w+),"
                 r'\s*"([^"]+)",\s*"([^"]+)"\}')
FLAGS = {"T": "well-known", "O": "optional non-transitive", "O | T": "optional transitive"}
OUTCOMES = {"DISCARD": "attribute discard", "WITHDRAW": "treat as withdraw", "RESET": "session reset"}
FATES = {"KEEP": "kept and passed on", "USE": "read, written anew", "DROP": "dropped, said so",
         "IGNORE": "dropped quietly"}


def attributes():
    """A row for each attribute that the decoder knows."""
    numbers = dict(re.findall(r"ATTR_(\w+) = (\d+)", "".join(tree.read(p) or "" for p in NUMBERS)))
    yield "| type | name | must be | octets | malformed | good | source |"
    yield "|---|---|---|---|---|---|---|"
    for name, flags, outcome, fate, least, most, step, _, text, source in ROW.findall(
            tree.read(ATTRIBUTES) or ""):
        octets = least if least == most else f"{least} or more" if most == "ANY" else f"{least} to {most}"
        if most == "ANY" and step != "1":
            octets += f", times {step}"
        yield (f"| {numbers[name]} | {text} | {FLAGS[flags]} | {octets} | {OUTCOMES[outcome]} | "
               f"{FATES[fate]} | {source} |")


def cited():
    """RFCs that code or documentation names without a section of this page."""
    here = set(re.findall(r"^## RFC (\d+)$", tree.read(PAGE), re.MULTILINE))
    found = {}
    for path in tree.files():
        if path.startswith(("bgpd/", "policy/", "rib/")) and path.endswith((".c", ".h")):
            for number in re.findall(r"RFC (\d{4,5})", tree.read(path) or ""):
                if number not in here:
                    found.setdefault(number, []).append(f"`{path}`")
    yield "| RFC | named in |"
    yield "|---|---|"
    for number in sorted(found):
        yield f"| {number} | {', '.join(dict.fromkeys(found[number]))} |"


PARTS = {"attributes": attributes, "cited": cited}
PART = re.compile(r"<!-- generated: (\w+) -->\n(.*?)<!-- end -->\n", re.DOTALL)


def filled(text):
    """The page with its generated parts as they should be."""
    return PART.sub(lambda m: f"<!-- generated: {m.group(1)} -->\n" + "".join(
        f"{line}\n" for line in PARTS[m.group(1)]()) + "<!-- end -->\n", text)


def faults_of_parts(text):
    for match in PART.finditer(text):
        if filled(match.group(0)) != match.group(0):
            yield (text.count("\n", 0, match.start()) + 1,
                   f"{match.group(1)} is not what `tests/lint/rfcs.py --write` makes of it")


def faults_of_summary(text):
    """The first table and the headings name the same RFCs."""
    linked = set(re.findall(r"^\| \[(\d+)\]\(#rfc-\d+\) ", text, re.MULTILINE))
    for number in sorted(linked ^ set(re.findall(r"^## RFC (\d+)$", text, re.MULTILINE))):
        if linked:
            yield 1, f"RFC {number} stands in the first table or has a section, but not both"


page = tree.read(PAGE) if os.path.isfile(os.path.join(tree.ROOT, PAGE)) else None
if page is None:
    tree.finish([(PAGE, 1, "no such page")])
if "--write" in sys.argv:
    page = filled(page)
    with open(os.path.join(tree.ROOT, PAGE), "w", encoding="utf-8") as out:
        out.write(page)
tree.finish([(PAGE, *finding) for finding in sorted(
    [*check(page), *faults_of_parts(page), *faults_of_summary(page)])])
