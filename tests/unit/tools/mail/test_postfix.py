"""The lab's Postfix in a namespace of its own, fed by smtplib and by swaks."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.corpus import demo_mail
from tools.mail import Listen, PostfixServer, RecordingServer, Refusal, Target, send, swaks
from tools.mail.sending import main as send_main

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root"),
    pytest.mark.skipif(shutil.which("postfix") is None, reason="postfix is not installed"),
]
NOBODY = "nobody@corp.example"


@pytest.fixture(scope="module")
def netns() -> Iterator[str]:
    name = f"mail-test-{os.getpid()}"
    subprocess.run(["ip", "netns", "add", name], check=True)
    try:
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)
        yield name
    finally:
        subprocess.run(["ip", "netns", "del", name], check=True)


@pytest.fixture(scope="module")
def server(netns: str) -> Iterator[PostfixServer]:
    # Not pytest's tmp_path: Postfix's unprivileged processes must be able to pass through.
    folder = Path(tempfile.mkdtemp(prefix="sluice-postfix-"))
    folder.chmod(0o755)
    refused = {NOBODY: Refusal("550 5.1.1", "no such person here")}
    listen: list[str | Listen] = ["127.0.0.1", "::1", Listen("127.0.0.1", 587)]
    try:
        with PostfixServer(folder, listen, "corp.example", netns=netns, refused=refused) as running:
            yield running
    finally:
        shutil.rmtree(folder)


def test_mail_is_kept_byte_for_byte(server: PostfixServer, netns: str) -> None:
    for name in ("plain-text", "macro-docm", "zip-and-pdf"):
        mail = demo_mail(name)
        recipient = f"{name}@corp.example"
        result = send(mail.raw, mail.sender, [recipient], Target("127.0.0.1", netns=netns))
        assert result.accepted
        assert server.wait_for(1, recipient) == [mail.raw]


def test_offers_the_extensions_of_a_large_system(server: PostfixServer, netns: str) -> None:
    result = send(b"\r\n", "a@b.example", ["x@corp.example"], Target("::1", netns=netns))
    assert {"PIPELINING", "SIZE", "8BITMIME", "SMTPUTF8", "DSN", "CHUNKING", "STARTTLS",
            "ENHANCEDSTATUSCODES"} <= set(result.extensions)  # fmt: skip


def test_refuses_with_own_words_and_knows_its_client(server: PostfixServer, netns: str) -> None:
    target = Target("127.0.0.1", 587, source="127.0.0.9", netns=netns, starttls=True)
    both = [NOBODY, "both@corp.example"]
    result = send(b"Subject: x\r\n\r\n", "a@b.example", both, target)
    assert result.accepted
    assert [one.code for one in result.refused] == [550]
    assert "no such person here" in result.refused[0].text
    assert len(server.wait_for(1, "both@corp.example")) == 1
    assert server.stored("both@corp.example")[0].client == "127.0.0.9"


@pytest.mark.skipif(shutil.which("swaks") is None, reason="swaks is not installed")
def test_swaks_delivers_the_same_bytes(server: PostfixServer, netns: str) -> None:
    raw = demo_mail("plain-text").raw
    target = Target("127.0.0.1", netns=netns)
    assert swaks(raw, "a@b.example", ["swaks@corp.example"], target).code == 250
    assert server.wait_for(1, "swaks@corp.example") == [raw]
    refused = swaks(raw, "a@b.example", [NOBODY], target)
    assert refused.code == 550 and refused.exit_code != 0


def test_the_command_line_sends(
    server: PostfixServer, netns: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mail.eml"
    file.write_bytes(b"Subject: cli\r\n\r\n")
    words = [str(file), "--host", "127.0.0.1", "--netns", netns, "--from", "a@b.example", "--json"]
    assert send_main([*words, "--to", "cli@corp.example"]) == 0
    assert '"code":250' in capsys.readouterr().out
    assert send_main([*words, "--to", NOBODY]) == 1
    assert send_main([*words, "--to", NOBODY, "--port", "1"]) == 2


def test_recording_server_listens_inside_the_namespace(netns: str) -> None:
    with RecordingServer(netns=netns) as recorder:
        outside = Target("127.0.0.1", recorder.port)
        assert send(b"\r\n", "a@b.example", ["c@d.example"], outside).step == "connect"
        inside = Target("127.0.0.1", recorder.port, netns=netns)
        assert send(b"\r\n", "a@b.example", ["c@d.example"], inside).accepted


def test_stop_leaves_no_process(netns: str) -> None:
    folder = Path(tempfile.mkdtemp(prefix="sluice-postfix-"))
    folder.chmod(0o755)
    try:
        server = PostfixServer(folder, [Listen("127.0.0.1", 2525)], "corp.example", netns=netns)
        server.start()
        master = int((folder / "queue" / "pid" / "master.pid").read_text())
        server.stop()
        state = Path(f"/proc/{master}/stat")
        assert not state.exists() or state.read_text().rpartition(")")[2].split()[0] == "Z"
        server.stop()
    finally:
        shutil.rmtree(folder)
