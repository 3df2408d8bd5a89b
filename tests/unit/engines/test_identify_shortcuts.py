"""Files that systems act on by name or mark: shortcuts, settings, and pages by declaration."""

from __future__ import annotations

import pytest

from gateway.engines.identify import identify

DESKTOP = b"# comment\n\n[Desktop Entry]\nType=Application\nExec=sh -c true\n"


@pytest.mark.parametrize(
    ("name", "claimed", "data", "kind"),
    [
        ("a.desktop", "", DESKTOP, "desktop"),
        ("a", "", DESKTOP, "desktop"),
        ("a.txt", "", b"The section is called [Desktop Entry].", "text"),
        ("a.reg", "", "Windows Registry Editor Version 5.00".encode("utf-16"), "winaction"),
        ("a.SCF", "", b"[Shell]\r\nIconFile=\\\\host\\x\r\n", "winaction"),
        ("a.library-ms", "", b"<?xml version='1.0'?><libraryDescription/>", "winaction"),
        ("a.slk", "", b"ID;PWXL;N;E\n", "winaction"),
        ("a.svg", "", b"<?xml version='1.0'?>" + b"<!-- x -->" * 900 + b"<svg/>", "svg"),
        ("", "text/html", b"just words", "html"),
        ("", "text/plain", b"just words", "text"),
        ("a.html", "", b"<x onclick=y>", "html"),
        ("a.xml", "", b"<x a='y'/>", "xml"),
        ("", "text/html", b"<svg><script/></svg>", "html"),
    ],
)
def test_name_mark_and_declaration_decide(name: str, claimed: str, data: bytes, kind: str) -> None:
    assert identify(data, name, claimed).guess.type == kind
