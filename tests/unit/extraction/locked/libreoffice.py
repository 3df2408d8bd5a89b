"""LibreOffice as it is, asked to open a document with a password and to write its text.

No command line takes a password, so a macro of a fresh profile does it.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

SECONDS = 120
MISSING = shutil.which("soffice") is None

_MODULE = """\
<?xml version="1.0" encoding="UTF-8"?>
<script:module xmlns:script="http://openoffice.org/2000/script" script:name="Module1"
 script:language="StarBasic">
Sub Main
  Dim how(1) As New com.sun.star.beans.PropertyValue
  how(0).Name = "Hidden" : how(0).Value = True
  how(1).Name = "Password" : how(1).Value = "{password}"
  Dim into(0) As New com.sun.star.beans.PropertyValue
  into(0).Name = "FilterName" : into(0).Value = "{filter}"
  On Error Goto Ended
  doc = StarDesktop.loadComponentFromURL("{source}", "_blank", 0, how())
  doc.storeToURL("{target}", into())
  doc.close(True)
Ended:
  StarDesktop.terminate()
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


def text_of(document: Path, password: str, text_filter: str = "Text") -> str | None:
    """The text of `document`; None when LibreOffice does not open it with `password`."""
    profile, target = document.parent / "profile", document.parent / "made.txt"
    standard = profile / "user" / "basic" / "Standard"
    start = ["soffice", f"-env:UserInstallation={profile.as_uri()}", "--headless", "--norestore"]
    if not standard.is_dir():  # the first run writes a profile, and its own macros into it
        _run([*start, "--terminate_after_init"])
    standard.mkdir(parents=True, exist_ok=True)
    module = _MODULE.format(
        password=password,
        filter=text_filter,
        source=document.as_uri(),
        target=target.as_uri(),
    )
    (standard / "Module1.xba").write_text(module)
    (standard / "script.xlb").write_text(_LIBRARY)
    (standard.parent / "script.xlc").write_text(_LIBRARIES)
    target.unlink(missing_ok=True)
    _run([*start, "macro:///Standard.Module1.Main"])
    return target.read_text(encoding="utf-8-sig") if target.is_file() else None


def _run(command: list[str]) -> None:
    subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
