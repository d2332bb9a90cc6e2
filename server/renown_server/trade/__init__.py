"""Exchanges between two players, with escrow."""
