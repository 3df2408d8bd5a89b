"""Examples have no deadline: a busy machine is no error, and a hang ends by pytest's own limit."""

from hypothesis import settings

settings.register_profile("sluice", deadline=None)
settings.load_profile("sluice")
