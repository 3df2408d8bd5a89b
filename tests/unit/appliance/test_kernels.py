"""Kernels on the boot partition, by their names: on trial, good, failed; and the way back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.appliance.bundle import BundleError, Manifest
from gateway.appliance.kernels import Shelf, name_on_trial, read_name, version_key
from gateway.appliance.slots import ROOT_TYPE, VERITY_TYPE, Partition, Slot, Table
from gateway.appliance.update import Machine, UpdateError, check_version, give_up, roll_back


def slot(letter: str, version: str, *, running: bool) -> Slot:
    """A slot that holds `version`."""
    name = f"sluice_{version}" if version else "_empty"
    root = Partition(f"/dev/x{letter}", ROOT_TYPE, "u", 0, 8, name)
    return Slot(letter, root, Partition(f"/dev/y{letter}", VERITY_TYPE, "v", 0, 8), running)


def machine(shelf: Shelf, other: str = "0.1.0.8") -> Machine:
    """Slot A runs 0.1.0.9, slot B holds `other`."""
    slots = (slot("A", "0.1.0.9", running=True), slot("B", other, running=False))
    return Machine(Table("/dev/x", []), slots, shelf)


def shelf(directory: Path, *names: str) -> Shelf:
    """A boot partition with these kernels."""
    for name in names:
        (directory / name).write_bytes(b"kernel")
    return Shelf(directory)


@pytest.mark.parametrize(
    ("name", "version", "state"),
    [
        ("sluice_0.1.0.9.efi", "0.1.0.9", "good"),
        ("sluice_0.1.0.9+3.efi", "0.1.0.9", "on trial, 3 starts left"),
        ("sluice_0.1.0.9+1-2.efi", "0.1.0.9", "on trial, 1 starts left"),
        ("sluice_0.1.0.9+0-3.efi", "0.1.0.9", "failed"),
    ],
)
def test_what_a_name_tells(name: str, version: str, state: str) -> None:
    kernel = read_name(name)
    assert kernel is not None
    assert (kernel.version, kernel.state) == (version, state)


@pytest.mark.parametrize("name", ["other.efi", "sluice_1.efi.part", "new.part", "sluice_1+x.efi"])
def test_other_files_are_none_of_ours(name: str) -> None:
    assert read_name(name) is None


def test_versions_are_ordered_by_number() -> None:
    assert version_key("0.1.0.10") > version_key("0.1.0.9")
    assert version_key("0.2.0.1") > version_key("0.1.9.999")


def test_a_new_kernel_gets_its_name_when_it_is_whole(tmp_path: Path) -> None:
    here = shelf(tmp_path, "sluice_0.1.0.8.efi")
    assert list(here.add("0.1.0.9", [b"ab", b"c"])) == [2, 3]
    assert (tmp_path / name_on_trial("0.1.0.9")).read_bytes() == b"abc"


def test_a_kernel_that_is_refused_midway_gets_no_name(tmp_path: Path) -> None:
    def broken() -> Iterator[bytes]:
        yield b"ab"
        raise BundleError("cut off")

    with pytest.raises(BundleError):
        list(Shelf(tmp_path).add("0.1.0.9", broken()))
    assert Shelf(tmp_path).kernels() == ()


def test_before_a_slot_is_written_its_kernel_goes(tmp_path: Path) -> None:
    here = shelf(tmp_path, "sluice_0.1.0.8.efi", "sluice_0.1.0.9.efi", "loader.conf")
    here.remove_others("0.1.0.9")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["loader.conf", "sluice_0.1.0.9.efi"]


def test_going_back_swaps_what_the_boot_loader_thinks(tmp_path: Path) -> None:
    here = shelf(tmp_path, "sluice_0.1.0.8+0-3.efi", "sluice_0.1.0.9.efi")
    assert roll_back(machine(here)) == "0.1.0.8"
    assert [kernel.name for kernel in here.kernels()] == [
        "sluice_0.1.0.8.efi",
        "sluice_0.1.0.9+0-3.efi",
    ]


def test_there_is_no_way_back_to_an_empty_slot(tmp_path: Path) -> None:
    here = shelf(tmp_path, "sluice_0.1.0.9.efi")
    with pytest.raises(UpdateError, match="nothing that could be started"):
        roll_back(machine(here, ""))
    assert [kernel.name for kernel in here.kernels()] == ["sluice_0.1.0.9.efi"]


@pytest.mark.parametrize(
    ("version", "profile", "older", "words"),
    [
        ("0.1.0.10", "full", False, ""),
        ("0.1.0.8", "full", True, ""),
        ("0.1.0.8", "full", False, "is older than"),
        ("0.1.0.9", "full", True, "runs already"),
        ("0.1.0.10", "minimal", False, "profile minimal"),
    ],
)
def test_only_a_step_forward_is_taken(
    tmp_path: Path, version: str, profile: str, older: bool, words: str
) -> None:
    manifest = Manifest(version, profile, "ab" * 32, [])
    if words:
        with pytest.raises(UpdateError, match=words):
            check_version(manifest, machine(Shelf(tmp_path)), "full", older=older)
    else:
        check_version(manifest, machine(Shelf(tmp_path)), "full", older=older)


@pytest.mark.parametrize(
    ("running", "other", "refused"),
    [
        ("sluice_0.1.0.9+2-1.efi", "sluice_0.1.0.8.efi", True),
        ("sluice_0.1.0.9.efi", "sluice_0.1.0.8.efi", False),
        ("sluice_0.1.0.9+2-1.efi", "sluice_0.1.0.8+0-3.efi", False),
    ],
)
def test_the_way_back_is_not_overwritten_while_it_may_be_needed(
    tmp_path: Path, running: str, other: str, refused: bool
) -> None:
    """A system that runs without a good one beside it may always be replaced."""
    manifest = Manifest("0.1.0.10", "full", "ab" * 32, [])
    here = machine(shelf(tmp_path, running, other))
    if refused:
        with pytest.raises(UpdateError, match="on trial until its self-test is over"):
            check_version(manifest, here, "full", older=False)
    else:
        check_version(manifest, here, "full", older=False)


@pytest.mark.parametrize(
    ("running", "other", "version"),
    [
        ("sluice_0.1.0.9+2-1.efi", "sluice_0.1.0.8.efi", "0.1.0.8"),
        ("sluice_0.1.0.9+0-3.efi", "sluice_0.1.0.8.efi", "0.1.0.8"),
        ("sluice_0.1.0.9.efi", "sluice_0.1.0.8.efi", ""),
        ("sluice_0.1.0.9+2-1.efi", "sluice_0.1.0.8+0-3.efi", ""),
    ],
)
def test_only_an_update_on_trial_is_given_up_for_a_good_system(
    tmp_path: Path, running: str, other: str, version: str
) -> None:
    here = shelf(tmp_path, running, other)
    assert give_up(machine(here)) == version
    kept = "sluice_0.1.0.9+0-3.efi" if version else running
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([kept, other])


def test_a_new_appliance_has_nothing_to_fall_back_to(tmp_path: Path) -> None:
    assert give_up(machine(shelf(tmp_path, "sluice_0.1.0.9+2-1.efi"), "")) == ""
