"""The version of the interpreters follows from their sources, and from nothing else."""

from __future__ import annotations

from pathlib import Path

from gateway.emulation.fingerprint import fingerprint


def _folder(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data)
    return root


def test_the_same_sources_have_the_same_version_wherever_they_are(tmp_path: Path) -> None:
    files = {"a.py": b"1", "in/b.js": b"2"}
    one = fingerprint(_folder(tmp_path / "one", files))
    other = fingerprint(_folder(tmp_path / "other", {**files, "__pycache__/a.pyc": b"compiled"}))
    assert one == other


def test_a_change_or_another_name_is_another_version(tmp_path: Path) -> None:
    folders = [{"a.py": b"1"}, {"a.py": b"2"}, {"b.py": b"1"}, {"a.py": b"1", "b.js": b""}]
    made = {fingerprint(_folder(tmp_path / str(n), files)) for n, files in enumerate(folders)}
    assert len(made) == len(folders)
