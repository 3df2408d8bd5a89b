"""ADODB.Stream and Recordset: bytes to text and back, and to files."""

from __future__ import annotations

from gateway.emulation.automation.convert import byte_string, text, whole
from gateway.emulation.automation.errors import MemoryOver, ScriptError
from gateway.emulation.automation.objects import ComObject
from gateway.emulation.automation.values import MAX_STRING, NULL, Value
from gateway.emulation.windows.model import Given, Model
from gateway.emulation.windows.world import World, WorldObject

_BINARY, _TEXT = 1, 2
_READ_ALL, _READ_LINE = -1, -2
_BINARY_TYPES = (128, 204, 205)
"""adBinary, adVarBinary, adLongVarBinary."""

_CODECS = {
    "unicode": "utf-16-le",
    "utf-16": "utf-16-le",
    "ascii": "latin-1",
    "us-ascii": "latin-1",
    "windows-1252": "cp1252",
    "iso-8859-1": "latin-1",
    "x-ansi": "cp1252",
    "utf-8": "utf-8",
    "437": "cp437",
    "ibm437": "cp437",
    "cp437": "cp437",
    "windows-1251": "cp1251",
}


class Stream(WorldObject):
    """ADODB.Stream."""

    type_name = "ADODB.Stream"
    quiet = True

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.data = bytearray()
        self.position = 0
        self.type, self.charset, self.state = _TEXT, "unicode", 0
        self.mode: Value = 0
        self.separator: Value = -1

    @property
    def codec(self) -> str:
        return _CODECS.get(self.charset.lower(), "cp1252")

    def do_open(self, *more: Value) -> Value:
        self.state = 1
        return None

    def do_close(self) -> Value:
        self.data, self.position, self.state = bytearray(), 0, 0
        return None

    def _put(self, data: bytes) -> None:
        if self.position + len(data) > MAX_STRING:
            raise MemoryOver("a stream larger than any honest one")
        self.data[self.position : self.position + len(data)] = data
        self.position += len(data)

    def do_write(self, buffer: Value) -> Value:
        self._put(byte_string(buffer))
        return None

    def do_writetext(self, data: Value, options: Value = 0) -> Value:
        if not self.data and self.codec in ("utf-8", "utf-16-le"):
            self._put(b"\xef\xbb\xbf" if self.codec == "utf-8" else b"\xff\xfe")
        words = text(data) + ("\r\n" if whole(options) == 1 else "")
        self._put(words.encode(self.codec, "replace"))
        return None

    def _take(self, count: int) -> bytes:
        end = len(self.data) if count < 0 else self.position + count
        found = bytes(self.data[self.position : end])
        self.position += len(found)
        return found

    def do_read(self, count: Value = _READ_ALL) -> Value:
        found = self._take(whole(count))
        return found or NULL

    def do_readtext(self, count: Value = _READ_ALL) -> Value:
        wanted = whole(count)
        if wanted == _READ_LINE:
            end = self.data.find(b"\n", self.position)
            line = self._take(-1 if end < 0 else end + 1 - self.position)
            return line.decode(self.codec, "replace").rstrip("\r\n")
        found = self._take(wanted if wanted < 0 or self.codec != "utf-16-le" else wanted * 2)
        decoded = found.decode(self.codec, "replace")
        return decoded.removeprefix("\ufeff")

    def do_savetofile(self, filename: Value, options: Value = 1) -> Value:
        path = text(filename)
        if whole(options) == 1 and self.world.disk.get(path) is not None:
            raise ScriptError(3004, path)
        self.world.recorder.call("ADODB.Stream.SaveToFile", path)
        self.world.disk.write(path, bytes(self.data))
        return None

    def do_loadfromfile(self, filename: Value) -> Value:
        self.data, self.position = bytearray(self.world.disk.read(text(filename))), 0
        return None

    def do_copyto(self, other: Value, count: Value = -1) -> Value:
        if not isinstance(other, ComObject):
            raise ScriptError(424)
        other.get("Write", [self._take(whole(count))])
        return None

    def do_flush(self) -> Value:
        return None

    def do_seteos(self) -> Value:
        del self.data[self.position :]
        return None

    def do_skipline(self) -> Value:
        self.do_readtext(_READ_LINE)
        return None

    def get_size(self) -> Value:
        return len(self.data)

    def get_position(self) -> Value:
        return self.position

    def put_position(self, value: Value) -> None:
        self.position = max(0, min(whole(value), len(self.data)))

    def get_eos(self) -> Value:
        return self.position >= len(self.data)

    def get_type(self) -> Value:
        return self.type

    def put_type(self, value: Value) -> None:
        self.type = whole(value)

    def get_charset(self) -> Value:
        return self.charset

    def put_charset(self, value: Value) -> None:
        self.charset = text(value)

    def get_mode(self) -> Value:
        return self.mode

    def put_mode(self, value: Value) -> None:
        self.mode = value

    def get_state(self) -> Value:
        return self.state

    def get_lineseparator(self) -> Value:
        return self.separator

    def put_lineseparator(self, value: Value) -> None:
        self.separator = value


