"""A presentation of before 2007 that a word opened is no longer called locked."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.extraction import ExtractStatus, extract
from gateway.extraction.contract import EncryptedError
from gateway.extraction.locked import unlock
from gateway.extraction.locked.words import Word
from gateway.extraction.ole.compound import Compound

LOCKED = Path(__file__).parents[5] / "shared" / "corpus" / "oletools" / "encrypted.ppt"


@pytest.mark.skipif(not LOCKED.is_file(), reason="../shared/corpus is not here")
def test_a_presentation_that_was_opened_is_open() -> None:
    data = LOCKED.read_bytes()
    with pytest.raises(EncryptedError):
        unlock(data, "ole-ppt", [Word("wrong", from_mail=True)], 30)
    found = unlock(data, "ole-ppt", [Word("encrypted", from_mail=True)], 30)
    assert found is not None
    assert extract(found.content, "ole-ppt").status is ExtractStatus.UNCHANGED
    assert unlock(found.content, "ole-ppt", [], 30) is None
    file = Compound(found.content)
    names = {entry.name for entry in file.root.children}
    assert {"Current User", "PowerPoint Document"} <= names
    assert "EncryptedSummary" not in names
    stream = file.root.child_named("PowerPoint Document")
    assert stream is not None
    assert "Encrypted Test File".encode("utf-16-le") in file.read(stream) or (
        b"Encrypted Test File" in file.read(stream)
    )
