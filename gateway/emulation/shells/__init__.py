"""Command lines of PowerShell and cmd: told apart, handed to their interpreters, followed.

Nothing of a sample runs: commands and .NET members are known by name and do no more than be told.
"""
