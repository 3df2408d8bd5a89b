"""What identification answers, and how a second opinion counts. Pure: callers outside the guest
import this without any parser."""

from __future__ import annotations

from typing import Final

import msgspec

from gateway.model import TypeGuess

SECOND_OPINION_SCORE: Final = 90
"""Certainty in per cent below which the second opinion changes nothing: magika is right on 99 of
100 files where it is that certain, and on two of three below."""


class Identified(msgspec.Struct, frozen=True, array_like=True):
    """The guess; whether a second opinion is worth asking; what else the file can be read as."""

    guess: TypeGuess
    doubtful: bool = False
    also: tuple[str, ...] = ()


class SecondOpinion(msgspec.Struct, frozen=True, array_like=True):
    """Another engine's type (one of ours) and its certainty in per cent."""

    type: str
    score: int


def with_second_opinion(guess: TypeGuess, second: SecondOpinion) -> TypeGuess:
    """The guess with the second opinion on record. It counts where the first one knows nothing
    better than text or data, and the second is certain."""
    weak = guess.type in ("unknown", "text")
    counts = weak and second.score >= SECOND_OPINION_SCORE and second.type != "unknown"
    kind = second.type if counts else guess.type
    return TypeGuess(kind, guess.mime, second.type, second.score)
