"""What all values are made with."""

from __future__ import annotations

import uuid
from enum import Enum
from typing import Self


class WireEnum(Enum):
    """An enum with the numbers of a proto enum; its 0 stands for any unknown one."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls(0) if isinstance(value, int) and value != 0 else None


def new_id() -> str:
    """Returns a fresh id for a request or an activity."""
    return str(uuid.uuid4())
