"""Office documents with macros as offices write them: lively, and honest."""

from __future__ import annotations

from tools.corpus.detections import office_files as files
from tools.corpus.detections.case import Case
from tools.corpus.detections.collected import documents
from tools.corpus.detections.office_sheets import SHEETS_HONEST
from tools.corpus.detections.rtf_honest import RTF_HONEST
from tools.corpus.ooxml import word_document

_TABLE = """
Sub AutoOpen()
    Dim t As Table, r As Row
    For Each t In ActiveDocument.Tables
        t.Borders.Enable = True
        For Each r In t.Rows
            r.Range.Font.Bold = (r.Index = 1)
        Next r
    Next t
    Application.StatusBar = "Tables formatted"
End Sub
"""
_STAMP = """
Private Sub Document_Open()
    Selection.HomeKey Unit:=wdStory
    Selection.TypeText Text:=Format(Date, "d mmmm yyyy")
    ActiveDocument.Fields.Update
    If ActiveDocument.ReadOnly = False Then ActiveDocument.Saved = True
End Sub
"""
_FIND = """
Sub AutoOpen()
    With Selection.Find
        .ClearFormatting
        .Text = "^p^p"
        .Replacement.Text = "^p"
        .Wrap = wdFindContinue
        .Execute Replace:=wdReplaceAll
    End With
    Do While Selection.Find.Execute
        Selection.MoveRight wdCharacter, 1
    Loop
End Sub
"""
_PROPERTIES = """
Sub AutoNew()
    Dim author As String
    author = ActiveDocument.BuiltInDocumentProperties("Author")
    ActiveDocument.Bookmarks("Author").Range.Text = author
    MsgBox "Created by " & author, vbInformation
End Sub
"""
_SORT = """
Private Sub Workbook_Open()
    Dim ws As Worksheet
    Application.ScreenUpdating = False
    For Each ws In ThisWorkbook.Worksheets
        ws.Range("A1:D20").Sort Key1:=ws.Range("A1"), Order1:=xlAscending, Header:=xlYes
        ws.Columns("A:D").AutoFit
        ws.Rows(1).Font.Bold = True
    Next ws
    Application.ScreenUpdating = True
End Sub
"""
_SUM = """
Sub Auto_Open()
    Dim i As Long, last As Long, total As Double
    With ThisWorkbook.Sheets("Sheet1")
        last = .Cells(.Rows.Count, "B").End(xlUp).Row
        For i = 2 To last
            If IsNumeric(.Cells(i, 2).Value) Then total = total + CDbl(.Cells(i, 2).Value)
        Next i
        .Cells(last + 1, 2).Value = total
        .Cells(last + 1, 1).Value = "Total"
    End With
End Sub
"""
_EXPORT = """
Private Sub Workbook_BeforeClose(Cancel As Boolean)
    Dim f As Integer, r As Range
    f = FreeFile
    Open ThisWorkbook.Path & "\\export.csv" For Output As #f
    For Each r In ActiveSheet.UsedRange.Rows
        Print #f, r.Cells(1, 1).Value & ";" & r.Cells(1, 2).Value
    Next r
    Close #f
End Sub
"""
_LOG = """
Private Sub Workbook_Open()
    Dim n As Long
    n = Sheets(1).Range("F1").Value + 1
    Sheets(1).Range("F1").Value = n
    Sheets(1).Range("F2").Value = Environ("USERNAME") & " " & Format(Now, "yyyy-mm-dd hh:nn")
End Sub
"""
_DICTIONARY = """
Sub Auto_Open()
    Dim d As Object, c As Range, k
    Set d = CreateObject("Scripting.Dictionary")
    For Each c In Range("A2:A6")
        If Not d.Exists(c.Value) Then d.Add c.Value, 0
        d(c.Value) = d(c.Value) + 1
    Next c
    Dim row As Long: row = 2
    For Each k In d.Keys
        Cells(row, 5).Value = k
        Cells(row, 6).Value = d(k)
        row = row + 1
    Next k
End Sub
"""
_ERRORS = """
Private Sub Workbook_Open()
    On Error GoTo Problem
    Dim wb As Workbook
    Set wb = Workbooks.Open(ThisWorkbook.Path & "\\prices.xlsx", ReadOnly:=True)
    Range("A1").Value = wb.Sheets(1).Range("A1").Value
    wb.Close SaveChanges:=False
Done:
    Exit Sub
Problem:
    MsgBox "The price list could not be opened: " & Err.Description
    Resume Done
End Sub
"""
_CHART = """
Sub Auto_Open()
    Dim c As ChartObject
    Set c = ActiveSheet.ChartObjects.Add(Left:=100, Width:=375, Top:=75, Height:=225)
    c.Chart.SetSourceData Source:=Sheets("Sheet1").Range("A1:B5")
    c.Chart.ChartType = xlColumnClustered
    c.Chart.HasTitle = True
    c.Chart.ChartTitle.Text = "Sales"
End Sub
"""
_CLASSY = """
Private Type Item
    Name As String
    Price As Currency
End Type
Private list() As Item
Enum Kind
    Goods = 1
    Service
End Enum
Sub Auto_Open()
    ReDim list(1 To 3)
    Dim i As Integer
    For i = 1 To 3
        list(i).Name = "Item " & i
        list(i).Price = i * 9.5
    Next
    Range("D1").Value = Total(Service)
End Sub
Function Total(Optional ByVal what As Kind = Goods) As Currency
    Dim i As Integer
    For i = LBound(list) To UBound(list)
        Select Case what
            Case Goods: Total = Total + list(i).Price
            Case Service: Total = Total + list(i).Price * 1.2
        End Select
    Next
End Function
"""
_SETTINGS = """
Private Sub Workbook_Open()
    Dim name As String
    name = GetSetting("Planner", "Last", "Name", "nobody")
    Range("A1").Value = name
    SaveSetting "Planner", "Last", "Name", Application.UserName
    ActiveWindow.DisplayGridlines = False
    ActiveWindow.Zoom = 90
End Sub
"""
_CALENDAR = """
Sub Auto_Open()
    Dim d As Date, r As Long
    d = DateSerial(Year(Date), 1, 1)
    r = 1
    Do While Year(d) = Year(Date)
        If Weekday(d, vbMonday) > 5 Then Cells(r, 1).Interior.Color = RGB(220, 220, 220)
        Cells(r, 1).Value = Format(d, "ddd dd.mm.")
        d = DateAdd("d", 1, d)
        r = r + 1
    Loop
End Sub
"""
_VALIDATION = """
Private Sub Worksheet_Change(ByVal Target As Range)
    If Target.Column = 2 Then
        If Not IsNumeric(Target.Value) Then
            MsgBox "Please enter a number"
            Target.ClearContents
        End If
    End If
End Sub
"""
_FOLDER = """
Sub Auto_Open()
    Dim f As String, n As Long
    f = Dir(Environ("USERPROFILE") & "\\Documents\\*.xlsx")
    Do While f <> ""
        n = n + 1
        Cells(n + 1, 1).Value = f
        f = Dir
    Loop
    Range("A1").Value = n & " workbooks"
End Sub
"""
_EXPLORER = """
Private Sub Workbook_Open()
    If Range("A1").Value = "open" Then Shell "explorer.exe " & Chr(34) & ThisWorkbook.Path & Chr(34), 1
End Sub
"""
_LETTER = """
Sub AutoNew()
    UserForm1.Show
    ActiveDocument.Variables.Add "Recipient", UserForm1.Tag
    ActiveDocument.Fields.Update
End Sub
"""
_MAIL = """
Sub SendReport()
    Dim o As Object
    Set o = CreateObject("Outlook.Application").CreateItem(0)
    o.To = Range("B1").Value
    o.Subject = "Report " & Format(Date, "yyyy-mm")
    o.Attachments.Add ThisWorkbook.FullName
    o.Display
End Sub
"""
_SLIDES = """
Sub Auto_Open()
    Dim s As Slide, t As Shape
    For Each s In ActivePresentation.Slides
        For Each t In s.Shapes
            If t.HasTextFrame Then t.TextFrame.TextRange.Font.Name = "Arial"
        Next t
    Next s
    SlideShowWindows(1).View.GotoSlide 1
End Sub
"""
_QUIET = """
Sub MakeHeading()
    Selection.Style = ActiveDocument.Styles("Heading 1")
End Sub
Sub StartCalculator()
    Shell "calc.exe"
End Sub
"""
_NUMBERS = {"A1": "Name", "B1": "Sum", "A2": "Anna", "B2": "17", "A3": "Bela", "B3": "25"}

