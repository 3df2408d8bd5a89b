"""Members of .NET's objects that hold a value: encodings, streams, builders, patterns. Pure."""

from __future__ import annotations

from gateway.emulation.powershell import patterns, strings
from gateway.emulation.powershell.encodings import codec, decoded, inflated
from gateway.emulation.powershell.values import LACKING, Net, Unknown, Value, as_bytes, text

_BUILDING = {"insert": "insert", "remove": "remove", "replace": "replace", "clear": "clear"}
"""What a builder does to its text, and the member of a text that does the same."""


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
    if kind == "text.stringbuilder" and member in _BUILDING:
        words = strings.of_text(text(target.fields.get("text", "")), _BUILDING[member], args)
        target.fields["text"] = words if isinstance(words, str) else ""
        return target
    if member == "tostring" and "text" in target.fields:
        return text(target.fields["text"])
    if kind == "regex" and given is not None:
        swapped = [args[0] if args else "", target.fields["text"], *args[1:]]
        return patterns.regex(member, swapped)
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
