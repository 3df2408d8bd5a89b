"""build.sh: what it says and does on machines that lack something. No machine is changed by it.

It runs as `nobody`, who becomes root of a user namespace of its own, without any network, and over
empty /usr/sbin, /var/log and unit directories. apt-get and its like are stand-ins that write down
what they were called with; whatever else it tried to change would be refused.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NOBODY = 65534

COVERED = ("/usr/sbin", "/var/log", "/usr/lib/systemd/system")
POLICY = "/usr/sbin/policy-rc.d"
LOG = "/var/log/sluice-setup.log"

DPKG_QUERY = 'for package; do :; done; grep -qx "$package" installed && echo installed || exit 1'
APT_GET = f"""
case "$*" in
  *update*) cat apt.update ;;
  *) [ -x {POLICY} ] && echo no-service-starts >>calls
     touch /usr/lib/systemd/system/postfix.service
     cat apt.install; exit $(cat apt.status) ;;
esac
"""
VENV_PYTHON = """
case "$*" in
  '-m pip --version') ;;
  *'pip install'*) cat pip.out; exit $(cat pip.status) ;;
  *) echo "ran $*" ;;
esac
"""
STAND_INS = {
    "stubs/dpkg-query": DPKG_QUERY,
    "stubs/apt-get": APT_GET,
    "stubs/getent": "exit 2",
    "stubs/useradd": "",
    "stubs/deb-systemd-helper": "",
    ".venv/bin/python": VENV_PYTHON,
    ".venv/winapi/bin/python": VENV_PYTHON,
}
UNRECORDED = {"stubs/dpkg-query", "stubs/getent"}

WENT_WELL = """\
2 upgraded, 3 newly installed, 0 to remove and 0 not upgraded.
Get:1 somewhere postfix
Get:2 somewhere swaks
Get:3 somewhere qpdf
Unpacking postfix
Setting up postfix
"""
NO_NETWORK = """\
Ign:1 somewhere stable InRelease
W: Failed to fetch somewhere/InRelease  Temporary failure resolving 'somewhere'
W: Some index files failed to download. They have been ignored, or old ones used instead.
"""
NO_NETWORK_PIP = """\
WARNING: Retrying after connection broken
ERROR: Could not find a version that satisfies the requirement click
ERROR: No matching distribution found for click==8.3.1
"""


class Checkout:
    """A checkout of build.sh alone, with stand-ins for all that it calls."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        shutil.copy(ROOT / "build.sh", directory)
        for name, script in STAND_INS.items():
            record = "" if name in UNRECORDED else f'echo "{Path(name).name} $*" >>calls\n'
            self.write(name, f"#!/bin/sh\n{record}{script}\n", mode=0o755)
        for lock in ("dev", "winapi"):
            self.write(f"requirements/{lock}.lock", "click==8.3.1 \\\n    --hash=sha256:00\n")
        for name, text in {
            "installed": "",
            "calls": "",
            "apt.update": "",
            "apt.install": WENT_WELL,
            "apt.status": "0",
            "pip.out": "Collecting click==8.3.1\nInstalling collected packages: click\n",
            "pip.status": "0",
        }.items():
            self.write(name, text)

    def write(self, name: str, text: str, *, mode: int = 0o644) -> None:
        path = self.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)

    def install_all(self) -> None:
        """Everything that build.sh lists counts as installed from now on."""
        words = (ROOT / "build.sh").read_text().replace("(", " ").replace(")", " ").split()
        self.write("installed", "\n".join(words))

    @property
    def calls(self) -> list[str]:
        return (self.directory / "calls").read_text().splitlines()

    def installs(self) -> list[str]:
        return [call for call in self.calls if call.startswith("apt-get") and "install" in call]

    def run(
        self, *arguments: str, root: bool = True, before: str = "", after: str = ""
    ) -> subprocess.CompletedProcess[str]:
        """`./build.sh ARGUMENTS`; shell commands `before` and `after` it see the same machine."""
        for path in (self.directory, *self.directory.rglob("*")):
            if os.geteuid() == 0 and not path.is_symlink():
                os.chown(path, NOBODY, NOBODY)
        covers = "".join(f"mount -t tmpfs tmpfs {path}\n" for path in COVERED) if root else ""
        script = f'set -e\n{covers}{before}\nset +e\n./build.sh "$@"\ncode=$?\n{after}\nexit $code'
        command = ["sh", "-c", script, "sh", *arguments]
        if root:
            command = ["unshare", "--map-root-user", "--mount", "--net", *command]
        if os.geteuid() == 0:
            ids = [f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
            command = ["setpriv", *ids, *command]
        search = f"{self.directory}/stubs:/usr/bin:/bin"
        return subprocess.run(
            command,
            cwd=self.directory,
            env={"PATH": search, "HOME": str(self.directory), "LANG": "C", "PIP_RETRIES": "0"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )


@pytest.fixture
def checkout() -> Iterator[Checkout]:
    # pytest's own directories are closed to other users.
    directory = Path(tempfile.mkdtemp(prefix="sluice-build-"))
    directory.chmod(0o755)
    try:
        yield Checkout(directory)
    finally:
        shutil.rmtree(directory)


@pytest.fixture
def machine(checkout: Checkout) -> Checkout:
    """A checkout whose user may make namespaces."""
    if checkout.run("help", after=":").returncode != 0:
        pytest.skip("this kernel lets no ordinary user make namespaces")
    return checkout


def assert_one_sentence(ran: subprocess.CompletedProcess[str], *words: str) -> None:
    assert ran.returncode == 1, ran.stderr
    (line,) = [line for line in ran.stderr.splitlines() if line.startswith("build.sh: ")]
    for word in words:
        assert word in line


# --- the command line -----------------------------------------------------------------------------


@pytest.mark.parametrize("arguments", [(), ("dmeo",), ("setup", "now")])
def test_wrong_usage_prints_usage_and_does_nothing(
    checkout: Checkout, arguments: tuple[str, ...]
) -> None:
    ran = checkout.run(*arguments, root=False)
    assert ran.returncode == 2
    assert ran.stdout == ""
    for command in ("setup", "test", "demo", "bench", "lab up|down|status"):
        assert f"\n  {command} " in ran.stderr
    assert checkout.calls == []


def test_an_unknown_command_is_named(checkout: Checkout) -> None:
    assert "there is no command dmeo\n" in checkout.run("dmeo", root=False).stderr


def test_help_is_no_error(checkout: Checkout) -> None:
    ran = checkout.run("--help", root=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("usage: ./build.sh COMMAND\n")


@pytest.mark.parametrize("arguments", [("setup",), ("test",), ("demo",), ("bench",), ("lab", "up")])
def test_without_root_it_says_so_and_does_nothing(
    checkout: Checkout, arguments: tuple[str, ...]
) -> None:
    assert_one_sentence(checkout.run(*arguments, root=False), "needs root", "sudo")
    assert checkout.calls == []


def test_a_lab_is_not_looked_for_where_nothing_is_set_up(checkout: Checkout) -> None:
    assert_one_sentence(checkout.run("lab", "status", root=False), "./build.sh setup")
    assert checkout.calls == []


def test_a_lab_is_ended_without_installing_anything(checkout: Checkout) -> None:
    checkout.write(".venv/.lock", "")
    ran = checkout.run("lab", "down", "--name", "x", root=False)
    assert ran.stdout == "ran -m tools.lab down --name x\n"
    assert checkout.calls == ["python -m tools.lab down --name x"]


# --- packages -------------------------------------------------------------------------------------


def test_setup_installs_what_is_missing_and_shows_how_far_it_is(machine: Checkout) -> None:
    ran = machine.run("setup")
    assert ran.returncode == 0, ran.stderr
    assert "Installing Debian packages: python3-venv " in ran.stdout
    assert "fetched: 3 of 3 packages" in ran.stdout
    (install,) = machine.installs()
    assert " postfix " in install
    assert "amavisd-new" not in install
    assert any(call.startswith("useradd ") and call.endswith(" sluice") for call in machine.calls)
    assert machine.calls[-1] == "python -m tools.guestroot /var/lib/sluice/guestroot"


def test_a_second_setup_finds_everything_there(machine: Checkout) -> None:
    machine.install_all()
    assert machine.run("setup").returncode == 0
    machine.write("calls", "")
    ran = machine.run("setup")
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout == "ran -m tools.guestroot /var/lib/sluice/guestroot\n"
    assert not [call for call in machine.calls if "install" in call]


def test_a_library_under_its_new_name_is_not_missing(machine: Checkout) -> None:
    machine.install_all()
    there = (machine.directory / "installed").read_text()
    machine.write("installed", there.replace("libmagic1", "libmagic1t64"))
    assert machine.run("setup").returncode == 0
    assert machine.installs() == []


def test_only_the_benchmark_installs_amavisd(machine: Checkout) -> None:
    machine.install_all()
    there = (machine.directory / "installed").read_text()
    machine.write("installed", there.replace("amavisd-new", ""))
    assert machine.run("test").returncode == 0
    assert machine.installs() == []
    ran = machine.run("bench", "--mails", "20")
    assert ran.stdout == "ran -m tools.bench --mails 20\n"
    (install,) = machine.installs()
    assert install.endswith(" amavisd-new")


def test_no_service_starts_while_packages_are_installed(machine: Checkout) -> None:
    ran = machine.run("setup", after=f"test ! -e {POLICY} || echo left")
    assert "no-service-starts" in machine.calls
    assert "deb-systemd-helper disable postfix.service" in machine.calls
    assert "left" not in ran.stdout


def test_a_policy_that_a_killed_setup_left_is_removed(machine: Checkout) -> None:
    machine.install_all()
    left = (
        f"printf '#!/bin/sh\\n# Written by Sluice build.sh while it installs packages\\n' >{POLICY}"
    )
    ran = machine.run("setup", before=left, after=f"test ! -e {POLICY} || echo left")
    assert ran.returncode == 0, ran.stderr
    assert "left" not in ran.stdout


def test_the_machines_own_policy_is_kept(machine: Checkout) -> None:
    ran = machine.run("setup", before=f"echo theirs >{POLICY}", after=f"cat {POLICY}")
    assert ran.stdout.endswith("theirs\n")


@pytest.mark.parametrize(
    ("update", "install", "reason"),
    [
        (NO_NETWORK, "E: Unable to locate package qpdf\n", "Temporary failure resolving"),
        ("", "E: Unable to locate package qpdf\nE: No\n", "Unable to locate package qpdf"),
        ("", "", "no reason given"),
    ],
    ids=["no network", "no such package", "silent"],
)
def test_when_apt_fails_it_says_why_and_what_to_do(
    machine: Checkout, update: str, install: str, reason: str
) -> None:
    machine.write("apt.update", update)
    machine.write("apt.install", install)
    machine.write("apt.status", "100")
    ran = machine.run("setup", after=f"test ! -e {POLICY} || echo left; cat {LOG}")
    assert_one_sentence(ran, "Debian packages", reason, "Check the network", LOG)
    assert ran.stdout.endswith(update + install)
    assert not [call for call in machine.calls if call.startswith("python")]


# --- Python ---------------------------------------------------------------------------------------


def test_when_pip_fails_it_says_why_and_the_next_run_tries_again(machine: Checkout) -> None:
    machine.install_all()
    machine.write("pip.out", NO_NETWORK_PIP)
    machine.write("pip.status", "1")
    ran = machine.run("setup")
    assert_one_sentence(ran, "pip failed: No matching distribution", "Check the network", LOG)
    machine.write("pip.status", "0")
    assert machine.run("setup").returncode == 0
    assert len([call for call in machine.calls if "pip install" in call]) == 3


def test_an_environment_without_pip_is_made_anew(machine: Checkout) -> None:
    """A run that was cut short leaves one, and so does the next Debian release. The real python
    and pip, and no network: what a user without one is told."""
    machine.install_all()
    machine.write(".venv/bin/python", "#!/bin/sh\nexit 1\n", mode=0o755)
    ran = machine.run("setup")
    assert "Making the Python environment in .venv\n" in ran.stdout
    assert_one_sentence(ran, "pip failed: No matching distribution found for click", "network")
    assert (machine.directory / ".venv/bin/python").resolve().name.startswith("python3")


def test_the_checkouts_gatewayctl_runs_from_anywhere(machine: Checkout) -> None:
    machine.install_all()
    machine.write(
        ".venv/bin/python", f'#!/bin/sh\necho "$PYTHONPATH $*"; {VENV_PYTHON}', mode=0o755
    )
    assert machine.run("setup").returncode == 0
    program = machine.directory / ".venv/bin/gatewayctl"
    ran = subprocess.run(
        [program, "trace", "last"], cwd="/", capture_output=True, text=True, check=True
    )
    assert ran.stdout.splitlines()[0] == f"{machine.directory} -m gateway.cli trace last"


def test_what_setup_says_is_not_in_the_data(machine: Checkout) -> None:
    ran = machine.run("demo", "--json")
    assert ran.stdout == "ran -m tools.demo --json\n"
    assert "Installing Debian packages" in ran.stderr
