"""Streaks: what players do day by day."""
