"""Command lines that start a shell: the code that they hand to it. Pure."""

from __future__ import annotations

import re

from gateway.emulation.windows.commands import decoded_command

_POWERSHELL = re.compile(
    r"\A\s*(?:&\s*)?[\"']?(?:[^\s\"']*\\)?(powershell|pwsh)(\.exe)?[\"']?(?=\s|$)", re.IGNORECASE
)
_OPTION = re.compile(r"\s*[-/\u2013\u2014]([a-z]+)(?:\s+|:|$)", re.IGNORECASE)
_VALUED = (
    "executionpolicy",
    "windowstyle",
    "version",
    "inputformat",
    "outputformat",
    "psconsolefile",
    "configurationname",
    "ep",
    "ex",
    "w",
    "workingdirectory",
    "file",
)
_CMD = re.compile(
    r"\A\s*(?:&\s*)?[\"']?(?:[^\s\"']*\\)?(?:cmd|%comspec%)(?:\.exe)?[\"']?(?=[\s/,;=]|\Z)",
    re.IGNORECASE,
)
_CMD_OPTION = re.compile(r"[\s,;=\"]*/([a-z])(?::?(on|off))?", re.IGNORECASE)
_CODE_OPTIONS = "ckr"


def powershell_code(line: str) -> str | None:
    """The code in a command line of PowerShell; None when the line starts another program."""
    found = _POWERSHELL.match(line)
    if found is None:
        return None
    decoded = decoded_command(line)
    if decoded:
        return decoded
    rest = line[found.end() :]
    while option := _OPTION.match(rest):
        name = option[1].lower()
        if "command".startswith(name) and name[0] == "c":
            rest = rest[option.end() :]
            break
        rest = rest[option.end() :]
        if any(full.startswith(name) for full in _VALUED) and name != "noprofile":
            if "file".startswith(name):
                return f"& {rest}" if rest.strip() else ""
            rest = re.sub(r"\A\s*(?:\"[^\"]*\"|\S+)", "", rest, count=1)
    code = rest.strip()
    if len(code) >= 2 and code[0] == '"' and code.rstrip()[-1] == '"':
        code = re.sub(r'\\"', '"', code[1:-1])
    return code


def cmd_line(line: str) -> str | None:
    """What follows `cmd` in a line; None when the line starts another program."""
    found = _CMD.match(line)
    return None if found is None else line[found.end() :]


def cmd_code(rest: str) -> tuple[str | None, bool]:
    """The code after `cmd` (None when it comes from the input), and whether `!x!` is expanded."""
    late = False
    place = 0
    while found := _CMD_OPTION.match(rest, place):
        letter = found[1].lower()
        place = found.end()
        if letter in _CODE_OPTIONS:
            place -= len(found[2] or "")  # `/c on.bat`
            return _unquoted(rest[place:]), late
        if letter == "v":
            late = (found[2] or "on").lower() == "on"
    return None, late


def _unquoted(code: str) -> str:
    """cmd takes the first and last quote away, but for one quoted name alone."""
    text = code.strip(" \t,;=")
    if not text.startswith('"'):
        return text
    end = text.rfind('"')
    if text.count('"') == 2 and not re.search(r"[&<>()@^|]", text) and " " in text[1:end]:
        return (
            text
            if re.match(r'"[^"]*\.(exe|com|bat|cmd)"', text, re.IGNORECASE)
            else _bare(text, end)
        )
    return _bare(text, end)


def _bare(text: str, end: int) -> str:
    return text[1:] if end <= 0 else text[1:end] + text[end + 1 :]


def kept_words(text: str) -> list[str]:
    """The words of a line with their quotes, as a command file gets them."""
    return re.findall(r'(?:"[^"]*"?|[^\s,;="])+', text)
