"""Certificates for guests: what OpenSSL says of them, and names for which there are none."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from cryptography import x509

from gateway.emulation.authority import SUBJECT_HASH, Authority


@pytest.fixture(scope="module")
def authority() -> Authority:
    return Authority()


def test_openssl_finds_the_authority_under_its_name(authority: Authority) -> None:
    command = ["openssl", "x509", "-noout", "-subject_hash"]
    done = subprocess.run(command, input=authority.certificate(), capture_output=True, check=True)
    assert done.stdout.decode().strip() == SUBJECT_HASH


@pytest.mark.parametrize(
    ("name", "check"),
    [
        ("files.example", ["-verify_hostname", "files.example"]),
        ("203.0.113.7", ["-verify_ip", "203.0.113.7"]),
        ("2001:db8::1", ["-verify_ip", "2001:db8::1"]),
        ("under_score.x", ["-verify_hostname", "under_score.x"]),
    ],
)
def test_openssl_accepts_what_the_authority_gives(
    authority: Authority, name: str, check: list[str], tmp_path: Path
) -> None:
    (tmp_path / "root").write_bytes(authority.certificate())
    given = authority.certificate_for(name)
    assert given is not None
    (tmp_path / "server").write_bytes(given)
    command = ["openssl", "verify", "-x509_strict", "-purpose", "sslserver", *check]
    command += ["-CAfile", str(tmp_path / "root"), str(tmp_path / "server")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    "name", ["", "a b", "a\nb", "-/../x", "\u00fc.example", "a" * 64, ".", "a..b"]
)
def test_what_is_no_name_gets_no_certificate(authority: Authority, name: str) -> None:
    assert authority.certificate_for(name) is None


def test_two_authorities_share_nothing(authority: Authority) -> None:
    other = Authority()
    assert other.server_key != authority.server_key
    first, second = (
        x509.load_pem_x509_certificate(each.certificate()).public_key()
        for each in (authority, other)
    )
    assert first != second
    assert b"PRIVATE" not in authority.certificate() + repr(authority).encode()
