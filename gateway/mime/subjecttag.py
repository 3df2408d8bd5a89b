"""A tag in front of a mail's subject, with every other byte of it left as it is."""

from __future__ import annotations

from gateway.mime.encode import MAX_TEXT_LINE
from gateway.mime.fieldedit import RebuildError
from gateway.mime.rebuild import add_header, line_end_of
from gateway.mime.splice import Replacement
from gateway.mime.tree import Bytes, MimeMessage

_NAME = "Subject"


def tag_subject(data: Bytes, message: MimeMessage, tag: str) -> list[Replacement]:
    """`tag` (printable ASCII) written before the subject; a mail without one gets it as subject.

    The tag becomes the first word of the field's body, so whatever the subject's encoding and
    folding is, it stays. Mail programs show the first of several subjects: that is the one tagged.
    A subject that begins with the tag already keeps it (a mail that passes twice). Raises
    RebuildError when the field is not where the scanner said, ValueError for a tag that would break
    out of the field.
    """
    present = message.root.fields_named(_NAME)
    if not present:
        return [add_header(data, message, _NAME, tag)]
    if not (tag.isascii() and tag.isprintable()):
        raise ValueError(f"not fit for a subject: {tag!r}")
    first = present[0]
    if first.value.startswith(tag):
        return []
    written = bytes(data[first.start : first.end])
    name, colon, body = written.partition(b":")
    if not colon or name.strip().lower() != _NAME.lower().encode():
        raise RebuildError("the subject cannot be found again")
    at = first.start + len(name) + len(colon)
    new = b" " + tag.encode("ascii")
    if len(written.split(b"\n", 1)[0].rstrip(b"\r")) + len(new) + 1 > MAX_TEXT_LINE:
        new += line_end_of(data, message.root)  # what follows becomes a continuation line
    if body[:1] not in (b" ", b"\t"):
        new += b" "
    return [Replacement(at, at, new)]
