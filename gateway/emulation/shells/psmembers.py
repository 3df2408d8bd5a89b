"""Members of .NET that scripts hide behind: texts, encodings, patterns, streams. Pure."""

from __future__ import annotations

import base64
import binascii
import gzip
import math
import ntpath
import re
import zlib
from collections.abc import Callable
from urllib.parse import quote, unquote

from gateway.emulation.shells import psoperators
from gateway.emulation.shells.psvalues import (
    LACKING,
    UNKNOWN,
    Net,
    Type,
    Unknown,
    Value,
    as_bytes,
    items,
    number,
    text,
)

_CODECS = {
    "unicode": "utf-16-le",
    "bigendianunicode": "utf-16-be",
    "ascii": "ascii",
    "utf8": "utf-8",
    "utf7": "utf-7",
    "utf32": "utf-32-le",
    "default": "cp1252",
    "latin1": "latin-1",
}
_INFLATED_MAX = 16 << 20
"""Bytes that a packed script may unpack to."""


def codec(name: str) -> str:
    """Python's codec of an encoding's name."""
    short = re.sub(r"[^a-z0-9]", "", name.lower().rsplit(".", 1)[-1].removesuffix("encoding"))
    return _CODECS.get(short, "utf-8")


def decoded(value: Value, encoding: str) -> Value:
    """Bytes as a text."""
    data = as_bytes(value)
    return data if isinstance(data, Unknown) else data.decode(encoding, "replace")


def base64_bytes(words: str) -> Value:
    """What base64 stands for."""
    squeezed = re.sub(r"\s", "", words)
    try:
        return base64.b64decode(squeezed + "=" * (-len(squeezed) % 4))
    except (binascii.Error, ValueError):
        return LACKING


def inflated(kind: str, data: bytes) -> Value:
    """What a packed stream holds, up to the limit."""
    try:
        wbits = 31 if "gzip" in kind else 15 if "zlib" in kind else -15
        return zlib.decompressobj(wbits).decompress(data, _INFLATED_MAX)
    except zlib.error:
        return LACKING


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
            return psoperators.cast("int", given[0] if given else 0)
        case "tochar":
            return psoperators.cast("char", given[0] if given else 0)
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
            return psoperators.formatted(
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
            return psoperators.cast("char", first) if member == "convertfromutf32" else None
        case "array", "reverse":
            if isinstance(first, list):
                first.reverse()
            return ""
        case "regex" | "text.regularexpressions.regex", _:
            return _regex(member, given)
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
        case "io.path", "combine":
            return ntpath.join(*map(text, given)) if given else ""
        case "io.path", "getfilename":
            return ntpath.basename(text(first))
        case "io.path", "getdirectoryname":
            return ntpath.dirname(text(first))
        case "io.path", "getextension":
            return ntpath.splitext(text(first))[1]
    return None


def _regex(member: str, given: list[Value]) -> Value | None:
    words = [text(each) for each in given]
    if member == "replace" and len(words) >= 3:
        return psoperators.binary("creplace", words[0], [words[1], words[2]])
    if member == "split" and len(words) >= 2:
        return psoperators.split(words[0], words[1])
    if member in ("unescape", "escape") and words:
        return re.escape(words[0]) if member == "escape" else re.sub(r"\\(.)", r"\1", words[0])
    if member in ("matches", "match") and len(words) >= 2:
        right = "righttoleft" in words[2].lower() if len(words) > 2 else False
        compiled = psoperators.pattern(words[1], True)
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


def of_object(target: Net, member: str, given: list[Value] | None) -> Value | None:
    """A member of an encoding, a stream, a pattern, a builder of texts; None for any other."""
    kind = target.kind
    args = given or []
    if kind == "encoding":
        name = codec(text(target.fields["name"]))
        if member == "getstring":
            return decoded(args[0] if args else b"", name)
        if member == "getbytes":
            return text(args[0] if args else "").encode(name, "replace")
    if kind == "text.stringbuilder" and member.startswith("append"):
        target.fields["text"] = (
            text(target.fields.get("text", ""))
            + text(args[0] if args else "")
            + ("\r\n" if member == "appendline" else "")
        )
        return target
    if member == "tostring" and "text" in target.fields:
        return text(target.fields["text"])
    if kind == "regex" and given is not None:
        swapped = [args[0] if args else "", target.fields["text"], *args[1:]]
        return _regex(member, swapped)
    return _of_stream(target, member, args)


def _of_stream(target: Net, member: str, args: list[Value]) -> Value | None:
    data = target.fields.get("data")
    if isinstance(data, Unknown) and member in (
        "readtoend",
        "toarray",
        "read",
        "copyto",
        "readline",
    ):
        return data
    if not isinstance(data, bytes):
        return None
    match member:
        case "readtoend" | "readline":
            return data.decode(text(target.fields.get("codec", "utf-8")) or "utf-8", "replace")
        case "toarray" | "getbuffer":
            return data
        case "length":
            return len(data)
        case "copyto":
            if args and isinstance(args[0], Net):
                args[0].fields["data"] = data
            return ""
        case "write":
            more = as_bytes(args[0]) if args else b""
            if isinstance(more, Unknown):
                return more
            target.fields["data"] = data + more
            return ""
        case "close" | "dispose" | "flush" | "seek" | "position":
            return ""
    return None


def made(kind: str, args: list[Value]) -> Net | None:
    """A new stream, reader or builder; None for any other class."""
    if kind.endswith(
        (
            "memorystream",
            "deflatestream",
            "gzipstream",
            "zlibstream",
            "streamreader",
            "cryptostream",
        )
    ):
        inner = args[0] if args else b""
        data: Value = (
            inner.fields.get("data", LACKING) if isinstance(inner, Net) else as_bytes(inner)
        )
        if kind.endswith(("deflatestream", "gzipstream", "zlibstream")) and isinstance(data, bytes):
            data = inflated(kind, data)
        if kind.endswith("cryptostream"):
            data = LACKING
        chosen = args[1] if len(args) > 1 else None
        encoding = (
            codec(text(chosen.fields["name"]))
            if isinstance(chosen, Net) and "name" in chosen.fields
            else "utf-8"
        )
        return Net(kind, {"data": data, "codec": encoding})
    if kind.endswith("stringbuilder"):
        return Net("text.stringbuilder", {"text": text(args[0]) if args else ""})
    if kind.startswith("text.") and kind.endswith("encoding"):
        return Net("encoding", {"name": kind.split(".")[-1]})
    if kind in ("regex", "text.regularexpressions.regex"):
        return Net("regex", {"text": text(args[0] if args else "")})
    return None


def preload() -> None:
    """Use every codec and packer once."""
    for name in _CODECS.values():
        "a".encode(name).decode(name)
    inflated("gzip", gzip.compress(b"a"))


__all__ = ["Type", "base64_bytes", "codec", "made", "of_object", "of_text", "static"]
