"""Which class names make which objects, and what GetObject's monikers mean."""

from __future__ import annotations

import re
from functools import partial

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import Value
from gateway.emulation.windows import sinkhole
from gateway.emulation.windows.applications import Outlook, application, console
from gateway.emulation.windows.dictionary import Dictionary, VbaCollection
from gateway.emulation.windows.dotnet import (
    ArrayList,
    Encoding,
    Formatter,
    FromBase64,
    Hash,
    MemoryStream,
)
from gateway.emulation.windows.filesystem import FileSystem
from gateway.emulation.windows.http import Browser, HttpRequest
from gateway.emulation.windows.misc import HtmlFile, RegExp, Scheduler, ScriptControl
from gateway.emulation.windows.model import Model
from gateway.emulation.windows.recorder import Recorder
from gateway.emulation.windows.shell import Network, Shell
from gateway.emulation.windows.shellapp import ShellApplication
from gateway.emulation.windows.streams import Recordset, Stream, connection
from gateway.emulation.windows.wmi import Locator, Moment, Services, managed
from gateway.emulation.windows.world import Bag, Factory, World
from gateway.emulation.windows.xmldom import Document


def _plain(name: str, world: World) -> Value:
    """An object of which nothing matters here."""
    return Model(world, name)


def _hash(kind: str, world: World) -> Value:
    return Hash(world, kind)


FACTORIES: dict[str, Factory] = {
    "wscript.shell": Shell,
    "shell": Shell,
    "wscript.network": Network,
    **dict.fromkeys(("wshshell", "iwshruntimelibrary.wshshell"), Shell),
    **dict.fromkeys(("wshnetwork", "iwshruntimelibrary.wshnetwork"), Network),
    **dict.fromkeys(
        (
            "scripting.filesystemobject",
            "filesystemobject",
            "iwshruntimelibrary.filesystemobject",
        ),
        FileSystem,
    ),
    "scripting.dictionary": Dictionary,
    "dictionary": Dictionary,
    "collection": VbaCollection,
    "vba.collection": VbaCollection,
    **dict.fromkeys(
        (
            *("msxml2.xmlhttp", "microsoft.xmlhttp", "msxml2.serverxmlhttp", "xmlhttp"),
            *("winhttp.winhttprequest", "winhttprequest", "msxml.xmlhttp", "xmlhttp60"),
            *("msxml2.serverxmlhttp60", "msxml2.xmlhttp60"),
        ),
        HttpRequest,
    ),
    "internetexplorer.application": Browser,
    "adodb.stream": Stream,
    "stream": Stream,
    "adodb.recordset": Recordset,
    "adodb.connection": connection,
    **dict.fromkeys(("shell.application", "shell32.shell"), ShellApplication),
    **dict.fromkeys(
        (
            *("msxml2.domdocument", "microsoft.xmldom", "msxml.domdocument", "domdocument"),
            *("msxml2.domdocument60", "msxml2.freethreadeddomdocument", "msxml2.domdocument.6"),
        ),
        Document,
    ),
    "wbemscripting.swbemlocator": Locator,
    "swbemlocator": Locator,
    "wbemscripting.swbemdatetime": Moment,
    "vbscript.regexp": RegExp,
    "regexp": RegExp,
    "schedule.service": Scheduler,
    "htmlfile": HtmlFile,
    "msscriptcontrol.scriptcontrol": ScriptControl,
    "scriptcontrol": ScriptControl,
    "outlook.application": Outlook,
    "mmc20.application": console,
    **{
        name: partial(application, name)
        for name in ("word.application", "excel.application", "powerpoint.application")
    },
    "system.text.asciiencoding": lambda world: Encoding(world, "ASCIIEncoding", "latin-1"),
    "system.text.utf8encoding": lambda world: Encoding(world, "UTF8Encoding", "utf-8"),
    "system.text.unicodeencoding": lambda world: Encoding(world, "UnicodeEncoding", "utf-16-le"),
    "system.security.cryptography.frombase64transform": FromBase64,
    "system.io.memorystream": MemoryStream,
    "system.runtime.serialization.formatters.binary.binaryformatter": Formatter,
    "system.collections.arraylist": ArrayList,
    "system.collections.stack": lambda world: ArrayList(world, "Stack"),
    "system.collections.queue": lambda world: ArrayList(world, "Queue"),
    "system.collections.hashtable": Dictionary,
    "system.collections.sortedlist": Dictionary,
    **{
        f"system.security.cryptography.{name}": partial(_hash, kind)
        for name, kind in (
            ("md5cryptoserviceprovider", "md5"),
            ("sha1managed", "sha1"),
            ("sha1cryptoserviceprovider", "sha1"),
            ("sha256managed", "sha256"),
            ("sha512managed", "sha512"),
        )
    },
    "scriptlet.typelib": lambda world: Bag(
        world, "Typelib", {"guid": "{7E2C1A90-3B5D-4F60-8A21-0C9D5E7F1B34}"}
    ),
    "sapi.spvoice": lambda world: Bag(world, "SpVoice", {"volume": 100}, ("Speak",)),
    "wia.commondialog": lambda world: Bag(world, "CommonDialog", {}, ("ShowAcquireImage",)),
    "cdo.message": lambda world: _message(world),
    **{
        name: partial(_plain, name)
        for name in (
            *("microsoft.update.session", "microsoft.update.autoupdate", "hnetcfg.fwmgr"),
            *("hnetcfg.fwpolicy2", "hnetcfg.fwopenport", "hnetcfg.fwauthorizedapplication"),
            *(
                "hnetcfg.fwrule",
                "adsysteminfo",
                "winntsysteminfo",
                "nametranslate",
                "adodb.command",
            ),
            *("wbemscripting.swbemrefresher", "wmplayer.ocx", "mapi.session", "sqldmo.sqlserver"),
            *("dsaccesscontrol", "adssecurityutility", "accesscontrolentry", "securitydescriptor"),
            *(
                "access.application",
                "visio.application",
                "msproject.application",
                "cdo.configuration",
            ),
            *("adox.catalog", "gpmgmt.gpm", "microsoft.update.servicemanager", "wia.imagefile"),
            *("comadmin.comadmincatalog", "shell.explorer", "itunes.application", "sapgui"),
        )
    },
}
"""Class names in lower case, without version, to what makes an object of them."""

