"""Each typed method: the request it sends, and what it makes of the answer."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import grpc
import pytest
from google.protobuf import text_format
from google.protobuf.message import Message

import renown
from renown import errors
from renown.v1 import activity_service_pb2 as activity_pb
from renown.v1 import currency_service_pb2 as currency_pb
from renown.v1 import event_service_pb2 as event_pb
from renown.v1 import leaderboard_service_pb2 as board_pb
from renown.v1 import player_profile_service_pb2 as player_pb
from tests.integration import test_sdk_economy, test_sdk_progression
from tests.integration.sdk_fakes import FakeServer, answer, status


@pytest.fixture
async def server() -> AsyncIterator[FakeServer]:
    async with FakeServer() as running:
        yield running


@pytest.fixture
async def game(server: FakeServer) -> AsyncIterator[renown.Client]:
    async with renown.connect(server.address, key="k_test.secret") as client:
        yield client


Call = Callable[[renown.Client], Awaitable[Any]]

CALLS: list[tuple[str, Call, str, type]] = [
    (
        "RecordActivity",
        lambda game: game.activities.record(
            "ada",
            "lesson_completed",
            activity_id="a1",
            metrics={"study_minutes": 30},
            perfect=True,
            time=timedelta(seconds=90),
            occurred_at=datetime(2026, 11, 20, tzinfo=UTC),
            reference_type="task",
            reference_id="t1",
        ),
        """activity { player_id: "ada" activity_id: "a1" type: "lesson_completed"
           metrics { key: "study_minutes" value: 30 }
           performance { perfect: true time { seconds: 90 } }
           occurred_at { seconds: 1795132800 }
           reference_type: "task" reference_id: "t1" }""",
        renown.ActivityResult,
    ),
    (
        "SimulateActivity",
        lambda game: game.activities.simulate("ada", "task_completed", amount=20),
        'activity { player_id: "ada" type: "task_completed" amount: 20 }',
        renown.Simulation,
    ),
    (
        "ExplainActivity",
        lambda game: game.activities.explain("ada", "a1"),
        'player_id: "ada" activity_id: "a1"',
        renown.Explanation,
    ),
    ("ListActivityTypes", lambda game: game.activities.types(), "page_size: 200", list),
    (
        "ListActivities",
        lambda game: game.activities.list("ada", type="login", page_size=5).collect(),
        'player_id: "ada" type: "login" page_size: 5',
        list,
    ),
    (
        "CreatePlayer",
        lambda game: game.players.create(
            "ada", username="Ada", time_zone="Europe/London", request_id="r1"
        ),
        'request_id: "r1" player_id: "ada" username: "Ada" time_zone: "Europe/London"',
        renown.Player,
    ),
    ("GetPlayer", lambda game: game.players.get("ada"), 'player_id: "ada"', renown.Player),
    (
        "GetLevelProgress",
        lambda game: game.players.level("ada"),
        'player_id: "ada"',
        renown.LevelProgress,
    ),
    ("ListLevels", lambda game: game.players.levels(), "page_size: 200", list),
    (
        "ListXpHistory",
        lambda game: game.players.xp_history("ada", page_token="p").collect(),
        'player_id: "ada" page_token: "p"',
        list,
    ),
    ("GetWallet", lambda game: game.wallets.get("ada"), 'player_id: "ada"', renown.Wallet),
    (
        "Credit",
        lambda game: game.wallets.credit(
            "ada", {"coins": 5, "gems": 1}, request_id="r1", event_type="gift", description="Hi"
        ),
        """request_id: "r1" player_id: "ada" event_type: "gift" description: "Hi"
           amounts { currency: "coins" amount: 5 } amounts { currency: "gems" amount: 1 }""",
        renown.Transaction,
    ),
    (
        "Debit",
        lambda game: game.wallets.debit("ada", {"coins": 5}, request_id="r1", reference_id="x"),
        """request_id: "r1" player_id: "ada" reference_id: "x"
           amounts { currency: "coins" amount: 5 }""",
        renown.Transaction,
    ),
    (
        "ListTransactions",
        lambda game: game.wallets.transactions("ada", currency="coins", event_type="e").collect(),
        'player_id: "ada" currency: "coins" event_type: "e"',
        list,
    ),
    ("ListCurrencies", lambda game: game.wallets.currencies(), "page_size: 200", list),
    (
        "GetLeaderboard",
        lambda game: game.leaderboards.get("xp_weekly"),
        'leaderboard_id: "xp_weekly"',
        renown.LeaderboardStatus,
    ),
    ("ListLeaderboards", lambda game: game.leaderboards.list(), "page_size: 200", list),
    (
        "SubmitScore",
        lambda game: game.leaderboards.submit("high_score", "ada", -7, request_id="r1"),
        'request_id: "r1" leaderboard_id: "high_score" player_id: "ada" score: -7',
        renown.ScoreResult,
    ),
    (
        "GetRank",
        lambda game: game.leaderboards.rank("xp_weekly", "ada", neighbors=10),
        'leaderboard_id: "xp_weekly" player_id: "ada" neighbors: 10',
        renown.Rank,
    ),
    (
        "ListEntries",
        lambda game: game.leaderboards.top("xp_weekly", 3),
        'leaderboard_id: "xp_weekly" page_size: 3',
        renown.Standings,
    ),
    (
        "ListEntries",
        lambda game: game.leaderboards.entries("xp_weekly", page_size=9).collect(),
        'leaderboard_id: "xp_weekly" page_size: 9',
        list,
    ),
    (
        "ListEvents",
        lambda game: game.events.list(
            "ada", cursor="7", types=["xp.*"], page_size=3, wait=timedelta(seconds=2)
        ),
        'player_id: "ada" cursor: "7" types: "xp.*" page_size: 3 wait { seconds: 2 }',
        renown.EventPage,
    ),
    (
        "IssuePlayerToken",
        lambda game: game.auth.issue_player_token("ada", ttl=timedelta(minutes=5)),
        'player_id: "ada" ttl { seconds: 300 }',
        renown.PlayerToken,
    ),
    (
        "CreateKey",
        lambda game: game.admin.create_key(
            "ops", renown.KeyKind.OPERATOR, roles=[renown.Role.SUPPORT], request_id="r1"
        ),
        'request_id: "r1" name: "ops" kind: KEY_KIND_OPERATOR roles: ROLE_SUPPORT',
        renown.CreatedKey,
    ),
    (
        "RevokeKey",
        lambda game: game.admin.revoke_key("k_1", reason="lost", request_id="r1"),
        'request_id: "r1" key_id: "k_1" reason: "lost"',
        renown.Key,
    ),
    ("ListKeys", lambda game: game.admin.keys(page_size=2).collect(), "page_size: 2", list),
    (
        "ListAudit",
        lambda game: game.admin.audit(actor="cli", subject="key:k_1").collect(),
        'actor: "cli" subject: "key:k_1"',
        list,
    ),
]


@pytest.mark.parametrize(
    ("method", "call", "request_text", "kind"),
    CALLS,
    ids=[f"{c[0]}-{c[3].__name__}" for c in CALLS],
)
async def test_what_a_method_sends_and_returns(
    server: FakeServer,
    game: renown.Client,
    method: str,
    call: Call,
    request_text: str,
    kind: type,
) -> None:
    result = await call(game)
    assert type(result) is kind
    (seen,) = server.calls
    assert seen.method == method
    sent: Message = seen.request
    assert sent == text_format.Parse(request_text, type(sent)())


def test_every_rpc_has_its_method() -> None:
    covered = {method for method, *_ in CALLS}
    covered |= {"BatchRecordActivities", "BatchSubmitScores", "BatchGetPlayers", "StreamEvents"}
    covered |= test_sdk_economy.COVERED | test_sdk_progression.COVERED
    assert covered == FakeServer.methods()


async def test_a_batch_of_activities_is_answered_item_by_item(
    server: FakeServer, game: renown.Client
) -> None:
    batch = activity_pb.BatchRecordActivitiesResponse
    refused = status(
        grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED", retry_after_s=0.5, message="later"
    )
    server.on(
        "BatchRecordActivities",
        answer(
            batch(
                items=[
                    batch.Item(result=activity_pb.ActivityResult(player_id="ada")),
                    batch.Item(error=refused),
                    batch.Item(error=status(grpc.StatusCode.FAILED_PRECONDITION, "COOLDOWN")),
                ]
            )
        ),
    )
    sent = [renown.Activity(player, "login") for player in ("ada", "bob", "eve")]
    first, second, third = await game.activities.record_batch(sent)

    assert isinstance(first, renown.ActivityResult)
    assert first.player_id == "ada"
    assert isinstance(second, errors.Overloaded)
    assert second.retryable
    assert second.retry_after == timedelta(seconds=0.5)
    assert second.request_id == sent[1].activity_id
    assert isinstance(third, errors.Cooldown)
    (request,) = server.requests("BatchRecordActivities")
    assert [a.activity_id for a in request.activities] == [a.activity_id for a in sent]


async def test_a_batch_of_scores_is_answered_item_by_item(
    server: FakeServer, game: renown.Client
) -> None:
    batch = board_pb.BatchSubmitScoresResponse
    refused = status(grpc.StatusCode.NOT_FOUND, "PLAYER_NOT_FOUND")
    items = [
        batch.Item(error=refused),
        batch.Item(result=board_pb.ScoreResult(player_id="bob", improved=True)),
    ]
    server.on("BatchSubmitScores", answer(batch(items=items)))
    scores = [renown.Score("high_score", "ada", 5), renown.Score("high_score", "bob", 6, "r2")]
    first, second = await game.leaderboards.submit_batch(scores)

    assert isinstance(first, errors.PlayerNotFound)
    assert first.request_id == scores[0].request_id
    assert isinstance(second, renown.ScoreResult)
    assert second.improved
    (request,) = server.requests("BatchSubmitScores")
    assert [(s.player_id, s.score) for s in request.scores] == [("ada", 5), ("bob", 6)]
    assert request.scores[1].request_id == "r2"


async def test_many_players_are_read_a_hundred_at_a_time(
    server: FakeServer, game: renown.Client
) -> None:
    def found(request: Any, context: Any) -> player_pb.BatchGetPlayersResponse:
        assert len(set(request.player_ids)) == len(request.player_ids) <= 100
        known = [player_id for player_id in request.player_ids if player_id != "p7"]
        return player_pb.BatchGetPlayersResponse(
            players=[player_pb.Player(player_id=player_id) for player_id in known],
            missing_player_ids=["p7"],
        )

    server.on("BatchGetPlayers", found)
    wanted = [f"p{number % 230}" for number in range(300)]
    players = await game.players.get_many(wanted)
    assert list(players) == [f"p{number}" for number in range(230) if number != 7]
    assert len(server.calls) == 3
    assert await game.players.get_many([]) == {}


async def test_lists_read_page_after_page(server: FakeServer, game: renown.Client) -> None:
    def page(request: Any, context: Any) -> currency_pb.ListTransactionsResponse:
        begin = int(request.page_token or 0)
        ids = [str(number) for number in range(begin, min(begin + request.page_size, 5))]
        more = str(begin + request.page_size) if begin + request.page_size < 5 else ""
        return currency_pb.ListTransactionsResponse(
            transactions=[currency_pb.Transaction(transaction_id=one) for one in ids],
            next_page_token=more,
        )

    server.on("ListTransactions", page)
    found = [item.transaction_id async for item in game.wallets.transactions("ada", page_size=2)]
    assert found == ["0", "1", "2", "3", "4"]
    assert len(server.calls) == 3


async def test_a_wallet_knows_its_balances(server: FakeServer, game: renown.Client) -> None:
    stored = currency_pb.Wallet(
        player_id="ada",
        balances=[currency_pb.Balance(currency="coins", amount=150, lifetime_earned=200)],
    )
    server.on("GetWallet", answer(currency_pb.GetWalletResponse(wallet=stored)))
    wallet = await game.wallets.get("ada")
    assert wallet.amount("coins") == 150
    assert wallet.amount("gems") == 0
    assert wallet.balances[0].lifetime_earned == 200


async def test_top_is_one_call(server: FakeServer, game: renown.Client) -> None:
    entry = board_pb.LeaderboardEntry(rank=1, player_id="ada", score=9)
    server.on("ListEntries", answer(board_pb.ListEntriesResponse(entries=[entry], total=40)))
    standings = await game.leaderboards.top("xp_weekly")
    assert standings.total == 40
    assert standings.entries[0].player_id == "ada"
    for count in (0, 201):
        with pytest.raises(ValueError, match="1 to 200"):
            await game.leaderboards.top("xp_weekly", count)


async def test_waiting_for_events_takes_longer_than_other_calls(server: FakeServer) -> None:
    policy = renown.RetryPolicy(attempt_timeout_s=0.2)
    remaining: list[float] = []

    def note(request: Any, context: Any) -> event_pb.ListEventsResponse:
        remaining.append(context.time_remaining())
        return event_pb.ListEventsResponse(next_cursor="8", more=True)

    server.on("ListEvents", note)
    async with renown.connect(server.address, key="k.s", timeout=1.0, retry=policy) as game:
        page = await game.events.list("ada", wait=timedelta(seconds=20))
    assert (page.next_cursor, page.more, page.events) == ("8", True, ())
    assert 15 < remaining[0] <= 20.5
