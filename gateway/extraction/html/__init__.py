"""Web pages and HTML mail bodies: tags that act are taken out, every other byte stays."""
