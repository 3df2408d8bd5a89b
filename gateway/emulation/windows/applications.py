"""Office applications that a script starts: what in them sends mails or starts programs."""

from __future__ import annotations

import re

from gateway.emulation.automation.convert import text
from gateway.emulation.automation.values import NOTHING, NULL, Value
from gateway.emulation.contract import Kind
from gateway.emulation.windows import facts
from gateway.emulation.windows.model import Model
from gateway.emulation.windows.world import Bag, World, WorldObject

_EXEC = re.compile(r"\b(?:EXEC|ShellExecute\w*)\b(.+)", re.IGNORECASE | re.DOTALL)
_QUOTED = re.compile(r'"((?:[^"]|"")*)"')

_PEOPLE = ("ben", "carla", "dirk", "eva", "finn", "gina")
"""Who stands in the address book: enough that who writes to all of them is seen."""


def application(name: str, world: World) -> Value:
    """Word, Excel or PowerPoint, as another program makes documents with them."""
    made = Model(world, name.title())

    def dde(program: Value, topic: Value = "") -> Value:
        world.commands.start(f"{text(program)} {text(topic)}".strip(), "by DDE")
        return 1

    def excel4(formula: Value) -> Value:
        words = text(formula)
        world.recorder.call("Excel 4 macro", words)
        found = _EXEC.search(words)
        if found is not None:
            texts = [each.replace('""', '"') for each in _QUOTED.findall(found[1])]
            named = [each for each in texts if each.lower() not in ("open", "runas")]
            world.commands.start(" ".join(named[-2:] if "shellexecute" in words.lower() else named))
        return 0

    made.given |= {"ddeinitiate": dde, "executeexcel4macro": excel4}
    return made


def console(world: World) -> Value:
    """MMC20.Application: its view starts programs."""

    def start(command: Value, directory: Value = "", parameters: Value = "", *more: Value) -> Value:
        words = [text(each) for each in (command, parameters) if each not in (NULL, NOTHING)]
        world.commands.start(" ".join(words).strip(), "by the management console")
        return None

    view = Model(world, "View", {"executeshellcommand": start})
    document = Model(world, "Document", {"activeview": view})
    return Model(world, "MMC20.Application", {"document": document})


class Outlook(WorldObject):
    """Outlook.Application."""

    type_name = "Outlook.Application"

    def do_createitem(self, kind: Value = 0) -> Value:
        return OutlookItem(self.world)

    def do_getnamespace(self, name: Value = "MAPI") -> Value:
        people: list[Value] = [
            Bag(self.world, "AddressEntry", {"name": each, "address": f"{each}@corp.example"})
            for each in _PEOPLE
        ]
        entries = Model(self.world, "AddressEntries", rows=people)
        book = Model(self.world, "AddressList", {"addressentries": entries})
        books = Model(self.world, "AddressLists", rows=[book])
        return Model(self.world, "NameSpace", {"addresslists": books, "currentuser": facts.USER})

    def get_session(self) -> Value:
        return self.do_getnamespace()

    def do_createobject(self, prog_id: Value) -> Value:
        return self.world.create(text(prog_id))

    def do_quit(self) -> Value:
        return None


class OutlookItem(Bag):
    """A mail that is being written."""

    def __init__(self, world: World) -> None:
        attachments = Bag(world, "Attachments", {}, ("Add",))
        recipients = Bag(world, "Recipients", {}, ("Add", "ResolveAll"))
        values: dict[str, Value] = {"attachments": attachments, "recipients": recipients}
        super().__init__(world, "MailItem", values, ("Display", "Save", "Close"))

    def do_send(self) -> Value:
        to, subject = (text(self.values.get(name)) for name in ("to", "subject"))
        self.world.recorder.note(Kind.NETWORK, "send", "mail", to, subject)
        return None
