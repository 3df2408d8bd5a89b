"""Pages under docs/generated, made from the objects that run. `python -m tools.generate`."""
