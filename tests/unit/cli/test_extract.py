"""`gatewayctl extract`: files in, files without what acts out, and never a result that only looks
safe."""

from __future__ import annotations

import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.app import cli
from gateway.cli.exits import Exit
from tests.unit.stages.mails import attached, docm, mail
from tools.corpus.archives import seven_zip_of, zip_of
from tools.corpus.pdf import acting_pdf, honest_pdf

FIELDS = {"file", "type", "method", "status", "removed", "ms"}
"""What the JSON of a file with a result holds: these keys, and no other."""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli, ["extract", *map(str, arguments)])


def answers(result: Result) -> dict[str, dict[str, object]]:
    found = [json.loads(line) for line in result.stdout.splitlines()]
    return {answer["file"]: answer for answer in found}


def has_macro(document: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        return any("vba" in name for name in archive.namelist())


def test_a_folder_is_worked_through_and_keeps_its_structure(tmp_path: Path) -> None:
    letter, notes = docm("Dear reader"), b"nothing to do\r\n" * 9
    source = tmp_path / "in"
    (source / "deep").mkdir(parents=True)
    (source / "deep" / "letter.docm").write_bytes(letter)
    (source / "notes.txt").write_bytes(notes)
    (source / "all.zip").write_bytes(zip_of({"notes.txt": notes, "letter.docm": letter}))
    (source / "mail.eml").write_bytes(mail(attached("letter.docm", letter)))
    out = tmp_path / "out"
    result = run(source, "-o", out, "--json")
    assert result.exit_code == int(Exit.OK), result.output
    found = answers(result)
    assert {name: answer["status"] for name, answer in found.items()} == {
        "all.zip": "cleaned",
        "mail.eml": "cleaned",
        "notes.txt": "unchanged",
        "deep/letter.docm": "cleaned",
    }
    for answer in found.values():
        assert answer.keys() == FIELDS
        assert answer["method"] == "clean"
    assert (out / "notes.txt").read_bytes() == notes
    assert not has_macro((out / "deep" / "letter.docm").read_bytes())
    with zipfile.ZipFile(out / "all.zip") as archive:
        assert archive.read("notes.txt") == notes
        assert not has_macro(archive.read("letter.docm"))
    removed = found["all.zip"]["removed"]
    assert isinstance(removed, list)
    assert all(set(each) == {"what", "where", "why"} for each in removed)
    assert all(each["where"].startswith("letter.docm!") for each in removed)
    changed = (out / "mail.eml").read_bytes()
    assert changed != (source / "mail.eml").read_bytes()
    assert changed.split(b"\r\n\r\n")[0] == (source / "mail.eml").read_bytes().split(b"\r\n\r\n")[0]


def test_a_failure_has_no_result_and_removes_an_older_one(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.4\n1 0 obj<</Type/Catalog/OpenAction 2 0 R>>endobj\nnothing more")
    packed = tmp_path / "letter.7z"
    packed.write_bytes(seven_zip_of({"letter.docm": docm("Dear reader")})[:-40])
    out = tmp_path / "out"
    out.mkdir()
    (out / "broken.pdf").write_bytes(b"the result of an earlier run")
    result = run(broken, packed, tmp_path / "script.pdf", "-o", out, "--json")
    assert result.exit_code == int(Exit.USAGE)
    (tmp_path / "script.pdf").write_bytes(acting_pdf(("read me",)))
    result = run(broken, packed, tmp_path / "script.pdf", "-o", out, "--json")
    assert result.exit_code == int(Exit.EXTRACTION)
    found = answers(result)
    assert {name: answer["status"] for name, answer in found.items()} == {
        "broken.pdf": "failed",
        "letter.7z": "failed",
        "script.pdf": "cleaned",
    }
    for name in ("broken.pdf", "letter.7z"):
        assert found[name]["error"]
        assert found[name]["removed"] == []
    assert [path.name for path in out.iterdir()] == ["script.pdf"]
    assert "1 cleaned, 2 failed" in result.stderr


def test_one_line_for_each_file(tmp_path: Path) -> None:
    (tmp_path / "a\x1b[31m.pdf").write_bytes(honest_pdf(("read me",)))
    (tmp_path / "script.pdf").write_bytes(acting_pdf(("read me",)))
    result = run(tmp_path / "a\x1b[31m.pdf", tmp_path / "script.pdf", "-o", tmp_path / "out")
    assert result.exit_code == int(Exit.OK), result.output
    first, second = result.stdout.splitlines()
    assert first.startswith("unchanged")
    assert "\x1b" not in result.stdout
    assert second.startswith("cleaned")
    assert "script.pdf: pdf, " in second
    assert "removed: JavaScript" in second
    assert (tmp_path / "out" / "a\x1b[31m.pdf").read_bytes() == honest_pdf(("read me",))


def test_what_would_overwrite_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    for folder in ("a", "b"):
        (tmp_path / folder / "same.txt").write_bytes(b"text")
    result = run(tmp_path / "a", tmp_path / "b", "-o", tmp_path / "out")
    assert result.exit_code == int(Exit.USAGE)
    assert "two files would be written to" in result.stderr
    result = run(tmp_path / "a" / "same.txt", "-o", tmp_path / "a")
    assert result.exit_code == int(Exit.USAGE)
    assert "over a file to extract" in result.stderr
    assert (tmp_path / "a" / "same.txt").read_bytes() == b"text"


def test_what_is_no_regular_file_fails_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    result = run(tmp_path / "pipe", "-o", tmp_path / "out", "--json")
    assert result.exit_code == int(Exit.EXTRACTION)
    assert answers(result)["pipe"]["error"] == "it is no regular file"


@pytest.mark.parametrize("switch", ["true", "false"])
def test_policy_says_what_is_taken_out(tmp_path: Path, switch: str) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        f"[extract]\nenabled = false\ntypes = []\n[extract.remove]\nmacros = {switch}\n"
    )
    (tmp_path / "letter.docm").write_bytes(docm("Dear reader"))
    result = run(tmp_path / "letter.docm", "-o", tmp_path / "out", "--json", "--policy", policy)
    status = answers(result)["letter.docm"]["status"]
    assert status == ("cleaned" if switch == "true" else "unchanged")
