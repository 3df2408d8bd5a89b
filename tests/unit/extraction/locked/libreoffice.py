"""LibreOffice as it is, asked to open or to write a document with a password.

No command line takes a password, so a macro of a fresh profile does it.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SECONDS = 400
MISSING = shutil.which("soffice") is None

_MODULE = """\
<?xml version="1.0" encoding="UTF-8"?>
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1"
 script:language="StarBasic">
Sub Main
{calls}
  StarDesktop.terminate()
End Sub
Sub Convert(source, target, wanted, opening, closing)
  Dim how(1) As New com.sun.star.beans.PropertyValue
  how(0).Name = "Hidden" : how(0).Value = True
  how(1).Name = "Password" : how(1).Value = opening
  Dim into(1) As New com.sun.star.beans.PropertyValue
  into(0).Name = "FilterName" : into(0).Value = wanted
  If closing &lt;&gt; "" Then
    into(1).Name = "Password" : into(1).Value = closing
  End If
  On Error Goto Ended
  doc = StarDesktop.loadComponentFromURL(source, "_blank", 0, how())
  doc.storeToURL(target, into())
  doc.close(True)
Ended:
End Sub
</script:module>
"""
_LIBRARY = """\
<?xml version="1.0" encoding="UTF-8"?>
<library:library xmlns:library="http://openoffice.org/2000/library" library:name="Standard"
 library:readonly="false" library:passwordprotected="false">
 <library:element library:name="Module1"/>
</library:library>
"""
_LIBRARIES = """\
<?xml version="1.0" encoding="UTF-8"?>
<library:libraries xmlns:library="http://openoffice.org/2000/library"
 xmlns:xlink="http://www.w3.org/1999/xlink">
 <library:library library:name="Standard" library:link="false"/>
</library:libraries>
"""


@dataclass(frozen=True, slots=True)
class Job:
    """A document that is opened, and written to `target` by the filter `wanted`."""

    source: Path
    target: Path
    wanted: str = "Text"
    opening: str = ""
    closing: str = ""


def text_of(document: Path, password: str) -> str | None:
    """The text of `document`; None when LibreOffice does not open it with `password`."""
    job = Job(document, document.parent / "made.txt", opening=password)
    convert([job])
    return written(job)


def written(job: Job) -> str | None:
    """The text that `job` wrote; None when it wrote none."""
    return job.target.read_text(encoding="utf-8-sig") if job.target.is_file() else None


def convert(jobs: Sequence[Job]) -> None:
    """Do `jobs` in one run. One that fails leaves no target."""
    profile = jobs[0].target.parent / "profile"
    standard = profile / "user" / "basic" / "Standard"
    start = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"]
    if not standard.is_dir():  # the first run writes a profile, and its own macros into it
        _run([*start, "--terminate_after_init"])
    standard.mkdir(parents=True, exist_ok=True)
    calls = []
    for job in jobs:
        job.target.unlink(missing_ok=True)
        each = (job.source.as_uri(), job.target.as_uri(), job.wanted, job.opening, job.closing)
        calls.append("  Convert " + ", ".join(f'"{argument}"' for argument in each))
    (standard / "Module1.xba").write_text(_MODULE.format(calls="\n".join(calls)))
    (standard / "script.xlb").write_text(_LIBRARY)
    (standard.parent / "script.xlc").write_text(_LIBRARIES)
    _run([*start, "macro:///Standard.Module1.Main"])


def _run(command: list[str]) -> None:
    subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