class Recordset(Model):
    """ADODB.Recordset as scripts misuse it: fields that hold bytes and give text."""

    def __init__(self, world: World) -> None:
        super().__init__(world, "ADODB.Recordset")
        self.fields = Fields(world)
        self.opened = False

    def get_fields(self) -> Value:
        return self.fields

    def default(self, arguments: list[Value]) -> Value:
        return self.fields.default(arguments)

    def put_default(self, arguments: list[Value], value: Value) -> None:
        self.fields.put_default(arguments, value)

    def do_open(self, *more: Value) -> Value:
        self.opened = True
        return None

    def do_addnew(self) -> Value:
        return None

    def do_update(self) -> Value:
        return None

    def do_movefirst(self) -> Value:
        return None

    def do_movenext(self) -> Value:
        return None

    def do_close(self) -> Value:
        return None

    def get_eof(self) -> Value:
        return True

    def get_bof(self) -> Value:
        return True

    def get_recordcount(self) -> Value:
        return 0


class Fields(WorldObject):
    """A recordset's fields by name."""

    type_name = "Fields"
    quiet = True

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.by_name: dict[str, FieldValue] = {}

    def do_append(self, name: Value, type_: Value = 0, *more: Value) -> Value:
        binary = whole(type_) in _BINARY_TYPES
        self.by_name[text(name).lower()] = FieldValue(self.world, binary=binary)
        return None

    def get_item(self, name: Value) -> Value:
        key = text(name).lower()
        return self.by_name.setdefault(key, FieldValue(self.world, binary=False))

    def put_default(self, arguments: list[Value], value: Value) -> None:
        field = self.get_item(arguments[0])
        if isinstance(field, FieldValue):
            field.put_value(value)


class FieldValue(WorldObject):
    """One field."""

    type_name = "Field"
    quiet = True

    def __init__(self, world: World, *, binary: bool) -> None:
        super().__init__(world)
        self.binary = binary
        self.data: Value = None

    def get_value(self) -> Value:
        return self.data

    def put_value(self, value: Value) -> None:
        self.data = byte_string(value) if self.binary else value

    def do_appendchunk(self, data: Value) -> Value:
        old = byte_string(self.data) if self.data is not None else b""
        new = old + byte_string(data)
        self.data = new if self.binary else new.decode("latin-1")
        return None

    def do_getchunk(self, size: Value) -> Value:
        return byte_string(self.data)[: whole(size)]

    def get_actualsize(self) -> Value:
        return len(byte_string(self.data)) if self.data is not None else 0


def connection(world: World) -> Value:
    """ADODB.Connection: opens, and knows nothing."""
    given: Given = {"state": 1, "connectionstring": ""}
    given["execute"] = lambda *more: Recordset(world)
    return Model(world, "ADODB.Connection", given)
