"""The environment `pdf`: what ends a run early."""

from __future__ import annotations

import io
from pathlib import Path

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, String

from gateway.emulation import Budget, Detonation, StopKind, judge
from gateway.emulation.scripts import ScriptEnvironment
from gateway.model import Verdict
from tests.unit.emulation.judging import BUDGET, RULES, expect_stopped, ran, verdict_of
from tools.corpus.detections.pdf_files import Box, Note, action, document, script, written

CORPUS = Path(__file__).resolve().parents[4].parent / "shared/corpus"


def _run(pdf: ScriptEnvironment, data: bytes, budget: Budget = BUDGET) -> Detonation:
    return ran(pdf, "d.pdf", "pdf", data, budget)


def _said(pdf: ScriptEnvironment, code: str, **parts: object) -> list[str]:
    """What a script that runs on opening tells by `app.alert`, one word a call."""
    result = _run(pdf, document(opening=code, **parts))  # type: ignore[arg-type]  # as document says
    assert result.stopped_by is None, result.stopped_by
    return result.output.decode().split("\r\n")


def test_documents_of_the_corpus_raise_no_alarm(pdf: ScriptEnvironment) -> None:
    if not CORPUS.exists():
        pytest.skip("the corpus is not beside the repository")
    for path in sorted(CORPUS.rglob("*.pdf"))[::4]:
        judgement = judge(_run(pdf, path.read_bytes()), RULES)
        assert judgement.verdict.rank <= Verdict.UNSCANNED.rank, (path, judgement)


@pytest.mark.parametrize(
    ("code", "stop"),
    [
        ("while (true) {}", StopKind.TIMED_OUT),
        ("app.alert('x'); while (true) { util.printd('yyyy', new Date()); }", StopKind.TIMED_OUT),
        ("no.such.thing();", StopKind.INCOMPLETE),
        ("var = ;", StopKind.INCOMPLETE),
        ("try { this.preflight(); } catch (e) {}", StopKind.INCOMPLETE),
    ],
)
def test_what_was_not_seen_to_its_end_is_never_clean(
    pdf: ScriptEnvironment, code: str, stop: StopKind
) -> None:
    result = _run(pdf, document(opening=code), Budget(seconds=1.0))
    expect_stopped(result, stop)


def test_memory_that_is_filled_is_told_and_ends_the_run(pdf: ScriptEnvironment) -> None:
    code = "var held = []; while (true) held.push(new Array(100000).join(held.length + 'abc'));"
    result = _run(pdf, document(opening=code))
    expect_stopped(result, StopKind.MEMORY)
    assert "pdf-fills-memory" in [hit.rule.id for hit in judge(result, RULES).hits]


def test_seen_before_the_kill_is_kept_and_judged(pdf: ScriptEnvironment) -> None:
    code = "this.exportDataObject({cName: 'a.js', nLaunch: 2}); while (true) {}"
    result = _run(pdf, document(opening=code, attached={"a.js": b"1"}), Budget(seconds=1.0))
    assert verdict_of(result) is Verdict.MALICIOUS
    assert [child.path for child in result.children] == ["a.js"]


def test_triggers_run_in_the_order_of_a_reader(pdf: ScriptEnvironment) -> None:
    def say(word: str) -> Dictionary:
        return script(f"app.alert('{word}');")

    field = Box("f", value="v", events={key: f"app.alert('{key}');" for key in "CFVKXUDE"})
    data = document(
        opening="app.alert('open');",
        named={"b": "app.alert('second');", "a": "app.alert('first');"},
        page_events={"O": say("page"), "C": say("page closed")},
        document_events={"WC": say("closes"), "WP": say("prints")},
        notes=[Note("/Link", action=say("pressed"), events={"E": say("touched")})],
        fields=[field],
    )
    said = _run(pdf, data).output.decode().split("\r\n")
    assert said == [
        *("first", "second", "open", "page", "touched", "pressed", "page closed"),
        *("E", "D", "U", "K", "K", "V", "F", "X"),
        *("prints", "closes", "C"),
    ]


