"""The languages in which the gateway speaks to the readers of mail."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """A language of notes (ISO 639-1)."""

    EN = "en"
    DE = "de"
    FR = "fr"
    ES = "es"
