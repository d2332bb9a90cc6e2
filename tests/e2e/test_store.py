"""The store over the wire, on both transports."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

import renown
from renown import errors

DEALS = {"deal_double_xp", "deal_golden_chest", "deal_wooden_chests", "deal_xp_scroll"}


async def new_player(game: renown.Client, player: str, **money: int) -> str:
    await game.players.create(player)
    if money:
        await game.wallets.credit(player, money)
    return player


async def balances(game: renown.Client, player: str) -> dict[str, int]:
    return {b.currency: b.amount for b in (await game.wallets.get(player)).balances}


async def test_offers_as_a_new_player_finds_them(game: renown.Client, player: str) -> None:
    await new_player(game, player)
    listed = [offer async for offer in game.store.offers(player)]
    ids = [offer.offer_id for offer in listed]
    assert ids == sorted(ids)
    deals = [offer for offer in listed if offer.category == "deals"]
    assert len(deals) == 2
    assert {offer.offer_id for offer in deals} < DEALS
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    for deal in deals:
        assert deal.available_until is not None
        assert deal.available_until.date() == tomorrow
        assert (deal.limit_per_player, deal.remaining_for_player) == (1, 1)
        assert deal.purchasable
    found = {offer.offer_id: offer for offer in listed}
    pack = found["potion_pack"]
    assert [price.amounts() for price in pack.prices] == [{"coins": 40}, {"gems": 4}]
    assert [(item.item_id, item.quantity) for item in pack.contents.items] == [("health_potion", 5)]
    assert (pack.remaining_for_player, pack.remaining_stock) == (None, None)
    assert pack.available_until is None
    assert (pack.purchasable, pack.blocked_by) == (True, "")
    sword = found["limited_sword"]
    assert (sword.purchasable, sword.blocked_by) == (False, "LEVEL_TOO_LOW")
    assert sword.stock == 100
    gems = found["gem_pack_small"]
    assert (gems.product_id, gems.prices) == ("gems_100", ())
    assert (gems.purchasable, gems.blocked_by) == (False, "NOT_ON_SALE")


async def test_pages_and_categories_of_offers(game: renown.Client, player: str) -> None:
    await new_player(game, player)
    whole = [offer async for offer in game.store.offers(player)]
    assert [offer async for offer in game.store.offers(player, page_size=2)] == whole
    deals = [offer async for offer in game.store.offers(player, category="deals", page_size=1)]
    assert deals == [offer for offer in whole if offer.category == "deals"]
    assert [offer async for offer in game.store.offers(player, category="nothing")] == []


async def test_a_purchase_and_its_list(game: renown.Client, player: str) -> None:
    await new_player(game, player, coins=200, gems=4)
    bought = await game.store.purchase(player, "potion_pack", quantity=3, expected={"coins": 120})
    (payment,) = bought.payments
    assert (payment.currency, payment.amount, payment.balance_after) == ("coins", -120, 80)
    assert (payment.counter_account, payment.reason) == ("store:potion_pack", "offer:potion_pack")
    first = bought.purchase
    assert (first.player_id, first.offer_id, first.quantity) == (player, "potion_pack", 3)
    assert [(paid.currency, paid.amount) for paid in first.paid] == [("coins", 120)]
    (item,) = first.rewards.items
    assert (item.item_id, item.quantity, item.quantity_after) == ("health_potion", 15, 15)
    assert first.rewards.currencies == ()
    assert (first.revoked_at, first.receipt_provider) == (None, "")
    second = (await game.store.purchase(player, "potion_pack", price_option=1)).purchase
    assert await balances(game, player) == {"coins": 80, "gems": 0}
    assert [row async for row in game.store.purchases(player, page_size=1)] == [second, first]
    items = [held async for held in game.inventory.items(player)]
    assert [(held.item_id, held.quantity) for held in items] == [("health_potion", 20)]


async def test_a_bundle_and_its_limit(game: renown.Client, player: str) -> None:
    await new_player(game, player, gems=30)
    bought = (await game.store.purchase(player, "starter_pack")).purchase
    assert [c.amount for c in bought.rewards.currencies] == [100]
    assert sorted(item.item_id for item in bought.rewards.items) == [
        "health_potion",
        "wooden_chest",
        "wooden_sword",
    ]
    with pytest.raises(errors.PurchaseLimit):
        await game.store.purchase(player, "starter_pack")
    assert await balances(game, player) == {"coins": 100, "gems": 20}
    (offer,) = [
        o async for o in game.store.offers(player, category="bundles") if o.limit_per_player
    ]
    assert (offer.remaining_for_player, offer.purchasable, offer.blocked_by) == (
        0,
        False,
        "PURCHASE_LIMIT",
    )


async def test_retries_of_a_purchase(game: renown.Client, player: str) -> None:
    await new_player(game, player, coins=100)
    answers = await asyncio.gather(
        *[game.store.purchase(player, "potion_pack", request_id=f"b-{player}") for _ in range(20)]
    )
    assert all(answer == answers[0] for answer in answers)
    assert await balances(game, player) == {"coins": 60}
    with pytest.raises(errors.RequestIdReused):
        await game.store.purchase(player, "potion_pack", quantity=2, request_id=f"b-{player}")
    with pytest.raises(errors.InsufficientFunds):
        await game.store.purchase(player, "potion_pack", quantity=2, request_id=f"c-{player}")
    await game.wallets.credit(player, {"coins": 100})
    with pytest.raises(errors.InsufficientFunds):
        await game.store.purchase(player, "potion_pack", quantity=2, request_id=f"c-{player}")


async def test_stock_and_level(game: renown.Client, player: str) -> None:
    await new_player(game, player, coins=1000)
    with pytest.raises(errors.LevelTooLow):
        await game.store.purchase(player, "limited_sword")
    while (await game.players.get(player)).experience.level < 2:
        await game.activities.record(player, "lesson_completed")

    async def left() -> int:
        found = [o async for o in game.store.offers(player, category="equipment")]
        (sword,) = [o for o in found if o.offer_id == "limited_sword"]
        assert sword.purchasable
        assert sword.remaining_stock is not None
        return sword.remaining_stock

    before = await left()
    await game.store.purchase(player, "limited_sword", quantity=2)
    assert await left() == before - 2
    with pytest.raises(errors.SoldOut):
        await game.store.purchase(player, "limited_sword", quantity=before - 1)


async def test_what_is_refused(game: renown.Client, player: str) -> None:
    with pytest.raises(errors.PlayerNotFound):
        await game.store.purchase(player, "potion_pack")
    for reads in (game.store.offers, game.store.purchases, game.store.draws):
        with pytest.raises(errors.PlayerNotFound):
            [row async for row in reads(player)]
    with pytest.raises(errors.PlayerNotFound):
        await game.store.odds(player, "golden_chest")
    await new_player(game, player, coins=100)
    with pytest.raises(errors.OfferNotFound):
        await game.store.purchase(player, "nothing")
    with pytest.raises(errors.NotOnSale):
        await game.store.purchase(player, "gem_pack_small")
    with pytest.raises(errors.PriceChanged):
        await game.store.purchase(player, "potion_pack", expected={"coins": 39})
    with pytest.raises(errors.InvalidArgument):
        await game.store.purchase(player, "potion_pack", price_option=2)
    with pytest.raises(errors.LootTableNotFound):
        await game.store.odds(player, "nothing")
    with pytest.raises(errors.InvalidPageToken):
        [row async for row in game.store.purchases(player, page_token="nonsense")]
    assert [row async for row in game.store.purchases(player)] == []
    assert [row async for row in game.store.draws(player)] == []
    assert await balances(game, player) == {"coins": 100}
    listed = {offer.offer_id async for offer in game.store.offers(player)}
    for deal in DEALS - listed:
        with pytest.raises(errors.NotOnSale):
            await game.store.purchase(player, deal)


async def test_a_receipt_is_the_permanent_key(
    game: renown.Client, sql: asyncpg.Connection, player: str
) -> None:
    await new_player(game, player)
    other = await new_player(game, f"{player}-other")
    receipt_id = f"r-{player}"

    async def redeem(who: str, quantity: int = 2) -> renown.Purchase:
        return await game.store.redeem(
            who, "gems_100", quantity=quantity, provider="apple", receipt_id=receipt_id
        )

    answers = await asyncio.gather(*[redeem(player) for _ in range(10)])
    first = answers[0]
    assert all(answer == first for answer in answers)
    assert (first.offer_id, first.quantity, first.paid) == ("gem_pack_small", 2, ())
    assert (first.receipt_provider, first.receipt_id) == ("apple", receipt_id)
    for _ in range(2):
        with pytest.raises(errors.ReceiptUsed):
            await redeem(other)
        with pytest.raises(errors.ReceiptUsed):
            await redeem(player, 1)
        assert await redeem(player) == first
        # What happens to requests after eight days.
        await sql.execute("DELETE FROM requests WHERE method = 'RedeemReceipt'")
    assert await balances(game, player) == {"gems": 200}
    assert [row async for row in game.store.purchases(player)] == [first]
    with pytest.raises(errors.OfferNotFound):
        await game.store.redeem(player, "gems_7", provider="apple", receipt_id=f"s-{player}")


async def test_odds_add_up_and_follow_what_is_owned(game: renown.Client, player: str) -> None:
    await new_player(game, player)
    table = await game.store.odds(player, "golden_chest")
    assert sum(odds.probability_ppm for odds in table.odds) == 1_000_000
    assert {odds.entry_id: odds.probability_ppm for odds in table.odds} == {
        "frame_gold": 20_000,
        "avatar_fox": 80_000,
        "emote_wave": 150_000,
        "double_xp": 250_000,
        "coins": 500_000,
    }
    assert (table.total_weight, table.pity_count, table.pity_after) == (1000, 0, 9)
    assert not table.guaranteed
    assert table.odds[0].reward.items[0].item_id == "frame_gold"
    assert not any(odds.owned for odds in table.odds)
    await game.inventory.grant(player, {"avatar_fox": 1})
    table = await game.store.odds(player, "golden_chest")
    assert [odds.entry_id for odds in table.odds if odds.owned] == ["avatar_fox"]


async def test_draws_the_latest_first_in_pages_of_any_size(
    game: renown.Client, player: str
) -> None:
    await new_player(game, player)
    await game.inventory.grant(player, {"wooden_chest": 12})
    drawn = []
    for n, quantity in enumerate((1, 4, 2, 5)):
        opened = await game.inventory.open(
            player, "wooden_chest", quantity=quantity, request_id=f"o{n}-{player}"
        )
        drawn += [(f"o{n}-{player}", draw) for draw in opened.draws]
    assert len(drawn) == 12
    for size in (1, 3, 4, 7, 50):
        listed = [row async for row in game.store.draws(player, page_size=size)]
        assert [(row.command_id, row.draw) for row in listed] == drawn[::-1]
        assert all(0 <= row.draw.roll < row.draw.total_weight == 100 for row in listed)


async def test_a_revoked_purchase_gives_back_its_place(
    game: renown.Client, operator: renown.Client, player: str
) -> None:
    await new_player(game, player, gems=20)
    bought = (await game.store.purchase(player, "starter_pack")).purchase
    revoked = await operator.store.revoke_purchase(player, bought.purchase_id, reason="a mistake")
    assert revoked.purchase.revoked_at is not None
    (listed,) = [row async for row in game.store.purchases(player)]
    assert listed == revoked.purchase
    assert await balances(game, player) == {"coins": 0, "gems": 20}
    await game.store.purchase(player, "starter_pack")
    with pytest.raises(errors.PurchaseLimit):
        await game.store.purchase(player, "starter_pack")


async def test_a_revoked_receipt_is_answered_as_ever_and_not_redeemed_again(
    game: renown.Client, operator: renown.Client, sql: asyncpg.Connection, player: str
) -> None:
    await new_player(game, player)

    async def redeem() -> renown.Purchase:
        return await game.store.redeem(
            player, "gems_100", provider="google", receipt_id=f"r-{player}"
        )

    first = await redeem()
    await operator.store.revoke_purchase(player, first.purchase_id, reason="charged back")
    assert await redeem() == first
    await sql.execute("DELETE FROM requests WHERE method = 'RedeemReceipt'")
    assert await redeem() == first
    assert await balances(game, player) == {"gems": 0}
