"""Targets as a decision table: host, whether it leaves the machine, whether it starts a program."""

from __future__ import annotations

import pytest

from gateway.extraction import links


@pytest.mark.parametrize(
    ("target", "host", "remote", "program"),
    [
        ("https://Example.org/a?b#c", "example.org", True, False),
        ("http://user:pass@example.org:8080/", "example.org", True, False),
        ("//example.org/x", "example.org", True, False),
        ("\\\\server\\share\\a.doc", "server", True, False),
        ("\\\\server@SSL\\dav\\a.exe", "server", True, True),
        ("file:////server/share/a.doc", "server", True, False),
        ("file:///\\\\server\\share", "server", True, False),
        ("file:///c:/users/a.docx", "", True, False),
        ("c:\\windows\\system32\\cmd.exe", "", False, True),
        ("tools/run.bat", "", False, True),
        ("page.html#part", "", False, False),
        ("mailto:someone@example.org", "", False, False),
        ("ms-word:ofe|u|https://x.example/a.docx", "", False, True),
        ("javascript:alert(1)", "", False, True),
        ("cid:image1@x", "", False, False),
        ("", "", False, False),
    ],
)
def test_targets(target: str, host: str, remote: bool, program: bool) -> None:
    assert links.host(target) == host
    assert links.is_remote(target) == remote
    assert links.starts_program(target) == program
