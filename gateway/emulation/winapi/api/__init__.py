"""Functions of Windows by families. Each module registers its own when it is imported."""

from gateway.emulation.winapi.api import (
    codes,
    crt,
    crypto,
    files,
    internet,
    locks,
    mathematics,
    memory,
    modules,
    native,
    processes,
    registry,
    services,
    shell,
    shortcuts,
    simple,
    sockets,
    stdio,
    strings,
    system,
    texts,
    variables,
    windows,
)

FAMILIES = (
    *(codes, crt, crypto, files, internet, locks, mathematics, memory, modules, native, processes),
    *(
        registry,
        services,
        shell,
        shortcuts,
        simple,
        sockets,
        stdio,
        strings,
        system,
        texts,
        variables,
        windows,
    ),
)
"""Every family, so that a linter and a reader see that each import counts."""


def preload() -> None:
    """Importing was all there is to do."""
    assert FAMILIES
