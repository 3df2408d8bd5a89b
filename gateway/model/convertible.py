"""The types that can become a flat PDF, by what draws them. Data only: policy refuses others."""

from __future__ import annotations

from typing import Final

DRAWN_BY_OFFICE: Final = frozenset(
    {"docx", "docm", "dotx", "dotm", "xlsx", "xlsm", "xltx", "xltm", "xlsb", "pptx", "pptm"}
    | {"ppsx", "ppsm", "potx", "potm", "odf", "rtf", "ole-doc", "ole-xls", "ole-ppt"}
)
"""What LibreOffice opens and mail brings. Add-ins (`xlam`) show nothing there."""

LIBREOFFICE: Final = "/usr/lib/libreoffice/program/soffice.bin"
"""Where Debian keeps it; the scripts around it only look for Java and wait."""

PICTURES: Final = frozenset({"jpeg", "png", "gif", "webp", "tiff", "bmp"})
"""What Pillow opens."""

PAGED: Final = DRAWN_BY_OFFICE | {"pdf"}
"""Documents: what has a first page."""

CONVERTIBLE: Final = PAGED | PICTURES
"""All of them."""
