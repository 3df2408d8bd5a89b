"""What stands around in the emulated machines: files that are ours, whoever copies them.

A backup script hands the user's documents back. They only look like documents: to take them apart
would call the honest script's archive damaged.
"""

from __future__ import annotations

from functools import cache
from hashlib import sha256

from gateway.emulation.bait import BAITS
from gateway.emulation.windows.contents import bait_of
from gateway.emulation.windows.facts import BAIT_DOCUMENTS, PROGRAMS


@cache
def digests() -> frozenset[str]:
    """SHA-256 of every file that an environment's machine begins with."""
    contents = (*(bait.data for bait in BAITS), *map(bait_of, (*BAIT_DOCUMENTS, *PROGRAMS)))
    return frozenset(sha256(content).hexdigest() for content in contents)
