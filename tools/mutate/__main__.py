"""`python -m tools.mutate --seed S --count N [--from DIR] -o DIR`: write mutated mails as files."""

from itertools import islice
from pathlib import Path

import click

from tools.mutate.engine import mutations
from tools.mutate.sources import built_in, load


@click.command()
@click.option("--seed", type=int, default=0, show_default=True, help="Same seed, same mails.")
@click.option("--count", type=click.IntRange(1), default=100, show_default=True)
@click.option(
    "--from",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Mails (*.eml, *.mbox) and files to attach; built-in mails without it.",
)
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), required=True)
def main(seed: int, count: int, folder: Path | None, output: Path) -> None:
    """Write COUNT mutated mails into OUTPUT."""
    sources = load(folder) if folder is not None else built_in()
    if not sources:
        raise click.ClickException(f"there is no mail and no file below {folder}")
    output.mkdir(parents=True, exist_ok=True)
    for number, mail in enumerate(islice(mutations(seed, sources), count)):
        (output / f"{seed}-{number:06}.eml").write_bytes(mail)
    click.echo(f"{count} mails of seed {seed} from {len(sources)} sources in {output}")


if __name__ == "__main__":
    main()
