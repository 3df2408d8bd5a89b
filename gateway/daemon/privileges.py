"""Dropping privilege: what is left to a process is exactly what the topology table grants it.

Uses setresuid(2), capset(2), prctl(2) PR_SET_NO_NEW_PRIVS and PR_CAP_AMBIENT through libc, since
Python's os module has no capabilities. See capabilities(7).
"""

from __future__ import annotations

import ctypes
import os
import pwd
import signal
import struct

CAP_NET_ADMIN = 12

_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_CAPBSET_DROP = 24
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_LAST_CAPABILITY = 63
_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)

UNPRIVILEGED_USER = "sluice"
"""The account of all processes but the supervisor; `nobody` where it does not exist."""


class PrivilegeError(Exception):
    """Privilege could not be dropped: the process must not go on."""


def unprivileged_ids() -> tuple[int, int]:
    """uid and gid of the account that unprivileged processes run as."""
    for name in (UNPRIVILEGED_USER, "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return account.pw_uid, account.pw_gid
    raise PrivilegeError(f"there is neither a user {UNPRIVILEGED_USER} nor nobody")


def die_with_parent() -> None:
    """Be killed when the supervisor dies, even by SIGKILL (prctl(2) PR_SET_PDEATHSIG)."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # An orphan's new parent need not be process 1 (prctl(2), PR_SET_CHILD_SUBREAPER).
    if os.environ.get("SLUICE_PARENT", str(os.getppid())) != str(os.getppid()):
        raise PrivilegeError("the supervisor is gone already")


def drop(keep: frozenset[int] = frozenset()) -> None:
    """Become the unprivileged account, with only the capabilities in `keep`.

    Raises PrivilegeError when any step fails; the process must then end.
    """
    uid, gid = unprivileged_ids()
    if os.geteuid() == 0:
        for capability in range(_LAST_CAPABILITY + 1):
            if capability not in keep:
                _libc.prctl(_PR_CAPBSET_DROP, capability, 0, 0, 0)
        if keep:
            _prctl(_PR_SET_KEEPCAPS, 1)
        os.setgroups([])
        os.setresgid(gid, gid, gid)
        os.setresuid(uid, uid, uid)
        _set_capabilities(keep)
        # Changing the uid clears the parent-death signal (prctl(2)); ask for it again.
        die_with_parent()
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def _set_capabilities(keep: frozenset[int]) -> None:
    mask = sum(1 << capability for capability in keep)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    header = struct.pack("=Ii", _CAPABILITY_VERSION_3, 0)
    data = struct.pack("=6I", low, low, low, high, high, high)
    if _libc.capset(header, data) != 0:
        raise PrivilegeError(f"capset failed: {os.strerror(ctypes.get_errno())}")
    for capability in keep:
        _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, capability)


def _prctl(option: int, argument: int, second: int = 0) -> None:
    if _libc.prctl(option, argument, second, 0, 0) != 0:
        raise PrivilegeError(f"prctl {option} failed: {os.strerror(ctypes.get_errno())}")
