"""The command `demo` of the Vagrantfile's sender, and its mail server, over loopback."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.corpus import demo_mails
from tools.image.mails import write_mails
from tools.image.places import ROOT
from tools.mail.client import SmtpResult
from tools.vagrant import demo

pytestmark = pytest.mark.root


@pytest.fixture
def mails(tmp_path: Path) -> Path:
    """The demo's mails as the sender has them."""
    write_mails(tmp_path / "mails.tar", "full", 1_700_000_000)
    folder = tmp_path / "mails"
    folder.mkdir()
    with tarfile.open(tmp_path / "mails.tar") as archive:
        archive.extractall(folder)
    return folder


@pytest.fixture
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A mail server that takes everything, as `server.sh` starts it; its port."""
    folder = tmp_path_factory.mktemp("server")
    for parent in (folder, *folder.parents[:2]):
        parent.chmod(0o755)  # Postfix runs as a user of its own
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number = int(probe.getsockname()[1])
    command = [sys.executable, "-m", "tools.mail.serving", str(folder / "mail"), "127.0.0.1"]
    with subprocess.Popen(
        [*command, f"--port={number}"], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdout is not None
        assert server.stdout.readline().startswith("serving")
        yield number
        server.send_signal(signal.SIGTERM)
        assert server.wait() == 0
    assert list((folder / "mail/mail/all/new").iterdir())


def test_without_a_gateway_refusals_are_missed(mails: Path, port: int) -> None:
    """A server that takes all keeps the promises of 250, and breaks those of a refusal."""
    refused = [mail for mail in demo_mails() if mail.promise.reply_code != 250]
    where = ["--host=127.0.0.1", f"--port={port}", f"--mails={mails}"]
    done = subprocess.run(
        [sys.executable, "-m", "tools.vagrant.demo", *where],
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert f"{len(demo_mails())} mails, {len(refused)} not as promised." in done.stdout
    assert done.stdout.count("NOT AS PROMISED: 550") == len(refused)
    assert max(map(len, done.stdout.splitlines())) <= 80


def test_an_answer_counts_by_code_and_words(mails: Path) -> None:
    eicar = next(mail for mail in demo.read_index(mails) if mail.words)
    words = " ".join(eicar.words)
    kept = SmtpResult(eicar.code, f"5.7.1 {words}", "body", 12.0)
    assert demo.as_promised(eicar, kept)
    assert not demo.as_promised(eicar, SmtpResult(eicar.code, "5.7.1 spam", "body", 12.0))
    assert not demo.as_promised(eicar, SmtpResult(250, words, "body", 12.0))
    silent = SmtpResult(0, "timed out", "connect", 12.0)
    assert any("no answer:" in line for line in demo.lines(eicar, silent))
