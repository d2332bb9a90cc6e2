"""What a command tells of a failure."""

from __future__ import annotations


class Failure(Exception):
    """A command cannot do what it was asked to; the message is one line for a person."""


def one_line(text: str) -> str:
    """A text without its line breaks."""
    return " ".join(text.split())
