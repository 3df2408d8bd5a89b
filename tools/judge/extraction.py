"""Runs `gatewayctl extract` over a folder, and again over its output."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec

from gateway.cli.extract_files import RESULT_SUFFIXES
from tools.judge.model import Answer, Judged

_decoder = msgspec.json.Decoder(Answer)
_NO_RESULT = 10
"""gatewayctl's exit code for files without a result."""


class ExtractionFailedError(RuntimeError):
    """gatewayctl itself failed. One sentence."""


def extract(source: Path, out: Path, method: str = "clean") -> dict[str, Answer]:
    """The answers for all files below `source`, by name; results are below `out`."""
    command = [sys.executable, "-m", "gateway.cli", "extract", str(source), "-o", str(out)]
    command += ["--method", method, "--json"]
    ran = subprocess.run(command, capture_output=True, check=False)
    if ran.returncode not in (0, _NO_RESULT):
        raise ExtractionFailedError(ran.stderr.decode(errors="replace").strip()[-500:])
    answers = [_decoder.decode(line) for line in ran.stdout.splitlines()]
    return {answer.file: answer for answer in answers}


def extract_twice(source: Path, work: Path, method: str = "clean") -> list[Judged]:
    """Every file below `source` with its answer, its output, and the answer for that output, which
    is cleaned whatever the method was."""
    first_out, second_out = work / "output", work / "again"
    first = extract(source, first_out, method)
    second = extract(first_out, second_out) if first_out.exists() else {}
    judged = []
    for name, answer in first.items():
        output = _output_of(first_out, name)
        again = second.get(str(output.relative_to(first_out))) if output else None
        one = Judged(answer, source / name, output, again=again.status if again else "")
        _check_answer(one)
        if one.changed and again is not None and again.status != "unchanged":
            what = ", ".join(dict.fromkeys(item.what for item in again.removed)) or again.error
            one.complaints.append(f"extracting again: {again.status}: {what}")
        judged.append(one)
    return judged


def _output_of(out: Path, name: str) -> Path | None:
    """The output: under its name, or with one more suffix where its type became another."""
    candidates = [out / f"{name}{suffix}" for suffix in RESULT_SUFFIXES]
    return next((path for path in candidates if path.is_file()), None)


def _check_answer(one: Judged) -> None:
    has_output = one.answer.status not in ("failed", "encrypted")
    if has_output != (one.output is not None):
        one.complaints.append(f"gatewayctl: {one.answer.status}, and the output says otherwise")
    elif one.answer.status == "unchanged" and not _same(one.source, one.output):
        one.complaints.append("gatewayctl: unchanged, and the bytes differ")
    if not has_output and not one.answer.error:
        one.complaints.append("gatewayctl: no result and no reason")


def _same(source: Path, output: Path | None) -> bool:
    return output is not None and output.read_bytes() == source.read_bytes()
