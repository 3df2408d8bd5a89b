"""Web pages: what acts is cut out, every other byte stays, and no reading of the result acts."""

# ruff: noqa: E501 - each sample stands on a line of its own
from __future__ import annotations

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.extraction import DEFAULT_SWITCHES, ExtractStatus, ExtractSwitches, extract, survey
from gateway.model.linkpolicy import LinkPolicy
from gateway.model.remoteimages import RemoteImages
from tests.unit.extraction.pictures import TAIL
from tests.unit.extraction.webjudges import MARK, acting, chromium, text_of, titles_in_chromium

RUN = f"document.title='{MARK.upper()}'.toLowerCase()"
"""Spelt otherwise than the mark, so that a title that only shows the script does not look like it."""
MUTATIONS = [
    *("<script>RUN</script>", "<scr<script>RUN</script>ipt>RUN</script>"),
    *("<<script></script>script>RUN</script>", "</<script></script>script><script>RUN</script>"),
    "<svg><script>RUN</script></svg>",
    "<svg><style><img src=x onerror=RUN></style></svg>",
    '<svg></p><style><a id="</style><img src=1 onerror=RUN>">',
    "<svg><p><style><a title='</style><img src onerror=RUN>'></a>",
    '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=RUN&gt;">',
    '<math><annotation-xml encoding="text/html"><style><img src onerror=RUN></style></annotation-xml>',
    '<form><math><mtext></form><form><mglyph><style></math><img src onerror=RUN>',
    "<noscript><p title=\"</noscript><img src=x onerror=RUN>\">",
    "<noembed><p title='</noembed><img src=x onerror=RUN>'>",
    "<xmp><p title='</xmp><img src=x onerror=RUN>'></xmp>",
    "<title><p title='</title><img src=x onerror=RUN>'></title>",
    "<svg><title><p title='</title><img src=x onerror=RUN>'></title></svg>",
    "<textarea><p title='</textarea><img src=x onerror=RUN>'></textarea>",
    "<select><style><img src=x onerror=RUN></style></select>",
    "<select><textarea><img src=x onerror=RUN></textarea></select>",
    "<iframe><p title='</iframe><img src=x onerror=RUN>'></iframe>",
    "<svg><iframe><a title='</iframe><img src=x onerror=RUN>'>",
    "<![CDATA[><img src=x onerror=RUN>]]>",
    "<svg><![CDATA[<img src=x onerror=RUN>]]><desc><img src=x onerror=RUN></desc></svg>",
    "<!--><img src=x onerror=RUN>-->", "<!---><img src=x onerror=RUN>-->",
    "<!-- --!><img src=x onerror=RUN>-->", "<!--[if gte IE 5]><!--><img src=x onerror=RUN><!--<![endif]-->",
    "<!--[if IE]><img src=x onerror=RUN><![endif]-->",
    "<?x ><img src=x onerror=RUN>?>", "<!x ><img src=x onerror=RUN>",
    '<img src="x"onerror="RUN">', "<img/src=x/onerror=RUN>", "<img src=x onerror\n=\nRUN>",
    '<img """><img src=x onerror=RUN>">', "<a x=\"`>\" ><img src=x onerror=RUN>",
    "<img src=x o\0nerror=RUN onerror=RUN>", "<scr\0ipt>RUN</scr\0ipt><script>RUN</script>",
    "<body onload=RUN>", "<details open ontoggle=RUN>", "<x onfocus=RUN tabindex=1 autofocus>",
    "<iframe srcdoc='<script>parent.RUN</script>'></iframe>",
    "<iframe src='javascript:parent.RUN'></iframe>", "<embed src='javascript:RUN'>",
    "<object data='data:text/html,<script>parent.RUN</script>'></object>",
    "<svg><animate onbegin=RUN attributeName=x dur=1s></svg>", "<marquee onstart=RUN>x</marquee>",
    "<style>@import 'x';</style><style onload=RUN></style>", "<link rel=stylesheet href='data:text/css,' onload=RUN>",
    "<plaintext><script>RUN</script>", "<template><script>RUN</script></template><img src=x onerror=RUN>",
    "<table><form><tr><td><img src=x onerror=RUN></form>", "<frameset onload=RUN><frame src='javascript:parent.RUN'></frameset>",
    "<meta http-equiv=&#114;efresh content='0;url=javascript:RUN'><script>RUN</script>",
    "<a href='x' <script>RUN</script>>y</a>", "<img src=x title='a>b' onerror=RUN alt=\"it's\">",
    "<p/onmouseover=1/onerror=2><video><source onerror=RUN></video>", "<input autofocus onfocus=RUN>",
    "<script/>RUN</script>", "<script>/*</script>*/RUN</script>", "<script><!--<script></script>RUN</script>-->RUN</script>",
    "<h:script xmlns:h='http://www.w3.org/1999/xhtml'>RUN</h:script>", "<ſcript>RUN</ſcript><img src=x onerror=RUN>",
    "<svg><script type='application/ld+json'><img src=x onerror=RUN></script></svg>",
    "<script type=application/ld+json>{}</script ><script>RUN</script>",
    "<base href='javascript:/a/'><a href='//x'>y</a><script>RUN</script>",
]  # fmt: skip
"""Ways past cleaners that read less well than a browser: known mutations, oddities of the
tokenizer, foreign content, raw text, puzzles that fit together once a part is taken out."""


