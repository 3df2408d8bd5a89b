"""A small clamd of one's own, for tests, the lab and the benchmark."""

from tools.clamd.server import ClamdMissingError, ClamdStartError, down, running, socket_of, up

__all__ = ["ClamdMissingError", "ClamdStartError", "down", "running", "socket_of", "up"]
