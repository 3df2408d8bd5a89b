"""VBA projects out of documents: modules and forms, through oletools."""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping

from gateway.emulation.office.content import Content, Form, Macro

_NAME = re.compile(r'^Attribute\s+VB_Name\s*=\s*"([^"]+)"', re.IGNORECASE | re.MULTILINE)
_BASE = re.compile(r'^Attribute\s+VB_Base\s*=\s*"([^"]*)"', re.IGNORECASE | re.MULTILINE)
_ATTRIBUTE = re.compile(r"^(\s*)Attribute\s+[^\r\n]*", re.IGNORECASE | re.MULTILINE)
_FORM_PROPERTY = re.compile(r'^\s*(\w+)\s*=\s*"?([^"\r\n]*)"?', re.MULTILINE)
_PACKED = re.compile(rb"\x01.[\xb0-\xbf]\x00Attribut", re.DOTALL)
"""How packed source begins: the container, its first piece, eight characters as they are."""

_PIECE_SIGN = 3
_MODULES_MAX = 300


_STORAGE = "VBA".encode("utf-16-le")
"""The storage of a project's modules, as a compound file's directory names it."""


def holds_project(data: bytes) -> bool:
    """Whether a compound file may hold a VBA project."""
    return _STORAGE in data


def read_macros(content: Content) -> None:
    """Add modules and forms of the projects. What cannot be read is said in `content.unread`."""
    for project in content.projects:
        _read_project(project, content)


def _read_project(data: bytes, content: Content) -> None:
    from oletools.olevba import VBA_Parser

    try:
        parser = VBA_Parser("untrusted", data=data)
    except Exception as error:  # noqa: BLE001 - olevba raises whatever its own parsers raise
        content.unread.append(f"the macros' container: {type(error).__name__}")
        return
    try:
        has_project = bool(parser.detect_vba_macros())
        _modules(parser, content)
        _lost_modules(parser, content)
        if has_project and not content.macros and not _only_sheets(content):
            content.unread.append("macros without readable source")
        _forms(parser, content)
    except Exception as error:  # noqa: BLE001 - as above; what was read before it counts
        content.unread.append(f"the macros: {type(error).__name__}")
    finally:
        parser.close()


def _modules(parser: object, content: Content) -> None:
    extract = parser.extract_macros  # type: ignore[attr-defined]  # oletools has no types
    for _, _, file_name, code in extract():
        text = code if isinstance(code, str) else code.decode("latin-1")
        if len(content.macros) >= _MODULES_MAX or not text.strip():
            continue
        named = _NAME.search(text)
        name = named[1] if named else str(file_name).rsplit(".", 1)[0].rsplit("/", 1)[-1]
        if name == "xlm_macro":
            continue
        content.macros.append(
            Macro(name, _kind(str(file_name), text), _ATTRIBUTE.sub(r"\1'", text))
        )


def _lost_modules(parser: object, content: Content) -> None:
    """Modules that the project's directory hides, by a wrong place or a damage: their packed source
    begins with its first attribute."""
    from oletools.olevba import decompress_stream

    known = {macro.name.lower() for macro in content.macros}
    ole = parser.ole_file  # type: ignore[attr-defined]  # oletools has no types
    for path in ole.listdir():
        if len(path) < 2 or path[-2].upper() != "VBA" or path[-1].lower() in known:
            continue
        data = ole.openstream(path).read()
        begin = _PACKED.search(data)
        if begin is None or len(content.macros) >= _MODULES_MAX:
            continue
        try:
            text = decompress_stream(bytearray(_container(data, begin.start()))).decode("latin-1")
        except ValueError:
            continue  # nothing that reads as source; whether that matters is asked below
        content.macros.append(Macro(path[-1], _kind("", text), _ATTRIBUTE.sub(r"\1'", text)))


def _container(data: bytes, begin: int) -> bytes:
    """Packed source without what stands behind it: pieces as long as they have their sign
    ([MS-OVBA] 2.4.1.1.5)."""
    at = begin + 1
    while at + 2 <= len(data):
        (head,) = struct.unpack_from("<H", data, at)
        if head >> 12 & 7 != _PIECE_SIGN:
            break
        at += (head & 0xFFF) + 3
    return data[begin:at]


def _only_sheets(content: Content) -> bool:
    """Whether what oletools calls macros are macro sheets, which are read elsewhere."""
    return any(sheet.kind == "macro" for sheet in content.sheets)


def _kind(file_name: str, text: str) -> str:
    base = _BASE.search(text)
    if file_name.lower().endswith(".frm") or (base and base[1].count("{") > 1):
        return "form"
    if base and base[1].startswith(("0{", "1", "{")):
        return "document"
    return "class" if file_name.lower().endswith(".cls") and not base else "standard"


def _forms(parser: object, content: Content) -> None:
    """Controls of each form; one that oletools cannot read is told and hides no other."""
    from oletools.oleform import OleFormParsingError, extract_OleFormVariables

    forms: dict[str, Form] = {}
    parser.find_vba_forms()  # type: ignore[attr-defined]  # oletools has no types
    ole = parser.ole_file  # type: ignore[attr-defined]  # as above
    for storage in parser.vba_forms:  # type: ignore[attr-defined]  # as above
        form = forms.setdefault(storage[-1].lower(), Form(storage[-1]))
        try:
            variables = list(extract_OleFormVariables(ole, storage))
        except (OleFormParsingError, struct.error):
            content.unread.append(f"the controls of {form.name}")
            continue
        for variable in variables:
            form.controls[_text(variable.get("name")).lower()] = _control(variable)
    for name, text in _frames(parser):
        form = forms.setdefault(name.lower(), Form(name))
        for key, value in _FORM_PROPERTY.findall(text):
            form.properties.setdefault(key.lower(), value)
    content.forms += forms.values()


def _control(variable: Mapping[str, object]) -> dict[str, str]:
    control = {
        key: _text(variable.get(key))
        for key in ("caption", "value", "tag", "control_tip_text", "group_name")
    }
    control["controltiptext"] = control.pop("control_tip_text")
    control["text"] = control["value"]
    return control


def _frames(parser: object) -> list[tuple[str, str]]:
    """The forms' own properties: a text in the stream `\\x03VBFrame`."""
    ole = parser.ole_file  # type: ignore[attr-defined]  # oletools has no types
    return [
        (path[-2], ole.openstream(path).read(65536).decode("cp1252", "replace"))
        for path in ole.listdir()
        if path[-1].lower() == "\x03vbframe" and len(path) > 1
    ]


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("cp1252", "replace")
    return "" if value is None else str(value)
