"""Interpreters' guests: ways out are shut, bombs end in their guest, and the next sample runs.

Two halves. What a sample does by its language is bounded by the interpreter and the budget; what it
would do if it had taken the interpreter over is bounded by the guest. Both are listed in
docs/EMULATION.md.
"""

from __future__ import annotations

import io
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.emulation import Budget, StopKind
from gateway.emulation.scripts import (
    ScriptEnvironment,
    cmd_environment,
    office_environment,
    pdf_environment,
    powershell_environment,
    wsh_environment,
)
from gateway.emulation.scripts.wire import Request
from gateway.emulation.winapi import place
from gateway.emulation.winapi.environment import winapi_environment
from gateway.model import Verdict
from gateway.sandbox.blocking import BlockingGuests
from gateway.sandbox.zygotes import PROGRAMS
from tests.unit.emulation import taken_over
from tests.unit.emulation.judging import BUDGET, ran, started, verdict_of
from tools.corpus.detections import office_files, pdf_files

PYTHONS = {"scripts": Path(sys.executable), "winapi": place.python()}


@pytest.fixture(scope="module", params=PYTHONS)
def captured(request: pytest.FixtureRequest) -> Iterator[BlockingGuests]:
    """Guests that serve what a sample would do after it took its interpreter over."""
    python = PYTHONS[request.param]
    if not python.exists():
        pytest.skip(place.missing())
    yield from started(BlockingGuests(operations=taken_over.__name__, python=str(python)))


@pytest.mark.parametrize("act", [*taken_over.ACTS, "fill the disk"])
def test_a_taken_over_interpreter_stays_in_its_guest(captured: BlockingGuests, act: str) -> None:
    answer = captured.run("act", act.encode(), Request("s", "sh", 2.0), 3.0)
    assert answer.lost or answer.timed_out, "the guest ended as if the way were open"
    assert b"DONE" not in answer.output
    again = captured.run("act", b"list the root", Request("s", "sh", 5.0), 10.0)
    assert "Error" in again.lost, "the next guest is as any"


@dataclass(frozen=True, slots=True)
class Bomb:
    """A sample that takes time, memory or stack without end; how its run may end."""

    what: str
    environment: str
    type: str
    data: bytes | str
    stops: frozenset[StopKind]


_TIME = frozenset({StopKind.TIMED_OUT})
_SPACE = frozenset({StopKind.MEMORY, StopKind.INCOMPLETE, StopKind.TIMED_OUT})
"""On a slow machine the time may be over before the memory is."""
_DEPTH = frozenset({StopKind.INCOMPLETE})
_CRASH = frozenset({StopKind.CRASHED, StopKind.TIMED_OUT})

_LINE = "a" * 40 + "!"
_NESTED = "(" * 50_000 + "1" + ")" * 50_000


def _vba(code: str) -> bytes:
    return office_files.docm(f"Sub AutoOpen()\n{code}\nEnd Sub\n")


def _pdf(code: str) -> bytes:
    return pdf_files.document(opening=code)


def _unpacks_to(size: int) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", b" " * size)
    return data.getvalue()


def _js_bombs(environment: str, type_name: str) -> tuple[Bomb, ...]:
    def made(code: str) -> bytes | str:
        return _pdf(code) if environment == "pdf" else code

    bombs = (
        ("pattern", f"/^(a+)+$/.test('{_LINE}')", _TIME),
        ("memory", "var a = []; while (true) a.push(new Array(1e6).join('x') + a.length)", _SPACE),
        ("recursion", "function f() { return f() + 1 } f()", _DEPTH),
        ("caught recursion", "function f() { try { f() } catch (e) { f() } } f()", _TIME),
        ("nesting", _NESTED, _DEPTH),
    )
    return tuple(
        Bomb(f"{environment}: {what}", environment, type_name, made(code), stops)
        for what, code, stops in bombs
    )


