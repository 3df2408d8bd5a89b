"""Functions that list something of Windows and call the program for each: it is called once.

Loaders of hidden code use them to have Windows jump where they like.
"""

from __future__ import annotations

from gateway.emulation.winapi.calls import Call, Handler, Invoke, Running, api

_WORDS = {"t": "00000409", "d": "WinSta0", "s": "MY", "f": r"C:\pagefile.sys"}
"""Texts that a callback gets, by the letter that stands for them below."""

_NUMBERS = {"0": 0, "1": 1, "w": 0x10020, "x": 0x6001, "g": 244}
"""Numbers likewise: a window, a drawing surface, a country."""

_LISTS = """
EnumSystemLocalesA,EnumSystemLocalesW/2 0:t
EnumSystemLocalesEx/4 0:T0.2
EnumUILanguagesA,EnumUILanguagesW/3 0:t.2
EnumDateFormatsA,EnumDateFormatsW,EnumTimeFormatsA,EnumTimeFormatsW/3 0:t
EnumDateFormatsExA,EnumDateFormatsExW/3 0:t1
EnumDateFormatsExEx/4 0:T1.3
EnumTimeFormatsEx/4 0:T.3
EnumCalendarInfoA,EnumCalendarInfoW/4 0:t
EnumCalendarInfoExA,EnumCalendarInfoExW/4 0:t1
EnumCalendarInfoExEx/6 0:T10.5
EnumSystemCodePagesA,EnumSystemCodePagesW/2 0:t
EnumSystemGeoID/3 2:g
EnumSystemLanguageGroupsA,EnumSystemLanguageGroupsW/3 0:1tt0.2
EnumLanguageGroupLocalesA,EnumLanguageGroupLocalesW/4 0:11t.3
EnumChildWindows,EnumThreadWindows,EnumDesktopWindows/3 1:w.2
EnumDesktopsA,EnumDesktopsW/3 1:d.2
EnumWindowStationsA,EnumWindowStationsW/2 0:d.1
EnumDisplayMonitors/4 2:1xr.3
EnumPropsA,EnumPropsW/2 1:wt0
EnumPropsExA,EnumPropsExW/3 1:wt0.2
EnumFontFamiliesA,EnumFontFamiliesW,EnumFontsA,EnumFontsW/4 2:rr1.3
EnumFontFamiliesExA,EnumFontFamiliesExW/5 2:rr1.3
EnumObjects/4 2:r.3
EnumMetaFile/4 2:xrr1.3
EnumEnhMetaFile/5 2:xrr1.3
LineDDA/6 4:00.5
GrayStringA,GrayStringW/9 2:x.31
EnumResourceTypesA,EnumResourceTypesW/3 1:.01.2
EnumResourceLanguagesA,EnumResourceLanguagesW/5 3:.0.1.20.4
CertEnumSystemStore/4 3:S0r0.2
CertEnumSystemStoreLocation/3 2:S00.1
CryptEnumOIDInfo/4 3:r.2
EnumPageFilesA,K32EnumPageFilesA,EnumPageFilesW,K32EnumPageFilesW/2 0:.1rf
EnumerateLoadedModules,EnumerateLoadedModules64,EnumerateLoadedModulesW64/3 1:t00.2
SymEnumProcesses/2 0:1.1
ImageGetDigestStream/4 2:.3r1
EnumPwrSchemes/2 0:10tt0.1
VerifierEnumerateResource/5 3:r.4
ImmEnumInputContext/3 1:1.2
LdrEnumerateLoadedModules/3 1:r.2r
DirectDrawEnumerateA,DirectDrawEnumerateW/2 0:0tt.1
DirectDrawEnumerateExA,DirectDrawEnumerateExW/3 0:0tt.10
"""
"""Names, how many arguments, which of them is the callback, and what that gets: a letter of the
tables above (in capitals always UTF-16), `r` for a record of zeros, `.n` for the caller's own
argument n."""

_DLLS = "kernel32 user32 gdi32 crypt32 psapi dbghelp imagehlp powrprof verifier imm32 ntdll ddraw"
_RECORD = 1024


def _argument(call: Call, letter: str) -> int:
    heap = call.machine.heap
    if letter == "r":
        return heap.zeroed(_RECORD)
    if letter in _NUMBERS:
        return _NUMBERS[letter]
    wide = letter.isupper() or call.wide
    return heap.keep(call.encoded(_WORDS[letter.lower()], wide))


def _calling(place: int, spec: str) -> Handler:
    def listing(call: Call) -> Running:
        given = [
            call[int(spec[at + 1])] if letter == "." else _argument(call, letter)
            for at, letter in enumerate(spec)
            if not (at and spec[at - 1] == ".")
        ]
        yield Invoke(call[place], tuple(given))
        return 0 if call.name.startswith("Ldr") else 1

    return listing


for _line in _LISTS.split("\n"):
    if _line:
        _names, _how = _line.split(" ")
        _each, _count = _names.split("/")
        _place, _spec = _how.split(":")
        api(_DLLS, _each.replace(",", " "), int(_count))(_calling(int(_place), _spec))


@api("kernel32", "InitOnceExecuteOnce", 4)
def init_once_execute(call: Call) -> Running:
    """The function runs the first time; what it answers says whether that was all."""
    memory = call.machine.memory
    if not memory.pointer(call[0]):
        if not (yield Invoke(call[1], (call[0], call[2], call[3]))) & 0xFFFFFFFF:
            return 0
        memory.put_pointer(call[0], 2)
    return 1
