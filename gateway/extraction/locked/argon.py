"""Argon2id (RFC 9106) in one thread: a guest may not start others.

The lanes are worked on one after the other, which makes the same key. `cryptography` has Argon2 as
well, and starts a thread for each lane.
"""

from __future__ import annotations

from typing import Final

from argon2.low_level import ARGON2_VERSION, Type, core, ffi

_NO_FLAGS: Final = 0
_OK: Final = 0
_NO_MEMORY: Final = -22


def derived(
    secret: bytes, salt: bytes, *, passes: int, memory: int, lanes: int, size: int
) -> bytes:
    """The key of `size` bytes. `memory` is in KiB. Raises MemoryError, and ValueError for numbers
    that the algorithm does not take."""
    out = ffi.new("uint8_t[]", size)
    kept_secret, kept_salt = ffi.new("uint8_t[]", secret), ffi.new("uint8_t[]", salt)
    context = ffi.new(
        "argon2_context *",
        {
            "version": ARGON2_VERSION,
            "out": out,
            "outlen": size,
            "pwd": kept_secret,
            "pwdlen": len(secret),
            "salt": kept_salt,
            "saltlen": len(salt),
            "secret": ffi.NULL,
            "secretlen": 0,
            "ad": ffi.NULL,
            "adlen": 0,
            "t_cost": passes,
            "m_cost": memory,
            "lanes": lanes,
            "threads": 1,
            "allocate_cbk": ffi.NULL,
            "free_cbk": ffi.NULL,
            "flags": _NO_FLAGS,
        },
    )
    code = core(context, Type.ID.value)
    if code == _NO_MEMORY:
        raise MemoryError("Argon2 needs more memory than there is")
    if code != _OK:
        raise ValueError(f"Argon2 answers {code}")
    return bytes(ffi.buffer(out, size))
