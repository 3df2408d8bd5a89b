"""`gatewayctl extract`: the command line of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from gateway.cli.exits import CliError, Exit
from gateway.cli.files import Places


@click.command()
@click.argument(
    "files", metavar="FILE…", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True)
)
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Where results go; made when missing. Folders keep their structure.",
)
@click.option(
    "--method",
    type=click.Choice(["clean", "convert"]),
    default="clean",
    show_default=True,
    help="Keep the format without what acts, or draw a flat PDF.",
)
@click.option(
    "--policy",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Use this policy, not the one beside gateway.toml.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line, one per file.")
@click.pass_obj
def extract(
    places: Places,
    files: tuple[Path, ...],
    output: Path,
    method: str,
    policy: Path | None,
    as_json: bool,
) -> None:
    """Take out of each FILE (or all files in a folder) what can act; write the rest to DIR.

    A file with nothing to take out is copied byte for byte. A file that cannot be cleaned gets no
    result: its line says why, and the exit code is 10.
    """
    from gateway.cli.extract_files import jobs
    from gateway.cli.extract_view import ExtractView
    from gateway.cli.extracting import Method, extract_all

    rules = replace(places, policy=policy).read_policy()
    work = jobs(files, output)
    view = ExtractView(len(work), as_json=as_json)
    with view.bar:
        complete = extract_all(work, Method(method), places.read_config(), rules, view.show)
    if not complete:
        raise CliError(Exit.EXTRACTION, f"some files have no result: {view.summary()}")
