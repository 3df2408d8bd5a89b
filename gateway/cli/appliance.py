"""`gatewayctl setup` and `selftest`: the appliance's own commands."""

from __future__ import annotations

import subprocess
import textwrap
from pathlib import Path

import click

from gateway.cli.exits import CliError, Exit
from gateway.cli.files import CONFIG_FILE, Places
from gateway.cli.recovery_command import offer_key

_RESTARTED = ("systemd-networkd.service", "systemd-timesyncd.service", "gatewayd.service")
"""What reads settings at its start."""

COLUMNS = 79
"""Of a serial line, whose terminal nobody can ask for its width; the 80th would wrap."""


@click.command()
@click.option("--boot", is_flag=True, help="Bring the kept settings in force; for the start.")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Take a setup.toml instead of asking.",
)
@click.option("--later", is_flag=True, help="Write settings only; they count from the next start.")
def setup(boot: bool, source: Path | None, later: bool) -> None:
    """Set the appliance up: NIC pair, addresses, time, password, certificate. Asks, and explains
    what is wrong with an answer; or takes everything from a file."""
    from gateway.appliance import boot as machine
    from gateway.appliance.derive import NoSuchNicError
    from gateway.appliance.interview import interview
    from gateway.policy import SettingsError

    if boot:
        machine.boot(click.echo)
        return
    try:
        text = _text(source) if source else interview(_Console(), machine.nics(), _hashed)
        settings = machine.accept(text)
        if not later:
            machine.bring_in_force(settings)
            machine.apply_names(settings)
            machine.apply_password(settings)
    except (SettingsError, NoSuchNicError) as error:
        raise CliError(Exit.SETTINGS, str(error)) from None
    except PermissionError as error:
        raise CliError(Exit.FILE, f"only root may set the appliance up: {error}") from None
    if later:
        click.echo("Set up; it counts from the next start.")
        return
    subprocess.run(["systemctl", "restart", *_RESTARTED], check=False)
    if source is None:
        offer_key()
    click.echo("Set up. `gatewayctl selftest` tells whether mail is inspected now.")


@click.command()
@click.option("--seconds", default=60.0, show_default=True, help="How long to wait for it.")
@click.option(
    "--or-fall-back",
    is_flag=True,
    help="When it is not, and an update is on trial: start the system before it again.",
)
@click.pass_obj
def selftest(places: Places, seconds: float, or_fall_back: bool) -> None:
    """Check that this start is a good one; exit code 1 when it is not."""
    from gateway.appliance.selftest import checks, patience
    from gateway.cli.control import ask_status, socket_path

    configured = (places.config or CONFIG_FILE).exists()
    results = []
    for _passed in patience(seconds):
        try:
            status = ask_status(socket_path(places.read_config()))[0] if configured else None
        except CliError:
            status = None
        results = list(checks(status, configured=configured))
        if all(check.well for check in results):
            break
    for check in results:
        click.echo(f"{'well' if check.well else 'ILL '}  {check.name}: {check.seen}")
    if not all(check.well for check in results):
        if or_fall_back:
            _fall_back()
        raise SystemExit(int(Exit.OTHER))


def _fall_back() -> None:
    """Start the system before the update again, if there is one and this one is on trial."""
    from gateway.appliance.slots import SlotError
    from gateway.appliance.update import UpdateError, give_up, this_machine

    try:
        version = give_up(this_machine())
    except (SlotError, UpdateError, OSError) as error:
        raise CliError(Exit.UPDATE, f"there is no way back: {error}") from None
    if version:
        click.echo(f"This update failed its self-test: {version} starts again.")
        subprocess.run(["systemctl", "--no-block", "reboot"], check=False)


class _Console:
    """The person at the terminal."""

    def ask(self, question: str, default: str) -> str:
        """One line; Return alone means the default."""
        shown = f"{question} [{default}]: " if default else f"{question}: " if question else ""
        return input(shown) or default

    def secret(self, question: str) -> str:
        """One line that is not shown."""
        return str(click.prompt(question, hide_input=True, default="", show_default=False))

    def say(self, words: str) -> None:
        """A line for the person; a long one is broken between words."""
        indent = " " * (len(words) - len(words.lstrip()))
        click.echo(textwrap.fill(words, COLUMNS, subsequent_indent=indent) if words else "")


def _hashed(password: str) -> str:
    """The password's hash for shadow(5), by openssl, as Python has no crypt any more."""
    words = ["openssl", "passwd", "-6", "-stdin"]
    done = subprocess.run(words, input=password, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(Exit.FILE, f"cannot read {path}: {error}") from None
