#!/usr/bin/env bash
# The one command of the project: setup, test, demo, bench, lab. See usage().
# Standard output of demo, bench and lab is theirs alone: what a setup says goes to standard error.
# Everything is idempotent: what is there already is kept, and what a broken run left is repaired.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
PATH=$PATH:/usr/sbin:/sbin  # a plain `su` keeps a user's PATH, which lacks them

PYTHON=/usr/bin/python3
VENV=.venv
LOCK=requirements/dev.lock
WINAPI=$VENV/winapi                     # speakeasy's own environment: it pins an old unicorn
WINAPI_LOCK=requirements/winapi.lock
LOG=/var/log/sluice-setup.log
POLICY=/usr/sbin/policy-rc.d
POLICY_MARK='# Written by Sluice build.sh while it installs packages'
PACKAGES=(
  python3-venv python3-dev gcc libc6-dev pkg-config libnetfilter-queue-dev  # NetfilterQueue is built
  nftables iptables iproute2 ethtool                                        # the NIC pair
  libmagic1 libarchive13 libseccomp2 7zip lz4 zstd                          # the inspector
  clamav-daemon clamav-testfiles runsc mmdebstrap util-linux                                 # antivirus, emulation
  libreoffice-writer-nogui libreoffice-calc-nogui libreoffice-impress-nogui  # draw documents
  bubblewrap fonts-liberation fonts-crosextra-carlito fonts-crosextra-caladea  # behind walls, with
  fonts-dejavu-core fonts-noto-core fonts-droid-fallback                    # letters of all scripts
  qpdf poppler-utils                                                        # judge what was extracted
  postfix swaks openssl                                                     # the lab's mail programs
  gcc-mingw-w64-i686-win32 gcc-mingw-w64-x86-64-win32                       # Windows programs as samples
  g++-mingw-w64-i686-win32 g++-mingw-w64-x86-64-win32
)
BENCH_PACKAGES=(amavisd-new)            # what the benchmark compares with
MICROVM_PACKAGES=(qemu-system-x86 squashfs-tools xz-utils)  # the virtual machine that runs Windows programs
IMAGE_PACKAGES=(fdisk mtools cryptsetup-bin qemu-utils qemu-system-x86 ovmf squashfs-tools swtpm)  # the image, and its boot
LAB_SERVICES=(postfix amavis)           # used in the lab only: never to start with the machine

say() { printf '%s\n' "$*"; }
die() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

usage() {
  cat <<'U'
usage: ./build.sh COMMAND
  setup                 install what is missing: Debian packages, .venv, an account
  test [PYTEST ARGS]    setup, then every test; --image: those that start the built image, alone
  demo [--json|--keep]  setup, then real mails through the gateway between two NICs;
                        --keep leaves the lab up until Ctrl-C
  bench [OPTIONS]       setup and amavisd-new, then the benchmark; --help lists options
  lab up|down|status    the network namespaces the demo runs in
  microvm [--force]     the virtual machine for Windows programs and documents, into
                        /var/lib/sluice/microvm: some minutes and 1.3 GB; nothing else needs it
  image [PROFILE]       the appliance image into dist/: minimal (default); full
                        adds gVisor and LibreOffice; selftest tests itself
  boot [--test]         the image in QEMU between a sender and a mail server;
                        --test sends the demo's mails, compares, and ends
U
}

need_debian_root() {
  [ "$(id -u)" = 0 ] || die "this needs root: run it as root, or with sudo."
  command -v apt-get >/dev/null || die "this needs Debian 12 or 13: there is no apt-get here."
}

# --- Debian packages ---------------------------------------------------------------------------

