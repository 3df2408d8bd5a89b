"""A VBA project on the interpreter: its modules loaded, its entry points found and run."""

from __future__ import annotations

import re
from functools import partial

from gateway.emulation.automation.convert import text
from gateway.emulation.automation.errors import ScriptError, SourceError
from gateway.emulation.automation.objects import ComObject
from gateway.emulation.automation.values import MISSING, Cell, Place, Value
from gateway.emulation.basic import Dialect, Limits, Machine, parse
from gateway.emulation.basic.builtins.code import run_macro
from gateway.emulation.basic.frames import ProcedureReference, Scope
from gateway.emulation.basic.nodes import Declared, Procedure
from gateway.emulation.office.constants import CONSTANTS
from gateway.emulation.office.content import Content, Form, Macro, Sheet
from gateway.emulation.office.forms import UserForm
from gateway.emulation.office.ranges import Range
from gateway.emulation.office.xlm import evaluate_text
from gateway.emulation.scripts.basichost import BasicHost
from gateway.emulation.scripts.session import Session
from gateway.emulation.windows.model import Model

_OPENING = (
    *("autoexec", "auto_exec", "autoopen", "auto_open", "document_open", "workbook_open"),
    *("presentation_open", "document_new", "autonew", "workbook_activate", "worksheet_activate"),
    *("auto_activate", "workbook_sheetactivate", "workbook_windowactivate", "app_documentopen"),
    *("onslideshowpagechange", "slideshow_nextslide", "workbook_addininstall"),
    *("document_contentcontrolonenter", "document_bookmarkonenter"),
)
_CLOSING = (
    *("autoclose", "auto_close", "document_close", "workbook_beforeclose", "autoexit"),
    *("workbook_deactivate", "document_beforeclose", "workbook_beforesave", "document_beforesave"),
    *("worksheet_change", "worksheet_selectionchange", "worksheet_calculate"),
)
_CONTROL_EVENT = re.compile(
    r"\w+_(?:Painted|Painting|Layout|GotFocus|LostFocus|MouseMove|MouseHover|MouseEnter|Resize"
    r"|DocumentComplete|BeforeNavigate2|NavigateComplete2|DownloadComplete|StatusTextChange"
    r"|OnConnecting|OnDisconnected|TitleChange|ProgressChange|Change)\Z",
    re.IGNORECASE,
)
_LATER_MAX = 30
"""Procedures started by OnTime that are run."""


