"""`python -m tools.fuzz explain --count N --seed S [--jobs J]`; exit code 1 when a mail failed."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import click

from tools.clamd import server
from tools.fuzz.campaign import MAX_REASONS, SLOW_SECONDS, Campaign, Tally, run
from tools.fuzz.explainer import Setup
from tools.fuzz.sources import CORPUS

_FOLDER = click.Path(file_okay=False, path_type=Path)
PROGRESS_SECONDS = 10.0


@click.group(help=__doc__)
def main() -> None:
    """The command line."""


@main.command()
@click.option("--count", type=click.IntRange(1), default=1000, show_default=True, help="Mails.")
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same mails.")
@click.option("--first", type=click.IntRange(0), default=0, help="Number of the first mail.")
@click.option("--jobs", type=click.IntRange(1), default=1, show_default=True, help="Processes.")
@click.option("--emulate", is_flag=True, help="Run scripts and programs in guests, too (root).")
@click.option("--corpus", type=_FOLDER, default=CORPUS, help="Mails and files to mutate.")
@click.option(
    "--keep",
    "keep_in",
    type=_FOLDER,
    default=Path("build/fuzz"),
    show_default=True,
    help="Where mails that fail are written, with what was wrong.",
)
def explain(
    count: int, seed: int, first: int, jobs: int, emulate: bool, corpus: Path, keep_in: Path
) -> None:
    """Explain mutated mails: no exception, no hang, every trace complete."""
    with tempfile.TemporaryDirectory(prefix="sluice-fuzz-clamd-") as directory:
        clamd = _clamd(Path(directory))
        try:
            campaign = Campaign(seed, first, count, corpus, Setup(clamd, emulate))
            total = _watch(campaign, jobs, keep_in)
        finally:
            server.down(Path(directory))
    _summarize(total, keep_in)
    raise SystemExit(1 if total.failures else 0)


def _clamd(directory: Path) -> str:
    """The socket of a clamd of our own; empty without one."""
    try:
        return str(server.up(directory))
    except (server.ClamdMissingError, server.ClamdStartError) as error:
        click.echo(f"without antivirus: {error}")
        return ""


def _watch(campaign: Campaign, jobs: int, keep_in: Path) -> Tally:
    started = told = time.monotonic()
    total = Tally()
    for total in run(campaign, jobs, keep_in):
        now = time.monotonic()
        if now - told >= PROGRESS_SECONDS or total.mails == campaign.count:
            told = now
            rate = total.mails / (now - started)
            click.echo(
                f"{total.mails} of {campaign.count} mails, {rate:.1f} a second, "
                f"{total.subjects} subjects, {len(total.failures)} failures"
            )
    return total


def _summarize(total: Tally, keep_in: Path) -> None:
    click.echo(
        f"\n{total.mails} mails, {total.subjects} subjects, {total.rows} rows; "
        f"slowest: {total.slowest:.1f} s ({total.slowest_words}), "
        f"{total.slow} above {SLOW_SECONDS:.0f} s, "
        f"on average {total.seconds / max(1, total.mails) * 1000:.0f} ms; "
        f"memory of one process at most {total.peak_kib // 1024} MiB"
    )
    click.echo(f"{total.extracted} extracted mails were explained again")
    for title, counts in (
        ("verdicts", total.verdicts),
        ("actions", total.actions),
        ("outcomes", total.outcomes),
    ):
        words = ", ".join(f"{name} {count}" for name, count in counts.most_common())
        click.echo(f"{title}: {words}")
    click.echo(f"rows that failed or timed out, {sum(total.broken.values())} in all:")
    for reason, count in total.broken.most_common(MAX_REASONS):
        click.echo(f"  {count:6} {reason}")
    click.echo(f"{len(total.failures)} failures")
    for number, sentence in total.failures[:MAX_REASONS]:
        click.echo(f"  mail {number}: {sentence}")
    if total.failures:
        click.echo(f"the mails are in {keep_in}")


if __name__ == "__main__":
    main()
