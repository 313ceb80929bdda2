#!/usr/bin/python3
"""Removes code that docs/rfcs.md names and sees whether the tests beside it notice.

    make mutants                          50 rows, chosen anew each day
    make mutants MUTANTS="--rows 5 --seed 7"
    make mutants MUTANTS="--match 'RFC 4724'"

Of each row drawn, every function named in its column "where" is taken out, one at a time: its body
becomes a return of nothing (0, NULL, an empty struct; of a bool first false, then true). One of the
row's own tests must fail then, by its name, or not come to an end. Rows that name tables only, or
no test, are not drawn. The mutant is compiled beside the tree and linked before the libraries, so
nothing of the build changes. Exit status 1 if a mutant survives.
"""
import argparse
import concurrent.futures
import contextlib
import os
import pathlib
import random
import re
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "rfcs.md"
BUILD = pathlib.Path("build/release")
REFERENCE = re.compile(r"`([\w.-]+(?:/[\w.-]+)+):(\w+)`")
# What the Makefile says of compiling and linking.
CC, CFLAGS, LDFLAGS, LIBRARIES, LIBS = (
    shlex.split(os.environ.get(f"MUTANTS_{name}", ""))
    for name in ("CC", "CFLAGS", "LDFLAGS", "LIBRARIES", "LIBS"))
# Seconds; an unmutated test takes a fraction of them.
UNIT_S, PYTEST_S = 60, 240
# Where a whole program is the test: how it is run for a moment.
PROGRAMS = {"tests/model/test_model.c": ("30000", "1"),
            "tests/policymodel/test_policymodel.c": ("8000", "1")}

# Tests of these areas link no more than this, as the Makefile has it.
STOREYS = {"rib": ["rib"], "policy": ["policy", "rib"],
           "model": ["policy", "rib"], "policymodel": ["policy", "rib"]}


def rows(text):
    """(RFC, section, functions, tests) of each row that has both."""
    rfc = None
    for line in text.splitlines():
        if line.startswith("## "):
            rfc = line[3:].strip()
        cells = [c.strip() for c in line[1:-1].split("|")] if line.startswith("|") else []
        if len(cells) != 5 or rfc is None:
            continue
        functions = [f for f in REFERENCE.findall(cells[2]) if definition(*f)]
        tests = [t for t in REFERENCE.findall(cells[3]) if t[1] != "LLVMFuzzerTestOneInput"]
        if functions and tests:
            yield rfc, cells[0], functions, tests


def definition(path, name):
    """Where a function's type, its head and its body lie in its file; None for a table."""
    text = (ROOT / path).read_text()
    head = re.search(rf"^((?:\w[^\n;{{}}]*\n)?)({name}\([^;{{]*\)\n)(\{{\n.*?^\}}\n)", text,
                     re.MULTILINE | re.DOTALL)
    return head and (text, head)


def mutants(path, name):
    """The file's text without the function, in each way that there is."""
    text, head = definition(path, name)
    kind = re.sub(r"\b(static|inline|const)\b", "", head.group(1)).strip()
    if kind == "void":
        bodies = [""]
    elif kind == "bool":
        bodies = ["return false;", "return true;"]
    elif kind.endswith("*"):
        bodies = ["return NULL;"]
    elif kind.startswith("struct "):
        bodies = [f"return ({kind}){{0}};"]
    else:
        bodies = [f"return ({kind})0;"]
    for body in bodies:
        yield body, f"{text[:head.start(3)]}{{\n\t{body}\n}}\n{text[head.end(3):]}"


def end_session(leader):
    """Ends all that a session has left: a test that turns for ever has a group of its own."""
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            session = int(stat.read_text().rsplit(")", 1)[1].split()[3])
            if session == leader:
                os.kill(int(stat.parent.name), signal.SIGKILL)