BOMBS = (
    *_js_bombs("wsh", "javascript"),
    *_js_bombs("pdf", "pdf"),
    Bomb(
        "vbscript: pattern",
        "wsh",
        "vbscript",
        f'Set r = New RegExp : r.Pattern = "^(a+)+$" : x = r.Test("{_LINE}")',
        _TIME,
    ),
    Bomb("vbscript: recursion", "wsh", "vbscript", "Sub p\np\nEnd Sub\np", _DEPTH),
    Bomb(
        "vbscript: ignored errors",
        "wsh",
        "vbscript",
        "On Error Resume Next\nSub p\np\np\nEnd Sub\nDo\np\nLoop",
        _TIME,
    ),
    Bomb("vbscript: nesting", "wsh", "vbscript", f"x = {_NESTED}", _DEPTH),
    Bomb(
        "vbscript: arrays",
        "wsh",
        "vbscript",
        "Dim a()\ni = 1\nDo\ni = i * 2\nReDim Preserve a(i)\nLoop",
        _SPACE,
    ),
    Bomb("office: time", "office", "docm", _vba("Do\nLoop"), _TIME),
    Bomb("office: memory", "office", "docm", _vba('s = "x"\nDo\ns = s & s\nLoop'), _SPACE),
    Bomb("office: recursion", "office", "docm", _vba("AutoOpen"), _DEPTH),
    Bomb("office: unpacks to 300 MiB", "office", "docm", _unpacks_to(300 << 20), _SPACE),
    Bomb(
        "office: macro sheet",
        "office",
        "xlsm",
        office_files.xlsm(
            macro_cells={"A1": "=GOTO(A1)"}, names={"_xlnm.Auto_Open": "Macro1!$A$1"}
        ),
        _TIME | _DEPTH,
    ),
    Bomb("office: nested groups", "office", "rtf", "{\\rtf1" + "{" * 50_000, _DEPTH),
    Bomb(
        "office: objects in objects",
        "office",
        "rtf",
        "{\\rtf1" + "{\\object{\\objdata 0105" * 900 + "00" * 100_000,
        _DEPTH | _TIME,
    ),
    Bomb("pdf: arrays", "pdf", "pdf", b"%PDF-1.7\n1 0 obj\n" + b"[" * 200_000, _DEPTH),
    Bomb("powershell: time", "powershell", "powershell", "while ($true) { $i++ }", _TIME),
    Bomb(
        "powershell: memory",
        "powershell",
        "powershell",
        "$s='x'; while(1) { $s = $s + $s }",
        _SPACE,
    ),
    Bomb("powershell: range", "powershell", "powershell", "1..2000000000 | % { $_ }", _SPACE),
    Bomb("powershell: pattern", "powershell", "powershell", f"'{_LINE}' -match '^(a+)+$'", _TIME),
    Bomb("powershell: recursion", "powershell", "powershell", "function f { f }; f", _DEPTH),
    Bomb("powershell: nesting", "powershell", "powershell", f"$x = {_NESTED}", _DEPTH),
    Bomb(
        "cmd: memory", "cmd", "batch", "set x=xxxxxxxx\r\n:a\r\nset x=%x%%x%\r\ngoto a\r\n", _SPACE
    ),
    Bomb("cmd: recursion", "cmd", "batch", ":a\r\ncall :a\r\n", _DEPTH),
    Bomb(
        "cmd: time",
        "cmd",
        "batch",
        "for /L %%a in (1,0,2) do for /L %%b in (1,1,2000000000) do echo %%a %%b\r\n",
        _TIME | _DEPTH,
    ),
    Bomb("cmd: nesting", "cmd", "batch", _NESTED, _DEPTH),
    Bomb("winapi: time", "winapi", "shellcode", b"\xeb\xfe", _TIME),
    Bomb("winapi: recursion", "winapi", "shellcode", b"\xe8\xfb\xff\xff\xff", _CRASH),
)

HONEST = {
    "wsh": ("javascript", b"var x = 1;"),
    "office": ("docm", office_files.docm("Sub AutoOpen()\nx = 1\nEnd Sub\n")),
    "pdf": ("pdf", pdf_files.document(opening="var x = 1;")),
    "powershell": ("powershell", b"$x = 1"),
    "cmd": ("batch", b"echo 1\r\n"),
    "winapi": ("shellcode", b"\x31\xc0\xc3"),
}


@pytest.fixture(scope="module")
def environments(guests: BlockingGuests) -> Iterator[dict[str, ScriptEnvironment]]:
    programs = BlockingGuests(operations=PROGRAMS, python=str(place.python()))
    yield {
        "wsh": wsh_environment(guests),
        "office": office_environment(guests),
        "pdf": pdf_environment(guests),
        "powershell": powershell_environment(guests),
        "cmd": cmd_environment(guests),
        "winapi": winapi_environment(programs),
    }
    programs.close()


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.what)
def test_a_bomb_ends_in_its_guest_and_is_never_clean(
    bomb: Bomb, environments: dict[str, ScriptEnvironment]
) -> None:
    if bomb.environment == "winapi" and place.missing():
        pytest.skip(place.missing())
    environment = environments[bomb.environment]
    budget = Budget(seconds=0.5 if StopKind.TIMED_OUT in bomb.stops else 30.0)
    result = ran(environment, "s", bomb.type, bomb.data, budget)
    assert result.stopped_by is not None
    assert result.stopped_by.kind in bomb.stops, result.stopped_by
    assert verdict_of(result).rank >= Verdict.UNSCANNED.rank
    kind, honest = HONEST[bomb.environment]
    assert ran(environment, "s", kind, honest, BUDGET).stopped_by is None


def test_a_command_file_that_starts_itself_twice_is_malicious(
    environments: dict[str, ScriptEnvironment],
) -> None:
    result = ran(environments["cmd"], "s.bat", "batch", "%0|%0\r\n")
    assert verdict_of(result) is Verdict.MALICIOUS
