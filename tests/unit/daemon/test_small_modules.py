"""Settings files, launch letters, relay policies, answers: what is read, and what is said."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec
import pytest

from gateway.daemon.launch import Launch, read_launch, sealed
from gateway.daemon.relaypolicy import relay_policy
from gateway.daemon.settings import SettingsFileError, read_settings
from gateway.policy import SettingsError, load_gateway_config, load_policy
from gateway.smtp import OnBareLineEnd, OnEightBitHeader, OnLongLine, TlsMode


def test_both_files_are_read_with_their_text(tmp_path: Path) -> None:
    config, policy = tmp_path / "gateway.toml", tmp_path / "policy.toml"
    config.write_text("workers = 3\n")
    found = read_settings(config, policy)
    assert (found.config.workers, found.policy_text) == (3, ""), "no policy file: the built-in one"
    policy.write_text('[mail]\nheader = "never"\n')
    found = read_settings(config, policy)
    assert found.policy.mail.header.value == "never"
    assert found.policy.where("mail.header") == "policy.toml line 2"


def test_files_that_cannot_be_read_are_one_sentence(tmp_path: Path) -> None:
    config, policy = tmp_path / "gateway.toml", tmp_path / "policy.toml"
    with pytest.raises(SettingsFileError, match="No such file"):
        read_settings(config, policy)
    config.write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsFileError, match="no UTF-8 text"):
        read_settings(config, policy)
    config.unlink()
    config.mkdir()
    with pytest.raises(SettingsFileError, match="Is a directory"):
        read_settings(config, policy)
    config.rmdir()
    config.write_text("workers = -1\n")
    with pytest.raises(SettingsError, match="line 1"):
        read_settings(config, policy)


def test_a_launch_letter_arrives_whole_however_long_it_is() -> None:
    letter = Launch("a = 1\n" * 100_000, "gateway.toml", "", "policy.toml", slot=3, cpus=[1, 2])
    descriptor = sealed(msgspec.json.encode(letter))
    assert read_launch(["worker", "--launch", str(descriptor)]) == letter


def test_a_sealed_letter_cannot_be_changed() -> None:
    descriptor = sealed(b"content")
    with pytest.raises(PermissionError):
        os.write(descriptor, b"x")
    with pytest.raises(PermissionError):
        os.ftruncate(descriptor, 0)
    os.close(descriptor)


@pytest.mark.parametrize(
    "arguments",
    [["worker"], ["worker", "--launch"], ["worker", "--launch", "x"], ["worker", "--launch", "-1"]],
)
def test_a_process_that_is_started_by_hand_says_so(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="started by gatewayd, not by hand"):
        read_launch(arguments)


@pytest.mark.parametrize("content", [b"", b"{}", b"no letter"])
def test_a_letter_that_is_none_is_one_sentence(content: bytes) -> None:
    with pytest.raises(SystemExit, match="no valid launch letter"):
        read_launch(["worker", "--launch", str(sealed(content))])
    with pytest.raises(SystemExit, match="no valid launch letter"):
        read_launch(["worker", "--launch", "999999"])


def test_settings_become_a_relay_policy() -> None:
    policy = load_policy(
        '[smtp]\nbare_line_ends = "reencode"\noverlong_lines = "refuse"\n'
        'eight_bit_headers = "refuse"\n[limits]\nmessage_bytes = 70_000\n'
    )
    made = relay_policy(load_gateway_config('[tls]\nmode = "pass"\n'), policy, submission=True)
    body = made.server.body
    assert (body.bare_line_end, body.long_line, body.eight_bit_header) == (
        OnBareLineEnd("reencode"),
        OnLongLine("refuse"),
        OnEightBitHeader("refuse"),
    )
    assert (made.server.max_size, made.tls, made.has_certificate) == (70_000, TlsMode.PASS, False)
    assert made.relay_auth
    plain = relay_policy(load_gateway_config(""), load_policy(""))
    assert (plain.tls, plain.has_certificate, plain.relay_auth) == (TlsMode.TERMINATE, True, False)
