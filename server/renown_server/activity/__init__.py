"""The cascade: what an activity earns. The only slice that knows the others."""
