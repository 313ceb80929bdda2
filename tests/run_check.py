#!/usr/bin/python3
"""Runs what `make check` promises and counts it.

    tests/run_check.py                   everything
    tests/run_check.py --only unit       one kind: build unit tsan model replay scenario ...
    tests/run_check.py --only fuzz       not part of the check: fuzz each target --seconds N

Each program or suite gives one line with its counts and seconds; what fails is printed in full.
The counts are the runners' own: check's TAP log, pytest's JUnit file, one per scenario, one per
replayed corpus file, one per lint, one per model run. The last line is the sum, and the exit code
is 1 when anything failed: a program that does not build, a suite without a test, a test that was
skipped without standing in tests/allowed-skips.txt.
"""
import argparse
import concurrent.futures
import dataclasses
import fnmatch
import functools
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
PYTHON = "/usr/bin/python3"
CPUS = len(os.sched_getaffinity(0))

# Ring and log are what several processes share; only they have a use for ThreadSanitizer.
TSAN_AREAS = ["ipc"]
TIMEOUT_S = {"build": 900, "unit": 180, "tsan": 180, "model": 400, "replay": 180, "scenario": 180,
             "pytest": 400, "lint": 120}
# What is built for one kind alone.
VARIANTS_OF = {"unit": ["asan"], "tsan": ["tsan"], "model": ["asan", "release"],
               "replay": ["asan"], "scenario": ["asan"], "pytest": ["release"], "lint": []}
# Events and seed: the same in every check; `make model` goes where no run has been.
MODEL_RUNS = [
    ("model", "release", ["5000000", "1"]),
    ("model", "asan", ["1000000", "2"]),
    ("policymodel", "release", ["300000", "1"]),
    ("policymodel", "asan", ["60000", "2"]),
]


@dataclasses.dataclass
class Result:
    name: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    text: str = ""

    def line(self):
        counts = f"{self.passed:6} passed {self.failed:4} failed {self.skipped:4} skipped"
        mark = "FAILED" if self.failed else ""
        return f"{self.name:<46} {counts} {self.seconds:7.1f} s  {mark}".rstrip()


@dataclasses.dataclass
class Ended:
    status: int
    output: str


def run(command, timeout_s, **environment):
    """Runs a command with no input in a process group of its own, which ends with it."""
    env = {**os.environ, **environment}
    with subprocess.Popen(command, cwd=ROOT, env=env, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          errors="replace", start_new_session=True) as child:
        try:
            output, _ = child.communicate(timeout=timeout_s)
            return Ended(child.returncode, output)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            output, _ = child.communicate()
            return Ended(-1, f"{output}\nkilled after {timeout_s} s\n")


def how_it_ended(ended):
    if ended.status < 0:
        return f"killed by signal {-ended.status}"
    return f"exit status {ended.status}"


@functools.cache
def fixed_addresses():
    """Sanitizers of this age lose against address randomisation of newer kernels."""
    command = ["setarch", "--addr-no-randomize"]
    return command if run(command + ["true"], 10).status == 0 else []


SANITIZER_ENV = {
    "ASAN_OPTIONS": "detect_stack_use_after_return=1:strict_string_checks=1"
                    ":check_initialization_order=1",
    "UBSAN_OPTIONS": "print_stacktrace=1",
    "TSAN_OPTIONS": "halt_on_error=0:second_deadlock_stack=1",
}


def build(variant, goals):
    make = ["make", f"-j{CPUS}", "-k", "--no-print-directory", f"VARIANT={variant}", *goals]
    environment = {name: "" for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "VARIANT")}
    ended = run(make, TIMEOUT_S["build"], **environment)
    if ended.status == 0:
        return Result(f"build {variant}")
    noise = re.compile(r"  (CC|AR|LINK)\s|make: (Nothing to be|.* up to date|Target .* not remade)")
    text = "\n".join(line for line in ended.output.splitlines() if not noise.match(line))
    return Result(f"build {variant}", failed=1, text=text)


