"""The files that `extract` reads and writes: which they are, where each result goes.

A result appears under its name only when it is complete, and a result of an earlier run is gone
before the file is worked on: what lies in the output directory was made by this run, or not by us.
Links in folders are not followed; only regular files are opened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gateway.cli.exits import CliError, Exit
from gateway.model import Content, chunks
from gateway.model.filetype import file_type

_PARTIAL = ".sluice-partial"

RESULT_SUFFIXES = ("", ".pdf", ".txt", ".zip", ".eml", ".docx", ".xlsx", ".pptx")
"""Of results: the file's own type; a converted document, a note in place of a file, an archive or
mail that is written in another format, a document that is."""


@dataclass(frozen=True, slots=True)
class Job:
    """One file: where it is, the name it is shown under, and where its result goes."""

    source: Path
    name: str
    target: Path


def jobs(files: Sequence[Path], directory: Path) -> list[Job]:
    """A job for each file, and for each file below each folder, in the order of names.

    Raises CliError for two files with one result, and for a result that would replace a file.
    """
    found = [Job(source, name, directory / name) for source, name in named_files(files)]
    sources = {_identity(job.source) for job in found}
    targets: set[Path] = set()
    for job in found:
        if job.target in targets:
            raise CliError(Exit.USAGE, f"two files would be written to {job.target}")
        if job.target.exists() and _identity(job.target) in sources:
            raise CliError(Exit.USAGE, f"{job.target} would be written over a file to extract")
        targets.add(job.target)
    return found


def read_file(path: Path, limit: int) -> bytes:
    """The bytes of a regular file. Raises OSError, and ValueError with a sentence."""
    with open(path, "rb", opener=_open_without_waiting) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise ValueError("it is no regular file")
        data = file.read(limit + 1)
    if len(data) > limit:
        raise ValueError(f"it is larger than {limit} bytes (limits.message_bytes)")
    return data


def result_path(job: Job, type_name: str, new_type: str) -> Path:
    """Where the result goes: a result of another type keeps the name and gets one more suffix."""
    if new_type == type_name:
        return job.target
    suffix = file_type(new_type).extensions[0]
    return job.target.with_name(f"{job.target.name}.{suffix}")


def remove_results(job: Job) -> None:
    """Remove what an earlier run left for this file. Raises OSError."""
    for suffix in RESULT_SUFFIXES:
        job.target.with_name(job.target.name + suffix).unlink(missing_ok=True)


def write_result(target: Path, content: Content) -> None:
    """Write `content` so that it is either complete under its name, or not there.

    Raises OSError, also where something has that name.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(target.name + _PARTIAL)
    try:
        with partial.open("wb") as file:
            file.writelines(chunks(content))
        os.link(partial, target)  # unlike a rename it never replaces another file's result
        partial.unlink()
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def named_files(files: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Each file, and each below each folder, with the name it is shown under; links are left."""
    for path in files:
        if not path.is_dir():
            yield path, path.name
            continue
        for folder, names, leaves in os.walk(path):
            names.sort()
            for leaf in sorted(leaves):
                found = Path(folder, leaf)
                if not found.is_symlink():
                    yield found, str(found.relative_to(path))


def _identity(path: Path) -> tuple[int, int] | Path:
    """What tells files apart whatever they are called."""
    try:
        found = path.stat()
    except OSError:
        return path
    return found.st_dev, found.st_ino


def _open_without_waiting(path: str, flags: int) -> int:
    """A pipe without a writer must not hold the command up (open(2))."""
    return os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
