"""Signatures and rules on the state partition: installed from a data bundle, and what is there.

Every set is unpacked beside the one in use and checked; only then it takes its place. A power cut
leaves the old set in use, or the new one.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec

from gateway.appliance.databundle import DataBundle, DataKind, DataManifest
from gateway.appliance.kernels import version_key
from gateway.emulation import RuleError, load_rules

SPARE_BYTES = 64 << 20
"""Left free on the state partition, which holds mail, too."""

_PARTIAL = ".partial-"


class DataError(Exception):
    """The bundle is not installed; one sentence."""


@dataclass(frozen=True, slots=True)
class DataPlaces:
    """Where things lie: `kept` the manifests and rules, `clamav` clamd's databases, `rules` the
    link to the rules in use, `feeds` the feeds; `system` is the running image's version."""

    kept: Path = Path("/var/lib/sluice-data")
    clamav: Path = Path("/var/lib/clamav")
    rules: Path = Path("/var/lib/sluice/rules")
    feeds: Path = Path("/var/lib/sluice/feeds")
    system: str = ""

    def manifest(self, kind: DataKind) -> Path:
        """Of what was installed last."""
        return self.kept / f"{kind}.json"


def installed(places: DataPlaces, kind: DataKind) -> DataManifest | None:
    """What was installed last; None while nothing was."""
    try:
        return msgspec.json.decode(places.manifest(kind).read_bytes(), type=DataManifest)
    except (OSError, msgspec.DecodeError):
        return None


def check_age(manifest: DataManifest, places: DataPlaces, *, older: bool) -> None:
    """Refuse what is no step forward, unless told so. Raises DataError."""
    before = installed(places, manifest.kind)
    there = [before.version] if before else []
    if manifest.kind is DataKind.RULES and places.system:
        there.append(places.system)  # whose own rules are of that version
    newest = max(there, key=version_key, default="")
    if newest and not older:
        if version_key(manifest.version) == version_key(newest):
            raise DataError(f"{manifest.kind} {newest} are there already")
        if version_key(manifest.version) < version_key(newest):
            raise DataError(
                f"{manifest.kind} {manifest.version} are older than {newest}, which are there; "
                "--older installs them anyway"
            )


def install(bundle: DataBundle, places: DataPlaces, *, older: bool = False) -> None:
    """Put the bundle's files in use. Raises BundleError, DataError, OSError."""
    manifest = bundle.manifest
    check_age(manifest, places, older=older)
    _sweep(places)
    target = places.clamav if manifest.kind is DataKind.SIGNATURES else places.kept
    needed = sum(file.size for file in manifest.files)
    free = shutil.disk_usage(target).free
    if needed + SPARE_BYTES > free:
        raise DataError(f"{needed >> 20} MiB do not fit: {free >> 20} MiB are free")
    with tempfile.TemporaryDirectory(prefix=_PARTIAL, dir=target) as name:
        fresh = Path(name)
        bundle.unpack(fresh)
        if manifest.kind is DataKind.SIGNATURES:
            _use_signatures(fresh, places, manifest)
        else:
            _use_rules(fresh, places, manifest)
    _write(places.manifest(manifest.kind), msgspec.json.encode(manifest))


def link_rules(places: DataPlaces) -> str:
    """At a start: use the newest kept rules if they are newer than the system, else the system's
    own. The version in use; empty for the system's."""
    manifest = installed(places, DataKind.RULES)
    folder = places.kept / f"rules-{manifest.version}" if manifest else None
    newer = manifest and version_key(manifest.version) > version_key(places.system)
    if manifest is None or folder is None or not newer or not folder.is_dir():
        places.rules.unlink(missing_ok=True)
        return ""
    _link(places.rules, folder)
    return manifest.version


def _use_signatures(fresh: Path, places: DataPlaces, manifest: DataManifest) -> None:
    """Each database takes the place of the one of its name; clamd reads them when it is told."""
    owner = places.clamav.stat()
    before = installed(places, DataKind.SIGNATURES)
    names = {file.name for file in manifest.files}
    for name in sorted(names):
        os.chown(fresh / name, owner.st_uid, owner.st_gid)
        (fresh / name).chmod(0o644)
        (fresh / name).replace(places.clamav / name)
        # freshclam's form of the same database, which clamd would read beside it.
        for ending in {".cvd", ".cld"} - {Path(name).suffix}:
            if Path(name).suffix in (".cvd", ".cld"):
                (places.clamav / name).with_suffix(ending).unlink(missing_ok=True)
    for gone in {file.name for file in before.files} - names if before else ():
        (places.clamav / gone).unlink(missing_ok=True)


def _use_rules(fresh: Path, places: DataPlaces, manifest: DataManifest) -> None:
    """The emulator's rules are a directory behind a link; feeds are files of their own."""
    behaviour, folder = fresh / "behaviour", places.kept / f"rules-{manifest.version}"
    if behaviour.is_dir():
        try:
            load_rules(behaviour)
        except RuleError as error:
            raise DataError(
                f"the bundle's rules have errors: {str(error).splitlines()[0]}"
            ) from None
        for path in behaviour.iterdir():
            path.chmod(0o644)
        behaviour.chmod(0o755)
        shutil.rmtree(folder, ignore_errors=True)
        behaviour.replace(folder)
        _link(places.rules, folder)
        for other in places.kept.glob("rules-*"):
            if other != folder:
                shutil.rmtree(other, ignore_errors=True)
    if (fresh / "feeds").is_dir():
        for path in sorted((fresh / "feeds").iterdir()):
            path.chmod(0o644)
            path.replace(places.feeds / path.name)


def _link(link: Path, folder: Path) -> None:
    """Make `link` lead to `folder`, in one step."""
    fresh = link.with_name(f"{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(folder)
    fresh.replace(link)


def _sweep(places: DataPlaces) -> None:
    """What a cut left half unpacked."""
    places.kept.mkdir(parents=True, exist_ok=True)
    for folder in (places.kept, places.clamav):
        for path in folder.glob(f"{_PARTIAL}*"):
            shutil.rmtree(path, ignore_errors=True)


def _write(path: Path, content: bytes) -> None:
    fresh = path.with_name(f".{path.name}.new")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
