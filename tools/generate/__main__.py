"""`python -m tools.generate [--check]`: write docs/generated, or say what is out of date."""

from __future__ import annotations

from pathlib import Path

import click

from tools.generate.pages import PAGES, Page

DIRECTORY = Path(__file__).resolve().parents[2] / "docs" / "generated"


def outdated(directory: Path = DIRECTORY) -> list[str]:
    """Names of the pages that differ from what their objects say now, or are not there."""
    return [page.name for page in PAGES if _committed(directory, page) != page.text()]


def _committed(directory: Path, page: Page) -> str | None:
    path = directory / page.name
    return path.read_text(encoding="utf-8") if path.is_file() else None


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when a page is out of date.")
def main(check: bool) -> None:
    """Write the pages under docs/generated from the objects that run."""
    names = outdated()
    if check and names:
        raise click.ClickException(
            f"out of date: {', '.join(names)}; run `python -m tools.generate` and commit"
        )
    for page in PAGES:
        if page.name in names:
            (DIRECTORY / page.name).write_text(page.text(), encoding="utf-8")
            click.echo(f"wrote docs/generated/{page.name}")


if __name__ == "__main__":
    main()
