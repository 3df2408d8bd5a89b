"""Mails with documents that act, in the places where a rebuild is hard."""

from __future__ import annotations

import binascii
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

from tools.corpus.compose import Attachment, base64_lines, compose
from tools.corpus.ooxml import MEDIA_TYPES, macro_document

DOCM_TYPE = MEDIA_TYPES["docm"]


def docm(words: str) -> bytes:
    """A document with a macro that nothing starts; other words, other bytes."""
    return macro_document((words,), "Sub Quiet()\r\nEnd Sub\r\n")


def attached(name: str, data: bytes) -> Attachment:
    return Attachment(name, DOCM_TYPE if name.endswith(".docm") else "application/zip", data)


def mail(*attachments: Attachment, text: str = "See the attachments.") -> bytes:
    return compose(
        sender="sender@client.example",
        recipients=("anna@corp.example",),
        subject="documents",
        text=text,
        attachments=attachments,
    )


def encoded_mail_in_mail(inner: bytes) -> bytes:
    """`inner` attached in base64, which RFC 2046 section 5.2.1 forbids and people do."""
    return (
        b"From: sender@client.example\r\nTo: anna@corp.example\r\nSubject: forwarded\r\n"
        b"MIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="=_o"\r\n\r\n--=_o\r\n'
        b"Content-Type: text/plain\r\n\r\nForwarded.\r\n--=_o\r\n"
        b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64_lines(inner)
        + b"--=_o--\r\n"
    )


def uuencoded(name: str, data: bytes) -> str:
    """A uuencoded block as people pasted them into text."""
    lines = [f"begin 644 {name}"]
    lines += [
        binascii.b2a_uu(data[at : at + 45], backtick=True).decode().rstrip("\n")
        for at in range(0, len(data), 45)
    ]
    return "\r\n".join([*lines, "`", "end"])


def signed_envelope(content: bytes) -> bytes:
    """S/MIME signed data with its content inside (RFC 8551 section 3.5.2), by a fresh key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sender")])
    when = datetime(2026, 11, 2, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(when)
        .not_valid_after(when + timedelta(days=365))
        .sign(key, hashes.SHA256())
    )
    return (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(content)
        .add_signer(certificate, key, hashes.SHA256())
        .sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])
    )
