"""Keys, player tokens, the audit, and who calls."""
