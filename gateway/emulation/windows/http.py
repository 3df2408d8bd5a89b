"""HTTP clients: MSXML2.XMLHTTP, ServerXMLHTTP, WinHttp.WinHttpRequest, and Internet Explorer.

Requests go to the sinkhole, which answers something harmless.
"""

from __future__ import annotations

from gateway.emulation.automation.convert import text, truth
from gateway.emulation.automation.objects import ComObject
from gateway.emulation.automation.values import MISSING, NOTHING, NULL, Value
from gateway.emulation.windows import sinkhole
from gateway.emulation.windows.model import Given, Model
from gateway.emulation.windows.world import World, WorldObject, shown


class HttpRequest(WorldObject):
    """One request at a time."""

    type_name = "XMLHTTP"

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.method, self.url = "GET", ""
        self.body = b""
        self.sent = False
        self.handler: Value = None
        self.options: dict[Value, Value] = {}

    def do_open(self, method: Value, url: Value, *more: Value) -> Value:
        self.method, self.url = text(method), text(url)
        return None

    def do_setrequestheader(self, name: Value, value: Value) -> Value:
        return None

    def do_send(self, body: Value = "") -> Value:
        payload = "" if body in (MISSING, NULL, NOTHING) else shown(body)
        self.body = sinkhole.answer(self.world.recorder, self.method, self.url, payload)
        self.sent = True
        if isinstance(self.handler, ComObject):
            self.handler.default([])
        return None

    def do_setoption(self, option: Value, value: Value) -> Value:
        return None

    def do_getoption(self, option: Value) -> Value:
        return 0

    def get_option(self, option: Value) -> Value:
        return self.options.get(option, 0)

    def put_option(self, option: Value, value: Value) -> None:
        self.options[option] = value

    def do_settimeouts(self, *milliseconds: Value) -> Value:
        return None

    def do_setproxy(self, *settings: Value) -> Value:
        return None

    def do_setcredentials(self, *words: Value) -> Value:
        return None

    def do_setautologonpolicy(self, policy: Value) -> Value:
        return None

    def do_waitforresponse(self, seconds: Value = 0) -> Value:
        return True

    def do_abort(self) -> Value:
        return None

    def get_status(self) -> Value:
        return 200 if self.sent else 0

    def get_statustext(self) -> Value:
        return "OK" if self.sent else ""

    def get_readystate(self) -> Value:
        return 4 if self.sent else 1

    def put_onreadystatechange(self, value: Value) -> None:
        self.handler = value

    def get_responsetext(self) -> Value:
        return self.body.decode("latin-1")

    def get_responsebody(self) -> Value:
        return sinkhole.as_file(self.body)

    get_responsestream = get_responsebody

    def get_responsexml(self) -> Value:
        return self.world.create("MSXML2.DOMDocument")

    def do_getresponseheader(self, name: Value) -> Value:
        headers = {"content-type": "text/plain", "content-length": str(len(self.body))}
        return headers.get(text(name).lower(), "")

    def do_getallresponseheaders(self) -> Value:
        return f"Content-Type: text/plain\r\nContent-Length: {len(self.body)}\r\n"


class Browser(Model):
    """InternetExplorer.Application."""

    def __init__(self, world: World) -> None:
        super().__init__(world, "InternetExplorer.Application")
        self.url = "about:blank"

    def do_navigate(self, url: Value, *more: Value) -> Value:
        self.url = text(url)
        if self.url.lower().startswith(("http", "ftp")):
            sinkhole.answer(self.world.recorder, "GET", self.url)
        return None

    def do_navigate2(self, url: Value, *more: Value) -> Value:
        return self.do_navigate(url)

    def do_quit(self) -> Value:
        return None

    def get_busy(self) -> Value:
        return False

    def get_readystate(self) -> Value:
        return 4

    def get_visible(self) -> Value:
        return False

    def put_visible(self, value: Value) -> None:
        truth(value)

    def put_silent(self, value: Value) -> None:
        truth(value)

    def get_locationurl(self) -> Value:
        return self.url

    def get_document(self) -> Value:
        words: Given = {"innertext": sinkhole.TEXT, "innerhtml": sinkhole.TEXT}
        body = Model(self.world, "HTMLBody", words)
        return Model(self.world, "HTMLDocument", {"body": body, "readystate": "complete"})
