"""Reports of detonations: what the data hold, and a page that hostile names cannot write on."""

from __future__ import annotations

import re

import msgspec

from gateway.emulation import (
    Actor,
    Behaviour,
    Child,
    Detonation,
    Kind,
    Sample,
    StopKind,
    Stopped,
    judge,
    load_rules,
)
from gateway.emulation.attack import TECHNIQUES, Tactic, technique
from gateway.emulation.page import FirstPage, matrix, page, process_tree
from gateway.emulation.report import (
    ActorLine,
    BehaviourLine,
    EmulationReport,
    report_of,
    report_on_inert,
    report_without_run,
)

RULES = load_rules()
HOSTILE = "<script>alert(1)</script>"


def _report(name: str = "x.sh", target: str = "/tmp/.x", data: bytes = b"") -> EmulationReport:
    shell, child = Actor(2, 1, "/bin/sh"), Actor(3, 2, "/usr/bin/python3")
    behaviours = (
        Behaviour(0.01, Kind.FILE, shell, "write", target, ("create",)),
        Behaviour(0.02, Kind.PROCESS, shell, "execute", "/usr/bin/python3", ("python3",)),
        Behaviour(0.30, Kind.NETWORK, child, "connect", "203.0.113.7:4444", (), "refused", 3),
    )
    detonation = Detonation(
        environment="gvisor",
        version="1",
        behaviours=behaviours,
        children=(Child(target, "ab" * 32, 3, b"abc"),),
        output=HOSTILE.encode(),
        exit_status=0,
        seconds=0.5,
        stopped_by=Stopped(StopKind.TIMED_OUT, "ten seconds were over"),
    )
    sample = Sample(name, "sh", data or b"#!/bin/sh\necho '" + HOSTILE.encode() + b"'\n")
    return report_of(sample, detonation, judge(detonation, RULES), RULES.version)


def test_a_report_says_what_was_seen_and_what_ended_it() -> None:
    report = _report()
    assert report.verdict == "malicious" and report.confidence > 80
    assert report.stopped_by == "ten seconds were over" and report.ms == 500.0
    assert report.behaviours[2].actor.parent == 2 and report.behaviours[2].count == 3
    assert report.rules[0].severity == "high" and report.rules[0].evidence
    assert [child.size for child in report.children] == [3]


def test_the_data_have_the_names_that_were_promised() -> None:
    data = msgspec.json.decode(msgspec.json.encode(_report()))
    promised = "file type sha256 environment verdict confidence behaviours rules children ms"
    assert {*promised.split(), "stopped_by"} <= data.keys()
    assert {"id", "severity", "technique", "evidence"} <= data["rules"][0].keys()


def test_what_no_environment_runs_is_unscanned_and_what_cannot_act_is_clean() -> None:
    missing = report_without_run(Sample("a.exe", "pe", b"MZ"), "no environment runs it")
    assert missing.verdict == "unscanned" and missing.stopped_by == "no environment runs it"
    inert = report_on_inert(Sample("a.txt", "text", b"x"))
    assert inert.verdict == "clean" and not inert.stopped_by and "cannot act" in inert.reason


def test_nothing_hostile_reaches_the_page_unescaped() -> None:
    made = page(_report(name=HOSTILE, target="/tmp/" + HOSTILE))
    assert HOSTILE not in made and "&lt;script&gt;" in made
    assert "default-src 'none'" in made


def test_the_page_fetches_nothing() -> None:
    made = page(_report())
    assert not re.search(r"(?:src|href)\s*=|url\(|@import|<(?:script|link|img|iframe)\b", made)


def test_the_first_page_is_shown_or_it_is_said_why_not() -> None:
    shown = page(_report(), FirstPage(b"\x89PNG"))
    assert 'src="data:image/png;base64,iVBORw=="' in shown and "There is no picture" not in shown
    missing = page(_report(), FirstPage(b"", "LibreOffice is not installed"))
    assert "There is no picture of it: LibreOffice is not installed." in missing
    assert "<img" not in missing and "first page" not in page(_report())


def test_the_page_shows_each_rule_and_each_act() -> None:
    report = _report()
    made = page(report)
    assert all(rule.id in made for rule in report.rules)
    assert "203.0.113.7:4444" in made and "refused" in made and "ab" * 32 in made


def test_processes_stand_below_those_that_started_them() -> None:
    (root,) = process_tree(_report().behaviours)
    assert root.program == "/bin/sh" and root.acts == 2
    assert [child.pid for child in root.children] == [3] and root.children[0].acts == 3


def test_a_program_that_was_only_started_stands_below_who_started_it() -> None:
    start = ActorLine(1, 0, "wscript.exe")
    lines = [
        BehaviourLine(0.1, "process", "execute", target, ["-x"], start, failed, 1)
        for target, failed in (("cmd.exe", ""), ("cmd.exe", ""), ("no.exe", "not found"))
    ]
    (root,) = process_tree(lines)
    assert [(child.program, child.words, child.pid) for child in root.children] == [
        ("cmd.exe", "-x", 0)
    ]


def test_the_matrix_follows_the_course_of_an_attack() -> None:
    tactics = [tactic for tactic, _ in matrix(_report().rules)]
    order = [tactic.value for tactic in Tactic]
    assert tactics == sorted(tactics, key=order.index) and tactics


def test_every_rule_names_a_technique_that_is_known() -> None:
    assert not {rule.technique for rule in RULES.rules} - TECHNIQUES.keys()


def test_an_unknown_technique_keeps_its_number() -> None:
    assert technique("T1059.999").tactic is Tactic.EXECUTION
    assert technique("T9999").name == "T9999"


def test_binary_samples_are_not_shown_as_text() -> None:
    assert _report(data=b"\x7fELF\0\0\1").text == ""
    assert "\x1b" not in _report(data=b"#!/bin/sh\n\x1b[2J").text
