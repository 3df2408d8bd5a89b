"""Vagrantfile and boxes: read back as Vagrant, libvirt and VirtualBox would read them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from gateway.appliance.setup_file import load_setup
from tools.boot.machine import CLIENT_MAC, DISK_BYTES, SERVER_MAC
from tools.boot.stand import partition_offset
from tools.image.boxes import MANAGEMENT_MAC, box_setup, vagrantfile, with_content_id, write_boxes
from tools.image.errors import ImageError
from tools.image.mails import write_mails
from tools.image.places import ROOT
from tools.image.version import Version

VERSION = Version("0.1.0.7", 1_700_000_000, "c0ffee")
CONTENT = bytes(range(256)) * 4096
"""Of the image's boot partition: 1 MiB that a box must bring back."""

OVF = "{http://schemas.dmtf.org/ovf/envelope/1}"
RASD = "{http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_ResourceAllocationSettingData}"


def needs(*programs: str) -> None:
    """Skip the test where one of `programs` is missing."""
    for program in programs:
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed")


def run(*words: str | Path, **environment: str) -> str:
    """Run a program that must succeed; what it printed."""
    done = subprocess.run(
        [str(word) for word in words],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def boxes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Boxes of a small image that has a partition for the seed."""
    needs("sfdisk", "mformat", "qemu-img", "openssl")
    folder = tmp_path_factory.mktemp("boxes")
    raw = folder / "sluice-tiny.raw"
    with raw.open("wb") as file:
        file.truncate(16 << 20)
    script = "label: gpt\nsize=4M, name=sluice-boot\nsize=8M, name=SLUICE-CFG\n"
    subprocess.run(["sfdisk", "-q", raw], input=script, text=True, check=True)
    with raw.open("r+b") as file:
        file.seek(partition_offset(raw, "sluice-boot"))
        file.write(CONTENT)
    offset = partition_offset(raw, "SLUICE-CFG")
    run("mformat", "-T", str((8 << 20) // 512), "-i", f"{raw}@@{offset}", "::")
    first = write_boxes(raw, folder, VERSION)
    digests = [path.read_bytes() for path in first]
    second = write_boxes(raw, folder, VERSION)
    assert [path.read_bytes() for path in second] == digests, "two builds differ"
    return {path.stem.rpartition("-")[2]: path for path in first}


def unpacked(box: Path, target: Path) -> list[str]:
    """The box's files in `target`; their names in the box's order."""
    return run("tar", "-xvf", box, "-C", target).split()


def holds_the_image(disk: Path, directory: Path) -> None:
    """The disk of a box is the image with the seed on it, grown."""
    info = json.loads(run("qemu-img", "info", "--output=json", disk))
    assert info["virtual-size"] == DISK_BYTES
    run("qemu-img", "check", disk)
    raw = directory / "raw"
    run("qemu-img", "convert", "-O", "raw", disk, raw)
    with raw.open("rb") as file:
        file.seek(partition_offset(raw, "sluice-boot"))
        assert file.read(len(CONTENT)) == CONTENT
    offset = partition_offset(raw, "SLUICE-CFG")
    seed = run("mtype", "-i", f"{raw}@@{offset}", "::setup.toml", MTOOLS_SKIP_CHECK="1")
    assert seed == box_setup()
    raw.unlink()


def test_a_libvirt_box_is_a_qcow2_with_its_size(boxes: dict[str, Path], tmp_path: Path) -> None:
    names = unpacked(boxes["libvirt"], tmp_path)
    assert names == ["metadata.json", "Vagrantfile", "box.img"]
    metadata = json.loads((tmp_path / "metadata.json").read_text())
    assert metadata == {"provider": "libvirt", "format": "qcow2", "virtual_size": 8}
    holds_the_image(tmp_path / "box.img", tmp_path)


def test_a_virtualbox_box_is_an_ovf_with_a_streamed_disk(
    boxes: dict[str, Path], tmp_path: Path
) -> None:
    names = unpacked(boxes["virtualbox"], tmp_path)
    assert names == ["metadata.json", "Vagrantfile", "box.ovf", "box-disk001.vmdk"]
    assert json.loads((tmp_path / "metadata.json").read_text()) == {"provider": "virtualbox"}
    envelope = ET.parse(tmp_path / "box.ovf").getroot()
    assert envelope.tag == f"{OVF}Envelope"
    file = envelope.find(f"{OVF}References/{OVF}File")
    disk = envelope.find(f"{OVF}DiskSection/{OVF}Disk")
    assert file is not None
    assert disk is not None
    image = tmp_path / file.attrib[f"{OVF}href"]
    assert int(file.attrib[f"{OVF}size"]) == image.stat().st_size
    assert int(disk.attrib[f"{OVF}capacity"]) == DISK_BYTES
    assert disk.attrib[f"{OVF}fileRef"] == file.attrib[f"{OVF}id"]
    items = envelope.findall(f".//{OVF}VirtualHardwareSection/{OVF}Item")
    kinds = {item.findtext(f"{RASD}InstanceID"): item for item in items}
    attached = next(i for i in items if i.findtext(f"{RASD}ResourceType") == "17")
    assert attached.findtext(f"{RASD}HostResource") == f"/disk/{disk.attrib[f'{OVF}diskId']}"
    controller = kinds[attached.findtext(f"{RASD}Parent")]
    assert controller.findtext(f"{RASD}ResourceSubType") == "AHCI"
    info = json.loads(run("qemu-img", "info", "--output=json", image))
    assert info["format-specific"]["data"]["create-type"] == "streamOptimized"
    holds_the_image(image, tmp_path)


def test_every_box_starts_by_uefi_and_is_not_logged_in_to() -> None:
    assert 'customize ["modifyvm", :id, "--firmware", "efi64"]' in vagrantfile("virtualbox")
    assert "libvirt.loader = " in vagrantfile("libvirt")
    for provider in ("libvirt", "virtualbox"):
        assert "config.vm.communicator = :sluice_console" in vagrantfile(provider)
        assert "config.vm.guest = :linux" in vagrantfile(provider)  # one that Vagrant itself has
        assert "$" not in vagrantfile(provider)


def test_the_boxes_setup_is_that_of_the_vagrantfiles_networks() -> None:
    needs("openssl")
    setup = load_setup(box_setup())
    assert (setup.pair.client, setup.pair.server) == (CLIENT_MAC, SERVER_MAC)
    assert setup.management.nic == MANAGEMENT_MAC
    text = (ROOT / "Vagrantfile").read_text()
    for address in (CLIENT_MAC, SERVER_MAC):
        assert f'mac: "{address.replace(":", "")}"' in text


def test_all_ruby_is_ruby() -> None:
    needs("ruby")
    for path in (ROOT / "Vagrantfile", *sorted((ROOT / "image/vagrant").glob("*.rb"))):
        assert "Syntax OK" in run("ruby", "-c", path)


def test_vagrant_finds_nothing_wrong(boxes: dict[str, Path], tmp_path: Path) -> None:
    """The Vagrantfile alone, and together with the one inside the box."""
    needs("vagrant")  # a package of Debian 12, and of no later release
    at = {"VAGRANT_HOME": str(tmp_path / "home"), "VAGRANT_CWD": str(ROOT)}
    at |= {"SLUICE_DIST": str(tmp_path)}
    at |= {"VAGRANT_DOTFILE_PATH": str(tmp_path / "dot"), "VAGRANT_CHECKPOINT_DISABLE": "1"}
    unbuilt = subprocess.run(
        ["vagrant", "validate", "-p"], env=os.environ | at, capture_output=True
    )
    assert b"./build.sh image makes it" in unbuilt.stderr
    write_mails(tmp_path / "sluice-tiny-mails.tar", "minimal", VERSION.time)
    for box in boxes.values():
        (tmp_path / box.name).symlink_to(box)
    assert "validated successfully" in run("vagrant", "validate", "-p", **at)
    for provider, box in boxes.items():
        run("vagrant", "box", "add", "--name", "sluice", box, **at)
        assert f"sluice ({provider}" in run("vagrant", "box", "list", **at).replace("  ", " ")
    assert "validated successfully" in run("vagrant", "validate", "-p", **at)


@pytest.mark.parametrize("drawn", [b"1", b"abc12", b"fffffffe"])
def test_a_content_id_of_any_length_is_replaced_in_its_place(drawn: bytes) -> None:
    text = b"KDMV\n# Disk DescriptorFile\nCID=" + drawn + b"\nparentCID=ffffffff\n"
    begin = text.ljust(512, b"\0") + b"data"
    made = with_content_id(begin, b"00c0ffee")
    assert len(made) == len(begin)
    assert made.endswith(b"\0data")
    assert b"\nCID=00c0ffee\nparentCID=ffffffff\n\0" in made
    with pytest.raises(ImageError):
        with_content_id(begin.replace(b"\nCID=", b"\nXID="), b"00c0ffee")
