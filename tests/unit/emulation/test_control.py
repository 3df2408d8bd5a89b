"""The line to process 1: files and reports in any pieces, and nothing beyond the allowance."""

from __future__ import annotations

import pytest

from gateway.emulation.authority import Authority
from gateway.emulation.control import (
    COMMAND_LIMIT,
    Handshake,
    Reports,
    Request,
    Words,
    certificate_command,
    collect_command,
    exit_words,
    trust_command,
)

STREAM = (
    b"started 2\n"
    b"resolve " + b"files.example".hex().encode() + b" 198.51.100.1\n"
    b"exited 256\nidle\n"
    b"file " + b"/tmp/a\nb".hex().encode() + b" 6\nend\nxy"
    b"omitted " + b"/tmp/big".hex().encode() + b" 999\nend\n"
)


@pytest.mark.parametrize("step", [1, 2, 7, len(STREAM)])
def test_reports_in_pieces(step: int) -> None:
    reports = Reports(100, 5)
    for start in range(0, len(STREAM), step):
        reports.feed(STREAM[start : start + step])
    assert reports.started
    assert reports.idle
    assert reports.ended
    assert reports.exit_status == 256
    assert reports.names == {"198.51.100.1": "files.example"}
    assert reports.take_names() == ("files.example",)
    assert reports.take_names() == ()
    assert [(child.path, child.data) for child in reports.children] == [("/tmp/a\nb", b"end\nxy")]
    assert reports.omitted == ["/tmp/big"]


def test_more_than_allowed_is_not_taken() -> None:
    reports = Reports(5, 5)
    reports.feed(b"file 2f61 6\nabcdef\nend\n")
    assert reports.children == []
    many = Reports(100, 1)
    many.feed(b"file 2f61 1\nafile 2f62 1\nb")
    assert [child.path for child in many.children] == ["/a"]


@pytest.mark.parametrize(
    "noise", [b"\n\n", b"file zz -1\n", b"exited x\n", b"\xff\xfe\n", b"x" * 99999]
)
def test_noise_does_no_harm(noise: bytes) -> None:
    reports = Reports(100, 5)
    reports.feed(noise)
    reports.feed(b"\nidle\n")
    assert reports.idle
    assert reports.children == []


def test_command_fits_into_a_pipe() -> None:
    command = collect_command(tuple(f"/tmp/{'x' * 250}{number}" for number in range(500)), 7)
    assert len(command) <= COMMAND_LIMIT + 1
    assert command.startswith(b"collect 7 2f746d70")
    assert command.endswith(b"\n")
    assert command.count(b"\n") == 1


def test_exit_words() -> None:
    assert exit_words(3 << 8) == (3, "")
    assert exit_words(11) == (139, "ended by signal 11")


def test_what_was_asked_of_the_web() -> None:
    reports = Reports(100, 5)
    reports.feed(
        b"request %b %b\nhandshake %b refused\nhandshake %b praised\ncertificate %b\nrequest 00\n"
        b"words 203.0.113.5:4444 %b\nwords elsewhere 00\n"
        % tuple(each.hex().encode() for each in (b"GET https://x/", b"", b"y", b"z", b"n", b"NICK"))
    )
    assert reports.take_web() == (
        Request("GET https://x/", ""),
        Handshake("y", "the certificate was refused"),
        Words("203.0.113.5:4444", "NICK"),
    )
    assert reports.take_certificates() == ("n",)
    assert (*reports.take_web(), *reports.take_certificates()) == ()


def test_wishes_and_requests_are_bounded() -> None:
    reports = Reports(100, 5)
    reports.feed(b"request 61 62\nwords 1.2.3.4:5 00\nhandshake 63 broken\ncertificate 64\n" * 2000)
    assert len(reports.take_web()) == 1000
    assert len(reports.take_certificates()) == 64


def test_each_command_is_one_line_and_fits_into_a_pipes_atom() -> None:
    """pipe(7): up to 4,096 bytes are written at once or not at all."""
    authority, name = Authority(), ".".join(["a" * 60] * 4)
    certificate = authority.certificate_for(name)
    assert certificate is not None
    for command in (
        trust_command(authority.file_hash, authority.certificate(), authority.server_key),
        certificate_command(name, certificate),
    ):
        assert command.count(b"\n") == 1
        assert command.endswith(b"\n")
        assert len(command) <= 4096
