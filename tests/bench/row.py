"""What a row of the benchmark is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum

from tests.bench.calls import Feed
from tests.bench.peers import Peer, Target

SAMPLE = 64


class Effect(Enum):
    """What one operation leaves in the database."""

    NONE = "none"
    ACTIVITY = "activity"
    LESSON = "lesson"
    CREDIT = "credit"
    SCORE = "score"
    DEBIT = "debit"
    PURCHASE = "purchase"
    USE = "use"
    TRADE = "trade"
    # What rows need beforehand.
    FUND = "fund"
    GOODS = "goods"
    BAG = "bag"
    PROPOSAL = "proposal"


class Supply(Enum):
    """What a row's players need before it."""

    COINS = "coins"
    """Money to spend."""
    GOODS = "goods"
    """Something to use and to trade."""
    BAGS = "bags"
    """A hundred items, and no other."""
    TRADES = "trades"
    """Open trades, enough of them for one run."""
    LESSONS = "lessons"
    """A lesson, with which quests and a streak begin."""


class Game(Enum):
    """The catalog that is active; see ``cascade/games.py``."""

    FIRST_PATH = "first path"
    """Metrics, XP, money, items and boards."""
    CASCADE = "cascade"
    """Achievements, quests and a streak besides."""
    CROWD = "crowd"
    """A thousand definitions besides, of which no row moves any."""


NO_TARGET = Target()


@dataclass(frozen=True, slots=True)
class Row:
    """One operation at one level of concurrency."""

    name: str
    title: str
    method: str
    in_flight: int
    """Calls, not operations."""
    requests: Callable[[Feed], Iterator[bytes]]
    wrong: Callable[[bytes], int]
    effect: Effect = Effect.NONE
    batch: int = 1
    """Operations a call."""
    sample: int = SAMPLE
    """Every how many answers are read; all of them where errors hide inside."""
    board: int = 0
    """The row needs the direct board to have this many entries, and is about their players."""
    needs: tuple[Supply, ...] = ()
    players_max: int = 0
    """The row is about the first so many players; 0 is all."""
    game: Game = Game.FIRST_PATH
    visits: int = 0
    """Definitions of progression that one operation has to look at; 0 if that is not measured."""
    peer: Peer | None = None
    target: Target = NO_TARGET
