"""Archives put together again from what became of their members.

`rebuild` is the way in. Runs inside the sandbox's guest, on bytes alone.
"""

from gateway.extraction.archives.changes import WRITABLE, Bounds, Change, Changes, Rebuilt
from gateway.extraction.archives.rebuild import rebuild

__all__ = ["WRITABLE", "Bounds", "Change", "Changes", "Rebuilt", "rebuild"]
