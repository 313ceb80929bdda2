#!/usr/bin/python3
"""The storeys: bgpd -> policy -> rib, and the judges of the tests stand beside them.

Includes are written from the root. A folder may include what its row says, rib and policy may
not know clock, socket, file, log or randomness, and what judges the daemon (the member simulator,
the naive model, the naive policy) shares no line with it.
"""
import os
import re

import tree

# The first row that fits decides: files, what they may include in quotes.
MAY_INCLUDE = [
    (r"rib/", ["rib/"]),
    (r"policy/", ["policy/", "rib/"]),
    (r"bgpd/cli/", ["bgpd/cli/", r"bgpd/conf/conf\.h"]),
    (r"bgpd/wire/", ["bgpd/wire/", r"bgpd/utf8\.h", "rib/"]),
    (r"bgpd/", ["bgpd/(?!cli/)", "policy/", "rib/"]),
    (r"tests/sim/", ["tests/sim/"]),
    (r"tests/unit/rib/", ["rib/", "tests/unit/"]),
    (r"tests/unit/policy/", ["policy/", "rib/", "tests/unit/"]),
    (r"tests/unit/sim/", ["tests/sim/", "tests/unit/"]),
    (r"tests/unit/cli/", ["bgpd/cli/", "tests/unit/"]),
    (r"tests/unit/", ["bgpd/(?!cli/)", "policy/", "rib/", "tests/unit/"]),
    (r"tests/fuzz/", ["bgpd/(?!cli/)", "policy/", "rib/", "tests/fuzz/"]),
    (r"tests/model/naive", ["tests/model/naive"]),
    (r"tests/model/", ["policy/", "rib/", "tests/model/"]),
    (r"tests/policymodel/naive", ["tests/policymodel/naive"]),
    (r"tests/policymodel/", ["policy/", "rib/", "tests/policymodel/"]),
    (r"tests/replay/(speech|attribute|words|octets)", ["tests/replay/"]),
    (r"tests/replay/", ["bgpd/(?!cli/)", "policy/", "rib/", "tests/replay/"]),
    (r"tests/bench/", ["bgpd/(?!cli/)", "policy/", "rib/"]),
    (r"tests/", ["tests/"]),
]

PURE = re.compile(r"(rib|policy)/")
PURE_HEADERS = {
    "assert.h", "errno.h", "inttypes.h", "limits.h", "stdalign.h", "stdarg.h", "stdbool.h",
    "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h", "strings.h", "xxhash.h",
    "sys/queue.h", "sys/tree.h", "netinet/in.h", "arpa/inet.h", "endian.h", "sys/mman.h",
    "sanitizer/asan_interface.h",
}
IMPURE_CALL = re.compile(
    r"\b(printf|fprintf|vprintf|vfprintf|puts|fputs|putchar|perror|syslog|fopen|open|read|write"
    r"|socket|connect|send|sendto|sendmsg|recv|recvfrom|recvmsg|time|clock|gettimeofday"
    r"|clock_gettime|rand|random|getrandom|getenv|sleep|usleep|nanosleep|fork|signal)\s*\(")
# A bug of our own aborts with a message; this is where the message is written.
LAST_WORDS = re.compile(r"(rib|policy)/(bug|die|fatal|panic)\.[ch]$|(rib|policy)/arena\.c$")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def includes(name, text):
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        if match:
            yield number, match.group(1) == '"', match.group(2)


def allowed_for(name):
    for pattern, allowed in MAY_INCLUDE:
        if re.match(pattern, name):
            return allowed
    return []


def check_includes(name, text):
    allowed = allowed_for(name)
    for number, own, path in includes(name, text):
        if not own:
            if PURE.match(name) and path not in PURE_HEADERS:
                yield name, number, f"<{path}> is not for a pure library"
        elif not os.path.isfile(os.path.join(tree.ROOT, path)):
            yield name, number, f'"{path}" is not a path from the root'
        elif not any(re.match(pattern, path) for pattern in allowed):
            yield name, number, f'may not include "{path}"'


def check_calls(name, text):
    if not PURE.match(name) or LAST_WORDS.match(name):
        return
    for number, line in enumerate(tree.code_only(text).splitlines(), 1):
        match = IMPURE_CALL.search(line)
        if match:
            yield name, number, f"{match.group(1)}() in a pure library"


findings = []
for c_file in tree.c_files():
    content = tree.read(c_file) or ""
    findings += check_includes(c_file, content)
    findings += check_calls(c_file, content)
tree.finish(findings)
