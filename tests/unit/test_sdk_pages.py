"""Lists that come in pages."""

from renown import Page, Pages

STORED = {
    "": Page((1, 2), "a"),
    "a": Page((), "b"),
    "b": Page((3,), "c"),
    "c": Page((4, 5), ""),
}


class Book:
    """Serves pages, and remembers which were read."""

    def __init__(self) -> None:
        self.read: list[str] = []

    async def fetch(self, token: str) -> Page[int]:
        self.read.append(token)
        return STORED[token]

    def pages(self, token: str = "") -> Pages[int]:
        return Pages(self.fetch, token)


async def test_items_come_from_all_pages() -> None:
    assert [item async for item in Book().pages()] == [1, 2, 3, 4, 5]
    assert await Book().pages().collect() == [1, 2, 3, 4, 5]
    assert [page.items async for page in Book().pages().pages()] == [(1, 2), (), (3,), (4, 5)]


async def test_pages_are_read_when_they_are_needed() -> None:
    book = Book()
    async for item in book.pages():
        if item == 2:
            break
    assert book.read == [""]
    assert await book.pages().collect(limit=3) == [1, 2, 3]
    assert book.read == ["", "", "a", "b"]


async def test_a_list_goes_on_from_a_token_and_begins_anew() -> None:
    pages = Book().pages("b")
    assert await pages.collect() == [3, 4, 5]
    assert await pages.collect() == [3, 4, 5]
