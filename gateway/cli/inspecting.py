"""An inspector of the command's own: started for it, ended with it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from gateway.cli.exits import CliError, Exit
from gateway.policy import GatewayConfig
from gateway.sandbox import HostProcess, start_host


@contextmanager
def inspector_host(config: GatewayConfig) -> Iterator[HostProcess]:
    """A host for as long as the context lasts. Raises CliError when it cannot be started."""
    try:
        host = start_host(guest_memory=config.limits.inspector_memory_bytes)
    except OSError as error:
        sentence = f"the inspector cannot be started: {error.strerror or error}"
        raise CliError(Exit.INSPECTION, sentence) from None
    try:
        yield host
    finally:
        host.end()
