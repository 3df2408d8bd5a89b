"""The mails of the demo, each with the promise the demo is judged by.

The promises rest on these settings of the demo's policy (tools/demo writes it):
- extraction: on for pdf and Office types, mode `clean`; `[[recipients]]` with
  match = ["outside@corp.example"] and extract = false;
- emulation: on for scripts and programs;
- malicious -> reject (550), unscanned -> quarantine, suspicious but extracted -> deliver-extracted;
- limits of unpack below the two bombs: total size under 2 GB, ratio under 1000.
Cost of making all: about 0.3 s, most of it the DKIM key. No mail exceeds 6 MB.
"""

from __future__ import annotations

from functools import cache

from tools.corpus import archives, bombs, demo_files, scripts, texts
from tools.corpus.compose import Attachment, compose
from tools.corpus.ooxml import MEDIA_TYPES
from tools.corpus.promise import (
    Action,
    BodyCheck,
    ByteForByte,
    DemoMail,
    MacrosRemoved,
    PdfActionsRemoved,
    Promise,
    RecipientPromise,
    RowPromise,
    SignatureVerifies,
)
from tools.corpus.signed import run_key, sign

SENDER_DOMAIN, SERVER_DOMAIN = "client.example", "corp.example"
SENDER = f"sender@{SENDER_DOMAIN}"
ANNA = f"anna@{SERVER_DOMAIN}"
OUTSIDE = f"outside@{SERVER_DOMAIN}"
"""The recipient whom the demo's policy leaves outside extraction."""
ACCEPTED, REFUSED = 250, 550


@cache
def demo_mails() -> tuple[DemoMail, ...]:
    """Every mail of the demo, in the order it is sent (the cache's two mails follow each other)."""
    return (
        _only_zip(),
        _only_pdf(),
        _zip_and_pdf(),
        _plain_text(),
        _macro_document(),
        _acting_pdf(),
        _nested_eicar(),
        _dropper(),
        _encrypted_zip(),
        _ratio_bomb(),
        _overlapping_bomb(),
        _two_scopes(),
        _cache_first(),
        _cache_again(),
        _signed(),
    )


def demo_mail(name: str) -> DemoMail:
    """The demo mail called `name`. Raises KeyError for a name there is not."""
    return {mail.name: mail for mail in demo_mails()}[name]


_ZIP_ROWS = (
    RowPromise("notes.zip", "unpack", "ran"),
    RowPromise("notes.zip", "emulate", "skipped", "not_applicable", ("archive",)),
    RowPromise("notes.zip", "extract", "skipped", words=("zip|archive",)),
    RowPromise("agenda.txt", "emulate", "skipped", "not_applicable", ("text",)),
    RowPromise("agenda.txt", "extract", "skipped", words=("text",)),
)
_PDF_ROWS = (
    RowPromise("report.pdf", "emulate", "skipped", words=("pdf|active|script",)),
    RowPromise("report.pdf", "extract", "ran", words=("nothing|no active|unchanged",)),
)


def _only_zip() -> DemoMail:
    raw = _mail("Only a zip of text files", [_zip("notes.zip", demo_files.text_files())])
    return _delivered("only-zip", "only a zip of text files", raw, rows=_ZIP_ROWS)


def _only_pdf() -> DemoMail:
    raw = _mail("Only a PDF", [_pdf("report.pdf", demo_files.report_pdf(1))])
    return _delivered("only-pdf", "only a PDF", raw, rows=_PDF_ROWS)


def _zip_and_pdf() -> DemoMail:
    attachments = [
        _zip("notes.zip", demo_files.text_files("both")),
        _pdf("report.pdf", demo_files.report_pdf(2)),
    ]
    raw = _mail("A zip and a PDF", attachments)
    return _delivered("zip-and-pdf", "both", raw, rows=_ZIP_ROWS + _PDF_ROWS)


def _plain_text() -> DemoMail:
    text = f"{texts.ENGLISH}\n\n.a line that begins with a dot\n..\nFrom here on: {texts.GERMAN}\n"
    return _delivered("plain-text", "plain text", _mail("Plain text", [], text + texts.ARABIC))


def _macro_document() -> DemoMail:
    raw = _mail("Invoice with a macro", [_docm("invoice.docm", demo_files.acting_docm())])
    kept = (texts.ENGLISH, texts.ARABIC)
    rows = (
        RowPromise("invoice.docm", "static", "ran", words=("autoopen|macro",)),
        RowPromise("invoice.docm", "extract", "ran", words=("macro",)),
    )
    return _extracted(
        "macro-docm", "a .docm with a macro", raw, MacrosRemoved("invoice.docm", kept), rows
    )


def _acting_pdf() -> DemoMail:
    raw = _mail("Form with JavaScript", [_pdf("form.pdf", demo_files.form_pdf())])
    rows = (
        RowPromise("form.pdf", "static", "ran", words=("javascript",)),
        RowPromise("form.pdf", "extract", "ran", words=("javascript",)),
    )
    title = "a PDF with JavaScript and an OpenAction"
    return _extracted("js-pdf", title, raw, PdfActionsRemoved("form.pdf"), rows)


def _nested_eicar() -> DemoMail:
    inner = archives.zip_of({"eicar.com": scripts.eicar()})
    raw = _mail("EICAR two zips deep", [_zip("outer.zip", {"inner.zip": inner})])
    rows = (
        RowPromise("inner.zip", "unpack", "ran"),
        RowPromise("eicar.com", "antivirus", "ran", words=("eicar",)),
    )
    return _refused("eicar", "EICAR inside a zip inside a zip", raw, rows, ("eicar",))


