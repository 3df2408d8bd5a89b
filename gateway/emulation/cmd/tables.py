"""What commands of a usual Windows print, as far as scripts take their words from it. Data only."""

from __future__ import annotations

VERSION = "Microsoft Windows [Version 10.0.19045.4291]"

ASSOCIATIONS: dict[str, str] = {
    ".bat": "batfile",
    ".cmd": "cmdfile",
    ".cdxml": "Microsoft.PowerShellCmdletDefinitionXML.1",
    ".com": "comfile",
    ".exe": "exefile",
    ".hta": "htafile",
    ".js": "JSFile",
    ".lnk": "lnkfile",
    ".msi": "Msi.Package",
    ".ps1": "Microsoft.PowerShellScript.1",
    ".ps1xml": "Microsoft.PowerShellXMLData.1",
    ".psc1": "Microsoft.PowerShellConsole.1",
    ".psd1": "Microsoft.PowerShellData.1",
    ".psm1": "Microsoft.PowerShellModule.1",
    ".reg": "regfile",
    ".txt": "txtfile",
    ".vbs": "VBSFile",
    ".wsf": "WSFFile",
}
"""`assoc`: disguised lines take the letters of `cmd` and `PowerShell` from here."""

FILE_TYPES: dict[str, str] = {
    "batfile": '"%1" %*',
    "cmdfile": '"%1" %*',
    "comfile": '"%1" %*',
    "exefile": '"%1" %*',
    "htafile": r"C:\Windows\SysWOW64\mshta.exe "
    r'"%1" {1E460BD7-F1C3-4B2E-88BF-4E770A288AF5}{1E460BD7-F1C3-4B2E-88BF-4E770A288AF5} %*',
    "JSFile": r'C:\Windows\System32\WScript.exe "%1" %*',
    "Microsoft.PowerShellConsole.1": r'"C:\Windows\System32\WindowsPowerShell\v1.0\powershell.exe" '
    r'"-p" "%1"',
    "Microsoft.PowerShellScript.1": r'"C:\Windows\System32\notepad.exe" "%1"',
    "regfile": r'regedit.exe "%1"',
    "txtfile": r"%SystemRoot%\system32\NOTEPAD.EXE %1",
    "VBSFile": r'"%SystemRoot%\System32\WScript.exe" "%1" %*',
}
"""`ftype`."""
