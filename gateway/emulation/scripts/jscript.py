"""Runs JScript on quickjs against the emulated machine.

quickjs has no clock that could end it while it calls us: the guest is killed from outside, and
what was seen has been told by then. Within our own calls the time is looked at.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import quickjs

from gateway.emulation.automation.convert import EPOCH, moment_of, text
from gateway.emulation.automation.errors import (
    FAULTS,
    LimitReached,
    ScriptError,
    SourceError,
    TimeOver,
    as_script_error,
)
from gateway.emulation.automation.objects import ComObject, Member
from gateway.emulation.automation.values import (
    NOTHING,
    NULL,
    Array,
    Cell,
    Date,
    Value,
    array_of,
    as_array,
)
from gateway.emulation.contract import StopKind
from gateway.emulation.scripts.hosts import FOR_NODE, NODE_NAMES
from gateway.emulation.scripts.jscode import adapted, without_call_assignments
from gateway.emulation.scripts.session import Session
from gateway.emulation.windows.shell import Quit

_MEMORY = 256 << 20
"""Bytes that a script's values may take."""

_STACK = 4 << 20
"""Bytes of the C stack that quickjs may use; the guest's is 8 MiB."""

_PRELUDE = Path(__file__).with_name("prelude.js").read_text()

_WORD = re.compile(r"[A-Za-z_$][\w$]*")

_UNDEFINED = re.compile(r"^ReferenceError: '?([\w$]+)'? is not defined")
"""What a script for a browser or for node says at once: the host's own names are all here, so under
Windows it ends right there too. After it has reached for an object it counts as not seen, and so
does one that misses a name of node's: there it goes on."""


class JsFunction(ComObject):
    """A function of the script that the machine keeps, to be called when we are out of the call."""

    type_name = "Function"

    def __init__(self, engine: JScript, number: int) -> None:
        self._engine = engine
        self.number = number

    def default(self, arguments: list[Value]) -> Value:
        self._engine.later.append(self.number)
        return None