def test_a_chain_of_actions_is_followed_to_its_end(pdf: ScriptEnvironment) -> None:
    last = action("URI", URI="https://a.example/")
    chain = action("GoTo", D=String("x"), Next=Array([script("app.alert(1);"), last]))
    result = _run(pdf, document(opening=chain))
    assert result.output == b"1"
    assert "a.example:443" in [each.target for each in result.behaviours]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("app.alert(eval('1 + 1'));", ["2"]),
        ("var e = eval; app.alert(e('3'));", ["3"]),
        ("function f() { var a = 4; return eval('a'); } app.alert(f());", ["4"]),
        ("app.alert(this['ev' + 'al']('5')); app.alert(app.eval('6'));", ["5", "6"]),
        ("app.alert(new Function('return 7')());", ["7"]),
        ("for each (var x in [1, 2]) app.alert(x);", ["1", "2"]),
        ("try { throw 8; } catch (e if e == 8) { app.alert(e); }", ["8"]),
        ("app.setTimeOut('app.alert(9)', 99999); app.alert('before');", ["before", "9"]),
        ("this.addScript('n', 'app.alert(10)');", ["10"]),
    ],
)
def test_code_of_text_runs_and_is_told(pdf: ScriptEnvironment, code: str, said: list[str]) -> None:
    assert _said(pdf, code) == said


def test_code_made_of_text_is_written_down_as_it_runs(pdf: ScriptEnvironment) -> None:
    inner = "app.alert('deep');"
    outer = f"eval(unescape('{''.join(f'%{ord(c):02x}' for c in inner)}'));"
    data = document(opening=f"eval({outer!r});")
    told = [each.arguments[0] for each in _run(pdf, data).behaviours if each.action == "execute"]
    assert told == [outer, inner]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("util.printf('%.2f|%,0.2f|%d', 1234.567, 1234.567, 7.9)", "1234.57|1,234.57|7"),
        ("util.printf('%5s|%x|%,.1f', 'a', 255, 1234)", "    a|ff|1,234.0"),
        ("app.doc === this", "true"),
        ("util.printd('yyyy-mm-dd HH:MM', new Date(2026, 4, 3, 9, 5))", "2026-05-03 09:05"),
        ("util.printd('mmmm d, yyyy', util.scand('d.m.yy', '3.5.26'))", "May 3, 2026"),
        ("util.scand('mm/dd/yyyy', '13/45/2026')", "null"),
        ("util.printx('(999) 999-9999', '0301234567')", "(030) 123-4567"),
        ("util.stringFromStream(util.streamFromString('words'))", "words"),
        ("this.numPages + this.documentFileName", "1d.pdf"),
        ("this.path", "/C/Users/anna/Downloads/d.pdf"),
        ("this.info.Title + this.info.title", "TT"),
        ("AFMakeNumber('1,5') + AFMakeNumber('-2')", "-0.5"),
        ("typeof app.noSuchThing", "undefined"),
        ("this.getField('nothing')", "null"),
        ("event.type + event.name + (event.target === this)", "DocOpentrue"),
    ],
)
def test_objects_answer_as_documented(pdf: ScriptEnvironment, code: str, said: str) -> None:
    assert _said(pdf, f"app.alert(String({code}));", info={"Title": "T"}) == [said]


def test_forms_compute_as_in_the_reader(pdf: ScriptEnvironment) -> None:
    formats = "AFNumber_Format(2, 2, 2, 0, '', true); app.alert(event.value);"
    percent = "AFPercent_Format(0, 0); app.alert(event.value);"
    within = "AFRange_Validate(true, 1, true, 99); app.alert(event.rc);"
    twice = "event.value = getField('sum').value * 2; app.alert(event.value);"
    fields = [
        Box("a.x", value="1234.5"),
        Box("a.y", value="10"),
        Box("sum", events={"C": 'AFSimple_Calculate("SUM", "a");'}),
        Box("twice", events={"C": twice}),
        Box("shown", value="-1234.5", events={"F": formats}),
        Box("share", value="0.5", events={"F": percent}),
        Box("range", value="200", events={"V": within}),
    ]
    result = _run(pdf, document(fields=fields, calculated=["sum", "twice"]))
    assert result.stopped_by is None
    assert result.output.decode().split("\r\n") == [
        *("(1.234,50)", "50%", "Invalid value: must be within the range", "false", "2489"),
    ]


