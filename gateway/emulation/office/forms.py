"""User forms: objects with controls, whose texts are where macros like to keep payloads."""

from __future__ import annotations

from collections.abc import Callable

from gateway.emulation.automation.objects import ComObject, Member
from gateway.emulation.automation.values import Value
from gateway.emulation.office.content import Form
from gateway.emulation.windows.model import Model
from gateway.emulation.windows.world import World

_WORDS = ("text", "value")


class Control(Model):
    """A control: its words are its value, and what it is called without a member's name."""

    def __init__(self, world: World, name: str, values: dict[str, str]) -> None:
        shown = values.get("value") or values.get("caption")
        super().__init__(world, name, {**values, "name": name}, value=shown)

    def put(self, name: str, arguments: list[Value], value: Value) -> None:
        lowered = name.lower()
        if lowered in _WORDS:
            self.put_default([], value)
        super().put(name, arguments, value)

    def put_default(self, arguments: list[Value], value: Value) -> None:
        super().put_default(arguments, value)
        self.given |= dict.fromkeys(_WORDS, value)


class UserForm(Model):
    """A form; to show it runs its Initialize and Activate handlers."""

    def __init__(self, world: World, form: Form, fire: Callable[[str, str], None]) -> None:
        super().__init__(world, form.name)
        self._fire = fire
        self._name = form.name
        self._loaded = False
        controls: list[Value] = []
        self.given |= form.properties
        for name, values in form.controls.items():
            control = Control(world, name, values)
            self.given[name] = control
            controls.append(control)
        self.given["controls"] = Model(world, "Controls", rows=controls, names=form.controls)

    def member(self, name: str) -> Member:
        return Member.METHOD if name.lower() in ("show", "hide") else super().member(name)

    def load(self) -> None:
        """The form comes to be: its Initialize handler runs, once."""
        if not self._loaded:
            self._loaded = True
            self._fire(self._name, "userform_initialize")

    def put(self, name: str, arguments: list[Value], value: Value) -> None:
        control = self.given.get(name.lower())
        if isinstance(control, Control) and not isinstance(value, ComObject):
            control.put_default(arguments, value)
        else:
            super().put(name, arguments, value)

    def _unknown(self, name: str, arguments: list[Value]) -> Value:
        """A member that is not here may be a control that could not be read."""
        if arguments:
            return super()._unknown(name, arguments)
        self.given[name] = made = Control(self.world, name, {})
        return made

    def do_show(self, modal: Value = 1) -> Value:
        self.load()
        self._fire(self._name, "userform_activate")
        return None

    def do_hide(self) -> Value:
        return None
