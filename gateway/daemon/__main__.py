"""`python -m gateway.daemon --config gateway.toml --policy policy.toml`: the gateway itself."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import uvloop

from drivers import DriverError
from gateway.daemon.logs import set_up_logs
from gateway.daemon.machine import MachineError
from gateway.daemon.settings import SettingsFileError
from gateway.daemon.supervisor import Supervisor
from gateway.daemon.tls import TlsError
from gateway.policy import SettingsError

EXIT_SETTINGS = 3
EXIT_MACHINE = 4

_DIRECTORY = Path("/etc/sluice")


@click.command()
@click.option("--config", type=click.Path(path_type=Path), default=_DIRECTORY / "gateway.toml")
@click.option("--policy", type=click.Path(path_type=Path), default=_DIRECTORY / "policy.toml")
def main(config: Path, policy: Path) -> None:
    """Run the gateway in the foreground until SIGTERM. SIGHUP reloads policy.toml."""
    try:
        supervisor = Supervisor(config, policy)
    except (SettingsError, SettingsFileError) as error:
        click.echo(f"gatewayd: {error}", err=True)
        sys.exit(EXIT_SETTINGS)
    set_up_logs(supervisor.settings.config.log.level, "gatewayd")
    try:
        uvloop.run(supervisor.run())
    except (DriverError, MachineError, TlsError, OSError) as error:
        click.echo(f"gatewayd: {error}", err=True)
        sys.exit(EXIT_MACHINE)


if __name__ == "__main__":
    main()
