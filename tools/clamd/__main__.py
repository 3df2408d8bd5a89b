"""`python -m tools.clamd up|down|status DIRECTORY`."""

from __future__ import annotations

from pathlib import Path

import click

from tools.clamd import server

_DIRECTORY = click.argument("directory", type=click.Path(file_okay=False, path_type=Path))


@click.group(help=__doc__)
def main() -> None:
    """The command line."""


@main.command()
@_DIRECTORY
def up(directory: Path) -> None:
    """Start a clamd that knows EICAR only; prints its socket."""
    directory.mkdir(parents=True, exist_ok=True)
    try:
        click.echo(server.up(directory))
    except (server.ClamdMissingError, server.ClamdStartError) as error:
        raise click.ClickException(str(error)) from None


@main.command()
@_DIRECTORY
def down(directory: Path) -> None:
    """End it and remove what it made."""
    click.echo("ended" if server.down(directory) else "no clamd was running")


@main.command()
@_DIRECTORY
def status(directory: Path) -> None:
    """Say whether it answers; exit code 1 when not."""
    answers = server.running(directory)
    click.echo("answers" if answers else "does not answer")
    raise SystemExit(0 if answers else 1)


if __name__ == "__main__":
    main()
