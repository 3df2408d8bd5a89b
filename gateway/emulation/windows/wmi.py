"""WMI: queries about the machine, processes that it starts, its access to the registry."""

from __future__ import annotations

import re
from datetime import datetime

from gateway.emulation.automation.convert import date_of, long, moment_of, text, whole
from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.automation.values import MISSING, NULL, Cell, Date, Element, Value, as_array
from gateway.emulation.windows import facts
from gateway.emulation.windows.registry import ROOT_NUMBERS
from gateway.emulation.windows.world import Bag, Collection, World, WorldObject, shown

_FROM = re.compile(r"\bfrom\s+(\w+)", re.IGNORECASE)
_CLASS = re.compile(r"(?:^|[:!\\])([A-Za-z]\w*)(?:[.=].*)?$")

_OBJECTS: dict[str, tuple[dict[str, Value], ...]] = {
    "win32_operatingsystem": (
        {
            "caption": "Microsoft Windows 10 Pro",
            "version": "10.0.19045",
            "buildnumber": "19045",
            "osarchitecture": "64-bit",
            "csname": facts.COMPUTER,
            "totalvisiblememorysize": "16610320",
            "freephysicalmemory": "9120012",
            "installdate": "20230214091512.000000+060",
            "lastbootuptime": "20260528074410.500000+120",
            "localdatetime": "20260601100000.000000+120",
            "serialnumber": "00330-80000-00000-AA281",
            "oslanguage": 1033,
            "locale": "0409",
            "countrycode": "1",
            "systemdirectory": facts.SYSTEM,
            "windowsdirectory": r"C:\Windows",
            "registereduser": "Anna Beispiel",
        },
    ),
    "win32_computersystem": (
        {
            "name": facts.COMPUTER,
            "manufacturer": "Dell Inc.",
            "model": "OptiPlex 7080",
            "username": rf"{facts.DOMAIN}\{facts.USER}",
            "domain": "corp.example",
            "partofdomain": True,
            "totalphysicalmemory": "17008967680",
            "numberofprocessors": 1,
            "numberoflogicalprocessors": 8,
            "systemtype": "x64-based PC",
        },
    ),
    "win32_bios": (
        {
            "manufacturer": "Dell Inc.",
            "serialnumber": "7JKQ8Z3",
            "smbiosbiosversion": "1.21.0",
            "version": "DELL - 1072009",
            "name": "1.21.0",
        },
    ),
    "win32_processor": (
        {
            "name": "Intel(R) Core(TM) i7-10700 CPU @ 2.90GHz",
            "numberofcores": 8,
            "numberoflogicalprocessors": 16,
            "processorid": "BFEBFBFF000A0655",
            "architecture": 9,
            "addresswidth": 64,
        },
    ),
    "win32_baseboard": ({"manufacturer": "Dell Inc.", "product": "0K46G6"},),
    "win32_diskdrive": ({"model": "KIOXIA KXG60ZNV512G", "size": "512105932800", "index": 0},),
    "win32_logicaldisk": (
        {
            "deviceid": "C:",
            "name": "C:",
            "size": "511000000000",
            "freespace": "181000000000",
            "drivetype": 3,
            "volumeserialnumber": "4CD99C21",
            "filesystem": "NTFS",
        },
    ),
    "win32_videocontroller": ({"name": "Intel(R) UHD Graphics 630", "caption": "Intel"},),
    "win32_physicalmemory": ({"capacity": "17179869184", "manufacturer": "Samsung"},),
    "win32_networkadapterconfiguration": (
        {
            "ipenabled": True,
            "macaddress": "C0:18:50:3E:71:0A",
            "description": "Intel(R) Ethernet Connection",
            "dhcpenabled": True,
        },
    ),
    "win32_printer": (
        {"name": "Floor2", "default": True, "drivername": "HP", "portname": "IP_10.1.1.40"},
    ),
    "win32_useraccount": ({"name": facts.USER, "domain": facts.DOMAIN, "sid": "S-1-5-21-1"},),
    "win32_process": tuple(
        {"name": name, "processid": pid, "caption": name, "executablepath": "", "commandline": ""}
        for pid, name in facts.PROCESSES
    ),
    "win32_service": (
        {"name": "Spooler", "state": "Running", "startmode": "Auto", "displayname": "Printing"},
    ),
    "antivirusproduct": ({"displayname": "Windows Defender", "productstate": 397568},),
    "win32_fan": ({"deviceid": "root\\cimv2 0", "status": "OK"},),
    "win32_temperatureprobe": ({"status": "OK"},),
    "win32_product": ({"name": "Microsoft Office Professional Plus 2019", "version": "16.0"},),
    "win32_quickfixengineering": ({"hotfixid": "KB5034122"},),
    "win32_timezone": ({"bias": 60, "standardname": "Romance Standard Time"},),
    "win32_shadowcopy": ({"id": "{5E21-1}", "volumename": "C:"},),
}


