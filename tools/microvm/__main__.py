"""`python -m tools.microvm [DIR] [--force]`: build or renew the microvm's guest in DIR."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from gateway.emulation.environments import DEFAULT_MICROVM
from tools.guestroot.build import BuildError
from tools.microvm.build import build


def main() -> int:
    """Returns 0 when the guest is current, 1 with one sentence on stderr when it is not, 130 when
    it was interrupted."""
    parser = argparse.ArgumentParser(prog="tools.microvm", description=__doc__)
    parser.add_argument("target", type=Path, nargs="?", default=DEFAULT_MICROVM)
    parser.add_argument("--force", action="store_true", help="build even when it is current")
    arguments = parser.parse_args()
    began = time.monotonic()

    def say(words: str) -> None:
        print(f"  {time.monotonic() - began:4.0f} s  {words}", flush=True)

    try:
        build(arguments.target.absolute(), say, force=arguments.force)
    except (BuildError, OSError) as error:
        print(f"microvm: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("microvm: interrupted; the next build begins anew", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
