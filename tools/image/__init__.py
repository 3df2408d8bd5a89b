"""Builds the appliance image: `python -m tools.image`. What the image is stands in image/."""
