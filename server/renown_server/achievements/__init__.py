"""Achievements: goals that players earn."""
