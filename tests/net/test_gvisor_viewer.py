"""Documents opened by LibreOffice in guests: what they do to it is seen, and nothing else."""

from __future__ import annotations

import io
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.emulation import Absent, Budget, Context, Gvisor, Sample, StopKind, judge, load_rules
from gateway.emulation.oci import Mount
from gateway.emulation.viewer import Viewer, start
from gateway.model import Verdict
from gateway.model.convertible import LIBREOFFICE
from tests.net.gvisor_fixtures import make_gvisor

pytestmark = pytest.mark.root

gvisor = pytest.fixture(scope="module")(make_gvisor)

BUDGET = Budget(seconds=60)


@pytest.fixture(scope="module")
def viewer(gvisor: Gvisor) -> Viewer:
    made = Viewer(gvisor)
    if isinstance(state := made.probe(), Absent):
        pytest.skip(state.reason)
    return made


_MIME = "application/vnd.oasis.opendocument.text"
_URN = "urn:oasis:names:tc:opendocument:xmlns"
_SPACES = " ".join(
    f'xmlns:{short}="{_URN}:{name}:1.0"'
    for short, name in (
        ("office", "office"),
        ("text", "text"),
        ("draw", "drawing"),
        ("svg", "svg-compatible"),
    )
)
_MANIFEST = (
    f'<m:manifest xmlns:m="{_URN}:manifest:1.0" m:version="1.2">'
    f'<m:file-entry m:full-path="/" m:media-type="{_MIME}"/>'
    '<m:file-entry m:full-path="content.xml" m:media-type="text/xml"/></m:manifest>'
)


def _letter(inside: str = "") -> Sample:
    """An OpenDocument text of one paragraph."""
    content = (
        f'<office:document-content {_SPACES} xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'office:version="1.2"><office:body><office:text><text:p>Hello{inside}</text:p>'
        "</office:text></office:body></office:document-content>"
    )
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("mimetype", _MIME)
        archive.writestr("META-INF/manifest.xml", _MANIFEST)
        archive.writestr("content.xml", content)
    return Sample("letter.odt", "odf", data.getvalue())


_LINKED = (
    '<draw:frame text:anchor-type="as-char" svg:width="3cm" svg:height="3cm"><draw:image '
    'xlink:href="https://pics.example/one" xlink:type="simple" xlink:actuate="onLoad"/>'
    "</draw:frame>"
)


def test_an_honest_letter_does_nothing(viewer: Viewer) -> None:
    result = viewer.detonate(_letter(), Context(), BUDGET)
    assert result.stopped_by is None, result.output
    assert result.behaviours == ()
    assert result.children == ()
    assert judge(result, load_rules()).verdict is Verdict.CLEAN


def test_what_a_document_asks_of_the_network_is_seen(viewer: Viewer) -> None:
    result = viewer.detonate(_letter(_LINKED), Context(), BUDGET)
    asked = [(each.action, each.target) for each in result.behaviours]
    assert ("request", "https://pics.example/one") in asked
    judgement = judge(result, load_rules())
    assert judgement.verdict is Verdict.SUSPICIOUS
    assert "viewer-fetches" in [hit.rule.id for hit in judgement.hits]


def test_what_cannot_be_opened_is_unscanned(viewer: Viewer) -> None:
    broken = Sample("broken.docx", "docx", b"PK\\3\\4" + bytes(99))
    result = viewer.detonate(broken, Context(), BUDGET)
    assert result.stopped_by is not None
    assert result.stopped_by.kind is StopKind.INCOMPLETE
    assert judge(result, load_rules()).verdict is Verdict.UNSCANNED


_TAKEN_OVER = """
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
int main(void) {
    system("id > /dev/null");
    FILE *file = fopen("/home/user/.config/note", "w");
    fputs("left", file);
    fclose(file);
    fclose(fopen("/usr/bin/free", "a") ? stdout : stdin);
    mkdir("/tmp/viewer/out", 0700);
    file = fopen("/tmp/viewer/out/x.pdf", "w");
    fputs("pages", file);
    fclose(file);
    return 0;
}
"""
"""A viewer as an exploit would leave it: it starts a shell, writes elsewhere, and makes pages."""


def test_a_viewer_that_is_taken_over_is_malicious(viewer: Viewer, tmp_path: Path) -> None:
    if shutil.which("gcc") is None:
        pytest.skip("no C compiler to make the program with")
    program = tmp_path / "program"
    program.mkdir()
    (program / "versionrc").write_text("buildid=1\n")
    command = ["gcc", "-x", "c", "-w", "-o", str(program / "soffice.bin"), "-"]
    subprocess.run(command, input=_TAKEN_OVER.encode(), check=True)
    for each in (tmp_path, program):
        each.chmod(0o755)
    sample = _letter()
    honest = start(sample)
    place = Mount(str(Path(LIBREOFFICE).parent), "bind", str(program), ("rbind", "ro"))
    taken = replace(honest, mounts=(*honest.mounts, place))
    result = viewer.gvisor.run(sample, taken, BUDGET)
    judgement = judge(result, load_rules())
    assert judgement.verdict is Verdict.MALICIOUS
    assert {"viewer-starts-shell", "viewer-writes-outside"} <= {
        hit.rule.id for hit in judgement.hits
    }
    assert [child.path for child in result.children] == ["/home/user/.config/note"]


def test_the_machines_programs_are_seen_and_never_changed(viewer: Viewer) -> None:
    """The guest of a document sees the machine's /usr, nothing else of it, and writes to none."""
    sample = _letter()
    script = (
        "for f in /usr/bin/ls /usr/share/x /etc/libreoffice/x; do (echo x >>$f) 2>/dev/null"
        " && echo wrote $f; done; ls -A /usr/local /usr/src; ls /root /var/lib/sluice; id -u"
    )
    before = Path("/usr/bin/ls").stat()
    taken = replace(start(sample), command=("/bin/sh", "-c", script))
    result = viewer.gvisor.run(sample, taken, BUDGET)
    after = Path("/usr/bin/ls").stat()
    assert (before.st_size, before.st_mtime_ns) == (after.st_size, after.st_mtime_ns)
    assert not Path("/usr/share/x").exists()
    assert b"wrote" not in result.output
    assert b"1000\n" in result.output


def test_without_libreoffice_or_of_other_types_nothing_is_opened(gvisor: Gvisor) -> None:
    none = Viewer(gvisor, Path("/nowhere/soffice.bin"))
    assert isinstance(none.probe(), Absent)
    stopped = none.detonate(_letter(), Context(), BUDGET).stopped_by
    assert stopped is not None and stopped.kind is StopKind.ABSENT
    assert "elf" in Viewer(gvisor).unsupported(Sample("x", "elf", b""))
