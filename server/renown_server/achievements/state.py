"""The rows of completions in memory: written by batches, never read by them."""

from __future__ import annotations

from renown_server.engine.state import Entity
from renown_server.engine.work import Work


class Completions(Entity):
    """What a batch does to the rows of one player's achievement.

    Attributes:
        player_id: whose.
        achievement: which.
        count: how often it is completed now.
        cut: whether rows above `count` may be there and have to go.
        earned: when each new completion was earned, by its number.
    """

    __slots__ = ("achievement", "count", "cut", "earned", "player_id")

    saved = ("count", "cut", "earned")

    def __init__(self, player_id: str, achievement: str) -> None:
        super().__init__()
        self.player_id = player_id
        self.achievement = achievement
        self.count = 0
        self.cut = False
        self.earned: dict[int, int] = {}


class CompletionBook:
    """What a batch does to the rows of its players' achievements."""

    __slots__ = ("by_key",)

    def __init__(self) -> None:
        self.by_key: dict[tuple[str, str], Completions] = {}

    def get(self, work: Work, player_id: str, achievement: str) -> Completions:
        """What is done to an achievement's rows; to be changed."""
        key = (player_id, achievement)
        known = self.by_key.get(key)
        if known is None:
            known = self.by_key[key] = Completions(player_id, achievement)
        work.touch(known)
        return known


def note_earned(work: Work, player_id: str, achievement: str, no: int, earned_us: int) -> None:
    """Adds the row of a completion; `no` counts from 1."""
    rows = work.slice(CompletionBook).get(work, player_id, achievement)
    rows.count = no
    # A new map: a rollback goes back to the one before.
    rows.earned = {**rows.earned, no: earned_us}


def note_left(work: Work, player_id: str, achievement: str, count: int) -> None:
    """Takes the rows of the latest completions, so that `count` are left."""
    rows = work.slice(CompletionBook).get(work, player_id, achievement)
    rows.count = count
    rows.cut = True
    rows.earned = {no: at_us for no, at_us in rows.earned.items() if no <= count}
