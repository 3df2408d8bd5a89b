"""Switches, kinds and the settings page are one list."""

from __future__ import annotations

import msgspec
import pytest

from gateway.extraction import DEFAULT_SWITCHES, SWITCHES, WHY, ExtractSwitches, Kind, LinkPolicy
from gateway.extraction.switches import VALUES


def test_each_kind_has_a_switch_of_its_name() -> None:
    names = {switch.name for switch in SWITCHES}
    assert names == {kind.value for kind in Kind}
    assert names == set(ExtractSwitches.__struct_fields__) - VALUES


def test_each_kind_has_a_reason_and_each_switch_a_sentence() -> None:
    assert set(WHY) == set(Kind)
    for switch in SWITCHES:
        assert switch.description[0].isupper()
        assert switch.description.endswith(".")
        assert switch.default in switch.choices


def test_defaults_take_out_what_acts_and_keep_what_people_use() -> None:
    kept = {kind for kind in Kind if not DEFAULT_SWITCHES.removes(kind)}
    assert kept == {
        *(Kind.HYPERLINKS, Kind.PDF_URI, Kind.CUSTOM_XML, Kind.METADATA, Kind.SIGNATURES),
        *(Kind.HTML_LINKS, Kind.HTML_REMOTE_STYLES, Kind.HTML_REMOTE_IMAGES),
        *(Kind.HTML_TRACKING_PIXELS, Kind.HTML_HIDDEN_TEXT),
    }


def test_a_link_policy_is_a_switch_too() -> None:
    assert ExtractSwitches(pdf_uri=LinkPolicy.REMOVE).removes(Kind.PDF_URI)
    assert not ExtractSwitches(pdf_uri=LinkPolicy.KEEP).removes(Kind.PDF_URI)


def test_an_unknown_switch_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="macro"):
        msgspec.convert({"macro": True}, ExtractSwitches)
