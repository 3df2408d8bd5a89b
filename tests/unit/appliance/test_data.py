"""Signatures and rules from signed bundles: taken whole, or refused with the old ones in use."""

from __future__ import annotations

import asyncio
import hashlib
import io
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.appliance.bundle import BundleError
from gateway.appliance.data import DataError, DataPlaces, install, installed, link_rules
from gateway.appliance.databundle import (
    DataBundle,
    DataFile,
    DataKind,
    DataManifest,
    read_manifest,
)
from gateway.appliance.scanner import reload_scanner
from gateway.cli import update_data
from gateway.cli.app import cli
from gateway.emulation.rulefolder import RuleFolder, rules_in_use
from gateway.engines.antivirus import Clamd, Clean, Infected
from gateway.model import BytesContent
from tools.clamd import server as clamd
from tools.image.databundle import write_data_bundle
from tools.image.errors import ImageError
from tools.image.keys import public_pem

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
MADE = 1_700_000_000

RULE = """
[[rule]]
id = "{name}"
title = "Calls somebody"
says = "It calls a machine that it has no business with."
severity = "high"
confidence = 80
technique = "T1071"
needs = [{{ kind = ["network"], action = ["connect"] }}]
"""


@pytest.fixture
def places(tmp_path: Path) -> DataPlaces:
    """An appliance's state partition, with signatures that freshclam left."""
    clamav, feeds = tmp_path / "clamav", tmp_path / "state/feeds"
    for folder in (clamav, feeds):
        folder.mkdir(parents=True)
    (clamav / "daily.cld").write_bytes(b"ClamAV-VDB:01 Jan 2026:100:rest")
    (clamav / "local.ndb").write_bytes(b"of the administrator's own")
    return DataPlaces(
        tmp_path / "kept", clamav, tmp_path / "state/rules", feeds, system="0.1.0.400"
    )


def bundle(
    folder: Path, kind: str, version: str, files: dict[str, str], key: Ed25519PrivateKey = KEY
) -> bytes:
    """A bundle of `files`, as the tool makes it."""
    source = folder / f"source-{kind}-{version}"
    for name, text in files.items():
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(text)
    target = folder / f"{kind}-{version}.bundle"
    write_data_bundle(target, DataKind(kind), source, version, MADE, key)
    return target.read_bytes()


def take(content: bytes, places: DataPlaces, kind: str, *, older: bool = False) -> None:
    """Install a bundle. Raises BundleError, DataError."""
    read = DataBundle(io.BytesIO(content), public_pem(KEY), DataKind(kind))
    install(read, places, older=older)


