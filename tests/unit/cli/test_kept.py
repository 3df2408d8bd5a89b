"""`gatewayctl original` and `gatewayctl quarantine`: four commands each, on real stores and a real
SMTP server."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from click.testing import CliRunner, Result

from gateway.cli.app import cli
from gateway.cli.exits import Exit
from gateway.model import BytesContent
from gateway.store import (
    Event,
    Kept,
    Original,
    Originals,
    Quarantine,
    SqliteJournal,
    open_database,
)
from tests.unit.stages.mails import attached, docm, mail
from tools.mail.behaviour import ALL_EXTENSIONS, Answer, Behaviour, Step
from tools.mail.recording import RecordingServer

ANNA, BERT = "anna@corp.example", "bert@corp.example"
ID = "6b057a4c715a868238c9"
MAIL = mail(text="Dear reader\r\n.a line that begins with a dot\r\n..and another")


class Place:
    """A state directory with settings, and how to run commands on it."""

    def __init__(self, directory: Path) -> None:
        self.state = directory
        self.config = directory / "gateway.toml"
        self.config.write_text(f'[paths]\nstate = "{directory}"\nrun = "{directory}"\n')
        self.originals = Originals(directory / "originals")
        self.quarantine = Quarantine(directory / "quarantine")
        open_database(directory / "journal.db").close()

    def run(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli, ["--config", str(self.config), *arguments])

    def keep(self, port: int, body: bytes = MAIL) -> None:
        """The same mail in both stores."""
        content = BytesContent(body)
        now = time.time()
        common = {"client": "127.0.0.1", "server": "127.0.0.1", "port": port}
        self.originals.keep(
            msgspec.convert(
                {
                    **common,
                    "id": ID,
                    "at": now,
                    "until": now + 99,
                    "sender": "bob@client.example",
                    "recipients": [ANNA, BERT],
                    "subject": "x\x1b[31m",
                    "removed": ["a: macros"],
                    "sha256": content.sha256,
                    "size": content.size,
                },
                Original,
            ),
            content,
        )
        self.quarantine.keep(
            msgspec.convert(
                {
                    **common,
                    "id": ID,
                    "at": now,
                    "sender": "",
                    "recipients": [ANNA],
                    "reason": "suspicious",
                    "sha256": content.sha256,
                    "size": content.size,
                },
                Kept,
            ),
            content,
        )

    def events(self) -> list[Event]:
        with closing(open_database(self.state / "journal.db", read_only=True)) as connection:
            return list(SqliteJournal(connection).events(ID))


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def server() -> Iterator[RecordingServer]:
    with RecordingServer() as running:
        yield running


def test_lists_and_shows(place: Place) -> None:
    place.keep(25)
    for group in ("original", "quarantine"):
        listed = json.loads(place.run(group, "ls", "--json").stdout)
        assert [each["id"] for each in listed] == [ID]
        assert ID in place.run(group, "ls").stdout
        shown = place.run(group, "show", ID[:6])
        assert ID in shown.stdout
        assert "\x1b" not in shown.stdout
        assert place.run(group, "show", ID, "--raw").stdout_bytes == MAIL


@pytest.mark.parametrize("group", ["original", "quarantine"])
def test_before_the_gateway_ran_nothing_is_kept(tmp_path: Path, group: str) -> None:
    config = tmp_path / "gateway.toml"
    config.write_text(f'[paths]\nstate = "{tmp_path}/state"\n')
    start = ["--config", str(config), group]
    assert CliRunner().invoke(cli, [*start, "ls"]).stdout.startswith("No ")
    assert CliRunner().invoke(cli, [*start, "ls", "--json"]).stdout.strip() == "[]"
    assert CliRunner().invoke(cli, [*start, "drop", "x"]).exit_code == int(Exit.NOT_FOUND)
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("group", ["original", "quarantine"])
@pytest.mark.parametrize("command", ["show", "release", "drop"])
def test_what_is_not_there_has_a_code_of_its_own(place: Place, group: str, command: str) -> None:
    result = place.run(group, command, "x")
    assert result.exit_code == int(Exit.NOT_FOUND)
    assert "x" in result.stderr


def test_an_original_is_delivered_byte_for_byte_and_stays(
    place: Place, server: RecordingServer
) -> None:
    place.keep(server.port)
    result = place.run("original", "release", ID[:8], "--to", BERT, "--at-once")
    assert result.exit_code == 0, result.stderr
    (taken,) = server.accepted
    assert taken.content == MAIL
    assert taken.mail_from.startswith("<bob@client.example>")
    assert taken.recipients == (BERT,)
    assert place.originals.get(ID).recipients == [ANNA, BERT]
    (event,) = place.events()
    assert event.what == "released"
    assert BERT in event.detail
    assert event.by


def test_a_mail_leaves_the_quarantine_once_it_was_taken(
    place: Place, server: RecordingServer
) -> None:
    place.keep(server.port)
    assert place.run("quarantine", "release", ID).exit_code == 0
    (taken,) = server.accepted
    assert taken.mail_from.startswith("<>")
    assert (taken.recipients, taken.content) == ((ANNA,), MAIL)
    assert list(place.quarantine.entries()) == []


@pytest.mark.parametrize("step", [Step.CONNECT, Step.MAIL, Step.RCPT, Step.DATA, Step.BODY])
def test_a_refusal_keeps_the_mail_and_says_why(
    place: Place, server: RecordingServer, step: Step
) -> None:
    place.keep(server.port)
    server.behaviour = Behaviour(faults=(Answer(step, "554 5.7.1 not today"),))
    for group, more in (("original", ["--at-once"]), ("quarantine", [])):
        result = place.run(group, "release", ID, *more)
        assert result.exit_code == int(Exit.NEXT_HOP)
        assert "554 5.7.1 not today" in result.stderr
    assert [each.id for each in place.quarantine.entries()] == [ID]
    assert [event.what for event in place.events()] == ["release failed", "release failed"]


def test_a_next_hop_that_is_not_there(place: Place) -> None:
    place.keep(1)
    result = place.run("quarantine", "release", ID)
    assert result.exit_code == int(Exit.NEXT_HOP)
    assert "refused" in result.stderr


def test_what_the_server_offers_is_used(place: Place) -> None:
    body = MAIL + "Grüße\r\n".encode()
    offers = Behaviour(extensions=(*ALL_EXTENSIONS, "STARTTLS"))
    with RecordingServer(behaviour=offers) as server:
        place.keep(server.port, body)
        result = place.run("quarantine", "release", ID)
        assert result.exit_code == 0, result.stderr
        (taken,) = server.accepted
    assert taken.tls
    assert "BODY=8BITMIME" in taken.mail_from
    assert taken.content == body


def test_a_release_waits_for_a_clean_verdict(place: Place, server: RecordingServer) -> None:
    place.keep(server.port, mail(attached("letter.docm", docm("Dear reader"))))
    result = place.run("original", "release", ID)
    assert result.exit_code == int(Exit.NOT_CLEAN)
    assert "a new inspection says" in result.stderr
    assert server.mails == ()
    (event,) = place.events()
    assert event.what == "release refused"


def test_only_who_it_is_kept_for_can_have_it(place: Place, server: RecordingServer) -> None:
    place.keep(server.port)
    result = place.run("original", "release", ID, "--at-once", "--to", "eve@corp.example")
    assert result.exit_code == int(Exit.USAGE)
    assert server.mails == ()


def test_dropped_is_gone_and_written_down(place: Place) -> None:
    place.keep(25)
    token = place.originals.token(ID, ANNA)
    for group in ("original", "quarantine"):
        assert place.run(group, "drop", ID).exit_code == 0
        assert place.run(group, "show", ID).exit_code == int(Exit.NOT_FOUND)
    with pytest.raises(Exception, match="leads to no original"):
        place.originals.by_token(token, time.time())
    assert [event.what for event in place.events()] == ["deleted", "deleted"]
