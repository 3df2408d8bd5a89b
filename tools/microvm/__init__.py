"""Builds the guest of the `microvm` environment: `python -m tools.microvm DIR`.

Image, kernel and first file system are made of Debian packages; then the guest is started once and
its state kept (`gateway.emulation.microvm.snapshot`).
"""
