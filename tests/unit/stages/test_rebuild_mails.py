"""Mails that are files: in archives, under another type, and mails within them."""

from __future__ import annotations

from email import message_from_bytes
from email.policy import SMTP

from gateway.mime import read_tnef
from gateway.model import Action
from gateway.pipeline import Case
from tests.unit.stages.line import ANNA, Line
from tests.unit.stages.mails import attached, docm, encoded_mail_in_mail, mail
from tests.unit.stages.test_rebuild_archives import member
from tests.unit.stages.test_rebuild_nested import documents, has_macro, inner_mail
from tools.corpus.archives import zip_of
from tools.corpus.compose import Attachment
from tools.corpus.msg import message_tree, msg_of
from tools.corpus.tnef import tnef_of

SCRIPT = b"var a = new ActiveXObject('x');\r\n" * 9
LETTER = mail(attached("a.docm", docm("one")), Attachment("run.js", "text/javascript", SCRIPT))


def actions(case: Case) -> list[Action]:
    return [disposition.action for disposition in case.dispositions]


def check_letter(data: bytes) -> None:
    """The letter without what acts, and nothing else changed."""
    letter = message_from_bytes(data)
    found = documents(letter)
    assert list(found) == ["a.docm", "run.js.txt"]
    assert not has_macro(found["a.docm"])
    assert b"was removed" in found["run.js.txt"]
    before = message_from_bytes(LETTER)
    assert letter.items() == before.items()
    types = [part.get_content_type() for part in letter.walk()]
    assert (
        types[-1] == "text/plain"
        and types[:-1] == [part.get_content_type() for part in before.walk()][:-1]
    )


def test_a_mail_in_an_archive(line: Line) -> None:
    case = line.run(mail(attached("a.zip", zip_of({"letter.eml": LETTER, "b.txt": b"b"}))))
    assert actions(case) == [Action.DELIVER_EXTRACTED]
    arrived = documents(message_from_bytes(line.delivered[ANNA]))["a.zip"]
    check_letter(member(arrived, "letter.eml"))


def test_a_mail_in_a_mail_in_an_archive(line: Line) -> None:
    line.run(mail(attached("a.zip", zip_of({"outer.eml": encoded_mail_in_mail(LETTER)}))))
    arrived = documents(message_from_bytes(line.delivered[ANNA]))["a.zip"]
    check_letter(inner_mail(member(arrived, "outer.eml")).as_bytes(policy=SMTP))


def test_a_mail_that_is_called_something_else(line: Line) -> None:
    case = line.run(mail(Attachment("letter.bin", "application/octet-stream", LETTER)))
    assert actions(case) == [Action.DELIVER_EXTRACTED]
    check_letter(documents(message_from_bytes(line.delivered[ANNA]))["letter.bin"])


def test_an_outlook_message_becomes_a_mail(line: Line) -> None:
    inner = message_tree(subject="inner", text="hi", files={"b.docm": docm("two")}, within=True)
    files = {"a.docm": docm("one"), "run.js": SCRIPT}
    message = msg_of(subject="letter", text="Dear Anna", files=files, messages=[inner])
    case = line.run(mail(Attachment("letter.msg", "application/vnd.ms-outlook", message)))
    assert actions(case) == [Action.DELIVER_EXTRACTED]
    found = documents(message_from_bytes(line.delivered[ANNA]))
    assert list(found) == ["letter.eml"]
    parts = documents(message_from_bytes(found["letter.eml"]))
    assert list(parts) == ["a.docm", "run.js.txt", "inner.eml"]
    assert not has_macro(parts["a.docm"])
    assert not has_macro(documents(message_from_bytes(parts["inner.eml"]))["b.docm"])


def test_an_outlook_message_without_anything_to_take_out_stays(line: Line) -> None:
    message = msg_of(subject="letter", text="Dear Anna", files={"a.txt": b"hello there"})
    line.run(mail(Attachment("letter.msg", "application/vnd.ms-outlook", message)))
    assert documents(message_from_bytes(line.delivered[ANNA]))["letter.msg"] == message


def test_winmail_dat_is_put_back(line: Line) -> None:
    winmail = tnef_of({"a.docm": docm("one"), "run.js": SCRIPT}, subject="s", text="Dear Anna")
    case = line.run(mail(Attachment("winmail.dat", "application/ms-tnef", winmail)))
    assert actions(case) == [Action.DELIVER_EXTRACTED]
    found = documents(message_from_bytes(line.delivered[ANNA]))
    assert list(found) == ["winmail.dat"]
    letter, note = read_tnef(found["winmail.dat"]).attachments
    assert letter.filename == "a.docm" and not has_macro(letter.content)
    assert note.filename == "run.js.txt" and b"was removed" in note.content


SIGNED = (
    b"From: sender@client.example\r\nTo: anna@corp.example\r\nSubject: signed\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: multipart/signed; boundary=s; "
    b'protocol="application/pgp-signature"; micalg=pgp-sha256\r\n\r\n--s\r\n%b\r\n--s\r\n'
    b"Content-Type: application/pgp-signature; name=signature.asc\r\n\r\n"
    b"-----BEGIN PGP SIGNATURE-----\r\n\r\nwsBz\r\n-----END PGP SIGNATURE-----\r\n--s--\r\n"
)


def signed(attachment: Attachment) -> bytes:
    """A mail with a detached signature (RFC 3156) around text and attachment."""
    whole = mail(attachment)
    start = whole.index(b"Content-Type: multipart/mixed")
    return SIGNED % whole[start:]


def test_a_broken_signature_is_said(line: Line) -> None:
    line.run(signed(attached("a.zip", zip_of({"a.docm": docm("one")}))))
    said = message_from_bytes(line.delivered[ANNA]).get_all("X-Sluice-Removed", [])
    assert any("validity of the mail's signature" in " ".join(each.split()) for each in said)


def test_a_signed_mail_with_nothing_to_take_out_keeps_every_byte(line: Line) -> None:
    whole = signed(attached("a.zip", zip_of({"a.txt": b"hello there"})))
    line.run(whole)
    assert line.delivered[ANNA].endswith(whole[whole.index(b"--s\r\n") :])
    assert "signature" not in str(message_from_bytes(line.delivered[ANNA])["X-Sluice-Removed"])