@functools.cache
def logs():
    """A folder for the logs of this run, gone with it: two runs may go on at the same time."""
    return tempfile.TemporaryDirectory(prefix="roost-check-")


def log_path(name):
    return os.path.join(logs().name, name.replace("/", "-"))


def unit(variant, program, area_name):
    """One program of Debian's check; its TAP log has a line per test."""
    result = Result(f"{variant} {area_name}")
    log = log_path(f"{variant}-{area_name}.tap")
    if not os.path.exists(f"{ROOT}/{program}"):
        return dataclasses.replace(result, failed=1, text="not built")
    ended = run([*fixed_addresses(), program], TIMEOUT_S["unit"], CK_TAP_LOG_FILE_NAME=log,
                CK_VERBOSITY="silent", CK_TIMEOUT_MULTIPLIER="6", **SANITIZER_ENV)
    lines = []
    if os.path.exists(log):
        with open(log, encoding="utf-8", errors="replace") as file:
            lines = file.read().splitlines()
    result.passed = sum(line.startswith("ok ") for line in lines)
    bad = [line for line in lines if line.startswith("not ok ")]
    result.failed = len(bad)
    if result.passed + result.failed == 0 or (ended.status != 0 and not bad):
        result.failed += 1
        bad.append(f"{result.passed} tests logged, then {how_it_ended(ended)}")
    if result.failed:
        result.text = "\n".join([*bad, ended.output.rstrip()])
    return result


def unit_jobs(variant, areas=None):
    for source in sorted(glob.glob("tests/unit/*/test_*.c", root_dir=ROOT)):
        area_name = source[len("tests/unit/"):-len(".c")]
        if areas is None or area_name.split("/")[0] in areas:
            yield unit, (variant, f"build/{variant}/unit/{area_name}", area_name)


def model(name, variant, arguments):
    """A random run against a naive model: one test, which says itself what it covered."""
    ended = run([*fixed_addresses(), f"build/{variant}/{name}/test_{name}", *arguments],
                TIMEOUT_S["model"], **SANITIZER_ENV)
    said = ended.output.rstrip().splitlines()
    result = Result(f"{variant} {name}", passed=int(ended.status == 0))
    if ended.status == 0:
        result.text = said[-1] if said else ""
    else:
        result.failed = 1
        result.text = "\n".join([*said, how_it_ended(ended)])
    return result


def model_jobs():
    for name, variant, arguments in MODEL_RUNS:
        if glob.glob(f"tests/{name}/*.c", root_dir=ROOT):
            yield model, (name, variant, arguments)


def fuzz_names():
    for source in sorted(glob.glob("tests/fuzz/fuzz_*.c", root_dir=ROOT)):
        yield os.path.basename(source)[len("fuzz_"):-len(".c")]


def replay(name):
    """Each file of the corpus once through the target; one by one where the whole run fails."""
    result = Result(f"asan fuzz corpus {name}")
    program = f"build/asan/fuzz/fuzz_{name}"
    inputs = sorted(glob.glob(f"tests/fuzz/corpus/{name}/*", root_dir=ROOT))
    if not inputs or not os.path.exists(f"{ROOT}/{program}"):
        what = "not built" if inputs else "no corpus"
        return dataclasses.replace(result, failed=1, text=what)
    command = [*fixed_addresses(), program]
    if run([*command, *inputs], TIMEOUT_S["replay"], **SANITIZER_ENV).status == 0:
        return dataclasses.replace(result, passed=len(inputs))
    bad = []
    for path in inputs:
        ended = run([*command, path], TIMEOUT_S["replay"], **SANITIZER_ENV)
        if ended.status != 0:
            bad.append(f"{path}: {how_it_ended(ended)}\n{ended.output}")
    result.failed = max(1, len(bad))
    result.passed = len(inputs) - len(bad)
    result.text = "\n".join(bad or ["fails only when all are replayed in one process"])
    return result


