"""Whatever happens to quests, counts agree with runs, and the same happens again the same way."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server.errors import RenownError
from renown_server.quests.tables import QuestOutcome
from tests.kit.quests import Site
from tests.kit.times import HOUR, NOON

QUESTS = """
  - id: first
    repeatable: true
    time_limit: 3h
    objectives:
      - {id: a, targets: [{metric: lessons, value: 2}],
         checkpoints: [{value: 1, reward: {currencies: [{currency: coins, amount: 1}]}}]}
      - {id: b, order: 1, targets: [{activity_type: visit}]}
    rewards:
      guaranteed: {currencies: [{currency: coins, amount: 10}]}
      random: [{probability_ppm: 500000, reward: {currencies: [{currency: gems, amount: 1}]}}]
    chain: {chain_id: c, next_quest: second}
  - id: second
    repeatable: true
    auto_claim: true
    objectives: [{id: a, targets: [{metric: lessons}]}]
    rewards: {guaranteed: {currencies: [{currency: coins, amount: 100}]}}
  - id: day
    type: daily
    auto_start: true
    objectives: [{id: a, targets: [{any_activity: true, value: 2}]}]
    rewards: {guaranteed: {xp: 1}}
"""

QUEST_IDS = ("first", "second", "day")

deeds = st.one_of(
    st.tuples(st.just("do"), st.sampled_from(["lesson", "visit"]), st.integers(0, 4)),
    st.tuples(st.sampled_from(["start", "claim", "abandon"]), st.sampled_from(QUEST_IDS)),
    st.tuples(st.just("wait"), st.integers(1, 30)),
    st.tuples(st.just("revoke"), st.integers(0, 20)),
    st.tuples(st.sampled_from(["pass_time", "reset"])),
)


def play(script: list[Any], times: int = 1) -> Site:
    """A site after all of it, asked for so many times; what is refused changes nothing."""
    site = Site(QUESTS)
    site.at(NOON)
    recorded: list[str] = []
    now_us = NOON
    for number, (verb, *rest) in enumerate(script):
        before = site.world.state()
        try:
            match verb:
                case "do":
                    name = f"a{number}"
                    for _ in range(times):
                        site.do(rest[0], name, occurred_at_us=now_us - rest[1] * HOUR)
                    recorded.append(name)
                case "start" | "claim":
                    for _ in range(times):
                        getattr(site, verb)(rest[0], f"r{number}")
                case "abandon":
                    site.abandon(rest[0])
                case "wait":
                    now_us += rest[0] * HOUR
                    site.at(now_us)
                case "revoke":
                    if rest[0] < len(recorded):
                        site.revoke(recorded.pop(rest[0]))
                case "pass_time":
                    site.pass_time()
                case "reset":
                    site.reset()
        except RenownError:
            after = site.world.state()
            for table in ("progress", "earned", "quest_runs", "wallets", "progress_statistics"):
                assert after[table] == before[table]
    return site


def ended(site: Site, quest: str) -> dict[QuestOutcome, set[int]]:
    """Numbers of the attempts that ended so."""
    found: dict[QuestOutcome, set[int]] = {outcome: set() for outcome in QuestOutcome}
    for _, name, attempt, outcome in site.world.tables["quest_runs"]:
        if name == quest:
            found[QuestOutcome(outcome)].add(attempt)
    return found


@given(st.lists(deeds, max_size=40))
@settings(max_examples=120, deadline=None)
def test_counts_agree_with_runs(script: list[Any]) -> None:
    site = play(script)
    for quest in QUEST_IDS:
        record, run, by = site.record(quest), site.runs.get(quest), ended(site, quest)
        claimed = by[QuestOutcome.COMPLETED] - by[QuestOutcome.REVOKED]
        waiting = 1 if run is not None and run.completed_us else 0
        sums = site.statistics(quest)
        assert sums.get("started", 0) == record.attempts
        assert sums.get("earned", 0) == sums.get("timed", 0) == len(claimed) + waiting
        assert sums.get("abandoned", 0) == len(by[QuestOutcome.ABANDONED])
        assert sums.get("expired", 0) == len(by[QuestOutcome.EXPIRED])
        # Each attempt is somewhere once.
        numbers = [each for outcome, each in by.items() if outcome is not QuestOutcome.REVOKED]
        told = sorted(attempt for each in numbers for attempt in each)
        told += [run.attempt] if run is not None else []
        assert told == list(range(1, record.attempts + 1))
        assert by[QuestOutcome.REVOKED] <= by[QuestOutcome.COMPLETED]
        if not any(verb == "reset" for verb, *_ in script):
            assert record.times == len(claimed) + waiting
            assert sums.get("owners", 0) == (1 if record.times else 0)
        assert bool(record.times) == bool(record.last_us) == bool(record.best_us)
        due = site.world.progress("p").dues.get(f"quest:{quest}", 0)
        assert due == (run.expires_us if run is not None and not waiting else 0)


@given(st.lists(deeds, max_size=25))
@settings(max_examples=40, deadline=None)
def test_retries_change_nothing_and_chance_is_kept(script: list[Any]) -> None:
    first, second = play(script), play(script, times=2)
    for table in ("progress", "earned", "quest_runs", "wallets", "progress_statistics", "players"):
        assert first.world.tables[table] == second.world.tables[table]


@given(st.lists(st.sampled_from(["lesson", "visit"]), max_size=12), st.data())
@settings(max_examples=40, deadline=None)
def test_what_is_revoked_counts_as_if_it_had_not_been(kinds: list[str], data: Any) -> None:
    long = "  - {id: q, objectives: [{id: a, targets: [{metric: lessons, value: 50}]}]}"
    gone = data.draw(st.sets(st.integers(0, max(0, len(kinds) - 1))))
    played, spared = Site(long), Site(long)
    for site in (played, spared):
        site.start("q")
    for number, kind in enumerate(kinds):
        played.do(kind, f"a{number}")
        if number not in gone:
            spared.do(kind)
    for number in sorted(gone.intersection(range(len(kinds))), reverse=True):
        played.revoke(f"a{number}")
    counts = [
        site.runs["q"].tallies["a"].counts if "a" in site.runs["q"].tallies else ()
        for site in (played, spared)
    ]
    assert sum(counts[0]) == sum(counts[1])
