#!/usr/bin/python3
"""Shell and Python files parse, and a file that starts with #! is executable."""
import os
import re
import subprocess

import tree


def check_shell(name, shell):
    done = subprocess.run([shell, "-n", name], cwd=tree.ROOT, capture_output=True, text=True,
                          check=False)
    for line in done.stderr.splitlines():
        match = re.search(r": (?:line )?(\d+): (.*)", line)
        yield (name, match.group(1), match.group(2)) if match else (name, 1, line)


def check_python(name):
    try:
        compile(tree.read(name) or "", name, "exec", dont_inherit=True)
    except SyntaxError as error:
        yield name, error.lineno, error.msg


findings = []
for path in tree.files():
    first = tree.shebang(path)
    if re.search(r"\b(ba|da)?sh\b", first) or path.endswith(".sh"):
        findings += check_shell(path, "bash" if "bash" in first else "sh")
    elif path.endswith(".py"):
        findings += check_python(path)
    if first and not os.access(os.path.join(tree.ROOT, path), os.X_OK):
        findings.append((path, 1, "starts with #! but is not executable"))
tree.finish(findings)
