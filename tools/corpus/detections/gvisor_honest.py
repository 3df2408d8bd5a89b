"""Scripts and programs for Linux that are lively and honest."""

from __future__ import annotations

from tools.corpus.detections.case import Case
from tools.corpus.detections.linux import linux
from tools.corpus.detections.node_cases import NODE_HONEST

GVISOR_HONEST: tuple[Case, ...] = (
    linux(
        "rotation.sh",
        "sh",
        "#!/bin/sh\nset -e\nb=$HOME/backups\nfor day in 1 2 3 4 5; do mkdir -p $b/2026-01-0$day\n"
        'cp -r "$HOME/Documents" $b/2026-01-0$day/; done\n'
        'ls -d $b/2026-* | head -n 2 | while read -r old; do rm -rf "$old"; done\n'
        "rm -rf ~/.cache/thumbnails\nls $b\n",
    ),
    linux("hello.sh", "sh", "#!/bin/sh\necho hello\ndate; uname -a; id; df -h\n"),
    linux(
        "backup.sh",
        "sh",
        "#!/bin/bash\nset -eu\nout=/tmp/backup-$(date +%F).tar.gz\n"
        'tar czf "$out" -C "$HOME" Documents Pictures\nsha256sum "$out" > "$out.sha256"\n'
        'ls -l "$out"\n',
    ),
    linux(
        "home-backup.sh",
        "sh",
        '#!/bin/sh\nmkdir -p /tmp/b\ntar cf /tmp/b/home.tar -C "$HOME" .\ngzip /tmp/b/home.tar\n',
    ),
    linux(
        "build.sh",
        "sh",
        "#!/bin/sh\nset -e\nmkdir -p build && cd build\n"
        "cat > main.c <<'EOF'\n#include <stdio.h>\n"
        'int main(void) { puts("built"); return 0; }\nEOF\n'
        "printf 'prog: main.c\\n\\tgcc -o prog main.c\\n' > Makefile\nmake\n./prog\n",
    ),
    linux(
        "install.sh",
        "sh",
        "#!/bin/sh\nset -e\nmkdir -p ~/.local/bin ~/.local/share/tool\n"
        "cat > ~/.local/bin/tool <<'EOF'\n#!/bin/sh\necho tool 1.0\nEOF\n"
        "chmod 755 ~/.local/bin/tool\n"
        "grep -q .local/bin ~/.profile || echo 'PATH=\"$HOME/.local/bin:$PATH\"' >> ~/.profile\n"
        "~/.local/bin/tool --version\n",
    ),
    linux(
        "selfextract.sh",
        "sh",
        "#!/bin/sh\nd=$(mktemp -d)\nprintf 'echo unpacked\\n' > $d/setup.sh\nchmod +x $d/setup.sh\n"
        "sh $d/setup.sh\nrm -rf $d\n",
    ),
    linux(
        "rotate.sh",
        "sh",
        "#!/bin/sh\nmkdir -p logs; for i in 1 2 3; do echo line $i >> logs/app.log; done\n"
        "mv logs/app.log logs/app.log.1; gzip logs/app.log.1; find logs -mtime +7 -delete\n",
    ),
    linux(
        "jobs.sh",
        "sh",
        "#!/bin/bash\nfor i in 1 2 3 4; do (sleep 0.1; echo job $i) & done\nwait\n"
        "sleep 30 & p=$!; kill $p; wait $p 2>/dev/null; echo done\n",
    ),
    linux(
        "rename.sh",
        "sh",
        "#!/bin/sh\ncd ~/Documents && mkdir -p 2026 && mv Invoices/*.pdf 2026/ && ls -R\n",
    ),
    linux(
        "report.py",
        "python",
        "import csv, json, statistics, os\nrows = list(csv.DictReader(open(os.path.expanduser("
        "'~/Documents/customers.csv'))))\n"
        "values = [x * x % 97 for x in range(20000)]\n"
        "report = {'rows': len(rows), 'mean': statistics.mean(values)}\n"
        "json.dump(report, open('report.json', 'w'))\nprint(report)\n",
    ),
    linux(
        "tests.py",
        "python",
        "import unittest\nclass T(unittest.TestCase):\n"
        "    def test(self): self.assertEqual(2 + 2, 4)\nunittest.main()\n",
    ),
    linux(
        "server_check.py",
        "python",
        "import http.server, threading, urllib.request\n"
        "s = http.server.ThreadingHTTPServer(('127.0.0.1', 8000),"
        " http.server.SimpleHTTPRequestHandler)\n"
        "threading.Thread(target=s.serve_forever, daemon=True).start()\n"
        "print(urllib.request.urlopen('http://127.0.0.1:8000/').status)\ns.shutdown()\n",
    ),
    linux(
        "tools.py",
        "python",
        "import subprocess, tempfile, pathlib, shutil\nd = pathlib.Path(tempfile.mkdtemp())\n"
        "(d / 'a.txt').write_text('b\\na\\n')\n"
        "print(subprocess.run(['sort', d / 'a.txt'], capture_output=True).stdout)\n"
        "shutil.rmtree(d)\n",
    ),
    linux(
        "count.pl",
        "perl",
        "my %n; $n{length $_}++ for 'a' .. 'zzz'; print \"$_ $n{$_}\\n\" for keys %n;\n",
    ),
    linux(
        "log.pl",
        "perl",
        "#!/usr/bin/env perl\nuse strict; use warnings;\nopen(my $o, '>', 'summary.txt') or die;\n"
        "for my $f (glob \"$ENV{HOME}/Documents/*.txt\") { open(my $i, '<', $f); my @l = <$i>;\n"
        'print $o "$f: ", scalar @l, " lines\\n"; }\nclose $o;\n',
    ),
    linux(
        "hello",
        "elf",
        '#include <stdio.h>\nint main(int c, char **v) { printf("%s\\n", v[0]); return 0; }\n',
    ),
    linux(
        "primes",
        "elf",
        '#include <stdio.h>\nint main(void) { FILE *f = fopen("primes.txt", "w");\n'
        " for (int n = 2; n < 3000; n++) { int p = 1; for (int d = 2; d * d <= n; d++)\n"
        ' if (n % d == 0) p = 0; if (p) fprintf(f, "%d\\n", n); } fclose(f); return 0; }\n',
    ),
    linux(
        "database.py",
        "python",
        "import socket\nfor host in ('127.0.0.1', 'localhost', 'db.intranet.example'):\n"
        "    try:\n        with socket.create_connection((host, 5432), 4) as line:\n"
        "            line.sendall(bytes([0, 0, 0, 8, 4, 210, 22, 47]))\n"
        "            print(host, 'answers' if line.recv(1) else 'hung up')\n"
        "    except OSError as error:\n        print(host, error)\n",
    ),
    linux(
        "mail-report.py",
        "python",
        "import os, smtplib\nfrom email.message import EmailMessage\n"
        "letter = EmailMessage()\nletter['Subject'] = 'Nightly report'\n"
        "letter['From'], letter['To'] = 'cron@site.example', 'ops@site.example'\n"
        "letter.set_content('\\n'.join(sorted(os.listdir(os.path.expanduser('~/Documents')))))\n"
        "with smtplib.SMTP('relay.site.example', 25, timeout=9) as relay:\n"
        "    relay.send_message(letter)\nprint('sent')\n",
    ),
    linux(
        "threads",
        "elf",
        "#include <pthread.h>\n#include <stdio.h>\nstatic void *run(void *a) { return a; }\n"
        "int main(void) { pthread_t t[8]; for (int i = 0; i < 8; i++)\n"
        " pthread_create(&t[i], 0, run, 0); for (int i = 0; i < 8; i++) pthread_join(t[i], 0);\n"
        ' puts("joined"); return 0; }\n',
    ),
    linux(
        "copy",
        "elf",
        "#include <stdlib.h>\n#include <stdio.h>\nint main(void) {\n"
        ' int r = system("cp ~/Documents/todo.txt ./todo-copy.txt && wc todo-copy.txt");\n'
        ' printf("%d\\n", r); return r; }\n',
    ),
    linux(
        "inventory.py",
        "python",
        "import hashlib, json, os\nfound = {}\n"
        "for folder, _, names in os.walk(os.path.expanduser('~/Documents')):\n"
        "    for name in names:\n        path = os.path.join(folder, name)\n"
        "        found[path] = hashlib.sha256(open(path, 'rb').read()).hexdigest()\n"
        "json.dump(found, open('inventory.json', 'w'), indent=1)\nprint(len(found), 'files')\n",
    ),
    linux(
        "convert.sh",
        "sh",
        "#!/bin/sh\nset -e\nwork=$(mktemp -d)\ntrap 'rm -rf \"$work\"' EXIT\n"
        "sed 's/,/;/g' ~/Documents/customers.csv > \"$work/out.csv\"\n"
        "sort \"$work/out.csv\" | awk -F';' '{ print $2 }' | uniq -c > cities.txt\ncat cities.txt\n",
    ),
    linux(
        "rates.py",
        "python",
        "import json, pathlib, urllib.request\n"
        "cache = pathlib.Path.home() / '.cache' / 'rates' / 'latest.json'\n"
        "try:\n    with urllib.request.urlopen('https://rates.example/latest.json', timeout=5) as page:\n"
        "        text = page.read()\n"
        "    cache.parent.mkdir(parents=True, exist_ok=True)\n    cache.write_bytes(text)\n"
        "    print(json.loads(text))\nexcept ValueError:\n    print('no rates')\n",
    ),
    linux(
        "search.py",
        "python",
        "import os\nfound = 0\nfor folder, _, names in os.walk('/etc'):\n"
        "    for name in names:\n        try:\n"
        "            with open(os.path.join(folder, name), errors='replace') as file:\n"
        "                found += sum('localhost' in line for line in file)\n"
        "        except OSError:\n            pass\nprint(found, 'lines')\n",
    ),
    *NODE_HONEST,
)
"""Each must be clean."""