def scenario(path):
    """A file of tests/replay: the runner says one line of TAP for each of its scenarios."""
    result = Result(f"asan {os.path.relpath(path, 'tests')}")
    program = "build/asan/replay/replay"
    if not os.path.exists(f"{ROOT}/{program}"):
        return dataclasses.replace(result, failed=1, text="not built")
    ended = run([*fixed_addresses(), program, path], TIMEOUT_S["scenario"], **SANITIZER_ENV)
    lines = ended.output.splitlines()
    result.passed = sum(line.startswith("ok ") for line in lines)
    result.failed = sum(line.startswith("not ok ") for line in lines)
    whole = f"1..{result.passed + result.failed}" in lines
    if result.passed + result.failed == 0 or not whole or (ended.status != 0 and not result.failed):
        result.failed += 1
        lines.append(f"{result.passed} scenarios passed, then {how_it_ended(ended)}")
    if result.failed:
        result.text = "\n".join(lines)
    return result


def scenario_jobs():
    for path in sorted(glob.glob("tests/replay/*.rpl", root_dir=ROOT)):
        yield scenario, (path,)


def fuzz(name, seconds):
    """Looks for new inputs; they stay in build/fuzz/found, crashes in build/fuzz/crash."""
    for folder in (f"found/{name}", "crash"):
        os.makedirs(f"{ROOT}/build/fuzz/{folder}", exist_ok=True)
    ended = run([*fixed_addresses(), f"build/fuzz/fuzz/fuzz_{name}", f"-max_total_time={seconds}",
                 "-timeout=10", "-rss_limit_mb=2048", "-print_final_stats=1",
                 f"-artifact_prefix=build/fuzz/crash/{name}-", f"build/fuzz/found/{name}",
                 f"tests/fuzz/corpus/{name}"], seconds + 60, **SANITIZER_ENV)
    if ended.status != 0:
        return Result(f"fuzz {name}", failed=1, text=ended.output[-8000:])
    done = re.search(r"number_of_executed_units:\s*(\d+)", ended.output)
    return Result(f"fuzz {name}", passed=1, text=f"{done.group(1)} inputs" if done else "")


def allowed_skips():
    """Patterns of tests that may be skipped; brackets stand for themselves."""
    with open(f"{ROOT}/tests/allowed-skips.txt", encoding="utf-8") as file:
        for line in file:
            words = line.split(None, 1)
            if len(words) == 2 and not line.startswith("#"):
                yield words[0].replace("[", "[[]")


def count_junit(path, test_file, result):
    """Names of what failed; into the result go counts, and what tests have to say (said)."""
    bad, said = [], []
    for case in xml.etree.ElementTree.parse(path).iter("testcase"):
        name = f"{test_file}::{case.get('name')}"
        said += [p.get("value") for p in case.iter("property") if p.get("name") == "said"]
        skip = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            result.failed += 1
            bad.append(name)
        elif skip is None:
            result.passed += 1
        elif any(fnmatch.fnmatchcase(name, pattern) for pattern in allowed_skips()):
            result.skipped += 1
        else:
            result.failed += 1
            bad.append(f"{name}: skipped, but tests/allowed-skips.txt does not list it: "
                       f"{skip.get('message')}")
    result.text = "\n".join(said)
    return bad


def pytest(test_file):
    result = Result(test_file)
    junit = log_path(f"{test_file}.xml")
    command = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header",
               f"--junitxml={junit}", test_file]
    # Network namespaces with several users in them are root's to make.
    if os.geteuid() != 0 and test_file.startswith("tests/interop/") and shutil.which("sudo"):
        command = ["sudo", "env", "PYTHONDONTWRITEBYTECODE=1", *command]
    ended = run(command, TIMEOUT_S["pytest"], PYTHONDONTWRITEBYTECODE="1")
    bad = []
    if os.path.exists(junit):
        bad = count_junit(junit, test_file, result)
    if result.passed + result.failed + result.skipped == 0 or (ended.status != 0 and not bad):
        result.failed += 1
        bad.append(how_it_ended(ended))
    if result.failed:
        result.text = "\n".join([*bad, ended.output.rstrip()])
    return result