installed() { dpkg-query -W -f '${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; }

missing_of() {
  local package
  for package in "$@"; do  # Debian 13 calls some libraries NAMEt64
    installed "$package" || installed "${package}t64" || say "$package"
  done
}

# Prints how far apt is, out of its own lines: on a terminal in one line, else now and then.
apt_progress() {
  local line total='?' step count
  declare -A done_of=()
  while IFS= read -r line; do
    case "$line" in
      *' newly installed'*) [[ $line =~ ([0-9]+)\ newly ]] && total=${BASH_REMATCH[1]}; continue ;;
      Get:*) step=fetched ;;
      Unpacking\ *) step=unpacked ;;
      'Setting up '*) step='set up' ;;
      *) continue ;;
    esac
    count=$(( ${done_of[$step]:-0} + 1 )); done_of[$step]=$count
    if [ -t 1 ]; then printf '\r\033[K  %s: %s of %s packages' "$step" "$count" "$total"
    elif [ $((count % 100)) = 0 ] || [ "$count" = "$total" ]; then
      say "  $step: $count of $total packages"
    fi
  done
  if [ -t 1 ]; then printf '\r\033[K'; fi
}

# Why apt failed, in its own words: what it could not fetch (which `update` calls a warning, and
# goes on), else its first error.
apt_failed() {
  local words
  words=$(grep -am 1 '^[EW]: Failed to fetch' "$LOG" || grep -am 1 '^E: ' "$LOG" \
    || say 'E: no reason given')
  die "Debian packages cannot be installed: ${words#?: }. Check the network and /etc/apt, then" \
    "run this again; what apt-get said is in $LOG."
}

apt() {
  LC_ALL=C DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300 "$@" </dev/null 2>&1
}

install_packages() {
  local -a missing
  # A policy of ours that a killed run left would keep the machine's services from starting.
  if grep -qsF "$POLICY_MARK" $POLICY; then rm -f $POLICY; fi
  mapfile -t missing < <(missing_of "$@")
  [ ${#missing[@]} != 0 ] || return 0
  say "Installing Debian packages: ${missing[*]}"
  apt update >"$LOG" || true  # one dead source among many need not matter: install will tell
  install_without_starting "${missing[@]}" || apt_failed
}

# Services are installed to be run in the lab, under settings of their own: none starts by itself.
install_without_starting() (
  services=$(for service in "${LAB_SERVICES[@]}"; do
    [ -e "/usr/lib/systemd/system/$service.service" ] || say "$service"
  done)
  if [ ! -e $POLICY ]; then
    trap 'rm -f "$POLICY"' EXIT
    printf '#!/bin/sh\n%s\nexit 101\n' "$POLICY_MARK" >$POLICY
    chmod +x $POLICY
  fi
  apt install -y --no-install-recommends "$@" | tee -a "$LOG" | apt_progress || return
  for service in $services; do
    [ ! -e "/usr/lib/systemd/system/$service.service" ] \
      || deb-systemd-helper disable "$service.service" >>"$LOG" 2>&1 || true
  done
)

# --- Python ------------------------------------------------------------------------------------

install_python() {
  # One that was left half made, or made by an older release's Python, has no pip that runs.
  if ! $VENV/bin/python -m pip --version >/dev/null 2>&1; then
    say "Making the Python environment in $VENV"
    $PYTHON -m venv --clear $VENV || die "the Python environment cannot be made; see above."
  fi
  write_gatewayctl
  install_locked $VENV $LOCK
}

# Windows programs are emulated under an environment of their own, inside of the other.
install_winapi() {
  if ! $WINAPI/bin/python -m pip --version >/dev/null 2>&1; then
    $PYTHON -m venv --clear $WINAPI || die "the Python environment cannot be made; see above."
  fi
  install_locked $WINAPI $WINAPI_LOCK
}

# Installs what a lock names into an environment, unless that was done.
install_locked() {
  local venv=$1 lock=$2
  cmp -s "$lock" "$venv/.lock" && return 0
  say "Installing Python packages in $venv"
  "$venv/bin/python" -m pip install --disable-pip-version-check --progress-bar off --no-color \
    --require-hashes -r "$lock" 2>&1 | tee "$LOG" | pip_progress "$lock" || pip_failed
  cp "$lock" "$venv/.lock"
}

pip_progress() {
  local line count=0 total
  total=$(grep -c '^[A-Za-z0-9].*==' "$1")
  while IFS= read -r line; do
    case "$line" in
      Collecting\ *) count=$((count + 1)) ;;
      'Building wheels'*|'Installing collected'*) line=${line%%:*}; say "  ${line,}" ; continue ;;
      *) continue ;;
    esac
    if [ -t 1 ]; then printf '\r\033[K  collected: %s of at most %s packages\r' "$count" "$total"
    elif [ $((count % 25)) = 0 ]; then say "  collected: $count of at most $total packages"
    fi
  done
}

