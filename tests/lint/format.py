#!/usr/bin/python3
"""Every C file is as clang-format leaves it; `make format` makes it so."""
import os
import re
import subprocess
import sys

import tree

names = tree.c_files()
if not names:
    sys.exit(0)
command = ["clang-format", "--dry-run", "-Werror", "--ferror-limit=1"]
failed = False
for first in range(0, len(names), 50):
    done = subprocess.run(command + names[first:first + 50], cwd=tree.ROOT, capture_output=True,
                          text=True, env=dict(os.environ, LC_ALL="C"), check=False)
    failed |= done.returncode != 0
    for line in done.stderr.splitlines():
        if re.match(r"\S+:\d+:\d+: error", line):
            print(re.sub(r":\d+: error: ", ": ", line, count=1))
sys.exit(1 if failed else 0)
