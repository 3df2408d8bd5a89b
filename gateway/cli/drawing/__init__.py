"""The workflow, drawn from the plan and the policy that run, so that it cannot be wrong.

`picture` makes the data; each format is one function of it.
"""

from gateway.cli.drawing.data import Gate, Picture, Step, picture
from gateway.cli.drawing.mermaid import as_mermaid
from gateway.cli.drawing.svg import as_svg
from gateway.cli.drawing.text import as_text

__all__ = ["Gate", "Picture", "Step", "as_mermaid", "as_svg", "as_text", "picture"]
