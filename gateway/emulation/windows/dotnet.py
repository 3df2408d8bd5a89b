""".NET classes that COM can see, as far as scripts use them."""

from __future__ import annotations

import base64
import hashlib
import re

from gateway.emulation.automation.convert import byte_string, number, text, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import Value, array_of
from gateway.emulation.windows.model import Model
from gateway.emulation.windows.world import World, WorldObject


class Encoding(WorldObject):
    """System.Text encodings; overloads have numbers at their names."""

    def __init__(self, world: World, type_name: str, codec: str) -> None:
        super().__init__(world)
        self.type_name = type_name
        self.codec = codec

    quiet = True

    def do_getbytes_4(self, words: Value) -> Value:
        return text(words).encode(self.codec, "replace")

    do_getbytes = do_getbytes_2 = do_getbytes_4

    def do_getstring(self, data: Value) -> Value:
        return byte_string(data).decode(self.codec, "replace")

    do_getstring_2 = do_getstring_3 = do_getstring

    def do_getbytecount_2(self, words: Value) -> Value:
        return len(text(words).encode(self.codec, "replace"))

    do_getbytecount = do_getbytecount_2


class FromBase64(WorldObject):
    """System.Security.Cryptography.FromBase64Transform."""

    type_name = "FromBase64Transform"

    def do_transformfinalblock(self, data: Value, start: Value = 0, count: Value = 0) -> Value:
        first = whole(start)
        chosen = byte_string(data)[first : first + whole(count)]
        clean = re.sub(rb"[^A-Za-z0-9+/]", b"", chosen)
        return base64.b64decode(clean + b"=" * (-len(clean) % 4))


class MemoryStream(WorldObject):
    """System.IO.MemoryStream."""

    type_name = "MemoryStream"
    quiet = True

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.data = b""
        self.position = 0

    def do_write(self, data: Value, start: Value = 0, count: Value = 0) -> Value:
        self.data += byte_string(data)[whole(start) : whole(start) + whole(count)]
        return None

    def get_position(self) -> Value:
        return self.position

    def put_position(self, value: Value) -> None:
        self.position = whole(value)

    def get_length(self) -> Value:
        return len(self.data)

    def do_toarray(self) -> Value:
        return self.data


class Formatter(WorldObject):
    """BinaryFormatter: to deserialize is to run what the bytes say."""

    type_name = "BinaryFormatter"

    def do_deserialize_2(self, stream: Value) -> Value:
        data = stream.data if isinstance(stream, MemoryStream) else b""
        self.world.evaluated(f"serialized .NET objects, {len(data)} bytes")
        return Model(self.world, "Delegate")

    do_deserialize = do_deserialize_2


class ArrayList(WorldObject):
    """System.Collections.ArrayList, and Stack and Queue, which differ in what they take out."""

    quiet = True

    def __init__(self, world: World, type_name: str = "ArrayList") -> None:
        super().__init__(world)
        self.type_name = type_name
        self.values: list[Value] = []

    def do_add(self, item: Value) -> Value:
        self.values.append(item)
        return len(self.values) - 1

    do_push = do_enqueue = do_add

    def do_pop(self) -> Value:
        return self._out(-1)

    def do_dequeue(self) -> Value:
        return self._out(0)

    def _out(self, index: int) -> Value:
        if not self.values:
            raise ScriptError(5)
        return self.values.pop(index)

    def do_reverse(self) -> Value:
        self.values.reverse()
        return None

    def do_sort(self) -> Value:
        try:
            self.values.sort(key=_order)
        except TypeError as error:
            raise ScriptError(13) from error
        return None

    def do_contains(self, item: Value) -> Value:
        return item in self.values

    def do_clear(self) -> Value:
        self.values.clear()
        return None

    def do_removeat(self, index: Value) -> Value:
        self._out(whole(index))
        return None

    def do_insert(self, index: Value, item: Value) -> Value:
        self.values.insert(whole(index), item)
        return None

    def do_toarray(self) -> Value:
        return array_of(list(self.values))

    def get_count(self) -> Value:
        return len(self.values)

    def get_item(self, index: Value) -> Value:
        number_ = whole(index)
        if not 0 <= number_ < len(self.values):
            raise ScriptError(9)
        return self.values[number_]

    def put_item(self, index: Value, value: Value) -> None:
        self.values[whole(index)] = value

    def items(self) -> list[Value]:
        return list(self.values)


def _order(value: Value) -> tuple[bool, float, str]:
    return (True, 0.0, value) if isinstance(value, str) else (False, float(number(value)), "")


class Hash(WorldObject):
    """A hash algorithm."""

    def __init__(self, world: World, name: str) -> None:
        super().__init__(world)
        self.type_name = name.upper()
        self.algorithm = name

    def do_computehash_2(self, data: Value) -> Value:
        made = hashlib.new(self.algorithm, usedforsecurity=False)
        made.update(byte_string(data))
        return made.digest()

    do_computehash = do_computehash_2

    def do_initialize(self) -> Value:
        return None
