"""The resolver that gateway.toml asks for."""

from __future__ import annotations

from importlib import import_module

from gateway.policy import GatewayConfig
from gateway.stages.services import NoResolver, Resolver


def resolver_of(config: GatewayConfig) -> Resolver:
    """A resolver over `envelope.resolvers`; without any, one that asks nobody.

    The module is loaded only when it is needed: dnspython takes 15 MB in each worker.
    """
    servers, seconds = config.envelope.resolvers, config.envelope.seconds
    if not servers:
        return NoResolver()
    made: Resolver = import_module("gateway.daemon.resolver").DnsResolver(servers, float(seconds))
    return made
