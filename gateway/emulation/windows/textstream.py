"""TextStream: files as text, and the console."""

from __future__ import annotations

from collections.abc import Callable

from gateway.emulation.automation.convert import text, whole
from gateway.emulation.automation.errors import MemoryOver, ScriptError
from gateway.emulation.automation.values import MAX_STRING, Value
from gateway.emulation.windows.disk import File
from gateway.emulation.windows.world import World, WorldObject


class TextStream(WorldObject):
    """Reads from a text, writes to a file or the console."""

    type_name = "TextStream"
    quiet = True

    def __init__(
        self, world: World, source: str = "", write: Callable[[str], None] | None = None
    ) -> None:
        super().__init__(world)
        self._source = source
        self._at = 0
        self._write = write

    @classmethod
    def reading(cls, world: World, source: str) -> TextStream:
        """A stream to read from."""
        return cls(world, source)

    @classmethod
    def printing(cls, world: World) -> TextStream:
        """The console."""
        return cls(world, "", world.say)

    @classmethod
    def writing(cls, world: World, file: File, *, wide: bool = False) -> TextStream:
        """A stream that adds to a file."""
        pieces: list[bytes] = [file.data]
        size = len(file.data)

        def write(words: str) -> None:
            nonlocal size
            data = words.encode("utf-16-le" if wide else "cp1252", "replace")
            size += len(data)
            if size > MAX_STRING:
                raise MemoryOver("a file larger than any honest script writes")
            pieces.append(data)
            if len(pieces) > 256:
                pieces[:] = [b"".join(pieces)]
            world.disk.change(file, b"".join(pieces))

        return cls(world, "", write)

    def do_write(self, words: Value) -> Value:
        if self._write is None:
            raise ScriptError(54)
        self._write(text(words))
        return None

    def do_writeline(self, words: Value = "") -> Value:
        return self.do_write(text(words) + "\r\n")

    def do_writeblanklines(self, lines: Value) -> Value:
        return self.do_write("\r\n" * min(whole(lines), 1000))

    def do_readall(self) -> Value:
        rest = self._source[self._at :]
        self._at = len(self._source)
        return rest

    def do_readline(self) -> Value:
        if self._at >= len(self._source):
            raise ScriptError(62)
        end = self._source.find("\n", self._at)
        end = len(self._source) if end < 0 else end
        line = self._source[self._at : end]
        self._at = end + 1
        return line.rstrip("\r")

    def do_read(self, characters: Value) -> Value:
        count = whole(characters)
        found = self._source[self._at : self._at + count]
        self._at += len(found)
        return found

    def do_skip(self, characters: Value) -> Value:
        self._at += whole(characters)
        return None

    def do_skipline(self) -> Value:
        return self.do_readline()

    def do_close(self) -> Value:
        return None

    def get_atendofstream(self) -> Value:
        return self._at >= len(self._source)

    def get_atendofline(self) -> Value:
        return self._at >= len(self._source) or self._source[self._at] in "\r\n"

    def get_line(self) -> Value:
        return self._source.count("\n", 0, self._at) + 1

    def get_column(self) -> Value:
        return self._at - self._source.rfind("\n", 0, self._at)
