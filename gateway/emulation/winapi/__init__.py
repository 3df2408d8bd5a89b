"""Windows programs and machine code, emulated instruction by instruction in a confined guest.

`environment` and `place` are the host's side. Everything else runs in the guest, under a Python
environment of its own that holds speakeasy and its unicorn, and nothing of the gateway imports it.
"""

import warnings

warnings.filterwarnings("ignore", "pkg_resources is deprecated")
"""unicorn 1 imports what setuptools will drop; the one that it gets is pinned."""