class Project:
    """The macros of one document, ready to run."""

    def __init__(
        self, session: Session, content: Content, document: Model, application: Model
    ) -> None:
        self._session = session
        self._content = content
        self._document = document
        self._application = application
        self._later: list[tuple[str, float]] = []
        self._forms: dict[str, UserForm] = {}
        self._objects: dict[str, Value] = dict(CONSTANTS)
        host = _OfficeHost(self, session)
        self.machine = Machine(Dialect.VBA, host, Limits(session.seconds_left))
        self._host = host
        self._collect(application)

    def _collect(self, application: Model) -> None:
        """Global names: the application and its members, the forms."""
        self._objects |= {"application": application, "me": self._document}
        world = self._session.world
        for form in self._content.forms:
            self._forms[form.name.lower()] = UserForm(world, form, self._fire)
        for macro in self._content.macros:
            if macro.kind == "form" and macro.name.lower() not in self._forms:
                made = UserForm(world, Form(macro.name), self._fire)
                self._forms[macro.name.lower()] = made
        application.given |= {
            "run": self._run_by_name,
            "ontime": self._on_time,
            "onkey": lambda *more: None,
            "executeexcel4macro": self._excel4,
            "createobject": lambda class_, *more: world.create(text(class_)),
        }
        self._objects |= self._forms
        debug = Model(world, "Debug", {"print": self._print, "assert": lambda *more: None})
        self._objects["debug"] = debug

    def named(self, name: str) -> Value:
        """A global object; members of the application are global too."""
        found = self._objects.get(name, MISSING)
        if found is not MISSING:
            if isinstance(found, UserForm):
                found.load()
            return found
        value = self._application.given.get(name, MISSING)
        if value is MISSING or (callable(value) and not isinstance(value, ComObject)):
            return _Callable(name, value) if callable(value) else MISSING
        return value

    def load(self) -> None:
        """Parse and prepare all modules; one that cannot be read is written down."""
        for macro in self._content.macros:
            try:
                module = parse(macro.source, Dialect.VBA, macro.name)
            except SourceError as error:
                self._session.recorder.lacks(f"module {macro.name}: {error}")
                continue
            self.machine.load(module, self._owner(macro))
        self._session.attempt(self.machine.prepare, "the macros' declarations")

    def _owner(self, macro: Macro) -> ComObject | None:
        """What Me is in a module."""
        if macro.kind == "form":
            return self._forms.get(macro.name.lower())
        if macro.kind != "document":
            return None
        sheet = self._sheet_of(macro.name)
        return (
            sheet.model if sheet is not None and isinstance(sheet.model, Model) else self._document
        )

    def _sheet_of(self, module: str) -> Sheet | None:
        """The sheet whose module this is: they have the same name for macros."""
        named = (sheet for sheet in self._content.sheets if sheet.code_name)
        return next((each for each in named if each.code_name.lower() == module.lower()), None)

    def run(self) -> int:
        """Run every entry point; how many there were."""
        count = 0
        for names in (_OPENING, None, _CLOSING):
            for procedure, scope in self._entries(names):
                count += 1
                if not self._start(procedure, scope):
                    return count
                if not self._run_later():
                    return count
        return count

    def _entries(self, names: tuple[str, ...] | None) -> list[tuple[Procedure, Scope]]:
        """Procedures of these names in this order; None for the events of controls."""
        found: list[tuple[Procedure, Scope]] = []
        for scope in self.machine.scopes:
            module = scope.module.name.lower()
            for (name, slot), procedure in scope.module.procedures.items():
                is_main = name == "main" and module in ("autoexec", "autoopen", "auto_open")
                if slot != "get":
                    continue
                if names is None:
                    if _CONTROL_EVENT.match(name) and name not in _CLOSING and scope.me is not None:
                        found.append((procedure, scope))
                elif name in names or (is_main and names is _OPENING):
                    found.append((procedure, scope))
        order = {name: place for place, name in enumerate(names or ())}
        return sorted(found, key=lambda entry: order.get(entry[0].name, -1))

    def _start(self, procedure: Procedure, scope: Scope) -> bool:
        """Run an entry point with arguments as an event gives them."""
        self._session.recorder.call("macro starts", f"{scope.module.name}.{procedure.shown}")
        sheet = self._sheet_of(scope.module.name)
        arguments: list[Value] = [self._argument(p.name, sheet) for p in procedure.parameters]
        call = partial(self.machine.call, procedure, scope, arguments)
        return self._session.attempt(call, f"macro {procedure.shown}")

    def _argument(self, name: str, sheet: Sheet | None) -> Value:
        """What an event gives: a cell of the sheet whose event it is."""
        if name == "target" and sheet is not None:
            return Range(self._session.world, sheet, (1, 1, 1, 1))
        if name in ("target", "sh"):
            return self._application.given.get("selection", 0)
        return Cell(False) if name in ("cancel", "saveasui") else Cell(0)

    def _run_later(self) -> bool:
        for _ in range(_LATER_MAX):
            if not self._later:
                return True
            name, seconds = self._later.pop(0)
            self._session.recorder.sleep(seconds)
            call = partial(self._run_by_name, name)
            if not self._session.attempt(call, f"macro {name}"):
                return False
        return True

    def _run_by_name(self, macro: Value, *arguments: Value) -> Value:
        return run_macro(self.machine, macro, *arguments)

    def _on_time(self, *arguments: Value) -> Value:
        """OnTime(when, name): the name is the first string that is a procedure's."""
        for argument in arguments:
            if isinstance(argument, str) and len(self._later) < _LATER_MAX:
                name = argument.rsplit("!", 1)[-1].rsplit(".", 1)[-1].strip("'\"() ")
                if self.machine.procedure(name.lower(), "get", self.machine.current):
                    self._later.append((name, 1.0))
                    return None
        return None

    def _excel4(self, formula: Value) -> Value:
        return evaluate_text(self._session, self._content, text(formula))

    def _print(self, *words: Value) -> Value:
        pieces = [text(word) for word in words if isinstance(word, str | int | float)]
        self._session.world.say(" ".join(pieces))
        return None

    def _fire(self, module: str, event: str) -> None:
        """Run a form's handler, if it has one. Raises ScriptError."""
        scope = self.machine.module(module.lower())
        if scope is not None and (event, "get") in scope.module.procedures:
            self.machine.call(scope.module.procedures[event, "get"], scope, [])

    def called_back(self, declared: Declared, arguments: list[Value | Place]) -> None:
        """A library was given the address of a procedure: it calls it."""
        for argument in arguments:
            value = argument.value if isinstance(argument, Cell) else argument
            if isinstance(value, ProcedureReference) and len(self._later) < _LATER_MAX:
                self._later.append((value.name, 0.1))


class _Callable(ComObject):
    """A method of the application, called without naming it."""

    type_name = "Method"

    def __init__(self, name: str, function: object) -> None:
        self._name = name
        self._function = function

    def default(self, arguments: list[Value]) -> Value:
        if not callable(self._function):
            raise ScriptError(438, self._name)
        result: Value = self._function(*[each for each in arguments if each is not MISSING])
        return result

    def put_default(self, arguments: list[Value], value: Value) -> None:
        """`Cells(1, 2) = value`: of what the call gives. Raises ScriptError."""
        found = self.default(arguments)
        if not isinstance(found, ComObject):
            raise ScriptError(438, self._name)
        found.put_default([], value)


class _OfficeHost(BasicHost):
    """The machine as VBA sees it: global objects come from the project."""

    def __init__(self, project: Project, session: Session) -> None:
        super().__init__(session.world, {}, vba=True)
        self._project = project

    def named(self, name: str) -> Value:
        return self._project.named(name)

    def library(self, declared: Declared, arguments: list[Value | Place]) -> Value:
        self._project.called_back(declared, arguments)
        return super().library(declared, arguments)
