"""Whose a script is: by the names that one host alone gives."""

from __future__ import annotations

import pytest

from gateway.emulation.scripts.hosts import Host, is_module, written_for


@pytest.mark.parametrize(
    ("script", "host", "sign"),
    [
        (b"#!/usr/bin/env node\n1", Host.NODE, "#!/usr/bin/env node"),
        (b"#!/usr/bin/nodejs\n1", Host.NODE, "#!/usr/bin/nodejs"),
        (b'(function(){var a=require("child_process")})()', Host.NODE, 'require("child_process")'),
        (b"const {a} = require('./lib/a');", Host.NODE, "require('./lib/a')"),
        (b"import fs from 'node:fs';", Host.NODE, "import fs from 'node:fs'"),
        (b"  module.exports = f;", Host.NODE, "module.exports ="),
        (b"if (process.platform == 'linux') run();", Host.NODE, "process.platform"),
        (b"await import('os')", Host.NODE, "import('os')"),
        (b"new ActiveXObject('a')", Host.WINDOWS, "ActiveXObject"),
        (b"WScript.Echo(1)", Host.WINDOWS, "WScript"),
        (b"var process = 1; WScript.Echo(process)", Host.WINDOWS, "WScript"),
        (b"var x = 1", Host.WINDOWS, ""),
        (b"globalThis['x']()", Host.UNSURE, "globalThis"),
        (
            b"typeof require=='function'?require('fs'):new ActiveXObject('a')",
            Host.BOTH,
            "require('fs')",
        ),
        (b"\xff\xfe", Host.WINDOWS, ""),
    ],
)
def test_hosts(script: bytes, host: Host, sign: str) -> None:
    found = written_for(script)
    assert found.host is host
    assert sign in found.words
    assert bool(found.words) == bool(sign)


def test_what_is_looked_at_is_bounded_and_shown_in_a_line() -> None:
    assert written_for(b" " * (1 << 20) + b"require('fs')").host is Host.WINDOWS
    words = written_for(b"import {" + b"a,\n" * 99 + b"} from 'fs'").words
    assert len(words) < 80
    assert "\n" not in words


@pytest.mark.parametrize(
    ("script", "module"),
    [
        (b"import a from 'b';", True),
        (b"import 'b';", True),
        (b"export default 1;", True),
        (b"const a = require('b');\nexport_all();", False),
        (b"import('b')", False),
        (b"module.exports = 1;\nimport a from 'b';", False),
    ],
)
def test_modules(script: bytes, module: bool) -> None:
    assert is_module(script) is module
