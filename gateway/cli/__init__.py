"""gatewayctl: what an administrator asks a gateway, and how the answers look.

Commands read; only the supervisor changes anything. All text that came from outside passes
`gateway.cli.screen` before it reaches a terminal.
"""
