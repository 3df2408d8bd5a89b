"""Looking up answers that somebody else fetched: a question without an answer stops the check.

The check is run again from its beginning once the answer is there. So checks are written as if
they could ask, and do nothing but read.
"""

from __future__ import annotations

import re
from typing import Final

from gateway.engines.authentication.model import Answers, DnsQuestion, RecordType

_NAME: Final = re.compile(r"(?=.{1,253}\Z)[!-~]{1,63}(?:\.[!-~]{1,63})*\Z")
"""A name that can be asked: printable ASCII labels (underscores are common in them)."""


class NeededError(Exception):
    """A question has to be asked before the check can go on."""

    def __init__(self, question: DnsQuestion) -> None:
        super().__init__(question.key)
        self.question = question


class TemporaryError(Exception):
    """The DNS could not be asked."""


class Lookup:
    """The answers there are."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers

    def records(self, untrusted_name: str, record_type: RecordType) -> tuple[str, ...]:
        """The records of a name; none for what is no name. Raises NeededError, TemporaryError."""
        name = untrusted_name.rstrip(".").lower()
        if not _NAME.match(name):
            return ()
        question = DnsQuestion(name, record_type)
        answer = self._answers.get(question.key)
        if answer is None:
            raise NeededError(question)
        if answer.failed:
            raise TemporaryError(f"the DNS did not answer for {name}")
        return answer.records
