"""The settings table is complete, and what is generated from it reads back as the defaults."""

from __future__ import annotations

import tomllib

import pytest

from gateway.extraction.switches import SWITCHES
from gateway.policy import GatewayConfig, Policy, UnscannedKind, load_gateway_config, load_policy
from gateway.policy.document import Document
from gateway.policy.extract_section import RemoveSection
from gateway.policy.table import REQUIRED, Setting, settings, toml_value
from tools.generate import settings_pages
from tools.generate.__main__ import outdated

DOCUMENTS: tuple[type[Document], ...] = (GatewayConfig, Policy)
ALL = [setting for document in DOCUMENTS for setting in settings(document)]


@pytest.mark.parametrize("setting", ALL, ids=[setting.key for setting in ALL])
def test_each_setting_says_what_it_is_for_and_why_its_default(setting: Setting) -> None:
    assert setting.purpose.endswith(".")
    assert setting.reason
    assert not setting.reason.endswith(".")
    if setting.type == "whole number":
        assert setting.unit, "a number without a unit"
        assert setting.allowed, "a number without bounds"
    if setting.default in ("[]", '""', "{}", REQUIRED) and "hashes" not in setting.key:
        assert setting.example, "an empty default without an example"


@pytest.mark.parametrize("document", DOCUMENTS)
def test_examples_are_valid(document: type[Document]) -> None:
    lines = [
        f"{setting.key} = {setting.example}"
        for setting in settings(document)
        if setting.example and not setting.key.startswith("recipients.")
    ]
    document.model_validate(tomllib.loads("\n".join(lines)))


def test_samples_are_the_defaults() -> None:
    policy = load_policy(settings_pages.sample(Policy, "policy.toml"))
    machine = load_gateway_config(settings_pages.sample(GatewayConfig, "gateway.toml"))
    assert policy.version == Policy().version
    assert machine.version == GatewayConfig().version
    assert policy.where("emulate.types") != Policy().where("emulate.types")


def test_samples_with_their_example_of_a_table_are_valid_too() -> None:
    text = settings_pages.sample(Policy, "policy.toml")
    start = text.index("# [[recipients]]")
    shown = "\n".join(
        line.removeprefix("# ") if "=" in line or "[[" in line else line
        for line in text[start:].splitlines()
    )
    (recipient,) = load_policy(text[:start] + shown).recipients
    assert recipient.match == ("*@example.org",)


def test_the_reference_page_names_every_setting() -> None:
    page = settings_pages.reference()
    assert [setting.key for setting in ALL if f"`{setting.key}`" not in page] == []


def test_committed_pages_are_current() -> None:
    assert outdated() == [], "run `python -m tools.generate`"


def test_what_extraction_can_take_out_policy_can_switch_and_defaults_agree() -> None:
    ours = {name: field.default for name, field in RemoveSection.model_fields.items()}
    theirs = {switch.name: switch.default for switch in SWITCHES}
    assert {name: str(default).lower() for name, default in ours.items()} == theirs


def test_every_unscanned_kind_has_an_answer() -> None:
    for kind in UnscannedKind:
        assert Policy().unscanned.answer(kind) == Policy().value(f"unscanned.{kind}")


def test_toml_value_writes_only_what_settings_hold() -> None:
    assert toml_value('a"\\') == '"a\\"\\\\"'
    assert toml_value({"a": True}) == "{ a = true }"
    with pytest.raises(TypeError):
        toml_value(None)
