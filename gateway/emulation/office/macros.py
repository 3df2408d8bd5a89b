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
