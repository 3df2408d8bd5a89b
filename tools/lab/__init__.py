"""The lab: a sender, a gateway and a mail server in three network namespaces of one machine.

lab = up("demo", Mode.BRIDGE)
lab.exec_in(lab.layout.sender.namespace, ["ping", "-c1", lab.layout.server.ip])
down("demo")
"""

from drivers.config import Mode
from tools.lab.layout import CLIENT_NIC, END_NIC, SERVER_NIC, End, Layout, layout
from tools.lab.namespaces import Lab, Status, down, status, up

__all__ = [
    "CLIENT_NIC",
    "END_NIC",
    "SERVER_NIC",
    "End",
    "Lab",
    "Layout",
    "Mode",
    "Status",
    "down",
    "layout",
    "status",
    "up",
]
