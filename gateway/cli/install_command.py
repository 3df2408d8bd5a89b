"""`gatewayctl install`: the system that runs from a medium goes onto a disk of the machine."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from gateway.cli.exits import CliError, Exit

_BOOT = "/efi"


@click.command()
@click.argument("disk", required=False, type=click.Path(path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
def install(disk: Path | None, yes: bool) -> None:
    """Write this system to the disk DISK, such as /dev/nvme0n1. Shows the disks, and what will be
    erased, and asks. Settings, mails and the journal of this medium stay on it."""
    from gateway.appliance import installer
    from gateway.appliance.slots import SlotError
    from gateway.appliance.target import FlashError, examine
    from gateway.appliance.update import UpdateError, this_machine

    try:
        own = this_machine().table
        if disk is None:
            disk = _asked(own.device)
        if disk.resolve() == Path(own.device).resolve():
            raise FlashError(f"{disk} is the disk that this system runs from")
        target = examine(disk)
        _same_blocks(disk, own.sectorsize)
        made = installer.plan(own, target.size)
        click.echo(
            f"This system goes to {target.path}: {target.title}, {target.size / 1e9:.1f} GB."
        )
        if target.holds:
            click.echo("This is on it, and will be gone:")
            click.echo("\n".join(f"  {line}" for line in target.holds))
        if not yes and click.prompt(f"Write {disk} again to go on", default="") != str(disk):
            raise FlashError("nothing was written")
        with _boot_partition_still():
            installer.install(own, made, target, _Progress().show)
    except (FlashError, SlotError, UpdateError) as error:
        raise CliError(Exit.UPDATE, str(error)) from None
    except OSError as error:
        raise CliError(Exit.UPDATE, f"{error.filename or disk}: {error.strerror}") from None
    click.echo(f"{disk} holds the system. Switch off, take the medium out, and start.")


@contextmanager
def _boot_partition_still() -> Iterator[None]:
    """Nothing changes on the boot partition while it is copied."""
    subprocess.run(["mount", "-o", "remount,ro", _BOOT], check=False)
    try:
        yield
    finally:
        subprocess.run(["mount", "-o", "remount,rw", _BOOT], check=False)


def _asked(own: str) -> Path:
    """The disk that a person chooses from those that are there. Raises FlashError."""
    from gateway.appliance.target import FlashError

    words = ["lsblk", "--nodeps", "--noheadings", "--output", "PATH,SIZE,MODEL,TRAN,TYPE"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    disks = [line for line in done.stdout.splitlines() if line.endswith("disk")]
    others = [line.removesuffix("disk").rstrip() for line in disks if line.split()[0] != own]
    if not others:
        raise FlashError("there is no disk but the one that this system runs from")
    click.echo("Disks of this machine:")
    click.echo("\n".join(f"  {line}" for line in others))
    return Path(str(click.prompt("Write this system to")))


def _same_blocks(disk: Path, sector: int) -> None:
    """Raises FlashError for a disk whose blocks have another size: the table counts in them."""
    from gateway.appliance.target import FlashError

    size = Path("/sys/class/block") / disk.resolve().name / "queue/logical_block_size"
    if size.exists() and int(size.read_text()) != sector:
        raise FlashError(f"{disk} has blocks of {size.read_text().strip()} bytes, not {sector}")


class _Progress:
    """One line for each tenth: a serial line has no bars."""

    def __init__(self) -> None:
        self._said = ("", -1)

    def show(self, what: str, done: int, total: int) -> None:
        """Say how far it is, when that is news."""
        tenth = done * 10 // total
        if (what, tenth) != self._said:
            self._said = (what, tenth)
            click.echo(f"  {what}: {tenth * 10} %")
