#!/usr/bin/python3
"""No function that other files can call is defined twice in rib/, policy/ and bgpd/.

Everything is linked from archives, where the linker takes the first that it meets and says
nothing: rib would call a function of bgpd that happens to have the same name.
"""
import re

import tree

# KNF: the type on a line of its own, the name at the start of the next.
DEFINITION = re.compile(r"^((?:\w[^\n;{}()]*\n)?)(\w+)\([^;{]*\)\n\{", re.MULTILINE)

seen, findings = {}, []
for path in tree.c_files():
    if not path.startswith(("rib/", "policy/", "bgpd/")) or not path.endswith(".c"):
        continue
    text = tree.code_only(tree.read(path) or "")
    for match in DEFINITION.finditer(text):
        kind, name = match.groups()
        if name in ("main", "__attribute__") or re.search(r"\bstatic\b", kind):
            continue
        line = text.count("\n", 0, match.start(2)) + 1
        if name in seen:
            findings.append((path, line, f"{name}() is defined in {seen[name]}, too"))
        seen.setdefault(name, path)
tree.finish(findings)
