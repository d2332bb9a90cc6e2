"""An activity goes in, everything it earns comes out."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

import renown
from renown import errors


async def test_record_pays_everything_at_once(game: renown.Client, player: str) -> None:
    result = await game.activities.record(player, "lesson_completed", perfect=True)
    assert result.xp is not None
    assert (result.xp.base, result.xp.amount, result.xp.total) == (25, 37, 37)
    assert [(c.currency, c.amount, c.balance_after) for c in result.currencies] == [
        ("coins", 10, 10)
    ]
    assert {m.metric: m.total for m in result.metrics} == {"lessons": 1}
    assert {s.leaderboard_id: s.score for s in result.scores} == {
        "xp_all_time": 37,
        "xp_weekly": 37,
        "lessons_weekly": 1,
    }
    # Eight of the activity itself; a streak, an achievement with a title and a badge, and a quest.
    assert (result.first_sequence, result.last_sequence) == (1, 13)
    found = await game.players.get(player)
    assert found.stats == {"lessons": 1}
    assert found.experience.total_xp == 37


async def test_retry_gets_the_identical_answer(game: renown.Client, player: str) -> None:
    first = await game.activities.record(player, "lesson_completed", activity_id="a1")
    again = await game.activities.record(player, "lesson_completed", activity_id="a1")
    assert again == first
    assert (await game.players.get(player)).stats == {"lessons": 1}


async def test_id_of_another_activity_is_refused(game: renown.Client, player: str) -> None:
    await game.activities.record(player, "lesson_completed", activity_id="a1")
    with pytest.raises(errors.RequestIdReused):
        await game.activities.record(player, "lesson_completed", activity_id="a1", perfect=True)


async def test_fifty_duplicates_at_once_have_one_effect(game: renown.Client, player: str) -> None:
    results = await asyncio.gather(
        *[game.activities.record(player, "lesson_completed", activity_id="same") for _ in range(50)]
    )
    assert all(result == results[0] for result in results)
    assert (await game.wallets.get(player)).balances[0].amount == 10


async def test_levels_pay_once(game: renown.Client, player: str) -> None:
    ups: list[int] = []
    for _ in range(12):
        result = await game.activities.record(player, "lesson_completed", perfect=True)
        ups += [up.level for up in result.level_ups]
    levels = {level.level: level for level in await game.players.levels()}
    progress = await game.players.level(player)
    assert ups == list(range(2, progress.level + 1))
    paid = sum(
        reward.amount
        for level in ups
        for reward in levels[level].rewards
        if reward.currency == "coins"
    )
    assert paid > 0
    balances = {b.currency: b.amount for b in (await game.wallets.get(player)).balances}
    assert balances["coins"] == 12 * 10 + paid


async def test_cooldown_and_daily_cap_refuse_the_same_again(
    game: renown.Client, player: str
) -> None:
    await game.activities.record(player, "daily_bonus", activity_id="b1")
    for _ in range(2):
        with pytest.raises(errors.DailyCap):
            await game.activities.record(player, "daily_bonus", activity_id="b2")
    await game.activities.record(player, "quiz_completed", activity_id="q1")
    with pytest.raises(errors.Cooldown) as refused:
        await game.activities.record(player, "quiz_completed", activity_id="q2")
    assert refused.value.metadata["activity_type"] == "quiz_completed"


async def test_late_activity_counts_where_it_happened(game: renown.Client, player: str) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    await game.activities.record(player, "daily_bonus", occurred_at=yesterday)
    await game.activities.record(player, "daily_bonus")
    with pytest.raises(errors.DailyCap):
        await game.activities.record(player, "daily_bonus", occurred_at=yesterday)
    with pytest.raises(errors.OccurredAtOutOfRange):
        await game.activities.record(
            player, "daily_bonus", occurred_at=datetime.now(UTC) - timedelta(days=40)
        )
    with pytest.raises(errors.OccurredAtOutOfRange):
        await game.activities.record(
            player, "daily_bonus", occurred_at=datetime.now(UTC) + timedelta(hours=1)
        )


async def test_batch_answers_item_by_item(game: renown.Client, player: str) -> None:
    activities = [
        renown.Activity(player, "lesson_completed", activity_id="1"),
        renown.Activity(player, "no_such_type", activity_id="2"),
        renown.Activity(player, "lesson_completed", activity_id="1"),
        renown.Activity(player, "lesson_completed", activity_id="3", metrics={"nope": 1}),
        renown.Activity("", "lesson_completed", activity_id="4"),
        renown.Activity(player, "lesson_completed", activity_id="5"),
    ]
    first, unknown, again, metric, nobody, last = await game.activities.record_batch(activities)
    assert isinstance(first, renown.ActivityResult)
    assert isinstance(unknown, errors.UnknownActivityType)
    assert again == first
    assert isinstance(metric, errors.UnknownMetric)
    assert isinstance(nobody, errors.InvalidArgument)
    assert nobody.violations[0].subject == "activities[4].player_id"
    assert unknown.violations[0].subject == "activities[1].type"
    assert isinstance(last, renown.ActivityResult)
    assert last.metrics[0].total == 2


async def test_simulation_is_the_same_decision_and_writes_nothing(
    game: renown.Client, sql: asyncpg.Connection, player: str
) -> None:
    before = await game.activities.simulate(player, "lesson_completed", first_try=True)
    with pytest.raises(errors.PlayerNotFound):
        await game.players.get(player)
    assert await sql.fetchval("SELECT count(*) FROM players WHERE player_id = $1", player) == 0
    real = await game.activities.record(player, "lesson_completed", first_try=True)
    assert before.result.xp == real.xp
    assert before.result.currencies == real.currencies
    assert before.result.scores == real.scores


async def test_explanation_names_every_cause(game: renown.Client, player: str) -> None:
    recorded = await game.activities.record(
        player, "lesson_completed", activity_id="why", perfect=True, reference_id="l-7"
    )
    explained = await game.activities.explain(player, "why")
    assert explained.result == recorded
    assert explained.activity.reference_id == "l-7"
    causes = {fact.event.type: fact for fact in explained.facts}
    assert causes["xp.gained"].rule == "activity_type:lesson_completed"
    assert [(m.source, m.basis_points) for m in causes["xp.gained"].multipliers] == [
        ("perfect", 15000)
    ]
    assert causes["currency.changed"].inputs["counter_account"] == "issuance:activity"
    assert all(fact.rule for fact in explained.facts)
    with pytest.raises(errors.ActivityNotFound):
        await game.activities.explain(player, "never")


async def test_list_pages_through_all_latest_first(game: renown.Client, player: str) -> None:
    for number in range(7):
        await game.activities.record(
            player, "lesson_completed" if number % 2 else "login", activity_id=f"a{number}"
        )
    listed = [item.activity.activity_id async for item in game.activities.list(player, page_size=3)]
    assert listed == [f"a{number}" for number in reversed(range(7))]
    lessons = [
        item.activity.activity_id
        async for item in game.activities.list(player, type="lesson_completed")
    ]
    assert lessons == ["a5", "a3", "a1"]


async def test_types_are_those_of_the_catalog(game: renown.Client) -> None:
    types = {found.id: found for found in await game.activities.types()}
    assert types["lesson_completed"].base_xp == 25
    assert types["daily_bonus"].daily_cap == 1
    assert types["quiz_completed"].cooldown


def model(
    activities: list[tuple[str, str, bool]], level_coins: dict[int, int]
) -> dict[str, tuple[int, int, int]]:
    """XP, coins and lessons by player, worked out without the server."""
    thresholds = [sum(100 * 3**step // 2**step for step in range(level)) for level in range(30)]
    xp: Counter[str] = Counter()
    coins: Counter[str] = Counter()
    lessons: Counter[str] = Counter()
    logged_in: set[str] = set()
    for player, kind, perfect in activities:
        level_before = sum(threshold <= xp[player] for threshold in thresholds)
        if kind == "lesson_completed":
            xp[player] += 25 * 3 // 2 if perfect else 25
            coins[player] += 10
            lessons[player] += 1
        elif player not in logged_in:  # XP for one login a day, at most 5
            logged_in.add(player)
            xp[player] += 5
        level = sum(threshold <= xp[player] for threshold in thresholds)
        coins[player] += sum(level_coins[up] for up in range(level_before + 1, level + 1))
    return {player: (xp[player], coins[player], lessons[player]) for player in xp}


async def test_a_thousand_mixed_activities_give_what_a_model_predicts(
    game: renown.Client,
) -> None:
    chance = random.Random(7)
    level_coins = {
        level.level: sum(r.amount for r in level.rewards if r.currency == "coins")
        for level in await game.players.levels()
    }
    names = [f"model{chance.randrange(10**9)}-{number}" for number in range(20)]
    activities = [
        (chance.choice(names), chance.choice(["lesson_completed", "login"]), chance.random() < 0.3)
        for _ in range(1000)
    ]
    ordered: dict[str, list[tuple[str, str, bool]]] = {}
    for activity in activities:
        ordered.setdefault(activity[0], []).append(activity)

    async def play(mine: list[tuple[str, str, bool]]) -> None:
        for player, kind, perfect in mine:
            await game.activities.record(player, kind, perfect=perfect)

    await asyncio.gather(*[play(mine) for mine in ordered.values()])
    expected = model(activities, level_coins)
    for player, (xp, coins, lessons) in expected.items():
        found = await game.players.get(player)
        balances = {b.currency: b.amount for b in (await game.wallets.get(player)).balances}
        assert found.experience.total_xp == xp
        assert found.stats.get("lessons", 0) == lessons
        assert balances.get("coins", 0) == coins
