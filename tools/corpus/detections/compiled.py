"""Windows programs of C sources, compiled by Debian's mingw when they are asked for."""

from __future__ import annotations

import subprocess
import tempfile
from functools import cache
from pathlib import Path

from tools.corpus.detections.case import Case

COMPILERS = {64: "x86_64-w64-mingw32-gcc", 32: "i686-w64-mingw32-gcc"}
_LIBRARIES = ("ws2_32", "wininet", "urlmon", "advapi32", "user32", "gdi32", "shell32")
_HEAD = """
#include <winsock2.h>
#include <windows.h>
#include <wininet.h>
#include <urlmon.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define SZ(x) (BYTE *)(x), (DWORD)strlen(x) + 1
static char me[MAX_PATH];
static char *place(char *out, const char *text)
{ ExpandEnvironmentStringsA(text, out, MAX_PATH); return out; }
int main(int argc, char **argv)
{ char a[MAX_PATH], b[MAX_PATH]; (void)a; (void)b; (void)argc; (void)argv;
  GetModuleFileNameA(NULL, me, MAX_PATH);
"""


def program(name: str, bits: int, body: str, rule: str = "") -> Case:
    """A program whose main function has this body; `place` expands variables, `me` is its path."""
    return Case(f"{name}.exe", "pe", lambda: _compiled(bits, body), rule)


@cache
def _compiled(bits: int, body: str) -> bytes:
    """The program's bytes. Raises OSError where there is no compiler, CalledProcessError."""
    with tempfile.TemporaryDirectory(prefix="sluice-program-") as directory:
        source, made = Path(directory, "program.c"), Path(directory, "program.exe")
        source.write_text(f"{_HEAD}{body}\n return 0; }}\n")
        command = [COMPILERS[bits], "-O1", "-s", "-w", "-o", str(made), str(source)]
        command += [f"-l{name}" for name in _LIBRARIES]
        subprocess.run(command, check=True, capture_output=True)
        return made.read_bytes()