def clean(page: str | bytes, **switches: object) -> bytes:
    """The page after extraction; the page itself where nothing was taken out."""
    data = page.encode() if isinstance(page, str) else page
    made = extract(data, "html", msgspec.convert(switches, ExtractSwitches))
    assert made.status in (ExtractStatus.CLEANED, ExtractStatus.UNCHANGED), made.error
    return data if made.content is None else made.content


def assert_inert(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for scripting in (True, False):
        assert acting(text, scripting=scripting) == []


@pytest.mark.parametrize("page", MUTATIONS)
def test_no_reading_of_the_result_acts(page: str) -> None:
    made = clean(page.replace("RUN", RUN))
    assert_inert(made)
    assert clean(made) == made
    assert survey(made, "html").hits == ()


def test_chromium_runs_nothing_of_it() -> None:
    if chromium() is None:
        pytest.skip("Chromium is not installed")
    pages = [page.replace("RUN", RUN).encode() for page in MUTATIONS]
    before = titles_in_chromium(pages)
    assert sum(MARK in title for title in before) >= 25, "the samples themselves act"
    after = titles_in_chromium([clean(page) for page in pages])
    assert [title for title in after if MARK in title] == []


KEPT = [
    "<p>Plain <b>text</b> &amp; more<br/>\r\n<img src='cid:logo' alt=x></p>",
    "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0//EN\" \"http://www.w3.org/x.dtd\"><html><head>"
    "<meta http-equiv='Content-Type' content='text/html; charset=utf-8'><base target='_blank'>"
    "<link href='https://fonts.example/css' rel='stylesheet'><title>Tom & Jerry</title>"
    "<style><!-- p { color: red } @media x { a { b: c } } --></style></head></html>",
    "<!--[if mso]><v:rect style='behavior:url(#default#VML)'><o:p>x</o:p><![endif]-->",
    "<![if !supportLists]><span style='mso-list:Ignore'>1.</span><![endif]>",
    "<a href='https://example.org/?a=1&b=2' target=_blank>x</a><a href=mailto:a@b.example>y</a>"
    "<a href='#top'>z</a><a href='/relative'>r</a><a href='tel:+4912'>t</a><a>no address</a>",
    "<img width=1 height=1 src='https://t.example/p.gif'><div style='display:none'>preview</div>",
    "<img src='data:image/png;base64,iVBORw0KGgo='><p style='background:url(https://x.example/b)'>",
    "<?xml:namespace prefix = o ns = \"urn:schemas-microsoft-com:office:office\" /><o:p></o:p>",
    "<script type='application/ld+json'>{\"@type\": \"EmailMessage\", \"a\": \"x > y\"}</script>",
    "broken <b>markup <i>that </b> never closes </x> a < b and <3",
    "<input name=a value='fields without a form'><button>x</button><select><option>1</select>",
    "<p title='a &gt; b' lang=de data-on='x' class='one on two'>constant = on</p>",
    "",
]  # fmt: skip


@pytest.mark.parametrize("page", KEPT)
def test_what_does_not_act_stays_byte_for_byte(page: str) -> None:
    assert clean(page) == page.encode()
    assert extract(page.encode(), "html").status is ExtractStatus.UNCHANGED


@pytest.mark.parametrize(
    ("page", "made"),
    [
        ("<a onclick='x()' href='https://a.example/'>t</a>", "<a href='https://a.example/'>t</a>"),
        ("<form class=f action=x method=post><input></form>", "<div class=f method=post><input></div>"),
        ("a<script>1</script>b", "ab"),
        ("<noscript>shown</noscript>", "shown"),
        ("<object data=x><p>instead</p></object>", "<p>instead</p>"),
        ("<a href='java\nscript:x'>t</a>", "<a>t</a>"),
        ("<a href='&#106;avascript:x'>t</a>", "<a>t</a>"),
        ("<a href='vbscript:x'>t</a><a href='data:text/html,x'>u</a>", "<a>t</a><a>u</a>"),
        ("<a href='file://host/share'>t</a><img src='\\\\host\\x'>", "<a>t</a><img>"),
        ("<meta http-equiv=Refresh content='0;url=http://x'>t", "t"),
        ("<link rel='x Prefetch' href='//x/'><link rel=canonical href='//x/'>", "<link rel=canonical href='//x/'>"),
        ("a<script type=application/ld+json src=x>{}</script>", "a"),
        ("a<script type=application/ld+json>{'<img>'}</script>", "a"),
        ("a<script type=application/ld+json type=text/javascript>1</script>", "a"),
        ("a<script type=text/javascript type=application/ld+json>1</script>", "a"),
        ("a<script type=application/ld+json>{} ", "a"),
        ("<script type=application/ld+json>{}</script><p onclick=x>", "<script type=application/ld+json>{}</script><p>"),
        ("<base href='http://x/' target=_top>", "<base target=_top>"),
        ("<p style='color:red;x:expression(1)'>", "<p style='color:red;x:removed-1)'>"),
        ("<p style='x:e\\78pression(1)'>t", "<p>t"),
        ("<p style='x:ex/**/pression(1)'>t", "<p>t"),
        ("<style>a{behavior:url(x.htc)}</style>", "<style>a{removed-url(x.htc)}</style>"),
        ("<meta charset=utf-7>+ADw-", "<"),
        ("<xmp><b></xmp>", "<pre>&lt;b></pre>"),
        ("t<script", "t"),
        ("<td/onclick=1/class=x>", "<td>"),
    ],
)  # fmt: skip
def test_only_what_acts_is_cut_out(page: str, made: str) -> None:
    assert clean(page).decode() == made


@pytest.mark.parametrize("charset", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"])
def test_other_character_sets_are_read_and_written_back(charset: str) -> None:
    page = "<html><head></head><body>Grüße <script>1</script>你好</body></html>"
    made = clean(page.encode(charset))
    assert made.decode(charset) == page.replace("<script>1</script>", "")
    quiet = "<html><body>Grüße, 你好 nothing here</body></html>".encode(charset)
    assert clean(quiet) == quiet


def test_character_sets_that_hide_tags_are_read_too() -> None:
    assert clean(b"x +ADw-script+AD4-RUN+ADw-/script+AD4- y") == b"x  y"
    japanese = "日本語<b>文字</b><script>1</script>です".encode("iso-2022-jp")
    assert clean(japanese).decode("iso-2022-jp") == "日本語<b>文字</b>です"
    quiet = "日本語の<b>文字</b>".encode("iso-2022-jp")
    assert clean(quiet) == quiet


@pytest.mark.parametrize(
    "data",
    [
        b"<!--" + b"\0" * 500 + b"--><script>RUN</script>",
        b"\xff\xfe<script>RUN</script>",
        b"\xfe\xff<p onclick=RUN>",
    ],
)
def test_a_page_that_acts_in_another_character_set_has_no_answer(data: bytes) -> None:
    assert extract(data, "html").status is ExtractStatus.FAILED


WEB = "https://shop.example/a?b=c&amp;d=ü"


@pytest.mark.parametrize(
    ("policy", "made"),
    [
        (LinkPolicy.KEEP, f'<a class=x href="{WEB}">t</a>'),
        (LinkPolicy.REMOVE, "<a class=x>t</a>"),
        (LinkPolicy.DEFANG, '<a class=x title="hxxps://shop[.]example/a?b=c&amp;d=ü">t</a>'),
        (
            LinkPolicy.REWRITE,
            '<a class=x href="https://c.example/?u=https%3A%2F%2Fshop.example%2Fa%3Fb%3Dc%26d%3D'
            '%C3%BC&amp;k=1">t</a>',
        ),
    ],
)
def test_links_as_policy_says(policy: LinkPolicy, made: str) -> None:
    page = f'<a class=x href="{WEB}">t</a><a href="mailto:a@b.example">m</a><a href="#p">p</a>'
    rest = '<a href="mailto:a@b.example">m</a><a href="#p">p</a>'
    click = "https://c.example/?u={url}&k=1"
    once = clean(page, html_links=policy, click_page=click)
    assert once.decode() == made + rest
    assert clean(once, html_links=policy, click_page=click) == once


def test_remote_pictures_as_policy_says() -> None:
    page = (
        b'<img alt="A &lt; B" src=https://x.example/a.png width=10><img src=cid:a>'
        b'<td background="https://x.example/b.png"><p style="background:url(https://x.example/c)">'
        b"<style>p{background:url('https://x.example/d')}</style>"
    )
    assert clean(page) == page
    removed = clean(page, html_remote_images=RemoteImages.REMOVE)
    assert removed == (
        b'A &lt; B<img src=cid:a><td><p style="background:none"><style>p{background:none}</style>'
    )
    blocked = clean(page, html_remote_images=RemoteImages.BLOCK)
    assert b"x.example" not in blocked
    assert blocked.startswith(b'<img alt="A &lt; B" src="data:image/gif;base64,')


def test_tracking_pixels_hidden_text_and_remote_styles_as_policy_says() -> None:
    pixel = b'<img src="https://t.example/p" width="1" height="1">'
    hidden = b"<div style='DISPLAY : none'><div>a</div>b</div>"
    style = b"<link rel=stylesheet href='//x.example/y.css'><style>@import url(z.css);p{}</style>"
    page = b"<p>x</p>" + pixel + hidden + style
    assert clean(page) == page
    assert clean(page, html_tracking_pixels=True) == b"<p>x</p>" + hidden + style
    assert clean(page, html_hidden_text=True) == b"<p>x</p>" + pixel + style
    assert (
        clean(page, html_remote_styles=True) == b"<p>x</p>" + pixel + hidden + b"<style>p{}</style>"
    )


def test_a_newsletter_says_the_same_afterwards() -> None:
    page = (
        "<html><head><script>track()</script><style>td{font:12px Arial}</style></head>"
        "<body onload='x()'><table><tr><td onmouseover='y()'>Offers &amp; <b>news</b></td></tr>"
        "<tr><td><form action='https://x.example/'><label>Mail <input name=q></label>"
        "<button>Go</button></form><noscript><p>Open in browser</p></noscript></td></tr></table>"
        "</body></html>"
    )
    made = clean(page).decode()
    assert text_of(made) == text_of(page)
    assert made == (
        "<html><head><style>td{font:12px Arial}</style></head>"
        "<body><table><tr><td>Offers &amp; <b>news</b></td></tr>"
        "<tr><td><div><label>Mail <input name=q></label>"
        "<button>Go</button></div><p>Open in browser</p></td></tr></table>"
        "</body></html>"
    )


PIECES = st.sampled_from(
    [
        *("<", ">", "</", "<!", "<!--", "-->", "--!>", "<![CDATA[", "]]>", "<?", "/", "=", '"', "'"),
        *("script", "style", "svg", "title", "img", "iframe", "noscript", "form", "math", "xmp", "a"),
        *(" onerror=x", " src=x", " href=javascript:x", " style=x:expression(1)", "&lt;", "&#x3c;"),
        *("<script>", "</script>", "<style>", "</style>", "<svg>", "</svg>", "<p>", "x", " ", "\n"),
        *("<![endif]-->", "<!--[if mso]>", "<form>", "</form>", "\0", "é", "<select>", "<textarea>"),
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=24).map("".join))
def test_any_page_comes_out_inert_and_at_rest(page: str) -> None:
    made = clean(page)
    assert_inert(made)
    assert clean(made) == made


def test_a_file_behind_the_page_goes() -> None:
    page = b"<html><body>x</body></html>\r\n"
    assert clean(page) == page
    assert clean(page + b"tail of text") == page + b"tail of text"
    long = page.replace(b"x", b"words " * 200)
    assert clean(long + TAIL) == long.rstrip()


def test_every_switch_off_changes_nothing() -> None:
    switches = {
        switch: False
        for switch in ExtractSwitches.__struct_fields__
        if isinstance(getattr(DEFAULT_SWITCHES, switch), bool)
    }
    for page in MUTATIONS:
        assert clean(page, **switches) == page.encode()
