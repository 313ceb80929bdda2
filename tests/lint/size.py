#!/usr/bin/python3
"""Mind the tail: no file over 800 lines, no C function over 80; over 60 is said, not failed.

clang-format puts a function's braces into column 0 and its name at the start of a line, so that
a function is what stands between the lines `{` and `}`.
"""
import re

import tree

FILE_MAX = 800
FUNCTION_MAX = 80
FUNCTION_WARN = 60
# Functions that are one table or one switch and would be worse in parts: "file:name".
EXEMPT = set()


def functions(lines):
    """(name, line of the brace, lines between the braces) of each function."""
    start, name = 0, ""
    for number, line in enumerate(lines, 1):
        match = re.match(r"(?:START_TEST\()?(\w+)\s*[()]", line)
        if match:
            name = match.group(1)
        if line == "{":
            start = number
        elif line == "}" and start:
            yield name, start, number - start - 1
            start = 0


findings = []
for path in tree.files():
    if not path.endswith((".c", ".h", ".py", ".sh")) and path != "Makefile":
        continue
    text = (tree.read(path) or "").splitlines()
    if len(text) > FILE_MAX:
        findings.append((path, len(text), f"file of {len(text)} lines, at most {FILE_MAX}"))
    if not path.endswith(".c"):
        continue
    for function, brace, length in functions(text):
        if length > FUNCTION_MAX and f"{path}:{function}" not in EXEMPT:
            what = f"{function}() of {length} lines, at most {FUNCTION_MAX}"
            findings.append((path, brace, what))
        elif length > FUNCTION_WARN:
            print(f"{path}:{brace}: note: {function}() of {length} lines, better under "
                  f"{FUNCTION_WARN}")
tree.finish(findings)
