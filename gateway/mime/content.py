"""What the content fields of one header say: type, boundary, encoding, disposition, names, and
where they contradict themselves. Pure interpretation; knows no bodies."""

from typing import Final, NamedTuple

from gateway.mime.defects import Defect, DefectNote
from gateway.mime.header import HeaderBlock
from gateway.mime.limits import MAX_BOUNDARY
from gateway.mime.parameters import parse_field
from gateway.mime.tree import Parameter, TransferEncoding

_E = TransferEncoding
_ENCODINGS: Final[dict[str, TransferEncoding]] = {
    "": _E.SEVEN_BIT,
    "7bit": _E.SEVEN_BIT,
    "7-bit": _E.SEVEN_BIT,
    "8bit": _E.EIGHT_BIT,
    "8-bit": _E.EIGHT_BIT,
    "binary": _E.BINARY,
    "base64": _E.BASE64,
    "base-64": _E.BASE64,
    "quoted-printable": _E.QUOTED_PRINTABLE,
    "quotedprintable": _E.QUOTED_PRINTABLE,
    "x-uuencode": _E.UUENCODE,
    "x-uue": _E.UUENCODE,
    "x-uu": _E.UUENCODE,
    "uuencode": _E.UUENCODE,
    "uue": _E.UUENCODE,
    "x-yencode": _E.YENC,
    "yenc": _E.YENC,
}
"""Spellings seen in the wild; everything else is UNKNOWN and read as it stands (RFC 2045 section
6.4)."""

_ONCE: Final = frozenset(
    {
        "bcc",
        "cc",
        "content-description",
        "content-id",
        "date",
        "from",
        "in-reply-to",
        "message-id",
        "mime-version",
        "references",
        "reply-to",
        "sender",
        "subject",
        "to",
    }
)
"""Fields that may stand once (RFC 5322 section 3.6, RFC 2045); the content fields have their own
defects."""

_BOUNDARY_CHARACTERS: Final = frozenset(
    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=? "
)
_PLAIN: Final = "text/plain"
_MALFORMED_TYPE: Final = "application/octet-stream"


class Content(NamedTuple):
    """The meaning of one header's content fields; `boundaries` holds every boundary that some
    reader may use, the most likely first."""

    claimed_type: str
    type_declared: bool
    parameters: tuple[Parameter, ...]
    boundaries: tuple[bytes, ...]
    charset: str | None
    encoding: TransferEncoding
    other_encodings: tuple[TransferEncoding, ...]
    disposition: str | None
    names: tuple[str, ...]


_NO_CONTENT_FIELDS: Final[dict[str, Content]] = {
    default: Content(default, False, (), (), None, _E.SEVEN_BIT, (), None, ())
    for default in (_PLAIN, "message/rfc822")
}


def interpret(block: HeaderBlock, default_type: str, defects: list[DefectNote]) -> Content:
    """Read the content fields of a block; `default_type` stands in for a missing Content-Type."""
    keys = block.keys
    if len(set(keys)) != len(keys):
        _check_duplicates(block, defects)
    texts = block.texts
    if not texts:
        return _NO_CONTENT_FIELDS[default_type]
    start = block.insert_at
    claimed, declared, parameters, boundaries = _types(texts, default_type, start, defects)
    encodings = _encodings(texts.get("content-transfer-encoding", ()), start, defects)
    disposition, disposition_names = _disposition(
        texts.get("content-disposition", ()), start, defects
    )
    type_names = [p.value for p in parameters if p.name == "name"]
    return Content(
        claimed,
        declared,
        parameters,
        boundaries,
        next((p.value for p in parameters if p.name == "charset"), None),
        encodings[0],
        encodings[1:],
        disposition,
        _names(disposition_names, type_names, start, defects),
    )


def _check_duplicates(block: HeaderBlock, defects: list[DefectNote]) -> None:
    """Note fields that stand several times although they may stand once."""
    seen: set[str] = set()
    noted: set[str] = set()
    for field in block.fields:
        key = field.key
        if key in seen and key not in noted:
            noted.add(key)
            if key in _ONCE:
                defects.append(DefectNote(Defect.DUPLICATE_FIELD, field.start, key))
            elif key in _DUPLICATES:
                defects.append(DefectNote(_DUPLICATES[key], field.start))
        seen.add(key)


_DUPLICATES: Final = {
    "content-type": Defect.DUPLICATE_CONTENT_TYPE,
    "content-transfer-encoding": Defect.DUPLICATE_TRANSFER_ENCODING,
    "content-disposition": Defect.DUPLICATE_DISPOSITION,
}


