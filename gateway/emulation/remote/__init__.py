"""Real Windows guests elsewhere: a CAPE sandbox reached over its REST API.

Samples leave the machine: nothing is sent anywhere unless the administrator names a sandbox, the
types that go there, and enables it. `courier` is the one process that may speak to it.
"""

from gateway.emulation.remote.environment import Remote
from gateway.emulation.remote.settings import RemoteSettings

__all__ = ["Remote", "RemoteSettings"]
