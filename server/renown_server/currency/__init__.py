"""Money: a ledger that is never changed, and the balances that follow."""
