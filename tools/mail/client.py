"""Sends one mail with the standard library's SMTP client and tells all that was answered.

A refusal is a result, not an exception; only a broken connection shows as code 0 with its reason.
It must never change the mail's bytes other than dot-stuffing.
"""

from __future__ import annotations

import smtplib
import socket
import ssl
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tools.mail.netns import family_of, open_socket

NO_ANSWER = 0
"""The code of a step the connection did not survive."""
SEND_SECONDS = 120.0
"""Longer than any inspection of a demo mail; a hang shows as NO_ANSWER, not as a hung tool."""


@dataclass(frozen=True, slots=True)
class RecipientReply:
    """The answer to one RCPT TO."""

    recipient: str
    code: int
    text: str


@dataclass(frozen=True, slots=True)
class SmtpResult:
    """The answers to one mail.

    `code` and `text` answer the end of DATA, or the step that ended the attempt earlier: `step`
    is connect, ehlo, starttls, mail, rcpt, data or body. `milliseconds` count from connect to
    that answer.
    """

    code: int
    text: str
    step: str
    milliseconds: float
    recipients: tuple[RecipientReply, ...] = ()
    extensions: tuple[str, ...] = field(default=(), repr=False)

    @property
    def accepted(self) -> bool:
        """True when the server took responsibility for at least one recipient."""
        return self.step == "body" and 200 <= self.code < 300

    @property
    def refused(self) -> tuple[RecipientReply, ...]:
        """The recipients that were refused by name."""
        return tuple(reply for reply in self.recipients if reply.code >= 400)


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send and how: addresses are literals, no name is looked up.

    source: own address and port 0, or None for the kernel's choice. netns: the namespace to
    connect from. starttls: encrypt without checking the certificate.
    """

    host: str
    port: int = 25
    source: str | None = None
    netns: str = ""
    helo: str = "client.example"
    starttls: bool = False
    seconds: float = SEND_SECONDS


def send(
    raw: bytes,
    sender: str,
    recipients: Sequence[str],
    target: Target,
    *,
    mail_options: Sequence[str] = (),
    rcpt_options: Sequence[str] = (),
) -> SmtpResult:
    """Sends `raw` (CRLF, not dot-stuffed) to `target`; see SmtpResult for what comes back.

    mail_options and rcpt_options go behind MAIL and RCPT as they are, such as `BODY=8BITMIME`;
    none are added.
    """
    attempt = _Attempt(target)
    try:
        attempt.run(raw, sender, recipients, mail_options, rcpt_options)
    except (OSError, smtplib.SMTPException) as error:
        attempt.answer(NO_ANSWER, str(error) or type(error).__name__)
    finally:
        attempt.client.close()
    return attempt.result()


class _NamespaceSMTP(smtplib.SMTP):
    """smtplib's client, connecting from a chosen namespace and address."""

    def __init__(self, target: Target) -> None:
        super().__init__(local_hostname=target.helo, timeout=target.seconds)
        self._target = target
        # What starttls() names to the server; only set by the constructor when it connects itself.
        self._host = target.host

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        chosen = open_socket(family_of(host), self._target.netns)
        try:
            chosen.settimeout(timeout)
            if self._target.source is not None:
                chosen.bind((self._target.source, 0))
            chosen.connect((host, port))
        except OSError:
            chosen.close()
            raise
        return chosen


class _Attempt:
    """One attempt, step by step; remembers the step it is in for whoever asks after a failure."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._started = time.perf_counter()
        self._step = "connect"
        self._last = (NO_ANSWER, "", 0.0)
        self._recipients: list[RecipientReply] = []
        self._offered: tuple[str, ...] = ()
        self.client = _NamespaceSMTP(target)

    def run(
        self,
        raw: bytes,
        sender: str,
        recipients: Sequence[str],
        mail_options: Sequence[str],
        rcpt_options: Sequence[str],
    ) -> None:
        """Goes through the conversation until a step is refused or the mail is answered."""
        if not self._greet():
            return
        if not self._ask("mail", *self.client.mail(sender, list(mail_options))):
            return
        for recipient in recipients:
            self._ask("rcpt", *self.client.rcpt(recipient, list(rcpt_options)))
            self._recipients.append(RecipientReply(recipient, *self._last[:2]))
        if any(reply.code < 300 for reply in self._recipients):
            self._step = "body"
            try:
                self.answer(*_decoded(self.client.data(raw)))
            except smtplib.SMTPDataError as refused:
                self._step = "data"
                self.answer(refused.smtp_code, _text(refused.smtp_error))
        self._leave()

    def _greet(self) -> bool:
        code, text = self.client.connect(self._target.host, self._target.port)
        if not self._ask("connect", code, text):
            return False
        if not self._hello() or not self._target.starttls:
            return self._last[0] < 300
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        code, text = self.client.starttls(context=context)
        return self._ask("starttls", code, text) and self._hello()

    def _hello(self) -> bool:
        """EHLO, or HELO for a server that knows no other."""
        if not self._ask("ehlo", *self.client.ehlo()) and not self._ask(
            "ehlo", *self.client.helo()
        ):
            return False
        self._offered = tuple(sorted(name.upper() for name in self.client.esmtp_features))
        return True

    def _leave(self) -> None:
        """QUIT; what it answers, or that nobody answers, changes nothing about the mail."""
        try:
            self.client.quit()
        except (OSError, smtplib.SMTPException):
            return

    def _ask(self, step: str, code: int, text: bytes | str) -> bool:
        self._step = step
        self.answer(code, _text(text))
        return 200 <= code < 300

    def answer(self, code: int, text: str) -> None:
        """Notes an answer and the time it came."""
        self._last = (code, text, (time.perf_counter() - self._started) * 1000)

    def result(self) -> SmtpResult:
        """What is known when the attempt is over."""
        code, text, milliseconds = self._last
        recipients = tuple(self._recipients)
        return SmtpResult(code, text, self._step, milliseconds, recipients, self._offered)


def _decoded(reply: tuple[int, bytes]) -> tuple[int, str]:
    return reply[0], _text(reply[1])


def _text(text: bytes | str) -> str:
    return text.decode("utf-8", "replace") if isinstance(text, bytes) else text
