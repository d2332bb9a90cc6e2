"""The full cascade: achievements, quests and a streak move with every activity.

Its catalog is what the others run on (``tests/bench/catalog``) and ``catalog/`` besides; the crowd
adds a thousand definitions that an activity has nothing to do with. Neither is active while other
rows run: those are about activities that move no more than metrics, money and boards.
"""
