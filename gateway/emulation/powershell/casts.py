"""Casts of PowerShell on values that are known. Pure."""

from __future__ import annotations

from gateway.emulation.powershell.values import (
    LACKING,
    Net,
    Type,
    Unknown,
    Value,
    as_bytes,
    items,
    number,
    text,
    truth,
)


def cast(name: str, value: Value) -> Value:
    """`[name] value`; types that do not matter leave the value as it is."""
    short = name.lower().removeprefix("system.")
    if isinstance(value, Unknown):
        return value
    match short:
        case "char":
            return _char(value)
        case "char[]":
            if isinstance(value, list | bytes):
                return [_char(item) for item in items(value)]
            return list(text(value))
        case "string":
            return text(value)
        case "string[]":
            return [text(item) for item in items(value)]
        case "byte[]":
            return as_bytes(value)
        case "int" | "int32" | "int64" | "long" | "uint32" | "uint64" | "byte" | "int16" | "uint16":
            if isinstance(value, str) and len(value) == 1 and not value.isdigit():
                return ord(value)
            found = number(value)
            return found if isinstance(found, Unknown) else round(found)
        case "int[]" | "int32[]" | "uint32[]":
            return [cast("int", item) for item in items(value)]
        case "double" | "single" | "float" | "decimal":
            found = number(value)
            return found if isinstance(found, Unknown) else float(found)
        case "bool" | "switch":
            return truth(value)
        case "array" | "object[]" | "collections.arraylist":
            return items(value)
        case "type":
            return Type(text(value).lower().removeprefix("system."))
        case "void":
            return None
        case "io.memorystream" | "memorystream":
            data = as_bytes(value)
            return data if isinstance(data, Unknown) else Net("io.memorystream", {"data": data})
        case "wmi" | "wmiclass" | "adsi" | "adsisearcher" | "wmisearcher":
            return Net(short, {"text": text(value)})
        case "scriptblock":
            return value
        case "regex":
            return Net("regex", {"text": text(value)})
        case _:
            return value


def _char(value: Value) -> Value:
    if isinstance(value, str) and len(value) == 1:
        return value
    found = number(value)
    if isinstance(found, Unknown) or not 0 <= found < 0x110000:
        return LACKING
    return chr(int(found))
