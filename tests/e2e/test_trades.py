"""Gifts and trades over the wire, on both transports."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
import pytest_asyncio

import renown
from renown import TradeSide, TradeState, errors
from tests.e2e.conftest import Running
from tests.kit.eventually import eventually


@pytest_asyncio.fixture(loop_scope="session")
async def pair(game: renown.Client, player: str) -> tuple[str, str]:
    """Two players with 1,000 coins, 20 iron ore and a sword each."""
    players = (f"{player}-a", f"{player}-b")
    for name in players:
        await game.players.create(name)
        await game.wallets.credit(name, {"coins": 1000})
        await game.inventory.grant(name, {"iron_ore": 20, "wooden_sword": 1, "health_potion": 5})
    return players


async def coins(game: renown.Client, player_id: str) -> int:
    balances = {b.currency: b.amount for b in (await game.wallets.get(player_id)).balances}
    return balances.get("coins", 0)


async def owned(game: renown.Client, player_id: str) -> dict[str, int]:
    found: dict[str, int] = {}
    async for item in game.inventory.items(player_id):
        found[item.item_id] = found.get(item.item_id, 0) + item.quantity
    return found


async def sword_of(game: renown.Client, player_id: str) -> str:
    (sword,) = [item async for item in game.inventory.items(player_id, item_id="wooden_sword")]
    return sword.instance_id


async def test_a_gift_of_money(game: renown.Client, pair: tuple[str, str]) -> None:
    giver, receiver = pair
    done = await game.wallets.transfer(
        giver, receiver, {"coins": 101}, message="Well played", request_id=f"g-{giver}"
    )
    assert [(p.amount, p.counter_account) for p in done.transaction.postings] == [
        (-95, f"player:{receiver}"),
        (-6, "sink:gift_fee"),
    ]
    assert (done.transaction.event_type, done.transaction.description) == ("gift", "Well played")
    assert [(money.currency, money.amount) for money in done.received] == [("coins", 95)]
    assert (await coins(game, giver), await coins(game, receiver)) == (899, 1095)
    again = await game.wallets.transfer(
        giver, receiver, {"coins": 101}, message="Well played", request_id=f"g-{giver}"
    )
    assert again == done
    listed = [entry async for entry in game.wallets.transactions(receiver, event_type="gift")]
    assert [entry.postings[0].counter_account for entry in listed] == [f"player:{giver}"]
    events = (await game.events.list(receiver, types=["gift.received"])).events
    assert isinstance(events[0].payload, renown.GiftReceived)
    assert events[0].payload.counterpart_id == giver
    assert events[0].payload.message == "Well played"


async def test_gifts_of_money_that_are_refused(game: renown.Client, pair: tuple[str, str]) -> None:
    giver, receiver = pair
    with pytest.raises(errors.SamePlayer):
        await game.wallets.transfer(giver, giver, {"coins": 1})
    with pytest.raises(errors.PlayerNotFound):
        await game.wallets.transfer(giver, f"{giver}-nobody", {"coins": 1})
    with pytest.raises(errors.NotGiftable):
        await game.wallets.transfer(giver, receiver, {"gems": 1})
    with pytest.raises(errors.UnknownCurrency):
        await game.wallets.transfer(giver, receiver, {"doubloons": 1})
    with pytest.raises(errors.InsufficientFunds):
        await game.wallets.transfer(giver, receiver, {"coins": 1001})
    await game.wallets.credit(giver, {"coins": 200_000})
    with pytest.raises(errors.GiftLimit) as refused:
        await game.wallets.transfer(giver, receiver, {"coins": 100_001})
    assert refused.value.limit == 100_000
    cap = next(c.cap for c in await game.wallets.currencies() if c.code == "coins")
    await game.wallets.credit(receiver, {"coins": cap - 1000})
    with pytest.raises(errors.BalanceCap):
        await game.wallets.transfer(giver, receiver, {"coins": 100})
    assert (await coins(game, giver), await coins(game, receiver)) == (201_000, cap)


async def test_a_gift_of_items(game: renown.Client, pair: tuple[str, str]) -> None:
    giver, receiver = pair
    sword = await sword_of(game, giver)
    changes = await game.inventory.gift(giver, receiver, "wooden_sword", instance_id=sword)
    assert [(c.quantity, c.counter_account) for c in changes] == [(-1, f"player:{receiver}")]
    swords = [i async for i in game.inventory.items(receiver, item_id="wooden_sword")]
    given = next(item for item in swords if item.instance_id == sword)
    assert given.provenance is not None
    assert [(o.player_id, o.how) for o in given.provenance.owners] == [(giver, "gift")]
    await game.inventory.gift(giver, receiver, "health_potion", quantity=2)
    assert (await owned(game, receiver))["health_potion"] == 7
    with pytest.raises(errors.NotGiftable):
        await game.inventory.gift(giver, receiver, "iron_ore")
    with pytest.raises(errors.InsufficientItems):
        await game.inventory.gift(giver, receiver, "health_potion", quantity=4)
    with pytest.raises(errors.ItemNotFound):
        await game.inventory.gift(giver, receiver, "wooden_sword", instance_id=sword)
    with pytest.raises(errors.SamePlayer):
        await game.inventory.gift(giver, giver, "health_potion")
    await game.inventory.equip(receiver, "wooden_sword", instance_id=sword)
    with pytest.raises(errors.ItemEquipped):
        await game.inventory.gift(receiver, giver, "wooden_sword", instance_id=sword)


async def test_a_trade(game: renown.Client, pair: tuple[str, str]) -> None:
    proposer, partner = pair
    sword = await sword_of(game, proposer)
    offered = TradeSide.of({"coins": 100}, {"iron_ore": 5}, {sword: "wooden_sword"})
    requested = TradeSide.of({"coins": 21}, {"health_potion": 2})
    trade = await game.trades.propose(
        proposer, partner, offered=offered, requested=requested, message="Deal?"
    )
    assert (trade.state, trade.message) == (TradeState.OPEN, "Deal?")
    assert (trade.offered, trade.requested) == (offered, requested)
    assert trade.expires_at - trade.created_at == timedelta(hours=72)
    assert trade.ended_at is None
    # It is held: the proposer can't spend it.
    assert await coins(game, proposer) == 900
    assert "wooden_sword" not in await owned(game, proposer)
    assert await game.trades.get(partner, trade.trade_id) == trade
    done = await game.trades.accept(partner, trade.trade_id, request_id=f"a-{partner}")
    assert done.state is TradeState.ACCEPTED
    assert done.ended_at is not None
    assert await game.trades.accept(partner, trade.trade_id, request_id=f"a-{partner}") == done
    assert (await coins(game, proposer), await coins(game, partner)) == (919, 1074)
    assert await owned(game, proposer) == {"iron_ore": 15, "health_potion": 7}
    assert await owned(game, partner) == {
        "iron_ore": 25,
        "health_potion": 3,
        "wooden_sword": 2,
    }
    for player_id in pair:
        events = (await game.events.list(player_id, types=["trade.changed"])).events
        payloads = [event.payload for event in events]
        assert all(isinstance(payload, renown.TradeChanged) for payload in payloads)
        assert [payload.state for payload in payloads] == [  # type: ignore[union-attr]
            TradeState.OPEN,
            TradeState.ACCEPTED,
        ]
    with pytest.raises(errors.TradeEnded) as ended:
        await game.trades.cancel(proposer, trade.trade_id)
    assert ended.value.state is TradeState.ACCEPTED


async def test_trades_that_are_refused(game: renown.Client, pair: tuple[str, str]) -> None:
    proposer, partner = pair
    some = TradeSide.of({"coins": 1})
    with pytest.raises(errors.SamePlayer):
        await game.trades.propose(proposer, proposer, offered=some)
    with pytest.raises(errors.PlayerNotFound):
        await game.trades.propose(proposer, f"{proposer}-nobody", offered=some)
    with pytest.raises(errors.InvalidArgument):
        await game.trades.propose(proposer, partner)
    with pytest.raises(errors.NotTradeable):
        await game.trades.propose(proposer, partner, requested=TradeSide.of({"gems": 1}))
    with pytest.raises(errors.UnknownItem):
        await game.trades.propose(proposer, partner, offered=TradeSide.of(items={"nothing": 1}))
    with pytest.raises(errors.InvalidArgument):
        await game.trades.propose(
            proposer, partner, offered=TradeSide.of(items={"wooden_sword": 1})
        )
    with pytest.raises(errors.InsufficientItems):
        await game.trades.propose(proposer, partner, offered=TradeSide.of(items={"iron_ore": 21}))
    with pytest.raises(errors.InvalidArgument):
        await game.trades.propose(proposer, partner, offered=some, lifetime=timedelta(hours=73))
    with pytest.raises(errors.TradeNotFound):
        await game.trades.accept(partner, "none")
    trade = await game.trades.propose(proposer, partner, offered=some)
    with pytest.raises(errors.PermissionDenied):
        await game.trades.accept(proposer, trade.trade_id)
    stranger = f"{proposer}-stranger"
    await game.players.create(stranger)
    for call in (game.trades.accept, game.trades.cancel, game.trades.get):
        with pytest.raises(errors.TradeNotFound):
            await call(stranger, trade.trade_id)
    declined = await game.trades.cancel(partner, trade.trade_id)
    assert declined.state is TradeState.DECLINED
    assert await coins(game, proposer) == 1000


async def test_lists_and_expiry(game: renown.Client, pair: tuple[str, str]) -> None:
    proposer, partner = pair
    some = TradeSide.of({"coins": 10})
    made = [await game.trades.propose(proposer, partner, offered=some) for _ in range(4)]
    made.append(await game.trades.propose(partner, proposer, offered=some))
    short = await game.trades.propose(
        proposer, partner, offered=some, lifetime=timedelta(seconds=1)
    )
    await game.trades.cancel(proposer, made[0].trade_id)
    await asyncio.sleep(1.1)
    # It has expired for everybody, whether it was noted down or not.
    seen = await game.trades.get(partner, short.trade_id)
    assert (seen.state, seen.ended_at) == (TradeState.EXPIRED, short.expires_at)
    with pytest.raises(errors.TradeEnded) as ended:
        await game.trades.accept(partner, short.trade_id)
    assert ended.value.state is TradeState.EXPIRED
    listed = [t.trade_id async for t in game.trades.list(partner, page_size=2)]
    assert listed == [t.trade_id for t in reversed([*made, short])]
    still = [t.trade_id async for t in game.trades.list(proposer, state=TradeState.OPEN)]
    assert still == [t.trade_id for t in reversed(made[1:])]
    gone = [t async for t in game.trades.list(proposer, state=TradeState.EXPIRED)]
    assert gone == [seen]

    async def is_back() -> bool:
        return await coins(game, proposer) == 970

    # The housekeeping gives back what was held.
    await eventually(is_back)
    assert await game.trades.get(proposer, short.trade_id) == seen
    with pytest.raises(errors.PlayerNotFound):
        [t async for t in game.trades.list(f"{proposer}-nobody")]


async def test_players_trade_with_their_own_tokens(
    running: Running, game: renown.Client, pair: tuple[str, str]
) -> None:
    proposer, partner = pair
    tokens = [(await game.auth.issue_player_token(name)).token for name in pair]
    async with (
        renown.connect(running.address, token=tokens[0]) as mine,
        renown.connect(running.address, token=tokens[1]) as theirs,
    ):
        await mine.wallets.transfer("", partner, {"coins": 20})
        trade = await mine.trades.propose("", partner, offered=TradeSide.of({"coins": 20}))
        with pytest.raises(errors.PermissionDenied):
            await theirs.trades.cancel(proposer, trade.trade_id)
        done = await theirs.trades.accept("", trade.trade_id)
        assert done.state is TradeState.ACCEPTED
        assert [t.trade_id async for t in theirs.trades.list()] == [trade.trade_id]
    assert (await coins(game, proposer), await coins(game, partner)) == (960, 1038)
