"""Every limit of the MIME scanner, each with its reason. Reaching one is recorded as a defect
`limit_...`.

A limit never raises and never loses bytes: what lies beyond it stays content of the part that was
open when it was reached, so that a later stage can call the part `over_limit` (never clean).
"""

from typing import Final

MAX_DEPTH: Final = 100
"""Nested multiparts and mails; Postfix `mime_nesting_limit` is 100. Also bounds Python's stack."""

MAX_PARTS: Final = 3000
"""Parts of one mail, nested mails included; amavisd's `$MAXFILES` is 3000."""

MAX_HEADER_BYTES: Final = 1024 * 1024
"""One header block. Postfix keeps 102,400 bytes of one field; real blocks above 100 KiB exist (long
To)."""

MAX_FIELDS: Final = 2000
"""Fields of one header block; mails with several hundred Received and ARC fields exist."""

MAX_FIELD_VALUE: Final = 100 * 1024
"""Bytes of one field that are decoded (Postfix `header_size_limit`); the range still covers all of
it."""

MAX_PARAMETERS: Final = 256
"""Parameters of one Content-Type or Content-Disposition, RFC 2231 pieces counted one by one."""

MAX_BOUNDARY: Final = 998
"""Bytes of a boundary. RFC 2046 allows 70, readers accept a whole line: RFC 5322 section 2.1.1."""

MAX_DELIMITER_LINE: Final = 2048
"""Bytes of a delimiter line that are looked at: boundary, `--` twice, and transport padding."""

MAX_BOUNDARY_GUESSES: Final = 4
"""Multiparts of one mail whose unusable boundary is guessed from the body: each guess reads on a
second time."""

MAX_ENCODED_WORD: Final = 4096
"""Characters of one RFC 2047 word. The RFC says 75; readers accept longer ones."""

MAX_ADDRESSES: Final = 2000
"""Addresses taken from one From, To or Cc field for display."""

MAX_TNEF_DEPTH: Final = 20
"""Mails embedded in TNEF within TNEF; each level holds a copy of its bytes."""

MAX_TNEF_ATTRIBUTES: Final = 20_000
"""Attributes and MAPI properties of one TNEF stream; a property takes 8 bytes, so a small file can
hold many."""

MAX_RTF_BYTES: Final = 32 * 1024 * 1024
"""Output of compressed RTF: a back-reference of 2 bytes makes up to 17."""
