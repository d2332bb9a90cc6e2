"""The rows of the economy: money, items, purchases, trades.

What their players need is made beforehand by the server itself, so that its books are those that
a game would have: every player is credited and given items, and every trade is proposed.
"""
