"""What the gateway writes into the head of a mail, and what it takes there from others.

Fields of the gateway's own names that come from outside are renamed: whoever reads `X-Sluice-…`
reads what this gateway wrote.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from gateway.mime import MimeMessage
from gateway.mime.rebuild import add_header
from gateway.mime.splice import Replacement
from gateway.mime.subjecttag import tag_subject
from gateway.model import Subject, Verdict
from gateway.pipeline import Case
from gateway.policy import HeaderWhen
from gateway.stages.common import policy_of

TRACE_FIELD = "X-Sluice-Trace"
VERDICT_FIELD = "X-Sluice-Verdict"
REMOVED_FIELD = "X-Sluice-Removed"

FORGED_FIELDS = b"X-Untrusted-Sluice-"
"""What a field from outside begins with from then on."""

_OWN = re.compile(rb"^X-Sluice-", re.IGNORECASE | re.MULTILINE)
_END_OF_HEAD = re.compile(rb"\n\r?\n|\A\r?\n")

MAX_FIELD = 900
"""Characters of one field's value: with its name it stays below a line of 998 (RFC 5322 2.1.1)."""


def forged_fields(data: bytes) -> list[Replacement]:
    """Fields of the gateway's names that came in the mail's head, given another name.

    Needs no scan: what could not be parsed, and is delivered because policy says so, is not to
    speak for the gateway either. A continuation line begins with a blank, so it is no field.
    """
    end = _END_OF_HEAD.search(data)
    found = _OWN.finditer(data, 0, end.start() + 2 if end else len(data))
    return [Replacement(each.start(), each.end(), FORGED_FIELDS) for each in found]


def marks(
    case: Case, data: bytes, mime: MimeMessage, changed: Sequence[Subject]
) -> list[Replacement]:
    """The gateway's own header fields and the subject's tag, as policy wants them.

    Raises RebuildError and ValueError.
    """
    edits = [add_header(data, mime, name, value) for name, value in _fields(case, changed)]
    tag = policy_of(case).mail.subject_tag if is_notable(case, changed) else ""
    if tag:
        edits += tag_subject(data, mime, tag)
    return edits


def is_notable(case: Case, changed: Sequence[Subject]) -> bool:
    """Whether there is something to say about the mail: it was changed, or it is not clean."""
    return bool(changed) or case.verdict is not Verdict.CLEAN


def _fields(case: Case, changed: Sequence[Subject]) -> Iterator[tuple[str, str]]:
    """The header fields that say what was done, as policy wants them."""
    when = policy_of(case).mail.header
    notable = is_notable(case, changed)
    if when is HeaderWhen.NEVER or (when is HeaderWhen.NOTABLE and not notable):
        return
    for part in changed:
        what = ", ".join(dict.fromkeys(removal.what for removal in part.removed))
        yield REMOVED_FIELD, _one_line(f"{part.label}: {what}")[:MAX_FIELD]
    yield VERDICT_FIELD, str(case.verdict)
    yield TRACE_FIELD, case.id


def _one_line(untrusted_text: str) -> str:
    """A name as the mail gives it, made safe for a header field."""
    return "".join(character if character.isprintable() else "?" for character in untrusted_text)
