#!/usr/bin/python3
"""What may be committed: UTF-8 text without loose ends, notes to self or paths of one machine.

Data (fuzz corpora, compressed exchanges) is only held to a size.
"""
import os
import re

import tree

DATA = re.compile(r"tests/(fuzz/corpus|conf/\w+)/|.*/data/"
                  r"|.*\.(gz|xz|zst|bin|pcap|mrt|png|ico|woff2)$")
MAX_TEXT_BYTES = 512 * 1024
MAX_DATA_BYTES = 8 * 1024 * 1024

LINE_RULES = [
    (re.compile(r"\b(TO[D]O|FIX[M]E|XX[X])\b"), "note to self: do it or drop it"),
    (re.compile(r"(?<![\w.}$*)-])/(?:work|root|home)/"), "path of one machine"),
    (re.compile(r"\r"), "carriage return"),
    (re.compile(r"[ \t]+$"), "trailing whitespace"),
    (re.compile(r"^(<{7}|>{7}) "), "merge conflict"),
]


def check_text(name, text):
    for number, line in enumerate(text.split("\n"), 1):
        for pattern, what in LINE_RULES:
            if pattern.search(line):
                yield name, number, what
    if text and not text.endswith("\n"):
        yield name, text.count("\n") + 1, "no newline at the end"
    if text.endswith("\n\n"):
        yield name, text.count("\n"), "empty lines at the end"


findings = []
for path in tree.files():
    size = os.path.getsize(os.path.join(tree.ROOT, path))
    if DATA.match(path):
        if size > MAX_DATA_BYTES:
            findings.append((path, 1, f"data of {size} octets, at most {MAX_DATA_BYTES}"))
        continue
    content = tree.read(path)
    if content is None:
        findings.append((path, 1, "neither UTF-8 text nor known data"))
    elif size > MAX_TEXT_BYTES:
        findings.append((path, 1, f"{size} octets, at most {MAX_TEXT_BYTES}"))
    else:
        findings += check_text(path, content)
tree.finish(findings)
