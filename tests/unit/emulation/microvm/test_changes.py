"""What differs in Wine's registry files, as the guest compares them."""

from __future__ import annotations

from pathlib import Path

from gateway.emulation.microvm.inside.changes import Registry, Value, changed_values

HEAD = "WINE REGISTRY Version 2\n;; All keys relative to \\\\User\n\n#arch=win64\n"
RUN = (
    "[Software\\\\Microsoft\\\\Windows\\\\CurrentVersion\\\\Run] 178\n#time=1dc\n"
    '"helper"="C:\\\\users\\\\a.exe"\n'
)
COLOURS = '[Control Panel\\\\Colors] 177\n#time=1db\n"Hilight"="1 2 3"\n"Menu"="4 5 6"\n'
OTHER = COLOURS.replace("177", "179").replace("1 2 3", "9 9 9").replace('"Menu"="4 5 6"\n', "")
BINARY = '[Software\\\\B] 1\n@="x"\n"b"=hex:01,02,\\\n  03\n'


def _registry(folder: Path, user: str, system: str = HEAD) -> Registry:
    (folder / "user.reg").write_text(user)
    (folder / "system.reg").write_text(system)
    return Registry(folder)


def test_values_that_were_set_or_removed_are_found(tmp_path: Path) -> None:
    before = _registry(tmp_path, "\n".join([HEAD, COLOURS]))
    after = _registry(tmp_path, "\n".join([HEAD, OTHER, RUN]), "\n".join([HEAD, BINARY]))
    colours = "HKEY_CURRENT_USER\\Control Panel\\Colors"
    run = "HKEY_CURRENT_USER\\Software\\Microsoft\\Windows\\CurrentVersion\\Run"
    assert set(changed_values(before, after)) == {
        Value(f"{colours}\\Hilight", '"9 9 9"'),
        Value(f"{colours}\\Menu", None),
        Value(f"{run}\\helper", '"C:\\\\users\\\\a.exe"'),
        Value("HKEY_LOCAL_MACHINE\\Software\\B\\@", '"x"'),
        Value("HKEY_LOCAL_MACHINE\\Software\\B\\b", "hex:01,02,03"),
    }


def test_a_key_that_was_only_written_again_is_no_change(tmp_path: Path) -> None:
    before = _registry(tmp_path, "\n".join([HEAD, COLOURS]))
    after = _registry(tmp_path, "\n".join([HEAD, COLOURS.replace("177", "180")]))
    assert list(changed_values(before, after)) == []
