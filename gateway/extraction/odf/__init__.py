"""OpenDocument (ISO/IEC 26300, OASIS 1.3): texts, sheets, slides, drawings; zipped and flat XML."""
