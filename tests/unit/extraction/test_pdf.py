"""PDF as a decision table: what stands where, whether it goes, what stays of it."""

from __future__ import annotations

import zlib
from io import BytesIO

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, String

from gateway.extraction import ExtractStatus, ExtractSwitches, LinkPolicy, extract, survey
from gateway.extraction.pdf.triage import triage
from tests.unit.extraction.documents import (
    Change,
    annotation,
    attached,
    launch,
    open_action,
    pdf,
    root,
    script,
)


def link(target: str) -> Dictionary:
    return Dictionary(S=Name.URI, URI=String(target))


def opened(data: bytes | None) -> Pdf:
    assert data is not None
    return pikepdf.open(BytesIO(data))


def launch_elsewhere(document: Pdf) -> None:
    """A link annotation whose action is an object of its own."""
    annotation(Subtype=Name.Link, A=document.make_indirect(launch()))(document)


def own_destination(document: Pdf) -> None:
    document.Root.OpenAction = Dictionary(S=Name.GoTo, D=Array([document.pages[0].obj, Name.Fit]))


def hidden_in_chain(document: Pdf) -> None:
    jump = Dictionary(S=Name.GoTo, D=Array([document.pages[0].obj, Name.Fit]), Next=launch())
    annotation(Subtype=Name.Link, A=jump)(document)


def external_stream(document: Pdf) -> None:
    stream = document.make_stream(b"")
    stream.stream_dict["/F"] = String("\\\\host\\share\\x")
    document.Root.Extra = stream


def unusual_holder(document: Pdf) -> None:
    document.Root.PieceInfo = Dictionary(App=Dictionary(Private=script("odd()")))


ACTING: list[tuple[str, Change, str]] = [
    ("script on opening", open_action(script()), "JavaScript on opening"),
    ("program on opening", open_action(launch()), "action that starts a program on opening"),
    ("page on opening", open_action(link("https://x.example/")), "link on opening"),
    ("print on opening", open_action(Dictionary(S=Name.Named, N=Name.Print)), "action on opening"),
    ("launch by click", annotation(Subtype=Name.Link, A=launch()), "action that starts a program"),
    ("in an object of its own", launch_elsewhere, "action that starts a program"),
    ("behind a jump", hidden_in_chain, "action that starts a program"),
    (
        "other file",
        annotation(Subtype=Name.Link, A=Dictionary(S=Name.GoToR, F=String("\\\\h\\x.pdf"))),
        "action that opens another file",
    ),
    (
        "form sent away",
        annotation(Subtype=Name.Widget, A=Dictionary(S=Name.SubmitForm, F=String("http://x"))),
        "action that sends form data",
    ),
    ("events", annotation(Subtype=Name.Widget, AA=Dictionary(K=script())), "JavaScript on events"),
    (
        "program link",
        annotation(Subtype=Name.Link, A=link("ms-msdt:/x")),
        "link that starts a program",
    ),
    ("attached", attached, "embedded files"),
    ("portfolio", root("Collection", Dictionary(View=Name.T)), "portfolio of files"),
    ("form", root("AcroForm", Dictionary(XFA=String("<x/>"), Fields=Array([]))), "XFA form"),
    ("film", annotation(Subtype=Name.RichMedia, RichMediaContent=Dictionary()), "rich media"),
    ("file pinned", annotation(Subtype=Name.FileAttachment), "attached file"),
    ("foreign stream", external_stream, "stream read from another file"),
    ("odd place", unusual_holder, "JavaScript"),
    ("media by name", root("Names", Dictionary(Renditions=Dictionary())), "list of media"),
    (
        "slide show",
        root("Names", Dictionary(AlternatePresentations=Dictionary())),
        "slide show",
    ),
]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "object streams"])
@pytest.mark.parametrize(
    ("change", "what"),
    [(change, what) for _, change, what in ACTING],
    ids=[name for name, _, _ in ACTING],
)
def test_what_acts_goes(change: Change, what: str, packed: bool) -> None:
    data = pdf(change, packed=packed)
    made = extract(data, "pdf")
    assert made.status is ExtractStatus.CLEANED
    assert what in [removal.what for removal in made.removed]
    again = extract(made.content or b"", "pdf")
    assert again.status is ExtractStatus.UNCHANGED
    with opened(made.content) as document:
        assert len(document.pages) == 1
        assert b"Hello reader" in document.pages[0].Contents.read_bytes()


QUIET: list[tuple[str, Change]] = [
    ("own destination", own_destination),
    ("web link", annotation(Subtype=Name.Link, A=link("https://example.org/"))),
    ("named action by click", annotation(Subtype=Name.Link, A=Dictionary(S=Name.Named))),
    ("form field", root("AcroForm", Dictionary(Fields=Array([])))),
    ("note", annotation(Subtype=Name.Text, Contents=String("a note on JavaScript"))),
]


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "object streams"])
@pytest.mark.parametrize("change", [change for _, change in QUIET], ids=[name for name, _ in QUIET])
def test_what_only_shows_stays(change: Change, packed: bool) -> None:
    assert extract(pdf(change, packed=packed), "pdf").status is ExtractStatus.UNCHANGED


