"""What players own besides money: items, their use, loot, mail; and the rewards that give them."""
