"""Members of a text. Pure."""

from __future__ import annotations

import re

from gateway.emulation.powershell.values import LACKING, Unknown, Value, items, number, text


def of_text(words: str, member: str, given: list[Value] | None) -> Value | None:
    """A member of a text; None when there is none of that name."""
    if given is None:
        return len(words) if member == "length" else 1 if member == "count" else None
    args = given
    first = text(args[0]) if args else ""
    numbers = [n for n in map(number, args) if not isinstance(n, Unknown)]
    ints = [int(n) for n in numbers]
    match member:
        case "replace":
            return words.replace(first, text(args[1]) if len(args) > 1 else "") if first else words
        case "split":
            marks = (
                first
                if len(args) == 1 and not isinstance(args[0], list)
                else "".join(text(i) for i in items(args[0]))
                if args
                else " "
            )
            made: list[Value] = (
                list(re.split("[" + re.escape(marks) + "]", words)) if marks else [words]
            )
            return made
        case "substring":
            if not ints:
                return LACKING
            return words[ints[0] : ints[0] + ints[1]] if len(ints) > 1 else words[ints[0] :]
        case "tochararray":
            return list(words[ints[0] : ints[0] + ints[1]] if len(ints) > 1 else words)
        case "tolower" | "tolowerinvariant":
            return words.lower()
        case "toupper" | "toupperinvariant":
            return words.upper()
        case "trim" | "trimstart" | "trimend":
            edge = "".join(text(i) for a in args for i in items(a)) or None
            cut = {"trim": words.strip, "trimstart": words.lstrip, "trimend": words.rstrip}
            return cut[member](edge)
        case "tostring" | "normalize" | "clone":
            return words
        case "remove":
            return (
                (words[: ints[0]] + (words[ints[0] + ints[1] :] if len(ints) > 1 else ""))
                if ints
                else LACKING
            )
        case "insert":
            return (
                words[: ints[0]] + text(args[1]) + words[ints[0] :]
                if ints and len(args) > 1
                else LACKING
            )
        case "padleft" | "padright":
            width = min(ints[0], 100_000) if ints else 0
            mark = text(args[1])[:1] if len(args) > 1 else " "
            return words.rjust(width, mark) if member == "padleft" else words.ljust(width, mark)
        case "contains":
            return first in words
        case "startswith":
            return words.lower().startswith(first.lower())
        case "endswith":
            return words.lower().endswith(first.lower())
        case "indexof":
            return words.find(first)
        case "lastindexof":
            return words.rfind(first)
        case "equals":
            return words == first
        case "chars" | "get_chars":
            return words[ints[0]] if ints and ints[0] < len(words) else LACKING
    return None
