"""[passwords] of policy.toml: how files that a password protects are opened."""

from __future__ import annotations

from gateway.policy.setting import Section, setting


class PasswordSection(Section):
    """Files behind a password: words of the mail are tried, as a reader would find them there."""

    enabled: bool = setting(
        True,
        "Whether locked files are tried with words from the mail and from the list.",
        reason="who sends malware behind a password writes the password into the same mail",
    )
    words: int = setting(
        200,
        "Words that are tried on one file.",
        unit="words",
        reason="a password stands near the word for it or in quotes: it is among the first dozen; "
        "Office makes each try cost a tenth of a second",
        at_least=1,
        at_most=10_000,
    )
    list: tuple[str, ...] = setting(
        ("infected", "password", "1234", "12345", "123456"),
        "Passwords that are tried besides the words of the mail.",
        reason="habits: analysts send samples as 'infected', people invent no better ones",
    )
