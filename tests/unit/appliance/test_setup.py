"""setup.toml: what it may say, and the files that follow from it."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

import pytest

from gateway.appliance import boot
from gateway.appliance.boot import _write
from gateway.appliance.derive import (
    Network,
    NoSuchNicError,
    gateway_toml,
    network,
    resolve_nic,
    shadow,
    time_file,
)
from gateway.appliance.setup_file import Setup, load_setup
from gateway.policy import SettingsError, load_gateway_config

NICS = {
    "enp0s16": "52:54:00:51:00:01",
    "enp0s17": "52:54:00:51:00:02",
    "enp0s18": "52:54:00:51:00:03",
}
FULL = """
hostname = "mailgate"
password = "$6$salt$hash"
on_failure = "bypass"
[pair]
client = "52:54:00:51:00:01"
server = "enp0s17"
addresses = ["192.0.2.1/24"]
gateways = ["192.0.2.254"]
[management]
nic = "52:54:00:51:00:03"
dhcp = false
addresses = ["198.51.100.5/24", "2001:db8::5/64"]
gateways = ["198.51.100.1"]
dns = ["198.51.100.1"]
[time]
zone = "Europe/Vienna"
servers = ["ntp.example.org"]
"""


def test_everything_becomes_gateway_toml() -> None:
    text = gateway_toml(load_setup(FULL), NICS, emulates=False)
    config = load_gateway_config(text)
    assert (config.nic.client, config.nic.server) == ("enp0s16", "enp0s17")
    assert config.nic.addresses == ("192.0.2.1/24",)
    assert config.nic.gateways == ("192.0.2.254",)
    assert config.on_failure == "bypass"
    assert not config.emulator.enabled


def test_a_certificate_is_named_where_it_is_kept() -> None:
    text = gateway_toml(
        load_setup(
            "[tls]\ncertificate = '-----BEGIN CERTIFICATE-----'\n"
            "key = '-----BEGIN PRIVATE KEY-----'\n"
        ),
        NICS,
        emulates=True,
    )
    assert tomllib.loads(text)["tls"]["certificate"] == "/etc/sluice/tls/certificate.pem"


def test_the_pair_is_left_alone_and_the_management_nic_set_up() -> None:
    files = network(load_setup(FULL), NICS).files
    assert "Name=enp0s16 enp0s17\n" in files["10-pair.network"]
    assert "Unmanaged=yes" in files["10-pair.network"]
    management = files["20-management.network"]
    assert "Name=enp0s18\n" in management
    assert "DHCP=no\nAddress=198.51.100.5/24\nAddress=2001:db8::5/64\n" in management


def test_without_a_management_nic_none_is_set_up() -> None:
    assert network(Setup(), NICS) == Network({}, ())


def test_an_interface_that_is_gone_takes_nothing_from_the_others() -> None:
    there = {name: address for name, address in NICS.items() if name != "enp0s17"}
    derived = network(load_setup(FULL), there)
    assert "Name=enp0s16\n" in derived.files["10-pair.network"]
    assert "Name=enp0s18\n" in derived.files["20-management.network"]
    (sentence,) = derived.missing
    assert sentence.startswith("there is no interface ")


def test_time_servers() -> None:
    assert time_file(load_setup(FULL)) == "[Time]\nNTP=ntp.example.org\n"
    assert time_file(Setup()) == ""


def test_an_interface_goes_by_its_name_or_its_address() -> None:
    assert resolve_nic("enp0s16", NICS) == "enp0s16"
    assert resolve_nic("52:54:00:51:00:02", NICS) == "enp0s17"
    with pytest.raises(NoSuchNicError, match="enp0s16"):
        resolve_nic("eth9", NICS)


def test_only_the_administrators_password_changes() -> None:
    base = "root:!:1::::::\nadmin:!*:20000::::::\nadmins:*:1::::::\n"
    assert shadow(base, "admin", "$6$a$b") == base.replace("admin:!*", "admin:$6$a$b")
    assert shadow(base, "admin", "") == base


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hostname = 'two words'", "host name"),
        ("password = 'secret'", "no password hash"),
        ("password = '$6$a$b:0:0'", "no password hash"),
        ("[pair]\nclient = 'eth0'\nserver = 'eth0'", "two interfaces"),
        ("[pair]\nclient = '52:54:00'", "neither an interface's name"),
        ("[management]\naddresses = ['192.0.2.1']", "prefix length"),
        ("[time]\nzone = '../etc/passwd'", "no time zone"),
        ("[tls]\ncertificate = 'x'", "no certificate"),
        ("[tls]\nkey = '-----BEGIN PRIVATE KEY-----'", "belong together"),
        ("colour = 'red'", "colour"),
    ],
)
def test_wrong_setups_are_explained(text: str, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        load_setup(text)


def test_files_have_their_modes_whatever_the_umask(tmp_path: Path) -> None:
    """The unit's is 0077, and networkd, which is not root, has to find its files."""
    before = os.umask(0o077)
    try:
        _write(tmp_path / "run/systemd/network/10-pair.network", "[Match]\n", 0o644)
    finally:
        os.umask(before)
    found = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "run").rglob("*")}
    assert found == {"systemd": 0o755, "network": 0o755, "10-pair.network": 0o644}


def test_the_machine_gets_its_name_without_a_privileged_call(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = tmp_path / "hostname"
    monkeypatch.setattr(boot, "_HOSTNAME", name)
    boot.apply_names(load_setup('hostname = "mailgate"\n[time]\nzone = "No/Where"\n'))
    assert name.read_text() == "mailgate"
