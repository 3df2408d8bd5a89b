"""The judge opens what is locked with the words everybody knows, and complains of the rest."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf

from tools.judge.keys import open_locked
from tools.judge.model import Answer, Judged


def locked(password: str) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(out, encryption=pikepdf.Encryption(owner=password, user=password))
    return out.getvalue()


def judged(folder: Path, before: bytes, after: bytes) -> Judged:
    source, output = folder / "before.pdf", folder / "after.pdf"
    source.write_bytes(before)
    output.write_bytes(after)
    answer = Answer("before.pdf", "pdf", "clean", "cleaned", [], 1.0)
    return Judged(answer, source, output)


def test_both_sides_are_judged_without_their_lock(tmp_path: Path) -> None:
    one = judged(tmp_path, locked("infected"), locked("infected"))
    open_locked([one], tmp_path / "opened")
    assert not one.complaints
    assert one.output is not None
    for path in (one.source, one.output):
        with pikepdf.open(path) as pdf:
            assert not pdf.is_encrypted


def test_an_output_under_another_password_is_a_complaint(tmp_path: Path) -> None:
    one = judged(tmp_path, locked("infected"), locked("a word that nobody knows"))
    open_locked([one], tmp_path / "opened")
    assert len(one.complaints) == 1


def test_what_has_no_lock_is_judged_as_it_is(tmp_path: Path) -> None:
    plain = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.save(plain)
    one = judged(tmp_path, plain.getvalue(), plain.getvalue())
    open_locked([one], tmp_path / "opened")
    assert one.source == tmp_path / "before.pdf"