class Locator(WorldObject):
    """WbemScripting.SWbemLocator."""

    type_name = "SWbemLocator"

    def do_connectserver(self, server: Value = ".", namespace: Value = "", *more: Value) -> Value:
        return Services(self.world)

    def get_security_(self) -> Value:
        return Bag(self.world, "SWbemSecurity", {"impersonationlevel": 3})


class Services(WorldObject):
    """A connection to WMI."""

    type_name = "SWbemServices"

    def do_execquery(self, query: Value, *more: Value) -> Value:
        found = _FROM.search(text(query))
        return self._instances(found[1] if found else "", text(query))

    def do_instancesof(self, name: Value, *more: Value) -> Value:
        return self._instances(text(name), "")

    def do_get(self, path: Value = "", *more: Value) -> Value:
        return managed(self.world, text(path))

    def do_execnotificationquery(self, query: Value, *more: Value) -> Value:
        return Events(self.world)

    def do_execmethod(self, path: Value, method: Value, *more: Value) -> Value:
        return managed(self.world, text(path)).get(text(method), list(more))

    def do_delete(self, path: Value) -> Value:
        return None

    def get_security_(self) -> Value:
        return Bag(self.world, "SWbemSecurity", {"impersonationlevel": 3})

    def _instances(self, name: str, query: str) -> Value:
        rows = _OBJECTS.get(name.lower())
        if rows is None:
            self.world.recorder.lacks(f"WMI class {name}")
            rows = ()
        wanted = re.findall(r"(\w+)\s*(?:=|like)\s*['\"]?([^'\"\s)]+)", query, re.IGNORECASE)
        fields = rows[0] if rows else {}
        known = [(k.lower(), v.strip("%").lower()) for k, v in wanted if k.lower() in fields]
        chosen = [r for r in rows if all(v in str(r[k]).lower() for k, v in known)]
        made: list[Value] = [WmiObject(self.world, name, row) for row in chosen]
        return Collection(self.world, made, type_name="SWbemObjectSet")


def managed(world: World, path: str) -> WmiObject:
    """A class or an instance by its path."""
    found = _CLASS.search(path.strip())
    name = found[1] if found else path
    if name.lower() == "stdregprov":
        return RegistryProvider(world, name, {})
    rows = _OBJECTS.get(name.lower(), ({},))
    return WmiObject(world, name, rows[0])


class WmiObject(Bag):
    """An instance or a class; its methods act."""

    references = frozenset({"create"})

    def __init__(self, world: World, name: str, values: dict[str, Value]) -> None:
        methods = ("Terminate", "SetPriority", "StartService", "StopService", "ChangeStartMode")
        super().__init__(world, name, values, (*methods, "Put_", "Delete_", "Rename", "Delete"))

    def do_create(self, *arguments: Value) -> Value:
        """Win32_Process.Create(CommandLine, CurrentDirectory, StartupInfo, out ProcessId)."""
        values = [a.value if isinstance(a, Cell | Element) else a for a in arguments]
        if values and self.type_name.lower() == "win32_process":
            self.world.commands.start(text(values[0]), "by WMI")
            if len(arguments) > 3 and isinstance(arguments[3], Cell | Element):
                arguments[3].value = 6312
        elif self.type_name.lower() == "win32_share":
            self.world.recorder.call("Win32_Share.Create", *map(shown, values))
        return 0

    def do_spawninstance_(self, *more: Value) -> Value:
        return WmiObject(self.world, self.type_name, {})

    def get_methods_(self, name: Value = "") -> Value:
        values: dict[str, Value] = {"inparameters": WmiObject(self.world, "__PARAMETERS", {})}
        return Bag(self.world, "SWbemMethod", values)

    def do_execmethod_(self, method: Value, parameters: Value = MISSING, *more: Value) -> Value:
        if text(method).lower() == "create" and isinstance(parameters, Bag):
            self.do_create(parameters.values.get("commandline"))
        return Bag(self.world, "__PARAMETERS", {"returnvalue": 0, "processid": 6312})

    def do_getowner(self, *more: Value) -> Value:
        return 0

    def do_win32shutdown(self, *flags: Value) -> Value:
        self.world.commands.start("shutdown.exe /s", "by WMI")
        return 0

    def get_path_(self) -> Value:
        return Bag(self.world, "SWbemObjectPath", {"class": self.type_name, "path": self.type_name})

    def get_properties_(self) -> Value:
        rows: list[Value] = [
            Bag(self.world, "SWbemProperty", {"name": n, "value": v}, default="value")
            for n, v in self.values.items()
        ]
        return Collection(self.world, rows, list(self.values))

    def get(self, name: str, arguments: list[Value]) -> Value:
        known = hasattr(self, f"do_{name.lower()}") or hasattr(self, f"get_{name.lower()}")
        if not known and name.lower() not in self.values and name.lower() not in self.methods:
            return NULL  # a property without a value
        return super().get(name, arguments)


