"""The parts that Word writes into every document beside the text: styles, theme, fonts, settings.

As long and as many as in documents of Word (sizes of the corpus: 7 KB of theme, 15 to 30 KB of
styles), so that a generated document costs a scanner what a real one does. Nothing in them acts.
"""

from __future__ import annotations

from typing import Final

_XML: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_W: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_A: Final = "http://schemas.openxmlformats.org/drawingml/2006/main"
_OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006"
_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml"

CONTENT_TYPES: Final = {
    "word/styles.xml": f"{_WORD}.styles+xml",
    "word/settings.xml": f"{_WORD}.settings+xml",
    "word/webSettings.xml": f"{_WORD}.webSettings+xml",
    "word/fontTable.xml": f"{_WORD}.fontTable+xml",
    "word/theme/theme1.xml": "application/vnd.openxmlformats-officedocument.theme+xml",
    "docProps/app.xml": "application/vnd.openxmlformats-officedocument.extended-properties+xml",
}
RELATIONS: Final = {
    f"{_OFFICE}/relationships/styles": "styles.xml",
    f"{_OFFICE}/relationships/settings": "settings.xml",
    f"{_OFFICE}/relationships/webSettings": "webSettings.xml",
    f"{_OFFICE}/relationships/fontTable": "fontTable.xml",
    f"{_OFFICE}/relationships/theme": "theme/theme1.xml",
}
"""Of the main part: type and target."""

_STYLES: Final = 40
_EXCEPTIONS: Final = 260
_FONTS: Final = ("Calibri", "Times New Roman", "Calibri Light", "Cambria", "Symbol", "Arial")
_COLOURS: Final = (
    *("dk1", "lt1", "dk2", "lt2", "accent1", "accent2", "accent3", "accent4", "accent5"),
    *("accent6", "hlink", "folHlink"),
)
_SCRIPTS: Final = (
    *("Jpan", "Hang", "Hans", "Hant", "Arab", "Hebr", "Thai", "Ethi", "Beng", "Gujr", "Khmr"),
    *("Knda", "Guru", "Cans", "Cher", "Yiii", "Tibt", "Thaa", "Deva", "Telu", "Taml", "Syrc"),
)


def word_parts() -> dict[str, bytes]:
    """The members by name."""
    parts = {
        "word/styles.xml": _styles(),
        "word/settings.xml": _settings(),
        "word/webSettings.xml": f'<w:webSettings xmlns:w="{_W}"><w:optimizeForBrowser/>'
        "<w:allowPNG/></w:webSettings>",
        "word/fontTable.xml": _fonts(),
        "word/theme/theme1.xml": _theme(),
        "docProps/app.xml": _properties(),
    }
    return {name: (_XML + text).encode() for name, text in parts.items()}


def _styles() -> str:
    latent = "".join(
        f'<w:lsdException w:name="Style {number}" w:semiHidden="1" w:uiPriority="{number % 99}"/>'
        for number in range(_EXCEPTIONS)
    )
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="Heading{number}">'
        f'<w:name w:val="heading {number}"/>'
        f'<w:basedOn w:val="Normal"/><w:next w:val="Normal"/><w:uiPriority w:val="{number}"/>'
        f'<w:pPr><w:keepNext/><w:spacing w:before="{240 - number}" w:after="0"/></w:pPr>'
        f'<w:rPr><w:b/><w:sz w:val="{20 + number % 12}"/></w:rPr></w:style>'
        for number in range(1, _STYLES)
    )
    return (
        f'<w:styles xmlns:w="{_W}"><w:docDefaults><w:rPrDefault><w:rPr><w:lang w:val="en-US"/>'
        f"</w:rPr></w:rPrDefault></w:docDefaults><w:latentStyles>{latent}</w:latentStyles>"
        f'<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
        f"</w:style>{styles}</w:styles>"
    )


def _settings() -> str:
    rules = "".join(f'<w:rsid w:val="00{number * 7919:06X}"/>' for number in range(1, 60))
    return (
        f'<w:settings xmlns:w="{_W}"><w:zoom w:percent="100"/><w:defaultTabStop w:val="708"/>'
        f'<w:characterSpacingControl w:val="doNotCompress"/><w:rsids>{rules}</w:rsids>'
        '<w:decimalSymbol w:val="."/><w:listSeparator w:val=","/></w:settings>'
    )


def _fonts() -> str:
    fonts = "".join(
        f'<w:font w:name="{name}"><w:charset w:val="00"/><w:family w:val="swiss"/>'
        f'<w:pitch w:val="variable"/></w:font>'
        for name in _FONTS
    )
    return f'<w:fonts xmlns:w="{_W}">{fonts}</w:fonts>'


def _theme() -> str:
    colours = "".join(
        f'<a:{name}><a:srgbClr val="{index * 1118481:06X}"/></a:{name}>'
        for index, name in enumerate(_COLOURS)
    )
    scripts = "".join(f'<a:font script="{one}" typeface="{one} UI"/>' for one in _SCRIPTS)
    latin = '<a:latin typeface="Calibri"/><a:ea typeface=""/><a:cs typeface=""/>'
    fonts = "".join(f"<a:{kind}>{latin}{scripts}</a:{kind}>" for kind in ("majorFont", "minorFont"))
    fill = '<a:solidFill><a:schemeClr val="phClr"><a:tint val="50000"/></a:schemeClr></a:solidFill>'
    line = f'<a:ln w="9525" cap="flat" cmpd="sng" algn="ctr">{fill}<a:prstDash val="solid"/></a:ln>'
    effect = "<a:effectStyle><a:effectLst/></a:effectStyle>"
    return (
        f'<a:theme xmlns:a="{_A}" name="Office Theme"><a:themeElements>'
        f'<a:clrScheme name="Office">{colours}</a:clrScheme>'
        f'<a:fontScheme name="Office">{fonts}</a:fontScheme><a:fmtScheme name="Office">'
        f"<a:fillStyleLst>{fill * 3}</a:fillStyleLst><a:lnStyleLst>{line * 3}</a:lnStyleLst>"
        f"<a:effectStyleLst>{effect * 3}</a:effectStyleLst>"
        f"<a:bgFillStyleLst>{fill * 3}</a:bgFillStyleLst></a:fmtScheme></a:themeElements></a:theme>"
    )


def _properties() -> str:
    return (
        f'<Properties xmlns="{_OFFICE}/extended-properties"><Template>Normal.dotm</Template>'
        "<Pages>4</Pages><Application>Microsoft Office Word</Application></Properties>"
    )
