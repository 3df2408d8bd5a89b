"""`python -m tools.image.databundle KIND FOLDER FILE`: a signed bundle of signatures or rules.

`signatures`: FOLDER holds databases of ClamAV. `rules`: FOLDER holds behaviour/*.toml and feeds/*.
The form is `gateway.appliance.databundle`'s, which reads it.
"""

from __future__ import annotations

import io
import sys
import tarfile
import time
from hashlib import file_digest
from pathlib import Path

import click
import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from gateway.appliance.bundle import MANIFEST, SIGNATURE, BundleError
from gateway.appliance.databundle import DataFile, DataKind, DataManifest, read_manifest
from gateway.emulation import RuleError, load_rules
from tools.image.errors import ImageError
from tools.image.keys import signing_key
from tools.image.version import version


def write_data_bundle(
    target: Path, kind: DataKind, folder: Path, number: str, made: int, key: Ed25519PrivateKey
) -> DataManifest:
    """Write `target` from all files below `folder`. Raises ImageError."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    files = [_file(folder, path) for path in paths]
    manifest = DataManifest(kind=kind, version=number, made=made, files=files)
    text = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
    try:
        read_manifest(text)
        if kind is DataKind.RULES and (folder / "behaviour").is_dir():
            load_rules(folder / "behaviour")
    except (BundleError, RuleError) as error:
        raise ImageError(str(error)) from error
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in ((MANIFEST, text), (SIGNATURE, key.sign(text))):
            archive.addfile(_entry(name, len(content), made), io.BytesIO(content))
        for path, file in zip(paths, files, strict=True):
            with path.open("rb") as stream:
                archive.addfile(_entry(file.name, file.size, made), stream)
    return manifest


def _file(folder: Path, path: Path) -> DataFile:
    with path.open("rb") as stream:
        digest = file_digest(stream, "sha256").hexdigest()
    return DataFile(str(path.relative_to(folder)), path.stat().st_size, digest)


def _entry(name: str, size: int, time: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mtime, entry.mode = size, time, 0o644
    return entry


@click.command()
@click.argument("kind", type=click.Choice([kind.value for kind in DataKind]))
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.argument("target", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--version", "number", help="[default: rules: this tree's; signatures: the time]")
def main(kind: str, folder: Path, target: Path, number: str | None) -> None:
    """Make a signed bundle of KIND from all files below FOLDER."""
    made = int(time.time())
    chosen = DataKind(kind)
    if number is None:
        number = version().number if chosen is DataKind.RULES else time.strftime("%Y%m%d.%H%M")
    try:
        key, _ = signing_key()
        manifest = write_data_bundle(target, chosen, folder, number, made, key)
    except ImageError as error:
        click.echo(f"bundle: {error}", err=True)
        sys.exit(1)
    click.echo(f"{target}: {kind} {number}, {len(manifest.files)} files")


if __name__ == "__main__":
    main()
