"""Mails that are files (eml, Outlook messages, winmail.dat), put together again from their parts.

Runs inside the sandbox's guest, on bytes alone.
"""