_CLASSES = {
    "72c24dd5-d70a-438b-8a42-98424b88afb8": "WScript.Shell",
    "f935dc22-1cf0-11d0-adb9-00c04fd58a0b": "WScript.Shell",
    "0d43fe01-f093-11cf-8940-00a0c9054228": "Scripting.FileSystemObject",
    "13709620-c279-11ce-a49e-444553540000": "Shell.Application",
    "c08afd90-f2a1-11d1-8455-00a0c91f3880": "Shell.Application",
    "9ba05972-f6a8-11cf-a442-00a0c90a8f39": "Shell.Application",
    "88d96a0a-f192-11d4-a65f-0040963251e5": "MSXML2.ServerXMLHTTP",
    "88d96a05-f192-11d4-a65f-0040963251e5": "MSXML2.DOMDocument",
    "2087c2f4-2cef-4953-a8ab-66779b670495": "WinHttp.WinHttpRequest",
    "00000566-0000-0010-8000-00aa006d2ea4": "ADODB.Stream",
    "ee09b103-97e0-11cf-978f-00a02463e06f": "Scripting.Dictionary",
    "3f4daca4-160d-11d2-a8e9-00104b365c9f": "VBScript.RegExp",
    "0f87369f-a4e5-4cfc-bd3e-73e6154572dd": "Schedule.Service",
}
_DIRECTORIES = ("winnt:", "ldap:", "iis:", "gc:", "nds:", "clsid:", "appx:")
"""Directories of people and servers: administrators ask them, and nothing here acts on answers."""

_CLSID = re.compile(r"\{?([0-9a-f]{8}-[0-9a-f-]{27})\}?", re.IGNORECASE)


def get_object(world: World, path: str, prog_id: str) -> Value:
    """GetObject. Raises ScriptError 432 for what leads nowhere."""
    lowered = path.lower()
    if lowered.startswith("winmgmts:"):
        rest = re.sub(r"^winmgmts:(\{[^}]*\}!?)?", "", path, flags=re.IGNORECASE)
        names_class = re.search(r"(?:^|[:!])\s*(\w+)[^\\/]*$", rest)
        if names_class and not re.search(r"root", names_class[1], re.IGNORECASE):
            return managed(world, rest)
        return Services(world)
    if lowered.startswith("new:"):
        return world.create(class_named(path[4:]))
    if lowered.startswith(("script:", "scriptlet:")):
        address = path.split(":", 1)[1]
        sinkhole.answer(world.recorder, "GET", address)
        world.evaluated(f"{sinkhole.MARK}: scriptlet from {address}")
        return Bag(world, "Scriptlet")
    if lowered.startswith(_DIRECTORIES):
        return Model(world, "ADsObject", {"name": path, "adspath": path}, value=path)
    if lowered.startswith(("http:", "https:")):
        sinkhole.answer(world.recorder, "GET", path)
        raise ScriptError(432, path)
    if prog_id:
        return world.create(prog_id)
    raise ScriptError(432, path)


def class_named(untrusted: str) -> str:
    """A class's name, for a name or a CLSID."""
    found = _CLSID.search(untrusted)
    return _CLASSES.get(found[1].lower(), untrusted) if found else untrusted


def _message(world: World) -> Value:
    fields = Bag(world, "Fields", {}, ("Update",))
    configuration = Bag(world, "Configuration", {"fields": fields})
    values: dict[str, Value] = {"configuration": configuration}
    return Bag(world, "CDO.Message", values, ("Send", "AddAttachment"))


def new_world(recorder: Recorder) -> World:
    """A machine with everything that scripts expect on it."""
    return World(recorder, FACTORIES, get_object)
