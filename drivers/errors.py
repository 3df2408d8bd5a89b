"""The one exception of this package.

`DriverError` is raised when the machine cannot be set up as asked. Its text is one sentence for
an administrator: what is wrong, with which name, and what to do. Whoever raises it before the
first step of a plan has run has changed nothing.
"""


class DriverError(Exception):
    """The NIC pair cannot be set up (or taken down) as asked; `str()` is one clear sentence."""
