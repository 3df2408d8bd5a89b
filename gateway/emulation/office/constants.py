"""Constants of the applications that macros steer by; all others are Empty, which counts as 0."""

from __future__ import annotations

from gateway.emulation.automation.values import Value

CONSTANTS: dict[str, Value] = {
    "xlup": -4162,
    "xldown": -4121,
    "xltoleft": -4159,
    "xltoright": -4161,
    "xlascending": 1,
    "xldescending": 2,
    "xlyes": 1,
    "xlno": 2,
    "xlvalues": -4163,
    "xlformulas": -4123,
    "xlwhole": 1,
    "xlpart": 2,
    "xlnone": -4142,
    "xlcalculationmanual": -4135,
    "xlcalculationautomatic": -4105,
    "xlcelltypelastcell": 11,
    "xlsheethidden": 0,
    "xlsheetvisible": -1,
    "xlsheetveryhidden": 2,
    "xlcsv": 6,
    "xlopenxmlworkbook": 51,
    "xlopenxmlworkbookmacroenabled": 52,
    "wdreplaceall": 2,
    "wdfindcontinue": 1,
    "wdstory": 6,
    "wdcharacter": 1,
    "wdline": 5,
    "wdformatdocument": 0,
    "wdformattext": 2,
    "wdformatpdf": 17,
    "wddonotsavechanges": 0,
    "wdsavechanges": -1,
    "wdnoprotection": -1,
    "olmailitem": 0,
    "msofalse": 0,
    "msotrue": -1,
    "msoautomationsecurityforcedisable": 3,
}
"""By name in lower case."""
