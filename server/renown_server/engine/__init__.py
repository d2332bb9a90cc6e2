"""The write path: commands, batches, lanes, exactly once."""
