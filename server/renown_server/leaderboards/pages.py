"""Pages already rendered: the top of a board is read far more often than it changes."""

from __future__ import annotations

from collections.abc import Mapping

from renown.v1 import leaderboard_service_pb2 as pb
from renown_server.leaderboards.ranks import PageResult
from renown_server.profile.names import Name

PAGES_MAX = 64
"""Pages kept; the longest unread go first."""


class RenderedPages:
    """Answers by the page they show, valid while both the page and its names are the same.

    `RankReader` gives the same object for a page that has not changed. The answers are shared:
    treat them as immutable.
    """

    def __init__(self) -> None:
        self._kept: dict[int, tuple[PageResult, Mapping[str, Name], pb.ListEntriesResponse]] = {}

    def get(self, page: PageResult, names: Mapping[str, Name]) -> pb.ListEntriesResponse | None:
        """The answer made of this page with these names, if it is still there."""
        kept = self._kept.get(id(page))
        # The page is kept with its answer, so its id cannot be another's.
        if kept is None or kept[1] != names:
            return None
        return kept[2]

    def put(
        self, page: PageResult, names: Mapping[str, Name], answer: pb.ListEntriesResponse
    ) -> None:
        """Keeps an answer."""
        self._kept.pop(id(page), None)
        self._kept[id(page)] = (page, names, answer)
        if len(self._kept) > PAGES_MAX:
            del self._kept[next(iter(self._kept))]
