#!/usr/bin/python3
"""Runs unit tests and models of build/coverage and says which share of each file's lines they ran.

Files with the most lines that no test reaches come last, so that they are what one sees.
"""
import glob
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILD = f"{ROOT}/build/coverage"


def run_tests():
    """The counters of earlier runs go; false when a test failed."""
    for path in glob.glob(f"{BUILD}/**/*.gcda", recursive=True):
        os.remove(path)
    passed = True
    commands = [[f"{BUILD}/{source[len('tests/'):-len('.c')]}"]
                for source in sorted(glob.glob("tests/unit/*/test_*.c", root_dir=ROOT))]
    commands += [[f"{BUILD}/model/test_model", "200000"],
                 [f"{BUILD}/policymodel/test_policymodel", "20000"]]
    for command in commands:
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, env={**os.environ, "CK_TIMEOUT_MULTIPLIER": "6"},
                              check=False)
        if done.returncode != 0:
            passed = False
            print(f"{command[0]}: {done.stdout}{done.stderr}")
    return passed


def measure(notes):
    """(source file, lines, lines that ran) of one object's notes, by gcov."""
    done = subprocess.run(["gcov", "-n", "-r", notes], cwd=ROOT, capture_output=True, text=True,
                          check=False)
    pattern = r"File '([^']+)'\n(?:Lines executed:([\d.]+)% of (\d+)|No executable)"
    for name, percent, lines in re.findall(pattern, done.stdout):
        if lines:
            yield name, int(lines), round(int(lines) * float(percent) / 100)


def main():
    passed = run_tests()
    total = {}
    for notes in glob.glob(f"{BUILD}/*/**/*.gcno", recursive=True):
        if notes.startswith((f"{BUILD}/rib/", f"{BUILD}/policy/", f"{BUILD}/bgpd/")):
            for name, lines, ran in measure(notes):
                known = total.get(name, (0, 0))
                total[name] = max(known, (lines, ran), key=lambda pair: pair[1])
    for name, (lines, ran) in sorted(total.items(), key=lambda row: row[1][0] - row[1][1]):
        print(f"{name:<44} {ran:6} of {lines:6} lines {100 * ran / max(lines, 1):6.1f} %")
    lines, ran = (sum(column) for column in zip((0, 0), *total.values()))
    print(f"{'all':<44} {ran:6} of {lines:6} lines {100 * ran / max(lines, 1):6.1f} %")
    sys.exit(0 if passed else 1)


if __name__ == "__main__":
    main()
