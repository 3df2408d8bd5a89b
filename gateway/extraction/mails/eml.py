"""A mail that is a file, with new contents of some of its parts; every other byte stays."""

from __future__ import annotations

from gateway.extraction.archives.changes import Changes
from gateway.extraction.contract import ExtractError
from gateway.mime.change import Change, edits_of
from gateway.mime.decode import decode
from gateway.mime.places import places
from gateway.mime.rebuild import RebuildError
from gateway.mime.scan import scan
from gateway.mime.splice import SpliceError, apply


def respliced(data: bytes, changes: Changes) -> bytes:
    """`data` with `changes` of its parts. Raises ExtractError.

    Parts of a mail nested in it are that mail's: it is a part of this one, and changes whole.
    """
    tree = scan(data)
    wanted: list[Change] = []
    for place in places(tree):
        if place.parent >= 0:
            continue
        name = (place.part.filename or "").encode("utf-8", "surrogatepass")
        change = changes.of(decode(place.part, data), name)
        if change is None:
            continue
        new_name = change.renamed(name).decode("utf-8", "surrogatepass") if name else change.add
        wanted.append(
            Change(
                place.path,
                change.content,
                change.mime or None,
                new_name if change.renames else None,
            )
        )
    changes.check_complete()
    try:
        return apply(data, edits_of(data, tree, wanted))
    except (RebuildError, SpliceError) as error:
        raise ExtractError(f"the mail cannot be put together: {error}") from None
