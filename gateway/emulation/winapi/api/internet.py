"""WinINet, WinHTTP and URLDownloadToFile: every request is told, the sinkhole answers."""

from __future__ import annotations

import struct
from urllib.parse import urlsplit

from gateway.emulation.automation.errors import ScriptError
from gateway.emulation.winapi.calls import Call, api, constants
from gateway.emulation.winapi.handles import Plain
from gateway.emulation.windows import sinkhole

_HTTPS = 0x0080_0000
_READ_MAX = 1 << 20

constants(
    "wininet winhttp",
    "InternetSetOptionA/4=1 InternetSetOptionW/4=1 InternetGetConnectedState/2=1 "
    "WinHttpSetOption/4=1 InternetCheckConnectionA/3=1 InternetCheckConnectionW/3=1 "
    "InternetAttemptConnect/1=0 WinHttpSetTimeouts/5=1 WinHttpReceiveResponse/2=1 "
    "WinHttpSetCredentials/6=1 WinHttpCheckPlatform/0=1 "
    "WinHttpGetIEProxyConfigForCurrentUser/1=0 WinHttpGetProxyForUrl/4=0 "
    "WinHttpSetStatusCallback/4=0 InternetSetStatusCallbackA/2=0 HttpEndRequestA/4=1 "
    "HttpEndRequestW/4=1 InternetErrorDlg/5=0 InternetSetCookieA/3=1 InternetSetCookieW/3=1 "
    "DeleteUrlCacheEntryA/1=1 DeleteUrlCacheEntryW/1=1 HttpAddRequestHeadersA/4=1 "
    "HttpAddRequestHeadersW/4=1 WinHttpAddRequestHeaders/4=1 InternetAutodial/2=1 "
    "InternetQueryOptionA/4=0 InternetQueryOptionW/4=0 WinHttpQueryOption/4=0",
)


def _wide(call: Call) -> bool:
    return call.wide or call.name.startswith("WinHttp")


def _text(call: Call, index: int) -> str:
    return call.text_at(call[index], _wide(call))


@api("wininet", "InternetOpenA InternetOpenW", 5)
def internet_open(call: Call) -> int:
    return call.machine.handles.add(Plain("internet", call.text(0)))


@api("winhttp", "WinHttpOpen", 5)
def winhttp_open(call: Call) -> int:
    return call.machine.handles.add(Plain("internet", _text(call, 0)))


def _connected(call: Call) -> int:
    port = call.u32(2) & 0xFFFF
    return call.machine.handles.add(Plain("server", _text(call, 1), port or 80))


api("wininet", "InternetConnectA InternetConnectW", 8)(_connected)
api("winhttp", "WinHttpConnect", 4)(_connected)


def _requested(call: Call) -> int:
    server = call.machine.handles.get(call[0], Plain)
    host, port = (server.text, server.number) if server is not None else ("", 80)
    flags = call.u32(6)
    secure = flags & _HTTPS or port == 443
    scheme = "https" if secure else "http"
    path = _text(call, 2).lstrip("/")
    shown = "" if port in (80, 443) else f":{port}"
    request = Plain("request", f"{scheme}://{host}{shown}/{path}")
    request.items = [_text(call, 1) or "GET"]
    return call.machine.handles.add(request)


api("wininet", "HttpOpenRequestA HttpOpenRequestW", 8)(_requested)
api("winhttp", "WinHttpOpenRequest", 7)(_requested)


def _asked(call: Call, request: Plain, body: bytes) -> None:
    method = str(request.items[0]) if request.items else "GET"
    shown = body[:2000].decode("latin-1")
    data = sinkhole.answer(call.machine.recorder, method, request.text, shown)
    request.items = [method, data]
    request.number = 0


@api("wininet", "HttpSendRequestA HttpSendRequestW", 5)
def http_send(call: Call) -> int:
    return _sent(call, call[3], call.u32(4))


@api("winhttp", "WinHttpSendRequest", 7)
def winhttp_send(call: Call) -> int:
    return _sent(call, call[3], call.u32(4))


@api("wininet", "HttpSendRequestExA HttpSendRequestExW", 5)
def http_send_ex(call: Call) -> int:
    return _sent(call, 0, 0)


def _sent(call: Call, place: int, size: int) -> int:
    request = call.machine.handles.get(call[0], Plain)
    if request is None:
        return call.fail(6)
    _asked(call, request, call.machine.memory.read(place, min(size, _READ_MAX)) if place else b"")
    return 1


@api("wininet", "InternetOpenUrlA InternetOpenUrlW", 6)
def open_url(call: Call) -> int:
    request = Plain("request", call.text(1), items=["GET"])
    _asked(call, request, b"")
    return call.machine.handles.add(request)


def _read(call: Call) -> int:
    request = call.machine.handles.get(call[0], Plain)
    data = request.items[1] if request is not None and len(request.items) > 1 else b""
    assert isinstance(data, bytes)
    start = request.number if request is not None else 0
    chunk = data[start : start + min(call.u32(2), _READ_MAX)]
    if request is not None:
        request.number += len(chunk)
    call.put(call[1], chunk)
    call.put_u32(call[3], len(chunk))
    return 1


api("wininet winhttp", "InternetReadFile WinHttpReadData", 4)(_read)


@api("wininet winhttp", "InternetWriteFile WinHttpWriteData", 4)
def write(call: Call) -> int:
    request = call.machine.handles.get(call[0], Plain)
    data = call.machine.memory.read(call[1], min(call.u32(2), _READ_MAX))
    if request is not None:
        _asked(call, request, data)
    call.put_u32(call[3], len(data))
    return 1


