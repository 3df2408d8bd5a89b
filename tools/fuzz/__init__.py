"""Mutated mails through the whole plan, by the thousand: no exception, no hang, no hole in a trace.

`python -m tools.fuzz explain --count 10000 --seed 1 --jobs 2`. docs/FUZZING.md says what it found.
"""
