"""The fake user whose desk a sample finds: a name, a home and documents worth stealing.

Data only: the guest's root is built with these files, and the rules watch them. Nothing here may
hold a real secret; what looks like a key is noise derived from the file's own name.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass
from hashlib import sha256

USER = "user"
UID = 1000
HOME = f"/home/{USER}"
DOWNLOADS = f"{HOME}/Downloads"
DESK_HOST = "desk-17"


@dataclass(frozen=True, slots=True)
class Bait:
    """A file in the fake home: path below the home, bytes, permission bits."""

    path: str
    data: bytes
    mode: int = 0o644


def _noise(name: str, size: int) -> bytes:
    """`size` bytes that look random and are the same on every build."""
    blocks = (sha256(f"{name}:{block}".encode()).digest() for block in range(size // 32 + 1))
    return b"".join(blocks)[:size]


def _document(name: str) -> Bait:
    """An office document by its first bytes; nobody in the guest opens it."""
    magic = {"pdf": b"%PDF-1.7\n", "jpg": b"\xff\xd8\xff\xe0"}.get(
        name.rsplit(".", 1)[-1], b"PK\3\4"
    )
    return Bait(name, magic + _noise(name, 6000))


def _key(name: str) -> Bait:
    """Something in the armour of a private key, with noise inside."""
    body = b64encode(_noise(name, 1200))
    lines = b"\n".join(body[start : start + 70] for start in range(0, len(body), 70))
    kind = b"OPENSSH PRIVATE " + b"KEY"
    return Bait(name, b"-----BEGIN %b-----\n%b\n-----END %b-----\n" % (kind, lines, kind), 0o600)


_DOCUMENTS = (
    "Documents/Budget 2026.xlsx",
    "Documents/Contract Meyer.docx",
    "Documents/Invoices/2026-01.pdf",
    "Documents/Invoices/2026-02.pdf",
    "Documents/Invoices/2026-03.pdf",
    "Documents/Minutes.odt",
    "Documents/Salaries.xlsx",
    "Documents/Tax return.pdf",
    "Documents/Thesis.docx",
    "Desktop/Passport.jpg",
    "Pictures/Holiday 1.jpg",
    "Pictures/Holiday 2.jpg",
)

_BROWSERS = (
    ".mozilla/firefox/k3v9x1ab.default-release/logins.json",
    ".mozilla/firefox/k3v9x1ab.default-release/key4.db",
    ".mozilla/firefox/k3v9x1ab.default-release/cookies.sqlite",
    ".config/google-chrome/Default/Login Data",
    ".config/google-chrome/Default/Cookies",
    ".thunderbird/p0q8z2.default/key4.db",
)

_TEXTS = (
    Bait("Documents/todo.txt", b"call the bank\npay the electrician\nrenew the passport\n"),
    Bait("Documents/customers.csv", b"name,city,since\nMeyer,Kiel,2019\nArslan,Ulm,2021\n"),
    Bait(".bash_history", b"ls\ncd Documents\nssh backup@nas\n", 0o600),
    Bait(".bashrc", b"# ~/.bashrc\nalias ll='ls -l'\n"),
    Bait(".profile", b'# ~/.profile\n[ -d "$HOME/bin" ] && PATH="$HOME/bin:$PATH"\n'),
    Bait(".ssh/config", b"Host nas\n  User backup\n", 0o600),
    Bait(".ssh/known_hosts", b"nas ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI\n", 0o600),
    Bait(".aws/credentials", b"[default]\naws_access_key_id = none\n", 0o600),
)

BAITS: tuple[Bait, ...] = (
    *(_document(name) for name in _DOCUMENTS),
    *(Bait(name, _noise(name, 4000), 0o600) for name in _BROWSERS),
    _key(".ssh/id_ed25519"),
    _key(".ssh/id_rsa"),
    *_TEXTS,
)
"""Every file of the fake home, in the order in which it is written."""
