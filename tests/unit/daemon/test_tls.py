"""The certificate: made once, kept private, usable on both sides; a bad one is one sentence."""

from __future__ import annotations

import contextlib
import ssl
import stat
from pathlib import Path

import pytest

from gateway.daemon.tls import TlsError, certificate_files, client_side, next_hop_side
from gateway.policy import GatewayConfig, load_gateway_config


def config(directory: Path, more: str = "") -> GatewayConfig:
    return load_gateway_config(f'[paths]\nstate = "{directory}"\n{more}')


def handshake(server: ssl.SSLContext, client: ssl.SSLContext) -> str:
    """The version of TLS that the two agree on, without a network."""
    ends = [(ssl.MemoryBIO(), ssl.MemoryBIO()) for _ in range(2)]
    left = server.wrap_bio(*ends[0], server_side=True)
    right = client.wrap_bio(*ends[1], server_hostname=None)
    for _ in range(10):
        for side in (right, left):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
        ends[0][0].write(ends[1][1].read())
        ends[1][0].write(ends[0][1].read())
    return str(right.version())


def test_a_certificate_is_made_once_and_serves(tmp_path: Path) -> None:
    first = certificate_files(config(tmp_path))
    content = [path.read_bytes() for path in first]
    assert certificate_files(config(tmp_path)) == first
    assert [path.read_bytes() for path in first] == content
    assert [stat.S_IMODE(path.stat().st_mode) for path in first] == [0o600, 0o600]
    assert stat.S_IMODE(first[0].parent.stat().st_mode) == 0o700
    assert handshake(client_side(*first), next_hop_side()) == "TLSv1.3"


def test_half_a_pair_is_made_anew(tmp_path: Path) -> None:
    certificate, key = certificate_files(config(tmp_path))
    certificate.unlink()
    certificate_files(config(tmp_path))
    client_side(certificate, key)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_old_versions_are_refused(tmp_path: Path) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.minimum_version = ssl.TLSVersion.TLSv1
    old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        handshake(client_side(*certificate_files(config(tmp_path))), old)


def test_imported_files_are_used_as_they_are(tmp_path: Path) -> None:
    certificate, key = certificate_files(config(tmp_path))
    text = f'[tls]\ncertificate = "{certificate}"\nkey = "{key}"\n'
    assert certificate_files(config(tmp_path / "other", text)) == (certificate, key)
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize("content", [None, b"", b"no certificate"])
def test_a_certificate_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, content: bytes | None
) -> None:
    certificate, key = certificate_files(config(tmp_path))
    if content is None:
        certificate.unlink()
    else:
        certificate.write_bytes(content)
    with pytest.raises(TlsError, match="cannot use the certificate"):
        client_side(certificate, key)


def test_a_directory_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "tls").write_text("a file where a directory should be")
    with pytest.raises(TlsError, match="cannot make a certificate in"):
        certificate_files(config(tmp_path))


def test_a_link_in_the_files_place_is_not_followed(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("root's own")
    (tmp_path / "tls").mkdir()
    for name in ("key", "certificate"):
        (tmp_path / "tls" / f"{name}.partial").symlink_to(precious)
    with pytest.raises(TlsError):
        certificate_files(config(tmp_path))
    assert precious.read_text() == "root's own"
