#!/bin/sh
# Provisions the machine `server`: the lab's Postfix, which keeps all mail for the demo's domain
# below /var/lib/sluice-mail.
# $1: the directory that Vagrant put the project's files into; $2: the address to listen on.
set -eu
export DEBIAN_FRONTEND=noninteractive
echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections
apt-get -q update
apt-get -q install -y --no-install-recommends postfix python3-cryptography
systemctl disable --now postfix.service
mkdir -p /opt/sluice /var/lib/sluice-mail
cp -r "$1/tools" /opt/sluice/
cat >/etc/systemd/system/sluice-mail.service <<U
[Unit]
Description=Mail server of the lab
After=network-online.target
Wants=network-online.target

[Service]
Environment=PYTHONPATH=/opt/sluice
ExecStart=/usr/bin/python3 -m tools.mail.serving /var/lib/sluice-mail $2
Restart=on-failure
RestartSec=5

[Install]
WantedBy=multi-user.target
U
systemctl daemon-reload
systemctl enable --now sluice-mail.service
