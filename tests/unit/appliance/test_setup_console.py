"""`gatewayctl setup` at a terminal of 80 columns, typed at as a person does."""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

import pexpect

from gateway.appliance.setup_file import load_setup
from tools.image.places import ROOT

PROGRAM = """
import sys
from pathlib import Path
from gateway.appliance import boot
from gateway.cli.app import main
folder = Path(sys.argv.pop(1))
boot.KEPT, boot.SETTINGS = folder / "setup.toml", folder / "settings"
boot.nics = lambda: {"enp1s0": "52:54:00:00:00:01", "enp2s0": "52:54:00:00:00:02"}
main()
"""
CERTIFICATE = ["-----BEGIN CERTIFICATE-----", "AA==", "-----END CERTIFICATE-----", ""]
KEY = ["-----BEGIN PRIVATE KEY-----", "AA==", "-----END PRIVATE KEY-----", ""]

DIALOGUE: tuple[tuple[str, tuple[tuple[str, str], ...], str], ...] = (
    ("Interface on the side that mail", (("eth7", "there is no interface eth7"),), "enp1s0"),
    ("Interface on the side of the mail", (("enp1s0", "a pair needs two interfaces"),), "enp2s0"),
    ("Joined how", (("tunnel", "bridge"),), "routed"),
    ("Addresses on the client side", (("192.0.2.1", "192.0.2.1"),), "192.0.2.1/24"),
    ("Addresses on the server side", (("300.0.0.1/24", "300.0.0.1"),), "198.51.100.1/24"),
    ("Default routers", (("nowhere", "is no IP address"),), "none"),
    ("Ways further", (("203.0.113.0/24", "203.0.113.0/24"),), "none"),
    ("Mail server for released mails", (("mx.corp.example", "is no IP address"),), "192.0.2.25"),
    ("Interface for management", (("eth9", "there is no interface eth9"),), ""),
    ("Time zone", (("../etc/passwd", "is no time zone"),), "Europe/Vienna"),
    ("Time servers", (("not a name", "not a name"),), "ntp.example.org"),
    ("Name of this machine", (("-", "'-'"),), "mailgate"),
    ("Mail that cannot be inspected", (("drop", "hold"),), "bypass"),
)
"""Each question by its begin, wrong answers with what their explanation says, the right answer."""


def test_every_step_is_explained_and_asked_again(tmp_path: Path) -> None:
    log = tmp_path / "seen"
    words = ["-c", PROGRAM, str(tmp_path), "setup", "--later"]
    with log.open("w") as seen:
        person = pexpect.spawn(
            sys.executable, words, cwd=str(ROOT), dimensions=(24, 80), encoding="utf-8", timeout=30
        )
        person.logfile_read = seen
        for question, wrong, right in DIALOGUE:
            for answer, explanation in wrong:
                person.expect_exact(question)
                person.sendline(answer)
                person.expect_exact("That does not do:")
                person.expect(r"\s+".join(map(re.escape, explanation.split())))
            person.expect_exact(question)
            person.sendline(right)
        for first, second, explanation in (
            ("short", "", "10 letters"),
            ("correct horse", "correct house", "the two are different"),
            ("correct horse", "correct horse", ""),
        ):
            person.expect_exact("Password of the account admin")
            person.sendline(first)
            if second:
                person.expect_exact("The same again")
                person.sendline(second)
            if explanation:
                person.expect_exact(explanation)
        person.expect_exact("Paste a certificate")
        person.sendline("perhaps")
        person.expect_exact("answer yes or no")
        person.sendline("yes")
        person.expect_exact("Paste the certificate chain")
        for line in CERTIFICATE:
            person.sendline(line)
        person.expect_exact("Paste its private key")
        for line in KEY:
            person.sendline(line)
        person.expect_exact("Set up; it counts from the next start.")
        person.expect(pexpect.EOF)
        person.close()
    assert person.exitstatus == 0
    told = log.read_text()
    assert "correct horse" not in told, "a password was shown"
    assert "There is no next hop to set" in told
    assert max(len(line) for line in told.splitlines()) <= 80
    setup = load_setup((tmp_path / "setup.toml").read_text())
    assert (setup.pair.mode, setup.release.relay) == ("routed", "192.0.2.25")
    assert (setup.hostname, setup.on_failure) == ("mailgate", "bypass")
    assert setup.time.servers == ("ntp.example.org",)
    assert setup.password.startswith("$6$")
    gateway = tomllib.loads((tmp_path / "settings/gateway.toml").read_text())
    assert gateway["release"] == {"relay": "192.0.2.25"}
    assert (tmp_path / "settings/tls/key.pem").read_text() == "\n".join(KEY)