def pytest_files():
    files = glob.glob("tests/**/test_*.py", root_dir=ROOT, recursive=True)
    return sorted(name for name in files if "/data/" not in name)


def lint(script):
    ended = run([PYTHON, script], TIMEOUT_S["lint"], PYTHONDONTWRITEBYTECODE="1")
    passed = int(ended.status == 0)
    return Result(script, passed=passed, failed=1 - passed, text=ended.output.rstrip())


def lint_jobs():
    for script in sorted(glob.glob("tests/lint/*.py", root_dir=ROOT)):
        if os.access(f"{ROOT}/{script}", os.X_OK):
            yield lint, (script,)


def timed(job, arguments):
    start = time.monotonic()
    result = job(*arguments)
    result.seconds = time.monotonic() - start
    return result


def report(result, results):
    results.append(result)
    lines = [result.line(), *("    " + line for line in result.text.splitlines())]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()


def run_jobs(jobs, results, workers):
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        pending = [pool.submit(timed, job, arguments) for job, arguments in jobs]
        for done in concurrent.futures.as_completed(pending):
            report(done.result(), results)


def pytest_lanes():
    """Lists of jobs that go on beside each other, and how many of each at once: interop and BIRD,
    which has one thread, wait more than they work. BIRD is first, it takes longest."""
    files = sorted(pytest_files(), key=lambda name: not name.startswith("tests/sim/test_bird"))
    waiting = [name for name in files if name.startswith(("tests/interop/", "tests/sim/test_bird"))]
    for lane, at_once in ((waiting, 2), ([name for name in files if name not in waiting], 1)):
        yield [(pytest, (name,)) for name in lane], at_once


def build_jobs(only):
    """make VARIANT=... GOALS; clang is compiled for its warnings alone."""
    everything = ["all", "libs", "units", "tools"]
    jobs = {
        "release": everything,
        "asan": everything + [f"build/asan/fuzz/fuzz_{name}" for name in fuzz_names()],
        "clang": everything,
        "tsan": [program for _, (_, program, _) in unit_jobs("tsan", TSAN_AREAS)],
    }
    if only == "fuzz":
        jobs = {"fuzz": [f"build/fuzz/fuzz/fuzz_{name}" for name in fuzz_names()]}
    wanted = VARIANTS_OF.get(only, jobs)
    return [(build, (variant, goals)) for variant, goals in jobs.items()
            if variant in wanted and goals]


def parallel_jobs(only, seconds):
    kinds = {
        "model": list(model_jobs()),
        "lint": list(lint_jobs()),
        "unit": list(unit_jobs("asan")),
        "tsan": list(unit_jobs("tsan", TSAN_AREAS)),
        "replay": [(replay, (name,)) for name in fuzz_names()],
        "scenario": list(scenario_jobs()),
    }
    if only == "fuzz":
        return [(fuzz, (name, seconds)) for name in fuzz_names()]
    return [job for kind, jobs in kinds.items() for job in jobs if only in (None, kind)]


def main():
    parser = argparse.ArgumentParser(description="Runs the checks of this repository.")
    parser.add_argument("--only", choices=["build", "unit", "tsan", "model", "replay", "scenario",
                                           "pytest", "lint", "fuzz"])
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()

    start = time.monotonic()
    results = []
    run_jobs(build_jobs(options.only), results, 1)
    run_jobs(parallel_jobs(options.only, options.seconds), results, CPUS + 1)  # some wait
    if options.only in (None, "pytest"):
        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            list(pool.map(lambda lane: run_jobs(lane[0], results, lane[1]), pytest_lanes()))

    passed, failed, skipped = (sum(getattr(result, field) for result in results)
                               for field in ("passed", "failed", "skipped"))
    bad = [result.name for result in results if result.failed]
    if bad:
        print("failed: " + ", ".join(bad))
    print(f"took {time.monotonic() - start:.0f} s on {CPUS} cores")
    print(f"check: {passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed or passed == 0 else 0)


if __name__ == "__main__":
    main()
