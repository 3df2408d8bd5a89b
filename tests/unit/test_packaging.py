"""The wheel holds every module and data file of the product, and its version and commands."""

from __future__ import annotations

import configparser
import shutil
import subprocess
import sys
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path
from zipfile import ZipFile

import pytest

from gateway import VERSION

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("gateway", "drivers")
LEFT_OUT = {"__pycache__"}

BUILD = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
"""What `pip wheel` calls, without the network that pip would want for its own environment."""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZipFile]:
    """The wheel, built from a copy: setuptools writes beside what it builds."""
    copy = tmp_path_factory.mktemp("project")
    for name in SOURCES:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns(*LEFT_OUT))
    (copy / "requirements").mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "requirements/runtime.in"):
        shutil.copy(ROOT / name, copy / name)
    out = copy / "dist"
    out.mkdir()
    subprocess.run([sys.executable, "-c", BUILD, str(out)], cwd=copy, check=True)
    (file,) = out.glob("*.whl")
    with ZipFile(file) as opened:
        yield opened


def test_it_holds_every_file_of_the_product_and_no_other(wheel: ZipFile) -> None:
    here = {
        str(path.relative_to(ROOT))
        for name in SOURCES
        for path in (ROOT / name).rglob("*")
        if path.is_file() and not LEFT_OUT & set(path.parts)
    }
    packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert packed == here
    assert {Path(name).suffix for name in packed} > {".toml", ".yar", ".pl"}


def test_its_version_and_what_it_needs(wheel: ZipFile) -> None:
    name = f"sluice-{VERSION}.dist-info"
    about = HeaderParser().parsestr(wheel.read(f"{name}/METADATA").decode())
    wanted = [
        line
        for line in (ROOT / "requirements/runtime.in").read_text().splitlines()
        if line and not line.startswith("#")
    ]
    assert about["Version"] == VERSION
    assert about.get_all("Requires-Dist") == wanted


def test_its_commands_can_be_called(wheel: ZipFile) -> None:
    entries = configparser.ConfigParser()
    entries.read_string(wheel.read(f"sluice-{VERSION}.dist-info/entry_points.txt").decode())
    commands = dict(entries["console_scripts"])
    assert set(commands) == {"gatewayctl", "gatewayd"}
    for command, entry in commands.items():
        module, _, function = entry.partition(":")
        call = f"import sys; sys.argv[1:] = ['--help']; from {module} import {function} as m; m()"
        ran = subprocess.run(
            [sys.executable, "-c", call], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, (command, ran.stderr)
        assert ran.stdout.startswith("Usage: ")
