"""Reading ranks: exact or refused.

Concurrent reads gather into one exchange, one script call a shard and kind. While a shard is not
whole (its epoch is not `ready`) its boards are not answered for: a wrong rank is worse than none.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
import structlog
from redis.exceptions import ResponseError

from renown_server.engine.gather import Gather
from renown_server.errors import RanksUnavailable
from renown_server.leaderboards import scripts
from renown_server.leaderboards.keys import Keys
from renown_server.leaderboards.link import Argument, Command, Link, LinkLost, call

_log = structlog.get_logger(__name__)

READS_MAX = 128
"""Reads in one exchange: 128 ranks with 10 neighbours take Valkey 2 ms."""

PAGES_KEPT_MAX = 64
"""Pages compared with their last answer; the longest unread go first."""

READY_POLL_S = 0.02


class RankedEntry(msgspec.Struct, frozen=True, gc=False):
    """One player's place.

    Attributes:
        rank: from 1.
        player_id: the player.
        score: the player's score.
        tie_us: when it was reached, microseconds since 1970.
    """

    rank: int
    player_id: str
    score: int
    tie_us: int


class Position(NamedTuple):
    """A place in the order of a board, whether or not an entry stands there."""

    score: int
    tie_us: int
    player_id: str


class RankResult(msgspec.Struct, frozen=True):
    """Where a player stands.

    Attributes:
        rank: from 1.
        score: the player's score.
        total: how many have an entry.
        tie_us: when the score was reached, microseconds since 1970.
        neighbors: the entries around the player, itself included, best first.
    """

    rank: int
    score: int
    total: int
    tie_us: int
    neighbors: list[RankedEntry]


class PageResult(msgspec.Struct, frozen=True):
    """A stretch of a board.

    Attributes:
        entries: best first.
        total: how many have an entry.
        next_position: where to go on; None at the end.
    """

    entries: list[RankedEntry]
    total: int
    next_position: Position | None


class _RankQuery(NamedTuple):
    instance_key: str
    descending: bool
    player_id: str
    neighbors: int


class _PageQuery(NamedTuple):
    instance_key: str
    descending: bool
    size: int
    after: Position | None


_Query = _RankQuery | _PageQuery
_Result = RankResult | PageResult | RanksUnavailable


class RankReader:
    """Reads board instances.

    Equal reads under way at once share one answer: treat it as immutable.

    Args:
        link: for its use alone.
        keys: the names.
        on_lost: called when a shard turns out not to be whole; must not block.
    """

    def __init__(
        self, link: Link, keys: Keys, *, on_lost: Callable[[], None] | None = None
    ) -> None:
        self._link = link
        self._keys = keys
        self._on_lost = on_lost
        self._gather: Gather[_Query, _Result] = Gather(self._load, batch_max=READS_MAX)
        self._pages: dict[_PageQuery, tuple[list[Any], PageResult]] = {}

    async def rank(
        self, instance_key: str, descending: bool, player_id: str, neighbors: int = 0
    ) -> RankResult | None:
        """Where a player stands; None if it has no entry.

        Args:
            instance_key: the board instance.
            descending: whether the highest is its top.
            player_id: the player.
            neighbors: how many entries around the player to read, itself included.

        Raises:
            RanksUnavailable: Valkey cannot be reached, or the board is being rebuilt.
        """
        found = await self._get(_RankQuery(instance_key, descending, player_id, neighbors))
        assert not isinstance(found, PageResult)
        return found

    async def page(
        self, instance_key: str, descending: bool, size: int, after: Position | None = None
    ) -> PageResult:
        """Entries from the top, or behind a position.

        What does not move between two pages is neither missed nor repeated.

        Args:
            instance_key: the board instance.
            descending: whether the highest is its top.
            size: how many entries; 0 only counts.
            after: `next_position` of the page before.

        Raises:
            RanksUnavailable: Valkey cannot be reached, or the board is being rebuilt.
        """
        found = await self._get(_PageQuery(instance_key, descending, size, after))
        assert isinstance(found, PageResult)
        return found

    async def total(self, instance_key: str) -> int:
        """How many players have an entry.

        Raises:
            RanksUnavailable: Valkey cannot be reached, or the board is being rebuilt.
        """
        return (await self.page(instance_key, True, 0)).total

    async def wait_ready(self, timeout_s: float) -> bool:
        """Waits until every shard is whole; not to be mixed with reads.

        Returns:
            Whether it came true in time.
        """
        commands: list[Command] = [("GET", epoch) for epoch in self._keys.epochs]
        deadline = asyncio.get_running_loop().time() + timeout_s
        while asyncio.get_running_loop().time() < deadline:
            try:
                epochs = await self._link.exchange(commands)
                if all(isinstance(epoch, bytes) and epoch[:6] == b"ready:" for epoch in epochs):
                    return True
            except LinkLost:
                _log.debug("boards cannot be reached yet")
            await asyncio.sleep(READY_POLL_S)
        return False

    async def _get(self, query: _Query) -> RankResult | PageResult | None:
        found = await self._gather.get(query)
        if isinstance(found, RanksUnavailable):
            raise RanksUnavailable
        return found

    async def _load(self, queries: Sequence[_Query]) -> Mapping[_Query, _Result]:
        groups: dict[tuple[int, bool], list[_Query]] = {}
        for query in queries:
            shard = self._keys.board(query.instance_key).shard
            groups.setdefault((shard, isinstance(query, _RankQuery)), []).append(query)
        commands = [self._command(shard, group) for (shard, _), group in groups.items()]
        try:
            replies = await self._link.exchange(commands)
        except LinkLost as error:
            raise RanksUnavailable("ranks cannot be reached") from error
        results: dict[_Query, _Result] = {}
        for group, reply in zip(groups.values(), replies, strict=True):
            if isinstance(reply, list):
                for query, answer in zip(group, reply, strict=True):
                    if answer != 0:
                        results[query] = self._decode(query, answer)
            else:
                self._note_lost(reply)
                results.update(dict.fromkeys(group, RanksUnavailable()))
        return results

    def _command(self, shard: int, group: Iterable[_Query]) -> Command:
        names: list[str] = [self._keys.epochs[shard]]
        arguments: list[Argument] = []
        script = scripts.ENTRIES
        for query in group:
            board = self._keys.board(query.instance_key)
            names.append(board.order)
            if isinstance(query, _RankQuery):
                script = scripts.RANK
                names.append(board.players)
                arguments += (query.player_id, max(1, query.neighbors))
            elif query.after is None:
                arguments += (query.size, b"", b"")
            else:
                score, tie_us, player_id = query.after
                member = tie_us.to_bytes(8, "big") + player_id.encode()
                arguments += (query.size, member, -score if query.descending else score)
        return call(script, names, arguments)

    def _decode(self, query: _Query, answer: list[Any]) -> RankResult | PageResult:
        """A result; the same object as last time where a page has not changed.

        Comparing a page of a hundred costs 2 µs, making and rendering it 200: whoever renders
        pages may keep what it made of one.
        """
        if isinstance(query, _RankQuery):
            return _rank(query, answer)
        kept = self._pages.get(query)
        if kept is not None and kept[0] == answer:
            return kept[1]
        page = _page(query, answer)
        self._pages.pop(query, None)
        self._pages[query] = (answer, page)
        if len(self._pages) > PAGES_KEPT_MAX:
            del self._pages[next(iter(self._pages))]
        return page

    def _note_lost(self, reply: object) -> None:
        if isinstance(reply, ResponseError):
            _log.error("a board cannot be read", error=str(reply))
        if self._on_lost is not None:
            self._on_lost()


def _page(query: _PageQuery, answer: list[Any]) -> PageResult:
    first, total, flat = answer
    entries = _entries(flat, first, query.descending)
    next_position = None
    if entries and first + len(entries) < total:
        last = entries[-1]
        next_position = Position(last.score, last.tie_us, last.player_id)
    return PageResult(entries, total, next_position)


def _rank(query: _RankQuery, answer: list[Any]) -> RankResult:
    index, total, first, flat = answer
    entries = _entries(flat, first, query.descending)
    own = entries[index - first]
    neighbors = entries if query.neighbors else []
    return RankResult(own.rank, own.score, total, own.tie_us, neighbors)


def _entries(flat: list[bytes], first: int, descending: bool) -> list[RankedEntry]:
    """Entries from members and scores in turn; integers below 2^53 come without exponents."""
    sign = -1 if descending else 1
    return [
        RankedEntry(rank, member[8:].decode(), sign * int(score), int.from_bytes(member[:8], "big"))
        for rank, (member, score) in enumerate(
            zip(flat[::2], flat[1::2], strict=True), start=first + 1
        )
    ]
