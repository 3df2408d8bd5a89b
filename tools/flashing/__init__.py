"""Writes the appliance image to a disk: `tools/flash IMAGE DEVICE`. Standard library only."""