class JScript:
    """An engine: one global object that all pieces of code share."""

    def __init__(self, session: Session, objects: dict[str, Value]) -> None:
        self._session = session
        self._objects = objects
        self._values: list[Value] = [None]
        self.later: list[int] = []
        self.ended: BaseException | None = None
        self._end = time.monotonic() + session.seconds_left
        self._context = quickjs.Context()
        self._context.set_memory_limit(_MEMORY)
        self._context.set_max_stack_size(_STACK)
        self._context.add_callable("__machine", self._machine)
        self._context.eval(_PRELUDE)
        self._context.eval("let eval = __real; delete globalThis.__real;")
        for name in objects:
            self._context.eval(f"var {name} = __global({json.dumps(name)});")
        self.procedures: dict[str, Callable[[list[Value]], Value]] = {}
        self.shared: dict[str, Cell] = {}

    def run(self, source: str) -> Value:
        """Run a source as a whole. Raises ScriptError for an error nobody handled."""
        self._share(source)
        code = adapted(source)
        return self._guarded(code, source)

    def _share(self, source: str) -> None:
        """Names of another language's variables become ours, in the case that the source uses."""
        if self.shared:
            words = {word for word in _WORD.findall(source) if word.lower() in self.shared}
            if words:
                self._context.eval(f"__share({json.dumps(' '.join(sorted(words)))})")

    def variables(self) -> dict[str, Value]:
        """The script's global variables, as they are now."""
        found = self._context.eval("__variables()")
        listed = json.loads(found) if isinstance(found, str) else {}
        return {name: self._decoded(value) for name, value in listed.items()}

    def name_procedure(self, name: str, call: Callable[[list[Value]], Value]) -> None:
        """A procedure of another language, reachable from here."""
        self.procedures[name] = call
        word = json.dumps(name)
        self._context.eval(
            f"var {name} = function () {{ return __call({word}, [].slice.call(arguments)); }};"
        )

    def has(self, name: str) -> bool:
        """Whether there is a function of that name."""
        if not re.fullmatch(r"[A-Za-z_$][\w$]*", name):
            return False
        return self._context.eval(f"typeof {name} === 'function'") is True

    def call(self, name: str, arguments: list[Value]) -> Value:
        """Call a global function."""
        words = json.dumps([self._encoded(each) for each in arguments])
        code = f"__invoke({json.dumps(name)}, {json.dumps(words)})"
        answer = self._guarded(code, code)
        return self._decoded(json.loads(answer)) if isinstance(answer, str) else None

    def functions(self) -> list[str]:
        """Names of the functions that the script has defined."""
        found = self._context.eval("__functions()")
        return found.split() if isinstance(found, str) else []

    def fire(self, function: JsFunction) -> None:
        """Call a function that the machine was given."""
        self._guarded(f"__fire({function.number})", "")

    def _guarded(self, code: str, source: str) -> Value:
        try:
            result = self._context.eval(code)
        except quickjs.JSException as error:
            if self.ended is not None:
                raise self.ended from None
            return self._again_or_fail(str(error), source)
        except UnicodeDecodeError:
            return None  # the value of the last statement, which nobody wants
        if self.ended is not None:
            raise self.ended
        return result if isinstance(result, str | int | float | bool) else None

    def _again_or_fail(self, message: str, source: str) -> Value:
        """A second try for what only JScript takes; else the error in our terms."""
        if "SyntaxError" in message or "invalid assignment" in message:
            for changed in (without_call_assignments(source), source):
                try:
                    self._context.eval(changed)
                except quickjs.JSException as error:
                    if self.ended is not None:
                        raise self.ended from None
                    if "SyntaxError" not in str(error):
                        raise self._failure(str(error)) from None
                else:
                    return None
            raise SourceError(_line(message), _first_line(message))
        raise self._failure(message)

    def _failure(self, message: str) -> Exception:
        first = _first_line(message)
        if "out of memory" in first:
            return MemoryError(first)
        missing = _UNDEFINED.match(first)
        if missing and not self._session.recorder.behaviours:
            if missing[1] in NODE_NAMES:
                self._session.stop(StopKind.INCOMPLETE, f"{FOR_NODE}: {first}")
            self._session.recorder.notes.append(f"written for another host: {first}")
            return Quit(1)
        error = ScriptError(5, first)
        error.description = "the script's error"
        return error

    def _machine(self, operation: str, handle: int, name: str, arguments: str) -> str:
        """What the prelude calls. Never raises: quickjs would lose the words."""
        self.later.clear()
        try:
            if self.ended is not None:
                raise self.ended
            if time.monotonic() > self._end:
                raise TimeOver("the script was still running")
            values = [self._decoded(each) for each in json.loads(arguments)]
            answer = self._encoded(self._do(operation, self._values[handle], name, values))
        except ScriptError as error:
            return json.dumps({"e": error.number, "m": str(error)})
        except (RecursionError, *FAULTS) as fault:
            raised = as_script_error(fault)
            self._session.recorder.lacks(f"{operation} {name}: {type(fault).__name__}")
            return json.dumps({"e": raised.number, "m": str(raised)})
        except (Quit, LimitReached, MemoryError) as ended:
            self.ended = ended
            return json.dumps({"e": 1, "m": "the script ends"})
        if self.later:
            answer["then"] = list(self.later)
        return json.dumps(answer)

    def _do(self, operation: str, target: Value, name: str, values: list[Value]) -> Value:
        world = self._session.world
        match operation:
            case "kind":
                return self._kind(target, name)
            case "get":
                return _object(target).get(name, values)
            case "put":
                _object(target).put(name, values[:-1], values[-1])
            case "default":
                return _object(target).default(values)
            case "putdefault":
                _object(target).put_default(values[:-1], values[-1])
            case "create":
                return world.create(text(values[0]))
            case "getobject":
                return world.get_object(text(values[0]), text(values[1]))
            case "items":
                items = _object(target).items() if isinstance(target, ComObject) else []
                return array_of(list(items))
            case "array":
                return array_of(list(as_array(target).items))
            case "clock":
                return world.seconds() * 1000
            case "seen":
                code = text(values[0])
                world.evaluated(code)
                return adapted(code)
            case "shared":
                return self.shared[name.lower()].value
            case "share":
                self.shared[name.lower()].value = values[0]
            case "global":
                return self._objects[name]
            case "global call":
                return self.procedures[name](values)
        return None

    @staticmethod
    def _kind(target: Value, name: str) -> str:
        member = _object(target).member(name) if isinstance(target, ComObject) else Member.NONE
        return member.value

    def _encoded(self, value: Value) -> dict[str, object]:
        if value is None:
            return {"u": 1}
        if value is NULL or value is NOTHING:
            return {"n": 1}
        if isinstance(value, bool | int | float | str):
            return {"v": value}
        if isinstance(value, Date):
            return {"d": (moment_of(value) - EPOCH).total_seconds() * 1000 - _DAYS_BEFORE_1970}
        if isinstance(value, Array) and len(value.bounds) == 1 and value.type != "byte":
            return {"a": [self._encoded(item) for item in value.items]}
        if isinstance(value, JsFunction):
            return {"u": 1}
        self._values.append(value)
        callable_ = isinstance(value, ComObject) and _has_default(value)
        return {"h": len(self._values) - 1, "c": callable_}

    def _decoded(self, value: dict[str, object]) -> Value:
        if "h" in value and isinstance(value["h"], int):
            return self._values[value["h"]]
        if "f" in value and isinstance(value["f"], int):
            return JsFunction(self, value["f"])
        if "a" in value and isinstance(value["a"], list):
            return array_of([self._decoded(item) for item in value["a"]])
        if "d" in value and isinstance(value["d"], int | float):
            return Date((float(value["d"]) + _DAYS_BEFORE_1970) / 86_400_000)
        if "n" in value:
            return NULL
        return value.get("v")


_DAYS_BEFORE_1970 = 25569 * 86_400_000
"""Milliseconds from 30 December 1899 to 1970."""


def _object(value: Value) -> ComObject:
    if not isinstance(value, ComObject):
        raise ScriptError(424)
    return value


def _has_default(value: ComObject) -> bool:
    return any(hasattr(value, name) for name in ("get_item", "do_item"))


def _first_line(message: str) -> str:
    return message.strip().splitlines()[0][:200] if message.strip() else "an error"


def _line(message: str) -> int:
    found = re.search(r":(\d+)\)?\s*$", message.strip())
    return int(found[1]) if found else 0
