"""At every start: the settings on the state partition become files, names and accounts.

The root cannot be written to, so whatever depends on this one machine is made anew in /run.
Nothing here may end with an error that keeps the machine from starting: a person at the console
is the only one who can help it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import time
from collections.abc import Callable
from pathlib import Path

from gateway.appliance.cpusets import divide_cpus
from gateway.appliance.data import DataPlaces, link_rules
from gateway.appliance.derive import (
    NoSuchNicError,
    gateway_toml,
    network,
    resolve_nic,
    shadow,
    time_file,
)
from gateway.appliance.nocloud import SeedError, find_seed
from gateway.appliance.release import image_version
from gateway.appliance.setup_file import Setup, load_setup
from gateway.policy import SettingsError, load_gateway_config, load_policy

KEPT = Path("/var/lib/sluice-setup/setup.toml")
"""The setup in force; root's alone, since it holds a password hash and a private key."""

SETTINGS = Path("/var/lib/sluice-settings")
"""gateway.toml and policy.toml; /etc/sluice points here."""

SEED_FOLDER = Path("/run/sluice-config")
"""Where the configuration partition is mounted."""

GUEST_ROOT = Path("/usr/lib/sluice/guestroot")
"""There in images that emulate."""

NIC_SECONDS = 20.0
"""For drivers to find their interfaces, counted from the first look."""

MAX_SEED = 256 * 1024
"""Bytes of a setup.toml with a certificate chain in it, and room to spare."""

Say = Callable[[str], None]
_HOSTNAME = Path("/proc/sys/kernel/hostname")
_MS_BIND = 4096


def boot(say: Say) -> None:
    """Bring the settings in force. Says in sentences what it did, and what it could not."""
    if rules := link_rules(DataPlaces(system=image_version())):
        say(f"behaviour rules {rules}, which are newer than this system's own")
    setup = current_setup() or _seeded(say)
    if setup is None:
        say("not set up yet: the console asks")
        return
    for reference in (setup.pair.client, setup.pair.server, setup.management.nic):
        _await_nic(reference)
    try:
        bring_in_force(setup)
    except NoSuchNicError as error:
        say(f"the network is set up without what is not there: {error}")
    apply_names(setup)
    apply_password(setup)
    try:
        divide_cpus(load_gateway_config((SETTINGS / "gateway.toml").read_text()), say)
    except (SettingsError, OSError) as error:
        say(f"the CPUs are not divided: {error}")


def current_setup() -> Setup | None:
    """The setup kept on the state partition; None when there is none that holds."""
    try:
        return load_setup(KEPT.read_text(), "setup.toml")
    except (OSError, SettingsError, UnicodeDecodeError):
        return None


def accept(text: str, policy_text: str = "") -> Setup:
    """Keep a new setup, and write gateway.toml (and policy.toml, if given) from it.

    Raises SettingsError, naming every problem, or NoSuchNicError, having changed nothing.
    """
    setup = load_setup(text)
    if policy_text:
        load_policy(policy_text)
    gateway = gateway_toml(setup, nics(), emulates=GUEST_ROOT.is_dir())
    load_gateway_config(gateway)
    _write(KEPT, text, 0o600)
    if setup.tls.certificate:
        _write(SETTINGS / "tls/certificate.pem", setup.tls.certificate, 0o644)
        _write(SETTINGS / "tls/key.pem", setup.tls.key, 0o600)
    if policy_text:
        _write(SETTINGS / "policy.toml", policy_text, 0o644)
    _write(SETTINGS / "gateway.toml", gateway, 0o644)
    return setup


def bring_in_force(setup: Setup) -> None:
    """The network and the clock. Raises NoSuchNicError, with all that is there in force."""
    derived = network(setup, nics())
    for name, text in derived.files.items():
        _write(Path("/run/systemd/network") / name, text, 0o644)
    servers = Path("/run/systemd/timesyncd.conf.d/setup.conf")
    if text := time_file(setup):
        _write(servers, text, 0o644)
    else:
        servers.unlink(missing_ok=True)
    if derived.missing:
        raise NoSuchNicError("; ".join(derived.missing))


