"""strace's lines become calls, however their names and texts look."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from gateway.emulation.microvm.straced import SystemCall, calls


def _one(line: str) -> SystemCall:
    found = list(calls(line.encode()))
    assert len(found) == 1
    return found[0]


def test_a_call_has_its_thread_time_result_and_texts() -> None:
    call = _one('17    1795.250000 execve("/bin/sh", ["sh", "-c", "id"], 0x7ff /* 9 vars */) = 0')
    assert (call.thread, call.time, call.name, call.result, call.error) == (
        *(17, 1795.25, "execve", 0),
        "",
    )
    assert call.texts == ("/bin/sh", "sh", "-c", "id")


def test_a_call_that_failed_says_why() -> None:
    call = _one('9 1.0 unlink("/x") = -1 ENOENT (No such file or directory)')
    assert (call.result, call.error) == (-1, "no such file or directory")


def test_a_call_in_two_pieces_is_put_together() -> None:
    log = (
        "5 1.000000 connect(7, {sa_family=AF_INET}, 16 <unfinished ...>\n"
        '6 1.100000 unlink("/a") = 0\n'
        "5 1.200000 <... connect resumed>) = -1 EINPROGRESS (Operation now in progress)\n"
    )
    names = [(each.name, each.time, each.error) for each in calls(log.encode())]
    assert names == [("unlink", 1.1, ""), ("connect", 1.0, "operation now in progress")]


def test_a_call_that_never_came_back_is_told() -> None:
    call = _one('5 1.0 execve("/bin/x", ["x"], 0x1 <unfinished ...>')
    assert (call.name, call.result, call.texts) == ("execve", None, ("/bin/x", "x"))


def test_texts_that_look_like_results_stay_texts() -> None:
    call = _one(r'5 1.0 unlink("/tmp/\") = 0 \303\244\n") = -1 EACCES (Permission denied)')
    assert call.texts == ('/tmp/") = 0 ä\n',)
    assert call.error == "permission denied"


@given(st.text(max_size=300))
def test_no_line_breaks_the_reading(text: str) -> None:
    """Invariant: any log yields calls or nothing, and never an error."""
    for call in calls(f"5 1.0 open({text}\n{text}".encode()):
        assert call.texts is not None
