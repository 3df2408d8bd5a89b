"""Starts the built image in QEMU between a real sender and a real mail server."""
