"""The certificate authority that guests trust, and the certificates it gives for asked names.

Made anew for each process; its key stays in memory and is known to nobody else. Guests alone trust
it. What a guest gets is the authority's certificate, certificates for names, and the one key that
these share: enough to answer inside that guest, and worth nothing outside.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
from dataclasses import dataclass, field

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_SUBJECT = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Public Web Root")])

SUBJECT_HASH = "876a56c2"
"""What OpenSSL calls the file of an authority with this subject, `openssl x509 -subject_hash`."""

_WEB_SERVER = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "web server")])
"""Names stand in the extension for them (RFC 9525); a subject holds 64 characters only."""

_DNS_NAME = re.compile(r"[\w*-]{1,63}(\.[\w-]{1,63})*\.?", re.ASCII)
_NAME_LIMIT = 253
"""Characters of a host name (RFC 1035, 2.3.4, without the outer length bytes)."""

_SINCE = datetime.timedelta(days=30)
_SERVER_DAYS = datetime.timedelta(days=60)
_OWN_DAYS = datetime.timedelta(days=3650)
"""Longer than any process lives; a server's is what public authorities give."""


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass(frozen=True, slots=True)
class Authority:
    """One authority with its key, and the key that all certificates for servers share."""

    _key: ec.EllipticCurvePrivateKey = field(default_factory=_new_key, repr=False)
    _server_key: ec.EllipticCurvePrivateKey = field(default_factory=_new_key, repr=False)

    @property
    def file_hash(self) -> str:
        """What OpenSSL calls the file of this authority."""
        return SUBJECT_HASH

    @property
    def server_key(self) -> bytes:
        """The servers' key as PEM, without a passphrase."""
        return self._server_key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )

    def certificate(self) -> bytes:
        """The authority's own certificate as PEM, valid from today."""
        key = self._key.public_key()
        usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
        builder = (
            _builder(_SUBJECT, key, _OWN_DAYS)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(usage, critical=True)
        )
        return self._signed(builder)

    def certificate_for(self, untrusted_name: str) -> bytes | None:
        """A server's certificate for a host name or address as PEM; None where it is neither."""
        name = _general_name(untrusted_name)
        if name is None:
            return None
        issuer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        builder = (
            _builder(_WEB_SERVER, self._server_key.public_key(), _SERVER_DAYS)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName([name]), critical=False)
            .add_extension(purpose, critical=False)
            .add_extension(issuer, critical=False)
        )
        return self._signed(builder)

    def _signed(self, builder: x509.CertificateBuilder) -> bytes:
        certificate = builder.sign(self._key, hashes.SHA256())
        return certificate.public_bytes(serialization.Encoding.PEM)


def _builder(
    subject: x509.Name, key: ec.EllipticCurvePublicKey, valid: datetime.timedelta
) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(_SUBJECT)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SINCE)
        .not_valid_after(now + valid)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _general_name(untrusted_name: str) -> x509.GeneralName | None:
    try:
        return x509.IPAddress(ipaddress.ip_address(untrusted_name))
    except ValueError:
        pass
    if len(untrusted_name) > _NAME_LIMIT or not _DNS_NAME.fullmatch(untrusted_name):
        return None
    return x509.DNSName(untrusted_name)
