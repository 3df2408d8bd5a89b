"""Strings with a meaning: file types, digests, addresses, networks, CPU lists.

Each is an annotated `str` whose validator returns the normal form or raises ValueError with a
message for the administrator.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from ipaddress import ip_address, ip_interface, ip_network
from typing import Annotated

from pydantic import AfterValidator

from gateway.model.filetype import BY_NAME

_SHA256 = re.compile(r"[0-9a-f]{64}\Z")
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\Z")
_CPU_LIST = re.compile(r"\d+(-\d+)?(,\d+(-\d+)?)*\Z")
_NIC = re.compile(r"[A-Za-z0-9_.-]{1,15}\Z")  # IFNAMSIZ is 16 with its NUL; as in drivers

_NOT_PARTS = frozenset({"message", "multipart"})
"""Types that the gateway gives to the mail itself, not to files in it."""


def suggestion(word: str, known: list[str]) -> str:
    """`; did you mean 'x'?` for the nearest of `known`, or nothing."""
    near = get_close_matches(word, known, n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


def _type_name(text: str) -> str:
    name = text.strip().lower()
    if name in BY_NAME and name not in _NOT_PARTS:
        return name
    known = sorted(BY_NAME.keys() - _NOT_PARTS)
    raise ValueError(f"'{text}' is no file type the gateway knows{suggestion(name, known)}")


def _sha256(text: str) -> str:
    digest = text.strip().lower()
    if not _SHA256.match(digest):
        raise ValueError(f"'{text}' is no SHA-256 digest (64 hexadecimal digits)")
    return digest


def _address_pattern(text: str) -> str:
    pattern = text.strip().lower()
    if pattern == "*" or (pattern.count("@") == 1 and " " not in pattern):
        return pattern
    raise ValueError(
        f"'{text}' is no address pattern; write 'user@example.org', '*@example.org' or '*'"
    )


def _host(text: str) -> str:
    name = text.strip().lower().rstrip(".")
    if not _HOST.match(name):
        raise ValueError(f"'{text}' is no host name")
    return name


def _network(text: str) -> str:
    try:
        return str(ip_network(text.strip()))
    except ValueError as error:
        raise ValueError(f"'{text}' is no network such as 192.0.2.0/24: {error}") from None


def _interface(text: str) -> str:
    if "/" not in text:
        raise ValueError(f"'{text}' needs its prefix length, such as 192.0.2.10/24")
    try:
        return str(ip_interface(text.strip()))
    except ValueError as error:
        raise ValueError(f"'{text}' is no address such as 192.0.2.10/24: {error}") from None


def _ip(text: str) -> str:
    try:
        return str(ip_address(text.strip()))
    except ValueError:
        raise ValueError(f"'{text}' is no IP address such as 192.0.2.1") from None


def _route(text: str) -> str:
    network, via, router = text.partition(" via ")
    if not via:
        raise ValueError(f"'{text}' is no route such as '10.0.0.0/8 via 192.0.2.1'")
    route = f"{_network(network)} via {_ip(router)}"
    if (":" in network) != (":" in router):
        raise ValueError(f"'{text}' names a network and a router of different families")
    return route


def _cpu_list(text: str) -> str:
    cpus = text.replace(" ", "")
    if cpus and not _CPU_LIST.match(cpus):
        raise ValueError(f"'{text}' is no list of CPUs such as '3' or '2-3,6'")
    return cpus


def _nic_name(text: str) -> str:
    if text and not _NIC.match(text):
        raise ValueError(f"'{text}' is no network interface name (at most 15 of A-Z a-z 0-9 _ . -)")
    return text


def _absolute_path(text: str) -> str:
    if text and not text.startswith("/"):
        raise ValueError(f"'{text}' must be an absolute path")
    return text


def _name_prefix(text: str) -> str:
    if len(text) > 40 or any(char in '/\\:*?"<>|' or not char.isprintable() for char in text):
        raise ValueError(f"'{text}' cannot stand in a file's name (at most 40 characters)")
    return text


def _header_text(text: str) -> str:
    if not text.isascii() or not (text == "" or text.isprintable()):
        raise ValueError("must be printable ASCII on one line")
    return text


def _click_page(text: str) -> str:
    return _page(text, "{url}")


def _link_template(text: str) -> str:
    return _page(text, "{token}")


def _page(text: str, placeholder: str) -> str:
    if text and not (text.startswith(("https://", "http://")) and text.count(placeholder) == 1):
        raise ValueError(f"'{text}' is no address of a web page with {placeholder} in it")
    if not text.isascii() or any(char in ' "<>' or not char.isprintable() for char in text):
        raise ValueError(f"'{text}' has characters that an address must not have")
    return text


_SANDBOX = re.compile(
    r"(https?)://(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?(/[\w./~-]*)?", re.ASCII
)


def _guest_name(text: str) -> str:
    if not re.fullmatch(r"[\w., -]{0,100}", text, re.ASCII):
        raise ValueError(f"'{text}' is no name of a guest (letters, digits, _ . , -)")
    return text


def _sandbox_address(text: str) -> str:
    found = _SANDBOX.fullmatch(text)
    if text and found is None:
        raise ValueError(f"'{text}' is no address such as 'https://sandbox.example:8443'")
    if found and found[1] == "http" and found[2] not in ("127.0.0.1", "[::1]", "localhost"):
        raise ValueError("samples and token must not travel in the clear: use https")
    return text


ClickPage = Annotated[str, AfterValidator(_click_page)]
"""An address with `{url}` in the place of a link's target; empty means: none."""
SandboxAddress = Annotated[str, AfterValidator(_sandbox_address)]
"""The address of a sandbox's web interface, https unless it is this machine; empty means: none."""
GuestName = Annotated[str, AfterValidator(_guest_name)]
"""A label or tags of guests."""
NamePrefix = Annotated[str, AfterValidator(_name_prefix)]
"""What may stand at the beginning of a file's name."""
LinkTemplate = Annotated[str, AfterValidator(_link_template)]
"""An address with `{token}` in it; empty means: none."""
TypeName = Annotated[str, AfterValidator(_type_name)]
"""A type's short name from `gateway.model.filetype`."""
Sha256 = Annotated[str, AfterValidator(_sha256)]
"""64 lower-case hexadecimal digits."""
AddressPattern = Annotated[str, AfterValidator(_address_pattern)]
"""A mail address in lower case in which `*` stands for any characters."""
HostName = Annotated[str, AfterValidator(_host)]
"""A host or domain name in lower case; it stands for everything under it, too."""
Network = Annotated[str, AfterValidator(_network)]
"""An IPv4 or IPv6 network in CIDR notation, host bits zero."""
InterfaceAddress = Annotated[str, AfterValidator(_interface)]
"""An address with its prefix length."""
OptionalAddress = Annotated[str, AfterValidator(lambda text: _ip(text) if text else text)]
"""An IPv4 or IPv6 address without a prefix, or nothing."""
IpAddress = Annotated[str, AfterValidator(_ip)]
"""An IPv4 or IPv6 address."""
Route = Annotated[str, AfterValidator(_route)]
"""`network via router`."""
CpuList = Annotated[str, AfterValidator(_cpu_list)]
"""CPUs as the kernel writes them: `0-1,4`; empty means: chosen by the gateway."""
NicName = Annotated[str, AfterValidator(_nic_name)]
"""A network interface; empty while none is chosen."""
AbsolutePath = Annotated[str, AfterValidator(_absolute_path)]
"""A path from the root; empty means: none."""
HeaderText = Annotated[str, AfterValidator(_header_text)]
"""Text that fits a header field without encoding."""