def _types(
    texts: dict[str, list[str]], default_type: str, start: int, defects: list[DefectNote]
) -> tuple[str, bool, tuple[Parameter, ...], tuple[bytes, ...]]:
    """Claimed type, whether declared, all parameters, all boundaries. With several Content-Type
    fields a multipart wins, so that nothing stays hidden from the scan."""
    parsed = [parse_field(text) for text in texts.get("content-type", ())]
    if not parsed:
        return default_type, False, (), ()
    for field in parsed:
        defects.extend(DefectNote(defect, start, "content-type") for defect in field.defects)
    chosen = parsed[0]
    if len(parsed) > 1:
        chosen = next((field for field in parsed if field.value.startswith("multipart/")), chosen)
    parameters = chosen.parameters
    if len(parsed) > 1:
        parameters += tuple(p for field in parsed if field is not chosen for p in field.parameters)
    claimed = chosen.value
    main, slash, sub = claimed.partition("/")
    if not (main and slash and sub) or "/" in sub:
        defects.append(DefectNote(Defect.MALFORMED_CONTENT_TYPE, start, claimed[:80]))
        claimed = _MALFORMED_TYPE if slash else _PLAIN
    boundaries = _boundaries(parameters, start, defects) if main == "multipart" else ()
    return claimed, True, parameters, boundaries


def _boundaries(
    parameters: tuple[Parameter, ...], start: int, defects: list[DefectNote]
) -> tuple[bytes, ...]:
    """All usable boundaries as bytes, without the trailing white space that delimiter lines may
    have."""
    found: list[bytes] = []
    for parameter in parameters:
        if parameter.name != "boundary":
            continue
        raw = parameter.value.encode("utf-8", "replace").rstrip()
        if len(raw) > MAX_BOUNDARY:
            defects.append(DefectNote(Defect.LIMIT_BOUNDARY, start))
        elif raw and raw not in found:
            found.append(raw)
            if len(raw) > 70 or not _BOUNDARY_CHARACTERS.issuperset(parameter.value):
                defects.append(DefectNote(Defect.BOUNDARY_UNUSUAL, start))
    if not found:
        defects.append(DefectNote(Defect.MISSING_BOUNDARY, start))
    elif len(found) > 1:
        defects.append(DefectNote(Defect.SEVERAL_BOUNDARIES, start))
    return tuple(found)


def _encodings(
    texts: list[str] | tuple[()], start: int, defects: list[DefectNote]
) -> tuple[TransferEncoding, ...]:
    """The claimed encodings, the first one first; never empty."""
    found: list[TransferEncoding] = []
    for text in texts:
        token = text.strip().lower()
        encoding = _ENCODINGS.get(token)
        if encoding is None:
            token = token.split(";", 1)[0].split("(", 1)[0].strip().strip("\"'").strip()
            encoding = _ENCODINGS.get(token, TransferEncoding.UNKNOWN)
            if encoding is TransferEncoding.UNKNOWN:
                defects.append(DefectNote(Defect.UNKNOWN_ENCODING, start, token[:80]))
        if encoding not in found:
            found.append(encoding)
    if len(found) > 1:
        defects.append(DefectNote(Defect.CONFLICTING_ENCODINGS, start, " / ".join(found)))
    return tuple(found) or (TransferEncoding.SEVEN_BIT,)


def _disposition(
    texts: list[str] | tuple[()], start: int, defects: list[DefectNote]
) -> tuple[str | None, list[str]]:
    """The first disposition and all file names of all disposition fields."""
    value: str | None = None
    names: list[str] = []
    for text in texts:
        parsed = parse_field(text)
        defects.extend(
            DefectNote(defect, start, "content-disposition") for defect in parsed.defects
        )
        value = value or parsed.value or None
        names.extend(p.value for p in parsed.parameters if p.name == "filename")
    return value, names


def _names(
    disposition_names: list[str], type_names: list[str], start: int, defects: list[DefectNote]
) -> tuple[str, ...]:
    """All different names, those of the disposition first; contradictions are noted."""
    names = tuple(dict.fromkeys(name for name in (*disposition_names, *type_names) if name))
    if len(names) < 2:
        return names
    if disposition_names and type_names and disposition_names[0] != type_names[0]:
        detail = f"{disposition_names[0][:80]} / {type_names[0][:80]}"
        defects.append(DefectNote(Defect.CONFLICTING_NAMES, start, detail))
    if len({_extension(name) for name in names}) > 1:
        detail = " / ".join(name[:80] for name in names[:4])
        defects.append(DefectNote(Defect.CONFLICTING_EXTENSIONS, start, detail))
    return names


def _extension(name: str) -> str:
    """The extension in lower case; Windows ignores dots and spaces at the end of a name."""
    stem = name.rstrip(". \t\0").lower()
    return stem.rpartition(".")[2] if "." in stem else ""
