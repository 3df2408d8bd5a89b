#!/bin/sh
# Provisions the machine `sender`: the command `demo`, and the mails it sends.
# $1: the directory that Vagrant put the project's files into.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get -q update
apt-get -q install -y --no-install-recommends python3-cryptography  # which tools.mail imports
mkdir -p /opt/sluice/mails
cp -r "$1/tools" /opt/sluice/
tar -xf "$1/mails.tar" -C /opt/sluice/mails
cat >/usr/local/bin/demo <<'W'
#!/bin/sh
PYTHONPATH=/opt/sluice exec python3 -m tools.vagrant.demo "$@"
W
chmod +x /usr/local/bin/demo
