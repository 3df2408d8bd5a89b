"""PDF (ISO 32000): actions, scripts, attachments and media."""
