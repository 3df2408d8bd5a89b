"""[banner] and [originals] of policy.toml: what recipients of a changed mail are told, and what
becomes of the mail as it came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Field, Strict

from gateway.model.language import Language
from gateway.policy.setting import Section, setting
from gateway.policy.values import LinkTemplate
from gateway.policy.words import ReleaseWhen


class BannerSection(Section):
    """A few lines above the text of mails that were changed; no other mail gets them."""

    enabled: bool = setting(
        True,
        "Whether changed mails say so, above their first plain and HTML text. Signed and "
        "encrypted texts are left alone.",
        reason="who misses something should not have to guess",
    )
    languages: tuple[Annotated[Language, Field(strict=False)], ...] = setting(
        (Language.EN,),
        "Languages of the banner, in this order: en, de, fr, es.",
        reason="the readers' languages are not known before they are set",
    )
    texts: Mapping[Annotated[Language, Strict(False)], str] = setting(
        {},
        "Own texts in place of the built-in ones, by language. {files}, {until}, {link} and "
        "{trace} are filled in; a line is left out where there is nothing to fill in.",
        reason="the built-in texts need no upkeep",
        example='{ en = "Changed by Example Corp: {files}" }',
    )


class OriginalsSection(Section):
    """Mails as they came, of which somebody got an extracted copy. Kept encrypted on disk."""

    keep: bool = setting(
        True,
        "Whether originals are kept.",
        reason="extraction takes out what somebody may need after all",
    )
    days: int = setting(
        14,
        "Days until an original is deleted; links to it end with it.",
        unit="days",
        reason="two weeks cover a holiday; stored mail is personal data",
        at_least=1,
        at_most=3650,
    )
    link: LinkTemplate = setting(
        "",
        "Address of the release page; {token} stands for what tells original and recipient. With "
        "it each recipient of a changed mail gets a link of their own in the banner.",
        reason="the page's public name is not known before it is set",
        example='"https://mail.example.org/original/{token}"',
    )
    release: ReleaseWhen = setting(
        ReleaseWhen.CLEAN,
        "When `gatewayctl original release` delivers: at once, or only when a new inspection with "
        "emulation calls the mail clean.",
        reason="what was taken out unread is read before it goes out",
    )
