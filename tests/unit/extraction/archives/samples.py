"""Archives of every kind with a folder, a link and dates, and judges that read them back.

The makers and the judges are Python's own modules, 7-Zip, GNU tar and GNU cpio: none of them is
what the gateway reads or writes with. Where a program is missing the test is skipped.
"""

from __future__ import annotations

import io
import shutil
import struct
import subprocess
import tarfile
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import libarchive
import pytest

WHEN = 1_700_000_001
"""Odd, so that a format with two seconds' resolution shows."""

LETTER, NOTE = b"a letter with a macro " * 40, b"it was taken out\n"
MEMBERS: dict[str, bytes] = {
    "first.txt": b"first " * 500,
    "folder/letter.doc": LETTER,
    "folder/\u00e9t\u00e9.bin": bytes(range(256)) * 20,
    "empty": b"",
    f"long/{'n' * 120}.txt": b"a name longer than an old tar can hold",
}


@dataclass(frozen=True)
class Seen:
    """What a judge says of one member: its content or link target, seconds, rights."""

    content: bytes
    mtime: int
    rights: int
    kind: str = "file"


def tar_of(members: Mapping[str, bytes], tar_format: int = tarfile.PAX_FORMAT) -> bytes:
    """A tar with a folder before the members, and a symbolic and a hard link behind them."""
    output = io.BytesIO()
    with tarfile.open(fileobj=output, mode="w", format=tar_format) as archive:
        archive.addfile(_tar_info("folder", b"", tarfile.DIRTYPE, 0o755))
        for name, content in members.items():
            archive.addfile(_tar_info(name, content), io.BytesIO(content))
        first = next(iter(members))
        for name, kind in (("soft", tarfile.SYMTYPE), ("hard", tarfile.LNKTYPE)):
            info = _tar_info(name, b"", kind)
            info.linkname = first
            archive.addfile(info)
    return output.getvalue()


def _tar_info(
    name: str, content: bytes, kind: bytes = tarfile.REGTYPE, rights: int = 0o640
) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode, info.type = len(content), WHEN, rights, kind
    info.uid, info.uname = 1234, "somebody"
    return info


def seen_in_tar(data: bytes) -> dict[str, Seen]:
    """What Python's tarfile reads, whatever compression it knows is around."""
    kinds = {tarfile.DIRTYPE: "folder", tarfile.SYMTYPE: "link", tarfile.LNKTYPE: "hard link"}
    found = {}
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        for info in archive:
            stream = archive.extractfile(info) if info.isreg() else None
            content = stream.read() if stream else info.linkname.encode()
            assert (info.uid, info.uname) == (1234, "somebody")
            kind = kinds.get(info.type, "file")
            found[info.name] = Seen(content, int(info.mtime), info.mode, kind)
    return found


def seen_in_zip(data: bytes) -> dict[str, Seen]:
    """What Python's zipfile reads; dates are those of the directory, in local time."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        for info in archive.infolist():
            mode = info.external_attr >> 16
            kind = {0o040000: "folder", 0o120000: "link"}.get(mode & 0o170000, "file")
            (seconds,) = struct.unpack_from("<l", info.extra, 5) if info.extra else (0,)
            found[info.filename.rstrip("/")] = Seen(
                archive.read(info), seconds, mode & 0o7777, kind
            )
    return found


def unpacked(data: bytes, *command: str) -> dict[str, bytes]:
    """The files a program unpacks from `data`: its input is `archive` in the current folder."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    with tempfile.TemporaryDirectory(prefix="sluice-judge-") as work:
        Path(work, "archive").write_bytes(data)
        out = Path(work, "out")
        out.mkdir()
        done = subprocess.run(command, cwd=out, check=False, capture_output=True)
        assert done.returncode == 0, done.stderr + done.stdout
        return {
            str(path.relative_to(out)): path.read_bytes()
            for path in sorted(out.rglob("*"))
            if path.is_file() and not path.is_symlink()
        }


def packed(members: Mapping[str, bytes], *command: str, result: str = "archive") -> bytes:
    """What a program writes to its standard output (or to `../RESULT`) about files of a folder,
    whose names it gets on standard input."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    with tempfile.TemporaryDirectory(prefix="sluice-maker-") as work:
        folder = Path(work, "in")
        for name, content in members.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        names = "".join(f"{name}\n" for name in members).encode()
        done = subprocess.run(command, cwd=folder, input=names, check=True, capture_output=True)
        archive = Path(work, result)
        return archive.read_bytes() if archive.exists() else done.stdout


def compressed(plain: bytes, *filters: str) -> bytes:
    """`plain` by libarchive's filters, the innermost first: no program here writes all of them."""
    output = io.BytesIO()

    def write(data: bytes) -> int:
        return output.write(data)

    with libarchive.custom_writer(write, "raw", filters[0]) as archive:
        archive.add_file_from_memory("data", len(plain), plain)
    made = output.getvalue()
    return compressed(made, *filters[1:]) if len(filters) > 1 else made


def cab_of(members: Mapping[str, bytes]) -> bytes:
    """A cabinet of uncompressed members ([MS-CAB]), whose dates are 2026-11-02 09:00:02."""
    date, time = (2026 - 1980) << 9 | 11 << 5 | 2, 9 << 11 | 1
    files = b"".join(
        struct.pack("<LLHHHH", len(content), offset, 0, date, time, 0xA0) + name.encode() + b"\0"
        for (name, content), offset in zip(members.items(), _offsets(members), strict=True)
    )
    plain = b"".join(members.values())
    blocks = [plain[at : at + 32768] for at in range(0, len(plain), 32768)]
    data = b"".join(struct.pack("<LHH", 0, len(block), len(block)) + block for block in blocks)
    start = 36 + 8 + len(files)
    head = struct.pack(
        "<4s5L2B5H", b"MSCF", 0, start + len(data), 0, 44, 0, 3, 1, 1, len(members), 0, 7, 0
    )
    return head + struct.pack("<LHH", start, len(blocks), 0) + files + data


def _offsets(members: Mapping[str, bytes]) -> list[int]:
    at, found = 0, []
    for content in members.values():
        found.append(at)
        at += len(content)
    return found
