"""What a start that fails does: it says so and starts again, until the boot loader gives up on it.

The text travels on the kernel's command line in image/mkosi.conf, where a line cannot be broken,
hence as base64.
"""

from __future__ import annotations

from base64 import b64encode

DROP_IN = """\
[Service]
ExecStart=
ExecStart=/bin/sh -c 'echo Sluice cannot start: again in 10 s >/dev/console; \
sleep 10; systemctl --force reboot'
"""


def command_line_word() -> str:
    """The word that belongs on the kernel's command line (systemd.system-credentials(7))."""
    encoded = b64encode(DROP_IN.encode()).decode()
    return f"systemd.set_credential_binary=systemd.unit-dropin.emergency.service:{encoded}"
