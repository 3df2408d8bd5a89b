"""The image's tools, as far as nothing has to be built: lock, sources, bill of materials."""

from __future__ import annotations

import json

from tools.image.emergency import command_line_word
from tools.image.lock import fitting, parse, runtime
from tools.image.places import ROOT
from tools.image.sbom import spdx
from tools.image.sources import renamed
from tools.image.version import Version

LOCK = """\
apple==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:ab
    # via -r requirements/runtime.in
banana==2.0 ; python_full_version < '3.12' \\
    --hash=sha256:ba
    # via apple
banana==2.5 ; python_full_version >= '3.12' \\
    --hash=sha256:bb
    # via
    #   apple
    #   pytest
pytest==9 \\
    --hash=sha256:ca
    # via -r requirements/dev.in
winonly==1 ; sys_platform == 'win32' \\
    --hash=sha256:da
    # via -r requirements/runtime.in
"""


def test_the_image_gets_what_runtime_needs_for_its_own_python() -> None:
    chosen = runtime(parse(LOCK), "3.13")
    assert [(entry.name, entry.version) for entry in chosen] == [
        ("apple", "1.0"),
        ("banana", "2.5"),
    ]
    assert chosen[0].line() == "apple==1.0 --hash=sha256:aa --hash=sha256:ab"
    assert [entry.version for entry in runtime(parse(LOCK), "3.11")] == ["1.0", "2.0"]


def test_every_library_of_runtime_in_is_in_the_real_lock() -> None:
    names = {e.name for e in runtime(parse((ROOT / "requirements/dev.lock").read_text()), "3.13")}
    lines = (ROOT / "requirements/runtime.in").read_text().splitlines()
    wanted = {line.lower() for line in lines if line and not line.startswith("#")}
    assert wanted <= names
    assert not names & {"pytest", "mypy", "ruff", "hypothesis"}


def test_sources_of_the_image_are_the_machines_own_under_another_release() -> None:
    line = "deb http://mirror.example/debian-security/ bookworm-security main contrib"
    expected = "deb http://mirror.example/debian-security/ trixie-security main"
    assert renamed(line, "bookworm", "trixie") == expected


def test_the_bill_of_materials_names_packages_libraries_and_ourselves() -> None:
    manifest = {"packages": [{"name": "zlib1g", "version": "1:1.3", "architecture": "amd64"}]}
    version = Version("0.1.0.7", 1_700_000_000, "c0ffee")
    text = spdx(json.dumps(manifest), runtime(parse(LOCK), "3.13"), version, "full")
    document = json.loads(text)
    assert document["spdxVersion"] == "SPDX-2.3"
    assert document["creationInfo"]["created"] == "2023-11-14T22:13:20Z"
    names = [package["name"] for package in document["packages"]]
    assert names == ["zlib1g", "apple", "banana", "sluice"]
    described = {one["relatedSpdxElement"] for one in document["relationships"]}
    assert described == {package["SPDXID"] for package in document["packages"]}


def test_the_kernel_is_told_what_a_failed_start_does() -> None:
    assert command_line_word() in (ROOT / "image/mkosi.conf").read_text()


def test_both_slots_have_one_size() -> None:
    def sizes(name: str) -> list[str]:
        text = (ROOT / "image/mkosi.repart" / name).read_text()
        return [line for line in text.splitlines() if line.startswith("Size")]

    assert sizes("11-root-a.conf") == sizes("21-root-b.conf")
    assert sizes("10-root-a-verity.conf") == sizes("20-root-b-verity.conf")


def test_a_unit_that_can_be_enabled_is_in_the_list_of_what_starts() -> None:
    units = ROOT / "image/mkosi.extra/usr/lib/systemd/system"
    preset = (units.parent / "system-preset/10-sluice.preset").read_text()
    for unit in sorted(path for path in units.iterdir() if path.is_file()):
        text = unit.read_text()
        assert text.startswith("[Unit]\nDescription="), unit.name
        assert ("[Install]" in text) == (f"enable {unit.name}\n" in preset), unit.name


def test_the_guests_environment_for_programs_is_locked_for_the_images_python() -> None:
    entries = parse((ROOT / "requirements/winapi.lock").read_text())
    names = {entry.name for entry in fitting(entries, "3.13")}
    assert {"speakeasy-emulator", "unicorn", "setuptools", "msgspec", "pyseccomp"} <= names
    assert all(entry.hashes for entry in entries)
