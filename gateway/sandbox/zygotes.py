"""The names of the zygotes: each is the module of operations that its guests serve."""

from typing import Final

PARSERS: Final = "gateway.sandbox.operations"
"""Serves everything but what the others serve."""

OPINION: Final = "gateway.sandbox.opinion"
"""The second opinion on types: it alone loads the model, which makes forks dear."""

DETONATIONS: Final = "gateway.sandbox.detonations"
"""Runs scripts and macros for the emulator, in guests of its own host."""

PROGRAMS: Final = "gateway.sandbox.programs"
"""Runs Windows programs for the emulator, under a Python environment of its own."""

PIXELS: Final = "gateway.sandbox.pixels"
"""Draws documents and pictures as flat PDFs: it alone loads pdfium."""

OFFICE: Final = "gateway.sandbox.office"
"""Has LibreOffice draw office documents, each behind walls of its own."""

ALL: Final = (PARSERS, OPINION, PIXELS, OFFICE)
"""What a host may open; each is started when it is first asked for."""

STARTS_PROGRAMS: Final = frozenset({OFFICE})
"""Zygotes whose guests start a program: they keep the file system, since the walls go around the
program and not around the guest, which parses nothing."""
