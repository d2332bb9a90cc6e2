"""The values that errors carry, read from their metadata: mixed into the classes that have them."""

from __future__ import annotations

from datetime import datetime

from renown._error import RenownError


class AboutCurrency(RenownError):
    """Names a currency."""

    @property
    def currency(self) -> str:
        """The currency it is about; empty if it is about none."""
        return self.metadata.get("currency", "")


class AboutItem(RenownError):
    """Names an item."""

    @property
    def item(self) -> str:
        """The item it is about; empty if it is about none."""
        return self.metadata.get("item", "")


class AboutOffer(RenownError):
    """Names an offer."""

    @property
    def offer(self) -> str:
        """The offer it is about."""
        return self.metadata.get("offer", "")


class AboutAchievement(RenownError):
    """Names an achievement."""

    @property
    def achievement(self) -> str:
        """The achievement it is about; empty if it is about none."""
        return self.metadata.get("achievement", "")


class AboutBadge(RenownError):
    """Names a badge."""

    @property
    def badge(self) -> str:
        """The badge it is about; empty if it is about none."""
        return self.metadata.get("badge", "")


class AboutStreak(RenownError):
    """Names a streak."""

    @property
    def streak(self) -> str:
        """The streak it is about; empty if it is about none."""
        return self.metadata.get("streak", "")


class AboutQuest(RenownError):
    """Names a quest."""

    @property
    def quest(self) -> str:
        """The quest it is about; empty if it is about none."""
        return self.metadata.get("quest", "")


class Because(RenownError):
    """Tells why, in words."""

    @property
    def why(self) -> str:
        """The reason, for people."""
        return self.metadata.get("why", "")


class Short(RenownError):
    """Tells how much is missing."""

    @property
    def needed(self) -> int:
        """What the request would take."""
        return int(self.metadata.get("needed", 0))

    @property
    def available(self) -> int:
        """What the player has."""
        return int(self.metadata.get("available", 0))


class Limited(RenownError):
    """Tells a limit."""

    @property
    def limit(self) -> int:
        """How many are allowed."""
        return int(self.metadata.get("limit", 0))


class Remaining(RenownError):
    """Tells what is left."""

    @property
    def remaining(self) -> int:
        """How many are left."""
        return int(self.metadata.get("remaining", 0))


class Waiting(RenownError):
    """Tells when it is over."""

    @property
    def available_at(self) -> datetime | None:
        """When it will be possible."""
        text = self.metadata.get("available_at")
        return datetime.fromisoformat(text) if text else None
