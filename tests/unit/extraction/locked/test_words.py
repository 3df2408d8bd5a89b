"""Which words of a mail are tried, and how soon."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.extraction.locked.words import (
    EXCEL_DEFAULT,
    MAX_WORD,
    POWERPOINT_DEFAULT,
    Hints,
    candidates,
)

MOST = 200


def tried(text: str, **more: tuple[str, ...]) -> list[str]:
    hints = Hints(texts=(text.encode(),), **more)  # type: ignore[arg-type]
    return [word.text for word in candidates(hints, MOST)]


@pytest.mark.parametrize(
    ("text", "password"),
    [
        ("Here is the file. Password: Abc-123", "Abc-123"),
        ("The password for the archive is infected!", "infected"),
        ("Das Passwort lautet: Sommer2026.", "Sommer2026"),
        ("Kennwort = 4711", "4711"),
        ("mot de passe : été2026", "été2026"),
        ("La contraseña es Perro_99", "Perro_99"),
        ("Пароль: тайна42", "тайна42"),
        ("密码：abc888", "abc888"),
        ("パスワードは himitsu7 です", "himitsu7"),
        ("<p>Password:&nbsp;<b>a&amp;b9</b></p>", "a&b9"),
        ("pw: correct horse battery", "correct horse battery"),
        ('open it with "two words" please', "two words"),
        ("PIN 0815\nregards", "0815"),
    ],
)
def test_what_follows_the_word_for_password_comes_first(text: str, password: str) -> None:
    assert password in tried(text)[:9]


def test_the_format_and_policy_come_before_plain_words() -> None:
    found = tried("nothing points to it 2026", listed=("infected", "1234"))
    assert found[0] == EXCEL_DEFAULT
    assert found.index("infected") < found.index("2026") < found.index("nothing")


def test_names_are_words_too() -> None:
    assert {"invoice_8837", "8837"} & set(tried("", names=("mails/invoice_8837.zip",)))


def test_words_of_the_mail_are_told_from_given_ones() -> None:
    words = candidates(Hints(listed=("infected",), texts=(b"hello there",)), MOST)
    assert {word.text: word.from_mail for word in words} == {
        EXCEL_DEFAULT: False,
        POWERPOINT_DEFAULT: False,
        "infected": False,
        "hello": True,
        "there": True,
    }


@given(st.binary(max_size=2000), st.text(max_size=100), st.integers(0, 300))
def test_any_text_gives_a_bounded_number_of_different_words(
    text: bytes, subject: str, most: int
) -> None:
    found = [word.text for word in candidates(Hints(subject, (subject,), (), (text,)), most)]
    assert len(found) <= most and len(set(found)) == len(found)
    assert all(0 < len(word) <= MAX_WORD for word in found)
