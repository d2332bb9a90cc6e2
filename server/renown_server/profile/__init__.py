"""Players: who they are, their XP and level."""
