"""`gatewayctl setup` and `selftest`: the appliance's own commands."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.exits import CliError, Exit
from gateway.cli.files import CONFIG_FILE, Places


@click.command()
@click.option("--boot", is_flag=True, help="Bring the kept settings in force; for the start.")
@click.option(
    "--from",
    "source",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Take a setup.toml instead of asking.",
)
def setup(boot: bool, source: Path | None) -> None:
    """Set the appliance up: NIC pair, addresses, time, password, certificate."""
    from gateway.appliance import boot as machine
    from gateway.appliance.derive import NoSuchNicError
    from gateway.policy import SettingsError

    if boot:
        machine.boot(click.echo)
        return
    if source is None:
        raise click.UsageError("name a file with --from")
    try:
        machine.accept(_text(source))
    except (SettingsError, NoSuchNicError) as error:
        raise CliError(Exit.SETTINGS, str(error)) from None
    except PermissionError as error:
        raise CliError(Exit.FILE, f"only root may set the appliance up: {error}") from None
    click.echo("Set up. It takes effect at the next start: systemctl reboot")


@click.command()
@click.option("--seconds", default=60.0, show_default=True, help="How long to wait for it.")
@click.pass_obj
def selftest(places: Places, seconds: float) -> None:
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
        raise SystemExit(int(Exit.OTHER))


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise CliError(Exit.FILE, f"cannot read {path}: {error}") from None
