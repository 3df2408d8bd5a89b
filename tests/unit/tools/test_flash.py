"""tools/flash: what it refuses, and that it writes what it says. Files stand in for disks."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from gateway.appliance.target import FlashError, examine, judge
from tools.image.places import ROOT

IMAGE = os.urandom(5 << 20)


def disk(**changes: object) -> str:
    """lsblk's words of a disk with one partition."""
    part = {"path": "/dev/sdx1", "type": "part", "size": 4_000_000_000, "fstype": "ext4"}
    part |= {"label": "data", "partlabel": None, "mountpoints": [None]}
    found: dict[str, object] = {
        "path": "/dev/sdx",
        "type": "disk",
        "size": 8_000_000_000,
        "ro": False,
        "model": "Stick",
        "serial": "S1",
        "tran": "usb",
        "mountpoints": [None],
        "children": [part],
    }
    found |= changes
    return json.dumps({"blockdevices": [found]})


def flash(image: Path, device: Path, answer: str = "") -> subprocess.CompletedProcess[str]:
    """Run the program as a person would."""
    return subprocess.run(
        [ROOT / "tools/flash", image, device],
        input=answer,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_a_free_disk_says_what_is_on_it() -> None:
    target = judge(Path("/dev/sdx"), disk())
    assert (target.size, target.title) == (8_000_000_000, "Stick S1 usb")
    assert target.holds == ("/dev/sdx1  4.0 GB  ext4, data",)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"mountpoints": ["/"]}, "mounted at /"),
        ({"children": [{"path": "/dev/sdx1", "type": "part", "mountpoints": ["[SWAP]"]}]}, "swap"),
        (
            {
                "children": [
                    {
                        "path": "/dev/sdx1",
                        "type": "part",
                        "mountpoints": [None],
                        "children": [{"path": "/dev/dm-0", "type": "crypt", "mountpoints": [None]}],
                    }
                ]
            },
            "is built on",
        ),
        ({"type": "part"}, "name the whole disk"),
        ({"ro": True}, "write-protected"),
    ],
)
def test_a_disk_in_use_is_refused(changes: dict[str, object], words: str) -> None:
    with pytest.raises(FlashError, match=words):
        judge(Path("/dev/sdx"), disk(**changes))


def test_the_disk_this_system_runs_from_is_refused() -> None:
    source = subprocess.run(
        ["findmnt", "-no", "SOURCE", "/"], capture_output=True, text=True, check=False
    ).stdout.strip()
    if not Path(source).is_block_device():
        pytest.skip("this system's root lies on no disk of its own")
    with pytest.raises(FlashError):
        examine(Path(source))


def test_an_image_is_written_and_read_back(tmp_path: Path) -> None:
    image, device = tmp_path / "image.raw", tmp_path / "disk"
    image.write_bytes(IMAGE)
    device.write_bytes(b"old" * (3 << 20))
    done = flash(image, device, f"{device}\n")
    assert done.returncode == 0, done.stderr
    assert device.read_bytes()[: len(IMAGE)] == IMAGE
    assert device.read_bytes()[-512:] == bytes(512), "the old table's copy is gone"
    assert "written: 100 %" in done.stdout
    assert "read back: 100 %" in done.stdout


@pytest.mark.parametrize("answer", ["", "yes\n", "/dev/other\n"])
def test_without_the_devices_name_nothing_is_written(tmp_path: Path, answer: str) -> None:
    image, device = tmp_path / "image.raw", tmp_path / "disk"
    image.write_bytes(IMAGE)
    device.write_bytes(b"old" * (3 << 20))
    assert flash(image, device, answer).returncode == 1
    assert device.read_bytes() == b"old" * (3 << 20)


def test_a_disk_that_is_too_small_is_refused(tmp_path: Path) -> None:
    image, device = tmp_path / "image.raw", tmp_path / "disk"
    image.write_bytes(IMAGE)
    device.write_bytes(b"old")
    done = flash(image, device, f"{device}\n")
    assert (done.returncode, device.read_bytes()) == (1, b"old")
    assert "holds 3 bytes" in done.stderr


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    done = flash(tmp_path / "no.raw", tmp_path / "no-disk")
    assert done.returncode == 1
    assert "there is no" in done.stderr
