"""A machine's whole stream, read as in the confined guest."""

from __future__ import annotations

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.emulation.contract import StopKind
from gateway.emulation.microvm import reading
from gateway.emulation.microvm.frames import Frame, pack
from gateway.emulation.scripts import wire

REQUEST = wire.Request("s.exe", "pe", 10.0)
CONNECT = (
    b"2.000:0020:0024:trace:winsock:connect socket 0x70, "
    b"addr { family AF_INET, address 198.18.0.1, port 80 }\n"
)


def _json(kind: Frame, /, **values: object) -> bytes:
    return pack(kind, json.dumps(values).encode())


def _read(*frames: bytes) -> list[wire.Message]:
    out = io.BytesIO()
    reading.run(b"".join(frames), REQUEST, out)
    return list(wire.messages(out.getvalue()))


def _ended(messages: list[wire.Message]) -> wire.Ended:
    last = messages[-1]
    assert isinstance(last, wire.Ended)
    return last


def test_names_are_put_for_addresses_and_requests_are_told() -> None:
    asked = {"target": "files.example:80", "at": 2.1}
    messages = _read(
        _json(Frame.STARTED, at=1.0),
        _json(Frame.NETWORK, action="connect", words=["198.18.0.1"], **asked),
        _json(
            Frame.NETWORK, action="send", words=["GET /a.exe HTTP/1.1", "files.example"], **asked
        ),
        pack(Frame.TRACE, CONNECT),
        _json(Frame.ENDED, status=0, why=""),
    )
    saw = [each for each in messages if isinstance(each, wire.Saw)]
    assert [each.target for each in saw] == ["files.example:80"] * 2
    assert saw[1].arguments == ("GET http://files.example/a.exe",)
    assert _ended(messages).stopped == ""


def test_registry_values_get_their_data_and_wines_own_are_left_out() -> None:
    run = r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Run"
    messages = _read(
        _json(Frame.STARTED, at=1.0),
        _json(Frame.CHANGE, kind="value", path=rf"{run}\x", data=r'"C:\\t\\x.exe"'),
        _json(Frame.CHANGE, kind="value", path=r"HKEY_CURRENT_USER\Software\Wine\x", data='"1"'),
        _json(Frame.ENDED, status=0, why=""),
    )
    (saw,) = (each for each in messages if isinstance(each, wire.Saw))
    assert (saw.target, saw.arguments) == (rf"{run}\x", (r"C:\t\x.exe",))


def test_files_come_back_as_children() -> None:
    messages = _read(
        _json(Frame.CHANGE, kind="written", path=r"C:\t\x.exe", size=3),
        pack(Frame.FILE, b"abc"),
        _json(Frame.CHANGE, kind="deleted", path=r"C:\t\y.txt"),
        _json(Frame.ENDED, status=3, why=""),
    )
    (child,) = (each for each in messages if isinstance(each, wire.Dropped))
    assert (child.path, child.data) == (r"C:\t\x.exe", b"abc")
    assert [each.action for each in messages if isinstance(each, wire.Saw)] == ["write", "delete"]
    assert _ended(messages).exit_status == 3


@pytest.mark.parametrize(
    ("why", "kind"),
    [
        ("seconds", StopKind.TIMED_OUT),
        ("left", StopKind.TIMED_OUT),
        ("processes", StopKind.PROCESSES),
    ],
)
def test_an_early_end_has_its_reason(why: str, kind: StopKind) -> None:
    assert _ended(_read(_json(Frame.ENDED, status=0, why=why))).stopped == kind.value


_PIECES = st.sampled_from(
    [
        *(
            "1.000:0020:0024:",
            "Call k.",
            "CopyFileA",
            "RegSetValueExA",
            "(",
            '1 L"',
            "\\\\",
            "\\xd8",
        ),
        *("\\xd83d", '"', ",", ") ret=1", "Ret  k.", ") retval=0 ret=1", "trace:process:", "\n"),
        *(
            "CreateProcessInternalW app ",
            "(null)",
            "started process pid ",
            "zz",
            "trace:loaddll:x ",
        ),
        *("trace:winsock:connect { family AF_INET, address 1.2.3.4, port 99 }", "getaddrinfo "),
    ]
)


@given(st.lists(st.one_of(_PIECES, st.text(max_size=5)), max_size=40))
def test_no_log_breaks_the_reading(pieces: list[str]) -> None:
    log = "".join(pieces).encode("utf-8", "replace")
    messages = _read(pack(Frame.TRACE, log), _json(Frame.ENDED, status=0, why=""))
    assert isinstance(messages[-1], wire.Ended)


def test_a_stream_without_an_end_was_a_crash() -> None:
    assert _ended(_read(pack(Frame.TRACE, b"x"))).stopped == StopKind.CRASHED.value
    assert _ended(_read(b"?garbage")).stopped == StopKind.CRASHED.value


def test_what_wine_lacks_makes_it_incomplete() -> None:
    words = b"wine: Call from 0x7b012345 to unimplemented function foo.dll.Bar, aborting\n"
    ended = _ended(_read(pack(Frame.TRACE, words), _json(Frame.ENDED, status=1, why="")))
    assert (ended.stopped, ended.detail) == ("incomplete", "Wine has no function foo.dll.Bar")
