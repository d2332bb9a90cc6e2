"""Validated definitions of offers and rotations as parts of the snapshot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from zoneinfo import ZoneInfo

from renown.v1 import catalog_pb2 as pb
from renown_server.catalog.compile_goods import reward
from renown_server.catalog.fields import amounts, bound_us, by_key
from renown_server.catalog.goods import Discount, LimitWindow, Offer, Rotation


def offer(item: pb.OfferDefinition) -> Offer:
    """Something the store sells.

    Raises:
        ValueError: it was not validated.
    """
    return Offer(
        id=item.id,
        name=item.name,
        description=item.description,
        icon=item.icon,
        category=item.category,
        tags=tuple(item.tags),
        rule=f"offer:{item.id}",
        contents=reward(item.contents),
        prices=tuple(amounts(price.currencies) for price in item.prices),
        discounts=tuple(
            Discount(each.basis_points, bound_us(each.starts_at), bound_us(each.ends_at))
            for each in item.discounts
        ),
        min_level=item.min_level,
        limit_per_player=item.limit_per_player,
        limit_window=LimitWindow(item.limit_window or LimitWindow.EVER.value),
        stock=item.stock,
        available_from_us=bound_us(item.available_from),
        available_until_us=bound_us(item.available_until),
        rotation=item.rotation,
        rotation_weight=item.rotation_weight or 1,
        product_id=item.product_id,
        achievements=tuple(item.achievements),
    )


def offers_by_product(offers: Iterable[Offer]) -> Mapping[str, Offer]:
    """The offers that are sold for real money, by product_id."""
    return by_key((each.product_id, each) for each in offers if each.product_id)


def rotation(item: pb.RotationDefinition, offers: Mapping[str, Offer]) -> Rotation:
    """A shelf, with those of the offers (by id, in that order) that name it."""
    return Rotation(
        id=item.id,
        name=item.name,
        cron=item.cron,
        zone=ZoneInfo(item.time_zone or "UTC"),
        size=item.size,
        offers=tuple(
            (each.id, each.rotation_weight) for each in offers.values() if each.rotation == item.id
        ),
    )
