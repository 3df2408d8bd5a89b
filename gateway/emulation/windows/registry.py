"""The emulated registry: a few values that scripts look for, and what they write."""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.contract import Kind
from gateway.emulation.windows import facts
from gateway.emulation.windows.recorder import Recorder

_ROOTS = {
    "hkey_current_user": "HKCU",
    "hkey_local_machine": "HKLM",
    "hkey_classes_root": "HKCR",
    "hkey_users": "HKU",
    "hkey_current_config": "HKCC",
}
ROOT_NUMBERS = {
    0x80000000: "HKCR",
    0x80000001: "HKCU",
    0x80000002: "HKLM",
    0x80000003: "HKU",
    0x80000005: "HKCC",
}
"""The numbers that WMI's StdRegProv and the API use for the roots."""

_CURRENT = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
_SHELL_FOLDERS = r"HKCU\Software\Microsoft\Windows\CurrentVersion\Explorer\Shell Folders"
_VALUES: dict[str, str | int] = {
    rf"{_CURRENT}\ProductName": "Windows 10 Pro",
    rf"{_CURRENT}\CurrentVersion": "6.3",
    rf"{_CURRENT}\CurrentBuild": "19045",
    rf"{_CURRENT}\RegisteredOwner": "Anna Beispiel",
    rf"{_CURRENT}\RegisteredOrganization": "Corp Example",
    rf"{_SHELL_FOLDERS}\Startup": facts.STARTUP,
    rf"{_SHELL_FOLDERS}\Desktop": facts.DESKTOP,
    rf"{_SHELL_FOLDERS}\Personal": facts.DOCUMENTS,
    rf"{_SHELL_FOLDERS}\AppData": facts.ROAMING,
    r"HKLM\HARDWARE\DESCRIPTION\System\SystemBiosVersion": "DELL - 1072009",
    r"HKLM\SYSTEM\CurrentControlSet\Control\ComputerName\ComputerName\ComputerName": facts.COMPUTER,
    r"HKCU\Software\Microsoft\Office\16.0\Word\Security\AccessVBOM": 0,
    r"HKCU\Software\Microsoft\Office\16.0\Excel\Security\AccessVBOM": 0,
    r"HKCU\Software\Microsoft\Office\16.0\Word\Security\VBAWarnings": 2,
    r"HKCU\Control Panel\International\sCountry": "United States",
    r"HKCU\Control Panel\International\LocaleName": "en-US",
    r"HKLM\SOFTWARE\Microsoft\NET Framework Setup\NDP\v4\Full\Release": 528372,
}


@dataclass(slots=True)
class Registry:
    """Values by their path in lower case."""

    recorder: Recorder
    values: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.values.update((path.lower(), value) for path, value in _VALUES.items())

    @staticmethod
    def full(untrusted_path: str) -> str:
        """The path with its root in short."""
        root, _, rest = untrusted_path.strip().strip("\\").partition("\\")
        return f"{_ROOTS.get(root.lower(), root.upper())}\\{rest}"[:2000]

    def read(self, untrusted_path: str) -> object:
        """A value. Raises ScriptError with the number that RegRead gives."""
        path = self.full(untrusted_path)
        value = self.values.get(path.lower())
        if value is None:
            self.recorder.note(Kind.REGISTRY, "read", path, failed="no such value")
            error = ScriptError(-2147024894, path)
            error.description = f'Unable to open registry key "{path}" for reading.'
            raise error
        self.recorder.note(Kind.REGISTRY, "read", path)
        return value

    def write(self, untrusted_path: str, value: object, shown: str, kind: str = "") -> None:
        """Set a value."""
        path = self.full(untrusted_path)
        self.values[path.lower()] = value
        self.recorder.note(Kind.REGISTRY, "write", path, shown, kind)

    def delete(self, untrusted_path: str) -> None:
        """Delete a value or a key with all that is below it."""
        path = self.full(untrusted_path)
        self.recorder.note(Kind.REGISTRY, "delete", path)
        lowered = path.lower().rstrip("\\")
        for key in [k for k in self.values if k == lowered or k.startswith(f"{lowered}\\")]:
            del self.values[key]
