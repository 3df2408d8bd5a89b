"""The zygote of second opinions forks: it must be the only thread of its process."""

from __future__ import annotations

import subprocess
import sys

_COUNT = """
import os
from gateway.sandbox import opinion
opinion.preload()
print(len(os.listdir("/proc/self/task")))
"""


def test_the_loaded_model_has_one_thread() -> None:
    ran = subprocess.run([sys.executable, "-c", _COUNT], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["1"]
