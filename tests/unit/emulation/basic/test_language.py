"""Both dialects: what a source says. Each table's rows are source, expected lines, why."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gateway.emulation.automation.errors import MemoryOver, ScriptError, SourceError, TimeOver
from gateway.emulation.basic import Dialect, Limits, Machine, parse
from gateway.emulation.basic.host import HostFunction
from tests.unit.emulation.basic.bench import Bench, vba, vbscript

EXPRESSIONS = [
    ("7 \\ 2", "3"),
    ("-7 \\ 2", "-3"),
    ("-7 Mod 3", "-1"),
    ("2 ^ 10", "1024"),
    ("2 + 3 * 4 - 1", "13"),
    ("10 / 4", "2.5"),
    ('"5" + 3', "8"),
    ('"5" & 3', "53"),
    ('"5" + "3"', "53"),
    ("&HFF", "255"),
    ("&HFFFF", "-1"),
    ("&HFFFF&", "65535"),
    ("&O17", "15"),
    ("1 = 1 And Not 2 = 3", "True"),
    ("5 And 3", "1"),
    ("5 Or 3", "7"),
    ("5 Xor 3", "6"),
    ("Not 0", "-1"),
    ("0.1 + 0.2", "0.3"),
    ("1e20", "1E+20"),
    ("100000 * 100000", "10000000000"),
    ('"a" < "b"', "True"),
    ('10 > "9"', "True"),
    ("CInt(2.5)", "2"),
    ("CInt(3.5)", "4"),
    ("Hex(255)", "FF"),
    ("Hex(-1)", "FFFF"),
    ("Oct(8)", "10"),
    ('Mid("abcdef", 2, 3)', "bcd"),
    ('Left("abc", 2) & Right("abc", 1)', "abc"),
    ('InStr("hello", "l")', "3"),
    ('InStr(4, "hello", "l")', "4"),
    ('InStrRev("hello", "l")', "4"),
    ('Replace("a.b.c", ".", "-", 1, 1)', "a-b.c"),
    ('StrReverse("abc")', "cba"),
    ('Join(Split("a,b,c", ","), "|")', "a|b|c"),
    ('UBound(Filter(Array("ab", "cb", "d"), "b"))', "1"),
    ('Chr(65) & ChrW(8364) & Asc("A")', "A€65"),
    ('String(3, "x") & Space(2) & "."', "xxx  ."),
    ('LCase("ÄB") & UCase("é")', "äbÉ"),
    ('Trim("  a ") & "|"', "a|"),
    ("FormatNumber(1234.567, 2)", "1,234.57"),
    ('TypeName("") & TypeName(1) & TypeName(1.5) & TypeName(Empty)', "StringIntegerDoubleEmpty"),
    ("VarType(Array(1))", "8204"),
    ('IsNumeric("12x") & IsNumeric("1.5")', "FalseTrue"),
    ('DateAdd("m", 1, #1/31/2026#)', "2/28/2026"),
    ('DateDiff("d", #1/1/2026#, #3/1/2026#)', "59"),
    ("Weekday(#6/1/2026#)", "2"),
    ("#1/2/2026 3:04:05 PM#", "1/2/2026 3:04:05 PM"),
    ("Round(2.567, 2) & Int(-1.5) & Fix(-1.5)", "2.57-2-1"),
    ('Null & "x"', "x"),
    ("IsNull(Null + 1)", "True"),
]


@pytest.mark.parametrize(("expression", "expected"), EXPRESSIONS)
def test_expression(expression: str, expected: str) -> None:
    assert vbscript(f"Echo {expression}") == [expected]


STATEMENTS = [
    ('x = "a" & _\n "b" : Echo x', ["ab"], "a line goes on; a colon ends a statement"),
    ("Rem nothing\nEcho 1 ' comment", ["1"], "comments"),
    ('If 1 = 2 Then Echo "a" Else Echo "b"', ["b"], "If on one line"),
    ("If 0 Then\nEcho 1\nElseIf 1 Then\nEcho 2\nElse\nEcho 3\nEnd If", ["2"], "If in a block"),
    ("For i = 3 To 1 Step -1 : Echo i : Next", ["3", "2", "1"], "For counts down"),
    ("For i = 1 To 9\nIf i = 3 Then Exit For\nNext\nEcho i", ["3"], "Exit For"),
    ('For Each x In Array(1, "b")\nEcho x\nNext', ["1", "b"], "For Each"),
    ("i = 0\nDo\ni = i + 1\nLoop Until i = 4\nEcho i", ["4"], "Do asks at its end"),
    ("i = 5\nDo While i > 2\ni = i - 1\nLoop\nEcho i", ["2"], "Do asks first"),
    ("While i < 3\ni = i + 1\nWend\nEcho i", ["3"], "While"),
    (
        'Select Case 5\nCase 1, 2\nEcho "a"\nCase 3 To 6\nEcho "b"\nCase Else\nEcho 0\nEnd Select',
        ["b"],
        "Case takes lists and ranges",
    ),
    ("Select Case 9\nCase Is > 8\nEcho 1\nEnd Select", ["1"], "Case compares"),
    ("Dim a(2)\na(1) = 7\nEcho a(1), UBound(a)", ["7 2"], "arrays"),
    ("ReDim b(1)\nb(0) = 1\nReDim Preserve b(5)\nEcho b(0), UBound(b)", ["1 5"], "ReDim Preserve"),
    ("Dim m(1, 2)\nm(1, 2) = 3\nEcho m(1, 2), UBound(m, 2)", ["3 2"], "two dimensions"),
    ("Sub p(x) : x = x + 1 : End Sub\ni = 1\np i\nCall p(i)\nEcho i", ["3"], "ByRef by default"),
    ("Sub p(x) : x = x + 1 : End Sub\ni = 1\np (i)\nEcho i", ["1"], "parentheses pass a value"),
    (
        "Function f(n)\nIf n < 2 Then\nf = 1\nElse\nf = n * f(n - 1)\nEnd If\nEnd Function\nEcho f(6)",
        ["720"],
        "functions call themselves",
    ),
    (
        "On Error Resume Next\nx = 1 / 0\nEcho Err.Number\nErr.Clear\nEcho Err.Number",
        ["11", "0"],
        "errors are kept in Err",
    ),
    (
        'On Error Resume Next\nIf 1 / 0 Then\nEcho "in"\nEnd If',
        ["in"],
        "an error in a condition leads into the block, as in Windows",
    ),
    (
        'Execute "Echo 1 + 1"\nExecuteGlobal "y = 5"\nEcho y, Eval("y = 5")',
        ["2", "5 True"],
        "code made of text",
    ),
    ('Set r = GetRef("p")\nr\nSub p : Echo "called" : End Sub', ["called"], "GetRef"),
    ("Const A = 3\nEcho A * 2", ["6"], "constants"),
    (
        "Class C\nPublic v\nProperty Let W(x)\nv = x * 2\nEnd Property\nPublic Default Function I(k)\n"
        'I = k & v\nEnd Function\nEnd Class\nSet o = New C\no.W = 4\nEcho o.v, o("k")',
        ["8 k8"],
        "classes with properties and a default member",
    ),
    ("a = Array(1, 2)\nb = a\nb(0) = 9\nEcho a(0), b(0)", ["1 9"], "arrays are values"),
    ("Echo (1 + 2) * 3", ["9"], "an argument may begin with parentheses"),
    ("[odd name] = 4\nEcho [odd name]", ["4"], "names in brackets"),
]


@pytest.mark.parametrize(("source", "expected", "why"), STATEMENTS, ids=lambda v: str(v)[:30])
def test_vbscript(source: str, expected: list[str], why: str) -> None:
    assert vbscript(source) == expected, why


VBA = [
    ('Dim s As String\ns = 65\nEcho s & "1"', ["651"], "a typed variable converts"),
    ('Dim i As Integer\ni = "12"\nEcho i + 1', ["13"], "to numbers too"),
    (
        'Dim b() As Byte\nb = StrConv("AB", vbFromUnicode)\nEcho b(0), StrConv(b, vbUnicode)',
        ["65 AB"],
        "bytes and strings",
    ),
    ('Dim s As String\ns = "abcdef"\nMid(s, 2, 2) = "ZZZ"\nEcho s', ["aZZdef"], "Mid assigns"),
    (
        'On Error GoTo fail\nDim x\nx = 1 / 0\nEcho "after"\nExit Sub\nfail:\nEcho Err.Number\nResume Next',
        ["11", "after"],
        "Resume Next goes on behind the failing statement",
    ),
    (
        "On Error GoTo fail\nDim x, y\nEcho 6 / y\nExit Sub\nfail:\ny = 2\nResume",
        ["3"],
        "Resume tries it again",
    ),
    ("GoTo over\nEcho 1\nover:\nEcho 2", ["2"], "GoTo"),
    ('GoSub part\nEcho "back"\nExit Sub\npart:\nEcho "in"\nReturn', ["in", "back"], "GoSub"),
    ("named z:=2, y:=1", ["1 2 7"], "arguments by name, and a default"),
    (
        'Dim r As Pair, q As Pair\nr.a = 5\nr.b = "x"\nq = r\nq.a = 6\nEcho r.a, q.a, q.b',
        ["5 6 x"],
        "records are values",
    ),
    ("Echo Two, KEY", ["2 kk"], "Enum and Const of the module"),
    ("With New Thing\nEcho 1\nEnd With", [], "an unknown class is an error"),
    (
        "Static n As Long\nn = n + 1\nIf n < 3 Then main\nIf n = 3 Then Echo n",
        ["3", "3", "3"],
        "Static variables live on",
    ),
    (
        'Echo IIf(1 > 2, "a", "b"), Choose(2, "x", "y"), Switch(False, 1, True, 2)',
        ["b y 2"],
        "functions that choose",
    ),
    (
        'Echo Format(1234.5, "#,##0.00"), Format(#3/4/2026#, "yyyy-mm-dd")',
        ["1,234.50 2026-03-04"],
        "Format",
    ),
    (
        "Dim a(1 To 3) As Long, i As Long\nFor i = LBound(a) To UBound(a): a(i) = i * i: Next i\nEcho a(3)",
        ["9"],
        "bounds of one's own",
    ),
    ('Echo "abc" Like "a*", "a1" Like "a#"', ["True True"], "Like"),
    ('Echo Left$("abc", 2), 5&, CLng("&H10")', ["ab 5 16"], "type suffixes"),
    ("Beep 1, 2", ["1"], "what Windows would do"),
]

_MODULE = """Attribute VB_Name = "Module1"
Option Explicit
Private Type Pair
  a As Long
  b As String
