"""From the settings files to what the relay machine of a session is told."""

from __future__ import annotations

from gateway.policy import GatewayConfig, Policy, TlsMode
from gateway.smtp import (
    BodyPolicy,
    OnBareLineEnd,
    OnEightBitHeader,
    OnLongLine,
    RelayPolicy,
    ServerPolicy,
)
from gateway.smtp import TlsMode as RelayTls


def relay_policy(config: GatewayConfig, policy: Policy, *, submission: bool = False) -> RelayPolicy:
    """How a connection is relayed; on a `submission` port AUTH is passed through."""
    body = BodyPolicy(
        bare_line_end=OnBareLineEnd(policy.smtp.bare_line_ends.value),
        long_line=OnLongLine(policy.smtp.overlong_lines.value),
        eight_bit_header=OnEightBitHeader(policy.smtp.eight_bit_headers.value),
    )
    terminate = config.tls.mode is TlsMode.TERMINATE
    return RelayPolicy(
        server=ServerPolicy(body=body, max_size=policy.limits.message_bytes),
        tls=RelayTls.TERMINATE if terminate else RelayTls.PASS,
        has_certificate=terminate,
        relay_auth=submission,
    )
