"""PowerShell scripts of everyday work: lively, and nothing in them that a rule may call bad."""

from __future__ import annotations

from tools.corpus.detections.case import Case, script
from tools.corpus.detections.collected import scripts

_TEXTS: dict[str, str] = {
    "backup.ps1": """# nightly copy of the shares
param([string]$Source = 'D:\\Shares', [string]$Target = 'E:\\Backup', [switch]$Mail)
$date = Get-Date -Format 'yyyy-MM-dd'
$log = Join-Path $Target "backup-$date.log"
if (-not (Test-Path $Target)) { New-Item -ItemType Directory -Path $Target | Out-Null }
robocopy $Source "$Target\\$date" /MIR /R:2 /W:5 /NP /LOG:$log
if ($LASTEXITCODE -ge 8) { Write-Error "robocopy failed: $LASTEXITCODE"; exit 1 }
Get-ChildItem $Target -Directory | Where-Object { $_.CreationTime -lt (Get-Date).AddDays(-30) } | Remove-Item -Recurse -Force
""",
    "inventory.ps1": """$os = Get-WmiObject Win32_OperatingSystem
$disks = Get-WmiObject -Class Win32_LogicalDisk -Filter "DriveType=3"
$report = foreach ($d in $disks) {
    [pscustomobject]@{
        Computer = $env:COMPUTERNAME
        Drive    = $d.DeviceID
        FreeGB   = [math]::Round($d.FreeSpace / 1GB, 1)
        SizeGB   = [math]::Round($d.Size / 1GB, 1)
    }
}
$report | Sort-Object Drive | Format-Table -AutoSize
$report | Export-Csv -Path "$env:USERPROFILE\\Documents\\disks.csv" -NoTypeInformation
"{0} {1}" -f $os.Caption, $os.Version
""",
    "services.ps1": """Get-Service | Where-Object { $_.Status -eq 'Stopped' -and $_.StartType -eq 'Automatic' } |
    Select-Object Name, DisplayName, Status |
    ForEach-Object {
        Write-Host "Starting $($_.Name)" -ForegroundColor Yellow
        try { Start-Service -Name $_.Name -ErrorAction Stop }
        catch { Write-Warning "could not start $($_.Name): $($_.Exception.Message)" }
    }
""",
    "log-rotation.ps1": """$path = 'C:\\inetpub\\logs\\LogFiles'
$limit = (Get-Date).AddDays(-14)
Get-ChildItem -Path $path -Filter *.log -Recurse | Where-Object { -not $_.PSIsContainer -and $_.LastWriteTime -lt $limit } | ForEach-Object {
    $zip = "$($_.FullName).zip"
    Compress-Archive -Path $_.FullName -DestinationPath $zip -Force
    Remove-Item $_.FullName
}
Add-Content -Path 'C:\\Logs\\rotation.log' -Value "$(Get-Date -Format s) done"
""",
    "build.ps1": """[CmdletBinding()]
param(
    [ValidateSet('Debug','Release')]
    [string]$Configuration = 'Release',
    [string]$Version = '1.4.2'
)
$ErrorActionPreference = 'Stop'
Set-StrictMode -Version Latest
function Invoke-Step([string]$Name, [scriptblock]$Block) {
    Write-Host "== $Name"
    & $Block
    if ($LASTEXITCODE -ne 0) { throw "$Name failed" }
}
Invoke-Step 'restore' { dotnet restore src\\App.sln }
Invoke-Step 'build' { dotnet build src\\App.sln -c $Configuration /p:Version=$Version }
Invoke-Step 'test' { dotnet test tests\\App.Tests --no-build }
Copy-Item src\\App\\bin\\$Configuration\\*.dll artifacts -Force
""",
    "install.ps1": """#Requires -RunAsAdministrator
$here = Split-Path -Parent $MyInvocation.MyCommand.Path
$msi = Join-Path $PSScriptRoot 'setup.msi'
$args = @('/i', $msi, '/qn', '/norestart')
$p = Start-Process msiexec.exe -ArgumentList $args -Wait -PassThru
switch ($p.ExitCode) {
    0 { Write-Output 'installed' }
    3010 { Write-Output 'restart needed' }
    default { throw "error $($p.ExitCode)" }
}
New-Item -Path 'HKLM:\\SOFTWARE\\Contoso\\Agent' -Force | Out-Null
Set-ItemProperty -Path 'HKLM:\\SOFTWARE\\Contoso\\Agent' -Name 'Server' -Value 'srv01.corp.example'
""",
    "users.ps1": """Import-Module ActiveDirectory
$users = Import-Csv .\\new-users.csv -Delimiter ';'
foreach ($u in $users) {
    $name = "{0} {1}" -f $u.First, $u.Last
    $login = ($u.First.Substring(0,1) + $u.Last).ToLower() -replace '[^a-z]', ''
    Write-Output "$login : $name"
    Get-ADUser -Filter "SamAccountName -eq '$login'" | Select-Object Name, Enabled
}
""",
    "profile.ps1": """function prompt { "PS $(Get-Location)> " }
Set-Alias ll Get-ChildItem
Set-Alias g git
$env:EDITOR = 'notepad'
function Get-Uptime { (Get-Date) - (Get-CimInstance Win32_OperatingSystem).LastBootUpTime }
function .. { Set-Location .. }
Set-PSReadLineOption -EditMode Windows
""",
    "report-html.ps1": """$style = @"
<style>
body { font-family: Segoe UI; }
td { padding: 4px; border: 1px solid #ccc; }
</style>
"@
$rows = Get-Process | Sort-Object CPU -Descending | Select-Object -First 10 Name, Id, CPU
$html = $rows | ConvertTo-Html -Head $style -Title 'Processes'
$html | Out-File "$env:TEMP\\processes.html" -Encoding utf8
Invoke-Item "$env:TEMP\\processes.html"
""",
    "network-check.ps1": """$targets = 'srv01.corp.example', 'srv02.corp.example'
foreach ($t in $targets) {
    $ok = Test-Connection -ComputerName $t -Count 2 -Quiet
    if ($ok) { Write-Host "$t up" -ForegroundColor Green } else { Write-Host "$t down" -ForegroundColor Red }
    foreach ($port in 80, 443, 3389) {
        $r = Test-NetConnection $t -Port $port -WarningAction SilentlyContinue
        "{0}:{1} {2}" -f $t, $port, $r.TcpTestSucceeded
    }
}
""",
    "rename-photos.ps1": """Add-Type -AssemblyName System.Drawing
$i = 0
Get-ChildItem *.jpg | ForEach-Object {
    $i++
    $new = 'Holiday-{0:D3}{1}' -f $i, $_.Extension
    Rename-Item $_.FullName -NewName $new
}
Write-Host "$i renamed"
""",
    "printers.ps1": """$net = New-Object -ComObject WScript.Network
$net.AddWindowsPrinterConnection('\\\\print01\\Office')
$net.SetDefaultPrinter('\\\\print01\\Office')
Get-Printer | Format-List Name, DriverName, PortName
""",
    "csv-sum.ps1": """$total = 0
foreach ($line in Get-Content .\\sales.csv | Select-Object -Skip 1) {
    $parts = $line -split ';'
    $total += [decimal]($parts[2] -replace ',', '.')
}
"Total: {0:N2}" -f $total
for ($i = 0; $i -lt 5; $i++) { $squares += @($i * $i) }
$squares -join ', '
""",
    "api-report.ps1": """$token = Read-Host 'Token'
$headers = @{ Authorization = "Bearer $token"; Accept = 'application/json' }
$issues = Invoke-RestMethod -Uri 'https://tracker.corp.example/api/issues?state=open' -Headers $headers
$issues | Group-Object assignee | Sort-Object Count -Descending | Format-Table Count, Name
""",
    "cert-expiry.ps1": """Get-ChildItem Cert:\\LocalMachine\\My |
    Where-Object { $_.NotAfter -lt (Get-Date).AddDays(30) } |
    Select-Object Subject, Thumbprint, NotAfter |
    Sort-Object NotAfter
""",
    "db-backup.ps1": """$stamp = Get-Date -UFormat '%Y%m%d'
$sql = @"
BACKUP DATABASE [Orders] TO DISK = N'E:\\sql\\Orders-$stamp.bak' WITH COMPRESSION
"@
sqlcmd -S localhost -E -Q $sql
Get-ChildItem E:\\sql\\*.bak | Sort-Object LastWriteTime -Descending | Select-Object -Skip 7 | Remove-Item -Confirm:$false
""",
    "git-clean.ps1": """git fetch --prune
$merged = git branch --merged main | ForEach-Object { $_.Trim() } | Where-Object { $_ -notmatch '^\\*|main|develop' }
if (-not $merged) { 'nothing to do'; return }
foreach ($b in $merged) { git branch -d $b }
""",
    "eventlog.ps1": """$since = (Get-Date).AddHours(-24)
Get-WinEvent -FilterHashtable @{ LogName = 'System'; Level = 1,2; StartTime = $since } -ErrorAction SilentlyContinue |
    Group-Object ProviderName |
    ForEach-Object { [pscustomobject]@{ Source = $_.Name; Errors = $_.Count } } |
    Export-Csv "$env:TEMP\\errors.csv" -NoTypeInformation -Encoding UTF8
""",
    "decode-config.ps1": """$text = [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('eyJzZXJ2ZXIiOiJzcnYwMSIsInBvcnQiOjgwODB9'))
$config = $text | ConvertFrom-Json
Write-Host "server $($config.server) port $($config.port)"
$bytes = [IO.File]::ReadAllBytes('C:\\App\\logo.png')
[Convert]::ToBase64String($bytes) | Set-Content C:\\App\\logo.txt
""",
    "menu.ps1": """do {
    Write-Host '1 list  2 count  q quit'
    $choice = Read-Host 'choice'
    switch ($choice) {
        '1' { Get-ChildItem }
        '2' { (Get-ChildItem).Count }
        'q' { return }
    }
} while ($true)
""",
    "wait-for-file.ps1": """$tries = 0
while (-not (Test-Path 'D:\\drop\\ready.txt')) {
    Start-Sleep -Seconds 10
    $tries++
    if ($tries -gt 60) { Write-Warning 'gave up'; exit 2 }
}
Move-Item D:\\drop\\*.csv D:\\work
""",
    "form.ps1": """Add-Type -AssemblyName System.Windows.Forms
$form = New-Object System.Windows.Forms.Form
$form.Text = 'Choose a room'
$form.Size = New-Object System.Drawing.Size(300,200)
$button = New-Object System.Windows.Forms.Button
$button.Text = 'OK'
$button.Add_Click({ $form.Close() })
$form.Controls.Add($button)
[void]$form.ShowDialog()
""",
}

POWERSHELL_HONEST: tuple[Case, ...] = (
    *(script(name, "powershell", text) for name, text in _TEXTS.items()),
    *scripts("powershell_honest"),
)
