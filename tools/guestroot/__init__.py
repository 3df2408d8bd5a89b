"""Builds the root file system of gVisor guests: `python -m tools.guestroot DIR`."""
