"""`gatewayctl update`: install a signed bundle, see the slots, go back."""

from __future__ import annotations

import contextlib
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import click

from gateway.appliance.release import image_profile
from gateway.cli.exits import CliError, Exit

KEY = Path("/usr/share/sluice/update-key.pem")
"""The key whose updates this image takes. It lies on the verified root."""

CONNECT_SECONDS = 30.0


@click.group()
def update() -> None:
    """The appliance's system: install a new one, go back to the last one."""


@update.command()
@click.argument("source", metavar="FILE|URL")
@click.option("--older", is_flag=True, help="Install a version older than the one that runs.")
def install(source: str, older: bool) -> None:
    """Write a signed bundle into the slot that does not run. It starts at the next reboot; if it
    fails three times or fails its self-test, this system starts again."""
    from gateway.appliance import update as updating
    from gateway.appliance.bundle import Bundle, BundleError
    from gateway.appliance.slots import SlotError

    try:
        with opened(source) as file:
            machine = updating.this_machine()
            bundle = Bundle(file, KEY.read_bytes())
            updating.check_version(bundle.manifest, machine, image_profile(), older=older)
            version, letter = bundle.manifest.version, machine.other.letter
            click.echo(f"{version} goes into slot {letter}; mail flows on.")
            updating.install(bundle, machine, _Progress().show)
    except (BundleError, SlotError, updating.UpdateError) as error:
        raise CliError(Exit.UPDATE, str(error)) from None
    except OSError as error:
        raise CliError(Exit.UPDATE, f"the update failed: {error}") from None
    click.echo(f"Slot {letter} holds {version}. It starts at the next reboot.")


@update.command(name="status")
def show() -> None:
    """Show both slots: what is in them, and what the boot loader thinks of it; how old signatures
    and rules are; and whether the state partition is encrypted."""
    from gateway.appliance import encryption
    from gateway.appliance import update as updating
    from gateway.appliance.slots import SlotError
    from gateway.cli.update_data import print_ages

    try:
        machine = updating.this_machine()
    except (SlotError, updating.UpdateError) as error:
        raise CliError(Exit.UPDATE, str(error)) from None
    for slot in machine.slots:
        kernel = machine.kernel_of(slot)
        state = kernel.state if kernel else "nothing to start"
        runs = ", runs" if slot.running else ""
        click.echo(f"slot {slot.letter}  {slot.version or 'empty':<16} {state}{runs}")
    print_ages()
    with contextlib.suppress(OSError):
        click.echo(f"state   {encryption.words()}")


@update.command()
def rollback() -> None:
    """Start the other slot from the next reboot on."""
    from gateway.appliance import update as updating
    from gateway.appliance.slots import SlotError

    try:
        version = updating.roll_back(updating.this_machine())
    except (SlotError, updating.UpdateError, OSError) as error:
        raise CliError(Exit.UPDATE, str(error)) from None
    click.echo(f"{version} starts at the next reboot.")


class _Progress:
    """One line for each tenth of a piece: a serial line has no bars."""

    def __init__(self) -> None:
        self._said = ("", -1)

    def show(self, role: str, done: int, total: int) -> None:
        """Say how far a piece is, when that is news."""
        tenth = done * 10 // total if total else 10
        if (role, tenth) != self._said:
            self._said = (role, tenth)
            click.echo(f"  {role}: {tenth * 10} %")


@contextlib.contextmanager
def opened(source: str) -> Iterator[IO[bytes]]:
    """A file, or what a web server sends. Raises CliError."""
    try:
        if source.startswith(("http://", "https://")):
            with urllib.request.urlopen(source, timeout=CONNECT_SECONDS) as answer:
                yield answer
        else:
            with Path(source).open("rb") as file:
                yield file
    except urllib.error.URLError as error:
        raise CliError(Exit.FILE, f"cannot fetch {source}: {error.reason}") from None
    except FileNotFoundError:
        raise CliError(Exit.FILE, f"there is no file {source}") from None
