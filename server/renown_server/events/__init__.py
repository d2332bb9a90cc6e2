"""What happened, delivered: live streams and the log they resume from."""
