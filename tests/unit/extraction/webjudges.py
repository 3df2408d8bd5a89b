"""Independent judges of cleaned pages: html5lib's tree, and Chromium where it is installed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element

import html5lib

ACTIVE = frozenset(
    {
        *("script", "iframe", "frame", "frameset", "object", "embed", "applet", "form", "base"),
        *("foreignobject", "handler", "listener"),
    }
)
ADDRESSES = frozenset({"href", "src", "action", "formaction", "data", "poster", "background"})
_SCRIPT = re.compile(r"(?:java|vb|live)script:", re.IGNORECASE)
_IGNORED = re.compile(r"[\0-\x20]")

MARK = "sluice-was-run"
"""What the samples' scripts write into the title: `document.title=MARK`."""


def acting(page: str, *, scripting: bool) -> list[str]:
    """What acts in `page` by html5lib's tree. With `scripting`, `noscript` is read as text."""
    tree = html5lib.parse(page, namespaceHTMLElements=False, scripting=scripting)
    return list(_acting(tree))


def text_of(page: str) -> str:
    """The text a reader sees: without scripts, styles and runs of white space."""
    tree = html5lib.parse(page, namespaceHTMLElements=False)
    return " ".join("".join(_texts(tree)).split())


def _texts(element: Element) -> Iterator[str]:
    if _name(element) not in ("", "script", "style", "title", "iframe"):
        yield element.text or ""
        for child in element:
            yield from _texts(child)
            yield child.tail or ""


def _name(element: Element) -> str:
    """The element's name without its namespace; empty for a comment, whose tag is a function."""
    tag: object = element.tag
    return tag.rpartition("}")[2].lower() if isinstance(tag, str) else ""


def _acting(tree: Element) -> Iterator[str]:
    for element in tree.iter():
        name = _name(element)
        inert = (name == "base" and "href" not in element.attrib) or (
            name == "script" and element.attrib.get("type", "") == "application/ld+json"
        )
        if name in ACTIVE and not inert:
            yield f"<{name}>"
        for key, value in element.attrib.items():
            attribute = str(key).rpartition("}")[2].lower()
            if attribute.startswith("on") or attribute == "srcdoc":
                yield f"{attribute} of <{name}>"
            if attribute in ADDRESSES and _SCRIPT.search(_IGNORED.sub("", value)):
                yield f"{attribute} of <{name}>: {value}"
            if attribute == "http-equiv" and value.strip().lower() == "refresh":
                yield "meta refresh"


def chromium() -> str | None:
    """Where Chromium is; None where it is not installed."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def titles_in_chromium(pages: Sequence[bytes]) -> list[str]:
    """The title of each page after Chromium ran whatever it would run in it, read from a page that
    shows all of them in frames. Raises CalledProcessError, TimeoutExpired."""
    program = chromium()
    assert program is not None
    with tempfile.TemporaryDirectory(prefix=f"sluice-pages-{os.getpid()}-") as folder:
        where = Path(folder)
        for number, page in enumerate(pages):
            (where / f"{number}.html").write_bytes(page)
        frames = "".join(f'<iframe src="{number}.html"></iframe>' for number in range(len(pages)))
        reader = (
            "<script>let read=f=>{try{return f.document.title.replace(/[^\\w-]/g,'')}"
            "catch(e){return 'gone'}};setTimeout(()=>{let p=document.createElement('pre');"
            "p.textContent=Array.from(frames,read).join('\\n');"
            "document.body.replaceChildren(p)},4000)</script>"
        )
        (where / "all.html").write_text(f"<body>{frames}{reader}</body>")
        ran = subprocess.run(
            [
                *(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--dump-dom"),
                *("--allow-file-access-from-files", "--virtual-time-budget=9000"),
                *(f"--user-data-dir={where / 'profile'}", f"file://{where}/all.html"),
            ],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    found = re.search(r"<pre>(.*?)</pre>", ran.stdout, re.DOTALL)
    assert found is not None, ran.stdout[-500:]
    return found[1].split("\n")
