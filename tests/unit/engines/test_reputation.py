"""Feeds in the formats of abuse.ch: what is read of them, what is found by them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.engines.reputation import FeedFolder, Feeds, load_feeds
from gateway.model import Severity

SAMPLES = Path(__file__).parents[2] / "data" / "feeds"
LISTED = f"{1:064x}"


@pytest.fixture(scope="module")
def feeds() -> Feeds:
    return load_feeds(SAMPLES)


def test_digests_are_read_from_lists_and_rows(feeds: Feeds) -> None:
    assert feeds.hashes == {LISTED, f"{0xAB:064x}"}


def test_hosts_are_read_from_every_format(feeds: Feeds) -> None:
    assert feeds.hosts == {
        "203.0.113.44",  # URLhaus, an address with a port
        "downloads.malware.example",  # URLhaus
        "dropper.example",  # URLhaus' host file
        "cdn.phish.example.net",
        "control.bot.example",  # ThreatFox, a domain
        "198.51.100.7",  # ThreatFox, an address with a port
        "panel.bot.example",  # ThreatFox, a URL
        "192.0.2.99",  # Feodo Tracker, rows
        "192.0.2.98",  # Feodo Tracker, a list
    }


def test_a_host_that_serves_everybody_is_not_listed_for_one_file(feeds: Feeds) -> None:
    assert feeds.look_up("", ["github.com", "urlhaus.abuse.ch"]) == ()


def test_lines_of_no_known_format_are_counted(feeds: Feeds) -> None:
    assert feeds.problems == ("feodo_ipblocklist.txt: 1 lines are in no known format",)
    assert len(feeds.files) == 7


@pytest.mark.parametrize(
    ("host", "listed", "why"),
    [
        ("dropper.example", True, "itself"),
        ("DROPPER.example.", True, "in capitals, with the root's dot"),
        ("a.b.dropper.example", True, "below a listed domain"),
        ("example", False, "a top-level domain"),
        ("notdropper.example", False, "another name with the same end"),
        ("phish.example.net", False, "above a listed name"),
        ("198.51.100.7", True, "an address"),
        ("198.51.100.8", False, "the address beside it"),
    ],
)
def test_hosts_are_looked_up(feeds: Feeds, host: str, listed: bool, why: str) -> None:
    found = feeds.look_up("", [host])
    assert bool(found) == listed, why
    assert all(item.severity is Severity.HIGH for item in found)


def test_a_digest_is_looked_up_in_either_case(feeds: Feeds) -> None:
    (found,) = feeds.look_up(f"{0xAB:064X}", [])
    assert (found.code, found.severity) == ("reputation.hash", Severity.CRITICAL)
    assert feeds.look_up(f"{2:064x}", []) == ()


def test_no_folder_is_no_feed(tmp_path: Path) -> None:
    assert load_feeds(tmp_path / "none").empty
    assert FeedFolder(tmp_path / "none").current().empty


def test_feeds_are_read_again_when_a_file_changes(tmp_path: Path) -> None:
    folder = FeedFolder(tmp_path)
    assert folder.current().empty
    file = tmp_path / "hosts.txt"
    file.write_text("bad.example\n")
    first = folder.current()
    assert first.hosts == {"bad.example"}
    assert folder.current() is first, "nothing changed, nothing read"
    file.write_text("worse.example\n")
    os.utime(file, ns=(1, 1))
    assert folder.current().hosts == {"worse.example"}
    file.unlink()
    assert folder.current().empty


@pytest.mark.parametrize("length", range(0, 400, 7))
def test_a_feed_cut_off_anywhere_is_read_as_far_as_it_goes(tmp_path: Path, length: int) -> None:
    whole = (SAMPLES / "threatfox.csv").read_bytes()
    (tmp_path / "cut.csv").write_bytes(whole[:length])
    known = load_feeds(SAMPLES).hosts
    for host in load_feeds(tmp_path).hosts:
        assert any(whole_name.startswith(host) for whole_name in known)