End Type
Enum Numbers
  One = 1
  Two
End Enum
Public Const KEY As String = "kk"
#If VBA7 Then
Private Declare PtrSafe Function Beep Lib "kernel32" (ByVal f As Long, ByVal d As Long) As Long
#Else
broken on purpose
#End If
Sub named(y, z, Optional w As Long = 7)
  Echo y, z, w
End Sub
Sub main()
%s
End Sub
"""


@pytest.mark.parametrize(("body", "expected", "why"), VBA[:-1], ids=lambda v: str(v)[:30])
def test_vba(body: str, expected: list[str], why: str) -> None:
    if not expected:
        with pytest.raises(ScriptError):
            vba(_MODULE % body)
        return
    assert vba(_MODULE % body) == expected, why


def test_a_declared_function_is_a_call_of_the_host() -> None:
    bench = Bench()
    machine = Machine(Dialect.VBA, bench, Limits(5.0))
    scope = machine.load(parse(_MODULE % "Beep 800, 3", Dialect.VBA, "Module1"))
    machine.prepare()
    machine.call(scope.module.procedures["main", "get"], scope, [])
    assert bench.calls == [("Beep", ["800", "3"])]


def test_a_procedure_that_cannot_be_read_spoils_no_other() -> None:
    source = "Sub main()\nEcho 1\nEnd Sub\nSub broken()\nFor For For\nEnd Sub\nSub x()\nEnd Sub\n"
    assert vba(source) == ["1"]
    with pytest.raises(ScriptError):
        vba(source, "broken")


@pytest.mark.parametrize("source", ["If 1 Then", 'x = "a" &', "Sub x", "a = (1", "For i = 1"])
def test_vbscript_that_is_none_is_refused_as_a_whole(source: str) -> None:
    with pytest.raises(SourceError):
        vbscript(f"Echo 1\n{source}")


def test_a_loop_without_end_is_stopped_by_the_time() -> None:
    machine = Machine(Dialect.VBSCRIPT, Bench(), Limits(0.2))
    scope = machine.load(parse("On Error Resume Next\nDo\nx = 1 / 0\nLoop", Dialect.VBSCRIPT))
    with pytest.raises(TimeOver):
        machine.run_body(scope)


@pytest.mark.parametrize(
    "source",
    ['s = "x"\nDo\ns = s & s\nLoop', "Dim a\nReDim a(100000000)", 's = String(999999999, "x")'],
)
def test_values_have_a_largest_size_that_no_handler_catches(source: str) -> None:
    with pytest.raises(MemoryOver):
        vbscript(f"On Error Resume Next\n{source}")


def test_endless_recursion_is_an_error_of_the_script() -> None:
    with pytest.raises(ScriptError) as caught:
        vbscript("Sub p\np\nEnd Sub\np")
    assert caught.value.number == 28


def test_an_empty_loop_takes_no_time() -> None:
    assert vbscript("For i = 1 To 2000000000\nNext\nEcho i > 1999999999") == ["True"]


def test_a_fault_of_ours_is_an_error_of_the_script_and_told() -> None:
    class Faulty(Bench):
        @property
        def functions(self) -> Mapping[str, HostFunction]:
            return {**super().functions, "fault": lambda: [][0]}

    bench = Faulty()
    machine = Machine(Dialect.VBSCRIPT, bench, Limits(5.0))
    scope = machine.load(parse("On Error Resume Next\nfault\nEcho Err.Number", Dialect.VBSCRIPT))
    machine.run_body(scope)
    assert bench.said == ["5"]
    assert [name for name, _ in bench.calls] == ["unknown"]
