"""User forms: objects with controls, whose texts are where macros like to keep payloads."""

from __future__ import annotations

from collections.abc import Callable

from gateway.emulation.automation.objects import Member
from gateway.emulation.automation.values import Value
from gateway.emulation.office.content import Form
from gateway.emulation.windows.model import Model
from gateway.emulation.windows.world import World


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
            control = Model(world, name, dict(values), value=values.get("value", ""))
            control.given["name"] = name
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

    def do_show(self, modal: Value = 1) -> Value:
        self.load()
        self._fire(self._name, "userform_activate")
        return None

    def do_hide(self) -> Value:
        return None
