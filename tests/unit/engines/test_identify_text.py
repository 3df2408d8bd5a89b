"""Kinds of text: code is told from prose, and prose raises no doubt."""

from __future__ import annotations

import pytest

from gateway.engines.identify import identify
from gateway.engines.identify_text import hinted_kind

PROSE = (
    "Please look at the document. Then open the window. The first fish was done in class.\n"
    "final report of the team; we return on Monday.\nthen set the table, copy: Anna\n"
)

CODE = {
    "batch": "@echo off\nset x=1\nif exist a.txt goto end\ndel /q b\n",
    "vbscript": 'Set s = CreateObject("WScript.Shell")\nOn Error Resume Next\nEnd Sub\n',
    "powershell": "$a = New-Object Net.WebClient\nInvoke-Expression $a\nWrite-Host 1\n",
    "python": "import os\nfrom sys import argv\ndef main():\n    pass\n",
    "javascript": "var a = 1;\nfunction b() { return a; }\nwindow.open(eval('a'));\n",
    "sh": 'if true\nthen\n echo "$HOME"\nfi\ncurl http://x.example\n',
}


def test_prose_is_text_without_doubt() -> None:
    found = identify(PROSE.encode() * 20, "report.txt")
    assert found.guess.type == "text" and not found.doubtful


@pytest.mark.parametrize(("kind", "source"), CODE.items())
def test_code_is_told_whatever_its_name(kind: str, source: str) -> None:
    assert identify(source.encode(), "report.txt").guess.type == kind


@pytest.mark.parametrize(
    "line", ["function go() {", "$x = 1", "import os", "@echo off", "curl http://x", "msgbox 1"]
)
def test_one_hint_leaves_a_doubt(line: str) -> None:
    assert hinted_kind(f"a text\n{line}\nand more\n".encode()) == ("", True)


def test_the_text_of_a_multipart_without_parts_is_no_mail() -> None:
    listed = b"From: a@b.example\nTo: c@d.example\nSubject: one\n\nwords\n"
    assert identify(listed, "", "multipart/mixed").guess.type == "text"
    assert identify(listed, "", "message/rfc822").guess.type == "eml"
    assert identify(listed, "a.eml", "multipart/mixed").guess.type == "eml"
