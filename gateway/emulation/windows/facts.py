"""The Windows machine that scripts believe to be on: one desk of an office, in use for years.

Data only. It must not look like a sandbox: who looks for one finds a Dell with a printer.
"""

from __future__ import annotations

USER, COMPUTER, DOMAIN = "anna", "DESK-17", "CORP"
HOME = rf"C:\Users\{USER}"
DESKTOP = rf"{HOME}\Desktop"
DOCUMENTS = rf"{HOME}\Documents"
ROAMING = rf"{HOME}\AppData\Roaming"
LOCAL = rf"{HOME}\AppData\Local"
TEMP = rf"{LOCAL}\Temp"
START_MENU = rf"{ROAMING}\Microsoft\Windows\Start Menu"
STARTUP = rf"{START_MENU}\Programs\Startup"
DOWNLOADS = rf"{HOME}\Downloads"
SYSTEM = r"C:\Windows\System32"
HOSTS = r"C:\Windows\System32\drivers\etc\hosts"

START_TIME = 1_780_300_800.0
"""The emulated clock at the start: a Monday morning in 2026, the same in every run."""

ENVIRONMENT: dict[str, str] = {
    "ALLUSERSPROFILE": r"C:\ProgramData",
    "APPDATA": ROAMING,
    "CommonProgramFiles": r"C:\Program Files\Common Files",
    "CommonProgramFiles(x86)": r"C:\Program Files (x86)\Common Files",
    "COMPUTERNAME": COMPUTER,
    "ComSpec": rf"{SYSTEM}\cmd.exe",
    "HOMEDRIVE": "C:",
    "HOMEPATH": rf"\Users\{USER}",
    "LOCALAPPDATA": LOCAL,
    "LOGONSERVER": r"\\DC01",
    "NUMBER_OF_PROCESSORS": "8",
    "OneDrive": rf"{HOME}\OneDrive",
    "OS": "Windows_NT",
    "Path": rf"{SYSTEM};C:\Windows;{SYSTEM}\Wbem;{SYSTEM}\WindowsPowerShell\v1.0" "\\",
    "PATHEXT": ".COM;.EXE;.BAT;.CMD;.VBS;.VBE;.JS;.JSE;.WSF;.WSH;.MSC",
    "PROCESSOR_ARCHITECTURE": "AMD64",
    "PROCESSOR_IDENTIFIER": "Intel64 Family 6 Model 165 Stepping 3, GenuineIntel",
    "PROCESSOR_LEVEL": "6",
    "PROCESSOR_REVISION": "a503",
    "ProgramData": r"C:\ProgramData",
    "ProgramFiles": r"C:\Program Files",
    "ProgramFiles(x86)": r"C:\Program Files (x86)",
    "ProgramW6432": r"C:\Program Files",
    "PSModulePath": (
        rf"C:\Program Files\WindowsPowerShell\Modules;{SYSTEM}\WindowsPowerShell\v1.0\Modules"
    ),
    "PUBLIC": r"C:\Users\Public",
    "SESSIONNAME": "Console",
    "SystemDrive": "C:",
    "SystemRoot": r"C:\Windows",
    "TEMP": TEMP,
    "TMP": TEMP,
    "USERDNSDOMAIN": "CORP.EXAMPLE",
    "USERDOMAIN": DOMAIN,
    "USERNAME": USER,
    "USERPROFILE": HOME,
    "windir": r"C:\Windows",
}

SPECIAL_FOLDERS: dict[str, str] = {
    "allusersdesktop": r"C:\Users\Public\Desktop",
    "allusersstartmenu": r"C:\ProgramData\Microsoft\Windows\Start Menu",
    "allusersprograms": r"C:\ProgramData\Microsoft\Windows\Start Menu\Programs",
    "allusersstartup": r"C:\ProgramData\Microsoft\Windows\Start Menu\Programs\Startup",
    "desktop": DESKTOP,
    "favorites": rf"{HOME}\Favorites",
    "fonts": r"C:\Windows\Fonts",
    "mydocuments": DOCUMENTS,
    "nethood": rf"{ROAMING}\Microsoft\Windows\Network Shortcuts",
    "printhood": rf"{ROAMING}\Microsoft\Windows\Printer Shortcuts",
    "programs": rf"{START_MENU}\Programs",
    "recent": rf"{ROAMING}\Microsoft\Windows\Recent",
    "sendto": rf"{ROAMING}\Microsoft\Windows\SendTo",
    "startmenu": START_MENU,
    "startup": STARTUP,
    "templates": rf"{ROAMING}\Microsoft\Windows\Templates",
    "appdata": ROAMING,
}