def apply_names(setup: Setup) -> None:
    """The machine's name and time zone. The name by way of /proc: the unit may not call
    sethostname(2), nor anything else that needs privilege."""
    _HOSTNAME.write_text(setup.hostname)
    zone = Path("/usr/share/zoneinfo") / setup.time.zone
    if zone.is_file():
        _bind(zone, Path("/etc/localtime").resolve())


def apply_password(setup: Setup) -> None:
    """The administrator's password: /etc/shadow with it, in memory, over the image's own.

    Root alone reads it, unlike the image's own: there is no program of the group shadow here that
    somebody else would call."""
    base = Path("/etc/shadow").read_text()
    over = Path("/run/sluice-accounts/shadow")
    text = shadow(base, "admin", setup.password)
    if over.exists():
        over.write_text(text)  # it lies over /etc/shadow already
        return
    over.parent.mkdir(mode=0o700, exist_ok=True)
    _write(over, text, 0o600)
    _bind(over, Path("/etc/shadow"))


def nics() -> dict[str, str]:
    """Names and hardware addresses of the machine's network cards; nothing virtual."""
    found: dict[str, str] = {}
    for path in sorted(Path("/sys/class/net").iterdir()):
        if (path / "device").exists():
            found[path.name] = (path / "address").read_text().strip()
    return found


def _seeded(say: Say) -> Setup | None:
    """The setup of the first start, from a credential or the configuration partition."""
    for place, text, policy in [*_seeds(), *_cloud_seeds(say)]:
        for reference in _references(text):
            _await_nic(reference)
        try:
            setup = accept(text, policy)
        except (SettingsError, NoSuchNicError) as error:
            say(f"{place} is refused: {error}")
            continue
        say(f"set up from {place}")
        return setup
    return None


def _seeds() -> list[tuple[str, str, str]]:
    """Every setup.toml that lies ready, with the policy.toml beside it."""
    found: list[tuple[str, str, str]] = []
    folders = [(Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nonexistent")), "sluice.setup")]
    folders.append((SEED_FOLDER, "setup.toml"))
    for folder, name in folders:
        text = _seed_text(folder / name)
        if text:
            found.append((str(folder / name), text, _seed_text(folder / "policy.toml")))
    return found


def _cloud_seeds(say: Say) -> list[tuple[str, str, str]]:
    """The seed of a volume in cloud-init's form, if there is one."""
    try:
        seed = find_seed()
    except SeedError as error:
        say(f"the seed on the volume CIDATA is refused: {error}")
        return []
    return [("the volume CIDATA", seed.setup, seed.policy)] if seed else []


def _seed_text(path: Path) -> str:
    with contextlib.suppress(OSError, UnicodeDecodeError), path.open("rb") as file:
        return file.read(MAX_SEED).decode()
    return ""


def _references(text: str) -> tuple[str, ...]:
    try:
        setup = load_setup(text)
    except SettingsError:
        return ()
    return (setup.pair.client, setup.pair.server, setup.management.nic)


def _await_nic(reference: str) -> None:
    """Wait until an interface is there; one that never comes is a matter for those who ask next."""
    deadline = time.monotonic() + NIC_SECONDS
    while time.monotonic() < deadline:
        with contextlib.suppress(NoSuchNicError):
            resolve_nic(reference, nics())
            return
        time.sleep(0.1)


def _write(path: Path, text: str, mode: int) -> None:
    """Replace a file as a whole: a power cut leaves the old one or the new one."""
    _make_folder(path.parent)
    fresh = path.with_name(f".{path.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.chmod(mode)
    fresh.replace(path)


def _make_folder(path: Path) -> None:
    """A directory that others may look into, as networkd must, whatever the process's umask."""
    if not path.is_dir():
        _make_folder(path.parent)
        path.mkdir()
        path.chmod(0o755)


def _bind(source: Path, target: Path) -> None:
    """mount(2) MS_BIND. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(str(source).encode(), str(target).encode(), None, _MS_BIND, None) != 0:
        code = ctypes.get_errno()
        raise OSError(code, f"cannot bind {source} over {target}: {os.strerror(code)}")
