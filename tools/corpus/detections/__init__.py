"""Samples for emulation: harmless outside of it, each with the verdict it must get and why.

Addresses are of the documentation networks (RFC 5737), names end in `.example` (RFC 2606).
"""

from tools.corpus.detections.case import Case
from tools.corpus.detections.cmd_bad import CMD_BAD
from tools.corpus.detections.cmd_honest import CMD_HONEST
from tools.corpus.detections.gvisor_bad import GVISOR_BAD
from tools.corpus.detections.gvisor_honest import GVISOR_HONEST
from tools.corpus.detections.microvm_cases import MICROVM_BAD, MICROVM_HONEST
from tools.corpus.detections.office_bad import OFFICE_BAD
from tools.corpus.detections.office_honest import OFFICE_HONEST
from tools.corpus.detections.pdf_bad import PDF_BAD
from tools.corpus.detections.pdf_honest import PDF_HONEST
from tools.corpus.detections.powershell_bad import POWERSHELL_BAD
from tools.corpus.detections.powershell_honest import POWERSHELL_HONEST
from tools.corpus.detections.winapi_programs import WINAPI_BAD, WINAPI_HONEST
from tools.corpus.detections.wsh_bad import WSH_BAD
from tools.corpus.detections.wsh_honest import WSH_HONEST

__all__ = [
    "CMD_BAD",
    "CMD_HONEST",
    "GVISOR_BAD",
    "GVISOR_HONEST",
    "MICROVM_BAD",
    "MICROVM_HONEST",
    "OFFICE_BAD",
    "OFFICE_HONEST",
    "PDF_BAD",
    "PDF_HONEST",
    "POWERSHELL_BAD",
    "POWERSHELL_HONEST",
    "WINAPI_BAD",
    "WINAPI_HONEST",
    "WSH_BAD",
    "WSH_HONEST",
    "Case",
]
