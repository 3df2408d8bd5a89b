"""`gatewayctl emulate` and `gatewayctl emulator`: the command lines of them."""

from __future__ import annotations

from pathlib import Path

import click

from gateway.cli.exits import CliError, Exit
from gateway.cli.files import Places


@click.command()
@click.argument(
    "files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True)
)
@click.option("--environment", metavar="NAME", default="", help="Run it in this one.")
@click.option(
    "--seconds",
    type=click.IntRange(1, 300),
    default=10,
    show_default=True,
    help="How long a file may run.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, one per file.")
@click.option(
    "--report",
    "directory",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write an HTML page (with a document's first page) and a JSON file about each file there.",
)
@click.pass_obj
def emulate(
    places: Places,
    files: tuple[Path, ...],
    environment: str,
    seconds: int,
    as_json: bool,
    directory: Path | None,
) -> None:
    """Run each FILE (or all files in a folder) in an isolated guest and judge what it does.

    A file that could not be run, or not to its end, is unscanned: its line says why, and the exit
    code is 13.
    """
    from gateway.cli.emulate_view import EmulateView
    from gateway.cli.emulating import Asked, emulate_all, samples_of

    config = places.read_config()
    work = samples_of(files, config)
    view = EmulateView(len(work), as_json=as_json, directory=directory)
    with view.bar:
        complete = emulate_all(
            work,
            Asked(environment, seconds, draw=directory is not None),
            config,
            places.read_policy(),
            view.show,
        )
    if not complete:
        raise CliError(Exit.EMULATION, f"some files were not seen to their end: {view.summary()}")


@click.group(name="emulator")
def emulator_group() -> None:
    """Look at the emulator."""


@emulator_group.command(name="status")
@click.option("--json", "as_json", is_flag=True, help="Print data instead of words.")
@click.pass_obj
def emulator_status(places: Places, as_json: bool) -> None:
    """Show which environments are there, or why not, and what the running emulator does."""
    from gateway.cli.emulate_view import show_emulator
    from gateway.cli.emulating import look_at_emulator

    show_emulator(look_at_emulator(places.read_config()), as_json=as_json)


__all__ = ["emulate", "emulator_group"]
