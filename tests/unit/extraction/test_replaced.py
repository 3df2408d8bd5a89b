"""Notes in the place of files that have no clean form: words, names, and what they never do."""

from __future__ import annotations

from dataclasses import fields
from string import Formatter

import pytest

from gateway.extraction import replaced
from gateway.extraction.replaced import RemovedFile, acts_under_its_name, kind_of, note_for
from gateway.extraction.replaced_words import GENERAL, WORDS, ReplacedKind
from gateway.model.language import Language
from gateway.policy import Policy

SETUP = RemovedFile("setup.exe", "pe", 1234, "ab" * 32)


@pytest.mark.parametrize("language", Language)
def test_each_language_says_everything_of_every_kind(language: Language) -> None:
    words = WORDS[language]
    named = {name for _, name, _, _ in Formatter().parse(words.text) if name}
    assert named == set(replaced.PLACEHOLDERS)
    assert set(words.kinds) == set(ReplacedKind) == set(GENERAL)
    for kind in words.kinds.values():
        assert all(getattr(kind, each.name) for each in fields(kind))
    text = note_for(SETUP, (language,)).content.decode()
    for fact in ("setup.exe", "1234", "ab" * 32, "(pe)", words.kinds[ReplacedKind.PROGRAM].why):
        assert fact in text
    assert "{" not in text


def test_several_languages_stand_one_below_the_other_each_once() -> None:
    text = note_for(SETUP, (Language.DE, Language.EN, Language.DE)).content.decode()
    assert text.index("wurde aus dieser Mail entfernt") < text.index("was removed from this mail")
    assert text.count("ab" * 32) == 2


def test_an_own_text_stands_in_place_of_the_built_in_one() -> None:
    note = note_for(SETUP, (Language.EN,), "{name} ({size}) {is gone {sha256}")
    assert note.content.decode() == f"setup.exe (1234 bytes) {{is gone {'ab' * 32}\n"


@pytest.mark.parametrize(
    ("untrusted_name", "name"),
    [
        ("setup.exe", "setup.exe.txt"),
        ("", "removed-file.txt"),
        ("a\r\nBcc: x@example.org", "a??Bcc: x@example.org.txt"),
        ("annex\u202efdp.exe", "annex?fdp.exe.txt"),
        ("..\\..\\a/b.js", ".._.._a_b.js.txt"),
        ("x" * 5000, "x" * replaced.MAX_NAME + ".txt"),
        ("Übersicht.lnk", "Übersicht.lnk.txt"),
    ],
)
def test_the_note_is_called_after_the_file(untrusted_name: str, name: str) -> None:
    note = note_for(RemovedFile(untrusted_name, "pe", 0, ""), (Language.EN,))
    assert note.name == name


def test_a_name_that_looks_like_a_placeholder_is_only_a_name() -> None:
    note = note_for(RemovedFile("{sha256}{name}", "pe", 0, "digest"), (Language.EN,))
    assert '"{sha256}{name}"' in note.content.decode()


def test_what_policy_replaces_by_default_has_words_of_its_own() -> None:
    kinds = {name: kind_of(name) for name in Policy().extract.replace.types}
    assert ReplacedKind.OTHER not in kinds.values()
    assert kinds["lnk"] is ReplacedKind.SHORTCUT
    assert kinds["onenote"] is ReplacedKind.NOTEBOOK
    assert kinds["hta"] is ReplacedKind.SCRIPT
    assert kind_of("docx") is ReplacedKind.OTHER


@pytest.mark.parametrize(
    ("name", "type_name", "acts"),
    [
        ("build.py", "python", True),
        ("notes.txt", "python", False),
        ("table.csv", "powershell", False),
        ("page.html", "javascript", True),
        ("without-extension", "sh", True),
        ("NOTES.TXT .", "batch", False),
        ("notes.txt", "pe", True),
    ],
)
def test_a_script_under_the_name_of_a_text_is_read_and_not_run(
    name: str, type_name: str, acts: bool
) -> None:
    assert acts_under_its_name(name, type_name) is acts
