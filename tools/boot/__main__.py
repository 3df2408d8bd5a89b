"""`python -m tools.boot`: the image in QEMU, between a sender and a mail server."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from drivers import DriverError
from tools.boot.acceleration import accelerator
from tools.boot.acceptance import demo, first_mail, fitting, state
from tools.boot.machine import NIC_MODELS, Wanted
from tools.boot.stand import (
    PASSWORD,
    Appliance,
    lab_with_server,
    powered_on,
    seeded_disk,
    setup_text,
)
from tools.corpus import DemoMail, demo_mails
from tools.image.errors import ImageError
from tools.image.places import places
from tools.mail.postfix import PostfixError, PostfixServer

LAB = "boot"


@click.command()
@click.option("--test", "accept", is_flag=True, help="The acceptance: start, look, send, end.")
@click.option("--image", type=click.Path(path_type=Path, dir_okay=False), help="The raw image.")
@click.option("--nic", type=click.Choice(NIC_MODELS), default="virtio", show_default=True)
@click.option("--mails", type=int, help="Send only so many of the demo's mails.")
def main(accept: bool, image: Path | None, nic: str, mails: int | None) -> None:
    """Start the image in QEMU with two NICs, a sender and a mail server beside it."""
    if os.geteuid() != 0:
        raise click.ClickException("the lab makes network namespaces: run it as root")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that everything is taken down
    try:
        with _standing(image, nic) as (appliance, server, directory):
            if accept:
                profile = (image or _newest()).stem.removeprefix("sluice-")
                chosen = fitting(profile)[:mails]
                sys.exit(_accept(appliance, server, directory, chosen))
            _attend(appliance)
    except (ImageError, DriverError, PostfixError) as error:
        raise click.ClickException(str(error)) from error


@contextmanager
def _standing(image: Path | None, nic: str) -> Iterator[tuple[Appliance, PostfixServer, Path]]:
    built = image or _newest()
    kernel = built.with_suffix(".efi")
    chosen = os.environ.get("SLUICE_BOOT_ACCELERATOR") or accelerator(kernel)
    _say(f"{built.name} with {nic} NICs, {'KVM' if chosen == 'kvm' else 'software emulation'}")
    directory = Path(tempfile.mkdtemp(prefix="sluice-boot-", dir="/var/tmp"))
    try:
        with lab_with_server(LAB, directory, _say, nic) as (lab, server):
            wanted = Wanted(directory / "disk.raw", directory, chosen, nic)
            _say("flashing the image to a disk, with setup.toml on its configuration partition")
            seeded_disk(built, wanted.disk, setup_text(lab))
            with powered_on(lab, wanted) as appliance:
                yield appliance, server, directory
    finally:
        console = directory / "console.log"
        if console.exists():
            places().work.mkdir(parents=True, exist_ok=True)
            shutil.copy(console, places().work / "console.log")
        shutil.rmtree(directory, ignore_errors=True)


def _accept(
    appliance: Appliance, server: PostfixServer, directory: Path, mails: tuple[DemoMail, ...]
) -> int:
    """Print every fact and every mail; 1 when anything is not as it should be."""
    wrong = 0
    facts = [first_mail(appliance, server)]
    _print(facts[0].name, facts[0].seen, facts[0].well)
    if not facts[0].well:
        raise ImageError("no mail was accepted; the console's last words are in its log")
    for line in demo(appliance, server, directory, mails):
        _print(line.mail, f"{line.code} {line.happened}; {line.why}", not line.differs)
        for sentence in line.differs:
            click.echo(f"      NOT AS PROMISED: {sentence}")
        wrong += bool(line.differs)
    for fact in state(appliance):
        _print(fact.name, fact.seen, fact.well)
        wrong += not fact.well
    left_out = len(demo_mails()) - len(mails)
    if left_out:
        click.echo(f"{left_out} of the demo's mails were not sent: this image does not emulate.")
    click.echo(f"{wrong} not as promised." if wrong else "All as promised.")
    return 1 if wrong else 0


def _attend(appliance: Appliance) -> None:
    """Leave the machine running, with its console for whoever wants it."""
    sender, server = appliance.lab.layout.sender, appliance.lab.layout.server
    appliance.console.close()
    click.echo(
        f"\nThe appliance starts. Its console: socat -,rawer UNIX:{appliance.wanted.console}\n"
        f"Log in as admin, password {PASSWORD}. Send a mail:\n"
        f"  ip netns exec {sender.namespace} swaks --server {server.ip} --to anna@corp.example\n"
        "End it all with Ctrl-C."
    )
    try:
        while appliance.process.poll() is None:
            time.sleep(0.5)
        click.echo("the machine switched itself off")
    except KeyboardInterrupt:
        click.echo("\ncleaning up")


def _newest() -> Path:
    """The image that was built last."""
    built = sorted(places().dist.glob("sluice-*.raw"), key=lambda path: path.stat().st_mtime)
    if not built:
        raise ImageError("there is no image yet: ./build.sh image makes it")
    return built[-1]


def _print(name: str, seen: str, well: bool) -> None:
    click.echo(f"  {'ok' if well else 'NO'}  {name}: {seen}")


def _say(words: str) -> None:
    click.echo(f"  {words}", err=True)


if __name__ == "__main__":
    main()
