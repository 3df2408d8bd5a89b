"""Patterns of .NET on texts: -match, -replace, -split, and what [regex] has for them. Pure."""

from __future__ import annotations

import re
from functools import lru_cache

from gateway.emulation.powershell.values import LACKING, Net, Unknown, Value, items, number, text

_REFERENCE = re.compile(r"\$(?:\{(\w+)\}|(\d+)|(&)|(\$))")


@lru_cache(maxsize=256)
def pattern(source: str, case: bool = False) -> re.Pattern[str] | None:
    """A .NET pattern as Python's; None when it is none."""
    flags = re.NOFLAG if case else re.IGNORECASE
    try:
        return re.compile(re.sub(r"\(\?<(?![=!])", "(?P<", source), flags)
    except (re.error, RecursionError, OverflowError):
        return None


def split(left: Value, right: Value, case: bool = False) -> Value:
    """-split: a pattern, perhaps how many, or a text split at blanks."""
    parts = right if isinstance(right, list) else [right]
    most = number(parts[1]) if len(parts) > 1 else 0
    compiled = pattern(text(parts[0]) if parts else r"\s+", case)
    if compiled is None or isinstance(most, Unknown):
        return LACKING
    made: list[Value] = []
    for item in items(left):
        made += [
            piece or "" for piece in compiled.split(text(item), maxsplit=max(0, int(most) - 1))
        ]
    return made


def replace(left: Value, right: Value, case: bool) -> Value:
    """-replace: a pattern, and what stands for what it finds."""
    parts = right if isinstance(right, list) else [right]
    compiled = pattern(text(parts[0]) if parts else "", case)
    if compiled is None:
        return LACKING
    by = text(parts[1]) if len(parts) > 1 else ""

    def put(found: re.Match[str]) -> str:
        def reference(ref: re.Match[str]) -> str:
            if ref[3]:
                return found[0]
            if ref[4]:
                return "$"
            try:
                return (
                    found[ref[1] if ref[1] and not ref[1].isdigit() else int(ref[1] or ref[2])]
                    or ""
                )
            except (IndexError, ValueError):
                return ref[0]

        return _REFERENCE.sub(reference, by)

    made: list[Value] = [compiled.sub(put, text(item)) for item in items(left)]
    return made if isinstance(left, list) else made[0] if made else ""


def regex(member: str, given: list[Value]) -> Value | None:
    """A static member of [regex]; None when it is not one of those that can be worked out."""
    words = [text(each) for each in given]
    if member == "replace" and len(words) >= 3:
        return replace(words[0], [words[1], words[2]], True)
    if member == "split" and len(words) >= 2:
        return split(words[0], words[1])
    if member in ("unescape", "escape") and words:
        return re.escape(words[0]) if member == "escape" else re.sub(r"\\(.)", r"\1", words[0])
    if member in ("matches", "match") and len(words) >= 2:
        right = "righttoleft" in words[2].lower() if len(words) > 2 else False
        compiled = pattern(words[1], True)
        if compiled is None:
            return LACKING
        found: list[Value] = [
            Net("match", {"text": m[0], "value": m[0], "success": True})
            for m in compiled.finditer(words[0])
        ]
        if right:
            found.reverse()
        return found if member == "matches" else found[0] if found else None
    return None
