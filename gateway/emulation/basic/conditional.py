"""Conditional compilation (`#If … #Else … #End If`), as on 32-bit Windows with VBA 7. Pure."""

from __future__ import annotations

import re

_DIRECTIVE = re.compile(r"\s*#\s*(if|elseif|else|end\s*if|const)\b(.*)", re.IGNORECASE)
_KNOWN = {"vba7": True, "vba6": True, "win32": True, "win16": False, "win64": False, "mac": False}


def preprocessed(source: str) -> str:
    """The source with lines that are not compiled made empty, so that line numbers stay."""
    if "#" not in source or not re.search(r"^\s*#\s*if\b", source, re.IGNORECASE | re.MULTILINE):
        return source
    kept: list[str] = []
    open_branches: list[tuple[bool, bool]] = []  # (this branch is compiled, one was already)
    constants = dict(_KNOWN)
    for line in source.splitlines():
        found = _DIRECTIVE.match(line)
        if found is None:
            kept.append(line if all(active for active, _ in open_branches) else "")
            continue
        kept.append("")
        _take(found[1].lower().replace(" ", ""), found[2], open_branches, constants)
    return "\n".join(kept)


def _take(
    word: str, rest: str, open_branches: list[tuple[bool, bool]], constants: dict[str, bool]
) -> None:
    if word == "if":
        holds = _holds(rest, constants)
        open_branches.append((holds, holds))
    elif word == "const":
        name, _, value = rest.partition("=")
        constants[name.strip().lower()] = _holds(value, constants)
    elif not open_branches:
        return
    elif word == "endif":
        open_branches.pop()
    else:
        _, taken = open_branches.pop()
        holds = not taken and (word == "else" or _holds(rest, constants))
        open_branches.append((holds, taken or holds))


def _holds(condition: str, constants: dict[str, bool]) -> bool:
    """Names and numbers with And, Or, Not: more is not in use."""
    words = re.sub(r"\bthen\b.*", "", condition.lower()).strip(" ()")
    if " or " in words:
        return any(_holds(part, constants) for part in words.split(" or "))
    if " and " in words:
        return all(_holds(part, constants) for part in words.split(" and "))
    if words.startswith("not "):
        return not _holds(words[4:], constants)
    name, _, value = words.partition("=")
    if value:
        return _holds(name, constants) == _holds(value, constants)
    name = name.strip()
    return constants.get(name, name not in ("", "0", "false") and name.lstrip("-").isdigit())
