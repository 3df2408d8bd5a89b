"""Who a mail is from, as far as the DNS says: SPF, DKIM and DMARC.

All of it is read in a guest, records of the DNS included. A guest has no network: it answers with
the questions it needs, the worker asks them, and the guest is asked again with the answers.
"""

from gateway.engines.authentication.model import (
    Checked,
    DnsAnswer,
    DnsQuestion,
    Result,
    SenderAnswer,
    SenderRequest,
    SignaturesAnswer,
    SignaturesRequest,
)

__all__ = [
    "Checked",
    "DnsAnswer",
    "DnsQuestion",
    "Result",
    "SenderAnswer",
    "SenderRequest",
    "SignaturesAnswer",
    "SignaturesRequest",
]