def test_policy_can_remove_links() -> None:
    data = pdf(annotation(Subtype=Name.Link, A=link("https://example.org/")))
    made = extract(data, "pdf", ExtractSwitches(pdf_uri=LinkPolicy.REMOVE))
    assert made.content is not None
    assert b"example.org" not in made.content


def test_media_leave_their_picture_as_a_stamp() -> None:
    made = extract(pdf(annotation(Subtype=Name.Screen, A=script())), "pdf")
    with opened(made.content) as document:
        kept = document.pages[0].obj.Annots[0]
        assert kept.Subtype == Name.Stamp
        assert "/A" not in kept


def test_a_kept_jump_loses_only_its_tail() -> None:
    with opened(extract(pdf(hidden_in_chain), "pdf").content) as document:
        jump = document.pages[0].obj.Annots[0].A
        assert Name.GoTo == jump.S
        assert "/Next" not in jump


def test_earlier_revisions_are_gone_from_the_output() -> None:
    first = pdf(open_action(script("secretly()")))
    with opened(first) as document:
        del document.Root.OpenAction
        document.Root.Names = Dictionary(EmbeddedFiles=Dictionary(Names=Array([])))
        later = BytesIO()
        document.save(later)
    update = first + later.getvalue()
    made = extract(update, "pdf")
    assert made.content is not None
    assert b"secretly" not in made.content


def test_a_password_is_needed_or_only_the_owners() -> None:
    locked = extract(pdf(open_action(script()), password="secret"), "pdf")
    assert locked.status is ExtractStatus.ENCRYPTED
    owners = extract(pdf(open_action(script()), password=""), "pdf")
    assert owners.status is ExtractStatus.CLEANED
    with opened(owners.content) as document:
        assert document.is_encrypted, "what the author forbids stays forbidden"
        assert "/OpenAction" not in document.Root


def test_a_survey_gives_hosts_and_the_source_of_scripts() -> None:
    found = survey(
        pdf(
            annotation(Subtype=Name.Link, A=link("https://Example.org/x")),
            open_action(script("app.launchURL('x')")),
        ),
        "pdf",
    )
    assert found.hosts == ("example.org",)
    assert [payload.data for payload in found.payloads] == [b"app.launchURL('x')"]


def test_hosts_are_seen_without_a_parse() -> None:
    data = pdf(annotation(Subtype=Name.Link, A=link("https://example.org/x")), packed=True)
    assert not triage(data).needs_parse
    assert survey(data, "pdf").hosts == ("example.org",)


@pytest.mark.parametrize(
    ("data", "parse", "why"),
    [
        (b"%PDF-1.4 << /S /GoTo >>", False, "nothing acts"),
        (b"<< /S /JavaScript >>", True, "named plainly"),
        (b"<< /S /J#61vaScript >>", True, "a letter escaped"),
        (b"<< /#4a#53 (x) >>", True, "every letter escaped"),
        (b"<< /BaseFont /Times#20New >>", False, "an escaped blank in a font's name"),
        (b"<< /JSX 1 /AAA 2 >>", False, "longer names"),
        (b"<</JS(x)>>", True, "no blank behind"),
        (b"<< /Type /ObjStm /N 1 >>", True, "an object stream without a stream"),
        (
            b"1 0 obj << /Type /ObjStm /Filter /FlateDecode >> stream\n"
            + zlib.compress(b"1 0 << /S /GoTo >>"),
            False,
            "an object stream with nothing that acts",
        ),
        (
            b"1 0 obj << /Type /ObjStm /Filter /FlateDecode >> stream\r\n"
            + zlib.compress(b"1 0 << /S /Launch >>"),
            True,
            "inside of an object stream",
        ),
        (
            b"1 0 obj << /N 1 /First 4 /Filter /FlateDecode >> stream\n"
            + zlib.compress(b"1 0 << /S /Launch >>"),
            True,
            "an object stream that does not say that it is one",
        ),
        (
            b"1 0 obj << /Type /ObjStm /Filter [/ASCIIHexDecode /FlateDecode] >> stream\n",
            True,
            "packed twice",
        ),
        (b"<< /First 12 0 R >>", False, "an outline's first entry"),
        (b"trailer << /Encrypt 5 0 R >>", True, "encrypted streams cannot be searched"),
    ],
)
def test_triage(data: bytes, parse: bool, why: str) -> None:
    assert triage(data).needs_parse == parse, why


def test_a_script_in_an_old_style_stream_is_judged_as_well() -> None:
    def change(document: Pdf) -> None:
        source = document.make_stream(b"app.alert(1)")
        document.Root.OpenAction = Dictionary(S=Name.JavaScript, JS=source)

    assert survey(pdf(change), "pdf").payloads[0].data == b"app.alert(1)"
