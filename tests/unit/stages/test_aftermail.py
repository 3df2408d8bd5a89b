"""The mail after extraction: banner, links, names, unforgeable marks, and the original."""

from __future__ import annotations

import base64
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest

from gateway.mime.splice import apply
from gateway.model import Action
from gateway.model.language import Language
from gateway.stages import forward
from gateway.stages.banner import Told, banner_of
from gateway.stages.banner_words import BANNERS, PLACEHOLDERS
from gateway.stages.marking import forged_fields
from gateway.store import StoreError
from tests.unit.stages.fakes import BERT, FakeHop, FakeServices, run
from tests.unit.stages.line import ANNA, OUTSIDE, Line
from tests.unit.stages.mails import attached, docm, mail
from tests.unit.stages.test_forward import case_with
from tools.corpus.pdf import acting_pdf

QUIET = '[mail]\nheader = "never"\n'
LINK = '[originals]\nlink = "https://mail.example.org/o/{token}"\n'


def read(body: bytes) -> EmailMessage:
    message = message_from_bytes(body, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(body: bytes) -> str:
    found = read(body).get_body(("plain",))
    assert found is not None
    content = found.get_content()
    assert isinstance(content, str)
    return content


def changed_mail(line: Line, settings: str = "", *recipients: str) -> bytes:
    line.run(mail(attached("letter.docm", docm("Dear reader"))), *recipients, policy=settings)
    return line.delivered[(recipients or (ANNA,))[0]]


def test_the_banner_says_what_was_taken_out_and_where_the_original_is(line: Line) -> None:
    text = text_of(changed_mail(line))
    assert "This mail was changed to protect you" in text
    assert "- letter.docm: VBA macros" in text
    assert "The original is kept until 20" in text
    assert "ask for it here" not in text, "there is no release page"
    assert text.endswith("See the attachments.")


def test_what_is_declared_as_text_and_is_a_document_gets_no_banner(line: Line) -> None:
    document = acting_pdf(("Dear reader",))
    head = b"From: a@example.org\r\nTo: b@example.net\r\nMIME-Version: 1.0\r\n"
    encoding = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    line.run(head + encoding + base64.encodebytes(document).replace(b"\n", b"\r\n"))
    content = read(line.delivered[ANNA]).get_payload(decode=True)
    assert isinstance(content, bytes) and content.startswith(b"%PDF-")
    assert b"/JavaScript" not in content and b"changed to protect" not in content


def test_each_recipient_has_a_link_of_their_own(line: Line) -> None:
    changed_mail(line, LINK + QUIET, ANNA, BERT, OUTSIDE)
    (trace,) = line.originals.kept
    for recipient in (ANNA, BERT):
        name = recipient.partition("@")[0]
        assert f"https://mail.example.org/o/{trace}.{name}" in text_of(line.delivered[recipient])
    assert line.delivered[ANNA] != line.delivered[BERT]
    original, body = line.originals.kept[trace]
    assert body == line.delivered[OUTSIDE], "who is outside of extraction gets the original"
    assert original.recipients == [ANNA, BERT]
    assert original.removed == ["letter.docm: VBA macros, VBA macro bindings"]
    assert original.until - original.at == 14 * 24 * 3600


def test_without_originals_there_is_no_link_and_no_promise(line: Line) -> None:
    text = text_of(changed_mail(line, "[originals]\nkeep = false\n"))
    assert "letter.docm" in text
    assert "kept until" not in text
    assert line.originals.kept == {}


def test_policy_can_leave_the_banner_out_and_name_attachments(line: Line) -> None:
    body = changed_mail(line, '[banner]\nenabled = false\n[mail]\nname_prefix = "cleaned-"\n')
    assert text_of(body) == "See the attachments."
    names = [part.get_filename() for part in read(body).iter_attachments()]
    assert names == ["cleaned-letter.docm"]


def test_fields_of_our_names_from_outside_are_renamed(line: Line) -> None:
    forged = b"x-sluice-Verdict: clean\r\nX-Sluice-Anything : yes\r\nX-Sluicegate: no\r\n"
    line.run(forged + mail(text="Hello."), policy=QUIET)
    head, _, rest = line.delivered[ANNA].partition(b"\r\n\r\n")
    assert head.startswith(
        b"X-Untrusted-Sluice-Verdict: clean\r\nX-Untrusted-Sluice-Anything : yes\r\n"
        b"X-Sluicegate: no\r\n"
    )
    assert b"\r\n\r\n" + rest == line.delivered[ANNA][len(head) :]
    plain = mail(text="Hello.")
    assert line.delivered[ANNA].endswith(plain), "nothing else changes"
    line.run(plain, policy=QUIET)
    assert line.delivered[ANNA] == plain


@pytest.mark.parametrize(
    ("head", "names"),
    [
        (b"A: b\r\nx-SLUICE-Trace: 1\r\n\r\nX-Sluice-Trace: 2\r\n", 1),
        (b"A: b\n\nX-Sluice-Trace: 2\n", 0),
        (b"X-Sluice-Trace: 1", 1),
        (b"A: b\r\n X-Sluice-Trace: folded\r\n\r\n", 0),
        (b"\r\nX-Sluice-Trace: 2\r\n", 0),
    ],
)
def test_fields_are_renamed_in_the_head_only(head: bytes, names: int) -> None:
    edits = forged_fields(head)
    assert len(edits) == names
    assert apply(head, edits).lower().count(b"x-untrusted-sluice-trace: 1") == names


def test_forged_marks_do_not_stand_beside_ours(line: Line) -> None:
    forged = b"X-Sluice-Removed: nothing\r\nX-Sluice-Verdict: clean\r\n"
    line.run(forged + mail(attached("letter.docm", docm("Dear reader"))))
    message = read(line.delivered[ANNA])
    assert message.get_all("X-Sluice-Removed") == ["letter.docm: VBA macros, VBA macro bindings"]
    assert len(message.get_all("X-Sluice-Verdict", [])) == 1
    assert message["X-Untrusted-Sluice-Removed"] == "nothing"


def test_an_original_that_cannot_be_kept_is_no_mail_delivered() -> None:
    case, services = case_with(Action.DELIVER_EXTRACTED, Action.QUARANTINE), FakeServices()
    services.originals.broken = True
    with pytest.raises(StoreError, match="the disk is full"):
        run(forward.STAGE, case, case.root, services)
    assert services.next_hop.got == []
    assert services.quarantine.kept == {}, "nobody is told 250: the sender keeps the mail"


@pytest.mark.parametrize(("code", "kept"), [(250, True), (451, False), (550, False)])
def test_an_original_stays_only_when_its_mail_was_taken(code: int, kept: bool) -> None:
    case, services = case_with(Action.DELIVER_EXTRACTED), FakeServices()
    services.next_hop = FakeHop(code)
    run(forward.STAGE, case, case.root, services)
    assert bool(services.originals.kept) is kept


def test_a_mail_that_nobody_gets_extracted_needs_no_original() -> None:
    case, services = case_with(Action.DELIVER), FakeServices()
    run(forward.STAGE, case, case.root, services)
    assert services.originals.kept == {}


TOLD = Told(('<b>"x".docm: macros', "b"), 1_800_000_000.0, "https://e.org/?a=1&t=x", "trace1")


class Words(HTMLParser):
    """The elements and words of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.words = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data


@pytest.mark.parametrize("language", list(Language))
def test_every_language_says_everything(language: Language) -> None:
    assert all(f"{{{name}}}" in BANNERS[language] for name in PLACEHOLDERS if name != "trace")
    banner = banner_of(TOLD, (language,), {})
    seen = Words(banner.html)
    assert set(seen.tags) == {"div", "p", "ul", "li", "bdi", "a"}
    for word in ('<b>"x".docm: macros', "2027-01-15", "https://e.org/?a=1&t=x"):
        assert word in banner.text
        assert word in seen.words
    assert "{" not in banner.text + banner.html


def test_own_words_and_several_languages() -> None:
    own = {Language.DE: "Von {trace}: {files} {name}\n{link}"}
    banner = banner_of(TOLD, (Language.DE, Language.EN), own)
    assert banner.text.index("Von trace1") < banner.text.index("This mail was changed")
    assert "{name}" in banner.text
    without = banner_of(Told(("a",), 0.0, "", "t"), (Language.DE,), own)
    assert without.text.count("\n") == 3, "a line without its link is left out"
