"""Every limit of the sandbox, each with its reason. A limit ends in an answer, never in a hang."""

from __future__ import annotations

from typing import Final

GUEST_MEMORY: Final = 512 * 1024 * 1024
"""Bytes of private memory a guest may add to what it starts with (RLIMIT_DATA), unless its host is
told otherwise (gateway.toml, limits.inspector_memory_bytes). A mail of 50 MiB needs about 150 MiB
to be taken apart; amavisd's processes are held to similar sizes."""

GUEST_ADDRESS_SPACE: Final = 8 * 1024 * 1024 * 1024
"""Bytes of address space it may add (RLIMIT_AS). Larger than memory, because yara-x reserves
gibibytes that it never touches; it bounds mappings that RLIMIT_DATA does not count. GUEST_MEMORY is
added to it."""

GUEST_CPU_SECONDS: Final = 300
"""CPU time of one guest (RLIMIT_CPU): a backstop behind the budgets, which are kept from outside.
300 s is the longest budget policy may give."""

GUEST_OUTPUT: Final = 1024 * 1024 * 1024
"""Size of a file a guest may write (RLIMIT_FSIZE); the limits of policy end it earlier."""

GUEST_DESCRIPTORS: Final = 256
"""Descriptors of a zygote and of each guest (RLIMIT_NOFILE). A guest has its socket, one input and
one output; a zygote one for each of its guests: a dozen, and some that are ending."""

MAX_CALL: Final = 64 * 1024
"""Bytes of one request to a guest; the contents travel as descriptors."""

MAX_ANSWER: Final = 16 * 1024 * 1024
"""Bytes of one answer from a guest. 3000 parts with long names take about 3 MiB."""

MAX_CONTROL: Final = 4096
"""Bytes of one packet between client, host and zygote: a few numbers and one sentence."""

STANDING_GUESTS: Final = 2
"""Standing guests of one inspector: one more than runs at a time, so that a mail that hangs its
guest does not hold up all others."""

STANDING_REQUESTS: Final = 1000
"""Requests after which a standing guest is replaced. A fork costs about 2 ms, so this adds 2 µs to
a mail, and bounds what fragmented memory or an unnoticed taint can reach."""

STANDING_SECONDS: Final = 300.0
"""Age at which a standing guest is replaced, for the same reason on a quiet gateway."""

FRESH_GUESTS: Final = 8
"""One-file guests that may live at a time per inspector: with 512 MiB each, 4 GiB at the worst."""

DRAWING_GUESTS: Final = 2
"""Guests that draw documents at a time per inspector: LibreOffice takes a core and 200 MiB."""

KEPT_SECONDS: Final = 2.0
"""How long the guest of a file waits for the file's next stage before it is ended."""

START_SECONDS: Final = 60.0
"""How long a host may take to import its parsers and confine itself; 1 s here, with room for a
machine under load."""

DETONATION_OUTPUT: Final = 96 * 1024 * 1024
"""Bytes a guest of the emulator may write: 64 MiB of files that a script dropped, and what was
seen. The output is memory of the emulator's; ten guests at once stay below one gibibyte."""
