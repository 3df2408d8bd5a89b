"""How well emulation tells bad from honest: every sample in its environment, one table.

`python -m tools.detect` prints it; `--write` puts it into docs/EMULATION.md; `--corpus` adds the
honest documents beside the repository.
"""
