"""`gatewayctl update signatures` and `update rules`: what ages faster than the system."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from gateway.cli.exits import CliError, Exit
from gateway.cli.update_command import KEY, opened

if TYPE_CHECKING:
    from gateway.appliance.data import DataPlaces
    from gateway.appliance.databundle import DataKind

_FRESHCLAM = "sluice-freshclam.service"
_CVD_HEADER = 512
"""Bytes of text at the begin of a database: ClamAV-VDB, time, version, ... with colons between."""

_source = click.option("--from", "source", metavar="FILE|URL", help="A signed bundle.")
_older = click.option("--older", is_flag=True, help="Install a version older than what is there.")


@click.command()
@_source
@_older
def signatures(source: str | None, older: bool) -> None:
    """Update the antivirus signatures: from a signed bundle, or else by freshclam. The scanner
    reads them at once; mail flows on."""
    if source is None:
        click.echo("freshclam asks its servers now.")
        done = subprocess.run(["systemctl", "start", _FRESHCLAM], check=False)
        if done.returncode != 0:
            raise CliError(Exit.UPDATE, "freshclam failed; --from takes a bundle instead")
        click.echo("The signatures are current.")
        return
    from gateway.appliance.databundle import DataKind
    from gateway.appliance.scanner import reload_scanner

    version = _take(source, DataKind.SIGNATURES, older=older)
    if not reload_scanner():
        raise CliError(Exit.UPDATE, f"signatures {version} are there, but clamd does not answer")
    click.echo(f"Signatures {version} are there, and clamd reads them.")


@click.command()
@click.option("--from", "source", metavar="FILE|URL", required=True, help="A signed bundle.")
@_older
def rules(source: str, older: bool) -> None:
    """Update behaviour rules and reputation feeds from a signed bundle. They are used from the
    next mail on, and the verdict cache starts anew."""
    from gateway.appliance.databundle import DataKind

    version = _take(source, DataKind.RULES, older=older)
    click.echo(f"Rules {version} are in use.")


def ages(places: DataPlaces, now: float) -> Iterator[str]:
    """A line for each kind: its version, and how old it is."""
    from gateway.appliance.data import installed
    from gateway.appliance.databundle import DataKind

    for kind in DataKind:
        manifest = installed(places, kind)
        if manifest is None:
            said = "the system's own" if kind is DataKind.RULES else "no bundle was installed"
            yield f"{kind:<11} {said}"
        else:
            days = max(0, int(now - manifest.made)) // 86400
            old = "made today" if days == 0 else f"{days} day{'s' if days > 1 else ''} old"
            unused = kind is DataKind.RULES and not places.rules.exists()
            note = "; not in use, the system's own are newer" if unused else ""
            yield f"{kind:<11} {manifest.version}  {old}{note}"
    for path in sorted([*places.clamav.glob("*.cvd"), *places.clamav.glob("*.cld")]):
        with path.open("rb") as file:
            words = file.read(_CVD_HEADER).decode("ascii", "replace").split(":")
        if words[0] == "ClamAV-VDB" and len(words) > 2:
            yield f"{'':<11} {path.name} {words[2]}, built {words[1]}"


def _take(source: str, kind: DataKind, *, older: bool) -> str:
    """Install the bundle; its version. Raises CliError."""
    from gateway.appliance.bundle import BundleError
    from gateway.appliance.data import DataError, DataPlaces, install
    from gateway.appliance.databundle import DataBundle
    from gateway.appliance.release import image_version

    try:
        with opened(source) as file:
            bundle = DataBundle(file, KEY.read_bytes(), kind)
            install(bundle, DataPlaces(system=image_version()), older=older)
    except (BundleError, DataError) as error:
        raise CliError(Exit.UPDATE, str(error)) from None
    except OSError as error:
        raise CliError(Exit.UPDATE, f"the update failed: {error}") from None
    return bundle.manifest.version


def print_ages() -> None:
    """Versions and ages of what is on this appliance."""
    from gateway.appliance.data import DataPlaces

    for line in ages(DataPlaces(), time.time()):
        click.echo(line)
