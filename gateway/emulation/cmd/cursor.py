"""A cursor over a line of cmd.exe: words, quotes, carets, redirections. Knows no grammar. Pure."""

from __future__ import annotations

from collections.abc import Callable

from gateway.emulation.cmd.nodes import Redirect

BLANKS = " \t,;=\v\f\xa0"
"""What separates words; cmd takes all of them for a blank."""


class MisreadError(Exception):
    """A line that is no valid command line; cmd ends the file there."""


More = Callable[[], str | None]


def no_more() -> str | None:
    """No line follows."""
    return None


class Cursor:
    """A line and a place in it. `more` gives the following lines, None at the end of the file.

    depth: how many blocks are open around the place.
    """

    def __init__(self, line: str, more: More = no_more) -> None:
        self.text = line
        self.at = 0
        self.more = more
        self.depth = 0

    def peek(self, ahead: int = 0) -> str:
        """The character that far ahead; empty at the end."""
        place = self.at + ahead
        return self.text[place] if place < len(self.text) else ""

    def extend(self) -> bool:
        """Get one more line of the file."""
        line = self.more()
        if line is None:
            return False
        self.text += "\n" + line
        return True

    def skip(self, characters: str) -> None:
        """Over any of these characters."""
        while self.at < len(self.text) and self.text[self.at] in characters:
            self.at += 1

    def word(self) -> tuple[str, int]:
        """The word that stands here, carets taken away, and where it ends; nothing is consumed."""
        place, out = self.at, []
        while place < len(self.text):
            char = self.text[place]
            if char == "^":
                place += 1
                char = self.text[place] if place < len(self.text) else ""
            elif char in BLANKS or char in '"&|<>()\n/':
                break
            out.append(char)
            place += 1
        return "".join(out).lower(), place

    def rest_of_line(self) -> None:
        """Over what is left of the line."""
        end = self.text.find("\n", self.at)
        self.at = len(self.text) if end < 0 else end

    def quoted(self) -> str:
        """From a quote to the next one, or to the end of the line."""
        start = self.at
        line = self.text.find("\n", start)
        line = len(self.text) if line < 0 else line
        end = self.text.find('"', start + 1, line)
        self.at = line if end < 0 else end + 1
        return self.text[start : self.at]

    def escaped(self) -> str:
        """What a caret makes literal; at the end of a line, the next line's first character."""
        self.at += 1
        if not self.peek() and not self.extend():
            return ""
        if self.peek() == "\n":
            self.at += 1
            if not self.peek() and not self.extend():
                return ""
        char = self.peek()
        self.at += len(char)
        return char

    def handle(self) -> int | None:
        """The handle of a redirection that stands here; None when none does."""
        char = self.peek()
        if char in ("<", ">"):
            return 0 if char == "<" else 1
        if char.isdigit() and self.peek(1) in ("<", ">"):
            self.at += 1
            return int(char) if char.isascii() else 1
        return None

    def redirect(self, handle: int) -> Redirect:
        mode = self.peek()
        self.at += 1
        if mode == ">" and self.peek() == ">":
            mode = ">>"
            self.at += 1
        self.skip(BLANKS)
        if self.peek() == "&":
            target = self.text[self.at : self.at + 2]
            self.at += len(target)
            return Redirect(handle, mode, target)
        return Redirect(handle, mode, self.operand("").strip('"'))

    def operand(self, stop: str) -> str:
        """A word of a condition or a redirection's target: quotes kept, carets taken away."""
        out: list[str] = []
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == '"':
                out.append(self.quoted())
            elif char == "^":
                out.append(self.escaped())
            elif (
                char in " \t,;\n"
                or char in "&|<>"
                or char in stop
                or (char == ")" and self.depth and not stop)
            ):
                break
            else:
                out.append(char)
                self.at += 1
        return "".join(out)
