"""Static analysis: what a file shows without running it. Runs inside the sandbox's guest.

Structure (macros, actions, objects, scripts, links) by type, and the project's own YARA rules.
"""

from gateway.engines.static.examine import examine, preload
from gateway.engines.static.report import StaticReport

__all__ = ["StaticReport", "examine", "preload"]
