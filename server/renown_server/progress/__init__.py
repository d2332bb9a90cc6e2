"""What a player has reached: packed state, criteria, requirements; for the slices above."""
