"""Services and rights: what a program would install, start, stop, or have itself allowed."""

from __future__ import annotations

import struct

from gateway.emulation.contract import Kind
from gateway.emulation.winapi.api.pools import Job, queue
from gateway.emulation.winapi.calls import (
    ERROR_SERVICE_DOES_NOT_EXIST,
    Call,
    Invoke,
    Running,
    api,
    constants,
)
from gateway.emulation.winapi.handles import Plain
from gateway.emulation.windows import facts

_KNOWN = (
    "windefend",
    "wscsvc",
    "wuauserv",
    "eventlog",
    "vss",
    "spooler",
    "mpssvc",
    "sense",
    "bits",
    "w32time",
)
"""Services that are there, apart from those that the program makes."""

constants(
    "advapi32",
    "CloseServiceHandle/1=1 ChangeServiceConfig2A/3=1 ChangeServiceConfig2W/3=1 "
    "SetServiceStatus/2=1 "
    ""
    "FreeSid/1=0 ImpersonateLoggedOnUser/1=1 "
    "RevertToSelf/0=1 ImpersonateSelf/1=1 SetTokenInformation/4=1 "
    "InitializeSecurityDescriptor/2=1 SetSecurityDescriptorDacl/4=1 SetSecurityInfo/7=0 "
    "ConvertStringSecurityDescriptorToSecurityDescriptorA/4=1 SetFileSecurityA/3=1 "
    "SetFileSecurityW/3=1 RegisterEventSourceA/2=0x8900 RegisterEventSourceW/2=0x8900 "
    "ReportEventA/9=1 ReportEventW/9=1 DeregisterEventSource/1=1 IsValidSid/1=1 "
    "SetEntriesInAclA/4=0 SetEntriesInAclW/4=0 EventRegister/4=0 EventUnregister/8=0 "
    "EventWrite/5=0",
)


@api("advapi32", "OpenSCManagerA OpenSCManagerW", 3)
def open_manager(call: Call) -> int:
    return call.machine.handles.add(Plain("services"))


@api("advapi32", "CreateServiceA CreateServiceW", 13)
def create_service(call: Call) -> int:
    machine = call.machine
    name, image, start = call.text(1), call.text(7), call.u32(6)
    made: dict[str, str] = machine.keep.things.setdefault("services", {})
    made[name.lower()] = image
    call.saw(name, image, f"start {start}")
    path = rf"HKLM\SYSTEM\CurrentControlSet\Services\{name}\ImagePath"
    machine.registry.write(path, image, image, "2")
    return machine.handles.add(Plain("service", name))


@api("advapi32", "OpenServiceA OpenServiceW", 3)
def open_service(call: Call) -> int:
    name = call.text(1)
    if name.lower() not in (*_KNOWN, *call.machine.keep.things.get("services", {})):
        return call.fail(ERROR_SERVICE_DOES_NOT_EXIST)
    return call.machine.handles.add(Plain("service", name))


def _service(call: Call, index: int = 0) -> str:
    thing = call.machine.handles.get(call[index], Plain)
    return thing.text if thing is not None else ""


@api("advapi32", "StartServiceA StartServiceW", 3)
def start_service(call: Call) -> int:
    name = _service(call)
    image = call.machine.keep.things.get("services", {}).get(name.lower())
    if image:
        call.machine.commands.start(image, "as a service")
    return 1


@api("advapi32", "ControlService", 3)
def control_service(call: Call) -> int:
    if call.u32(1) == 1:
        call.machine.recorder.note(Kind.PROCESS, "execute", "services", f"sc stop {_service(call)}")
    call.put(call[2], struct.pack("<7I", 0x10, 1, 0, 0, 0, 0, 0))
    return 1


@api("advapi32", "DeleteService", 1)
def delete_service(call: Call) -> int:
    call.machine.recorder.note(Kind.PROCESS, "execute", "services", f"sc delete {_service(call)}")
    return 1


@api("advapi32", "ChangeServiceConfigA ChangeServiceConfigW", 11)
def change_service(call: Call) -> int:
    words = f"sc config {_service(call)} start {call.u32(2)} {call.text(4)}"
    call.machine.recorder.note(Kind.PROCESS, "execute", "services", words)
    return 1


@api("advapi32", "QueryServiceStatus", 2)
def query_status(call: Call) -> int:
    call.put(call[1], struct.pack("<7I", 0x10, 4, 5, 0, 0, 0, 0))
    return 1


@api("advapi32", "QueryServiceStatusEx", 5)
def query_status_ex(call: Call) -> int:
    data = struct.pack("<9I", 0x10, 4, 5, 0, 0, 0, 0, 1040, 0)
    call.put_u32(call[4], len(data))
    if call.u32(3) < len(data):
        return call.fail(122)
    call.put(call[2], data)
    return 1


