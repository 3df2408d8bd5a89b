"""Every size and time limit of the SMTP machines, each with its reason.

Purpose: one page to read when someone asks "how long may that be, and who says so".
Must never: hold logic, or a number without its source.
Units: octets for sizes (CRLF counted), seconds for times, pieces for counts.
"""

from __future__ import annotations

from typing import Final

# --- sizes: RFC 5321 section 4.5.3.1 and the extensions that widen it ---------------------------

COMMAND_LINE: Final = 512
"""A command line with its CRLF (RFC 5321 4.5.3.1.4)."""

MAIL_ALLOWANCE: Final = 26 + 17 + 10 + 500 + 100 + 9
"""What extensions add to MAIL: SIZE 26 (RFC 1870), BODY 17 (RFC 6152), SMTPUTF8 10 (RFC 6531),
AUTH 500 (RFC 4954), ENVID 100 with RET 9 (RFC 3461)."""

RCPT_ALLOWANCE: Final = 28 + 500
"""What DSN adds to RCPT: NOTIFY 28, ORCPT 500 (RFC 3461)."""

LONGEST_COMMAND_LINE: Final = 2048
"""Longest line the splitter keeps before it discards; one number for all verbs, because the verb is
only known once the line is. Above COMMAND_LINE plus every allowance; Postfix (line_length_limit)
has the same 2048."""

AUTH_LINE: Final = 12288
"""A line of an authentication exchange with its CRLF (RFC 4954 section 4)."""

REPLY_LINE: Final = 2048
"""A reply line. RFC 5321 4.5.3.1.5 says 512; real servers put long links into refusals, and
Postfix's client accepts 2048."""

REPLY_LINES: Final = 128
"""Lines of one reply. No EHLO answer seen has more than 30; Postfix's client stops at 100 kB."""

TEXT_LINE: Final = 1000
"""A line of the mail with its CRLF, without a dot added for transparency (RFC 5321 4.5.3.1.6)."""

PATH: Final = 256
"""A path with its angle brackets (4.5.3.1.3). The 64 octets of a local part (4.5.3.1.1) are not
enforced: variable envelope return paths exceed them every day, and the next hop decides."""

DOMAIN: Final = 255
"""A domain (4.5.3.1.2)."""

RECIPIENTS: Final = 1000
"""Recipients of one mail. RFC 5321 4.5.3.1.8 wants at least 100; Postfix's default is 1000."""

CHUNK_SIZE_DIGITS: Final = 20
"""Digits of a BDAT or SIZE number (RFC 1870 section 3, RFC 3030)."""

HEADER_SECTION: Final = 1024 * 1024
"""Octets of a header section kept in memory while 8-bit headers are re-encoded. Postfix cuts at
100 kB (header_size_limit applies to one header), Exim's header_maxsize is 1 MiB."""

MESSAGE: Final = 50 * 1024 * 1024
"""Default for the largest mail: twice what the big providers take (25 MB), encoded in base64."""

DISCARD_AFTER_LIMIT: Final = 16 * 1024 * 1024
"""A refused mail is read to its end so that the client gets its answer (RFC 5321 4.5.3.1.9), but
not without end: this much past the limit the connection is closed."""

INPUT_BUFFER: Final = 64 * 1024
"""Unparsed octets kept while a command waits for its answer; above it the peer is not read. Holds
a flight of 100 RCPT lines of full length."""

FORWARD_WINDOW: Final = 256 * 1024
"""Octets of a body given to the next hop's socket before waiting for it to drain."""

ERRORS: Final = 20
"""Refused commands after which the session is closed (Postfix smtpd_hard_error_limit: 20)."""

LOGGED_TEXT: Final = 200
"""Characters of a peer's text that reach a log line."""

# --- times: RFC 5321 section 4.5.3.2 ------------------------------------------------------------

GREETING_TIMEOUT: Final = 300.0
"""Next hop's 220 (4.5.3.2.1)."""
MAIL_TIMEOUT: Final = 300.0
"""Next hop's answer to MAIL, and to every command without a line of its own (4.5.3.2.2)."""
RCPT_TIMEOUT: Final = 300.0
"""Next hop's answer to RCPT (4.5.3.2.3)."""
DATA_INIT_TIMEOUT: Final = 120.0
"""Next hop's 354 (4.5.3.2.4)."""
DATA_BLOCK_TIMEOUT: Final = 180.0
"""One block of the mail, sent or received (4.5.3.2.5)."""
DATA_DONE_TIMEOUT: Final = 600.0
"""Next hop's answer to the final dot (4.5.3.2.6). Our own inspection must end well before it."""
SERVER_TIMEOUT: Final = 300.0
"""The client's next command (4.5.3.2.7)."""
TLS_TIMEOUT: Final = 60.0
"""A TLS handshake; no RFC number, Postfix (smtpd_starttls_timeout) has 300 and 10 under stress."""
