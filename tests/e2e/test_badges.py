"""Badges over the wire, on both transports: what they do, and whom secret ones are for."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
import pytest_asyncio

from renown.v1 import activity_service_pb2, auth_service_pb2, badge_service_pb2, trade_service_pb2
from renown_server.storage.embedded import EmbeddedServers
from tests.e2e.conftest import TRANSPORTS, running_server
from tests.kit.badges import GAME
from tests.kit.raw import BY_NAME, Raw

pb = badge_service_pb2
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Badges:
    """A served game of badges, and who calls it."""

    raw: Raw
    admin_key: str

    async def ask(self, name: str, request: Any, *, key: str = "") -> Any:
        """The answer of a call that succeeds."""
        answer = await self.raw.call(BY_NAME[name], request, credential=key or None)
        assert answer.code is grpc.StatusCode.OK, answer
        return BY_NAME[name].response.FromString(answer.body)

    async def refusal(self, name: str, request: Any, *, key: str = "") -> str:
        """The reason why a call is refused."""
        answer = await self.raw.call(BY_NAME[name], request, credential=key or None)
        assert answer.code is not grpc.StatusCode.OK
        answer.check_kept()
        return str(answer.reason)

    async def player(self) -> str:
        """A new player, at level 2."""
        name = f"p{next(_numbers)}"
        request = activity_service_pb2.RecordActivityRequest()
        request.activity.player_id = name
        request.activity.activity_id = "first"
        request.activity.type = "march"
        await self.ask("RecordActivity", request)
        return name

    async def token(self, player_id: str) -> str:
        """A player's token."""
        request = auth_service_pb2.IssuePlayerTokenRequest(player_id=player_id)
        return str((await self.ask("IssuePlayerToken", request)).token)

    async def award(self, player_id: str, badge_id: str, quantity: int = 1) -> Any:
        """A badge by hand."""
        request = pb.AwardBadgeRequest(
            request_id=new_id(),
            player_id=player_id,
            badge_id=badge_id,
            quantity=quantity,
            reason="test",
        )
        return await self.ask("AwardBadge", request, key=self.admin_key)


def new_id() -> str:
    """A request's id."""
    return f"r{next(_numbers)}"


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=TRANSPORTS)
async def badges(
    servers: EmbeddedServers,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Badges]:
    """The kit's badges on each transport."""
    catalog = tmp_path_factory.mktemp("badges")
    (catalog / "game.yaml").write_text(GAME)
    async with (
        running_server(servers, request.param, catalog) as running,
        grpc.aio.insecure_channel(running.address) as channel,
    ):
        yield Badges(Raw(channel, running.server_key), running.admin_key)


async def test_awarded_worn_and_acting(badges: Badges) -> None:
    player = await badges.player()
    awarded = await badges.award(player, "silver", 2)
    assert awarded.badge.count == 2
    assert [each.badge_id for each in awarded.effects.progress.badges] == ["silver"]
    key = await badges.token(player)
    worn = await badges.ask(
        "EquipBadge", pb.EquipBadgeRequest(request_id=new_id(), badge_id="silver"), key=key
    )
    assert [each.bonus.value for each in worn.active_bonuses] == [1000, 4]
    request = activity_service_pb2.RecordActivityRequest()
    request.activity.player_id = player
    request.activity.activity_id = "second"
    request.activity.type = "march"
    result = (await badges.ask("RecordActivity", request)).result
    assert result.xp.amount == 110
    listed = await badges.ask("ListPlayerBadges", pb.ListPlayerBadgesRequest(), key=key)
    owned = {each.badge.badge_id: (each.count, each.equipped) for each in listed.badges}
    assert owned == {"silver": (2, True), "veteran": (1, False)}


async def test_secret_ones_are_for_their_owners(badges: Badges) -> None:
    owner, other = await badges.player(), await badges.player()
    await badges.award(owner, "ghost")
    keys = {name: await badges.token(name) for name in (owner, other)}
    asked = pb.GetBadgeRequest(badge_id="ghost")
    assert (await badges.ask("GetBadge", asked, key=keys[owner])).badge.definition.secret
    for name, request in (
        ("GetBadge", asked),
        ("GetBadgeStatistics", pb.GetBadgeStatisticsRequest(badge_id="ghost")),
        ("EquipBadge", pb.EquipBadgeRequest(request_id=new_id(), badge_id="ghost")),
        ("UnequipBadge", pb.UnequipBadgeRequest(request_id=new_id(), badge_id="ghost")),
        ("EvolveBadge", pb.EvolveBadgeRequest(request_id=new_id(), badge_id="ghost")),
        ("PurchaseBadge", pb.PurchaseBadgeRequest(request_id=new_id(), badge_id="ghost")),
        (
            "GiftBadge",
            pb.GiftBadgeRequest(request_id=new_id(), badge_id="ghost", receiver_id=owner),
        ),
    ):
        assert await badges.refusal(name, request, key=keys[other]) == "BADGE_NOT_FOUND"
    named = pb.GetBadgeRequest(badge_id="ghost", player_id=owner)
    assert await badges.refusal("GetBadge", named, key=keys[other]) == "PERMISSION_DENIED"
    listed = await badges.ask("ListBadges", pb.ListBadgesRequest(), key=keys[other])
    assert "ghost" not in {each.definition.id for each in listed.badges}


async def test_traded_and_valued(badges: Badges) -> None:
    seller, buyer = await badges.player(), await badges.player()
    await badges.award(seller, "bronze", 2)
    await badges.award(buyer, "rose")
    proposed = trade_service_pb2.ProposeTradeRequest(
        request_id=new_id(), player_id=seller, partner_id=buyer
    )
    proposed.offered.badges.add(badge_id="bronze")
    proposed.requested.currencies.add(currency="coins", amount=0)
    assert await badges.refusal("ProposeTrade", proposed) == "INVALID_ARGUMENT"
    del proposed.requested.currencies[:]
    trade = (await badges.ask("ProposeTrade", proposed)).trade
    assert [(each.badge_id, each.quantity) for each in trade.offered.badges] == [("bronze", 1)]
    accepted = trade_service_pb2.AcceptTradeRequest(
        request_id=new_id(), player_id=buyer, trade_id=trade.trade_id
    )
    await badges.ask("AcceptTrade", accepted)
    listed = await badges.ask("ListPlayerBadges", pb.ListPlayerBadgesRequest(player_id=buyer))
    owned = {each.badge.badge_id: each.earned_reason for each in listed.badges}
    assert owned["bronze"] == "request:AcceptTrade"
    statistics = await badges.ask(
        "GetBadgeStatistics", pb.GetBadgeStatisticsRequest(badge_id="bronze")
    )
    assert statistics.statistics.trade_volume >= 1


async def test_revoked_with_its_points(badges: Badges) -> None:
    player = await badges.player()
    await badges.award(player, "bronze", 3)
    revoked = await badges.ask(
        "RevokeBadge",
        pb.RevokeBadgeRequest(
            request_id=new_id(),
            player_id=player,
            badge_id="bronze",
            reason="mistake",
            take_rewards=True,
        ),
        key=badges.admin_key,
    )
    assert revoked.badge.count == 0
    assert [each.amount for each in revoked.revocation.currencies] == [-15]
    assert [each.quantity for each in revoked.revocation.progress.badges] == [-3]