def _dropper() -> DemoMail:
    attachment = Attachment("viewer.sh", "application/x-sh", scripts.dropper())
    raw = _mail("Your invoice viewer", [attachment])
    words = ("connect|203.0.113", "drop|wrote|writes|execut")
    rows = (RowPromise("viewer.sh", "emulate", "ran", words=words),)
    title = "a shell script that drops a file and dials out"
    return _refused("dropper", title, raw, rows, ("viewer.sh|connect|drop|emulat",))


def _encrypted_zip() -> DemoMail:
    sealed = archives.zip_aes_of("salaries.csv", demo_files.csv_text(), "demo")
    attachment = Attachment("salaries.zip", "application/zip", sealed)
    raw = _mail("The password follows", [attachment])
    rows = (RowPromise("salaries.zip", "unpack", "skipped", "encrypted", ("password|encrypted",)),)
    return _held("encrypted-zip", "an encrypted zip", raw, rows)


def _ratio_bomb() -> DemoMail:
    attachment = Attachment("backup.zip", "application/zip", bombs.ratio_bomb())
    raw = _mail("Backup", [attachment])
    rows = (RowPromise("backup.zip", "unpack", "skipped", "over_limit", ("limit|ratio|size",)),)
    return _held("zip-bomb", "a zip bomb: 4 MB that unpack to 4 GB", raw, rows)


def _overlapping_bomb() -> DemoMail:
    attachment = Attachment("archive.zip", "application/zip", bombs.overlapping_bomb())
    raw = _mail("Archive", [attachment])
    rows = (
        RowPromise("archive.zip", "unpack", "skipped", "over_limit", ("limit|ratio|size|over",)),
    )
    title = "a zip bomb of overlapping members"
    return _held("zip-bomb-overlap", title, raw, rows, verdict="suspicious")


def _two_scopes() -> DemoMail:
    raw = _mail(
        "Letter template",
        [_docm("template.docm", demo_files.quiet_docm())],
        recipients=(ANNA, OUTSIDE),
    )
    kept = MacrosRemoved("template.docm", (texts.ENGLISH,))
    promise = Promise(
        ACCEPTED,
        "clean",
        (
            RecipientPromise(ANNA, Action.DELIVER_EXTRACTED, (kept,)),
            RecipientPromise(OUTSIDE, Action.DELIVER, (ByteForByte(),)),
        ),
        (RowPromise("template.docm", "extract", "ran", words=("macro",)),),
    )
    title = "two recipients, one outside the extraction scope"
    return DemoMail("two-scopes", title, SENDER, (ANNA, OUTSIDE), raw, promise)


def _cache_first() -> DemoMail:
    rows = (
        RowPromise("disk-report.sh", "cache", "ran", words=("not|new|miss",)),
        RowPromise("disk-report.sh", "emulate", "ran"),
    )
    raw = _mail("Disk report, first time", [demo_files.disk_report()])
    return _delivered("same-first", "an attachment, first time", raw, rows=rows)


def _cache_again() -> DemoMail:
    rows = (
        RowPromise("disk-report.sh", "cache", "ran", words=("seen|known|hit|cache",)),
        RowPromise("disk-report.sh", "emulate", "skipped", "cached"),
    )
    raw = _mail("Disk report, second time", [demo_files.disk_report()])
    return _delivered("same-again", "the same attachment, second time", raw, rows=rows)


def _signed() -> DemoMail:
    key = run_key()
    raw = sign(_mail("Signed with DKIM", []), SENDER_DOMAIN, key)
    checks = (ByteForByte(), SignatureVerifies(key.public_key))
    return _delivered("dkim", "DKIM-signed, no attachments", raw, checks=checks)


def _mail(
    subject: str,
    attachments: list[Attachment],
    text: str = texts.ENGLISH,
    recipients: tuple[str, ...] = (ANNA,),
) -> bytes:
    return compose(
        sender=SENDER, recipients=recipients, subject=subject, text=text, attachments=attachments
    )


def _zip(name: str, members: dict[str, bytes]) -> Attachment:
    return Attachment(name, "application/zip", archives.zip_of(members))


def _pdf(name: str, data: bytes) -> Attachment:
    return Attachment(name, "application/pdf", data)


def _docm(name: str, data: bytes) -> Attachment:
    return Attachment(name, MEDIA_TYPES["docm"], data)


def _delivered(
    name: str,
    title: str,
    raw: bytes,
    *,
    rows: tuple[RowPromise, ...] = (),
    checks: tuple[BodyCheck, ...] = (ByteForByte(),),
) -> DemoMail:
    anna = RecipientPromise(ANNA, Action.DELIVER, checks)
    return DemoMail(name, title, SENDER, (ANNA,), raw, Promise(ACCEPTED, "clean", (anna,), rows))


def _extracted(
    name: str, title: str, raw: bytes, check: BodyCheck, rows: tuple[RowPromise, ...]
) -> DemoMail:
    anna = RecipientPromise(ANNA, Action.DELIVER_EXTRACTED, (check,))
    promise = Promise(ACCEPTED, "suspicious", (anna,), rows)
    return DemoMail(name, title, SENDER, (ANNA,), raw, promise)


def _refused(
    name: str, title: str, raw: bytes, rows: tuple[RowPromise, ...], words: tuple[str, ...]
) -> DemoMail:
    anna = RecipientPromise(ANNA, Action.REJECT)
    promise = Promise(REFUSED, "malicious", (anna,), rows, words)
    return DemoMail(name, title, SENDER, (ANNA,), raw, promise)


def _held(
    name: str, title: str, raw: bytes, rows: tuple[RowPromise, ...], verdict: str = "unscanned"
) -> DemoMail:
    anna = RecipientPromise(ANNA, Action.QUARANTINE)
    promise = Promise(ACCEPTED, verdict, (anna,), rows)
    return DemoMail(name, title, SENDER, (ANNA,), raw, promise)
