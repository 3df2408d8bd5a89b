"""PowerShell read, its constants worked out, what it would do written down. Nothing of it runs."""
