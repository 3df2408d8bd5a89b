"""An emulated Windows: what scripts reach through objects, and what is written down of it.

Nothing here touches the real machine: files, registry and network are values in memory.
"""
