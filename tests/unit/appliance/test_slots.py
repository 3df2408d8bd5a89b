"""Which slot runs and which is free, from what sfdisk prints."""

from __future__ import annotations

import json

import pytest

from gateway.appliance.slots import (
    ROOT_TYPE,
    VERITY_TYPE,
    SlotError,
    partition_ids,
    read_table,
    root_hash_of,
    slots,
)

HASH = "7bf95a6133a06d50e1bca8591637688d063166e372bb5977f928f84eb5a5153b"


def table(running_uuid: str = "7BF95A61-33A0-6D50-E1BC-A8591637688D") -> bytes:
    """A disk as the image's definition lays it out."""
    rows = [
        (VERITY_TYPE, "063166E3-72BB-5977-F928-F84EB5A5153B", "sluice_0.1.0.1_verity"),
        (ROOT_TYPE, running_uuid, "sluice_0.1.0.1"),
        (VERITY_TYPE, "DF77A137-6EA5-407A-93B2-932858D3F7B3", "_empty"),
        (ROOT_TYPE, "45B694DE-F3A4-4EE9-8A22-0A438B7E2B09", "_empty"),
    ]
    partitions = [
        {"node": f"/dev/vda{n}", "start": n * 2048, "size": 2048, "type": t, "uuid": u, "name": m}
        for n, (t, u, m) in enumerate(rows, 2)
    ]
    content = {"label": "gpt", "device": "/dev/vda", "sectorsize": 512, "partitions": partitions}
    return json.dumps({"partitiontable": content}).encode()


def test_the_running_slot_is_the_one_with_the_root_hash() -> None:
    first, second = slots(read_table(table()), HASH)
    assert (first.letter, first.running, first.version) == ("A", True, "0.1.0.1")
    assert (second.letter, second.running, second.version) == ("B", False, "")
    assert first.verity.node == "/dev/vda2"
    assert second.root.node == "/dev/vda5"


def test_a_disk_that_does_not_run_under_the_hash_is_refused() -> None:
    with pytest.raises(SlotError, match="none of the two slots"):
        slots(read_table(table("00000000-33A0-6D50-E1BC-A8591637688D")), HASH)


def test_a_disk_without_two_slots_is_refused() -> None:
    one = read_table(table().replace(ROOT_TYPE.encode(), b"x", 1))
    with pytest.raises(SlotError, match="two slots"):
        slots(one, HASH)


@pytest.mark.parametrize("text", [b"", b"{}", b'{"partitiontable": {"device": 3}}'])
def test_a_table_that_is_none_is_refused(text: bytes) -> None:
    with pytest.raises(SlotError):
        read_table(text)


def test_the_hash_comes_from_the_command_line() -> None:
    assert root_hash_of(f"console=ttyS0 roothash={HASH} quiet") == HASH
    with pytest.raises(SlotError):
        root_hash_of("root=/dev/sda1")


def test_the_two_halves_of_the_hash_are_the_partitions() -> None:
    assert partition_ids(HASH) == (
        "7bf95a61-33a0-6d50-e1bc-a8591637688d",
        "063166e3-72bb-5977-f928-f84eb5a5153b",
    )
    with pytest.raises(SlotError):
        partition_ids("abc")
