"""Pages that are made from tables in the code say what the code says."""
import os
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = ROOT / "build" / os.environ.get("ROOST_VARIANT", "asan")


def test_configuration_page_is_the_schema():
    said = subprocess.run([BUILD / "roostd", "--schema"], capture_output=True, text=True,
                          check=True).stdout
    page = (ROOT / "docs" / "configuration.md").read_text()
    assert page == said, "write it anew: build/release/roostd --schema >docs/configuration.md"
