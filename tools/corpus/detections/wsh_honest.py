"""Scripts as administrators and offices write them: lively, and honest."""

from __future__ import annotations

from tools.corpus.detections.case import Case, script
from tools.corpus.detections.collected import scripts

WSH_HONEST: tuple[Case, ...] = (
    script(
        "hello.vbs",
        "vbscript",
        'WScript.Echo "Hello, " & CreateObject("WScript.Network").UserName\n',
    ),
    script(
        "logger.vbs",
        "vbscript",
        """Option Explicit
Const ForAppending = 8
Dim fso, log
Set fso = CreateObject("Scripting.FileSystemObject")
Set log = fso.OpenTextFile("C:\\Users\\Public\\Documents\\logon.log", ForAppending, True)
log.WriteLine Now & vbTab & CreateObject("WScript.Network").ComputerName
log.Close
""",
    ),
    script(
        "printers.vbs",
        "vbscript",
        """On Error Resume Next
Set net = CreateObject("WScript.Network")
net.AddWindowsPrinterConnection "\\\\print01\\Floor2"
If Err.Number <> 0 Then
  WScript.Echo "Printer could not be installed: " & Err.Description
Else
  net.SetDefaultPrinter "\\\\print01\\Floor2"
End If
""",
    ),
    script(
        "drives.vbs",
        "vbscript",
        """Set net = WScript.CreateObject("WScript.Network")
Set drives = net.EnumNetworkDrives
For i = 0 To drives.Count - 1 Step 2
  WScript.Echo drives.Item(i) & " -> " & drives.Item(i + 1)
Next
net.MapNetworkDrive "P:", "\\\\files01\\projects", False
""",
    ),
    script(
        "inventory.vbs",
        "vbscript",
        """strComputer = "."
Set wmi = GetObject("winmgmts:{impersonationLevel=impersonate}!\\\\" & strComputer & "\\root\\cimv2")
For Each os In wmi.ExecQuery("Select * from Win32_OperatingSystem")
  WScript.Echo os.Caption & " " & os.Version
Next
For Each cs In wmi.ExecQuery("Select Manufacturer, Model from Win32_ComputerSystem")
  WScript.Echo cs.Manufacturer & " " & cs.Model
Next
For Each disk In wmi.ExecQuery("Select * from Win32_LogicalDisk Where DriveType = 3")
  WScript.Echo disk.DeviceID & " " & FormatNumber(disk.FreeSpace / 1073741824, 1) & " GB free"
Next
""",
    ),
    script(
        "backup.vbs",
        "vbscript",
        """Set fso = CreateObject("Scripting.FileSystemObject")
Set shell = CreateObject("WScript.Shell")
source = shell.SpecialFolders("MyDocuments")
target = "C:\\Users\\Public\\Documents\\Backup " & Year(Date) & "-" & Right("0" & Month(Date), 2)
If Not fso.FolderExists(target) Then fso.CreateFolder target
count = 0
For Each file In fso.GetFolder(source).Files
  fso.CopyFile file.Path, target & "\\", True
  count = count + 1
Next
WScript.Echo count & " files copied"
""",
    ),
    script(
        "cleanup.vbs",
        "vbscript",
        """Set fso = CreateObject("Scripting.FileSystemObject")
Set temp = fso.GetSpecialFolder(2)
removed = 0
For Each file In temp.Files
  If DateDiff("d", file.DateLastModified, Now) > 30 And LCase(fso.GetExtensionName(file)) = "tmp" Then
    file.Delete True
    removed = removed + 1
  End If
Next
MsgBox removed & " old files removed", vbInformation, "Cleanup"
""",
    ),
    script(
        "shortcut.vbs",
        "vbscript",
        """Set sh = CreateObject("WScript.Shell")
Set link = sh.CreateShortcut(sh.SpecialFolders("Desktop") & "\\Timesheet.lnk")
link.TargetPath = "C:\\Program Files\\Timesheet\\timesheet.exe"
link.WorkingDirectory = "C:\\Program Files\\Timesheet"
link.Description = "Timesheet"
link.Save
""",
    ),
    script(
        "csv.vbs",
        "vbscript",
        """Class Table
  Private rows()
  Private used
  Private Sub Class_Initialize
    ReDim rows(15)
    used = 0
  End Sub
  Public Sub Add(line)
    If used > UBound(rows) Then ReDim Preserve rows(used * 2)
    rows(used) = Split(line, ";")
    used = used + 1
  End Sub
  Public Default Property Get Cell(r, c)
    Cell = rows(r)(c)
  End Property
  Public Property Get Count
    Count = used
  End Property
End Class
Dim t, i, total
Set t = New Table
For i = 1 To 40
  t.Add "row " & i & ";" & i * 3
Next
For i = 0 To t.Count - 1
  total = total + CLng(t(i, 1))
Next
WScript.Echo "Sum: " & total
""",
    ),
    script(
        "regexp.vbs",
        "vbscript",
        """Set re = New RegExp
re.Pattern = "(\\d{4})-(\\d{2})-(\\d{2})"
re.Global = True
text = "Delivered 2026-03-04, paid 2026-04-01."
For Each m In re.Execute(text)
  WScript.Echo m.SubMatches(2) & "." & m.SubMatches(1) & "." & m.SubMatches(0)
Next
WScript.Echo re.Replace(text, "$3.$2.$1")
""",
    ),
    script(
        "service.vbs",
        "vbscript",
        """Set wmi = GetObject("winmgmts:\\\\.\\root\\cimv2")
Set found = wmi.ExecQuery("Select * From Win32_Service Where Name = 'Spooler'")
For Each service In found
  If service.State <> "Running" Then service.StartService
  WScript.Echo service.DisplayName & " is " & service.State
Next
""",
    ),
    script(
        "settings.vbs",
        "vbscript",
        """Set sh = CreateObject("WScript.Shell")
On Error Resume Next
name = sh.RegRead("HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion\\ProductName")
If Err Then name = "unknown"
On Error GoTo 0
sh.RegWrite "HKCU\\Software\\Corp\\Intranet\\LastSystem", name, "REG_SZ"
sh.RegWrite "HKCU\\Control Panel\\Desktop\\ScreenSaveTimeOut", "600", "REG_SZ"
""",
    ),
    script(
        "installer.vbs",
        "vbscript",
        """Set sh = CreateObject("WScript.Shell")
Set fso = CreateObject("Scripting.FileSystemObject")
home = sh.ExpandEnvironmentStrings("%ProgramFiles%") & "\\Corp Viewer"
If Not fso.FolderExists(home) Then fso.CreateFolder home
Set ini = fso.CreateTextFile(home & "\\viewer.ini", True)
ini.WriteLine "[server]"
ini.WriteLine "name=app01"
ini.Close
sh.RegWrite "HKLM\\SOFTWARE\\Corp\\Viewer\\InstallDir", home
code = sh.Run("msiexec /i ""\\\\files01\\install\\viewer.msi"" /qb", 1, True)
WScript.Quit code
""",
    ),
    script(
        "rates.vbs",
        "vbscript",
        """Set http = CreateObject("MSXML2.ServerXMLHTTP.6.0")
http.setTimeouts 5000, 5000, 10000, 10000
http.open "GET", "https://rates.example/daily.csv", False
http.send
If http.status = 200 Then
  lines = Split(http.responseText, vbLf)
  WScript.Echo UBound(lines) + 1 & " lines of rates"
  Set out = CreateObject("Scripting.FileSystemObject").CreateTextFile("rates.csv", True)
  out.Write http.responseText
  out.Close
End If
""",
    ),
    script(
        "report.js",
        "javascript",
        """var fso = new ActiveXObject("Scripting.FileSystemObject");
var sizes = {}, total = 0;
for (var e = new Enumerator(fso.GetFolder("C:\\\\Users\\\\anna\\\\Documents").Files); !e.atEnd(); e.moveNext()) {
  var f = e.item(), ext = fso.GetExtensionName(f.Path).toLowerCase();
  sizes[ext] = (sizes[ext] || 0) + f.Size;
  total += f.Size;
}
for (var k in sizes) WScript.Echo(k + ": " + sizes[k] + " bytes (" + Math.round(100 * sizes[k] / total) + " %)");
""",
    ),
    script(
        "json.js",
        "javascript",
        """var text = '{"name": "Desk", "items": [1, 2, 3], "ok": true}';
var data = eval("(" + text + ")");
WScript.Echo(data.name + " has " + data.items.length + " items");
""",
    ),
    script(
        "env.js",
        "javascript",
        """var sh = WScript.CreateObject("WScript.Shell");
var env = sh.Environment("PROCESS");
var names = ["USERNAME", "COMPUTERNAME", "PROCESSOR_ARCHITECTURE"];
for (var i = 0; i < names.length; i++) WScript.Echo(names[i] + "=" + env(names[i]));
if (sh.Popup("Continue?", 5, "Setup", 4) != 6) WScript.Quit(1);
""",
    ),
    script(
        "build.js",
        "javascript",
        """var sh = new ActiveXObject("WScript.Shell"), fso = new ActiveXObject("Scripting.FileSystemObject");
function step(line) { var code = sh.Run(line, 1, true); if (code !== 0) WScript.Quit(code); }
if (!fso.FolderExists("build")) fso.CreateFolder("build");
var out = fso.CreateTextFile("build\\\\version.txt", true);
out.WriteLine("built " + new Date().getFullYear());
out.Close();
step("cl /nologo /c /Fobuild\\\\ main.c");
step("link /nologo /out:build\\\\main.bin build\\\\main.obj");
""",
    ),
    script(
        "dates.js",
        "javascript",
        """function pad(n) { return n < 10 ? "0" + n : "" + n; }
function iso(d) { return [d.getFullYear(), pad(d.getMonth() + 1), pad(d.getDate())].join("-"); }
var day = new Date(2026, 0, 1), list = [];
while (day.getFullYear() === 2026) { if (day.getDate() === 1) list.push(iso(day)); day.setDate(day.getDate() + 1); }
WScript.Echo(list.join(" "));
""",
    ),
    script(
        "page.js",
        "javascript",
        """document.addEventListener("DOMContentLoaded", function () {
  document.querySelectorAll("table").forEach(function (t) { t.classList.add("striped"); });
});
""",
    ),
    script(
        "users.wsf",
        "wsf",
        """<job id="main">
<runtime><description>Shows the users of a list</description></runtime>
<object id="fso" progid="Scripting.FileSystemObject"/>
<script language="VBScript">
Function Greeting(name)
  Greeting = "Hello " & UCase(Left(name, 1)) & Mid(name, 2)
End Function
For Each n In Array("anna", "bela")
  WScript.Echo Greeting(n) & IIfText(fso.FolderExists("C:\\Users\\" & n))
Next
Function IIfText(b)
  If b Then IIfText = ", you have a home here" Else IIfText = ""
End Function
</script></job>
""",
    ),
    script(
        "both.wsf",
        "wsf",
        """<package><job id="sum">
<script language="JScript">function add(a, b) { return a + b; }</script>
<script language="VBScript">WScript.Echo "7 and 5 are " & add(7, 5)</script>
</job></package>
""",
    ),
    script(
        "form.hta",
        "hta",
        """<html><head><title>Order</title><HTA:APPLICATION ID="order" SINGLEINSTANCE="yes"/>
<script language="VBScript">
Sub Window_OnLoad
  window.resizeTo 600, 400
  document.getElementById("day").value = FormatDateTime(Date, 2)
End Sub
Sub Total_OnClick
  document.getElementById("sum").innerText = CInt(amount.value) * 4
End Sub
</script></head><body>
<input id="amount" value="2"><input id="day"><button id="Total">Total</button><span id="sum"></span>
</body></html>
""",
    ),
    script(
        "dashboard.hta",
        "hta",
        """<html><head><title>Disks</title><script language="JScript">
function show() {
  var fso = new ActiveXObject("Scripting.FileSystemObject"), html = "";
  for (var e = new Enumerator(fso.Drives); !e.atEnd(); e.moveNext()) {
    var d = e.item();
    if (d.IsReady) html += "<p>" + d.DriveLetter + ": " + Math.round(d.FreeSpace / 1e9) + " GB</p>";
  }
  document.getElementById("list").innerHTML = html;
}
</script></head><body onload="show()"><div id="list"></div></body></html>
""",
    ),
    *scripts("wsh_honest"),
)
