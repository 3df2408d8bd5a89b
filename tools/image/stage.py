"""Lays out what the image's build script finds beside it: gateway, shared files, guest root."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from tools.corpus.scripts import eicar
from tools.image.places import ROOT, Places

_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")

SELFTEST = "selftest"
"""The one profile that has the lab and the demo inside."""

SIGNATURE = "Sluice.EICAR-Test-Signature"


def stage(at: Places, profile: str, public_key: bytes) -> None:
    """Fill at.source and at.definition; what is there of an earlier build is replaced."""
    source = at.source
    _replace(ROOT / "image", at.definition)
    for name in ("gateway", "drivers"):
        _replace(ROOT / name, source / name)
    shutil.rmtree(source / "tools", ignore_errors=True)
    if profile == SELFTEST:
        _replace(ROOT / "tools", source / "tools")
    share = source / "share"
    _replace(ROOT / "image/share", share)
    shutil.copy(ROOT / "docs/generated/policy.sample.toml", share / "policy.sample.toml")
    for name in ("LICENSE", "docs/IMAGE.md"):
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, share)
    (share / "update-key.pem").write_bytes(public_key)
    _write_signatures(share / "signatures")


def _write_signatures(folder: Path) -> None:
    """clamd's only signatures until freshclam ran: the test file, by its bytes and its digest.

    Written here because no scanner likes to find these bytes in a source tree."""
    folder.mkdir(parents=True, exist_ok=True)
    test_file = eicar().rstrip()
    digest = hashlib.md5(test_file, usedforsecurity=False).hexdigest()
    (folder / "sluice-test.ndb").write_text(f"{SIGNATURE}:0:0:{test_file.hex()}\n")
    (folder / "sluice-test.hdb").write_text(f"{digest}:{len(test_file)}:{SIGNATURE}\n")


def _replace(origin: Path, target: Path) -> None:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(origin, target, ignore=_LEFT_OUT, symlinks=True)
