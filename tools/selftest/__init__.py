"""The image's own test, in the profile `selftest`: runs inside of it, tells on the serial line."""
