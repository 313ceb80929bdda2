#!/usr/bin/python3
"""Links of README.md and docs/ that point into the repository lead to a file and a heading."""
import os
import re

import tree

LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def headings(name):
    """Anchors as code hosts make them: lower case, punctuation dropped, blanks to dashes."""
    for line in (tree.read(name) or "").splitlines():
        match = re.match(r"#+\s+(.*?)\s*$", line)
        if match:
            text = re.sub(r"[^\w\- ]", "", match.group(1).lower())
            yield text.replace(" ", "-")


def check(name):
    for number, line in enumerate((tree.read(name) or "").splitlines(), 1):
        for target in LINK.findall(line):
            if re.match(r"[a-z]+:", target):
                continue
            path, _, anchor = target.partition("#")
            full = os.path.normpath(os.path.join(os.path.dirname(name), path)) if path else name
            if not os.path.exists(os.path.join(tree.ROOT, full)):
                yield name, number, f"{target}: no such file"
            elif anchor and full.endswith(".md") and anchor not in headings(full):
                yield name, number, f"{target}: no such heading"


findings = []
for document in tree.files():
    if document.endswith(".md"):
        findings += check(document)
tree.finish(findings)
