"""Samples that are written down as they are: text files with one sample after the other.

A line `===== name type` begins a sample; of a bad one it names a rule that must hold too. What a sample carries encoded stands readable in its
file, between `@@coding(` and `)@@`, and is encoded when the file is read. Lines `--kind value`
give an Office document what a macro reads from it; `--document` begins the document's own module.
"""

from __future__ import annotations

import base64
import gzip
import re
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from gateway.emulation.scripts.encoded import encoded
from tools.corpus.detections import office_files
from tools.corpus.detections.case import Case

FOLDER = Path(__file__).with_name("collected")

_HEAD = re.compile(r"^===== (\S+) (\S+) ?(\S*)\n", re.MULTILINE)
_CODED = re.compile(r"@@([a-z0-9]+)(?::(\d+))?\((.*?)\)@@", re.DOTALL)
_PART = re.compile(r"--(form|variable|comments|cell|macro|name|note) (.*)")


def _deflated(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return packer.compress(data) + packer.flush()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _numbers(data: bytes) -> str:
    return ",".join(map(str, data))


_CODINGS: dict[str, Callable[[str, int], str]] = {
    "b64": lambda text, _: _base64(text.encode()),
    "b64u": lambda text, _: _base64(text.encode("utf-16-le")),
    "revb64u": lambda text, _: _base64(text.encode("utf-16-le"))[::-1],
    "gz": lambda text, _: _base64(gzip.compress(text.encode(), mtime=0)),
    "defl": lambda text, _: _base64(_deflated(text.encode())),
    "rev": lambda text, _: text[::-1],
    "hex": lambda text, _: text.encode().hex(),
    "xorhex": lambda text, key: bytes(byte ^ key for byte in text.encode()).hex(),
    "xorcsv": lambda text, key: _numbers(bytes(byte ^ key for byte in text.encode())),
    "addcsv": lambda text, key: ",".join(str(byte + key) for byte in text.encode()),
    "csv": lambda text, _: _numbers(text.encode()),
    "screnc": lambda text, _: encoded(text.replace("\n", "\r\n")),
    "bin": lambda text, _: " ".join(format(byte, "08b") for byte in text.encode()),
}
"""By name: the text, and a number where a coding has a key."""


def _coded(found: re.Match[str]) -> str:
    return _CODINGS[found[1]](found[3], int(found[2] or 0))


def _pieces(name: str) -> Iterator[tuple[str, str, str, str]]:
    """Name, type, rule and text of each sample of a file."""
    parts = _HEAD.split((FOLDER / f"{name}.txt").read_text())
    for sample, kind, rule, body in zip(*(parts[start::4] for start in range(1, 5)), strict=True):
        yield sample, kind, rule, _CODED.sub(_coded, body)


def scripts(name: str) -> tuple[Case, ...]:
    """The scripts of a file, with Windows' line ends."""
    return tuple(
        Case(sample, kind, partial(str.encode, body.replace("\n", "\r\n")), rule)
        for sample, kind, rule, body in _pieces(name)
    )


@dataclass(slots=True)
class _Parts:
    """What an Office document is made of."""

    module: list[str] = field(default_factory=list)
    document: list[str] = field(default_factory=list)
    more: dict[str, list[str]] = field(default_factory=dict)

    def pairs(self, kind: str) -> dict[str, str]:
        """Lines `name=value` of a kind."""
        return dict(line.split("=", 1) for line in self.more.get(kind, []))


def _parts(body: str) -> _Parts:
    found = _Parts()
    lines = found.module
    for line in body.split("\n"):
        part = _PART.match(line)
        if part is not None:
            found.more.setdefault(part[1], []).append(part[2])
        elif line.strip() == "--document":
            lines = found.document
        else:
            lines.append(line)
    return found


def _document(kind: str, body: str) -> bytes:
    parts = _parts(body)
    source, own = "\r\n".join(parts.module), "\r\n".join(parts.document)
    if "form" in parts.more:
        return office_files.with_form(source, *parts.more["form"][0].split("|", 1))
    if "variable" in parts.more:
        return office_files.with_variables(source, parts.pairs("variable"))
    if "comments" in parts.more:
        return office_files.with_comments(source, parts.more["comments"][0])
    match kind:
        case "ole-doc":
            return office_files.doc(source, document=own)
        case "ole-xls":
            return office_files.xls(source, document=own)
        case "pptm":
            return office_files.pptm(source)
        case "xlsm":
            cells, macros, names = map(parts.pairs, ("cell", "macro", "name"))
            return office_files.xlsm(
                source if source.strip() else "",
                document=own,
                cells=cells or None,
                macro_cells=macros or None,
                names=names or None,
                notes=parts.pairs("note"),
            )
        case _:
            return office_files.docm(source, document=own)


def documents(name: str) -> tuple[Case, ...]:
    """The Office documents of a file."""
    return tuple(
        Case(sample, kind, partial(_document, kind, body), rule)
        for sample, kind, rule, body in _pieces(name)
    )
