"""Run-time errors of scripts, by the numbers Microsoft gave them (VBScript Run-time Errors).

Whose fault an error is decides what a detonation is worth: the script's own error ends it as it
would under Windows; something this emulation lacks makes it incomplete.
"""

from __future__ import annotations

MESSAGES = {
    5: "Invalid procedure call or argument",
    6: "Overflow",
    7: "Out of memory",
    9: "Subscript out of range",
    10: "This array is fixed or temporarily locked",
    11: "Division by zero",
    13: "Type mismatch",
    14: "Out of string space",
    20: "Resume without error",
    28: "Out of stack space",
    35: "Sub or Function not defined",
    52: "Bad file name or number",
    53: "File not found",
    58: "File already exists",
    62: "Input past end of file",
    70: "Permission denied",
    75: "Path/File access error",
    76: "Path not found",
    91: "Object variable not set",
    92: "For loop not initialized",
    94: "Invalid use of Null",
    424: "Object required",
    429: "ActiveX component can't create object",
    432: "File name or class name not found during Automation operation",
    438: "Object doesn't support this property or method",
    445: "Object doesn't support this action",
    449: "Argument not optional",
    450: "Wrong number of arguments or invalid property assignment",
    451: "Object not a collection",
    457: "This key is already associated with an element of this collection",
    500: "Variable is undefined",
    501: "Illegal assignment",
    1002: "Syntax error",
    1004: "Application-defined or object-defined error",
}


class ScriptError(Exception):
    """An error that a script can catch: its number and its words."""

    def __init__(self, number: int, detail: str = "", source: str = "") -> None:
        words = MESSAGES.get(number, "Application-defined or object-defined error")
        self.number = number
        self.description = words
        self.detail = detail
        self.source = source or "Microsoft VBScript runtime error"
        super().__init__(f"{words}: {detail}" if detail else words)


class SourceError(ScriptError):
    """The source is no valid program; `line` counts from 1."""

    def __init__(self, line: int, detail: str) -> None:
        super().__init__(1002, f"line {line}: {detail}")
        self.line = line


class LimitReached(Exception):  # noqa: N818 - it is no error of anybody's, it ends a run
    """A limit of ours ended the script. It must pass every handler of the script."""


class TimeOver(LimitReached):
    """The time is over."""


class MemoryOver(LimitReached):
    """The script makes values larger than any honest one."""


FAULTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What Python raises where an emulated member meets a value it was not written for. It counts as an
error of the script, and what lacked is told: the run is worth less, and goes on."""


def as_script_error(fault: BaseException) -> ScriptError:
    """The error that a script sees for a fault of ours."""
    if isinstance(fault, ScriptError):
        return fault
    return ScriptError(28) if isinstance(fault, RecursionError) else ScriptError(5, str(fault)[:80])
