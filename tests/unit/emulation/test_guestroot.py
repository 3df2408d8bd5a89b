"""The guest root's builder: which sources it takes, what it puts in, when it builds at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gateway.emulation.bait import BAITS, HOME
from tools.guestroot import build as builder
from tools.guestroot.contents import STAND_INS, recipe_digest
from tools.guestroot.sources import Release, SourceError, running_release, source_lines

TARGETS = """Packages|Debian|bookworm|bookworm|main|http://mirror.invalid/debian/
Packages|Debian|bookworm-security|bookworm-security|main|http://mirror.invalid/security/
Packages|Debian|bookworm|bookworm|contrib|http://mirror.invalid/debian/
Packages|Other|bookworm|bookworm|main|http://vendor.invalid/
Packages|Debian|trixie|trixie|main|http://mirror.invalid/debian/
Translations|Debian|bookworm|bookworm|main|http://mirror.invalid/debian/
Packages|Debian|bookworm|bookworm|main|cdrom:/disc
broken line
"""


def test_only_debians_own_sources_of_this_release() -> None:
    assert source_lines(TARGETS, "bookworm") == (
        "deb http://mirror.invalid/debian/ bookworm contrib main",
        "deb http://mirror.invalid/security/ bookworm-security main",
    )


def test_other_systems_are_refused_in_words(tmp_path: Path) -> None:
    release = tmp_path / "os-release"
    release.write_text('ID=fedora\nVERSION_CODENAME=""\n')
    with pytest.raises(SourceError, match="no Debian release"):
        running_release(release)


def test_recipe_changes_with_release_and_architecture() -> None:
    digests = {
        recipe_digest("a", "amd64"),
        recipe_digest("b", "amd64"),
        recipe_digest("a", "arm64"),
    }
    assert len(digests) == 3


def test_current_root_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(builder, "running_release", lambda: Release("bookworm", "amd64"))
    (tmp_path / builder.STAMP).write_text(
        json.dumps({"recipe": recipe_digest("bookworm", "amd64")})
    )
    lines: list[str] = []
    assert builder.build(tmp_path, lines.append) is False
    assert "current" in lines[0]


@pytest.mark.parametrize("text", ["", "[]", "{}", "x"])
def test_broken_stamp_means_build(tmp_path: Path, text: str) -> None:
    (tmp_path / builder.STAMP).write_text(text)
    assert builder.stamped(tmp_path) == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="giving files to the fake user needs root")
def test_furnished_root_has_a_desk_and_no_special_bits(tmp_path: Path) -> None:
    for name in ("etc/apt", "usr/bin", "var/lib/apt"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("passwd", "group"):
        (tmp_path / "etc" / name).write_text("root:x:0:0::/:/bin/sh\n")
    (tmp_path / "etc/apt/sources.list").write_text("deb http://mirror.invalid x main\n")
    (tmp_path / "usr/bin/su").write_text("")
    (tmp_path / "usr/bin/su").chmod(0o4755)
    builder.furnish(tmp_path)
    home = tmp_path / HOME.lstrip("/")
    assert all((home / bait.path).read_bytes() == bait.data for bait in BAITS)
    assert (home / ".ssh/id_rsa").stat().st_uid == 1000
    assert (tmp_path / "usr/bin/su").stat().st_mode & 0o7777 == 0o755
    assert list((tmp_path / "etc/apt").iterdir()) == []
    assert all((tmp_path / "usr/local/bin" / name).exists() for name in STAND_INS)
