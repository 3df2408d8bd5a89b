"""A NoCloud seed: what it sets, and what it may not say."""

from __future__ import annotations

import pytest

from gateway.appliance.nocloud import POLICY, SETUP, SeedError, read_user_data
from gateway.appliance.setup_file import load_setup

SEED = f"""#cloud-config
hostname: mailgate
users:
  - name: admin
    lock_passwd: false
    passwd: $6$salt$hash
write_files:
  - path: {SETUP}
    permissions: "0600"
    content: |
      on_failure = "bypass"
      [pair]
      client = "52:54:00:51:00:01"
      server = "52:54:00:51:00:02"
  - path: {POLICY}
    content: |
      [extract]
      method = "convert"
"""


def test_a_whole_seed() -> None:
    seed = read_user_data(SEED)
    setup = load_setup(seed.setup)
    assert (setup.hostname, setup.password, setup.on_failure) == (
        "mailgate",
        "$6$salt$hash",
        "bypass",
    )
    assert setup.pair.server == "52:54:00:51:00:02"
    assert seed.policy == '[extract]\nmethod = "convert"\n'


def test_what_setup_toml_says_itself_counts() -> None:
    seed = read_user_data(SEED.replace("on_failure", 'hostname = "other"\n      on_failure'))
    assert load_setup(seed.setup).hostname == "other"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hostname: x\n", "does not begin with #cloud-config"),
        ("#cloud-config\npackages: [vim]\n", "packages"),
        ("#cloud-config\nhostname: [x]\n", "hostname"),
        ("#cloud-config\n{", "user-data"),
        ("#cloud-config\nusers: [{name: root, passwd: x}]\n", "no account but admin"),
        ("#cloud-config\nwrite_files: [{path: /etc/passwd, content: x}]\n", "/etc/passwd cannot"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(text: str, words: str) -> None:
    with pytest.raises(SeedError, match=words) as caught:
        read_user_data(text)
    assert "\n" not in str(caught.value)


def test_a_setup_with_a_mistake_is_handed_on_for_its_reader_to_explain() -> None:
    broken = SEED.replace("[pair]", "[pair")
    assert "[pair" in read_user_data(broken).setup
