"""What guests do about passwords: open a file with words from the mail, and lock it again.

Part of `operations`; runs confined.
"""

from __future__ import annotations

from typing import Final

import msgspec

from gateway.engines import identify
from gateway.extraction import locked
from gateway.extraction.contract import ExtractError
from gateway.sandbox.guest import Sink
from gateway.sandbox.messages import (
    LockAnswer,
    LockRequest,
    Stored,
    UnlockAnswer,
    UnlockRequest,
)

_hints: Final = msgspec.msgpack.Decoder(locked.Hints)


def unlock(data: bytes, request: UnlockRequest, out: Sink) -> UnlockAnswer:
    """A file without its password, when a word of the mail is it."""
    words = locked.candidates(_hints.decode(data[request.file_size :]), request.most)
    try:
        opened = locked.unlock(data[: request.file_size], request.type_name, words, request.seconds)
    except ExtractError as error:
        return UnlockAnswer(error=str(error))
    if opened is None:
        return UnlockAnswer()
    stored = Stored(True, out.write(opened.content), len(opened.content))
    identified = identify.identify(opened.content, request.name, "")
    return UnlockAnswer(stored, identified, opened.word.text, opened.word.from_mail)


def lock(data: bytes, request: LockRequest, out: Sink) -> LockAnswer:
    """A file behind the password it had."""
    start = request.locked_size
    end = start + request.opened_size
    try:
        made = locked.lock(
            data[:start], data[start:end], data[end:], request.new_type, request.password
        )
    except ExtractError as error:
        return LockAnswer(None, str(error))
    return LockAnswer(Stored(True, out.write(made), len(made)), "")
