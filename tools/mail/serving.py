"""`python -m tools.mail.serving FOLDER ADDRESS`: the lab's mail server, until it is told to end."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path

from tools.mail.postfix import Listen, PostfixError, PostfixServer


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; 0 then, 1 with a sentence when Postfix does not start."""
    parser = argparse.ArgumentParser(prog="tools.mail.serving", description="A mail server.")
    parser.add_argument("folder", type=Path, help="where queue, log and mailbox lie")
    parser.add_argument("address", nargs="+", help="to listen on")
    parser.add_argument("--port", type=int, default=25)
    parser.add_argument("--domain", default="corp.example", help="mail for it is kept")
    options = parser.parse_args(arguments)
    ending = (signal.SIGTERM, signal.SIGINT)
    signal.pthread_sigmask(signal.SIG_BLOCK, ending)
    listen = [Listen(address, options.port) for address in options.address]
    server = PostfixServer(options.folder, listen, options.domain)
    try:
        server.start()
    except PostfixError as error:
        print(f"mail server: {error}", file=sys.stderr)
        return 1
    print(f"serving; mail is kept in {server.folder}/mail", flush=True)
    signal.sigwait(ending)
    server.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
