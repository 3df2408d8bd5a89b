"""SMTP without sockets: the machines that stand between a client and its next hop.

`Relay` is what a worker drives; everything else here is a value that goes in or comes out.
"""

from gateway.smtp.actions import (
    AbandonInspection,
    Action,
    AwaitDrain,
    BecomeOpaque,
    CloseClient,
    CloseServer,
    Delivery,
    DiscardBody,
    Envelope,
    Inspect,
    Log,
    Receipt,
    ReportReceipts,
    SendToClient,
    SendToServer,
    StartTlsClient,
    StartTlsServer,
    StoreBody,
)
from gateway.smtp.body import (
    BodyFacts,
    BodyPolicy,
    OnBareLineEnd,
    OnEightBitHeader,
    OnLongLine,
    OnNul,
)
from gateway.smtp.commands import BodyType, Mail, Rcpt, Ret
from gateway.smtp.errors import LocalProtocolError
from gateway.smtp.policy import EarlyInput, NextHopTls, RelayPolicy, ServerPolicy, TlsMode
from gateway.smtp.relay import Relay
from gateway.smtp.replies import Reply
from gateway.smtp.session import Side
from gateway.smtp.states import Phase
from gateway.smtp.text import printable

__all__ = [
    "AbandonInspection",
    "Action",
    "AwaitDrain",
    "BecomeOpaque",
    "BodyFacts",
    "BodyPolicy",
    "BodyType",
    "CloseClient",
    "CloseServer",
    "Delivery",
    "DiscardBody",
    "EarlyInput",
    "Envelope",
    "Inspect",
    "LocalProtocolError",
    "Log",
    "Mail",
    "NextHopTls",
    "OnBareLineEnd",
    "OnEightBitHeader",
    "OnLongLine",
    "OnNul",
    "Phase",
    "Rcpt",
    "Receipt",
    "Relay",
    "RelayPolicy",
    "Reply",
    "ReportReceipts",
    "Ret",
    "SendToClient",
    "SendToServer",
    "ServerPolicy",
    "Side",
    "StartTlsClient",
    "StartTlsServer",
    "StoreBody",
    "TlsMode",
    "printable",
]
