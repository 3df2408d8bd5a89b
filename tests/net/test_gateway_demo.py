"""End to end: every mail of the demo through a real gateway, compared with its promise.

Real client, NIC pair in namespaces, gateway, Postfix. LibreOffice is left to the demo itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.net.gateway_stand import running
from tools.corpus import demo_mails
from tools.demo import printing
from tools.demo.run import Line, send_all

pytestmark = pytest.mark.root

HAPPENED = re.compile(r"^(\S.{20}) +(\d{3} [a-z-]+|\d{3}(?= ))", re.MULTILINE)
"""The first line of a mail in the table: the beginning of its title, and the answer."""

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.fixture(scope="module")
def lines() -> Iterator[dict[str, Line]]:
    """All mails in their order, as the demo sends them, by name."""
    with running("e") as stand:
        sent = send_all(stand, lambda _: None, open_office=False)
        yield {line.name: line for line in sent}


@pytest.mark.parametrize("name", [mail.name for mail in demo_mails()])
def test_a_mail_of_the_demo_keeps_its_promise(lines: dict[str, Line], name: str) -> None:
    assert lines[name].differs == ()


def test_the_readme_shows_what_the_demo_prints(
    lines: dict[str, Line], capsys: pytest.CaptureFixture[str]
) -> None:
    """Each mail with what happened to it, the sum and the last words; how reasons are put may
    change without it."""
    sent = list(lines.values())
    printing.print_all(printing.table(sent))
    printed = capsys.readouterr().out
    shown = "\n".join(line.removeprefix("    ") for line in README.read_text().splitlines())
    assert HAPPENED.findall(printed) == HAPPENED.findall(shown), "README.md: paste the demo's table"
    assert printed.splitlines()[-1] in shown
    assert printing.NEXT_STEPS in shown
