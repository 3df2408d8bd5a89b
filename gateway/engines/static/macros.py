"""VBA and Excel 4 macros: what they start by, what they can do, how sure that is bad.

After oletools' mraptor: a macro that starts by itself and writes or executes is suspicious. Split
further, because honest macros call and save: only words that reach outside count as strong.
"""

from __future__ import annotations

import codecs
import logging
import re
from dataclasses import dataclass

from gateway.engines.static.report import Sight
from gateway.model import Severity

MAX_SOURCE = 2 * 1024 * 1024
"""Characters of source judged; a project of a whole accounting package stays below."""
_CODE_PAGES = (
    *(f"cp{number}" for number in (437, 850, 874, 932, 936, 949, 950, *range(1250, 1259))),
    *("mac-roman", "utf-16", "utf-16-le", "latin-1", "koi8-r", "utf-8"),
)
"""What Office writes VBA in; a codec is a module, and a guest cannot import one it meets."""

_STARTS = re.compile(
    r"\b(?:Sub|Function)\s+(Auto_?(?:Exec|Open|Close|Exit|New)|Document_?(?:Open|Close|New)|"
    r"Workbook_(?:Open|Activate|BeforeClose)|Presentation_?Open|Slide_?Show\w*|"
    r"\w+_(?:Painted|Layout|GotFocus|MouseMove|MouseHover|Resize|DocumentComplete))\b",
    re.IGNORECASE,
)
_STRONG = re.compile(
    r"\b(Shell(?:Execute(?:A|Ex)?)?|WScript\.Shell|Shell\.Application|URLDownloadToFile[AW]?|"
    r"CreateThread|VirtualAlloc(?:Ex)?|RtlMoveMemory|WriteProcessMemory|MSXML2\.\w*XMLHTTP|"
    r"WinHttp\.WinHttpRequest(?:\.5\.1)?|ADODB\.Stream|powershell|mshta|regsvr32|rundll32|"
    r"certutil|bitsadmin|ExecuteExcel4Macro|winmgmts|MacScript|SetTimer|CallByName)\b|"
    r"\bDeclare\b[^\n]{1,200}\bLib\b",
    re.IGNORECASE,
)
_WEAK = re.compile(
    r"\b(CreateObject|GetObject|FileCopy|Kill|CreateTextFile|SaveToFile|MkDir|SetAttr|SendKeys|"
    r"FollowHyperlink|SaveSetting|Environ)\b|\bOpen\b[^\n]{1,200}\bFor\s+(?:Output|Append|Binary)\b",
    re.IGNORECASE,
)
_OBFUSCATION = re.compile(
    r"(?:\bChrW?\$?\s*\(\s*[\d&HhXx+\-* ]{1,20}\)\s*&\s*){6}|(?:\bStrReverse\b)|"
    r"(?:\"[^\"\n]{0,4}\"\s*&\s*){12}|(?:\bXor\b[^\n]*\bAsc\b|\bAsc\b[^\n]*\bXor\b)",
    re.IGNORECASE,
)
_CONTINUED = re.compile(r"[ \t]_\r?\n\s*")


@dataclass(frozen=True, slots=True)
class MacroJudgement:
    """What a project's source shows: the procedure it starts by, its words for outside."""

    starts: str
    strong: str
    weak: str
    obfuscated: bool


def preload() -> None:
    """Import olevba, which takes a quarter of a second, and the code pages projects are in."""
    for page in _CODE_PAGES:
        codecs.lookup(page)
    import oletools.olevba

    logging.getLogger("olevba").setLevel(logging.CRITICAL)
    del oletools


def judge_source(source: str) -> MacroJudgement:
    """Look at VBA source. Pure."""
    joined = _CONTINUED.sub(" ", source[:MAX_SOURCE])
    starts, strong, weak = (pattern.search(joined) for pattern in (_STARTS, _STRONG, _WEAK))
    return MacroJudgement(
        starts=starts[1] if starts else "",
        strong=_shown(strong),
        weak=_shown(weak),
        obfuscated=_OBFUSCATION.search(joined) is not None,
    )


def _shown(found: re.Match[str] | None) -> str:
    return " ".join(found[0].split())[:60] if found else ""


def examine_project(sight: Sight, data: bytes, name: str) -> None:
    """Judge the macros in `data`, a vbaProject.bin or a whole legacy document."""
    source = extract_source(data)
    if not source.strip():
        sight.find("macro_no_source", Severity.LOW, 50, f"{name}: macros without readable source")
        sight.acts("VBA macro whose source cannot be read")
        return
    report_judgement(sight, judge_source(source), name)


def extract_source(data: bytes) -> str:
    """The VBA source of every module; empty when there is none or it is damaged."""
    from oletools.olevba import VBA_Parser

    try:
        parser = VBA_Parser("untrusted", data=data)
    except Exception:  # noqa: BLE001 - olevba raises whatever its own parsers raise
        return ""
    pieces: list[str] = []
    length = 0
    try:
        for _, _, _, code in parser.extract_macros():
            text = code if isinstance(code, str) else code.decode("latin-1")
            pieces.append(text)
            length += len(text)
            if length > MAX_SOURCE:
                break
    except Exception:  # noqa: BLE001 - what was read before the damage is judged
        pieces.append("")
    finally:
        parser.close()
    return "\n".join(pieces)


def report_judgement(sight: Sight, judged: MacroJudgement, name: str) -> None:
    """Put a judgement into words, severity and confidence."""
    if judged.starts:
        sight.acts(f"VBA macro with {judged.starts}")
    if judged.starts and judged.strong:
        sight.find(
            "macro_auto_executes",
            Severity.HIGH,
            85 if judged.obfuscated else 75,
            f"{name}: {judged.starts} starts by itself and uses {judged.strong}",
        )
    elif judged.obfuscated:
        sight.find("macro_obfuscated", Severity.MEDIUM, 70, f"{name}: source written to be unread")
    elif judged.starts and judged.weak:
        evidence = f"{name}: {judged.starts} starts by itself and uses {judged.weak}"
        sight.find("macro_auto_writes", Severity.MEDIUM, 50, evidence)
    elif judged.strong:
        sight.find("macro_reaches_out", Severity.LOW, 60, f"{name}: uses {judged.strong}")
    else:
        sight.find("macro", Severity.LOW, 50, f"{name}: VBA macros")
