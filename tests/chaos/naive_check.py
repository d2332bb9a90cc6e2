"""Whether the worlds hold what the naive model says."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from renown.v1 import activity_service_pb2 as activity_pb
from renown_server.engine.clock import from_us
from tests.chaos import naive
from tests.chaos.deeds import Class
from tests.chaos.naive import Act
from tests.chaos.replay import Replay, Trace
from tests.chaos.school import Told

_MOVED = ("player.time_zone", "streak.frozen", "streak.repaired")
"""Facts after which a player's days are more than dates in a row."""


def compare_naively(
    class_: Class, told: Told, traces: dict[str, list[Trace]], found: Replay
) -> list[str]:
    """Where the naive model says something else than the worlds, which are what Postgres holds."""
    wrong: list[str] = []
    for player, mine in traces.items():
        facts = {
            (trace.method, trace.id): msgspec.json.decode(trace.facts)
            for trace in mine
            if not trace.refused
        }
        acts = [_act(told, trace) for trace in mine if _is_done(trace)]
        pairs = [
            *_totals(player, acts, facts, found),
            *_progress(player, mine, acts, facts, found, told),
            *_days(player, class_.players[player], mine, acts, facts, found, told),
        ]
        wrong += [f"{what}: {is_}, not {should}" for what, is_, should in pairs if is_ != should]
    return wrong


_Pairs = list[tuple[str, Any, Any]]
_Facts = dict[tuple[str, str], list[dict[str, Any]]]


def _totals(player: str, acts: Sequence[Act], facts: _Facts, found: Replay) -> _Pairs:
    world = found.worlds[player]
    money = xp = 0
    for each in facts.values():
        for fact in each:
            by_type = fact["rule"].startswith("activity_type:")
            if fact["type"] == "currency.changed" and by_type and fact["currency"] == "coins":
                money += fact["amount"]
            if fact["type"] == "xp.gained" and by_type:
                xp += fact["base"]
    return [
        (f"metrics of {player}", world.player(player).metrics, naive.metrics_of(acts)),
        (f"wages of {player}", money, naive.wages_of(acts)),
        (f"base XP of {player}", xp, naive.base_xp_of(acts)),
    ]


def _progress(
    player: str,
    mine: Sequence[Trace],
    acts: Sequence[Act],
    facts: _Facts,
    found: Replay,
    told: Told,
) -> _Pairs:
    unlocked = {
        (fact["achievement"], fact.get("tier", 0)): name
        for (_, name), each in facts.items()
        for fact in each
        if fact["type"] == "achievement.unlocked" and fact["achievement"] in naive.PLAIN
    }
    earned = found.worlds[player].earned(player)
    times = {name: state.times for name, state in earned.achievements.items() if state.times}
    should = naive.unlocks_of(acts)
    quests = naive.quests_of(_steps(mine, facts, told))
    records = {
        name: (earned.quests[name].attempts, earned.quests[name].times)
        for name in (*naive.PLAIN_QUESTS, "first_steps")
        if name in earned.quests and earned.quests[name].attempts
    }
    return [
        (f"unlocks of {player}", unlocked, should),
        (
            f"times of {player}",
            {name: count for name, count in times.items() if name in naive.PLAIN},
            dict.fromkeys((name for name, _ in should), 1),
        ),
        (f"quests of {player}", records, quests),
    ]


def _steps(mine: Sequence[Trace], facts: _Facts, told: Told) -> list[tuple[str, str, Any]]:
    steps: list[tuple[str, str, Any]] = []
    for trace in mine:
        if trace.refused:
            continue
        steps += [
            ("drop", fact["quest"], None)
            for fact in facts[trace.method, trace.id]
            if fact["type"] == "quest.expired"
        ]
        at = from_us(trace.recorded_us)
        if trace.method == "RecordActivity":
            steps.append(("act", "", _act(told, trace)))
        elif trace.method in ("StartQuest", "AbandonQuest"):
            quest = told.deeds[trace.player, trace.id].request.quest_id
            steps.append(("start" if trace.method == "StartQuest" else "drop", quest, at))
    return steps


def _days(
    player: str,
    zone: str,
    mine: Sequence[Trace],
    acts: Sequence[Act],
    facts: _Facts,
    found: Replay,
    told: Told,
) -> _Pairs:
    """Streaks, and logins by day, of those who neither moved nor paid for their days."""
    if any(fact["type"] in _MOVED for each in facts.values() for fact in each):
        return []
    state = found.worlds[player].progress(player).streaks.get("study")
    runs = naive.runs_of(acts, zone)
    lengths = [last - first + 1 for first, last in runs]
    logins = naive.logins_of(acts, zone)
    refused = naive.logins_of(
        [_act(told, trace) for trace in mine if trace.refused and trace.method == "RecordActivity"],
        zone,
    )
    full = {day for day, count in logins.items() if count == naive.LOGINS_A_DAY}
    return [
        (f"days of {player}", list(state.runs) if state else [], runs),
        (f"longest streak of {player}", state.longest if state else 0, max(lengths, default=0)),
        (f"days with too many logins of {player}", max(logins.values(), default=0) > 20, False),
        (f"days on which logins were refused to {player}", set(refused) - full, set()),
    ]


def _is_done(trace: Trace) -> bool:
    return trace.method == "RecordActivity" and not trace.refused


def _act(told: Told, trace: Trace) -> Act:
    request: activity_pb.Activity = told.deeds[trace.player, trace.id].request
    recorded = from_us(trace.recorded_us)
    occurred: datetime = recorded
    if request.HasField("occurred_at"):
        occurred = from_us(request.occurred_at.ToMicroseconds())
    how = request.performance
    return Act(
        id=trace.id,
        kind=request.type,
        metrics=dict(request.metrics),
        context=dict(request.context),
        perfect=how.perfect,
        fast=how.HasField("time") and 2 * how.time.seconds <= how.expected_time.seconds,
        occurred=occurred,
        recorded=recorded,
    )


def counted(found: Replay) -> Counter[str]:
    """How often each achievement was earned and each quest completed, for who reads the output."""
    counts: Counter[str] = Counter()
    for player, world in found.worlds.items():
        earned = world.earned(player)
        for name, state in earned.achievements.items():
            counts[f"achievement:{name}"] += max(state.times, state.tier)
        for name, record in earned.quests.items():
            counts[f"quest:{name}"] += record.times
        for name, badge in earned.badges.items():
            counts[f"badge:{name}"] += badge.count
    return counts
