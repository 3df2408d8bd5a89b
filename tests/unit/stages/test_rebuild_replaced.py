"""A program's or script's place in a mail is taken by a note, for those in extraction's scope."""

from __future__ import annotations

import io
import zipfile
from email import message_from_bytes, policy
from email.message import EmailMessage

from gateway.model import Action
from tests.unit.stages.line import ANNA, OUTSIDE, Line
from tests.unit.stages.mails import encoded_mail_in_mail, mail, uuencoded
from tests.unit.stages.test_rebuild_nested import inner_mail
from tools.corpus.archives import zip_of
from tools.corpus.compose import Attachment

SCRIPT = b"#!/bin/sh\necho hello\n"
PICTURE = Attachment("dot.gif", "image/gif", b"GIF89a\1\0\1\0\0\0\0;")


def parsed(data: bytes) -> EmailMessage:
    return message_from_bytes(data, policy=policy.default)


def names(message: EmailMessage) -> list[str | None]:
    return [part.get_filename() for part in message.iter_attachments()]


def test_a_script_becomes_a_note_and_all_else_stays(line: Line) -> None:
    attached = Attachment("täglich.sh", 'text/x-sh; charset="iso-8859-1"', SCRIPT)
    original = mail(PICTURE, attached)
    case = line.run(original, ANNA, OUTSIDE)
    assert [d.action for d in case.dispositions] == [Action.DELIVER_EXTRACTED, Action.DELIVER]
    assert line.delivered[OUTSIDE].endswith(original)
    arrived = parsed(line.delivered[ANNA])
    assert names(arrived) == ["dot.gif", "täglich.sh.txt"]
    picture, note = arrived.iter_attachments()
    assert picture.get_content() == PICTURE.data
    assert (note.get_content_type(), note.get_content_charset()) == ("text/plain", "utf-8")
    text = note.get_content()
    assert 'The file "täglich.sh" was removed' in text
    assert case.parts[-1].content.sha256 in text
    assert b"echo" not in line.delivered[ANNA]
    assert arrived["X-Sluice-Removed"] == "täglich.sh: shell script"


def test_policy_says_what_is_replaced_and_in_which_language(line: Line) -> None:
    policy_text = '[extract.replace]\nlanguages = ["de"]\n'
    line.run(mail(Attachment("a.sh", "application/x-sh", SCRIPT)), ANNA, policy=policy_text)
    (note,) = parsed(line.delivered[ANNA]).iter_attachments()
    assert "wurde aus dieser Mail entfernt" in note.get_content()
    policy_text = '[extract.replace]\ntypes = ["pe"]\n'
    original = mail(Attachment("a.sh", "application/x-sh", SCRIPT))
    line.run(original, ANNA, policy=policy_text)
    assert line.delivered[ANNA].endswith(original)


def test_a_text_that_begins_as_a_script_is_read_and_stays(line: Line) -> None:
    original = mail(Attachment("howto.txt", "text/plain", SCRIPT), text="#!/bin/sh\nas you asked")
    case = line.run(original, ANNA)
    assert [d.action for d in case.dispositions] == [Action.DELIVER]
    assert line.delivered[ANNA].endswith(original)


def test_a_script_in_an_encoded_mail_and_one_in_a_text(line: Line) -> None:
    line.run(encoded_mail_in_mail(mail(Attachment("a.sh", "application/x-sh", SCRIPT))), ANNA)
    inner = inner_mail(line.delivered[ANNA])
    assert [part.get_filename() for part in inner.walk()][-1] == "a.sh.txt"
    line.run(mail(text="See below.\r\n" + uuencoded("b.sh", SCRIPT)), ANNA)
    assert b"begin 644 b.sh.txt" in line.delivered[ANNA]


def test_a_script_in_a_zip_holds_the_note(line: Line) -> None:
    archive = zip_of({"readme.txt": b"read me", "run.sh": SCRIPT})
    line.run(mail(Attachment("a.zip", "application/zip", archive)), ANNA)
    (attached,) = parsed(line.delivered[ANNA]).iter_attachments()
    with zipfile.ZipFile(io.BytesIO(attached.get_content())) as made:
        contents = [made.read(name) for name in made.namelist()]
    assert contents[0] == b"read me"
    assert b"was removed" in contents[1]
