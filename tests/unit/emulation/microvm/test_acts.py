"""From Wine's log to behaviours."""

from __future__ import annotations

from gateway.emulation.contract import Behaviour
from gateway.emulation.microvm.acts import Acts
from gateway.emulation.microvm.calls import CALLS
from gateway.emulation.microvm.relay import lines
from gateway.emulation.microvm.traced import RELAYED

SAMPLE = r"C:\Users\anna\Downloads\s.exe"
RUN = rb"Software\\Microsoft\\Windows\\CurrentVersion\\Run"


def _acts(*words: bytes) -> tuple[Behaviour, ...]:
    acts = Acts(10.0, SAMPLE)
    for line in lines(b"\n".join(b"11.500:0020:0024:" + word for word in words)):
        acts.line(line)
    return acts.finish()


def _texts(*words: bytes) -> list[str]:
    return [each.text for each in _acts(*words)]


def test_copy_of_itself_is_told_as_such() -> None:
    (act,) = _acts(
        rb'Call k.CopyFileA(1 "C:\\users\\ANNA\\Downloads\\s.exe",2 "C:\\t\\..\\u.exe",0) ret=1',
        rb"Ret  k.CopyFileA() retval=00000001 ret=1",
    )
    assert act.target == r"C:\u.exe"
    assert act.arguments[-1] == "the sample itself"
    assert act.time == 1.5
    assert act.failed == ""


def test_a_call_that_fails_is_an_attempt() -> None:
    (act,) = _acts(
        rb'Call k.CreateFileW(1 L"C:\\x",80000000,0,0,3,80,0) ret=1',
        rb"Ret  k.CreateFileW() retval=ffffffffffffffff ret=1",
    )
    assert (act.action, act.failed) == ("read", "refused")


def test_opening_for_writing_and_reading_differ() -> None:
    written = _acts(rb'Call k.CreateFileW(1 L"C:\\x",40000000,0,0,3,80,0) ret=1')
    made = _acts(rb'Call k.CreateFileW(1 L"C:\\x",80000000,0,0,2,80,0) ret=1')
    mode = _acts(rb'Call m.fopen(1 "C:\\x",2 "r+b") ret=1')
    read = _acts(rb'Call m.fopen(1 "C:\\x",2 "rb") ret=1')
    assert [each[0].action for each in (written, made, mode, read)] == [
        *("write", "write", "write", "read")
    ]


def test_a_key_is_known_by_the_handle_that_its_opening_gave() -> None:
    acts = _acts(
        b'Call a.RegCreateKeyExA(ffffffff80000001,1 "' + RUN + b'",0,0,0,6,0,2,0) ret=1',
        b"Ret  a.RegCreateKeyExA() retval=00000000 ret=1",
        b'Call a.RegSetValueExA(00000070,1 "svc",0,1,2,26) ret=1',
        b"Ret  a.RegSetValueExA() retval=00000000 ret=1",
    )
    write = acts[-1]
    key = r"HKEY_CURRENT_USER\Software\Microsoft\Windows\CurrentVersion\Run"
    assert (write.action, write.target) == ("write", rf"{key}\svc")


def test_processes_have_parents_and_programs() -> None:
    acts = _acts(
        rb'trace:process:CreateProcessInternalW app (null) cmdline L"cmd.exe /c dir"',
        rb"trace:process:CreateProcessInternalW started process pid 00d0 tid 00d4",
    )
    assert acts[0].target.lower() == r"c:\windows\system32\cmd.exe"
    later = Acts(0.0, SAMPLE)
    for line in lines(
        b'1.000:0020:0024:trace:process:CreateProcessInternalW app (null) cmdline L"cmd.exe"\n'
        b"1.000:0020:0024:trace:process:CreateProcessInternalW started process pid 00d0 tid 1\n"
        rb'1.000:00d0:0001:Call k.DeleteFileA(1 "C:\\x") ret=1'
    ):
        later.line(line)
    deleted = later.finish()[-1]
    assert (deleted.actor.pid, deleted.actor.parent) == (0xD0, 0x20)
    assert deleted.actor.program.endswith("cmd.exe")


def test_what_wine_starts_by_itself_is_left_out() -> None:
    acts = Acts(0.0, SAMPLE)
    for line in lines(
        rb'1.000:0020:0024:Call k.DeleteFileA(1 "C:\\x") ret=1' + b"\n"
        rb'1.000:0030:0001:trace:loaddll:build_module Loaded L"C:\\windows\\a\\explorer.exe" at'
        b"\n" + rb'1.000:0030:0001:Call k.DeleteFileA(1 "C:\\y") ret=1'
    ):
        acts.line(line)
    assert [each.target for each in acts.finish()] == [r"C:\x"]


def test_only_other_processes_memory_is_foreign() -> None:
    assert _texts(b"Call k.WriteProcessMemory(ffffffffffffffff,1,2,3,0) ret=1") == []
    assert len(_texts(b"Call k.WriteProcessMemory(00000084,1,2,3,0) ret=1")) == 1


def test_sockets_are_named() -> None:
    (act,) = _acts(
        b"trace:winsock:connect socket 0x70, addr { family AF_INET, address 203.0.113.9, port 44 }"
    )
    assert (act.action, act.target) == ("connect", "203.0.113.9:44")


def test_a_download_to_a_file_writes_the_file() -> None:
    asked, written = _acts(
        b'Call u.URLDownloadToFileA(0,1 "http://files.example/a.exe",2 "C:\\\\a.exe",0,0) ret=1'
    )
    assert (asked.action, asked.target) == ("connect", "files.example:80")
    assert (written.action, written.target) == ("write", r"C:\a.exe")


def test_equal_acts_are_counted() -> None:
    (act,) = _acts(*[b"Call u.GetAsyncKeyState(00000041) ret=1"] * 6)
    assert act.count == 6


def test_what_is_traced_is_understood() -> None:
    assert set(RELAYED) == set(CALLS)
