"""The objects of an HTML application: window, document, elements. No layout, no rendering."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import quote

from gateway.emulation.automation.convert import number, text
from gateway.emulation.automation.objects import ComObject
from gateway.emulation.automation.values import MISSING, Value
from gateway.emulation.scripts.engines import Engines
from gateway.emulation.scripts.pages import Page, read_page
from gateway.emulation.scripts.session import Session
from gateway.emulation.windows import sinkhole
from gateway.emulation.windows.shell import Quit
from gateway.emulation.windows.world import Bag, Collection, World, WorldObject

_ONLOAD = ("window_onload", "onload", "body_onload", "document_onreadystatechange")


class Browser:
    """The window of one page, and what happens when it has been read."""

    def __init__(self, session: Session, page: Page, path: str) -> None:
        self._session = session
        self._page = page
        self.engines: Engines | None = None
        self.document = Document(session.world, page, self)
        self.window = Window(session.world, self, path)

    def objects(self) -> dict[str, Value]:
        """Global names: the window's members, the document's elements by id."""
        window = self.window
        names: dict[str, Value] = {
            "window": window,
            "self": window,
            "top": window,
            "parent": window,
            "document": self.document,
            "location": window.location,
            "navigator": window.navigator,
            "screen": window.screen,
        }
        for name in GLOBAL_METHODS:
            names[name] = GlobalMethod(window, name)
        for identity in self._page.elements:
            if identity.lower() not in names:
                names[identity] = self.document.element(identity)
        return names

    def fire(self) -> None:
        """The page has been read: its load handlers run."""
        engines = self.engines
        if engines is None:
            return
        for _, code in self._page.handlers:
            language = "vbscript" if code.lower().startswith("vbscript:") else "jscript"
            body = code.split(":", 1)[1] if ":" in code.split("(", 1)[0] else code
            if not self._session.attempt(partial(self._handler, language, body), "onload"):
                return
        for name in _ONLOAD:
            if not self._session.attempt(partial(engines.call, name), "onload"):
                return
        for handler in self.window.load_handlers:
            if isinstance(handler, ComObject):
                self._session.attempt(partial(engines.fire, handler), "onload")

    def _handler(self, language: str, code: str) -> None:
        """A handler in an attribute may be written in either language."""
        engines = self.engines
        if engines is None:
            return
        name = code.strip().rstrip(";").removesuffix("()").strip()
        if not (name.isidentifier() and engines.call(name)):
            engines.run(language, code)

    def write(self, markup: str) -> None:
        """document.write: what it adds acts too."""
        engines = self.engines
        added = read_page(markup)
        for frame in added.frames:
            self.window.navigate(frame)
        for script in added.scripts:
            self._session.world.evaluated(script.code)
            if engines is not None and script.code.strip():
                engines.run(script.language, script.code)

    def later(self, code: Value, delay: float) -> None:
        """setTimeout: code as text or a function."""
        engines = self.engines
        if engines is None:
            return
        action: Callable[[], object]
        if isinstance(code, ComObject):
            action = partial(engines.fire, code)
        else:
            action = partial(self._handler, "jscript", text(code))
        engines.later.append((self._session.recorder.elapsed + delay, action))


GLOBAL_METHODS = (
    *("alert", "confirm", "prompt", "close", "setTimeout", "setInterval", "clearTimeout"),
    *("clearInterval", "execScript", "navigate", "resizeTo", "moveTo", "resizeBy", "moveBy"),
    *("focus", "blur", "print", "scrollTo", "attachEvent", "detachEvent", "addEventListener"),
)
"""Methods of the window that scripts call without naming it."""


class GlobalMethod(ComObject):
    """A method of the window as a function of its own."""

    type_name = "Function"

    def __init__(self, window: ComObject, name: str) -> None:
        self._window = window
        self._name = name

    def default(self, arguments: list[Value]) -> Value:
        return self._window.get(self._name, arguments)

    def do_item(self, *arguments: Value) -> Value:
        return self.default(list(arguments))


class Window(WorldObject):
    """window."""

    type_name = "HTMLWindow2"

    def __init__(self, world: World, browser: Browser, path: str) -> None:
        super().__init__(world)
        self._browser = browser
        self.load_handlers: list[Value] = []
        self.values: dict[str, Value] = {}
        address = "file:///" + quote(path.replace("\\", "/"), safe="/:")
        href: dict[str, Value] = {"href": address, "protocol": "file:", "pathname": path}
        self.location = Location(world, self, href)
        agent = "Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko"
        self.navigator = Bag(
            world, "Navigator", {"useragent": agent, "appname": "Microsoft Internet Explorer"}
        )
        self.screen = Bag(
            world,
            "Screen",
            {"width": 1920, "height": 1080, "availwidth": 1920, "availheight": 1040},
        )

    def navigate(self, address: str) -> None:
        """Go elsewhere."""
        if "://" in address:
            sinkhole.answer(self.world.recorder, "GET", address)
        elif address.lower().startswith(("javascript:", "vbscript:")):
            self.world.evaluated(address)

    def get_document(self) -> Value:
        return self._browser.document

    def get_window(self) -> Value:
        return self

    get_self = get_top = get_parent = get_window

    def get_location(self) -> Value:
        return self.location

    def put_location(self, value: Value) -> None:
        self.navigate(text(value))

    def get_navigator(self) -> Value:
        return self.navigator

    get_clientinformation = get_navigator

    def get_screen(self) -> Value:
        return self.screen

    def put_onload(self, value: Value) -> None:
        self.load_handlers.append(value)

    def put_onerror(self, value: Value) -> None:
        self.values["onerror"] = value

    def get_clipboarddata(self) -> Value:
        return Bag(self.world, "Clipboard", {}, ("setData", "getData", "clearData"))

    def do_close(self) -> Value:
        raise Quit(0)

    def do_alert(self, message: Value = "") -> Value:
        self.world.say(text(message))
        return None

    def do_confirm(self, message: Value = "") -> Value:
        self.world.say(text(message))
        return True

    def do_prompt(self, message: Value = "", default: Value = "") -> Value:
        return text(default)

    def do_settimeout(self, code: Value, delay: Value = 0, *more: Value) -> Value:
        self._browser.later(code, number(delay) / 1000)
        return 1

    do_setinterval = do_settimeout

    def do_cleartimeout(self, number_: Value = 0) -> Value:
        return None

    do_clearinterval = do_cleartimeout

    def do_execscript(self, code: Value, language: Value = "JScript") -> Value:
        self.world.evaluated(text(code))
        engines = self._browser.engines
        return engines.run(text(language), text(code)) if engines is not None else None

    def do_open(self, address: Value = "", *more: Value) -> Value:
        self.navigate(text(address))
        return self

    def do_navigate(self, address: Value) -> Value:
        self.navigate(text(address))
        return None

    @staticmethod
    def _nothing(*values: Value) -> Value:
        return None

    do_resizeto = do_moveto = do_resizeby = do_moveby = do_focus = do_blur = do_print = _nothing
    do_scrollto = do_attachevent = do_detachevent = do_addeventlistener = _nothing

    def put(self, name: str, arguments: list[Value], value: Value) -> None:
        if hasattr(self, f"put_{name.lower()}"):
            super().put(name, arguments, value)
        else:
            self.values[name.lower()] = value

    def get(self, name: str, arguments: list[Value]) -> Value:
        if name.lower() in self.values:
            return self.values[name.lower()]
        return super().get(name, arguments)

    def absent(self, name: str, arguments: list[Value]) -> Value:
        return None  # windows take any property, and lack most


class Location(Bag):
    """location: assigning to it leads elsewhere."""

    def __init__(self, world: World, window: Window, values: dict[str, Value]) -> None:
        super().__init__(world, "Location", values, ("reload",), default="href")
        self._window = window

    def put(self, name: str, arguments: list[Value], value: Value) -> None:
        if name.lower() == "href":
            self._window.navigate(text(value))
        else:
            super().put(name, arguments, value)

    def do_replace(self, address: Value) -> Value:
        self._window.navigate(text(address))
        return None

    do_assign = do_replace


class Document(WorldObject):
    """document."""

    type_name = "HTMLDocument"

    def __init__(self, world: World, page: Page, browser: Browser) -> None:
        super().__init__(world)
        self._page = page
        self._browser = browser
        self._elements: dict[str, Element] = {}
        self.values: dict[str, Value] = {"title": page.title.strip(), "cookie": ""}
        self.body = Element(world, "body", {}, browser)

    def element(self, identity: str) -> Element:
        """An element by its id; one that the page lacks comes to be."""
        key = identity.lower()
        if key not in self._elements:
            found = {name.lower(): each for name, each in self._page.elements.items()}
            self._elements[key] = Element(self.world, "div", found.get(key, {}), self._browser)
        return self._elements[key]

    def do_getelementbyid(self, identity: Value) -> Value:
        return self.element(text(identity))

    def do_getelementsbytagname(self, name: Value) -> Value:
        wanted: list[Value] = [self.body] if text(name).lower() == "body" else []
        return Collection(self.world, wanted or list(self._elements.values()))

    def do_getelementsbyname(self, name: Value) -> Value:
        return Collection(self.world, [self.element(text(name))])

    def do_createelement(self, name: Value) -> Value:
        return Element(self.world, text(name), {}, self._browser)

    def do_createtextnode(self, words: Value) -> Value:
        return Element(self.world, "#text", {"innertext": text(words)}, self._browser)

    def do_write(self, *words: Value) -> Value:
        self._browser.write("".join(text(word) for word in words))
        return None

    do_writeln = do_write

    def do_open(self, *more: Value) -> Value:
        return self

    def do_close(self) -> Value:
        return None

    def do_execcommand(self, *more: Value) -> Value:
        return True

    def do_attachevent(self, *more: Value) -> Value:
        return True

    def get_all(self, identity: Value = MISSING) -> Value:
        if identity is MISSING:
            return Collection(self.world, list(self._elements.values()), list(self._elements))
        return self.element(text(identity))

    def get_body(self) -> Value:
        return self.body

    def get_documentelement(self) -> Value:
        return self.body

    def get_parentwindow(self) -> Value:
        return self._browser.window

    def get_defaultview(self) -> Value:
        return self._browser.window

    def get_location(self) -> Value:
        return self._browser.window.location

    def put_location(self, value: Value) -> None:
        self._browser.window.navigate(text(value))

    def get_url(self) -> Value:
        return self._browser.window.location.values["href"]

    def get_readystate(self) -> Value:
        return "complete"

    def put(self, name: str, arguments: list[Value], value: Value) -> None:
        if hasattr(self, f"put_{name.lower()}"):
            super().put(name, arguments, value)
        else:
            self.values[name.lower()] = value

    def absent(self, name: str, arguments: list[Value]) -> Value:
        return self.values.get(name.lower())


class Element(WorldObject):
    """An element: properties as they are put; markup and sources that are put act."""

    type_name = "HTMLElement"
    quiet = True

    def __init__(self, world: World, tag: str, values: dict[str, str], browser: Browser) -> None:
        super().__init__(world)
        self._browser = browser
        self.values: dict[str, Value] = {"tagname": tag.upper(), "innertext": "", "innerhtml": ""}
        self.values |= values
        self.values["innerhtml"] = values.get("innerhtml", values.get("innertext", ""))
        self.style = Bag(world, "Style")
        self.children: list[Value] = []

    def get(self, name: str, arguments: list[Value]) -> Value:
        lowered = name.lower()
        if hasattr(self, f"do_{lowered}") or hasattr(self, f"get_{lowered}"):
            return super().get(name, arguments)
        return self.values.get(lowered)

    def put(self, name: str, arguments: list[Value], value: Value) -> None:
        lowered = name.lower()
        self.values[lowered] = value
        if lowered in ("innerhtml", "outerhtml") and "<script" in text(value).lower():
            self._browser.write(text(value))
        elif lowered == "text" and text(self.values["tagname"]).lower() == "script":
            self._browser.write(f"<script>{text(value)}</script>")
        elif lowered in ("src", "href") and "://" in text(value):
            sinkhole.answer(self.world.recorder, "GET", text(value))

    def get_style(self) -> Value:
        return self.style

    def get_childnodes(self) -> Value:
        return Collection(self.world, self.children)

    def get_parentnode(self) -> Value:
        return self._browser.document.body

    def do_appendchild(self, child: Value) -> Value:
        self.children.append(child)
        return child

    do_insertbefore = do_appendchild

    def do_removechild(self, child: Value) -> Value:
        return child

    def do_setattribute(self, name: Value, value: Value, *more: Value) -> Value:
        self.put(text(name), [], value)
        return None

    def do_getattribute(self, name: Value, *more: Value) -> Value:
        return self.values.get(text(name).lower())

    def do_getelementsbytagname(self, name: Value) -> Value:
        return Collection(self.world, list(self.children))

    @staticmethod
    def _nothing(*values: Value) -> Value:
        return None

    do_focus = do_click = do_blur = do_attachevent = do_select = do_submit = _nothing
    do_insertadjacenthtml = _nothing

    def default(self, arguments: list[Value]) -> Value:
        return text(self.values.get("value") or self.values.get("innertext") or "")
