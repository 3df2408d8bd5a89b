"""Names of files, texts and sizes as shlwapi works on them."""

from __future__ import annotations

import fnmatch
import ntpath
import re
from urllib.parse import quote, unquote

from gateway.emulation.winapi.calls import Call, api, constants

_ROOM = 260
"""MAX_PATH: the room that these functions take for granted."""

_TOO_SMALL = 0x80004003
_NUMBER = re.compile(r"\s*([+-]?\d{1,10})")

constants("shlwapi", "AssocQueryStringA/6=0x80070483 AssocQueryStringW/6=0x80070483")


def _change(call: Call, text: str) -> int:
    """Put a text in the place of the first argument's."""
    if len(text) >= _ROOM:
        return 0
    call.put(call[0], call.encoded(text))
    return 1


@api("shlwapi", "PathRenameExtensionA PathRenameExtensionW", 2)
def rename_extension(call: Call) -> int:
    return _change(call, ntpath.splitext(call.text(0))[0] + call.text(1))


@api("shlwapi", "PathQuoteSpacesA PathQuoteSpacesW", 1)
def quote_spaces(call: Call) -> int:
    text = call.text(0)
    return _change(call, f'"{text}"') if " " in text else 0


@api("shlwapi", "PathUnquoteSpacesA PathUnquoteSpacesW", 1)
def unquote_spaces(call: Call) -> int:
    text = call.text(0)
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return _change(call, text[1:-1]) if quoted else 0


@api("shlwapi", "PathRemoveBackslashA PathRemoveBackslashW", 1)
def remove_backslash(call: Call) -> int:
    text = call.text(0).removesuffix("\\")
    _change(call, text)
    return call[0] + len(text) * (2 if call.wide else 1)


@api("shlwapi", "PathMatchSpecA PathMatchSpecW", 2)
def match_spec(call: Call) -> int:
    name, specs = call.text(0).lower(), call.text(1).lower().split(";")
    return int(any(fnmatch.fnmatchcase(name, spec.strip()) for spec in specs))


@api("shlwapi", "PathIsUNCA PathIsUNCW", 1)
def is_share(call: Call) -> int:
    return int(call.text(0).startswith("\\\\"))


@api("shlwapi", "PathIsRootA PathIsRootW", 1)
def is_root(call: Call) -> int:
    return int(re.fullmatch(r"[A-Za-z]:\\|\\", call.text(0)) is not None)


@api("shlwapi", "StrToIntA StrToIntW", 1)
def to_number(call: Call) -> int:
    found = _NUMBER.match(call.text(0))
    return int(found[1]) & 0xFFFFFFFF if found else 0


def _at(call: Call, index: int) -> int:
    return call[0] + index * (2 if call.wide else 1) if index >= 0 else 0


@api("shlwapi", "StrChrA StrChrW", 2)
def find_character(call: Call) -> int:
    return _at(call, call.text(0).find(chr(call.u32(1) & 0xFFFF)))


@api("shlwapi", "StrRChrA StrRChrW", 3)
def find_last_character(call: Call) -> int:
    return _at(call, call.text(0).rfind(chr(call.u32(2) & 0xFFFF)))


@api("shlwapi", "StrTrimA StrTrimW", 2)
def trim(call: Call) -> int:
    text = call.text(0)
    trimmed = text.strip(call.text(1)) if call.text(1) else text
    call.put(call[0], call.encoded(trimmed))
    return int(trimmed != text)


@api("shlwapi", "StrFormatByteSizeA", 3)
def byte_size(call: Call) -> int:
    size, unit = float(call.u32(0)), "bytes"
    for larger in ("KB", "MB", "GB"):
        if size < 1024:
            break
        size, unit = size / 1024, larger
    text = f"{size:.0f} bytes" if unit == "bytes" else f"{size:.3g} {unit}"
    call.put(call[1], call.encoded(text[: max(0, call.signed(2) - 1)]))
    return call[1]


@api("shlwapi", "UrlEscapeA UrlEscapeW UrlUnescapeA UrlUnescapeW", 4)
def escape(call: Call) -> int:
    """The room, which is counted in characters, becomes the length."""
    text = call.text(0)
    made = unquote(text) if "Un" in call.name else quote(text, safe=":/?#[]@!$&'()*+,;=%-._~")
    place = call[1] or call[0]
    if call[2] and call.machine.memory.u32(call[2]) <= len(made):
        call.put_u32(call[2], len(made) + 1)
        return _TOO_SMALL
    call.put(place, call.encoded(made))
    call.put_u32(call[2], len(made))
    return 0
