"""Whose fault it is: ours, or the peer's (h11 draws the same line).

Purpose: the two exceptions of the SMTP machines. Network failures are events, not exceptions.
"""

from __future__ import annotations

from gateway.smtp.replies import Reply


class LocalProtocolError(Exception):
    """We broke the protocol or fed a machine nonsense: a bug here; fail the mail, never send on."""


class Refusal(Exception):  # noqa: N818 - it is an answer, not an error of ours
    """The peer's command cannot be accepted; `reply` is what it is told."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(str(reply))
        self.reply = reply
