"""A note in the place of a file that has no clean form, as policy's [extract.replace] says.

Part of the extract stage. Needs no guest: the note says nothing that is read from the content.
"""

from __future__ import annotations

from gateway.extraction import replaced
from gateway.model import BytesContent, Origin, Outcome, Ran, SkipKind, Skipped, Subject
from gateway.policy import Policy

_TEXT_BODIES = frozenset({"", "text/plain", "text/html"})


def run(policy: Policy, subject: Subject) -> Outcome:
    """Put a note in the place of `subject`, unless it is a text that is read and not run."""
    if subject.origin in (Origin.EMBEDDED, Origin.DROPPED):
        reason = "it stays or goes with the file that holds it"
        return Skipped(SkipKind.NOT_APPLICABLE, reason)
    if _is_only_read(subject):
        return Ran("it stays as it is: under its name it is read, not run", engine="extraction")
    section = policy.extract.replace
    folder, name = _folder_and_name(subject)
    file = replaced.RemovedFile(name, subject.type, subject.content.size, subject.content.sha256)
    note = replaced.note_for(file, section.languages, section.text)
    subject.extracted = BytesContent(note.content)
    subject.extracted_type = replaced.NOTE_TYPE
    subject.extracted_name = folder + note.name
    subject.removed = (note.removal,)
    return Ran(f"replaced by a note: {note.removal.what}", engine="extraction")


def _folder_and_name(subject: Subject) -> tuple[str, str]:
    """A member of an archive stays in its folder; a slash in an attachment's name leads nowhere."""
    if subject.origin is not Origin.MEMBER:
        return "", subject.name
    folder, slash, name = subject.name.rpartition("/")
    return folder + slash, name


def _is_only_read(subject: Subject) -> bool:
    """A mail's own text that begins as a script does, or a script under the name of a text."""
    is_body = not subject.name and subject.claimed_type in _TEXT_BODIES
    if is_body and subject.origin is Origin.MIME:
        return not replaced.acts_under_its_name("body.txt", subject.type)
    return not replaced.acts_under_its_name(subject.name, subject.type)
