"""Pages, encoded scripts, JScript's own ways of writing, and what a guest may tell."""

from __future__ import annotations

import pytest

from gateway.emulation import Kind
from gateway.emulation.contract import Actor, Behaviour
from gateway.emulation.scripts import wire
from gateway.emulation.scripts.encoded import decoded, encoded, is_encoded
from gateway.emulation.scripts.jscode import adapted, without_call_assignments
from gateway.emulation.scripts.pages import read_page


def test_encoded_script_as_microsoft_writes_it() -> None:
    known = "#@~^DgAAAA==\\ko$K6,JC\x7fV^GJqAQAAA==^#~@"
    assert is_encoded(known)
    assert decoded(known) == 'MsgBox "Hello"'


@pytest.mark.parametrize("text", ['x = "<a>@&"\r\n\ty = 1', "~`{}|[]\\^_", "", "é€"])
def test_encoding_and_decoding_are_opposites(text: str) -> None:
    assert decoded(f"' before {encoded(text)} after") == f"' before {text} after"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("eval(x)", "eval(__text(x))"),
        ("eval()", "eval(__text())"),
        ("a(eval(b(1)), /[(]/)", "a(eval(__text(b(1))), /[(]/)"),
        ("var e = eval; e(x)", "var e = __eval; e(x)"),
        ("eval(x", "eval(__seen=x"),
        ("'eval(x)'", "'eval(x)'"),
        ("o.eval(x)", "o.eval(x)"),
        ("/*@cc_on var a = 1; @*/", "var a = 1;"),
        ("@if (@_win32) a @else b @end", "if (true) { a } else { b }"),
    ],
)
def test_jscript_is_adapted(source: str, expected: str) -> None:
    assert " ".join(adapted(source).split()) == expected


def test_assignment_to_a_call_becomes_a_call() -> None:
    assert without_call_assignments('d.Item("k") = 5;') == '__put(d, "Item", ["k"], 5);'


def test_scripts_of_a_page_in_their_order() -> None:
    page = read_page(
        '<body onload="go()"><object id=f progid=A.B></object>'
        "<script language=vbscript>x = 1</script><script src=a.js></script>"
        '<script type="text/jscript"><![CDATA[y]]></script><p id=p>words</p>'
    )
    assert [(s.language, s.code, s.source) for s in page.scripts] == [
        ("vbscript", "x = 1", ""),
        ("vbscript", "", "a.js"),
        ("jscript", "y", ""),
    ]
    assert page.objects == {"f": "A.B"}
    assert page.handlers == [("onload", "go()")]
    assert page.elements["p"]["innertext"] == "words"


def _saw(**changes: object) -> wire.Saw:
    behaviour = Behaviour(0.5, Kind.FILE, Actor(1, 0, "x.exe"), "write", "C:\\a")
    fields = {name: getattr(wire.saw(behaviour), name) for name in wire.Saw.__struct_fields__}
    return wire.Saw(**{**fields, **changes})


def test_messages_are_read_up_to_the_first_that_is_none() -> None:
    good = wire.frame(_saw())
    for bad in (b"\xff\xff\xff\xff" + good, b"\0\0\0\1\xc1" + good, good[:-1], b"\0"):
        assert len(list(wire.messages(good + good + bad))) == 2


@pytest.mark.parametrize("changes", [{"kind": "weather"}, {"action": "rain"}])
def test_a_behaviour_that_cannot_be_is_not_believed(changes: dict[str, object]) -> None:
    assert wire.behaviour(_saw(**changes), 1) is None


def test_what_a_guest_tells_is_bounded() -> None:
    made = wire.behaviour(_saw(target="x" * 99999, time=float("nan")), -5)
    assert made is not None
    assert (len(made.target), made.time, made.count) == (8000, 0.0, 1)


def test_an_end_of_no_known_kind_is_a_crash() -> None:
    ended = wire.stopped(wire.Ended((), None, "tired", "", (), ""))
    assert ended is not None
    assert ended.kind == "crashed"
