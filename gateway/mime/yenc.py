"""Reading yEnc text (yenc.org draft 1.3), with or without its =ybegin line."""

import re
from typing import Final

from gateway.mime.decoded import Decoded
from gateway.mime.defects import Defect

_SHIFT: Final = bytes((c - 42) & 255 for c in range(256))
_END: Final = re.compile(rb"(?:\A|(?<=[\r\n]))=yend[^\r\n]*+")
_BEGIN: Final = re.compile(rb"(?:\A|(?<=[\r\n]))=ybegin [^\r\n]*+[\r\n]*+")
_PART: Final = re.compile(rb"[\r\n]*+=ypart [^\r\n]*+")
_SIZE: Final = re.compile(rb" size=(\d{1,12})")
_ESCAPE: Final = 64


def decode_yenc(raw: bytes) -> Decoded:
    """Decode up to the =yend line."""
    begin = _BEGIN.search(raw)
    start = begin.end() if begin else 0
    part = _PART.match(raw, start)
    if part is not None:
        start = part.end()
    end = _END.search(raw, start)
    text = raw[start : end.start() if end else len(raw)].translate(None, b"\r\n")
    first, *escaped = text.split(b"=")
    pieces = [first.translate(_SHIFT)]
    for piece in escaped:
        # The byte after = was shifted by 64 more; an empty piece is a damaged escape.
        if piece:
            pieces.append(bytes(((piece[0] - _ESCAPE - 42) & 255,)))
            pieces.append(piece[1:].translate(_SHIFT))
    content = b"".join(pieces)
    size = _SIZE.search(end.group()) if end else None
    sound = size is not None and int(size.group(1)) == len(content)
    return Decoded(content, () if sound else (Defect.YENC_DAMAGED,))