class Moment(WorldObject):
    """SWbemDateTime: `20260528074410.500000+120` and dates, one as the other."""

    type_name = "SWbemDateTime"
    quiet = True

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._words = ""

    def get_value(self) -> Value:
        return self._words

    def put_value(self, value: Value) -> None:
        self._words = "" if value is NULL else text(value)

    def do_getvardate(self, local: Value = True) -> Value:
        try:
            return date_of(datetime.strptime(self._words[:14], "%Y%m%d%H%M%S"))
        except ValueError:
            raise ScriptError(13, self._words) from None

    def do_setvardate(self, value: Value, local: Value = True) -> Value:
        moment = moment_of(value) if isinstance(value, Date) else datetime(2026, 6, 1)
        self._words = f"{moment:%Y%m%d%H%M%S}.000000+120"
        return None


class Events(WorldObject):
    """Events of a notification query: none comes."""

    type_name = "SWbemEventSource"

    def do_nextevent(self, timeout: Value = -1) -> Value:
        seconds = whole(timeout) / 1000 if whole(timeout) > 0 else 600
        self.world.recorder.slept += seconds
        raise ScriptError(-2147209215)


class RegistryProvider(WmiObject):
    """StdRegProv: the registry through WMI; values come back in the last argument."""

    references = frozenset({"getstringvalue", "getdwordvalue", "enumkey", "enumvalues"}) | {
        "getexpandedstringvalue",
        "getbinaryvalue",
    }

    def _path(self, root: Value, key: Value, name: Value = "") -> str:
        number = long(_read(root)) & 0xFFFFFFFF
        path = f"{ROOT_NUMBERS.get(number, 'HKCU')}\\{text(_read(key))}"
        return f"{path}\\{text(_read(name))}" if text(_read(name)) else path

    def do_createkey(self, root: Value, key: Value) -> Value:
        return 0

    def _set(self, root: Value, key: Value, name: Value, value: Value) -> Value:
        self.world.registry.write(self._path(root, key, name), value, shown(value))
        return 0

    def do_setstringvalue(self, root: Value, key: Value, name: Value, value: Value) -> Value:
        return self._set(root, key, name, value)

    do_setdwordvalue = do_setexpandedstringvalue = do_setstringvalue

    def do_setmultistringvalue(self, root: Value, key: Value, name: Value, value: Value) -> Value:
        words = " ".join(shown(item) for item in as_array(value).items)
        return self._set(root, key, name, words)

    do_setbinaryvalue = do_setmultistringvalue

    def do_getstringvalue(self, root: Value, key: Value, name: Value, out: Value = None) -> Value:
        try:
            value = self.world.registry.read(self._path(root, key, name))
        except ScriptError:
            value = NULL
        if isinstance(out, Cell | Element):
            out.value = value
        return 0 if value is not NULL else 2

    do_getdwordvalue = do_getexpandedstringvalue = do_getbinaryvalue = do_getstringvalue

    def do_enumkey(self, root: Value, key: Value, out: Value = None) -> Value:
        if isinstance(out, Cell | Element):
            out.value = NULL
        return 0

    def do_enumvalues(self, root: Value, key: Value, *out: Value) -> Value:
        return 2

    def do_deletevalue(self, root: Value, key: Value, name: Value) -> Value:
        self.world.registry.delete(self._path(root, key, name))
        return 0

    def do_deletekey(self, root: Value, key: Value) -> Value:
        self.world.registry.delete(self._path(root, key))
        return 0


def _read(value: Value) -> Value:
    return value.value if isinstance(value, Cell | Element) else value
