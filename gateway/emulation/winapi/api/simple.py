"""Functions of small libraries that ask the network's or the machine's names, and answer little."""

from __future__ import annotations

import struct

from gateway.emulation.winapi.calls import Call, api, constants
from gateway.emulation.windows import facts

constants(
    "netapi32 wtsapi32 iphlpapi userenv setupapi dbghelp psapi",
    "NetApiBufferFree/1=0 NetUserAdd/4=5 NetLocalGroupAddMembers/5=5 WTSFreeMemory/1=0 "
    "NetShareEnum/7=2 WTSGetActiveConsoleSessionId/0=1 CreateEnvironmentBlock/3=0 "
    "DestroyEnvironmentBlock/1=1 SymInitialize/3=1 SymCleanup/1=1 GetNetworkParams/2=111 "
    "GetIfTable/3=122 GetTcpTable/3=122 GetExtendedTcpTable/6=122 EmptyWorkingSet/1=1 "
    "NetServerEnum/9=1231 NetWkstaGetInfo/3=5 NetUserEnum/8=5 GetAdaptersAddresses/5=111",
)


@api("dbghelp", "MiniDumpWriteDump", 7)
def mini_dump(call: Call) -> int:
    from gateway.emulation.winapi.api.memory import foreign

    process = foreign(call.machine, call[0])
    call.saw(process.path if process is not None else call.machine.path)
    return 1


@api("iphlpapi", "GetAdaptersInfo", 2)
def adapters_info(call: Call) -> int:
    size = 704 if call.machine.width == 8 else 640
    room = call.machine.memory.u32(call[1])
    call.put_u32(call[1], size)
    if room < size:
        return 111
    wide = call.machine.width == 8
    block = bytearray(size)
    struct.pack_into("<I", block, 8 if wide else 4, 1)
    start = 12 if wide else 8
    block[start : start + 5] = b"{NIC}"
    block[start + 260 : start + 265] = b"Intel"
    struct.pack_into("<I6s", block, start + 260 + 132, 6, bytes.fromhex("001b21a4c37e"))
    call.put(call[0], bytes(block))
    return 0


@api("netapi32", "NetGetJoinInformation", 3)
def join_information(call: Call) -> int:
    call.put_pointer(call[1], call.machine.heap.keep(facts.DOMAIN.encode("utf-16-le") + b"\0\0"))
    call.put_u32(call[2], 3)
    return 0
