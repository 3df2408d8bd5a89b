"""Commands of PowerShell: a family each, and who hands a command to its family."""
