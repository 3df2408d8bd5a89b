"""PDFs that are lively but honest: forms, buttons, links, attachments, as offices write them."""

from __future__ import annotations

from functools import partial

from pikepdf import Array, Dictionary, Name, String

from tools.corpus.detections.case import Case
from tools.corpus.detections.pdf_files import Box, Note, action, document, script

_BUTTON = 1 << 16
_COMBO = 1 << 17

_REQUIRED_CHECK = """
var names = new Array();
for (var i = 0; i < this.numFields; i++) {
  var f = this.getField(this.getNthFieldName(i));
  if (f != null && f.type != "button" && f.required && (f.value == "" || f.value == f.defaultValue)) names.push(f.userName || f.name);
}
if (names.length) app.alert("Please fill in:\\n" + names.join("\\n"), 1);
else this.mailDoc({ bUI: true, cTo: "office@firm.example", cSubject: "Form" });
"""
_IBAN = """
if (event.value != "") {
  var iban = event.value.replace(/\\s/g, "").toUpperCase();
  var turned = iban.substr(4) + iban.substr(0, 4), digits = "";
  for (var i = 0; i < turned.length; i++) {
    var code = turned.charCodeAt(i);
    digits += code >= 65 ? String(code - 55) : turned.charAt(i);
  }
  var rest = 0;
  for (var j = 0; j < digits.length; j++) rest = (rest * 10 + Number(digits.charAt(j))) % 97;
  event.rc = rest == 1;
  if (!event.rc) app.alert("Invalid IBAN", 0, 0, "Check");
}
"""
_AGE = """
var born = util.scand("dd.mm.yyyy", this.getField("born").value);
if (born != null) {
  var today = new Date();
  var age = today.getFullYear() - born.getFullYear();
  if (today.getMonth() < born.getMonth()) age--;
  event.value = age;
} else event.value = "";
"""
_ROWS = """
var total = 0;
for (var i = 1; i <= 5; i++) {
  var amount = this.getField("qty." + i), price = this.getField("price." + i);
  if (amount && price) total += Number(amount.value) * Number(price.value);
}
event.value = util.printf("%,0.2f", total);
"""
_VERSION = """
if (app.viewerVersion < 8) {
  if (app.alert("A newer reader is needed. Open the download page?", 2, 2) == 4)
    this.getURL("https://get.adobe.com/reader/", false);
}
"""


def _honest(name: str, **parts: object) -> Case:
    return Case(name, "pdf", partial(document, **parts))  # type: ignore[arg-type]  # as document says


def _button(name: str, code: str) -> Box:
    return Box(name, "/Btn", flags=_BUTTON, events={"U": code})