NAMESPACES: dict[int, str] = {
    0: DESKTOP,
    2: rf"{START_MENU}\Programs",
    5: DOCUMENTS,
    7: STARTUP,
    11: START_MENU,
    16: DESKTOP,
    24: r"C:\ProgramData\Microsoft\Windows\Start Menu\Programs\Startup",
    26: ROAMING,
    28: LOCAL,
    35: r"C:\ProgramData",
    36: r"C:\Windows",
    37: SYSTEM,
    38: r"C:\Program Files",
    40: HOME,
}
"""Shell.Application's numbers of folders (ShellSpecialFolderConstants)."""

BAIT_DOCUMENTS: tuple[str, ...] = (
    *(rf"{DOCUMENTS}\{name}" for name in ("Budget 2026.xlsx", "Contract Meyer.docx")),
    *(rf"{DOCUMENTS}\{name}" for name in ("Minutes.docx", "Salaries.xlsx", "Tax return.pdf")),
    *(rf"{DOCUMENTS}\Invoices\2026-0{month}.pdf" for month in (1, 2, 3)),
    *(rf"{DOCUMENTS}\{name}" for name in ("Thesis.docx", "customers.csv", "todo.txt")),
    *(rf"{DESKTOP}\{name}" for name in ("Passport.jpg", "Offer.docx", "Notes.txt")),
    *(rf"{HOME}\Pictures\Holiday {number}.jpg" for number in (1, 2)),
)
"""Documents of the fake user; rules watch them."""

SECRETS: tuple[str, ...] = (
    *(
        rf"{LOCAL}\{browser}\User Data\{name}"
        for browser in (r"Google\Chrome", r"Microsoft\Edge")
        for name in (r"Default\Login Data", r"Default\Cookies", r"Default\Web Data", "Local State")
    ),
    *(
        rf"{ROAMING}\Mozilla\Firefox\Profiles\k3v9x1ab.default-release\{name}"
        for name in ("logins.json", "key4.db", "cookies.sqlite")
    ),
)
"""Where browsers keep passwords, with nothing inside."""

PROGRAMS: tuple[str, ...] = (
    *(rf"{SYSTEM}\{name}.exe" for name in ("cmd", "wscript", "cscript", "mshta", "notepad")),
    *(
        rf"{SYSTEM}\{name}.exe"
        for name in ("calc", "regsvr32", "rundll32", "certutil", "bitsadmin")
    ),
    *(rf"{SYSTEM}\{name}.exe" for name in ("schtasks", "reg", "net", "sc", "vssadmin", "wmic")),
    *(
        rf"{SYSTEM}\{name}"
        for name in ("kernel32.dll", "user32.dll", "shell32.dll", "wbem\\wmic.exe")
    ),
    rf"{SYSTEM}\WindowsPowerShell\v1.0\powershell.exe",
    r"C:\Windows\explorer.exe",
    r"C:\Windows\notepad.exe",
    r"C:\Program Files\Microsoft Office\root\Office16\WINWORD.EXE",
    r"C:\Program Files\Microsoft Office\root\Office16\EXCEL.EXE",
    r"C:\Program Files\Microsoft Office\root\Office16\OUTLOOK.EXE",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
)

PROCESSES: tuple[tuple[int, str], ...] = (
    *((4, "System"), (620, "csrss.exe"), (704, "winlogon.exe"), (776, "services.exe")),
    *((788, "lsass.exe"), (912, "svchost.exe"), (1040, "svchost.exe"), (3320, "explorer.exe")),
    *((4012, "OUTLOOK.EXE"), (4588, "chrome.exe"), (5120, "Teams.exe"), (2208, "spoolsv.exe")),
    *((2960, "MsMpEng.exe"), (6044, "OneDrive.exe")),
)
