"""Class identifiers of objects that documents carry, and what to do about each. Data only.

Source: the registry of Windows with Office 2016, [MS-OLEDS], [MS-OSHARED].
"""

from __future__ import annotations

from enum import StrEnum

_OLE = "-0000-0000-C000-000000000046"


class Use(StrEnum):
    """What an object of a class is, for somebody who wants to know whether it acts."""

    EQUATION = "equation"
    PACKAGE = "package"
    LINK = "link"
    DOCUMENT = "document"
    PICTURE = "picture"
    CONTROL = "control"


CLASSES: dict[str, tuple[Use, str]] = {
    f"0002CE02{_OLE}": (Use.EQUATION, "Equation.3"),
    f"00021700{_OLE}": (Use.EQUATION, "Equation.2"),
    f"0003000C{_OLE}": (Use.PACKAGE, "Package"),
    "F20DA720-C02F-11CE-927B-0800095AE340": (Use.PACKAGE, "Package"),
    f"00000300{_OLE}": (Use.LINK, "OLE2Link"),
    f"00020906{_OLE}": (Use.DOCUMENT, "Word.Document.8"),
    f"00020900{_OLE}": (Use.DOCUMENT, "Word.Document.6"),
    "F4754C9B-64F5-4B40-8AF4-679732AC0607": (Use.DOCUMENT, "Word.Document.12"),
    "18A06B6B-2F3F-4E2B-A611-52BE631B2D22": (Use.DOCUMENT, "Word.DocumentMacroEnabled.12"),
    f"00020820{_OLE}": (Use.DOCUMENT, "Excel.Sheet.8"),
    f"00020821{_OLE}": (Use.DOCUMENT, "Excel.Chart.8"),
    f"00020810{_OLE}": (Use.DOCUMENT, "Excel.Sheet.5"),
    f"00020830{_OLE}": (Use.DOCUMENT, "Excel.Sheet.12"),
    f"00020832{_OLE}": (Use.DOCUMENT, "Excel.SheetMacroEnabled.12"),
    f"00020833{_OLE}": (Use.DOCUMENT, "Excel.SheetBinaryMacroEnabled.12"),
    f"00020803{_OLE}": (Use.PICTURE, "MSGraph.Chart"),
    "64818D10-4F9B-11CF-86EA-00AA00B929E8": (Use.DOCUMENT, "PowerPoint.Show.8"),
    "64818D11-4F9B-11CF-86EA-00AA00B929E8": (Use.DOCUMENT, "PowerPoint.Slide.8"),
    "CF4F55F4-8F87-4D47-80BB-5808164BB3F8": (Use.DOCUMENT, "PowerPoint.Show.12"),
    "048EB43E-2059-422F-95E0-557DA96038AF": (Use.DOCUMENT, "PowerPoint.Slide.12"),
    "B801CA65-A1FC-11D0-85AD-444553540000": (Use.DOCUMENT, "AcroExch.Document"),
    f"00020D0B{_OLE}": (Use.DOCUMENT, "MailMsgAtt"),
    f"00021A14{_OLE}": (Use.PICTURE, "Visio.Drawing"),
    f"00021A13{_OLE}": (Use.PICTURE, "Visio.Drawing"),
    f"0002CE03{_OLE}": (Use.PICTURE, "Equation.DSMT4"),
    f"00000315{_OLE}": (Use.PICTURE, "StaticMetafile"),
    f"00000316{_OLE}": (Use.PICTURE, "StaticDib"),
    f"00000319{_OLE}": (Use.PICTURE, "StaticEnhancedMetafile"),
    f"0003000A{_OLE}": (Use.PICTURE, "PBrush"),
    "D3E34B21-9D75-101A-8C3D-00AA001A1652": (Use.PICTURE, "Paint.Picture"),
    f"000212F0{_OLE}": (Use.PICTURE, "MSWordArt.2"),
    f"00020C01{_OLE}": (Use.PICTURE, "SoundRec"),
    "BDD1F04B-858B-11D1-B16A-00C0F0283628": (Use.CONTROL, "MSComctlLib.ListViewCtrl.2"),
    "996BF5E0-8044-4650-ADEB-0B013914E99C": (Use.CONTROL, "MSComctlLib.ListViewCtrl.2"),
    "C74190B6-8589-11D1-B16A-00C0F0283628": (Use.CONTROL, "MSComctlLib.TreeCtrl.2"),
    "9181DC5F-E07D-418A-ACA6-8EEA1ECB8E9E": (Use.CONTROL, "MSComctlLib.TreeCtrl.2"),
    "1EFB6596-857C-11D1-B16A-00C0F0283628": (Use.CONTROL, "MSComctlLib.TabStrip.2"),
    "24B224E0-9545-4A2F-ABD5-86AA8A849385": (Use.CONTROL, "MSComctlLib.TabStrip.2"),
    "66833FE6-8583-11D1-B16A-00C0F0283628": (Use.CONTROL, "MSComctlLib.Toolbar.2"),
}
"""By class identifier in upper case: the use, and the name programs give the class."""

_BY_NAME: dict[str, Use] = {
    **{name.lower(): use for use, name in CLASSES.values()},
    "equation.dsmt36": Use.PICTURE,
    "mathtype.equation": Use.PICTURE,
    "msgraph.chart.5": Use.PICTURE,
    "msgraph.chart.8": Use.PICTURE,
    "msphotoed.3": Use.PICTURE,
    "otkloadr.wrassembly.1": Use.CONTROL,
}


def use_of(class_id: str, name: str) -> Use | None:
    """What an object is by its class identifier, else by its class' name; None if nobody knows."""
    known = CLASSES.get(class_id.upper())
    if known is not None:
        return known[0]
    lowered = name.lower().strip("\0 ")
    if lowered.startswith("equation") and "dsmt" not in lowered:
        return Use.EQUATION
    families = {"word.": Use.DOCUMENT, "excel.": Use.DOCUMENT, "powerpoint.": Use.DOCUMENT}
    families |= {"acroexch.": Use.DOCUMENT, "visio.": Use.PICTURE, "mscomctllib.": Use.CONTROL}
    family = next((use for start, use in families.items() if lowered.startswith(start)), None)
    return _BY_NAME.get(lowered) or family


def name_of(class_id: str, name: str) -> str:
    """How people call the class."""
    known = CLASSES.get(class_id.upper())
    return known[1] if known is not None else name or class_id or "without a class"
