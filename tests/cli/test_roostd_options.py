"""roostd's command line: what it says and how it ends, without running as a daemon."""
import os
import stat

import pytest

from daemon import configuration, free_port, run


@pytest.fixture(name="conf")
def conf_fixture(tmp_path):
    def write(text, name="roost.yml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        path.chmod(0o640)
        return str(path)
    return write


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help(option):
    status, out, err = run(option)
    assert status == 0
    assert out.startswith("usage: roostd -c FILE")
    for word in ("--check", "--log-level", "--instance", "--schema", "--version", "SIGTERM"):
        assert word in out
    assert err == ""


def test_version():
    status, out, _ = run("--version")
    assert status == 0
    assert out.startswith("roostd ")
    assert out.split()[1][0].isdigit()


def test_schema_names_every_key_of_the_examples():
    status, out, _ = run("--schema")
    assert status == 0
    for key in ("listen", "port", "workers", "rs_as", "router_id", "filters"):
        assert key in out


def test_output_that_cannot_be_written_is_a_failure():
    status, _, err = run("-c", "--help ; true", wrapper=["sh", "-c", '"$0" --help >/dev/full'])
    assert status == 1
    assert "No space left" in err


@pytest.mark.parametrize("arguments, word", [
    ([], "-c FILE"),
    (["roost.yml"], "roost.yml"),
    (["--nonsense"], "nonsense"),
    (["-c"], "requires an argument"),
    (["-c", "x", "-v", "loud"], "loud"),
    (["--role", "worker"], "--role"),
    (["--role", "worker", "0", "0", "0", "0", "0", "0", "x"], "--role"),
])
def test_wrong_usage(arguments, word):
    status, out, err = run(*arguments)
    assert status == 2
    assert out == ""
    assert word in err
    assert "--help" in err


def test_good_configuration(conf, tmp_path):
    text = configuration(tmp_path, 1790, members=3)
    text = text.replace("ip: 127.0.0.11\n", "ip: [127.0.0.11, \"2001:db8::11\"]\n")
    status, out, err = run("-n", "-c", conf(text))
    assert (status, out) == (0, "configuration is good: 4 peers of 3 members\n"), err
    assert not os.path.exists(tmp_path / "full.sock")


def test_one_is_singular(conf, tmp_path):
    status, out, _ = run("-n", "-c", conf(configuration(tmp_path, 1790, members=1)))
    assert (status, out) == (0, "configuration is good: 1 peer of 1 member\n")


def test_good_configuration_takes_no_port(conf, tmp_path):
    import socket
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        text = configuration(tmp_path, s.getsockname()[1])
        assert run("-n", "-c", conf(text))[0] == 0


def test_bad_configuration_says_where(conf, tmp_path):
    text = configuration(tmp_path, 1790).replace("rs_as:", "rs_ass:")
    path = conf(text)
    line = 1 + text[:text.index("rs_ass")].count("\n")
    status, out, err = run("-n", "-c", path)
    assert status == 1
    assert out == ""
    assert f"{path}:{line}:3: error: " in err
    assert "rs_as" in err.replace("rs_ass", "")


def test_bad_configuration_does_not_start(conf, tmp_path):
    path = conf(configuration(tmp_path, 1790).replace("64501", "many"))
    status, _, err = run("-c", path)
    assert status == 1
    assert f"{path}:" in err and "error: " in err
    assert "conf-refused" in err
    assert not os.path.exists(tmp_path / "full.sock")


def test_warning_alone_is_good(conf, tmp_path):
    path = conf(configuration(tmp_path, 1790, client="    password: geheim\n"))
    os.chmod(path, os.stat(path).st_mode | stat.S_IROTH)
    status, out, err = run("-n", "-c", path)
    assert status == 0
    assert "warning: " in err and "chmod o-r" in err
    assert "geheim" not in err + out


@pytest.mark.parametrize("options", [["-n"], []])
def test_missing_file(tmp_path, options):
    path = f"{tmp_path}/none.yml"
    status, out, err = run(*options, "-c", path)
    assert (status, out) == (1, "")
    assert path in err and "No such file" in err


@pytest.mark.parametrize("options", [["-n"], []])
def test_directory_for_a_file(tmp_path, options):
    status, out, err = run(*options, "-c", str(tmp_path))
    assert (status, out) == (1, "")
    assert str(tmp_path) in err and "directory" in err.lower()


def test_empty_file(conf):
    status, _, err = run("-n", "-c", conf(""))
    assert status == 1
    assert "error: " in err


def test_bad_instance_name(conf, tmp_path):
    path = conf(configuration(tmp_path, free_port()))
    status, _, err = run("-n", "-c", path, "--instance", "../x")
    assert status == 1
    assert "../x" in err or "instance" in err
