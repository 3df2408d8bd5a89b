"""Judges what threat extraction made of files, with programs that are not the gateway's.

Nothing active may be left (oletools, pdfid, qpdf, every relationship and member), nothing readable
may be lost (words by pdftotext, pages by PDFium), what opened has to open, and extracting the
output again has to find nothing. Writes docs/EXTRACTION.md from what it measured.
"""
