"""The method `convert`: a document as pictures of its pages, with its text unseen above them.

Needs pdfium and Pillow, so it is imported by the guests of its own zygote only, never by those that
clean. Pure functions on bytes.
"""
