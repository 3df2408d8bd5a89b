"""Functions of Windows by families. Each module registers its own when it is imported."""

import codecs

from gateway.emulation.winapi.api import (
    callbacks,
    codes,
    crt,
    crypto,
    drawing,
    everyday,
    fibers,
    files,
    identifiers,
    internet,
    locks,
    mathematics,
    measures,
    memory,
    menus,
    modules,
    native,
    nativefiles,
    nativekeys,
    pathnames,
    pools,
    processes,
    rawinput,
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
    callbacks,
    codes,
    crt,
    crypto,
    drawing,
    everyday,
    fibers,
    files,
    identifiers,
    internet,
    locks,
    mathematics,
    measures,
    memory,
    menus,
    modules,
    native,
    nativefiles,
    nativekeys,
    pathnames,
    pools,
    processes,
    rawinput,
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
"""Every family, so that a linter and a reader see that each import counts."""


def preload() -> None:
    """Importing was all there is to do, but for the character sets: a guest can load none."""
    assert FAMILIES
    for name in texts.PAGES.values():
        codecs.lookup(name)
