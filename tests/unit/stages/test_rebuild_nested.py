"""Several parts that change inside the same nested mail or the same text are changed at once."""

from __future__ import annotations

import io
import zipfile
from email import message_from_bytes
from email.message import Message

from gateway.mime import decode, scan
from gateway.mime.change import Change, edits_of
from gateway.mime.splice import apply
from gateway.model import Action
from tests.unit.stages.line import ANNA, OUTSIDE, Line, outcome
from tests.unit.stages.mails import attached, docm, encoded_mail_in_mail, mail, uuencoded
from tools.corpus.compose import base64_lines


def documents(message: Message) -> dict[str, bytes]:
    """The attached files of a mail and of mails in it, read by the standard library."""
    found = {}
    for part in message.walk():
        name = part.get_filename()
        payload = part.get_payload(decode=True)
        if name and isinstance(payload, bytes):
            found[name] = payload
    return found


def inner_mail(delivered: bytes) -> Message:
    """The nested mail, which is in base64: the standard library leaves that to us."""
    tree = scan(delivered)
    (node,) = [part for part in tree.walk() if part.decoded is not None]
    return message_from_bytes(decode(node, delivered))


def has_macro(document: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        assert archive.testzip() is None
        return "word/vbaProject.bin" in archive.namelist()


def test_two_documents_in_one_encoded_mail(line: Line) -> None:
    inner = mail(attached("a.docm", docm("one")), attached("b.docm", docm("two")))
    case = line.run(encoded_mail_in_mail(inner))
    assert [d.action for d in case.dispositions] == [Action.DELIVER_EXTRACTED]
    found = documents(inner_mail(line.delivered[ANNA]))
    assert sorted(found) == ["a.docm", "b.docm"]
    assert not any(map(has_macro, found.values()))


def test_documents_two_encoded_mails_deep_beside_one_outside(line: Line) -> None:
    innermost = mail(attached("a.docm", docm("one")), attached("b.docm", docm("two")))
    middle = encoded_mail_in_mail(innermost).replace(
        b"--=_o--\r\n",
        b"--=_o\r\nContent-Type: application/octet-stream; name=c.docm\r\n"
        b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; "
        b"filename=c.docm\r\n\r\n" + base64_lines(docm("three")) + b"--=_o--\r\n",
    )
    line.run(encoded_mail_in_mail(middle))
    middle_again = inner_mail(line.delivered[ANNA])
    found = documents(middle_again)
    assert "c.docm" in found and not has_macro(found["c.docm"])
    found = documents(inner_mail(middle_again.as_bytes()))
    assert sorted(found) == ["a.docm", "b.docm"]
    assert not any(map(has_macro, found.values()))


def test_two_uuencoded_documents_in_one_text(line: Line) -> None:
    text = "\r\n".join(
        ["before", uuencoded("a.docm", docm("one")), "between", uuencoded("b.docm", docm("two"))]
    )
    line.run(mail(text=text + "\r\nafter"))
    delivered = line.delivered[ANNA]
    blocks = [part for part in scan(delivered).walk() if part.filename]
    assert [part.filename for part in blocks] == ["a.docm", "b.docm"]
    assert not any(has_macro(decode(part, delivered)) for part in blocks)
    for words in (b"before\r\n", b"\r\nbetween\r\n", b"\r\nafter\r\n"):
        assert words in delivered


def test_a_text_that_changes_together_with_the_file_in_it() -> None:
    data = mail(text="before\r\n" + uuencoded("a.bin", b"old file") + "\r\nafter")
    mime = scan(data)
    text = next(part for part in mime.walk() if part.children and not part.is_container)
    (block,) = text.children
    changed = decode(text, data).replace(b"before", b"BEFORE")
    changes = [Change((block.path,), b"new file"), Change((text.path,), changed)]
    again = apply(data, edits_of(data, mime, changes))
    (found,) = [part for part in scan(again).walk() if part.filename == "a.bin"]
    assert decode(found, again) == b"new file"
    assert b"BEFORE\r\n" in again and b"\r\nafter" in again


def test_the_recipient_outside_extraction_gets_the_original(line: Line) -> None:
    original = encoded_mail_in_mail(mail(attached("a.docm", docm("one"))))
    line.run(original, ANNA, OUTSIDE)
    assert original.split(b"\r\n", 1)[1] in line.delivered[OUTSIDE]
    assert not has_macro(documents(inner_mail(line.delivered[ANNA]))["a.docm"])


def test_a_name_with_line_ends_stays_one_field(line: Line) -> None:
    named = mail(attached("a.docm", docm("one"))).replace(
        b'filename="a.docm"', b"filename*=utf-8''a%0D%0AX-Evil:%20yes.docm"
    )
    case = line.run(named)
    assert "extracted for" in outcome(case, "rebuild")
    message = message_from_bytes(line.delivered[ANNA])
    assert message["X-Evil"] is None and "??X-Evil: yes.docm" in str(message["X-Sluice-Removed"])
