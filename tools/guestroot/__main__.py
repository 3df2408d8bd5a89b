"""`python -m tools.guestroot DIR [--force]`: build or renew the guest's root in DIR."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tools.guestroot.build import BuildError, build


def main() -> int:
    """Returns 0 when the root is current, 1 with one sentence on stderr when it is not."""
    parser = argparse.ArgumentParser(prog="tools.guestroot", description=__doc__)
    parser.add_argument(
        "target", type=Path, help="directory, for example /var/lib/sluice/guestroot"
    )
    parser.add_argument("--force", action="store_true", help="build even when it is current")
    arguments = parser.parse_args()
    try:
        build(
            arguments.target.absolute(),
            lambda line: print(line, flush=True),
            force=arguments.force,
        )
    except (BuildError, OSError) as error:
        print(f"guestroot: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("guestroot: interrupted; the next build begins anew", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
