"""The hosts that a file's links lead to meet policy's lists and the feeds."""

from __future__ import annotations

import pytest

from gateway.engines.reputation import Feeds
from gateway.model import Action, Verdict
from gateway.pipeline import Case, findings_of
from tests.unit.stages.line import Line, outcome
from tools.corpus.compose import Attachment, compose

HTML = b'<p>Read <a href="https://files.bad.example/a">this</a>.</p>'
FEEDS = Feeds(hosts=frozenset({"bad.example"}))


def run(line: Line, policy: str = "", feeds: Feeds = FEEDS, page: bytes = HTML) -> Case:
    mail = compose(
        sender="sender@client.example",
        recipients=("anna@corp.example",),
        subject="links",
        text="See the page.",
        attachments=(Attachment("page.html", "text/html", page),),
    )
    return line.run(mail, policy=policy, feeds=feeds)


def codes(case: Case) -> set[str]:
    return {finding.code for finding in findings_of(case.trace.rows())}


def test_a_host_of_the_feeds_makes_its_file_malicious(line: Line) -> None:
    case = run(line)
    assert "reputation.host" in codes(case)
    assert case.verdict is Verdict.MALICIOUS
    assert case.dispositions[0].action is Action.REJECT
    assert "files.bad.example" in case.dispositions[0].reason


@pytest.mark.parametrize(
    ("policy", "feeds"),
    [
        ('[lists]\nallow_hosts = ["bad.example"]\n', FEEDS),
        ("[reputation]\nenabled = false\n", FEEDS),
        ("", Feeds(hosts=frozenset({"worse.example"}))),
        ("", Feeds()),
    ],
)
def test_hosts_that_are_allowed_or_unknown_change_nothing(
    line: Line, policy: str, feeds: Feeds
) -> None:
    case = run(line, policy, feeds)
    assert "reputation.host" not in codes(case)
    assert case.dispositions[0].action is Action.DELIVER


def test_a_blocked_host_refuses_the_mail_and_ends_the_files_plan(line: Line) -> None:
    case = run(line, '[lists]\nblock_hosts = ["bad.example"]\n', Feeds())
    (disposition,) = case.dispositions
    assert disposition.action is Action.REJECT
    assert "files.bad.example, which is blocked (" in disposition.reason
    page = next(part for part in case.parts if part.name == "page.html")
    assert page.listed == "block"
    assert "NotReached" in outcome(case, "emulate", page.id)
