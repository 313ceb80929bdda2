"""What the lints share: the files that could be committed, and how findings are said.

A lint is a program of its own: it prints one line `file:line: what is wrong` per finding and
exits 1 when there was one. Paths are relative to the repository's root.
"""
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def files():
    """Every file git knows or would add; without git, all that is not built."""
    names = []
    if shutil.which("git"):
        names = subprocess.run(["git", "-C", ROOT, "ls-files", "-co", "--exclude-standard"],
                               capture_output=True, text=True, check=False).stdout.splitlines()
    names = set(names or walk())
    return sorted(name for name in names if os.path.isfile(os.path.join(ROOT, name)))


def walk():
    skipped = {".git", "build", "__pycache__", ".pytest_cache"}
    for folder, folders, names in os.walk(ROOT):
        folders[:] = [name for name in folders if name not in skipped]
        for name in names:
            yield os.path.relpath(os.path.join(folder, name), ROOT)


def c_files():
    return [name for name in files() if name.endswith((".c", ".h"))]


def read(name):
    """The text of a file, or None where it is not text."""
    with open(os.path.join(ROOT, name), "rb") as file:
        octets = file.read()
    if b"\0" in octets:
        return None
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return None


def shebang(name):
    with open(os.path.join(ROOT, name), "rb") as file:
        first = file.readline(80)
    return first.decode("ascii", "replace").strip() if first.startswith(b"#!") else ""


def code_only(text):
    """C text with comments and literals blanked, line by line as before."""
    pattern = r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
    return re.sub(pattern, lambda match: re.sub(r"[^\n]", " ", match.group()), text,
                  flags=re.DOTALL)


def finish(findings):
    for name, line, what in findings:
        print(f"{name}:{line}: {what}")
    sys.exit(1 if findings else 0)
