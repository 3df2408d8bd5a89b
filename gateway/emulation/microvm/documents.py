"""How a document is opened in the guest, or why it is not. Pure."""

from __future__ import annotations

from gateway.emulation.bait import DOWNLOADS
from gateway.emulation.contract import Sample
from gateway.emulation.interpreters import Unsupported, guest_name
from gateway.emulation.microvm.programs import Start
from gateway.model.convertible import PAGED
from gateway.model.filetype import BY_NAME

TYPES = PAGED


def start(sample: Sample) -> Start | Unsupported:
    """Where the document is put; LibreOffice runs already, so that no command starts it."""
    if sample.type not in TYPES:
        return Unsupported(f"microvm does not open files of type '{sample.type}'")
    name = guest_name(sample.name, sample.type)
    endings = BY_NAME[sample.type].extensions
    if name.rpartition(".")[2].lower() not in endings:
        name = f"{name}.{endings[0]}"
    return Start(f"{DOWNLOADS}/{name}", name, ())