def everything(folder: Path) -> dict[str, bytes]:
    """All files below a directory."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_signatures_take_the_place_of_those_of_their_name(
    places: DataPlaces, tmp_path: Path
) -> None:
    first = {"daily.cvd": "new daily", "more.ndb": "more"}
    take(bundle(tmp_path, "signatures", "20260101.1", first), places, "signatures")
    assert everything(places.clamav) == {
        "daily.cvd": b"new daily",  # and daily.cld, the same database's other form, is gone
        "more.ndb": b"more",
        "local.ndb": b"of the administrator's own",
    }
    take(
        bundle(tmp_path, "signatures", "20260102.1", {"daily.cvd": "newest"}), places, "signatures"
    )
    assert sorted(everything(places.clamav)) == ["daily.cvd", "local.ndb"]
    manifest = installed(places, DataKind.SIGNATURES)
    assert manifest is not None
    assert manifest.version == "20260102.1"


def test_older_and_equal_ones_are_refused_unless_told(places: DataPlaces, tmp_path: Path) -> None:
    new = bundle(tmp_path, "signatures", "20260102.1", {"daily.cvd": "new"})
    old = bundle(tmp_path, "signatures", "20260101.9", {"daily.cvd": "old"})
    take(new, places, "signatures")
    with pytest.raises(DataError, match="are there already"):
        take(new, places, "signatures")
    with pytest.raises(DataError, match=r"older than 20260102\.1"):
        take(old, places, "signatures")
    take(old, places, "signatures", older=True)
    assert (places.clamav / "daily.cvd").read_bytes() == b"old"


def test_a_bundle_cut_off_anywhere_changes_nothing(places: DataPlaces, tmp_path: Path) -> None:
    content = bundle(tmp_path, "signatures", "2", {"a.ndb": "a" * 700, "b.ndb": "b" * 1300})
    before = everything(places.clamav)
    end = content.index(b"b" * 1300) + 1300
    for length in range(0, end, 89):
        with pytest.raises(BundleError):
            take(content[:length], places, "signatures")
        assert everything(places.clamav) == before
    assert installed(places, DataKind.SIGNATURES) is None


def test_other_keys_kinds_bytes_and_names_are_refused(places: DataPlaces, tmp_path: Path) -> None:
    content = bundle(tmp_path, "signatures", "2", {"a.ndb": "a" * 700})
    other = Ed25519PrivateKey.from_private_bytes(b"x" * 32)
    with pytest.raises(BundleError, match="signature"):
        take(bundle(tmp_path, "signatures", "3", {"a.ndb": "a"}, other), places, "signatures")
    with pytest.raises(BundleError, match="holds signatures, not rules"):
        take(content, places, "rules")
    with pytest.raises(BundleError, match="another digest"):
        take(content.replace(b"a" * 700, b"a" * 699 + b"!"), places, "signatures")


@pytest.mark.parametrize("name", ["clamd.conf", "../a.ndb", "sub/a.ndb", ".a.ndb", "/a.ndb", ""])
def test_names_lead_nowhere_else(name: str) -> None:
    files = [DataFile(name, 1, "ab" * 32)]
    manifest = DataManifest(DataKind.SIGNATURES, "1", MADE, files)
    with pytest.raises(BundleError, match="is no name of a file with signatures"):
        read_manifest(msgspec.json.encode(manifest))


def test_rules_are_used_at_once_and_until_the_system_brings_newer_ones(
    places: DataPlaces, tmp_path: Path
) -> None:
    state = places.rules.parent
    folder = RuleFolder(state)
    shipped = folder.current()
    files = {"behaviour/a.toml": RULE.format(name="calls"), "feeds/bad.txt": "ab" * 32}
    take(bundle(tmp_path, "rules", "0.1.0.401", files), places, "rules")
    assert [rule.id for rule in folder.current().rules] == ["calls"]
    assert rules_in_use(state) == "rules-0.1.0.401"
    assert (places.feeds / "bad.txt").read_text() == "ab" * 32
    with pytest.raises(DataError, match="older"):
        take(bundle(tmp_path, "rules", "0.1.0.399", files), places, "rules")
    newer = DataPlaces(places.kept, places.clamav, places.rules, places.feeds, system="0.1.0.402")
    assert link_rules(newer) == ""
    assert folder.current().version == shipped.version
    assert link_rules(places) == "0.1.0.401"  # the older system again: what it had is back
    assert [rule.id for rule in folder.current().rules] == ["calls"]


def test_rules_with_errors_never_get_in_use(places: DataPlaces, tmp_path: Path) -> None:
    good = {"behaviour/a.toml": RULE.format(name="calls")}
    take(bundle(tmp_path, "rules", "0.1.0.401", good), places, "rules")
    wrong = {"behaviour/a.toml": RULE.format(name="calls").replace("high", "dreadful")}
    with pytest.raises(ImageError, match="severity"):
        bundle(tmp_path, "rules", "0.1.0.402", wrong)
    folder = RuleFolder(places.rules.parent)
    (places.rules / "a.toml").write_text("no rule")
    places.rules.unlink()
    places.rules.symlink_to(places.kept / "rules-0.1.0.401")
    assert len(RuleFolder(places.rules.parent).current().rules) == len(
        RuleFolder(tmp_path / "nowhere").current().rules
    )
    assert [rule.id for rule in folder.current().rules] == ["calls"]


def test_status_says_versions_and_ages(places: DataPlaces, tmp_path: Path) -> None:
    assert list(update_data.ages(places, MADE)) == [
        "signatures  no bundle was installed",
        "rules       the system's own",
        "            daily.cld 100, built 01 Jan 2026",
    ]
    take(bundle(tmp_path, "signatures", "7", {"a.ndb": "a"}), places, "signatures")
    assert next(update_data.ages(places, MADE + 3 * 86400)) == "signatures  7  3 days old"


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[tuple[Path, list[bytes]]]:
    """Something that answers like clamd; its socket, and what it was told."""
    path, told = tmp_path / "clamd.ctl", list[bytes]()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        listener.listen()

        def serve() -> None:
            for answer in (b"RELOADING\0", b"PONG\0"):
                connection, _ = listener.accept()
                with connection:
                    told.append(connection.recv(64))
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield path, told
        thread.join(5)


def test_the_scanner_is_told_and_waited_for(scanner: tuple[Path, list[bytes]]) -> None:
    path, told = scanner
    assert reload_scanner(path)
    assert told == [b"zRELOAD\0", b"zPING\0"]
    assert not reload_scanner(path.with_name("nobody"))


def test_the_command_refuses_with_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = tmp_path / "key.pem"
    key.write_bytes(public_pem(KEY))
    monkeypatch.setattr(update_data, "KEY", key)
    (tmp_path / "x").write_bytes(b"nothing of ours")
    done = CliRunner().invoke(cli, ["update", "rules", "--from", str(tmp_path / "x")])
    assert done.exit_code == 20
    assert done.output.count("\n") == 1
    assert "this is no update bundle" in done.output


def test_a_real_scanner_knows_what_a_bundle_brought(places: DataPlaces, tmp_path: Path) -> None:
    sample = b"nobody has called this a virus yet"
    digest = hashlib.md5(sample, usedforsecurity=False).hexdigest()
    folder = tmp_path / "scanner"
    folder.mkdir()
    try:
        path = clamd.up(folder)
    except clamd.ClamdMissingError as error:
        pytest.skip(str(error))
    try:
        at = replace(places, clamav=folder / "db")
        assert asyncio.run(Clamd(path).scan(BytesContent(sample), 20_000)) == Clean()
        files = {"more.hdb": f"{digest}:{len(sample)}:Test.New\n"}
        take(bundle(tmp_path, "signatures", "1", files), at, "signatures")
        assert reload_scanner(path)
        for _ in range(200):
            found = asyncio.run(Clamd(path).scan(BytesContent(sample), 20_000))
            if found != Clean():
                break
            time.sleep(0.1)
        assert found == Infected("Test.New.UNOFFICIAL")
    finally:
        clamd.down(folder)
