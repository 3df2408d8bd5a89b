"""SVG drawings: what acts or reaches out is cut out, the drawing's other bytes stay."""