PDF_HONEST: tuple[Case, ...] = (
    _honest("plain.pdf", words="Nothing but words"),
    _honest(
        "calculation.pdf",
        fields=[
            Box(
                "a",
                value="2",
                events={
                    "K": "AFNumber_Keystroke(2, 0, 0, 0, '', true);",
                    "F": "AFNumber_Format(2, 0, 0, 0, '', true);",
                },
            ),
            Box("b", value="3.5", events={"V": "AFRange_Validate(true, 0, true, 100);"}),
            Box(
                "sum",
                events={
                    "C": 'AFSimple_Calculate("SUM", new Array("a", "b"));',
                    "F": 'AFNumber_Format(2, 0, 0, 0, "$", true);',
                },
            ),
        ],
        calculated=["sum"],
    ),
    _honest(
        "rows.pdf",
        fields=[
            *(Box(f"qty.{i}", value=str(i)) for i in range(1, 6)),
            *(Box(f"price.{i}", value="9.9") for i in range(1, 6)),
            Box("total", events={"C": _ROWS}),
        ],
        calculated=["total"],
    ),
    _honest(
        "dates.pdf",
        fields=[
            Box(
                "born",
                value="03.04.1980",
                events={
                    "K": 'AFDate_KeystrokeEx("dd.mm.yyyy");',
                    "F": 'AFDate_FormatEx("dd.mm.yyyy");',
                },
            ),
            Box("age", events={"C": _AGE}),
            Box("time", events={"K": "AFTime_Keystroke(0);", "F": "AFTime_Format(0);"}),
        ],
        calculated=["age"],
    ),
    _honest(
        "today.pdf",
        opening='var f = this.getField("today"); if (f.value == "") f.value = util.printd("mmmm d, yyyy", new Date());',
        fields=[Box("today")],
    ),
    _honest(
        "print-button.pdf",
        fields=[_button("print", "this.print({ bUI: true, nStart: 0, nEnd: this.numPages - 1 });")],
    ),
    _honest("print-on-opening.pdf", opening=action("Named", N=Name.Print)),
    _honest(
        "pages.pdf",
        pages=3,
        fields=[
            _button("next", "if (this.pageNum < this.numPages - 1) this.pageNum++;"),
            _button("back", 'app.execMenuItem("PrevPage");'),
        ],
    ),
    _honest(
        "mandatory.pdf",
        fields=[
            Box("name", flags=2),
            Box("street", value="Main", flags=2),
            _button("send", _REQUIRED_CHECK),
        ],
    ),
    _honest(
        "submit.pdf",
        fields=[
            Box("name"),
            _button(
                "send",
                "this.submitForm({ cURL: 'https://forms.firm.example/in', cSubmitAs: 'PDF' });",
            ),
        ],
    ),
    _honest(
        "submit-action.pdf",
        fields=[Box("name")],
        notes=[
            Note(
                "/Link",
                action=action(
                    "SubmitForm",
                    F=Dictionary(FS=Name.URL, F=String("https://forms.firm.example/in")),
                ),
            )
        ],
    ),
    _honest(
        "links.pdf",
        notes=[
            Note("/Link", action=action("URI", URI=f"https://www.firm.example/{page}"))
            for page in ("", "terms", "setup.exe")
        ],
    ),
    _honest(
        "mail-link.pdf",
        notes=[Note("/Link", action=action("URI", URI="mailto:office@firm.example?subject=Offer"))],
    ),
    _honest(
        "website-button.pdf",
        fields=[_button("site", 'app.launchURL("https://www.firm.example/help", true);')],
    ),
    _honest(
        "attachment.pdf",
        attached={"terms.txt": b"Terms and conditions\n", "plan.csv": b"a,b\n1,2\n"},
    ),
    _honest(
        "invoice-data.pdf",
        attached={
            "factur-x.xml": b"<?xml version='1.0'?><rsm:CrossIndustryInvoice xmlns:rsm='urn:un'/>"
        },
        info={"Title": "Invoice 2026-17", "Producer": "Books 7"},
    ),
    _honest(
        "open-attachment-button.pdf",
        fields=[_button("annex", 'this.exportDataObject({ cName: "annex.pdf", nLaunch: 2 });')],
        attached={"annex.pdf": b"%PDF-1.4\n"},
    ),
    _honest(
        "currency.pdf",
        fields=[
            Box(
                "price",
                value="1234.5",
                events={
                    "F": 'AFNumber_Format(2, 2, 0, 0, " \\u20ac", false);',
                    "K": 'AFNumber_Keystroke(2, 2, 0, 0, " \\u20ac", false);',
                },
            ),
            Box("rate", value="0.19", events={"F": "AFPercent_Format(1, 0);"}),
        ],
    ),
    _honest(
        "zoom.pdf",
        opening="this.zoomType = zoomtype.fitP; this.layout = 'SinglePage'; app.fs.isFullScreen = false;",
    ),
    _honest("fit-page.pdf", opening=action("GoTo", D=Array([0, Name.Fit]))),
    _honest(
        "welcome.pdf",
        named={
            "hello": 'app.alert({ cMsg: "Please save this form before you fill it in.", nIcon: 3, cTitle: "Form" });'
        },
    ),
    _honest("version-check.pdf", named={"version": _VERSION}),
    _honest("iban.pdf", fields=[Box("iban", value="DE89370400440532013000", events={"V": _IBAN})]),
    _honest(
        "formula-field.pdf",
        fields=[
            Box("formula", value="3*(4+5)"),
            Box(
                "result",
                events={"C": 'event.value = eval(String(this.getField("formula").value));'},
            ),
        ],
        calculated=["result"],
    ),
    _honest(
        "show-and-hide.pdf",
        fields=[
            Box(
                "kind",
                "/Ch",
                value="b",
                flags=_COMBO,
                options=("a", "b"),
                events={
                    "V": 'this.getField("more").display = event.value == "b" ? display.visible : display.hidden;'
                },
            ),
            Box(
                "more",
                events={
                    "Fo": "event.target.fillColor = color.ltGray;",
                    "Bl": "event.target.fillColor = color.transparent;",
                },
            ),
        ],
    ),
    _honest(
        "reset.pdf",
        fields=[
            Box("name", value="x"),
            _button("reset", 'if (app.alert("Clear the form?", 2, 2) == 4) this.resetForm();'),
        ],
    ),
    _honest(
        "phone.pdf",
        fields=[
            Box(
                "phone",
                value="0301234567",
                events={"F": "AFSpecial_Format(2);", "K": "AFSpecial_Keystroke(2);"},
            ),
            Box("zip", events={"K": "AFSpecial_Keystroke(0);"}),
        ],
    ),
    _honest(
        "slides.pdf",
        pages=4,
        opening="app.fs.isFullScreen = true; app.setInterval('if (pageNum < numPages - 1) pageNum++;', 5000);",
    ),
    _honest(
        "comments.pdf",
        notes=[Note(contents="Please check this figure. " * 60, subject="Review")],
        opening="var a = this.getAnnots(); if (a) console.println(a.length + ' comments, first: ' + a[0].contents);",
    ),
    _honest(
        "xfa-form.pdf",
        xfa="<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><template xmlns='http://www.xfa.org/schema/xfa-template/2.8/'>"
        "<subform name='order'><field name='total'><calculate><script contentType='application/x-javascript'>"
        "this.rawValue = order.qty.rawValue * order.price.rawValue;</script></calculate></field><field name='sum'><calculate>"
        "<script>Sum(total[*])</script></calculate></field><event activity='initialize'><script contentType='application/x-javascript'>"
        "if (xfa.host.version &lt; 9) xfa.host.messageBox('Please update');</script></event></subform></template></xdp:xdp>",
    ),
    _honest(
        "unseen-layers.pdf",
        document_events={
            "WP": script("var g = this.getOCGs(); for (var i in g) g[i].state = true;"),
            "DP": script("console.println('printed');"),
        },
    ),
)
