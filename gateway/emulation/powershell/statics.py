"""Static members of .NET that work out a value: texts, encodings, numbers, paths. Pure."""

from __future__ import annotations

import base64
import math
import ntpath
import re
from collections.abc import Callable
from urllib.parse import quote, unquote

from gateway.emulation.powershell import casts, operators, patterns
from gateway.emulation.powershell.encodings import base64_bytes
from gateway.emulation.powershell.values import (
    LACKING,
    UNKNOWN,
    Net,
    Unknown,
    Value,
    as_bytes,
    items,
    number,
    text,
)

_SECRET_TEXT = re.compile(
    r"securestringto(bstr|globalalloc(unicode|ansi)|cotaskmem(unicode|ansi))"
    r"|ptrtostring(auto|bstr|uni|ansi)"
)
"""A SecureString is its text here, and so is where it lies in memory."""


def static(name: str, member: str, arguments: list[Value] | None) -> Value | None:
    """A member of a type; None when it is not one of those that can be worked out here."""
    given = arguments or []
    first = given[0] if given else None
    if any(isinstance(each, Unknown) for each in given):
        return LACKING if LACKING in given else UNKNOWN
    if name in ("text.encoding", "encoding"):
        if member == "getencoding":
            return Net("encoding", {"name": text(first)})
        return Net("encoding", {"name": member})
    if name.startswith("text.") and name.endswith("encoding"):
        return Net("encoding", {"name": name.split(".")[-1]})
    return _convert(name, member, given) if name == "convert" else _other(name, member, given)


def _convert(name: str, member: str, given: list[Value]) -> Value | None:
    words = text(given[0]) if given else ""
    second = number(given[1]) if len(given) > 1 else 10
    base = 10 if isinstance(second, Unknown) else int(second)
    match member:
        case "frombase64string":
            return base64_bytes(words)
        case "tobase64string":
            data = as_bytes(given[0] if given else b"")
            return data if isinstance(data, Unknown) else base64.b64encode(data).decode()
        case "fromhexstring":
            try:
                return bytes.fromhex(words)
            except ValueError:
                return LACKING
        case "toint32" | "toint16" | "tobyte" | "toint64" | "touint32":
            if isinstance(given[0] if given else None, str) and base in (2, 8, 16):
                try:
                    return int(words, base)
                except ValueError:
                    return LACKING
            return casts.cast("int", given[0] if given else 0)
        case "tochar":
            return casts.cast("char", given[0] if given else 0)
        case "tostring":
            if base in (2, 8, 16) and given and isinstance(given[0], int):
                return format(
                    given[0],
                    {2: "b", 8: "o", 16: "x"}[base],
                )
            return words
    return None


def _other(name: str, member: str, given: list[Value]) -> Value | None:
    first = given[0] if given else None
    match name, member:
        case "string", "join":
            rest = given[1] if len(given) == 2 else given[1:]
            return text(first).join(text(item) for item in items(rest))
        case "string", "concat":
            return "".join(text(item) for item in (items(first) if len(given) == 1 else given))
        case "string", "format":
            return operators.formatted(
                text(first),
                given[1:]
                if not (len(given) == 2 and isinstance(given[1], list))
                else items(given[1]),
            )
        case "string", "isnullorempty" | "isnullorwhitespace":
            return not text(first).strip()
        case "string", "new":
            return "".join(text(i) for i in items(first))
        case "string", "empty":
            return ""
        case "char", _:
            return casts.cast("char", first) if member == "convertfromutf32" else None
        case "array", "reverse":
            if isinstance(first, list):
                first.reverse()
            return ""
        case "regex" | "text.regularexpressions.regex", _:
            return patterns.regex(member, given)
        case "bitconverter", "tostring":
            data = as_bytes(first)
            return data if isinstance(data, Unknown) else data.hex("-").upper()
        case "math", _:
            found = number(first)
            if isinstance(found, Unknown) or not given:
                return UNKNOWN
            table: dict[str, Callable[[float], float]] = {
                "floor": math.floor,
                "ceiling": math.ceil,
                "abs": abs,
                "round": round,
                "truncate": int,
            }
            return table[member](found) if member in table else UNKNOWN
        case "uri" | "net.webutility" | "web.httputility", "unescapedatastring" | "urldecode":
            return unquote(text(first))
        case "uri" | "net.webutility" | "web.httputility", "escapedatastring" | "urlencode":
            return quote(text(first))
        case "guid", "newguid":
            return "0d4a7f2c-5e61-4b8a-9c3d-7f1e2a6b8c90"
        case "runtime.interopservices.marshal", _ if _SECRET_TEXT.fullmatch(member):
            return first
        case "io.path", "combine":
            return ntpath.join(*map(text, given)) if given else ""
        case "io.path", "getfilename":
            return ntpath.basename(text(first))
        case "io.path", "getdirectoryname":
            return ntpath.dirname(text(first))
        case "io.path", "getextension":
            return ntpath.splitext(text(first))[1]
    return None
