"""What an administrator can choose about SMTP, as values.

Purpose: the settings of the machines in one place; the daemon fills them from gateway.toml.
Must never: hold a setting that makes a smuggled command or a bare line end pass.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from gateway.smtp.body import BodyPolicy
from gateway.smtp.limits import ERRORS, MESSAGE, RECIPIENTS


class EarlyInput(StrEnum):
    """What the client sends before the answer to a command that changes the state. After STARTTLS
    it is refused in any case."""

    REFUSE = "refuse"  # 554 and close, as Postfix 3.9 does
    SERIALISE = "serialise"  # wait: read it once the answer is out


class TlsMode(StrEnum):
    """What STARTTLS of the client means."""

    TERMINATE = "terminate"  # TLS ends here, with the appliance's certificate
    PASS = "pass"  # TLS passes unseen; its mails are unscanned


class NextHopTls(StrEnum):
    """When the gateway uses a next hop's STARTTLS (tls = terminate)."""

    WHERE_OFFERED = "where-offered"
    AS_CLIENT = "as-client"  # only when the client's leg is encrypted
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class ServerPolicy:
    """What the machine that faces the client enforces by itself. `max_size`: octets of one mail."""

    body: BodyPolicy = field(default_factory=BodyPolicy)
    max_size: int = MESSAGE
    early_input: EarlyInput = EarlyInput.REFUSE
    recipients: int = RECIPIENTS
    errors: int = ERRORS


@dataclass(frozen=True, slots=True)
class RelayPolicy:
    """How one connection is relayed.

    `has_certificate`: STARTTLS can be terminated. `relay_auth`: AUTH may pass (submission port, or
    configured). `relay_vrfy`: VRFY goes to the next hop; otherwise it gets 252.
    """

    server: ServerPolicy = field(default_factory=ServerPolicy)
    tls: TlsMode = TlsMode.TERMINATE
    has_certificate: bool = False
    next_hop_tls: NextHopTls = NextHopTls.WHERE_OFFERED
    relay_auth: bool = False
    relay_vrfy: bool = True
