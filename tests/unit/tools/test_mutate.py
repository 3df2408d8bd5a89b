"""The mutator: the same seed gives the same mails, and they differ from their sources."""

from itertools import islice
from pathlib import Path

import pytest
from click.testing import CliRunner

from tools.mutate import built_in, load, mutate, mutations
from tools.mutate.__main__ import main
from tools.mutate.engine import MAX_BYTES


def test_the_same_seed_gives_the_same_mails_and_each_can_be_made_alone() -> None:
    first = list(islice(mutations(7, built_in()), 50))
    assert first == list(islice(mutations(7, built_in()), 50))
    assert first != list(islice(mutations(8, built_in()), 50))
    assert mutate(7, 42, built_in()) == first[42]


def test_mails_are_changed_and_bounded() -> None:
    sources = built_in()
    made = list(islice(mutations(1, sources), 200))
    assert sum(mail in sources for mail in made) < 60
    assert max(map(len, made)) <= MAX_BYTES


def test_without_source_there_is_nothing_to_mutate() -> None:
    with pytest.raises(ValueError, match="no mail"):
        next(mutations(1, []))


def test_files_of_a_directory_are_attached(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"Subject: a\r\n\r\nb\r\n")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4")
    mail, wrapped = load(tmp_path)
    assert mail.startswith(b"Subject: a")
    assert b'filename="b.pdf"' in wrapped and b"JVBERi0xLjQ=" in wrapped


def test_the_command_writes_files(tmp_path: Path) -> None:
    result = CliRunner().invoke(main, ["--seed", "3", "--count", "5", "-o", str(tmp_path / "out")])
    assert result.exit_code == 0, result.output
    written = sorted((tmp_path / "out").iterdir())
    assert [p.read_bytes() for p in written] == list(islice(mutations(3, built_in()), 5))
