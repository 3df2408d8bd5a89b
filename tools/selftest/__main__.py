"""`python -m tools.selftest`: what the profile `selftest` does once it has started.

It looks at the system, sends the demo's mails through a gateway in network namespaces of this
system, and prints one line that a program reads: MARK, a space, and the result as JSON. The unit
that runs it switches the machine off afterwards. Nothing is kept.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import click
import msgspec

from tools.demo.run import PATIENT_POLICY, send_all, stand

MARK = "SLUICE-SELFTEST"
"""What the line with the result begins with."""


class Line(msgspec.Struct, frozen=True):
    """One mail of the demo: what happened, and in what it differs from its promise."""

    mail: str
    happened: str
    differs: list[str]


class Result(msgspec.Struct, frozen=True):
    """The whole result. `facts` are what the system says of itself, `trouble` what ended the test
    before it was through."""

    passed: bool
    facts: dict[str, str]
    mails: list[Line]
    trouble: str = ""


_QUESTIONS = {
    "version": ("sh", "-c", ". /usr/lib/os-release; echo $IMAGE_VERSION $VARIANT_ID"),
    "kernel": ("uname", "-r"),
    "root": ("findmnt", "-no", "SOURCE,FSTYPE", "/"),
    "failed units": ("systemctl", "--failed", "--no-legend", "--plain"),
    "emulation": ("runsc", "--version"),
}


@click.command()
def main() -> None:
    """Test this system, print the result; exit code 1 when something is not as promised."""
    facts = {name: _said(words) for name, words in _QUESTIONS.items()}
    for name, said in facts.items():
        click.echo(f"  {name}: {said}")
    mails: list[Line] = []
    trouble = ""
    try:
        with (
            tempfile.TemporaryDirectory(prefix="selftest-", dir="/run") as directory,
            stand("selftest", Path(directory), _say, policy=PATIENT_POLICY) as running,
        ):
            for line in send_all(running, _say):
                differs = [str(sentence) for sentence in line.differs]
                click.echo(f"  {'NO' if differs else 'ok'}  {line.mail}: {line.happened}")
                mails.append(Line(line.mail, line.happened, differs))
    except Exception as error:  # noqa: BLE001 - whatever it is, it is the result
        traceback.print_exc()
        trouble = f"{type(error).__name__}: {error}"
    well = not trouble and bool(mails) and not any(line.differs for line in mails)
    result = Result(well and not facts["failed units"], facts, mails, trouble)
    click.echo(f"{MARK} {json.dumps(msgspec.to_builtins(result))}")
    sys.exit(0 if result.passed else 1)


def _said(words: tuple[str, ...]) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    return " ".join(done.stdout.split())


def _say(words: str) -> None:
    click.echo(f"  {words}")


if __name__ == "__main__":
    main()
