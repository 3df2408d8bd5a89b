"""One JavaScript engine with Acrobat's objects: quickjs, and one function of the host.

quickjs has no clock that could end it while it may call us: the guest is killed from outside, and
what was seen has been told by then (decision 034).
"""

from __future__ import annotations

import json
import re
import time
from pathlib import Path

import quickjs

from gateway.emulation.automation.errors import (
    FAULTS,
    LimitReached,
    ScriptError,
    SourceError,
    TimeOver,
)
from gateway.emulation.pdf.host import Host, Word
from gateway.emulation.pdf.model import Script
from gateway.emulation.pdf.source import adapted, modernised

_DECLARED = re.compile(r"\b(?:function|var|let|const)\s+([A-Za-z_$][\w$]*)")
"""Names that a library may hand to others. One of an inner function is found nowhere, and stands
for a node of the form like any unknown name."""

_MEMORY = 192 << 20
"""Bytes that scripts' values may take: exploits fill more, forms a hundredth of it."""

_FILLED = 48 << 20
"""Bytes in use after a script that say by themselves that memory was being filled."""

_STACK = 4 << 20
"""Bytes of the C stack that quickjs may use; the guest's is 8 MiB."""

_PARTS = (
    *("core", "app", "media", "util", "network", "field", "annotations", "docfiles", "doc"),
    *("forms", "others", "events"),
)
_SOURCES = tuple(
    Path(__file__).with_name("js").joinpath(f"{part}.js").read_text() for part in _PARTS
)


class Engine:
    """Scripts of one document. `ended` is what ends them all, once it is set."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._end = time.monotonic() + host.session.seconds_left
        self._ended: BaseException | None = None
        self._context = quickjs.Context()
        self._context.set_memory_limit(_MEMORY)
        self._context.set_max_stack_size(_STACK)
        self._context.add_callable("__machine", self._machine)
        for source in _SOURCES:
            self._context.eval(source)

    def begin(self, event: dict[str, object]) -> None:
        """An event begins: the scripts that follow see it."""
        words = json.dumps(json.dumps(event))
        self._guarded(f"__acrobat.begin({words})")

    def ended(self) -> tuple[bool, str]:
        """What the event's scripts left: whether the change stands, and the value."""
        answer = self._guarded("__acrobat.ended()")
        found = json.loads(answer) if isinstance(answer, str) else {}
        return bool(found.get("rc", True)), str(found.get("value", ""))

    def value(self, name: str) -> str:
        """A field's value."""
        answer = self._guarded(f"__acrobat.get({json.dumps(name)})")
        return answer if isinstance(answer, str) else ""

    def put(self, name: str, value: str) -> None:
        """Give a field a value."""
        self._guarded(f"__acrobat.put({json.dumps(name)}, {json.dumps(value)})")

    def next_timer(self) -> str:
        """The code of the timer that is due next; empty when none is left."""
        answer = self._guarded("String(__acrobat.nextTimer() || '')")
        return answer if isinstance(answer, str) else ""

    def next_added(self) -> str:
        """A script that another one has put into the document; empty when none is left."""
        answer = self._guarded("String(__acrobat.takeLater() || '')")
        return answer if isinstance(answer, str) else ""

    def run(self, script: Script) -> None:
        """Run a script. Raises ScriptError for an error that nobody handled, or what ends all."""
        code = script.code.removeprefix("\ufeff")
        written = _of_form(script, adapted(code)) if script.xfa else adapted(code)
        try:
            self._guarded(written)
        except SourceError:
            changed = modernised(code)
            if changed == code or script.xfa:
                raise
            self._guarded(adapted(changed))
        finally:
            self._look_at_memory()

    def _guarded(self, code: str) -> object:
        if self._ended is not None:
            raise self._ended
        try:
            result: object = self._context.eval(code)
        except quickjs.JSException as error:
            if self._ended is not None:
                raise self._ended from None
            raise self._failure(str(error)) from None
        except UnicodeError:
            return None  # the value of the last statement, which nobody wants
        if self._ended is not None:
            raise self._ended
        return result

    def _failure(self, message: str) -> Exception:
        first = message.strip().splitlines()[0][:200] if message.strip() else "an error"
        if "out of memory" in first:
            self._host.filled("all that there is", "")
            self._ended = MemoryError("its scripts fill all memory")
            return self._ended
        if first.startswith("SyntaxError"):
            return SourceError(0, first)
        error = ScriptError(5, first)
        error.description = "the script's error"
        return error

    def _look_at_memory(self) -> None:
        used = self._context.memory().get("malloc_size", 0)
        if used > _FILLED:
            self._host.filled(f"{used >> 20} MiB", "")

    def _machine(self, operation: str, arguments: str) -> str:
        """What Acrobat's objects call. Never raises: quickjs would lose the words."""
        try:
            if self._ended is not None:
                raise self._ended
            if time.monotonic() > self._end:
                raise TimeOver("its scripts were still running")
            words: list[Word] = json.loads(arguments)
            return json.dumps({"value": self._host.answer(operation, words)})
        except ScriptError as error:
            return json.dumps({"error": str(error)})
        except (RecursionError, *FAULTS) as fault:
            self._host.session.recorder.lacks(f"{operation}: {type(fault).__name__}")
            return json.dumps({"error": f"{operation} failed"})
        except (LimitReached, MemoryError) as ended:
            self._ended = ended
            return json.dumps({"error": "the script ends"})


def _of_form(script: Script, code: str) -> str:
    """The call that runs a script of an XFA form; a library's names are handed over with it."""
    names = sorted(set(_DECLARED.findall(code))) if script.library else []
    return (
        f"__acrobat.runXfa({json.dumps(code)}, {json.dumps(script.library)}, {json.dumps(names)})"
    )
