"""Command files and lines of Windows, interpreted as cmd.exe reads them; nothing is executed.

`run.py` is the guest's side of the environment `cmd`; `shell.py` walks what `parser.py` reads.
"""
