"""`python -m tools.judge [FOLDER] [--family F] [--page FILE]`; exit code 1 for any complaint."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import click

from tools.judge import active, keys, looks, openable, page, samples
from tools.judge.extraction import extract_twice
from tools.judge.model import FAMILIES, Judged, family_of

CORPUS = Path(__file__).parents[3] / "shared" / "corpus"
_FOLDER = click.Path(file_okay=False, path_type=Path)
_JUDGE_SECONDS = 180


@click.command(help=__doc__)
@click.argument("folder", type=_FOLDER, default=CORPUS)
@click.option("--work", type=_FOLDER, default=Path("build/judge"), show_default=True)
@click.option("--family", "families", multiple=True, type=click.Choice([*FAMILIES, "other"]))
@click.option("--page", "page_path", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--only", multiple=True, help="Only files that fit this pattern; may be repeated.")
@click.option("--method", type=click.Choice(["clean", "convert"]), default="clean")
@click.option("--own/--no-own", default=True, help="Judge our own documents, too.")
def main(
    folder: Path,
    work: Path,
    families: tuple[str, ...],
    page_path: Path | None,
    only: tuple[str, ...],
    method: str,
    own: bool,
) -> None:
    """Extract, judge, print complaints, write the page."""
    shutil.rmtree(work, ignore_errors=True)
    source = _chosen(folder, only, work / "input") if only else folder
    judged = extract_twice(source, work, method)
    if own:
        samples.write(work / "own")
        judged += extract_twice(work / "own", work / "own-made", method)
    if families:
        judged = [one for one in judged if family_of(one.answer.type) in families]
    keys.open_locked(judged, work / "opened")
    _ask_active(judged)
    looks.compare([one for one in judged if one.changed], work)
    for one in judged:
        _print(one)
    if page_path is not None:
        shown = "../shared/corpus" if folder.resolve() == CORPUS.resolve() else "FOLDER"
        shown += "".join(f" --family {family}" for family in families)
        shown += "".join(f" --only '{pattern}'" for pattern in only)
        shown += f" --method {method}" if method != "clean" else ""
        ours = openable.failures(judged, work)
        page_path.write_text(page.page(judged, ours, shown))
    raise SystemExit(1 if any(one.complaints for one in judged) else 0)


def _chosen(folder: Path, only: Sequence[str], into: Path) -> Path:
    """The files of `folder` that fit one of the patterns, copied with their places."""
    for path in sorted({path for pattern in only for path in folder.glob(pattern)}):
        if path.is_file():
            copy = into / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    return into


def _ask_active(judged: Sequence[Judged]) -> None:
    """Ask the judges of activity about every output, each file in its own time."""
    pool = ProcessPoolExecutor(max_workers=1)
    for one in judged:
        if one.output is None:
            continue
        asked = pool.submit(active.complaints, one.output, one.answer.type)
        try:
            found = asked.result(timeout=_JUDGE_SECONDS)
            # A damaged file that stays as it came is no worse for it.
            one.complaints += [
                line for line in found if one.changed or not line.startswith("qpdf --check")
            ]
        except (FutureTimeoutError, BrokenProcessPool) as error:
            one.complaints.append(f"a judge did not answer: {type(error).__name__}")
            for process in list(pool._processes.values()):
                process.kill()
            pool = ProcessPoolExecutor(max_workers=1)
    pool.shutdown()


def _print(one: Judged) -> None:
    if one.complaints or one.closed:
        lines = [*one.complaints, *(f"{program} no longer opens it" for program in one.closed)]
        what = f"{one.answer.file} ({one.answer.type}, {one.answer.status})"
        click.echo(f"{what}: {'; '.join(lines)}")


if __name__ == "__main__":
    main()
