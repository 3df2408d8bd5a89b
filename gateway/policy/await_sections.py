"""Whether a mail waits for the emulation of its files: by where it comes from, and by type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from pydantic import Strict

from gateway.policy.setting import Section, setting
from gateway.policy.values import TypeName
from gateway.policy.words import Await


class _AwaitSection(Section):
    """The same two keys for either side."""

    default: Await = setting(
        Await.HOLD,
        "Whether a mail waits for the emulation of types that `types` does not name.",
        reason="what has been delivered cannot be called back",
    )
    types: Mapping[TypeName, Annotated[Await, Strict(False)]] = setting(
        {},
        "File types for which the mail waits, or which are emulated in the background.",
        reason="no type is so harmless that it should be delivered first and looked at later",
        example='{ pdf = "background" }',
    )


class AwaitReceivedSection(_AwaitSection):
    """Mail from other mail servers: whether it waits for emulation. `hold`: it waits. `background`:
    it goes on by what the other engines found, as unscanned of the kind background; what emulation
    finds later is added to its trace, kept in the cache for the next mail, and logged as an error
    if it is bad. What a file that is waited for hands on is waited for as well."""


class AwaitSubmittedSection(_AwaitSection):
    """The same for mail that people's programs hand in: on a submission port (smtp.submission_ports
    in gateway.toml), or authenticated."""
