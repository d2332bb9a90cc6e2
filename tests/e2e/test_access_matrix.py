"""Who may call what, and for whom: every RPC × principal × own or other player."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from google.protobuf.message import Message

from renown.v1 import access_pb2
from renown.v1 import event_service_pb2 as event
from tests.e2e.conftest import Running
from tests.kit.examples import World, example, fresh, visit
from tests.kit.keys import insert_key
from tests.kit.raw import BY_NAME, RPCS, Answer, Code, Rpc

OPERATORS = {"viewer": 1, "support": 2, "economy": 3, "admin": 4}
PRINCIPALS = ("anonymous", "player", "server", *OPERATORS)

# The contract on one page: P a player, S a game server, V an operator of any role,
# H one of support, E one of the economy, A an admin.
CALLERS = {
    "RecordActivity": "S", "BatchRecordActivities": "S", "SimulateActivity": "S",
    "ExplainActivity": "SV", "ListActivities": "PS", "ListActivityTypes": "PS",
    "CreatePlayer": "S", "GetPlayer": "PS", "BatchGetPlayers": "PS", "GetLevelProgress": "PS",
    "ListLevels": "PS", "ListXpHistory": "PS",
    "GetWallet": "PS", "ListTransactions": "PS", "ListCurrencies": "PS", "Credit": "S",
    "Debit": "S",
    "GetLeaderboard": "PS", "ListLeaderboards": "PS", "SubmitScore": "S",
    "BatchSubmitScores": "S", "GetRank": "PS", "ListEntries": "PS",
    "StreamEvents": "PS", "ListEvents": "PS",
    "IssuePlayerToken": "S",
    "RevokeActivity": "E", "BatchCredit": "S", "Transfer": "PS", "AdjustBalance": "E",
    "ListItems": "PS", "GetItemDefinition": "PS", "ListItemDefinitions": "PS",
    "GrantItems": "S", "GiftItem": "PS", "ConsumeItem": "PS", "EquipItem": "PS",
    "UnequipItem": "PS", "ActivatePowerUp": "PS", "OpenContainer": "PS", "ListMailbox": "PS",
    "ClaimMail": "PS",
    "ListOffers": "PS", "Purchase": "PS", "ListPurchases": "PSV", "GetOdds": "PS",
    "ListDraws": "PSV", "RedeemReceipt": "S", "RevokePurchase": "E",
    "ProposeTrade": "PS", "AcceptTrade": "PS", "CancelTrade": "PS", "GetTrade": "PS",
    "ListTrades": "PS",
    "ListAchievements": "PS", "GetAchievement": "PS", "ListAchievementTypes": "PS",
    "ListPlayerAchievements": "PS", "GetAchievementProgress": "PS",
    "SetAchievementShowcase": "PS", "GrantAchievement": "H", "RevokeAchievement": "H",
    "GetAchievementStatistics": "PS",
    "ListBadges": "PS", "GetBadge": "PS", "ListBadgeCategories": "PS", "ListPlayerBadges": "PS",
    "EquipBadge": "PS", "UnequipBadge": "PS", "SetBadgeShowcase": "PS",
    "ListBadgeCollections": "PS", "EvolveBadge": "PS", "PurchaseBadge": "PS", "GiftBadge": "PS",
    "AwardBadge": "H", "RevokeBadge": "H", "GetBadgeStatistics": "PS",
    "ListStreakActivities": "PS", "GetStreaks": "PS", "ListStreakHistory": "PS",
    "FreezeStreak": "PS", "RepairStreak": "PS",
    "ListQuests": "PS", "GetQuest": "PS", "StartQuest": "PS", "AbandonQuest": "PS",
    "GetQuestProgress": "PS", "ListPlayerQuests": "PS", "AdvanceObjective": "S",
    "ClaimQuestReward": "PS", "RateQuest": "PS", "GetQuestStatistics": "PS",
    "UpdatePlayer": "PS", "GetPlayerSummary": "PS", "AdjustXp": "H", "Prestige": "PS",
    "GrantMultiplier": "S", "ListMultipliers": "PS", "ListTitles": "PS", "EquipTitle": "PS",
    "ListUnlocks": "PS",
    "CreateKey": "A", "RevokeKey": "A", "ListKeys": "A", "ListAudit": "V",
}  # fmt: skip

# What is a player's alone. In GetPlayer, BatchGetPlayers and GetRank others are targets; in those
# of FOR_WHOM the player says who looks, and a game server may leave it out.
OWN = {"ListActivities", "GetLevelProgress", "ListXpHistory", "GetWallet", "ListTransactions",
       "StreamEvents", "ListEvents", "Transfer", "ListItems", "GiftItem", "ConsumeItem",
       "EquipItem", "UnequipItem", "ActivatePowerUp", "OpenContainer", "ListMailbox", "ClaimMail",
       "ListOffers", "Purchase", "ListPurchases", "GetOdds", "ListDraws", "ProposeTrade",
       "AcceptTrade", "CancelTrade", "GetTrade", "ListTrades",
       "ListPlayerAchievements", "GetAchievementProgress", "SetAchievementShowcase",
       "ListPlayerBadges", "EquipBadge", "UnequipBadge", "SetBadgeShowcase",
       "ListBadgeCollections", "EvolveBadge", "PurchaseBadge", "GiftBadge",
       "GetStreaks", "ListStreakHistory", "FreezeStreak", "RepairStreak",
       "ListQuests", "GetQuest", "StartQuest", "AbandonQuest", "GetQuestProgress",
       "ListPlayerQuests", "ClaimQuestReward", "RateQuest",
       "UpdatePlayer", "GetPlayerSummary", "Prestige", "ListMultipliers", "ListTitles",
       "EquipTitle", "ListUnlocks"}  # fmt: skip
FOR_WHOM = {"ListAchievements", "GetAchievement", "ListAchievementTypes",
            "GetAchievementStatistics", "ListBadges", "GetBadge", "ListBadgeCategories",
            "GetBadgeStatistics", "GetQuestStatistics"}  # fmt: skip
OWNED = [rpc for rpc in RPCS if rpc.player_field]
READS = [
    rpc
    for rpc in OWNED
    if not rpc.streaming and "request_id" not in rpc.request.DESCRIPTOR.fields_by_name
]


def may_call(principal: str, rpc: Rpc) -> bool:
    callers = CALLERS[rpc.name]
    if principal in ("player", "server"):
        return principal[0].upper() in callers
    allowed = {
        "V": OPERATORS,
        "H": ("support", "admin"),
        "E": ("economy", "admin"),
        "A": ("admin",),
    }
    return any(principal in allowed.get(letter, ()) for letter in callers)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(running: Running) -> AsyncIterator[World]:
    connection = await asyncpg.connect(running.database.superuser_url)
    try:
        operators = {
            role: await insert_key(connection, role, roles=(number,))
            for role, number in OPERATORS.items()
        }
    finally:
        await connection.close()
    async with visit(running.address, running.server_key, operators) as world:
        yield world


async def ask(world: World, principal: str, rpc: Rpc, request: Message | bytes) -> Answer:
    answer = await world.raw.outcome(rpc, request, credential=world.credentials[principal])
    return answer.check_kept()


@pytest.mark.parametrize("rpc", RPCS, ids=str)
async def test_the_option_says_what_the_contract_says(rpc: Rpc) -> None:
    kinds = {"P": access_pb2.CALLER_PLAYER, "S": access_pb2.CALLER_SERVER}
    roles = {
        "V": access_pb2.ROLE_VIEWER,
        "H": access_pb2.ROLE_SUPPORT,
        "E": access_pb2.ROLE_ECONOMY,
        "A": access_pb2.ROLE_ADMIN,
    }
    expected = [kinds.get(letter, access_pb2.CALLER_OPERATOR) for letter in CALLERS[rpc.name]]
    role = [roles[letter] for letter in CALLERS[rpc.name] if letter in roles]
    assert list(rpc.access.callers) == expected
    assert [rpc.access.role] == (role or [access_pb2.ROLE_UNSPECIFIED])
    assert not rpc.access.anonymous
    assert bool(rpc.player_field) is (rpc.name in OWN)


@pytest.mark.parametrize("principal", PRINCIPALS)
@pytest.mark.parametrize("rpc", RPCS, ids=str)
async def test_who_may_call(world: World, rpc: Rpc, principal: str) -> None:
    """For its own player everybody gets an answer or is denied, whatever the bytes are."""
    if may_call(principal, rpc):
        answer = await ask(world, principal, rpc, example(rpc, world))
        assert answer.code is Code.OK, answer
        return
    denied = Code.UNAUTHENTICATED if principal == "anonymous" else Code.PERMISSION_DENIED
    valid = await ask(world, principal, rpc, example(rpc, world))
    nonsense = await ask(world, principal, rpc, b"\xff")
    assert valid.code is denied
    assert nonsense == valid


@pytest.mark.parametrize("rpc", OWNED, ids=str)
async def test_a_player_may_not_act_for_another(world: World, rpc: Rpc) -> None:
    """One answer for players that are there, are not, or could not be: nothing is looked up."""
    answers = []
    for other in (world.other, "nobody", "not an id", f"{world.player} ", world.player.upper()):
        request = example(rpc, world)
        setattr(request, rpc.player_field, other)
        answers.append(await ask(world, "player", rpc, request))
        _spoil(request)
        answers.append(await ask(world, "player", rpc, request))
    assert answers[0].code is Code.PERMISSION_DENIED
    assert all(answer == answers[0] for answer in answers)


def _spoil(request: Any) -> None:
    """Breaks a request where only a later check would notice."""
    if hasattr(request, "page_size"):
        request.page_size = -1
    for name in ("page_token", "cursor"):
        if hasattr(request, name):
            setattr(request, name, "nonsense")


@pytest.mark.parametrize("rpc", [rpc for rpc in READS if rpc.name != "GetTrade"], ids=str)
async def test_a_player_gets_its_own(world: World, rpc: Rpc) -> None:
    """With its id and without it, what a game server gets for it, byte by byte."""
    request = example(rpc, world)
    expected = await ask(world, "server", rpc, request)
    assert expected.code is Code.OK
    assert await ask(world, "player", rpc, request) == expected
    request.ClearField(rpc.player_field)
    assert await ask(world, "player", rpc, request) == expected
    setattr(request, rpc.player_field, world.other)
    theirs = await ask(world, "server", rpc, request)
    assert theirs.code is Code.OK
    assert theirs != expected


async def test_a_player_streams_its_own_events_only(world: World) -> None:
    rpc = BY_NAME["StreamEvents"]
    request = event.StreamEventsRequest(cursor="beginning")
    answer = await ask(world, "player", rpc, request)
    events = event.StreamEventsResponse.FromString(answer.body).events
    assert {one.player_id for one in events} == {world.player}
    wider: list[dict[str, Any]] = [
        {"all_players": True},
        {"player_ids": [world.other]},
        {"player_ids": [world.player]},
        {"player_id": world.player, "player_ids": [world.other]},
        {"player_id": world.player, "all_players": True},
    ]
    for selected in wider:
        denied = await ask(world, "player", rpc, event.StreamEventsRequest(**selected))
        assert denied.code is Code.PERMISSION_DENIED


async def test_a_game_server_must_name_the_player(world: World) -> None:
    for rpc in OWNED:
        request = example(rpc, world)
        request.ClearField(rpc.player_field)
        answer = await ask(world, "server", rpc, request)
        assert (answer.code, answer.fields) == (Code.INVALID_ARGUMENT, [rpc.player_field])


@pytest.mark.parametrize("name", sorted(FOR_WHOM))
async def test_for_whom_something_is_looked_up(world: World, name: str) -> None:
    """A player looks for itself; a game server for anybody who is there, or for nobody."""
    rpc = BY_NAME[name]
    request = example(rpc, world)
    expected = await ask(world, "server", rpc, request)
    assert expected.code is Code.OK, expected
    assert await ask(world, "player", rpc, request) == expected
    request.player_id = ""
    assert (await ask(world, "server", rpc, request)).code is Code.OK
    assert await ask(world, "player", rpc, request) == expected
    for other, found in ((world.other, Code.OK), ("nobody", Code.NOT_FOUND)):
        request.player_id = other
        assert (await ask(world, "server", rpc, request)).code is found
        assert (await ask(world, "player", rpc, request)).code is Code.PERMISSION_DENIED


async def test_a_token_is_for_one_player_even_if_unknown(running: Running, world: World) -> None:
    """Its player need not exist; then nothing is found, and nothing of others is."""
    rpc, stranger = BY_NAME["IssuePlayerToken"], fresh("stranger")
    request = example(rpc, world)
    request.player_id = stranger
    issued = await ask(world, "server", rpc, request)
    token = rpc.response.FromString(issued.body).token
    for owned in OWNED:
        if owned.streaming:
            continue
        for named in ("", stranger, world.player):
            request = example(owned, world)
            setattr(request, owned.player_field, named)
            answer = await world.raw.call(owned, request, credential=token)
            code = Code.PERMISSION_DENIED if named == world.player else Code.NOT_FOUND
            assert answer.code is code, (owned.name, named, answer)


async def test_reads_of_other_players_are_open(world: World) -> None:
    """Targets are no acting players."""
    for name in ("GetPlayer", "BatchGetPlayers", "GetRank"):
        request = example(BY_NAME[name], world)
        if name != "BatchGetPlayers":
            request.player_id = world.other
        answer = await ask(world, "player", BY_NAME[name], request)
        assert answer.code is Code.OK
        assert world.other.encode() in answer.body or name == "GetRank"


async def test_operations_are_open_to_everybody(world: World) -> None:
    """Health is asked by machines without credentials."""
    answer = await world.raw.call("/grpc.health.v1.Health/Check", b"", credential="")
    assert (answer.code, answer.body) == (Code.OK, b"\x08\x01")
