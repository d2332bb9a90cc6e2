"""Badges: what players collect, wear and show."""
