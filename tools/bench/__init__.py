"""Measurements of the gateway and of its pieces."""
