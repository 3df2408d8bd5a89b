"""LibreOffice: where it lies in the guests that have it, and what it opens. Data."""

from __future__ import annotations

PROGRAM = "/usr/lib/libreoffice/program/soffice.bin"
"""Where Debian keeps it."""

TYPES = frozenset(
    {
        *("odf", "rtf", "ole-doc", "ole-xls", "ole-ppt"),
        *("docx", "docm", "dotx", "dotm", "xlsx", "xlsm", "xltx", "xltm", "xlsb"),
        *("pptx", "pptm", "ppsx", "ppsm", "potx", "potm"),
    }
)
"""What it opens and mail brings. Add-ins (`xlam`) show nothing there."""
