"""PowerShell and command files: read, their constant expressions worked out, effects written down.

Nothing of a sample runs: commands and .NET members are known by name and do no more than be told.
"""
