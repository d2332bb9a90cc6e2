"""Lists that come in pages."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Page(Generic[ItemT]):
    """One page of a list; `next_page_token` is empty on the last one."""

    items: tuple[ItemT, ...]
    next_page_token: str


class Pages(Generic[ItemT]):
    """A list that is read page by page while you iterate over it.

    Iterate over the items with `async for`, over whole pages with `pages()`,
    or take them all with `collect()`. Each iteration begins anew.
    """

    def __init__(self, fetch: Callable[[str], Awaitable[Page[ItemT]]], page_token: str) -> None:
        self._fetch = fetch
        self._page_token = page_token

    async def pages(self) -> AsyncIterator[Page[ItemT]]:
        """Yields page after page, each read when it is asked for."""
        page = await self._fetch(self._page_token)
        yield page
        while page.next_page_token:
            page = await self._fetch(page.next_page_token)
            yield page

    async def collect(self, limit: int | None = None) -> list[ItemT]:
        """Returns the items, up to `limit`."""
        items: list[ItemT] = []
        async for page in self.pages():
            items += page.items
            if limit is not None and len(items) >= limit:
                return items[:limit]
        return items

    async def __aiter__(self) -> AsyncIterator[ItemT]:
        async for page in self.pages():
            for item in page.items:
                yield item
