"""The demo's mails: complete, repeatable, and their checks tell right from wrong."""

from __future__ import annotations

import io
import re
import zipfile
from email import message_from_bytes

import pikepdf
import pytest

from tools.corpus import (
    ANNA,
    OUTSIDE,
    Action,
    ByteForByte,
    DemoMail,
    RecipientPromise,
    RowPromise,
    attachment_of,
    body_differences,
    compose,
    demo_mail,
    demo_mails,
    subject_matches,
    words_missing,
)
from tools.corpus.archives import zip_of
from tools.corpus.compose import Attachment, nested_mail_part, text_part
from tools.corpus.signed import verify

NAMES = [mail.name for mail in demo_mails()]


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES) == 15


@pytest.mark.parametrize("name", NAMES)
def test_every_mail_is_fit_for_smtp(name: str) -> None:
    raw = demo_mail(name).raw
    assert raw.endswith(b"\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", raw)
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    parsed = message_from_bytes(raw)
    assert not any(part.defects for part in parsed.walk())


def test_only_one_attachment_comes_twice() -> None:
    first, again = demo_mail("same-first"), demo_mail("same-again")
    name = "disk-report.sh"
    assert attachment_of(first.raw, name) == attachment_of(again.raw, name) != b""
    assert first.raw != again.raw


def test_a_recipient_with_a_body_has_checks_and_one_without_has_none() -> None:
    with pytest.raises(ValueError, match="checked exactly when"):
        RecipientPromise(ANNA, Action.DELIVER)
    with pytest.raises(ValueError, match="checked exactly when"):
        RecipientPromise(ANNA, Action.REJECT, (ByteForByte(),))


def test_a_mail_needs_a_promise_for_each_recipient() -> None:
    mail = demo_mail("plain-text")
    with pytest.raises(ValueError, match="exactly one promise"):
        DemoMail("x", "x", mail.sender, (ANNA, OUTSIDE), mail.raw, mail.promise)


def test_byte_for_byte_names_the_first_difference() -> None:
    assert body_differences(ByteForByte(), b"abc", b"abc") == ()
    assert "octet 1" in body_differences(ByteForByte(), b"abc", b"axc")[0]
    assert "octet 3" in body_differences(ByteForByte(), b"abc", b"abcd")[0]


def _with_attachment(mail: DemoMail, name: str, data: bytes) -> bytes:
    return compose(
        sender=mail.sender,
        recipients=mail.recipients,
        subject="x",
        text="x",
        attachments=[Attachment(name, "application/octet-stream", data)],
    )


def _without_macro(data: bytes, *, spoil: str = "") -> bytes:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if "vba" not in name}
    types = members["[Content_Types].xml"]
    members["[Content_Types].xml"] = types.replace(b"vbaProject", b"")
    if spoil:
        members[spoil] = b"spoiled"
    return zip_of(members)


def test_macro_check_accepts_the_document_without_its_macro() -> None:
    mail = demo_mail("macro-docm")
    check = mail.promise.recipients[0].checks[0]
    clean = _without_macro(attachment_of(mail.raw, "invoice.docm"))
    delivered = _with_attachment(mail, "invoice.docx", clean)
    assert body_differences(check, mail.raw, delivered, open_office=False) == ()


@pytest.mark.parametrize("spoil", ["word/document.xml", "word/media/image1.png", "new.bin"])
def test_macro_check_sees_every_other_change(spoil: str) -> None:
    mail = demo_mail("macro-docm")
    check = mail.promise.recipients[0].checks[0]
    spoiled = _without_macro(attachment_of(mail.raw, "invoice.docm"), spoil=spoil)
    delivered = _with_attachment(mail, "invoice.docm", spoiled)
    (difference,) = body_differences(check, mail.raw, delivered, open_office=False)
    assert difference.startswith(spoil)


def test_macro_check_refuses_the_original_and_rubbish() -> None:
    mail = demo_mail("macro-docm")
    check = mail.promise.recipients[0].checks[0]
    assert any("vbaProject.bin" in one for one in body_differences(check, mail.raw, mail.raw))
    rubbish = _with_attachment(mail, "invoice.docm", b"no zip")
    assert "unreadable" in body_differences(check, mail.raw, rubbish)[0]


def test_pdf_check_tells_the_cleaned_from_the_acting() -> None:
    mail = demo_mail("js-pdf")
    check = mail.promise.recipients[0].checks[0]
    assert body_differences(check, mail.raw, mail.raw)
    with pikepdf.open(io.BytesIO(attachment_of(mail.raw, "form.pdf"))) as pdf:
        del pdf.Root.OpenAction, pdf.Root.AA, pdf.Root.Names
        del pdf.pages[0].obj.AA, pdf.pages[0].obj.Annots
        out = io.BytesIO()
        pdf.save(out)
    assert (
        body_differences(check, mail.raw, _with_attachment(mail, "form.pdf", out.getvalue())) == ()
    )


def test_dkim_signature_breaks_with_one_octet() -> None:
    mail = demo_mail("dkim")
    check = mail.promise.recipients[0].checks[1]
    assert body_differences(check, mail.raw, mail.raw) == ()
    assert body_differences(check, mail.raw, mail.raw.replace(b"Thursday", b"thursday"))
    assert not verify(b"Subject: unsigned\r\n\r\n", "AAAA")


def test_words_of_a_row() -> None:
    row = RowPromise("a.zip", "unpack", "ran", words=("zip|archive", "three"))
    assert words_missing(row, "an Archive of THREE files") == ()
    assert words_missing(row, "an archive") == ("three",)


def test_subjects_are_known_by_their_last_name() -> None:
    assert subject_matches("a.zip", "a.zip") and subject_matches("o.zip/a.zip", "a.zip")
    assert not subject_matches("aa.zip", "a.zip")


def test_long_lines_and_nested_mails_are_composed_validly() -> None:
    assert b"base64" in text_part("x" * 1000)
    inner = compose(sender="a@b.example", recipients=["c@d.example"], subject="ü", text="in")
    nested = message_from_bytes(nested_mail_part(inner))
    assert nested.get_content_type() == "message/rfc822"
    assert nested.get_payload(0)["To"] == "c@d.example"  # type: ignore[index]
