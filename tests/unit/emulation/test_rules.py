"""Rules are data: the shipped ones are sound, and a wrong file tells all its mistakes at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.emulation import RuleError, load_rules

WRONG = """
[[rule]]
id = "Bad Id"
title = "x"
says = "no capital, no stop"
severity = "terrible"
confidence = 130
technique = "X1"
needs = [{ kind = ["file"], action = ["connect"], target = "(" }]

[[rule]]
id = "second"
title = "x"
says = "A good sentence."
severity = "low"
confidence = 1
technique = "T1000"
needs = [{ kind = ["file"], same_target = 0 }]
"""


def test_shipped_rules_are_sound() -> None:
    rules = load_rules()
    assert len(rules.rules) > 60
    assert len(rules.version) == 12


def test_all_mistakes_of_all_files_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(WRONG)
    (tmp_path / "b.toml").write_text("[[rule]\n")
    with pytest.raises(RuleError) as caught:
        load_rules(tmp_path)
    message = str(caught.value)
    for words in ("id", "says", "severity", "confidence", "technique", "needs.0.target"):
        assert f"rule Bad Id: {words}" in message
    assert "refers to need 0" in message
    assert "b.toml" in message


@pytest.mark.parametrize(
    ("needs", "words"),
    [
        ('[{ kind = ["file"], action = ["connect"] }]', "no such action"),
        ("[{ colour = 1 }]", "colour"),
        ("[]", "at least one condition"),
    ],
)
def test_single_mistakes(tmp_path: Path, needs: str, words: str) -> None:
    file = tmp_path / "r.toml"
    file.write_text(
        '[[rule]]\nid = "r"\ntitle = "t"\nsays = "It does something."\nseverity = "low"\n'
        f'confidence = 5\ntechnique = "T1059.004"\nneeds = {needs}\n'
    )
    with pytest.raises(RuleError, match=words):
        load_rules(file)


def test_same_id_twice_and_no_rules(tmp_path: Path) -> None:
    with pytest.raises(RuleError, match="no rules"):
        load_rules(tmp_path)
    text = (
        '[[rule]]\nid = "r"\ntitle = "t"\nsays = "It does something."\nseverity = "low"\n'
        'confidence = 5\ntechnique = "T1059"\nneeds = [{ kind = ["file"] }]\n'
    )
    (tmp_path / "a.toml").write_text(text)
    (tmp_path / "b.toml").write_text(text)
    with pytest.raises(RuleError, match="twice"):
        load_rules(tmp_path)
