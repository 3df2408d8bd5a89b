"""Types that are told by what a container holds: S/MIME, OpenOffice.org 1, zeros, programs with
markup in their texts."""

from __future__ import annotations

import datetime
import zipfile
import zlib
from io import BytesIO

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from gateway.engines.identify import identify
from gateway.engines.unpack.collector import Collector
from gateway.engines.unpack.model import Contents, Damaged, LimitReachedError, UnpackLimits
from gateway.engines.unpack.smime import unpack_smime

MAIL = b"Subject: inside\r\n\r\nHello reader\r\n"


def signed(*options: pkcs7.PKCS7Options) -> bytes:
    """`MAIL` signed, in DER."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer.example")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(name).issuer_name(name)
    builder = builder.public_key(key.public_key()).serial_number(1).not_valid_before(start)
    certificate = builder.not_valid_after(start + datetime.timedelta(days=900)).sign(
        key, hashes.SHA256()
    )
    made = (
        pkcs7.PKCS7SignatureBuilder().set_data(MAIL).add_signer(certificate, key, hashes.SHA256())
    )
    return made.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary, *options])


def der(tag: int, *content: bytes) -> bytes:
    """An element of DER (X.690)."""
    inside = b"".join(content)
    if len(inside) < 0x80:
        return bytes([tag, len(inside)]) + inside
    return bytes([tag, 0x82]) + len(inside).to_bytes(2, "big") + inside


def compressed(content: bytes) -> bytes:
    """Compressed data (RFC 3274) with `content`, already packed."""
    data = bytes.fromhex("06092a864886f70d010701")
    zlib_id = bytes.fromhex("060b2a864886f70d0109100308")
    inner = der(0x30, data, der(0xA0, der(0x04, content)))
    outer = der(0x30, b"\x02\x01\x00", der(0x30, zlib_id), inner)
    return der(0x30, bytes.fromhex("060b2a864886f70d0109100109"), der(0xA0, outer))


def unpacked(data: bytes, limits: UnpackLimits | None = None) -> tuple[list[bytes], Contents]:
    """What is taken out of S/MIME data."""
    written: list[bytes] = []

    def write(content: bytes) -> int:
        written.append(content)
        return 0

    into = Collector(len(data), limits or UnpackLimits(), write)
    unpack_smime(data, into)
    return written, into.contents()


def zipped(**members: str) -> bytes:
    """A zip file."""
    memory = BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("_", "."), content)
    return memory.getvalue()


def test_a_detached_signature_is_a_signature_and_an_opaque_one_is_opened() -> None:
    assert identify(signed(pkcs7.PKCS7Options.DetachedSignature)).guess.type == "signature"
    opaque = signed()
    assert identify(opaque).guess.type == "smime-encrypted"
    written, contents = unpacked(opaque)
    assert written == [MAIL]
    assert contents.problems == ()


def test_a_compressed_mail_is_opened() -> None:
    data = compressed(zlib.compress(MAIL))
    assert identify(data, "smime.p7z").guess.type == "smime-encrypted"
    assert unpacked(data)[0] == [MAIL]


def test_a_file_that_was_packed_this_way_is_called_what_it_is() -> None:
    kinds = [
        unpacked(compressed(zlib.compress(content)))[1].children[0].guess.type
        for content in (MAIL, b"%PDF-1.7\n%%EOF\n", b'<?xml version="1.0"?><invoice/>', b"hi")
    ]
    assert kinds == ["eml", "pdf", "xml", "text"]


@pytest.mark.parametrize("packed", [b"no zlib", zlib.compress(MAIL)[:-6], b""])
def test_a_compressed_mail_that_cannot_be_opened_is_damaged(packed: bytes) -> None:
    written, contents = unpacked(compressed(packed))
    assert written == []
    assert contents.problems == (Damaged("the compressed content was not found"),)


def test_a_compressed_mail_has_limits() -> None:
    data = compressed(zlib.compress(bytes(3_000_000)))
    with pytest.raises(LimitReachedError):
        unpacked(data, UnpackLimits(member_bytes=1_000_000))


def test_zeros_are_nothing() -> None:
    assert not identify(bytes(40_000), "zero").doubtful
    assert identify(bytes(40_000) + b"\x01", "zero").doubtful


@pytest.mark.parametrize(
    "members",
    [
        {"mimetype": "application/vnd.sun.xml.writer", "content_xml": "<a/>"},
        {"content_xml": '<?xml version="1.0"?><office:document-content xmlns:office="o"/>'},
        {"mimetype": "application/vnd.oasis.opendocument.text"},
    ],
)
def test_packages_of_openoffice_1_are_documents_too(members: dict[str, str]) -> None:
    assert identify(zipped(**members)).guess.type == "odf"


def test_a_member_of_a_package_is_no_document() -> None:
    flat = b'<?xml version="1.0"?><office:document xmlns:office="o"/>'
    assert identify(flat).guess.type == "odf"
    for member in (b"content", b"styles"):
        assert identify(flat.replace(b"document ", b"document-%s " % member)).guess.type == "xml"


PROGRAM = b"""// core functions
function show(list) {
  var page = document.getElementById("page");
  var out = "<table><tr><td>" + list.join("</td><td>") + "</td></tr></table>";
  page.innerHTML = out + "<br><a href='#'>top</a>";
  window.setTimeout(function () { document.write("<script src='x.js'></script>"); }, 10);
}
"""


def test_a_program_with_markup_in_its_texts_is_no_page() -> None:
    assert identify(PROGRAM).guess.type == "javascript"
    page = b"Dear reader <p>see <b>this</b><br><table></table><script>" + PROGRAM + b"</script>"
    assert identify(page).guess.type == "html"
    assert identify(PROGRAM, "page.html").guess.type == "html"
