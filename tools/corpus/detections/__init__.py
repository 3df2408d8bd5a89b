"""Samples for emulation: harmless outside of it, each with the verdict it must get and why.

Addresses are of the documentation networks (RFC 5737), names end in `.example` (RFC 2606).
"""

from tools.corpus.detections.case import Case
from tools.corpus.detections.wsh_bad import WSH_BAD
from tools.corpus.detections.wsh_honest import WSH_HONEST

__all__ = ["WSH_BAD", "WSH_HONEST", "Case"]
