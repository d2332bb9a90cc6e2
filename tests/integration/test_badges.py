"""Badges on a real Postgres: two workers at once, the RPCs, and what readers see."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest

from renown.v1 import badge_service_pb2 as pb
from renown_server.badges.queries import load_earned
from renown_server.badges.reads_rpc import BadgeReads
from renown_server.badges.rpc import BadgeHandlers
from renown_server.calls import CallContext, Principal, PrincipalKind
from renown_server.engine.command import Command, Recorded
from renown_server.engine.gather import Gather
from renown_server.errors import RenownError
from renown_server.storage.reader import Reader
from renown_server.trade.state import TradeView
from renown_server.wire.pages import PageTokens
from tests.conftest import Database
from tests.kit.badges import GAME, award, gift, revoke, side, take_off, wear
from tests.kit.commands import activity, create, credit
from tests.kit.trades import NOTHING, accept, cancel, give, propose
from tests.kit.trades import side as goods
from tests.kit.workers import Worker, open_workers, publish_game

pytestmark = pytest.mark.integration

RACE_S = 3.0
PLAYERS = ("a", "b")


@pytest.fixture
async def workers(database: Database) -> AsyncIterator[list[Worker]]:
    """Two workers and two players."""
    await publish_game(database.url, GAME)
    async with open_workers(database.url, 2) as workers:
        for player in PLAYERS:
            await workers[0].run(create(player))
        yield workers


class Caller:
    """Calls the handlers of a worker."""

    def __init__(self, worker: Worker) -> None:
        core = worker.core
        self.reader = Reader(core.connect)
        self._writes = BadgeHandlers(worker.engine)
        self._reads = BadgeReads(
            earned=Gather(self.reader.loads(load_earned)),
            pool=core.pool,
            catalog=core.catalog,
            clock=core.clock,
            tokens=PageTokens(b"0123456789abcdef"),
        )

    async def __call__(self, name: str, request: Any, *, operator: bool = False) -> Any:
        kind = PrincipalKind.OPERATOR if operator else PrincipalKind.SERVER
        principal = Principal(kind, "key:op" if operator else "key:game")
        call = CallContext(f"/renown.v1.BadgeService/{name}", principal, time.monotonic() + 30)
        handler = getattr(self._reads, name, None) or getattr(self._writes, name)
        return await handler(request, call)


@pytest.fixture
async def call(workers: list[Worker]) -> AsyncIterator[Caller]:
    """The handlers of the first worker."""
    caller = Caller(workers[0])
    yield caller
    await caller.reader.close()


async def figures(call: Caller, badge: str) -> pb.BadgeStatistics:
    """How a badge has fared."""
    request = pb.GetBadgeStatisticsRequest(badge_id=badge)
    statistics: pb.BadgeStatistics = (await call("get_badge_statistics", request)).statistics
    return statistics


async def test_a_life_of_badges(workers: list[Worker], call: Caller) -> None:
    awarded = await call(
        "award_badge",
        pb.AwardBadgeRequest(
            request_id="1", player_id="a", badge_id="bronze", reason="r", quantity=4
        ),
        operator=True,
    )
    assert (awarded.badge.count, awarded.badge.awarded_by) == (4, "key:op")
    assert [(each.currency, each.amount) for each in awarded.effects.currencies] == [("coins", 20)]
    equipped = await call(
        "equip_badge", pb.EquipBadgeRequest(request_id="2", player_id="a", badge_id="bronze")
    )
    assert list(equipped.equipped_badge_ids) == ["bronze"]
    shown = await call(
        "set_badge_showcase",
        pb.SetBadgeShowcaseRequest(request_id="3", player_id="a", badge_ids=["bronze"]),
    )
    assert list(shown.showcased_badge_ids) == ["bronze"]
    given = pb.GiftBadgeRequest(
        request_id="4", player_id="a", receiver_id="b", badge_id="bronze", message="Hi"
    )
    first = await call("gift_badge", given)
    assert first.badge.count == 3
    assert await call("gift_badge", given) == first
    revoked = await call(
        "revoke_badge",
        pb.RevokeBadgeRequest(
            request_id="5",
            player_id="a",
            badge_id="bronze",
            reason="r",
            quantity=1,
            take_rewards=True,
        ),
        operator=True,
    )
    assert revoked.badge.count == 2
    assert [each.amount for each in revoked.revocation.currencies] == [-5]
    owned = await call("list_player_badges", pb.ListPlayerBadgesRequest(player_id="a"))
    assert [(each.badge.badge_id, each.count) for each in owned.badges] == [("bronze", 2)]
    found = await figures(call, "bronze")
    assert (found.total_awarded, found.unique_owners, found.equipped_count) == (3, 2, 1)
    audited = await workers[0].core.pool.fetch("SELECT action, actor FROM audit ORDER BY 1")
    actions = [tuple(row) for row in audited if row[0].startswith("badge.")]
    assert actions == [("badge.award", "key:op"), ("badge.revoke", "key:op")]


async def test_bought_and_evolved(workers: list[Worker], call: Caller) -> None:
    worker = workers[0]
    for command in (activity("a", "march"), give("a", ore=2), credit("a", gems=20)):
        await worker.run(command)
    bought = await call(
        "purchase_badge",
        pb.PurchaseBadgeRequest(request_id="1", player_id="a", badge_id="bought"),
    )
    assert bought.badge.count == 1
    assert [(each.currency, each.balance_after) for each in bought.payments] == [("gems", 13)]
    assert [(each.currency, each.amount) for each in bought.effects.currencies] == [("coins", 3)]
    with pytest.raises(RenownError):
        await call(
            "evolve_badge", pb.EvolveBadgeRequest(request_id="2", player_id="a", badge_id="silver")
        )


async def test_values_of_trades(workers: list[Worker], call: Caller) -> None:
    worker = workers[0]
    await worker.run(award("a", "bronze", 3))
    await worker.run(credit("b", gems=50))
    for badges, gems in ((1, 5), (2, 12)):
        opened = await worker.run(propose("a", "b", side(bronze=badges), goods(gems=gems)))
        await workers[1].run(accept(opened.result_as(TradeView)))
    found = await figures(call, "bronze")
    assert found.trade_volume == 3
    assert [(each.currency, each.amount, each.traded) for each in found.average_values] == [
        ("gems", 5, 3)
    ]


async def test_two_workers_at_once_lose_none(workers: list[Worker], call: Caller) -> None:
    for player in PLAYERS:
        await workers[0].run(award(player, "bronze", 3))
        await workers[0].run(award(player, "silver", 2))
    until = time.monotonic() + RACE_S
    outcomes = await asyncio.gather(
        *[_deal(worker, until, place) for place, worker in enumerate([*workers, *workers])]
    )
    assert sum(outcomes) > 50
    await _end_all(workers[0])
    earned = await load_earned_of(workers[0])
    for badge, total in (("bronze", 6), ("silver", 4)):
        owned = [each.badges[badge] for each in earned.values() if badge in each.badges]
        assert sum(each.count for each in owned) == total
        assert not any(each.escrowed for each in owned)
        found = await figures(call, badge)
        assert found.unique_owners == sum(1 for each in owned if each.count)
        assert found.equipped_count == sum(
            1 for each in earned.values() if badge in each.honors.badges_equipped
        )
        assert found.total_awarded == total


async def _deal(worker: Worker, until: float, seed: int) -> int:
    """Gifts, trades and wears at random; how many were carried out."""
    random_ = random.Random(seed)
    trades: list[TradeView] = []
    carried_out = 0
    while time.monotonic() < until:
        commands = [_any(random_, trades) for _ in range(4)]
        for outcome in await worker.all(commands):
            assert isinstance(outcome, Recorded | RenownError), outcome
            if isinstance(outcome, Recorded):
                carried_out += 1
                if isinstance(outcome.result, TradeView):
                    trades.append(outcome.result)
    return carried_out


def _any(random_: random.Random, trades: list[TradeView]) -> Command:
    a, b = random_.sample(PLAYERS, 2)
    badge = random_.choice(("bronze", "silver"))
    match random_.randrange(5):
        case 0:
            return gift(a, b, badge)
        case 1 if trades:
            trade = trades.pop(random_.randrange(len(trades)))
            return accept(trade) if random_.random() < 0.6 else cancel(trade)
        case 2:
            return wear(a, badge)
        case 3:
            return take_off(a, badge)
        case _:
            asked = side(**{random_.choice(("bronze", "silver")): 1})
            return propose(a, b, side(**{badge: 1}), random_.choice((NOTHING, asked)))


async def _end_all(worker: Worker) -> None:
    rows = await worker.core.pool.fetch(
        "SELECT trade_id, proposer_id, partner_id FROM trades WHERE state = 1"
    )
    for trade_id, proposer, partner in rows:
        view = TradeView(trade_id, proposer, partner, NOTHING, NOTHING, "", 0, 0)
        await worker.run(cancel(view))


async def load_earned_of(worker: Worker) -> dict[str, Any]:
    """What the players have earned."""
    async with worker.core.pool.acquire() as connection:
        return dict(await load_earned(connection, [*PLAYERS, "nobody"]))


async def test_readers_see_who_exists(workers: list[Worker]) -> None:
    earned = await load_earned_of(workers[0])
    assert sorted(earned) == ["a", "b"]
    assert earned["a"].badges == {}
    await workers[0].run(award("a", "bronze"))
    await workers[0].run(revoke("a", "bronze"))
    assert (await load_earned_of(workers[0]))["a"].badges["bronze"].count == 0
