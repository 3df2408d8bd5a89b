"""[extract.replace] of policy.toml: files with no clean form, and the note in their place."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.model.language import Language
from gateway.policy.setting import Section, setting
from gateway.policy.values import TypeName


class ReplaceSection(Section):
    """Files that are nothing but what acts: a text note takes their place."""

    types: tuple[TypeName, ...] = setting(
        (
            *("pe", "elf", "macho", "jar", "msi", "apk", "chm"),
            *("lnk", "url", "desktop", "winaction", "hta", "onenote"),
            *("javascript", "vbscript", "wsf", "powershell", "batch"),
            *("sh", "python", "perl", "php"),
        ),
        "File types that are replaced by a note.",
        reason="programs, scripts and shortcuts hardly ever come by mail in good faith",
    )
    languages: tuple[Annotated[Language, Field(strict=False)], ...] = setting(
        (Language.EN,),
        "Languages of the note, in this order: en, de, fr, es.",
        reason="the readers' languages are not known before they are set",
    )
    text: str = setting(
        "",
        "An own text in place of the built-in one. {name}, {what}, {size}, {sha256} and {why} "
        "stand for the file's.",
        reason="the built-in text needs no upkeep",
        example="'''{name} was removed. Call 4711.'''",
    )