def _available(call: Call) -> int:
    request = call.machine.handles.get(call[0], Plain)
    data = request.items[1] if request is not None and len(request.items) > 1 else b""
    assert isinstance(data, bytes)
    call.put_u32(call[1], len(data) - (request.number if request is not None else 0))
    return 1


api("wininet", "InternetQueryDataAvailable", 4)(_available)
api("winhttp", "WinHttpQueryDataAvailable", 2)(_available)


@api("wininet", "HttpQueryInfoA HttpQueryInfoW", 5)
def query_info(call: Call) -> int:
    return _query(call, call.u32(1), call[2], call[3])


@api("winhttp", "WinHttpQueryHeaders", 6)
def query_headers(call: Call) -> int:
    return _query(call, call.u32(1), call[3], call[4])


def _query(call: Call, wanted: int, place: int, size_at: int) -> int:
    request = call.machine.handles.get(call[0], Plain)
    data = request.items[1] if request is not None and len(request.items) > 1 else b""
    assert isinstance(data, bytes)
    number = {19: 200, 5: len(data)}.get(wanted & 0xFFFF)
    if number is None:
        return call.fail(12150)
    answer = (
        struct.pack("<I", number)
        if wanted & 0x2000_0000
        else call.encoded(str(number), _wide(call))
    )
    room = call.machine.memory.u32(size_at) if size_at else 0
    call.put_u32(size_at, len(answer))
    if room < len(answer):
        return call.fail(122)
    call.put(place, answer)
    return 1


@api("wininet winhttp", "InternetCloseHandle WinHttpCloseHandle", 1)
def close(call: Call) -> int:
    call.machine.handles.close(call[0])
    return 1


@api("wininet", "FtpPutFileA FtpPutFileW", 5)
def ftp_put(call: Call) -> int:
    server = call.machine.handles.get(call[0], Plain)
    host = server.text if server is not None else ""
    try:
        call.machine.disk.read(call.text(1))
    except ScriptError:
        return call.fail(2)
    sinkhole.answer(call.machine.recorder, "PUT", f"ftp://{host}/{call.text(2)}", call.text(1))
    return 1


@api("wininet", "FtpGetFileA FtpGetFileW", 7)
def ftp_get(call: Call) -> int:
    server = call.machine.handles.get(call[0], Plain)
    host = server.text if server is not None else ""
    data = sinkhole.answer(call.machine.recorder, "GET", f"ftp://{host}/{call.text(1)}")
    return _saved(call, call.text(2), data)


def _saved(call: Call, path: str, data: bytes) -> int:
    try:
        call.machine.disk.write(path, data, "from the network")
    except ScriptError:
        return 0
    return 1


@api("urlmon", "URLDownloadToFileA URLDownloadToFileW", 5)
def url_download(call: Call) -> int:
    data = sinkhole.answer(call.machine.recorder, "GET", call.text(1))
    return 0 if _saved(call, call.text(2), data) else 0x800C000B


@api("urlmon", "URLDownloadToCacheFileA URLDownloadToCacheFileW", 6)
def url_cache(call: Call) -> int:
    data = sinkhole.answer(call.machine.recorder, "GET", call.text(1))
    path = rf"C:\Users\anna\AppData\Local\Temp\cache-{len(call.text(1))}.exe"
    _saved(call, path, data)
    call.put_text(call[2], call.u32(3), path)
    return 0


@api("wininet", "InternetCrackUrlA InternetCrackUrlW", 4)
def crack_url(call: Call) -> int:
    return _cracked(call, call.text(0), call[3])


@api("winhttp", "WinHttpCrackUrl", 4)
def winhttp_crack(call: Call) -> int:
    return _cracked(call, _text(call, 0), call[3])


def _cracked(call: Call, url: str, place: int) -> int:
    """URL_COMPONENTS: texts are copied where there is a buffer, else pointed at."""
    memory, width = call.machine.memory, call.machine.width
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        return call.fail(12005)
    path = parts.path or "/"
    query = f"?{parts.query}" if parts.query else ""
    unit = 2 if _wide(call) else 1
    fields = {0: parts.scheme, 1: parts.hostname or "", 4: path, 5: query}
    start = 4 + (4 if width == 8 else 0)
    offsets = [start]
    offsets.append(start + width + 4 + 4)  # behind the scheme's length stands its number
    for _ in range(2):
        offsets.append(offsets[-1] + width + 4 + 4 if width == 8 else offsets[-1] + 8)
    offsets[2] = offsets[1] + width + 4 + 4  # behind the host's length stands the port
    step = 2 * width if width == 8 else 8
    offsets = [
        offsets[0],
        offsets[1],
        offsets[2],
        offsets[2] + step,
        offsets[2] + 2 * step,
        offsets[2] + 3 * step,
    ]
    memory.put_u32(place + offsets[0] + width + 4, 2 if parts.scheme == "https" else 1)
    memory.write(place + offsets[1] + width + 4, struct.pack("<H", port))
    for number, text in fields.items():
        at = place + offsets[number]
        buffer, room = memory.pointer(at), memory.u32(at + width)
        if not room:
            continue
        data = text.encode("utf-16-le" if unit == 2 else "latin-1", "replace")
        if buffer:
            memory.write(buffer, data[: (room - 1) * unit] + bytes(unit))
        else:
            memory.put_pointer(at, call[0] + url.find(text) * unit)
        memory.put_u32(at + width, len(text))
    return 1


@api("dnsapi", "DnsQuery_A DnsQuery_W", 6)
def dns_query(call: Call) -> int:
    from gateway.emulation.contract import Kind

    call.machine.recorder.note(Kind.NETWORK, "resolve", call.text_at(call[0], call.wide))
    return 9003
