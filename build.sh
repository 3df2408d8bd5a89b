#!/usr/bin/env bash
# The one command of the project: setup, test, demo, lab. See usage() at the end.
# Everything is idempotent: what is there already is kept.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

PYTHON=/usr/bin/python3
VENV=.venv
LOCK=requirements/dev.lock
PACKAGES=(
  python3-venv python3-dev gcc libc6-dev pkg-config libnetfilter-queue-dev  # NetfilterQueue is built
  nftables iptables iproute2 ethtool                                        # the NIC pair
  libmagic1 libarchive13 libseccomp2 7zip                                   # the inspector
  clamav-daemon runsc mmdebstrap util-linux                                 # antivirus, emulation
  libreoffice-writer-nogui                                                  # opens what was extracted
  postfix swaks openssl                                                     # the lab's mail programs
)

say() { printf '%s\n' "$*"; }
die() { printf 'build.sh: %s\n' "$*" >&2; exit 1; }

need_root() { [ "$(id -u)" = 0 ] || die "this needs root: run it as root, or with sudo."; }

missing_packages() {
  local package
  for package in "${PACKAGES[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' \
      || dpkg-query -W -f '${Provides}' "${package}t64" >/dev/null 2>&1 || say "$package"
  done
}

install_packages() {
  local missing policy=/usr/sbin/policy-rc.d
  missing=$(missing_packages)
  [ -n "$missing" ] || return 0
  say "Installing Debian packages: $(echo $missing)"
  # Mail programs are installed to be used in the lab: none of them is to start by itself.
  local made=no
  if [ ! -e $policy ]; then printf '#!/bin/sh\nexit 101\n' >$policy; chmod +x $policy; made=yes; fi
  local status=0
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
      --no-install-recommends $missing; } >/tmp/sluice-apt.log 2>&1 || status=$?
  [ $made = no ] || rm -f $policy
  [ $status = 0 ] || die "apt-get failed; is there a network? Its words are in /tmp/sluice-apt.log."
}

install_python() {
  local stamp=$VENV/.lock
  cmp -s $LOCK $stamp 2>/dev/null && return 0
  say "Making the Python environment in $VENV"
  [ -x $VENV/bin/python ] || $PYTHON -m venv $VENV
  $VENV/bin/pip install -q --disable-pip-version-check --require-hashes -r $LOCK \
    || die "pip failed; is there a network?"
  cp $LOCK $stamp
}

make_guest_root() {
  # The guests of the emulator run on a root of this Debian release; skipped when it is current.
  $VENV/bin/python -m tools.guestroot /var/lib/sluice/guestroot \
    || die "the guests' root file system cannot be made; its reason stands above."
}

make_account() {
  getent passwd sluice >/dev/null || useradd --system --home-dir /var/lib/sluice \
    --shell /usr/sbin/nologin sluice
}

setup() { need_root; install_packages; install_python; make_account; make_guest_root; }

usage() {
  cat <<'U'
usage: ./build.sh COMMAND
  setup                 install what is missing: Debian packages, .venv, an account
  test [PYTEST ARGS]    setup, then every test
  demo [--json|--keep]  setup, then real mails through the gateway between two NICs;
                        --keep leaves the lab up until Ctrl-C
  lab up|down|status    the network namespaces the demo runs in
U
}

case "${1:-}" in
  setup) setup ;;
  test) shift; setup; exec $VENV/bin/python -m pytest "$@" ;;
  demo) shift; setup; exec $VENV/bin/python -m tools.demo "$@" ;;
  lab) shift; setup; exec $VENV/bin/python -m tools.lab "$@" ;;
  *) usage >&2; exit 2 ;;
esac
