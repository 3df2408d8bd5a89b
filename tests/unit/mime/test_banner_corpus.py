"""A banner in every real mail of the corpus: its text gets it, and no other part changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.mime import MimeMessage, decode, scan
from gateway.mime.banner import first_texts, with_html_banner, with_text_banner
from gateway.mime.change import Change, edits_of
from gateway.mime.rebuild import RebuildError
from gateway.mime.splice import apply

CORPUS = Path(__file__).parents[4] / "shared" / "corpus"
MAILS = sorted(CORPUS.rglob("*.eml")) if CORPUS.is_dir() else []
BANNER = "========\nGeändert: a.docm\n--=_boundary\n"
HTML = "<div>Geändert</div>"


def shape(tree: MimeMessage) -> list[tuple[str, str, str]]:
    return [(part.path, part.kind.value, part.claimed_type) for part in tree.walk()]


@pytest.mark.skipif(not MAILS, reason="../shared/corpus is not here")
@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem[:40])
def test_only_the_texts_of_a_real_mail_change(path: Path) -> None:
    data = path.read_bytes()
    tree = scan(data)
    changes, texts = [], first_texts(tree, frozenset())
    for text in texts:
        put, banner = (
            (with_html_banner, HTML)
            if text.claimed_type == "text/html"
            else (with_text_banner, BANNER)
        )
        made = put(decode(text, data), text.charset, banner)
        changes.append(Change((text.path,), made.content, charset=made.charset))
    try:
        changed = apply(data, edits_of(data, tree, changes))
    except RebuildError:
        return  # a head that was not read to its end is never changed
    again = scan(changed)
    assert shape(again) == shape(tree)
    touched = {text.path for text in texts}
    before = {part.path: part for part in tree.walk()}
    for part in again.walk():
        old = before[part.path]
        if not part.is_container and part.path not in touched:
            assert decode(part, changed) == decode(old, data)
        if part.path in touched:
            new = decode(part, changed)
            assert b"a.docm" in new or b"Ge&#228;ndert" in new
            kept = decode(old, data)
            same_set = part.charset == old.charset
            assert not same_set or b"".join(kept.split())[-200:] in b"".join(new.split())
