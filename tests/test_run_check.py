"""The runner of `make check` counts what ran and lets no failure through."""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import run_check  # noqa: E402

TAP = """1..3
ok 1 - a:b:c: Passed
not ok 2 - a:b:d: Assertion failed
ok 3 - a:b:e: Passed
"""


def script(path, text):
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


def run_unit(tmp_path, text):
    program = script(tmp_path / "test_a", text)
    return run_check.unit("asan", os.path.relpath(program, run_check.ROOT), f"x/{tmp_path.name}")


def test_unit_counts_each_test(tmp_path):
    result = run_unit(tmp_path, f"cat >$CK_TAP_LOG_FILE_NAME <<E\n{TAP}E\nexit 1")
    assert (result.passed, result.failed) == (2, 1)
    assert "a:b:d: Assertion failed" in result.text


@pytest.mark.parametrize("text,said", [
    ("exit 0", "0 tests logged, then exit status 0"),
    ("echo 'ok 1 - a:b:c: Passed' >$CK_TAP_LOG_FILE_NAME; kill -SEGV $$", "killed by signal 11"),
    ("echo 'ok 1 - a:b:c: Passed' >$CK_TAP_LOG_FILE_NAME; echo leak; exit 23", "leak"),
])
def test_unit_that_ends_badly_fails(tmp_path, text, said):
    result = run_unit(tmp_path, text)
    assert result.failed == 1
    assert said in result.text


def test_unit_not_built_fails():
    assert run_check.unit("asan", "build/none", "x/none").failed == 1


def test_program_that_hangs_is_ended():
    ended = run_check.run(["sh", "-c", "sleep 60 & sleep 60"], 0.2)
    assert ended.status == -1
    assert "killed after" in ended.output


JUNIT = """<testsuites><testsuite>
<testcase name="good"><properties><property name="said" value="7 routes"/></properties></testcase>
<testcase name="bad"><failure/></testcase>
<testcase name="broken"><error/></testcase>
<testcase name="left_out[1]"><skipped message="why"/></testcase>
</testsuite></testsuites>"""


@pytest.mark.parametrize("patterns,counts", [
    ([], (1, 3, 0)),
    (["tests/a/test_b.py::left_out[[]1]"], (1, 2, 1)),
    (["tests/a/*::left_out*"], (1, 2, 1)),
    (["tests/c/*"], (1, 3, 0)),
])
def test_junit_counts_and_skips_must_be_listed(tmp_path, monkeypatch, patterns, counts):
    monkeypatch.setattr(run_check, "allowed_skips", lambda: iter(patterns))
    junit = tmp_path / "junit.xml"
    junit.write_text(JUNIT)
    result = run_check.Result("tests/a/test_b.py")
    bad = run_check.count_junit(str(junit), "tests/a/test_b.py", result)
    assert (result.passed, result.failed, result.skipped) == counts
    assert len(bad) == result.failed
    assert result.text == "7 routes"


def test_fuzz_target_without_corpus_fails():
    assert run_check.replay("none").failed == 1


@pytest.mark.parametrize("text,counts", [
    ("echo ok 1 - a; echo ok 2 - b; echo 1..2", (2, 0)),
    ("echo ok 1 - a; echo not ok 2 - b; echo 1..2; exit 1", (1, 1)),
    ("echo ok 1 - a; kill -ABRT $$", (1, 1)),
    ("echo ok 1 - a; echo 1..1; exit 23", (1, 1)),
    ("echo 1..0", (0, 1)),
])
def test_scenarios_are_counted(tmp_path, monkeypatch, text, counts):
    program = tmp_path / "build/asan/replay/replay"
    program.parent.mkdir(parents=True)
    script(program, text)
    monkeypatch.setattr(run_check, "ROOT", str(tmp_path))
    result = run_check.scenario("tests/replay/a.rpl")
    assert (result.passed, result.failed) == counts


@pytest.mark.parametrize("results,status", [
    ([("build release", 0, 0), ("a", 3, 0)], 0),
    ([("build release", 0, 1), ("a", 3, 0)], 1),
    ([("a", 3, 1)], 1),
    ([("build release", 0, 0)], 1),
])
def test_last_line_and_status(monkeypatch, capsys, results, status):
    rows = [run_check.Result(name, passed=passed, failed=failed)
            for name, passed, failed in results]
    monkeypatch.setattr(sys, "argv", ["run_check.py", "--only", "lint"])
    monkeypatch.setattr(run_check, "build_jobs", lambda only: [])
    monkeypatch.setattr(run_check, "parallel_jobs",
                        lambda only, seconds: [(lambda row: row, (row,)) for row in rows])
    with pytest.raises(SystemExit) as ended:
        run_check.main()
    assert ended.value.code == status
    passed, failed = sum(row.passed for row in rows), sum(row.failed for row in rows)
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == f"check: {passed} passed, {failed} failed, 0 skipped"
