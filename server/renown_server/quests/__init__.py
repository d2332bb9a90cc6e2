"""Quests and challenges."""
