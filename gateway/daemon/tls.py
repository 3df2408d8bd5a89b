"""TLS: the appliance's certificate, and the contexts for both sides.

Until an administrator imports a certificate the gateway makes a self-signed one. Towards the next
hop TLS is opportunistic (RFC 7435): the certificate is not verified, since SMTP between servers
has no name to verify without MTA-STS or DANE, which are another matter.
"""

from __future__ import annotations

import datetime
import os
import socket
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from gateway.policy import GatewayConfig

SELF_SIGNED_DAYS = 3650
"""A self-signed certificate that expires helps nobody: it is trusted by nobody anyway."""


class TlsError(Exception):
    """The certificate cannot be used; one sentence."""


def certificate_files(config: GatewayConfig) -> tuple[Path, Path]:
    """Certificate and key in force: the configured ones, else self-signed ones, made when missing.

    Raises TlsError.
    """
    if config.tls.certificate:
        return Path(config.tls.certificate), Path(config.tls.key)
    directory = Path(config.paths.state) / "tls"
    certificate, key = directory / "certificate.pem", directory / "key.pem"
    if not (certificate.exists() and key.exists()):
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            _make_self_signed(certificate, key)
        except OSError as error:
            raise TlsError(f"cannot make a certificate in {directory}: {error.strerror}") from error
    return certificate, key


def client_side(certificate: Path, key: Path) -> ssl.SSLContext:
    """The context for connections from clients. Raises TlsError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8996 retires 1.0 and 1.1
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise TlsError(f"cannot use the certificate {certificate}: {error}") from error
    return context


def next_hop_side() -> ssl.SSLContext:
    """The context for connections to next hops."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _make_self_signed(certificate: Path, key: Path) -> None:
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, socket.gethostname()[:64])])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=SELF_SIGNED_DAYS))
        .sign(private, hashes.SHA256())
    )
    secret = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(key, secret)
    _write(certificate, built.public_bytes(serialization.Encoding.PEM))


def _write(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads; it appears complete or not at all.

    A link that lies in its place is not followed: workers may write in the directory above.
    """
    partial = path.with_suffix(".partial")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    partial.rename(path)