def test_exploits_for_older_readers_are_met_there_only(pdf: ScriptEnvironment) -> None:
    code = (
        "if (app.viewerVersion < 8) util.printf('%45000f', 1); else app.alert(app.viewerVersion);"
    )
    result = _run(pdf, document(opening=code))
    assert result.output == b"24.002\r\n9\r\n8"
    assert "pdf-exploits-printf" in [hit.rule.id for hit in judge(result, RULES).hits]


def test_a_program_on_a_click_is_suspicious(pdf: ScriptEnvironment) -> None:
    launch = Dictionary(S=Name.Launch, F=String("calc.exe"))
    data = document(notes=[Note("/Link", action=launch)])
    assert verdict_of(_run(pdf, data)) is Verdict.SUSPICIOUS


def test_a_script_that_cannot_be_read_is_unscanned(pdf: ScriptEnvironment) -> None:
    whole = document(opening="app.alert(1);", scripts_in_streams=True)
    with pikepdf.open(io.BytesIO(whole)) as opened:
        opened.Root.OpenAction.JS.write(b"garbage", filter=Name.FlateDecode)
        result = _run(pdf, written(opened))
    assert result.stopped_by is not None
    assert "cannot be read" in result.stopped_by.detail


def test_scripts_that_are_added_run_and_are_no_hidden_code(pdf: ScriptEnvironment) -> None:
    code = "this.getField('b').setAction('MouseUp', \"app.alert('x'); this.mailDoc(true);\");"
    result = _run(pdf, document(opening=code, fields=[Box("b")]))
    assert result.output == b"x"
    assert verdict_of(result) is Verdict.CLEAN


def test_scripts_of_a_form_are_no_hidden_code(pdf: ScriptEnvironment) -> None:
    code = "xfa.host.gotoURL('https://firm.example/help');"
    xfa = (
        "<x><event activity='click'><script contentType='application/x-javascript'>"
        f"{code}</script></event></x>"
    )
    result = _run(pdf, document(xfa=xfa))
    assert "firm.example:443" in [each.target for each in result.behaviours]
    assert verdict_of(result) is Verdict.CLEAN


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"%PDF-1.4\n" + b"1 0 obj\n<<" * 50])
def test_what_is_no_document_is_unscanned(pdf: ScriptEnvironment, data: bytes) -> None:
    result = _run(pdf, data)
    assert result.stopped_by is not None
    assert verdict_of(result) is Verdict.UNSCANNED


def test_cut_off_documents_end_in_words(pdf: ScriptEnvironment) -> None:
    whole = document(opening="app.alert(1);", attached={"a.txt": b"words"})
    for size in range(0, len(whole), len(whole) // 12):
        result = _run(pdf, whole[:size])
        assert result.stopped_by is None or len(result.stopped_by.detail) > 5


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("\\\\203.0.113.9\\share\\a.pdf", "203.0.113.9"),
        ("file://files.example/share/a.pdf", "files.example"),
        ("file:////files.example/share/a.pdf", "files.example"),
        ("//files.example/share/a.pdf", "files.example"),
        ("file:///C:/Users/a.pdf", ""),
        ("file:///home/a/b.pdf", ""),
        ("/C/Users/a.pdf", ""),
        ("https://files.example/a", ""),
    ],
)
def test_what_is_a_share_of_another_machine(pdf: ScriptEnvironment, url: str, host: str) -> None:
    result = _run(pdf, document(page_events={"O": action("URI", URI=url)}))
    shares = [each.target for each in result.behaviours if each.target.endswith(":445")]
    assert shares == ([f"{host}:445"] if host else [])
