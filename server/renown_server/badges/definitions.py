"""Definitions of badges as messages, parsed once a catalog."""

from __future__ import annotations

from renown.v1 import badge_service_pb2 as pb
from renown.v1 import inventory_service_pb2, progression_pb2
from renown_server.badges.sight import Sight, names_secrets
from renown_server.catalog.badges import Badge
from renown_server.catalog.holder import CatalogHolder
from renown_server.catalog.snapshot import CatalogSnapshot


class _Parsed:
    """What was parsed of one catalog."""

    __slots__ = ("catalog", "infos", "secretive")

    def __init__(self, catalog: CatalogSnapshot) -> None:
        self.catalog = catalog
        self.infos: dict[str, pb.BadgeInfo] = {}
        progression = catalog.progression
        self.secretive = {
            badge.id for badge in progression.badges.values() if names_secrets(progression, badge)
        }


class Definitions:
    """Definitions of the active catalog.

    Args:
        catalog: says which one is active.
    """

    def __init__(self, catalog: CatalogHolder) -> None:
        self._catalog = catalog
        self._parsed = _Parsed(catalog.current)

    def _of(self, catalog: CatalogSnapshot) -> _Parsed:
        parsed = self._parsed
        if parsed.catalog is not catalog:
            parsed = self._parsed = _Parsed(catalog)
        return parsed

    def info(self, badge: Badge) -> pb.BadgeInfo:
        """The essentials of a badge; shared, to be copied."""
        infos = self._of(self._catalog.current).infos
        info = infos.get(badge.id)
        if info is None:
            info = infos[badge.id] = pb.BadgeInfo()
            fill_info(info, badge.wire)
        return info

    def fill(self, message: progression_pb2.BadgeDefinition, badge: Badge, sight: Sight) -> None:
        """What the catalog says of a badge, without what is secret to who looks."""
        message.MergeFromString(badge.wire)
        if badge.id in self._of(self._catalog.current).secretive:
            _hide(message, sight)


def fill_info(message: pb.BadgeInfo, wire: bytes) -> None:
    """The essentials of a definition."""
    item = progression_pb2.BadgeDefinition.FromString(wire)
    message.badge_id = item.id
    message.name = item.name
    message.description = item.description
    message.category = item.category
    message.rarity = item.rarity or inventory_service_pb2.RARITY_COMMON
    message.color = item.visual.color
    message.icon_url = item.icon_url
    message.collection = item.collection
    message.tier = item.tier
    message.points_value = item.points_value
    message.is_secret = item.secret
    message.tradeable = item.acquisition.tradeable
    message.giftable = item.acquisition.giftable
    message.power = item.power


def _hide(message: progression_pb2.BadgeDefinition, sight: Sight) -> None:
    how = message.acquisition
    if how.achievement and not sight.sees_achievement(how.achievement):
        how.ClearField("achievement")
    how.quests[:] = [name for name in how.quests if sight.sees_quest(name)]
    how.badges_needed[:] = sight.badges(how.badges_needed)
    if message.HasField("set_bonus"):
        required = message.set_bonus.required_badges
        required[:] = sight.badges(required)
    if not message.HasField("evolution"):
        return
    evolution = message.evolution
    if sight.badge(evolution.next_badge) is None:
        message.ClearField("evolution")
        return
    evolution.achievements[:] = [
        name for name in evolution.achievements if sight.sees_achievement(name)
    ]