class Bench:
    """A folder in which one mutant at a time is compiled, linked and tried."""

    def __init__(self, number):
        self.build = ROOT / "build" / f"mutant-{number}"
        shutil.rmtree(self.build, ignore_errors=True)
        self.build.mkdir(parents=True)
        self.object = self.build / "mutant.o"

    def compile(self, path, text):
        # Beside the original, so that what it includes is found; -w: what is unused now is no error.
        with tempfile.NamedTemporaryFile("w", suffix=".c", dir=self.build) as source:
            source.write(text)
            source.flush()
            self.run(*CC, *CFLAGS, "-w", "-I", os.path.dirname(path), "-c", "-o", self.object,
                     source.name)

    def link(self, objects, name, storeys=None):
        libraries = [f"{BUILD}/lib{s}.a" for s in storeys] if storeys else LIBRARIES
        self.run(*CC, *LDFLAGS, "-o", self.build / name, "-Wl,--start-group", self.object,
                 *objects, *libraries, "-Wl,--end-group", *LIBS)
        return self.build / name

    def run(self, *words):
        done = subprocess.run([str(w) for w in words], cwd=ROOT, capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise SystemExit(f"mutants: {' '.join(map(str, words[-3:]))}: {done.stderr[-2000:]}")

    def tried(self, words, timeout_s, env=None):
        """Exit status and output; None where it does not come to an end."""
        child = subprocess.Popen([str(w) for w in words], cwd=ROOT, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True, errors="replace",
                                 env={**os.environ, **(env or {})}, start_new_session=True)
        try:
            said, _ = child.communicate(timeout=timeout_s)
        except subprocess.TimeoutExpired:
            return None, ""
        finally:
            end_session(child.pid)
            child.wait()
        return child.returncode, said

    def is_noticed(self, mutated, path, name):
        """True if the test fails with the mutant of a file in place."""
        storeys = STOREYS.get(path.split("/")[-2])
        if storeys and mutated.split("/")[0] not in storeys:
            return False  # it does not even link that file
        if path.endswith(".rpl"):
            program = self.link([BUILD / p.relative_to(ROOT).with_suffix(".o")
                                 for p in (ROOT / path).parent.glob("*.c")], "replay")
            # x.rpl:4271_6_5 are the scenarios whose names begin with "4271 6.5".
            scenario = re.escape(name.replace("_", " ", 1).replace("_", "."))
            status, said = self.tried([program, path], UNIT_S)
            return status is None or bool(re.search(rf"not ok [^\n]*{scenario}", said))
        if path.endswith(".py"):
            shutil.copy(ROOT / BUILD / "roostctl", self.build)
            self.link([BUILD / "bgpd" / "main.o"], "roostd")
            status, _ = self.tried(["/usr/bin/python3", "-m", "pytest", "-q", "-x", "-p",
                                    "no:cacheprovider", f"{path}::{name}"], PYTEST_S,
                                   {"ROOST_VARIANT": self.build.name})
            return status != 0
        if path in PROGRAMS:
            objects = [BUILD / p.relative_to(ROOT).with_suffix(".o")
                       for p in (ROOT / path).parent.glob("*.c")]
            program = self.link(objects, "model", storeys)
            return self.tried([program, *PROGRAMS[path]], PYTEST_S)[0] != 0
        program = self.link([BUILD / pathlib.Path(path).with_suffix(".o")], "test", storeys)
        status, said = self.tried([program], UNIT_S, {"CK_DEFAULT_TIMEOUT": "20"})
        # F, E; S: the fixture before it, in a process of the test's own, failed.
        return status is None or bool(re.search(rf":[FES]:[^:]*:{name}:", said))

    def try_row(self, row):
        """What survives of a row, each as a line."""
        _, _, functions, tests = row
        survivors = []
        # Those that take a moment first: one that notices is enough.
        tests = sorted(tests, key=lambda t: (t[0].endswith(".py"), t[0] in PROGRAMS,
                                             t[0].endswith(".rpl")))
        for path, name in functions:
            for body, text in mutants(path, name):
                self.compile(path, text)
                if not any(self.is_noticed(path, *test) for test in tests):
                    survivors.append(f"{path}:{name} with {body or 'no body'}")
        return survivors


def draw(options):
    candidates = [row for row in rows(PAGE.read_text())
                  if not options.match or options.match in f"{row[0]} {row[1]} {row[2]}"]
    random.Random(options.seed).shuffle(candidates)
    return candidates[:options.rows], len(candidates)


def main():
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=50, help="rows to draw (50)")
    parser.add_argument("--seed", type=int, default=int(time.time()) // 86400,
                        help="which rows are drawn (the day)")
    parser.add_argument("--match", help="only rows with this text in RFC, section or function")
    options = parser.parse_args()
    drawn, candidates = draw(options)
    print(f"mutants: {len(drawn)} of {candidates} rows, seed {options.seed}", flush=True)
    benches = [Bench(n) for n in range(min(2, os.cpu_count() or 1))]
    free, survived, tried = list(benches), 0, 0

    def take(row):
        bench = free.pop()
        try:
            return bench.try_row(row)
        finally:
            free.append(bench)

    with concurrent.futures.ThreadPoolExecutor(len(benches)) as pool:
        for row, survivors in zip(drawn, pool.map(take, drawn)):
            tried += 1
            survived += bool(survivors)
            print(f"{row[0]:9} {row[1][:24]:24} {', '.join(n for _, n in row[2]):50} "
                  f"{'survives: ' + '; '.join(survivors) if survivors else 'noticed'}", flush=True)
    for bench in benches:
        shutil.rmtree(bench.build)
    print(f"mutants: {tried - survived} rows noticed, {survived} not")
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