_STOPPED_AFTER = 6 * 3600.0
"""Seconds of the emulated clock after which somebody stops a service: it would run for ever."""

_CONTROL_STOP = 1
_STATUS = 0x8800


@api("advapi32", "RegisterServiceCtrlHandlerA RegisterServiceCtrlHandlerW", 2)
def control_handler(call: Call) -> int:
    return _stopped_later(call, (_CONTROL_STOP,))


@api("advapi32", "RegisterServiceCtrlHandlerExA RegisterServiceCtrlHandlerExW", 3)
def control_handler_ex(call: Call) -> int:
    return _stopped_later(call, (_CONTROL_STOP, 0, 0, call[2]))


def _stopped_later(call: Call, arguments: tuple[int, ...]) -> int:
    queue(call.machine, Job(call[1], arguments, call.machine.now() + _STOPPED_AFTER))
    return _STATUS


@api("advapi32", "StartServiceCtrlDispatcherA StartServiceCtrlDispatcherW", 1)
def dispatcher(call: Call) -> Running:
    """A service's main function is called, as the service manager would."""
    memory, width = call.machine.memory, call.machine.width
    name, function = memory.pointer(call[0]), memory.pointer(call[0] + width)
    row = call.machine.heap.zeroed(2 * width)
    memory.put_pointer(row, name)
    if function:
        yield Invoke(function, (1, row))
    return 1


# --- rights --------------------------------------------------------------------------------------


@api("advapi32", "OpenProcessToken", 3)
def open_process_token(call: Call) -> int:
    call.put_pointer(call[2], call.machine.handles.add(Plain("token")))
    return 1


@api("advapi32", "OpenThreadToken", 4)
def open_thread_token(call: Call) -> int:
    return call.fail(1008)


@api("advapi32", "DuplicateTokenEx", 6)
def duplicate_token(call: Call) -> int:
    call.saw()
    call.put_pointer(call[5], call.machine.handles.add(Plain("token")))
    return 1


@api("advapi32", "LookupPrivilegeValueA LookupPrivilegeValueW", 3)
def lookup_privilege(call: Call) -> int:
    call.saw(call.text(1))
    call.put(call[2], struct.pack("<II", 20, 0))
    return 1


@api("advapi32", "AdjustTokenPrivileges", 6)
def adjust_privileges(call: Call) -> int:
    call.saw()
    call.machine.last_error = 0
    return 1


@api("advapi32", "GetTokenInformation", 5)
def token_information(call: Call) -> int:
    size = {20: 4, 18: 4}.get(call.u32(1), 64)
    call.put_u32(call[4], size)
    if call.u32(3) < size:
        return call.fail(122)
    call.put(call[2], bytes(size))
    if call.u32(1) in (1, 25):
        sid = struct.pack("<BB6sII", 1, 1, bytes(5) + b"\x10", 0x2000, 0)
        call.put_pointer(call[2], call.machine.heap.keep(sid))
    return 1


@api("advapi32", "AllocateAndInitializeSid", 11)
def allocate_sid(call: Call) -> int:
    call.put_pointer(
        call[10], call.machine.heap.keep(struct.pack("<BB6sII", 1, 2, bytes(5) + b"\5", 32, 544))
    )
    return 1


@api("advapi32", "CheckTokenMembership", 3)
def check_membership(call: Call) -> int:
    call.put_u32(call[2], 0)
    return 1


@api("advapi32", "GetUserNameA GetUserNameW", 2)
def get_user_name(call: Call) -> int:
    room = call.machine.memory.u32(call[1])
    call.put_u32(call[1], len(facts.USER) + 1)
    if room <= len(facts.USER):
        return call.fail(122)
    call.put(call[0], call.encoded(facts.USER))
    return 1


@api("secur32", "GetUserNameExA GetUserNameExW", 3)
def get_user_name_ex(call: Call) -> int:
    name = rf"{facts.DOMAIN}\{facts.USER}"
    call.put(call[1], call.encoded(name))
    call.put_u32(call[2], len(name))
    return 1


@api("advapi32", "GetSidSubAuthority", 2)
def sid_part(call: Call) -> int:
    return call[0] + 8 + 4 * call.u32(1)


@api("advapi32", "GetSidSubAuthorityCount", 1)
def sid_count(call: Call) -> int:
    return call[0] + 1


@api("advapi32", "ClearEventLogA ClearEventLogW", 2)
def clear_event_log(call: Call) -> int:
    call.machine.recorder.note(Kind.PROCESS, "execute", "eventlog", "wevtutil cl (ClearEventLog)")
    return 1