OFFICE_HONEST: tuple[Case, ...] = (
    Case("table.docm", "docm", lambda: files.docm(_TABLE)),
    Case("stamp.docm", "docm", lambda: files.docm(document=_STAMP)),
    Case("find.docm", "docm", lambda: files.docm(_FIND)),
    Case("properties.docm", "docm", lambda: files.docm(_PROPERTIES)),
    Case("quiet.docm", "docm", lambda: files.docm(_QUIET)),
    Case("letter.docm", "docm", lambda: files.with_form(_LETTER, "Letter", "Ms Arslan")),
    Case("find.doc", "ole-doc", lambda: files.doc(_FIND)),
    Case("plain.docx", "docx", lambda: word_document(files.TEXT)),
    Case("field.docx", "docx", lambda: files.docx_field("PAGE", " \\* MERGEFORMAT")),
    Case("template.docx", "docx", lambda: files.docx_template("file:///C:/Templates/Letter.dotx")),
    Case("notes.docx", "docx", lambda: files.docx_package("notes.txt", b"call the bank\r\n")),
    Case("sort.xlsm", "xlsm", lambda: files.xlsm(document=_SORT, cells=_NUMBERS)),
    Case("sum.xlsm", "xlsm", lambda: files.xlsm(_SUM, cells=_NUMBERS)),
    Case("export.xlsm", "xlsm", lambda: files.xlsm(document=_EXPORT, cells=_NUMBERS)),
    Case("log.xlsm", "xlsm", lambda: files.xlsm(document=_LOG)),
    Case("dictionary.xlsm", "xlsm", lambda: files.xlsm(_DICTIONARY, cells=_NUMBERS)),
    Case("errors.xlsm", "xlsm", lambda: files.xlsm(document=_ERRORS)),
    Case("chart.xlsm", "xlsm", lambda: files.xlsm(_CHART, cells=_NUMBERS)),
    Case("classy.xlsm", "xlsm", lambda: files.xlsm(_CLASSY)),
    Case("settings.xlsm", "xlsm", lambda: files.xlsm(document=_SETTINGS)),
    Case("calendar.xlsm", "xlsm", lambda: files.xlsm(_CALENDAR)),
    Case("validation.xlsm", "xlsm", lambda: files.xlsm(document=_VALIDATION)),
    Case("folder.xlsm", "xlsm", lambda: files.xlsm(_FOLDER)),
    Case("explorer.xlsm", "xlsm", lambda: files.xlsm(document=_EXPLORER, cells={"A1": "open"})),
    Case("slides.pptm", "pptm", lambda: files.pptm(_SLIDES)),
    Case("mail.xlsm", "xlsm", lambda: files.xlsm(_MAIL)),
    Case("sum.xls", "ole-xls", lambda: files.xls(_SUM)),
    Case("formulas.xlsx", "xlsx", lambda: files.xlsm(cells={**_NUMBERS, "B4": "=SUM(B2:B3)"})),
    Case(
        "sheet.xlsm",
        "xlsm",
        lambda: files.xlsm(
            macro_cells={
                "A1": '=IF(Sheet1!A1="Total",GOTO(A3),ALERT("Please fill in the sheet",2))',
                "A2": "=HALT()",
                "A3": '=FORMULA("checked",B1)',
                "A4": '=WORKBOOK.ACTIVATE("Sheet1")',
                "A5": "=RETURN()",
            },
            names={"_xlnm.Auto_Open": "Macro1!$A$1"},
        ),
    ),
    *SHEETS_HONEST,
    *RTF_HONEST,
    *documents("office_honest"),
)
