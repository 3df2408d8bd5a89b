"""Scripts as Acrobat takes them, turned into what today's engines take. Pure.

`eval` must tell what it runs and still run it where it stands, so its argument is handed through
`__seen`; eval as a value becomes `__indirect`. The engine takes both out of a function's own text.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""(?P<comment>//[^\r\n]*|/\*.*?\*/|<!--[^\r\n]*)"""
    r"""|(?P<text>"(?:\\.|[^"\\\r\n])*"|'(?:\\.|[^'\\\r\n])*'|`(?:\\.|[^`\\])*`)"""
    r"""|(?P<word>[A-Za-z_$][\w$]*|\d[\w.]*)"""
    r"""|(?P<space>\s+)"""
    r"""|(?P<sign>.)""",
    re.DOTALL,
)
_PATTERN = re.compile(r"/(?:\\.|\[(?:\\.|[^\]\\\r\n])*\]|[^/\\\[\r\n])+/[a-z]*")
_BEFORE_PATTERN = frozenset("(,=:[!&|?{};+-*%~^<>") | {"return", "typeof", "case", "in", "of", ""}
"""What stands before a pattern, and never before a division."""

_OPEN, _CLOSE = "(__seen(", ")/*__*/)"


def adapted(source: str) -> str:
    """The source with every eval telling what it runs."""
    if "eval" not in source:
        return source
    out: list[str] = []
    marked: list[bool] = []
    last, before_eval, at = "", "", 0
    while at < len(source):
        match = _TOKEN.match(source, at)
        if match is None:
            break
        token = match[0]
        if token == "/" and last in _BEFORE_PATTERN:
            pattern = _PATTERN.match(source, at)
            token = pattern[0] if pattern else token
        at += len(token)
        if match["space"] is not None or match["comment"] is not None:
            out.append(token)
            continue
        written = token
        if token == "(":
            calls = last == "eval" and before_eval not in (".", "function")
            mark = calls and not re.match(r"\s*\)", source[at : at + 40])
            marked.append(mark)
            written = _OPEN if mark else token
        elif token == ")" and marked:
            written = _CLOSE if marked.pop() else token
        elif token == "eval":
            before_eval = last
            follows = source[at : at + 40].lstrip()[:1]
            if last != "." and follows not in ("(", ":", "="):
                written = "__indirect"
        out.append(written)
        last = token
    if any(marked):  # never closed: no valid source, or one that was not understood
        return source
    return "".join(out)


_FOR_EACH = re.compile(r"\bfor\s+each\s*\(\s*((?:(?:var|let)\s+)?[\w$.]+)\s+in\b")
_CATCH_IF = re.compile(r"\bcatch\s*\(\s*([\w$]+)\s+if\b[^)]*\)")
_FUNCTION_VALUE = re.compile(r"\bfunction\s+([\w$]+)\.([\w$.]+)\s*\(")


def modernised(source: str) -> str:
    """What only Acrobat's own engine took (`for each`, `catch (e if …)`), in today's words."""
    text = _FOR_EACH.sub(r"for (\1 of", source.removeprefix("\ufeff"))
    text = _CATCH_IF.sub(r"catch (\1)", text)
    return _FUNCTION_VALUE.sub(r"\1.\2 = function (", text)
