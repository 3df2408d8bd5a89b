"""Windows programs as samples: compiled from C with Debian's mingw when they are first asked for.

A source's first comment says how: `build: dll`, `build: code` (bare machine code), `build: static`;
`libs: -l...` names libraries.
What was compiled is kept by the digest of its source, compiler and options.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from functools import cache
from hashlib import sha256
from pathlib import Path

from tools.corpus.detections.case import Case

SOURCES = Path(__file__).resolve().parent / "programs"
_COMPILERS = {32: "i686-w64-mingw32", 64: "x86_64-w64-mingw32"}
_LIBRARIES = re.compile(r"libs:((?: -l\w+)+)")
_BUILD = re.compile(r"build: (\w+)")
_SECONDS = 120


def available() -> bool:
    """Whether Debian's cross compilers are installed (gcc- and g++-mingw-w64)."""
    names = [f"{prefix}-{tool}" for prefix in _COMPILERS.values() for tool in ("gcc", "g++")]
    return all(shutil.which(name) is not None for name in names)


def _kept() -> Path:
    """A directory of this account's own for what was compiled."""
    path = Path(tempfile.gettempdir()) / f"sluice-samples-{os.getuid()}"
    path.mkdir(mode=0o700, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid != os.getuid():
        raise PermissionError(f"{path} belongs to somebody else")
    return path


@cache
def _headers(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.glob("*.h")))


def compiled(source: Path, bits: int) -> bytes:
    """A source as a program of 32 or 64 bits. Raises CalledProcessError."""
    text = source.read_text()
    head = text.split("*/", 1)[0] if text.startswith("/*") else ""
    found = _BUILD.search(head)
    how = found[1] if found else ""
    compiler = f"{_COMPILERS[bits]}-{'g++' if source.suffix == '.cpp' else 'gcc'}"
    options = ["-O1", "-s", "-w"]
    options += ["-shared"] if how == "dll" else []
    options += ["-static", "-std=c++17"] if how == "static" else []
    if how == "code":
        options = ["-Os", "-w", "-c", "-fno-asynchronous-unwind-tables", "-fno-jump-tables"]
    libraries = _LIBRARIES.search(head)
    after = libraries[1].split() if libraries and how != "code" else []
    recipe = "\0".join((compiler, *options, *after, text)).encode() + _headers(source.parent)
    kept = _kept() / sha256(recipe).hexdigest()
    if not kept.exists():
        made = kept.with_suffix(f".{os.getpid()}")
        _run([compiler, *options, "-o", str(made), str(source), *after])
        if how == "code":
            _run(
                [
                    f"{_COMPILERS[bits]}-objcopy",
                    "-O",
                    "binary",
                    "-j",
                    ".text*",
                    str(made),
                    str(made),
                ]
            )
        made.rename(kept)
    return kept.read_bytes()


def _run(command: list[str]) -> None:
    subprocess.run(command, check=True, capture_output=True, timeout=_SECONDS)


def _case(path: str, bits: int, rule: str = "") -> Case:
    source = SOURCES / path
    is_code = "shellcode" in source.name
    ending = (
        "bin"
        if is_code
        else "dll"
        if source.name in ("library.c", "evil_dll.c", "numbers.c")
        else "exe"
    )
    name = f"{source.stem}-{bits}.{ending}"
    return Case(name, "shellcode" if is_code else "pe", lambda: compiled(source, bits), rule)


WINAPI_BAD: tuple[Case, ...] = (
    _case("bad/run_key.c", 32, "registry-autostart"),
    _case("bad/run_key.c", 64, "registry-autostart"),
    _case("bad/remote_thread.c", 64, "injects-code"),
    _case("bad/remote_thread.c", 32, "injects-code"),
    _case("bad/hollow.c", 64, "injects-code"),
    _case("bad/hollow.c", 32, "injects-code"),
    _case("bad/shadow_copies.c", 64, "deletes-shadow-copies"),
    _case("bad/downloader.c", 32, "windows-download-and-run"),
    _case("bad/downloader.c", 64, "windows-download-and-run"),
    _case("bad/beacon.c", 64, "program-beacons"),
    _case("bad/encryptor.c", 32, "rewrites-windows-documents"),
    _case("bad/encryptor.c", 64, "rewrites-windows-documents"),
    _case("bad/by_hash.c", 32, "powershell-downloads"),
    _case("bad/by_hash.c", 64, "powershell-downloads"),
    _case("bad/xor_stub.c", 64, "shell-downloads"),
    _case("bad/service.c", 32, "installs-hidden-service"),
    _case("bad/key_hook.c", 64, "keeps-keys"),
    _case("bad/key_poll.c", 32, "keeps-keys"),
    _case("bad/credentials.c", 64, "reads-secrets-of-windows"),
    _case("bad/evil_dll.c", 32, "windows-download-and-run"),
    _case("bad/evil_dll.c", 64, "windows-download-and-run"),
    _case("bad/early_apc.c", 64, "injects-code"),
    _case("bad/startup_copy.c", 64, "startup-folder"),
    _case("bad/encoded_powershell.c", 32, "powershell-downloads"),
    _case("bad/reverse_shell.c", 64, "connects-shell"),
    _case("bad/defences.c", 64, "disables-windows-defences-by-registry"),
    _case("bad/shellcode.c", 32, "system-program-misused"),
    _case("bad/shellcode.c", 64, "system-program-misused"),
    _case("bad/clipboard.c", 32, "replaces-address-in-clipboard"),
    _case("bad/screen.c", 64, "sends-screen"),
    _case("bad/own_service.c", 32, "installs-itself-as-service"),
    _case("bad/fetched_code.c", 64, "runs-what-it-fetched"),
    _case("bad/pool_wait.c", 64, "shell-downloads"),
    _case("bad/fiber.c", 32, "shell-downloads"),
    _case("bad/fiber.c", 64, "shell-downloads"),
    _case("bad/callbacks.c", 32, "shell-downloads"),
    _case("bad/commanded.c", 32, "obeys-host"),
    _case("bad/commanded.c", 64, "obeys-host"),
    _case("bad/fetched_data.c", 32, "runs-what-it-fetched"),
    _case("bad/from_section.c", 64, "process-of-section"),
    _case("bad/identifiers.c", 64, "shell-downloads"),
    _case("bad/native.c", 32, "registry-autostart"),
    _case("bad/native.c", 64, "program-drops-and-runs"),
    _case("bad/scan_off.c", 64, "disables-script-scan"),
    _case("bad/raw_keys.c", 32, "keeps-keys"),
    _case("bad/raw_keys.c", 64, "keeps-keys"),
)

_HONEST = (
    *("hello.c", "sort_file.c", "calculator.c", "configuration.c", "log_writer.c", "message_box.c"),
    *(
        "environment.c",
        "timer.c",
        "window.c",
        "library.c",
        "shapes.cpp",
        "hashes.c",
        "ini_writer.c",
    ),
    *("directory.c", "installer.c", "threads.c", "word_count.c", "registry_reader.c"),
    *("system_facts.c", "version_check.c", "matrix.c", "backup.c"),
    *("exceptions.cpp", "shortcut.c"),
    *("pool.c", "fibers.c", "editor.c", "service_loop.c", "numbers.c", "game.c"),
    *("identifiers.c", "facts.c"),
)

WINAPI_HONEST: tuple[Case, ...] = tuple(
    _case(f"honest/{name}", bits) for name in _HONEST for bits in (32, 64)
)
