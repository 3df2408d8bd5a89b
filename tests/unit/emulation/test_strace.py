"""The system-call log: what gVisor prints becomes calls, and a sample cannot forge or hide one."""

from __future__ import annotations

import json

import pytest

from gateway.emulation.strace import LINE_LIMIT, parse, records, seconds_between, string_list

TIME = "2026-01-02T03:04:05.123456789Z"


def record(message: str, time: str = TIME) -> bytes:
    return json.dumps({"msg": message, "level": "info", "time": time}).encode()


@pytest.mark.parametrize("prefix", ["", "strace.go:602] "], ids=["2022", "2024"])
def test_exit_line_of_both_versions(prefix: str) -> None:
    call = parse(
        record(
            f"{prefix}[   5:   5] chmod X fchmodat(AT_FDCWD /tmp, 0x56275c d/e, 0o755)"
            " = 0 (0x0) errno=13 (permission denied) (5.2µs)"
        )
    )
    assert call is not None
    assert (call.thread, call.name, call.result) == (5, "fchmodat", 0)
    assert call.arguments == "AT_FDCWD /tmp, 0x56275c d/e, 0o755"
    assert call.error == "permission denied"


def test_entry_line_has_no_result() -> None:
    call = parse(record("[   2:   2] sh E vfork()"))
    assert call is not None
    assert (call.name, call.result) == ("vfork", None)


def test_process_name_cannot_hide_a_call() -> None:
    call = parse(record("[   2:   2] a X getpid( X unlink(0x7f00 /tmp/x) = 0 (0x0) (1µs)"))
    assert call is not None
    assert call.name == "unlink"


def test_path_cannot_end_a_call_early() -> None:
    call = parse(record("[   2:   2] sh X rmdir(0x7f00 /a) = 0 (0x0) (1µs)) = 0 (0x0) (2µs)"))
    assert call is not None
    assert call.arguments == "0x7f00 /a) = 0 (0x0) (1µs)"


@pytest.mark.parametrize(
    "line",
    [b"", b"not json", b"{}", b'{"msg":1,"time":"x"}', record("Platform: ptrace"), b"\xff\xfe"],
)
def test_anything_else_is_no_call(line: bytes) -> None:
    assert parse(line) is None


def test_overlong_line_is_not_read() -> None:
    assert (
        parse(record("[   2:   2] sh X unlink(0x1 " + "a" * LINE_LIMIT + ") = 0 (0x0) (1s)"))
        is None
    )


def test_records_that_share_a_line_are_parted() -> None:
    first, second = record("one"), record('two }{"msg":')
    compact = [line.replace(b'": ', b'":').replace(b', "', b',"') for line in (first, second)]
    stream = compact[0] + compact[1] + b"\n\n"
    assert records(stream) == (compact, b"")


@pytest.mark.parametrize("cut", [1, 10, 40, 80])
def test_records_come_in_pieces(cut: int) -> None:
    stream = record("one") + b"\n" + record("two") + b"\n"
    lines, rest = records(stream[:cut])
    more, rest = records(rest + stream[cut:])
    assert lines + more == [record("one"), record("two")]
    assert rest == b""


def test_string_list_unescapes() -> None:
    assert string_list(r'["a b", "\"q\"\n", "\xc3", ""], 0x1 ["X"]') == ("a b", '"q"\n', "\xc3", "")
    assert string_list("0x0 null") == ()


def test_seconds() -> None:
    assert seconds_between("2026-01-01T00:00:00Z", "2026-01-01T00:00:01.5Z") == 1.5
    assert seconds_between("nonsense", TIME) == 0.0
