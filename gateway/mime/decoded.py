"""What undoing an encoding gives."""

from typing import NamedTuple

from gateway.mime.defects import Defect


class Decoded(NamedTuple):
    """Decoded content and what was wrong with its encoding."""

    content: bytes
    defects: tuple[Defect, ...] = ()
