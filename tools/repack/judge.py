"""What 7-Zip sees in an archive: names, dates, kinds and contents, in the archive's order.

7-Zip is neither what the gateway reads archives with nor what it writes them with. Compressed tars
are opened in two steps; lz4 and lzip, which 7-Zip does not know, by their own programs.
"""

from __future__ import annotations

import hashlib
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SECONDS = 60
_COMPRESSED = frozenset({"gzip", "bzip2", "xz", "zstd", "compress", "lz4", "lzip"})
_OTHERS = {"lz4": ("lz4", "-dcq"), "lzip": ("lzip", "-dc")}


class NoJudgeError(Exception):
    """The judge cannot open the archive. One sentence."""


@dataclass(frozen=True)
class Seen:
    """One member: its path, date as 7-Zip prints it, whether a folder, link target, content."""

    path: str
    modified: str
    folder: bool
    link: str
    sha256: str


def look(data: bytes, type_name: str) -> list[Seen]:
    """The members of `data`. Raises NoJudgeError."""
    if type_name in _COMPRESSED:
        plain = _decompressed(data, type_name)
        if plain[257:262] != b"ustar" and not plain.startswith((b"0707", b"\xc7\x71")):
            return [Seen("", "", False, "", hashlib.sha256(plain).hexdigest())]
        data = plain
    with tempfile.TemporaryDirectory(prefix="sluice-judge-") as work:
        archive = Path(work, "archive")
        archive.write_bytes(data)
        listed = list(
            _listed(_run("7zz", "l", "-slt", "-sccUTF-8", str(archive)).decode("utf-8", "replace"))
        )
        out = Path(work, "out")
        _run("7zz", "x", "-bd", "-y", "-aou", "-snl-", f"-o{out}", str(archive))
        digests = _digests(out)
    return [
        Seen(
            one.get("Path", ""),
            one.get("Modified", "")[:19],
            one.get("Folder") == "+" or one.get("Attributes", "").startswith("D"),
            one.get("Symbolic Link", ""),
            digests.get(one.get("Path", ""), ""),
        )
        for one in listed
    ]


def _shown(path: Path) -> str:
    """A name as the list shows it, whatever its bytes are."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _digests(folder: Path) -> dict[str, str]:
    return {
        _shown(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    }


def _decompressed(data: bytes, type_name: str) -> bytes:
    if type_name in _OTHERS:
        return _run(*_OTHERS[type_name], given=data)
    with tempfile.TemporaryDirectory(prefix="sluice-judge-") as work:
        archive = Path(work, "archive")
        archive.write_bytes(data)
        return _run("7zz", "x", "-so", str(archive))


def _listed(text: str) -> Iterator[dict[str, str]]:
    """The blocks of `7zz l -slt` behind the line of dashes."""
    _, _, members = text.partition("\n----------\n")
    for block in members.split("\n\n"):
        lines = [line.partition(" = ") for line in block.splitlines() if " = " in line]
        if lines:
            yield {key: value for key, _, value in lines}


def _run(*command: str, given: bytes = b"") -> bytes:
    try:
        done = subprocess.run(
            command, input=given, check=True, capture_output=True, timeout=SECONDS
        )
    except FileNotFoundError:
        raise NoJudgeError(f"{command[0]} is not installed") from None
    except subprocess.TimeoutExpired:
        raise NoJudgeError(f"{command[0]} took longer than {SECONDS} s") from None
    except subprocess.CalledProcessError as error:
        last = (error.stderr or error.stdout).decode("utf-8", "replace").strip().splitlines()
        raise NoJudgeError(f"{command[0]}: {last[-1] if last else error.returncode}") from None
    return done.stdout
