"""`tools/flash IMAGE DEVICE`: shows what will be erased, asks, writes, verifies."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from gateway.appliance.target import FlashError, Target, examine
from tools.flashing.copy import verify, write


def main() -> int:
    """Returns 0 when the device holds the image, 1 with a sentence when not."""
    parser = argparse.ArgumentParser(prog="tools/flash", description=__doc__)
    parser.add_argument("image", type=Path, help="the raw image, such as dist/sluice-full.raw")
    parser.add_argument("device", type=Path, help="the whole disk, such as /dev/sdb")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    arguments = parser.parse_args()
    try:
        target = examine(arguments.device)
        size = arguments.image.stat().st_size
        _show(arguments.image, size, target)
        if not arguments.yes and not _agreed(arguments.device):
            print("nothing was written")
            return 1
        progress = _Progress()
        digest = write(arguments.image, target, progress.show)
        verify(target, size, digest, progress.show)
    except FlashError as error:
        print(f"flash: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"flash: {error.filename or arguments.device}: {error.strerror}", file=sys.stderr)
        return 1
    print(
        f"{target.path} holds the image. Put setup.toml on its partition SLUICE-CFG, or start it."
    )
    return 0


def _show(image: Path, size: int, target: Target) -> None:
    print(f"{image} ({size / 1e9:.1f} GB) goes to {target.path}: {target.title}, ", end="")
    print(f"{target.size / 1e9:.1f} GB.")
    if target.holds:
        print("This is on it, and will be gone:")
        for line in target.holds:
            print(f"  {line}")


def _agreed(device: Path) -> bool:
    try:
        return input(f"Write {device} again to go on: ").strip() == str(device)
    except EOFError:
        return False


class _Progress:
    """A line that changes on a terminal, one for each tenth elsewhere."""

    def __init__(self) -> None:
        self._said = ""

    def show(self, what: str, done: int, total: int) -> None:
        """Say how far it is, when that is news."""
        terminal = sys.stdout.isatty()
        percent = done * 100 // total
        words = f"{what}: {percent if terminal else percent // 10 * 10} %"
        if words == self._said:
            return
        self._said = words
        end = "\n" if not terminal or done == total else ""
        print(f"\r{words}" if terminal else words, end=end, flush=True)


if __name__ == "__main__":
    sys.exit(main())
