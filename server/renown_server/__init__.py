"""The Renown server."""
