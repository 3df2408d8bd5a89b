"""How kept mails look on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gateway.cli.kept import KeptMail
from gateway.cli.screen import styled
from gateway.cli.words import size_words

_SHOWN_ID = 20
"""Characters of an id: all there are."""


def show_list(mails: Sequence[KeptMail], noun: str, out: Console) -> None:
    """One row for each mail, oldest first."""
    if not mails:
        out.print(f"No {noun} is kept.")
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for name in ("id", "kept", "from", "for", "size", "why"):
        table.add_column(name, overflow="fold", no_wrap=name == "id")
    for mail in mails:
        table.add_row(
            styled(mail.id, "bold"),
            _time(mail.at),
            styled(mail.sender or "<>"),
            styled("\n".join(mail.recipients)),
            size_words(mail.size),
            styled("; ".join(mail.why)),
        )
    out.print(table)


def show_one(mail: KeptMail, out: Console) -> None:
    """Everything known of one mail."""
    for line in _lines(mail):
        out.print(line, soft_wrap=True)


def _lines(mail: KeptMail) -> Iterator[Text]:
    fields = [("id", mail.id), ("kept", _time(mail.at))]
    if mail.until:
        fields.append(("until", _time(mail.until)))
    fields += [("from", mail.sender or "<>"), ("for", ", ".join(mail.recipients))]
    if mail.subject:
        fields.append(("subject", mail.subject))
    if mail.server:
        fields.append(("on its way", f"{mail.client} -> {mail.server} port {mail.port}"))
    fields += [("size", size_words(mail.size)), ("SHA-256", mail.sha256)]
    fields += [("why", line) for line in mail.why]
    for name, value in fields:
        yield styled(f"{name:<12}", "dim").append_text(styled(value))


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M")
