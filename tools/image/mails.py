"""The demo's mails in a file of their own, for a sender that has nothing of this project but it.

One tar file: index.json, which names each mail's envelope and promise, and the mails.
"""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import msgspec

from tools.boot.acceptance import fitting
from tools.corpus import DemoMail

INDEX = "index.json"


def write_mails(target: Path, profile: str, time: int) -> None:
    """Write the mails whose promises an image of `profile` can keep; `time` as in a tar header."""
    mails = fitting(profile)
    index = [_line(mail) for mail in mails]
    with tarfile.open(target, "w", format=tarfile.USTAR_FORMAT) as archive:
        _add(archive, INDEX, msgspec.json.format(msgspec.json.encode(index)), time)
        for mail in mails:
            _add(archive, f"{mail.name}.eml", mail.raw, time)


def _line(mail: DemoMail) -> dict[str, str | int | list[str]]:
    """As tools/vagrant/demo.py reads it."""
    return {
        "file": f"{mail.name}.eml",
        "title": mail.title,
        "sender": mail.sender,
        "recipients": list(mail.recipients),
        "code": mail.promise.reply_code,
        "words": list(mail.promise.reply_words),
        "actions": sorted({one.action.value for one in mail.promise.recipients}),
    }


def _add(archive: tarfile.TarFile, name: str, content: bytes, time: int) -> None:
    header = tarfile.TarInfo(name)
    header.size, header.mtime, header.mode = len(content), time, 0o644
    archive.addfile(header, io.BytesIO(content))
