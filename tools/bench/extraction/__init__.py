"""How long threat extraction takes, and how much memory, beside converting every file to pixels."""
