"""roostd -n reads the data files, too: what is wrong with them, where, and what they hold."""
import json
import os
import tempfile

import pytest
from daemon import configuration, run

VRPS = [{"prefix": "192.0.2.0/24", "maxLength": 24, "asn": 64501, "ta": "ripe"},
        {"prefix": "2001:db8::/32", "maxLength": 48, "asn": 64502, "ta": "apnic"}]
ASPAS = [{"customer_asid": 64501, "providers": [64502]}]
RPSL = """as-set: AS-ONE
members: AS64501, AS64502
source: RIPE

route: 192.0.2.0/24
origin: AS64501
source: RIPE
"""


@pytest.fixture(name="place")
def fixture_place():
    """A folder that everybody may read: started by root, data files are read as somebody else."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        write(folder, "rpki.json", json.dumps({"roas": VRPS, "aspas": ASPAS}))
        write(folder, "irr.rpsl", RPSL)
        yield folder


def write(folder, name, text):
    with open(f"{folder}/{name}", "w", encoding="utf-8") as file:
        file.write(text)
    os.chmod(f"{folder}/{name}", 0o644)


def check(folder, as_sets="AS-ONE", feeds=None):
    feeds = feeds or f"feeds: {{rpki: [{folder}/rpki.json], irr: [{folder}/irr.rpsl]}}\n"
    text = configuration(folder, 1790, general="  filtering: {irrdb: {tag_as_set: true}}\n"
                         "  rpki_roas: {source: rtr}\n",
                         client=f"    cfg: {{filtering: {{irrdb: {{as_sets: [{as_sets}]}}}}}}\n")
    write(folder, "roost.yml", text.replace("  filters: none\n", "") + feeds)
    return run("-n", "-c", f"{folder}/roost.yml")


def test_good_data_are_counted(place):
    status, out, err = check(place)
    assert status == 0, err
    assert out == ("configuration is good: 2 peers of 2 members\n"
                   "data files are good: 2 VRPs, 1 ASPA, 1 route object, 1 AS-SET, "
                   "0 names without data\n"), err


def test_names_without_data_are_counted(place):
    """An ASN is no such name: it stands for itself. Case does not matter."""
    status, out, _ = check(place, as_sets="as-one, AS-TWO, RIPE::AS-THREE, AS64501")
    assert status == 0
    assert out.endswith(" 2 names without data\n")


def test_a_bad_record_is_a_warning_with_its_line(place):
    write(place, "irr.rpsl", RPSL.replace("192.0.2.0/24", "192.0.2.1/24"))
    status, out, err = check(place)
    assert status == 0
    assert f"{place}/irr.rpsl:5:" in err and "warning" in err
    assert " 0 route objects, " in out


@pytest.mark.parametrize("name, text, where", [
    ("rpki.json", '{"roas": [', "rpki.json:1:"),
    ("rpki.json", None, "rpki.json: error"),
    ("irr.rpsl", None, "irr.rpsl: error"),
])
def test_bad_files(place, name, text, where):
    if text is None:
        os.unlink(f"{place}/{name}")
    else:
        write(place, name, text)
    status, out, err = check(place)
    assert status == 1
    assert f"{place}/{where}" in err
    assert "data files are good" not in out


def test_without_files_there_is_nothing_to_say(place):
    status, out, _ = check(place, feeds="feeds: {}\n")
    assert status == 0
    assert out == "configuration is good: 2 peers of 2 members\n"


@pytest.mark.skipif(os.geteuid() != 0, reason="root alone gives up rights")
def test_files_that_only_root_can_read_are_not_good(place):
    os.chmod(f"{place}/irr.rpsl", 0o600)
    status, _, err = check(place)
    assert status == 1
    assert "irr.rpsl: error" in err and "daemon.user" in err
