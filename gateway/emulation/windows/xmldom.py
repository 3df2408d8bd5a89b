"""MSXML documents, as scripts use them to decode base64, and to read small XML."""

from __future__ import annotations

import base64
import binascii
import re
from html import unescape
from xml.etree import ElementTree

from gateway.emulation.automation.convert import byte_string, text
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import NOTHING, Value
from gateway.emulation.windows import sinkhole
from gateway.emulation.windows.world import Bag, Collection, World, WorldObject

_SCRIPT = re.compile(r"<\w+:script\b([^>]*)>(.*?)</\w+:script\s*>", re.IGNORECASE | re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[(.*)\]\]>", re.DOTALL)
_DOCTYPE = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)


class Node(WorldObject):
    """An element: its data type says how its text is to be taken."""

    type_name = "IXMLDOMElement"
    quiet = True

    def __init__(self, world: World, name: str, words: str = "") -> None:
        super().__init__(world)
        self.name, self.words, self.kind = name, words, ""
        self.attributes: dict[str, str] = {}
        self.children: list[Node] = []

    def get_datatype(self) -> Value:
        return self.kind

    def put_datatype(self, value: Value) -> None:
        self.kind = text(value).lower()

    def get_text(self) -> Value:
        return self.words + "".join(text(child.get_text()) for child in self.children)

    def put_text(self, value: Value) -> None:
        self.words = text(value)

    def get_nodetypedvalue(self) -> Value:
        try:
            if self.kind == "bin.base64":
                clean = re.sub(r"[^A-Za-z0-9+/=]", "", self.words).rstrip("=")
                return base64.b64decode(clean + "=" * (-len(clean) % 4))
            if self.kind == "bin.hex":
                return bytes.fromhex(self.words)
        except (binascii.Error, ValueError) as error:
            raise ScriptError(5) from error
        return self.words

    def put_nodetypedvalue(self, value: Value) -> None:
        if self.kind == "bin.base64":
            self.words = base64.encodebytes(byte_string(value)).decode()
        elif self.kind == "bin.hex":
            self.words = byte_string(value).hex()
        else:
            self.words = text(value)

    def get_nodevalue(self) -> Value:
        return self.words

    def get_nodename(self) -> Value:
        return self.name

    def get_tagname(self) -> Value:
        return self.name

    def get_xml(self) -> Value:
        inner = self.words + "".join(text(child.get_xml()) for child in self.children)
        return f"<{self.name}>{inner}</{self.name}>"

    def get_childnodes(self) -> Value:
        return Collection(self.world, list(self.children))

    def get_firstchild(self) -> Value:
        return self.children[0] if self.children else NOTHING

    def do_appendchild(self, child: Value) -> Value:
        if isinstance(child, Node):
            self.children.append(child)
        return child

    def do_setattribute(self, name: Value, value: Value) -> Value:
        self.attributes[text(name)] = text(value)
        return None

    def do_getattribute(self, name: Value) -> Value:
        return self.attributes.get(text(name), "")

    def do_selectsinglenode(self, path: Value) -> Value:
        found = self.found(text(path))
        return found[0] if found else NOTHING

    def do_selectnodes(self, path: Value) -> Value:
        return Collection(self.world, list(self.found(text(path))))

    def do_getelementsbytagname(self, name: Value) -> Value:
        return self.do_selectnodes(name)

    def found(self, path: str) -> list[Node]:
        """Descendants by the last name of a path."""
        wanted = path.rsplit("/", 1)[-1].split("[", 1)[0]
        matches = [child for child in self.children if wanted in (child.name, "*")]
        for child in self.children:
            matches += child.found(path)
        return matches


class Document(Node):
    """MSXML2.DOMDocument."""

    type_name = "DOMDocument"

    def __init__(self, world: World) -> None:
        super().__init__(world, "#document")
        self.values: dict[str, Value] = {"async": True, "validateonparse": True}
        self.source = ""

    def do_createelement(self, name: Value) -> Value:
        return Node(self.world, text(name))

    def do_createnode(self, type_: Value, name: Value, namespace: Value = "") -> Value:
        return Node(self.world, text(name))

    def do_createtextnode(self, words: Value) -> Value:
        return Node(self.world, "#text", text(words))

    def do_loadxml(self, source: Value) -> Value:
        self.source = text(source)
        if _DOCTYPE.search(self.source) or len(self.source) > 4_000_000:
            return False
        try:
            root = ElementTree.fromstring(self.source)
        except ElementTree.ParseError:
            return False
        self.children = [self._node(root)]
        return True

    def _node(self, element: ElementTree.Element) -> Node:
        made = Node(self.world, element.tag.rsplit("}", 1)[-1], element.text or "")
        made.attributes = {name.rsplit("}", 1)[-1]: value for name, value in element.attrib.items()}
        made.kind = made.attributes.get("dt", "").lower()
        made.children = [self._node(child) for child in element]
        return made

    def do_load(self, source: Value) -> Value:
        where = text(source)
        if "://" in where:
            sinkhole.answer(self.world.recorder, "GET", where)
            return True
        return self.do_loadxml(self.world.disk.read(where).decode("utf-8", "replace"))

    def do_transformnode(self, sheet: Value) -> Value:
        """A style sheet may hold scripts, which run; what it makes of the document is nothing."""
        scripts = _SCRIPT.findall(sheet.source) if isinstance(sheet, Document) else []
        for attributes, words in scripts:
            inner = _CDATA.fullmatch(words.strip())
            code = inner[1] if inner is not None else unescape(words)
            self.world.evaluated(code)
            if self.world.run_code is not None:
                is_basic = re.search(r"language\s*=\s*.\s*vb", attributes, re.IGNORECASE)
                self.world.run_code("vbscript" if is_basic else "jscript", code)
        return ""

    def do_save(self, target: Value) -> Value:
        self.world.disk.write(text(target), text(self.get_xml()).encode())
        return None

    def do_setproperty(self, name: Value, value: Value) -> Value:
        return None

    def get_documentelement(self) -> Value:
        return self.children[0] if self.children else NOTHING

    def get_parseerror(self) -> Value:
        return Bag(self.world, "IXMLDOMParseError", {"errorcode": 0, "reason": ""})

    def get_async(self) -> Value:
        return self.values["async"]

    def put_async(self, value: Value) -> None:
        self.values["async"] = value

    def put_validateonparse(self, value: Value) -> None:
        self.values["validateonparse"] = value

    def put_resolveexternals(self, value: Value) -> None:
        self.values["resolveexternals"] = value

    def put_preservewhitespace(self, value: Value) -> None:
        self.values["preservewhitespace"] = value

    def get_readystate(self) -> Value:
        return 4
