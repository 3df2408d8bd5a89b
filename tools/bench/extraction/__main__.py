"""`python -m tools.bench.extraction [FOLDER]`: extraction's speed and memory, in one run."""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
from pathlib import Path

import click

from gateway.cli.exits import CliError
from gateway.cli.extracting import Method
from tools.bench import facts
from tools.bench.extraction import files, pixels
from tools.bench.extraction.files import NoLibreOfficeError, Sample
from tools.bench.extraction.measure import Timed, policy, stopwatch
from tools.bench.extraction.page import Figures, page

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_PIXEL_RUNS = 3


@click.command(help=__doc__)
@click.argument("folder", type=_FOLDER, default=CORPUS)
@click.option("--repeats", default=5, show_default=True, type=click.IntRange(1))
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write it there.")
def main(folder: Path, repeats: int, report: Path | None) -> None:
    """Measure, and print or write the page."""
    if absent := pixels.missing():
        raise click.ClickException(f"the comparison needs what is not installed: {absent}")
    try:
        with tempfile.TemporaryDirectory(prefix="sluice-bench-") as directory:
            figures = asyncio.run(_measure(folder, repeats, Path(directory)))
    except (CliError, NoLibreOfficeError, pixels.NoPixelsError) as error:
        raise click.ClickException(str(error)) from error
    shown = "../shared/corpus" if folder.resolve() == CORPUS.resolve() else "FOLDER"
    text = page(figures, f"python -m tools.bench.extraction {shown} --repeats {repeats}")
    if report is None:
        click.echo(text)
    else:
        report.write_text(text)


async def _measure(folder: Path, repeats: int, directory: Path) -> Figures:
    machine = facts.machine()
    document = files.ten_page_document()
    documents = [document, files.ten_page_pdf(document)]
    pictures = list(files.pictures())
    async with stopwatch(directory, repeats) as watch:
        idle = await watch.idle_kib()
        convert, redraw = policy(Method.CONVERT), policy(reencode=True)
        timed_documents = await watch.time_all(documents, policy(), _say)
        converted = await watch.time_all(documents, convert, _say)
        timed_pictures = await watch.time_all(pictures, policy(), _say)
        redrawn = await watch.time_all(pictures, redraw, _say)
        corpus = await watch.time_all(files.corpus(folder), policy(), _say)
    return Figures(
        machine,
        corpus,
        timed_documents,
        timed_pictures,
        redrawn,
        converted,
        {each.name: _by_pixels(each) for each in documents},
        idle,
        repeats,
    )


def _by_pixels(sample: Sample) -> float:
    ms = statistics.median(pixels.milliseconds(sample) for _ in range(_PIXEL_RUNS))
    sys.stderr.write(f"{sample.name} by pixels through a container: {ms:.0f} ms\n")
    return ms


def _say(timed: Timed) -> None:
    """Progress goes to standard error: standard output is the page alone."""
    size = timed.peak_kib // 1024
    sys.stderr.write(
        f"{timed.name} ({timed.type}, {timed.status}): {timed.ms:.1f} ms, {size} MiB\n"
    )


if __name__ == "__main__":
    main()