pip_failed() {
  local words
  words=$(grep -a '^ERROR: ' "$LOG" | tail -n 1 | cut -c 8- | grep . || echo "it gave no reason")
  die "pip failed: ${words%.}. Check the network and pip's settings, then run this again;" \
    "all of its output is in $LOG."
}

# `gatewayctl` of this checkout, for the shell; the wheel brings its own.
write_gatewayctl() {
  cat >$VENV/bin/gatewayctl.new <<'S'
#!/bin/sh
# Written by build.sh: gatewayctl of the checkout that this environment is in.
here=$(cd "$(dirname "$0")" && pwd)
PYTHONPATH="${here%/*/*}" exec "$here/python" -m gateway.cli "$@"
S
  chmod +x $VENV/bin/gatewayctl.new
  mv $VENV/bin/gatewayctl.new $VENV/bin/gatewayctl
}

# --- the rest of a setup -----------------------------------------------------------------------

make_account() {
  getent passwd sluice >/dev/null || useradd --system --home-dir /var/lib/sluice \
    --shell /usr/sbin/nologin sluice
}

make_guest_root() {
  # The guests of the emulator run on a root of this Debian release; skipped when it is current.
  $VENV/bin/python -m tools.guestroot /var/lib/sluice/guestroot \
    || die "the guests' root file system cannot be made: the reason stands above." \
      "Check the network and /etc/apt, then run this again."
}

setup() {
  need_debian_root
  install_packages "${PACKAGES[@]}" "$@"
  install_python
  install_winapi
  make_account
  make_guest_root
}

# A lab is looked at and ended without installing anything: where nothing is set up, there is none.
lab() {
  case "${1:-}" in
    up) setup >&2 ;;
    *) [ -e $VENV/.lock ] || die "nothing is set up here yet: run ./build.sh setup first." ;;
  esac
  exec $VENV/bin/python -m tools.lab "$@"
}

command=${1:-}
[ $# = 0 ] || shift
case "$command" in
  setup) [ $# = 0 ] || { usage >&2; exit 2; }; setup ;;
  test)
    case " $* " in *' --image '*) setup "${IMAGE_PACKAGES[@]}" >&2 ;; *) setup >&2 ;; esac
    exec $VENV/bin/python -m pytest "$@"
    ;;
  demo) setup >&2; exec $VENV/bin/python -m tools.demo "$@" ;;
  bench) setup "${BENCH_PACKAGES[@]}" >&2; exec $VENV/bin/python -m tools.bench "$@" ;;
  lab) lab "$@" ;;
  boot) setup "${IMAGE_PACKAGES[@]}" >&2; exec $VENV/bin/python -m tools.boot "$@" ;;
  microvm) setup "${MICROVM_PACKAGES[@]}"; exec $VENV/bin/python -m tools.microvm "$@" ;;
  image) setup "${IMAGE_PACKAGES[@]}" >&2; exec $VENV/bin/python -m tools.image "$@" ;;
  help|-h|--help) usage ;;
  '') usage >&2; exit 2 ;;
  *) printf 'build.sh: there is no command %q\n' "$command" >&2; usage >&2; exit 2 ;;
esac
