"""Taking back an activity, by example: each line of the policy."""

from __future__ import annotations

import dataclasses
from typing import Any

import msgspec
import pytest

from renown_server.catalog.goods import ItemAmount, ItemOverflow
from renown_server.catalog.snapshot import CatalogSnapshot, CurrencyOverflow
from renown_server.engine.command import Recorded
from renown_server.engine.facts import (
    ActivityRevoked,
    CurrencyChanged,
    DebtChanged,
    ItemChanged,
    LootDrawn,
    MailReceived,
    MultiplierGranted,
    ScoreChanged,
    XpAdjusted,
    decode_facts,
)
from renown_server.errors import (
    ActivityNotFound,
    AlreadySpent,
    MailNotFound,
    NotRevocable,
    PlayerNotFound,
    RequestIdReused,
)
from renown_server.inventory.clawback import Policy
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity, create, credit, debit
from tests.kit.economy import ECONOMY, economy_game
from tests.kit.inventory import Player
from tests.kit.pure import World
from tests.kit.revocations import OPERATOR, revoke
from tests.kit.times import DAY, HOUR, MINUTE, NOON, SECOND

DEBT = Policy.DEBT
GAME = economy_game()


@pytest.fixture
def world() -> World:
    return World(GAME)


def record(world: World, kind: str = "lesson", name: str = "a", **fields: Any) -> Recorded:
    world.clock.value_us += SECOND
    return world.run(activity("p", kind, name, **fields))


def take(world: World, name: str = "a", policy: Policy = Policy.REFUSE) -> Recorded:
    world.clock.value_us += SECOND
    return world.run(revoke("p", name, policy))


def of(done: Recorded, kind: type[Any]) -> list[Any]:
    return [fact for fact in done.facts if type(fact) is kind]


def debts(world: World) -> dict[str, int]:
    return {key[1]: row[5] for key, row in world.tables["wallets"].items() if row[5]}


def owed(world: World) -> dict[str, int]:
    return {key[1]: row[7] for key, row in world.tables["items"].items() if row[7]}


def with_activity(kind: str, **fields: Any) -> CatalogSnapshot:
    """The game, in which one activity type gives something else."""
    types = dict(GAME.activity_types)
    types[kind] = dataclasses.replace(types[kind], **fields)
    return dataclasses.replace(GAME, activity_types=types)


def test_everything_an_activity_gave_is_gone(world: World) -> None:
    world.run(create("p"))
    before = world.player("p")
    record(world, "lesson")
    done = take(world)
    assert [type(fact).__name__ for fact in done.facts] == [
        "ActivityRevoked",
        "MetricMoved",
        "XpAdjusted",
        "CurrencyChanged",
        "ScoreChanged",
        "ScoreChanged",
        "ScoreChanged",
    ]
    after = world.player("p")
    assert (after.xp, after.lifetime_xp, after.level) == (0, 0, 1)
    assert after.metrics == before.metrics == {}
    assert world.balance("p") == 0
    assert world.scores("p") == {}
    assert {f.removed for f in of(done, ScoreChanged)} == {True}
    assert done.facts[0] == ActivityRevoked(rule="request:RevokeActivity", activity_id="a")
    (money,) = of(done, CurrencyChanged)
    assert money.counter_account == "clawback:a"
    assert money.rule == "revoke:activity_type:lesson"


def test_the_record_says_who_why_and_how_much(world: World) -> None:
    record(world, "hunt")
    done = take(world)
    (row,) = world.tables["audit"].values()
    actor, action, subject, reason, details = row[:5]
    assert (actor, action, subject, reason) == (OPERATOR, "activity.revoke", "player:p", "cheated")
    assert msgspec.json.decode(details) == {
        "activity_id": "a",
        "policy": "refuse",
        "xp": "-5",
        "item.shard": "-3",
    }
    (stored,) = world.tables["revocations"].values()
    assert stored[:3] == ("p", "a", world.clock.value_us)
    assert decode_facts(stored[3]) == done.facts


def test_revoking_again_changes_nothing(world: World) -> None:
    record(world)
    first = world.run(revoke("p", "a", request_id="v1"))
    state = world.state()
    again = world.run(revoke("p", "a", request_id="v1"))
    assert again.replayed
    assert (again.facts, again.recorded_at_us) == (first.facts, first.recorded_at_us)
    assert world.state() == state
    world.clock.value_us += DAY
    other = world.run(revoke("p", "a", request_id="v2"))
    assert other.result.already
    assert other.result.revoked_us == first.result.revoked_us
    assert not other.facts
    assert len(world.tables["audit"]) == len(world.tables["revocations"]) == 1
    with pytest.raises(RequestIdReused):
        world.run(revoke("p", "a", DEBT, request_id="v1"))


def test_twice_in_one_batch_with_the_activity_itself(world: World) -> None:
    outcomes = world.batch(activity("p", "lesson", "a"), revoke("p", "a"), revoke("p", "a"))
    assert [o.result and o.result.already for o in outcomes] == [None, False, True]  # type: ignore[union-attr]
    assert world.balance("p") == 0


@pytest.mark.parametrize("name", ["", "b"])
def test_what_is_not_there_cannot_be_revoked(world: World, name: str) -> None:
    with pytest.raises(PlayerNotFound):
        world.run(revoke("p", "a"))
    world.run(create("p"))
    with pytest.raises(ActivityNotFound):
        world.run(revoke("p", name or "a"))


def test_what_was_refused_or_is_kept_no_more_cannot_be_revoked(world: World) -> None:
    record(world, "quiz", "q1")
    (refused,) = world.batch(activity("p", "quiz", "q2"))
    assert isinstance(refused, Exception)
    with pytest.raises(NotRevocable):
        take(world, "q2")
    row = world.tables["activities"]["p", "q1"]
    world.tables["activities"]["p", "q1"] = (*row[:9], "[]", *row[10:])
    with pytest.raises(NotRevocable):
        take(world, "q1")


def test_spent_money_is_refused_or_owed(world: World) -> None:
    record(world)
    world.run(debit("p", coins=4))
    state = world.state()
    with pytest.raises(AlreadySpent) as refused:
        take(world)
    assert refused.value.refusal.metadata == {"currency": "coins", "needed": "10", "available": "6"}
    assert world.player("p").xp == 25
    assert {k: v for k, v in world.state().items() if k != "requests"} == {
        k: v for k, v in state.items() if k != "requests"
    }
    done = take(world, policy=DEBT)
    assert [f.amount for f in of(done, CurrencyChanged)] == [-6]
    assert of(done, DebtChanged) == [
        DebtChanged(rule="revoke:activity_type:lesson", amount=4, debt_after=4, currency="coins")
    ]
    assert (world.balance("p"), debts(world)) == (0, {"coins": 4})
    world.run(credit("p", coins=3))
    assert (world.balance("p"), debts(world)) == (0, {"coins": 1})
    world.run(credit("p", coins=3))
    assert (world.balance("p"), debts(world)) == (2, {})


def test_what_paid_a_debt_is_owed_again(world: World) -> None:
    record(world, name="a")
    world.run(debit("p", coins=10))
    take(world, "a", DEBT)
    record(world, name="b")
    assert (world.balance("p"), debts(world)) == (0, {})
    take(world, "b", DEBT)
    assert (world.balance("p"), debts(world)) == (0, {"coins": 10})


def test_levels_fall_and_their_rewards_go(world: World) -> None:
    done = record(world, "marathon")  # 450 XP: levels 2 to 5
    assert world.balance("p") == 40
    assert world.balance("p", "gems") == 1
    assert world.items("p") == {("potion", ""): 1}
    assert done.facts
    taken = take(world)
    assert (world.player("p").level, world.player("p").reward_level) == (1, 1)
    assert (world.balance("p"), world.balance("p", "gems"), world.items("p")) == (0, 0, {})
    assert of(taken, XpAdjusted) == [
        XpAdjusted(
            rule="revoke:activity_type:marathon",
            amount=-450,
            total=0,
            level_before=5,
            level=1,
            lifetime=0,
        )
    ]
    record(world, "marathon", "b")
    assert world.balance("p") == 40, "levels earned again pay again"


def test_a_level_that_is_still_held_keeps_its_reward(world: World) -> None:
    record(world, "marathon", "a")  # 450 XP: pays levels 2 to 5
    record(world, "marathon", "b")  # 900 XP: pays levels 6 to 10
    coins = world.balance("p")
    take(world, "a")  # 450 XP are left: levels 6 to 10 were paid by the other
    assert world.player("p").level == 5
    assert coins - world.balance("p") == 50
    assert world.items("p") == {("potion", ""): 1}, "the chest of level 6 is gone"
    assert world.balance("p", "dust") == 0
    take(world, "b")
    assert (world.balance("p"), world.balance("p", "gems"), world.items("p")) == (0, 0, {})


def test_lost_levels_are_taken_as_recorded_and_others_by_todays_catalog(world: World) -> None:
    record(world, "marathon", "a")
    record(world, "marathon", "b")
    world.snapshot = snapshot_of(
        ECONOMY.replace(
            "every_levels: 1, currencies: [{currency: coins, amount: 10}]",
            "every_levels: 1, currencies: [{currency: coins, amount: 7}]",
        )
    )
    assert world.balance("p") == 90
    take(world, "a")
    assert world.balance("p") == 90 - 5 * 7, "levels 6 to 10 were paid by something else"
    take(world, "b")
    assert world.balance("p") == 55 - 4 * 7, "levels 2 to 5 were paid by what is gone"


def test_a_level_of_an_easier_curve_is_not_lost_with_a_little_xp(world: World) -> None:
    record(world, "marathon", "a")
    record(world, "lesson", "b")
    world.snapshot = snapshot_of(ECONOMY.replace("linear: {base: 100}", "linear: {base: 200}"))
    take(world, "b")  # 450 of 475 XP: level 3 by the new curve, both times
    assert world.player("p").level == 5
    take(world, "a")
    assert world.player("p").level == 3


def test_stack_units_are_alike(world: World) -> None:
    record(world, "hunt", "a")
    record(world, "hunt", "b")
    done = take(world, "a")
    assert world.items("p") == {("shard", ""): 3}
    (item,) = of(done, ItemChanged)
    assert (item.amount, item.counter_account) == (-3, "clawback:a")
    bag = world.tables["bags"]["p"]
    assert bag[1] == 1


def test_the_very_instance_is_taken_and_unequipped() -> None:
    world = World(with_activity("hunt", items=(ItemAmount("sword", 1),)))
    record(world, "hunt", "a")
    record(world, "hunt", "b")
    (first,) = [fact.instance for fact in facts_of(world, "a") if isinstance(fact, ItemChanged)]
    world.run(Player(world.snapshot).equip("sword", first))
    done = take(world, "a")
    assert ("sword", first) not in world.items("p")
    assert len(world.items("p")) == 1
    assert world.tables["bags"]["p"][4] == "{}"
    assert [type(f).__name__ for f in done.facts if "Item" in type(f).__name__] == [
        "ItemEquipped",
        "ItemChanged",
    ]


def test_an_instance_that_is_gone_is_owed_whatever_else_is_there() -> None:
    world = World(with_activity("hunt", items=(ItemAmount("sword", 1),)))
    record(world, "hunt", "a")
    record(world, "hunt", "b")
    (first,) = [f.instance for f in facts_of(world, "a") if isinstance(f, ItemChanged)]
    del world.tables["items"]["p", "sword", first]
    with pytest.raises(AlreadySpent):
        take(world, "a")
    take(world, "a", DEBT)
    assert owed(world) == {"sword": 1}
    record(world, "hunt", "c")
    assert (len(world.items("p")), owed(world)) == (1, {})


def test_what_has_expired_is_not_asked_for() -> None:
    world = World(with_activity("hunt", items=(ItemAmount("ticket", 2),)))
    record(world, "hunt")
    world.clock.value_us += 2 * HOUR
    done = take(world)
    assert not of(done, DebtChanged)
    assert not of(done, ItemChanged)


def test_limited_items_can_be_given_out_again() -> None:
    world = World(with_activity("hunt", items=(ItemAmount("relic", 1),)))
    record(world, "hunt")
    assert world.tables["stock"]["item:relic"][2] == 1
    take(world)
    assert world.tables["stock"]["item:relic"][1:3] == (5, 0)


@pytest.mark.parametrize("waited_us", [SECOND, 2 * DAY])
def test_limited_items_that_were_never_claimed_can_be_given_out_again(waited_us: int) -> None:
    game = with_activity("hunt", items=(ItemAmount("relic", 2),))
    relic = dataclasses.replace(
        game.items["relic"], limit_per_player=0, max_stack=1, overflow=ItemOverflow.MAILBOX
    )
    world = World(dataclasses.replace(game, items={**game.items, "relic": relic}))
    world.run(create("p"))
    world.run(Player(GAME).grant(sword=9))
    record(world, "hunt")
    assert (len(world.items("p")), world.tables["stock"]["item:relic"][2]) == (10, 2)
    world.clock.value_us += waited_us
    take(world)
    assert (len(world.items("p")), world.tables["stock"]["item:relic"][2]) == (9, 0)


def facts_of(world: World, name: str) -> list[Any]:
    return list(decode_facts(world.tables["activities"]["p", name][9]))


def drawn(world: World, entry: str) -> str:
    """Digs until an entry was drawn; returns the activity's id."""
    for number in range(50):
        done = record(world, "dig", f"d{number}")
        if of(done, LootDrawn)[0].entry == entry:
            return f"d{number}"
    raise AssertionError("it was never drawn")


def test_draws_stay_and_what_they_gave_goes(world: World) -> None:
    name = drawn(world, "frame")
    assert world.items("p") == {("frame", ""): 1}
    pity = world.tables["bags"]["p"][3]
    take(world, name)
    assert world.items("p") == {}
    assert world.tables["bags"]["p"][3] == pity


def test_a_multiplier_ends_now(world: World) -> None:
    name = drawn(world, "xp")
    (grant,) = [f for f in facts_of(world, name) if isinstance(f, MultiplierGranted)]
    xp = sum(f.amount for f in facts_of(world, name) if type(f).__name__ == "XpGained")
    before = world.player("p").xp
    done = take(world, name)
    assert world.player("p").xp == before - xp
    (multiplier,) = world.player("p").multipliers
    assert multiplier.ends_us == world.clock.value_us < grant.ends_us
    (cut,) = of(done, MultiplierGranted)
    assert cut.ends_us == multiplier.ends_us
    assert cut.added_us == multiplier.ends_us - grant.ends_us


def test_a_multiplier_that_others_made_longer_keeps_what_they_added(world: World) -> None:
    first = drawn(world, "xp")
    for number in range(100):
        done = record(world, "dig", f"e{number}")
        if of(done, LootDrawn)[0].entry == "xp":
            break
    (whole,) = world.player("p").multipliers
    take(world, first)
    (left,) = world.player("p").multipliers
    assert whole.ends_us - left.ends_us == 5 * MINUTE
    assert left.starts_us == whole.starts_us


def test_a_multiplier_that_has_ended_stays_as_it_was(world: World) -> None:
    name = drawn(world, "xp")
    world.clock.value_us += HOUR
    assert not of(take(world, name), MultiplierGranted)


def tokens_game() -> CatalogSnapshot:
    return with_activity("gift", currencies=(("tokens", 70),))


def test_mail_that_waits_is_withdrawn() -> None:
    world = World(tokens_game())
    done = record(world, "gift")  # 50 fit, 20 go to the mailbox
    (mail,) = of(done, MailReceived)
    assert mail.currencies == (("tokens", 20),)
    take(world)
    assert world.balance("p", "tokens") == 0
    assert world.tables["mail"]["p", mail.mail_no][7] == -world.clock.value_us
    with pytest.raises(MailNotFound):
        world.run(Player(world.snapshot).claim(mail.mail_no))
    record(world, "gift", "b")
    assert world.tables["mail"]["p", mail.mail_no + 1][7] == 0


def test_mail_that_has_expired_is_left_alone() -> None:
    world = World(tokens_game())
    record(world, "gift")
    world.clock.value_us += 2 * DAY
    take(world)
    (row,) = world.tables["mail"].values()
    assert row[7] == 0


def test_what_was_claimed_from_a_mail_is_taken_back() -> None:
    world = World(tokens_game())
    record(world, "gift")
    world.run(debit("p", tokens=50))
    world.run(Player(world.snapshot).claim(1))
    with pytest.raises(AlreadySpent):
        take(world)
    take(world, policy=DEBT)
    assert (world.balance("p", "tokens"), debts(world)) == (0, {"tokens": 50})


@pytest.mark.parametrize("in_debt", [False, True])
def test_mail_that_was_taken_out_in_part(in_debt: bool) -> None:
    """What was taken is taken back, and the rest is withdrawn."""
    hunt = dataclasses.replace(GAME.activity_types["hunt"], items=(ItemAmount("relic", 4),))
    relic = dataclasses.replace(GAME.items["relic"], limit_per_player=3)
    world = World(
        dataclasses.replace(
            GAME,
            activity_types={**GAME.activity_types, "hunt": hunt},
            items={**GAME.items, "relic": relic},
        )
    )
    world.run(create("p"))
    p = Player(world.snapshot)
    world.run(p.grant(relic=1))
    record(world, "hunt", "a")  # two find room, two wait
    world.snapshot = dataclasses.replace(
        world.snapshot,
        items={**GAME.items, "relic": dataclasses.replace(relic, limit_per_player=4)},
    )
    world.run(p.claim(1))
    assert world.items("p") == {("relic", ""): 4}
    if in_debt:
        world.tables["items"]["p", "relic", ""] = (
            *world.tables["items"]["p", "relic", ""][:3],
            2,
            *world.tables["items"]["p", "relic", ""][4:],
        )
        with pytest.raises(AlreadySpent):
            take(world)
    take(world, policy=DEBT)
    assert sum(world.items("p").values()) == (0 if in_debt else 1)
    assert world.tables["mail"]["p", 1][7] < 0
    assert world.tables["stock"]["item:relic"][2] == (2 if in_debt else 1)
    with pytest.raises(MailNotFound):
        world.run(p.claim(1))


def test_mail_of_a_level_that_is_held_stays() -> None:
    """What a level paid by mail follows the level, not the activity."""
    world = World(GAME)
    currencies = dict(GAME.currencies)
    currencies["dust"] = dataclasses.replace(
        currencies["dust"], cap=0, overflow=CurrencyOverflow.MAILBOX
    )
    world.snapshot = dataclasses.replace(GAME, currencies=currencies)
    record(world, "marathon", "a")
    record(world, "marathon", "b")  # level 6 pays dust: by mail
    (row,) = world.tables["mail"].values()
    assert row[3] == "overflow:level:6"
    record(world, "marathon", "c")
    take(world, "b")  # 450 + half of 450 beyond the soft cap: level 6 is still held
    assert world.player("p").level >= 6
    (row,) = world.tables["mail"].values()
    assert row[7] == 0


def test_discarded_and_converted_rewards(world: World) -> None:
    world.snapshot = with_activity(
        "hunt", items=(ItemAmount("ore", 120),), currencies=(("dust", 15),)
    )
    record(world, "hunt")  # 100 ores fit, 20 become 40 coins; 10 dust fit, 5 are lost
    assert (world.balance("p"), world.balance("p", "dust")) == (40, 10)
    take(world)
    assert (world.balance("p"), world.balance("p", "dust"), world.items("p")) == (0, 0, {})
    assert debts(world) == {}


def test_usage_stays_used(world: World) -> None:
    record(world, "daily", "a")
    record(world, "daily", "b")
    take(world, "a")
    (refused,) = world.batch(activity("p", "daily", "c"))
    assert type(refused).__name__ == "DailyCap"


def test_sums_lose_exactly_what_was_added(world: World) -> None:
    record(world, "lesson", "a")
    ties = world.tables["scores"]["p"][4]
    record(world, "marathon", "b")
    take(world, "b")
    assert world.scores("p") == {
        "xp_all||": 25,
        "xp_week||2026-11-16": 25,
        "lessons_tokyo||2026-11-16": 1,
    }
    assert ties != "{}"


def test_a_week_that_is_over_is_corrected_in_its_own_period(world: World) -> None:
    record(world, "lesson", "a")
    world.clock.value_us += 8 * DAY
    record(world, "lesson", "b")
    take(world, "a")
    assert world.scores("p") == {
        "xp_all||": 25,
        "xp_week||2026-11-23": 25,
        "lessons_tokyo||2026-11-23": 1,
    }


def hours(world: World, name: str, amount: int) -> Recorded:
    return record(world, "reading", name, metrics={"hours": amount})


def best(world: World) -> int | None:
    return world.scores("p").get("hours_best||")


def test_the_best_is_worked_out_again(world: World) -> None:
    for name, amount in (("a", 10), ("b", 30), ("c", 20), ("d", 20)):
        hours(world, name, amount)
    done = take(world, "b")
    assert best(world) == 20
    (change,) = [f for f in of(done, ScoreChanged) if f.board == "hours_best"]
    assert (change.score_before, change.score, change.removed) == (30, 20, False)
    place = world.tables["scores"]["p"][2].strip("{}").split(",").index("hours_best||")
    tie = int(world.tables["scores"]["p"][4].strip("{}").split(",")[place])
    assert tie == NOON + 3 * SECOND, "who was there first stays first"
    assert not [f for f in of(take(world, "a"), ScoreChanged) if f.board == "hours_best"]
    take(world, "c")
    assert best(world) == 20
    done = take(world, "d")
    assert best(world) is None
    assert [f.removed for f in of(done, ScoreChanged) if f.board == "hours_best"] == [True]


def test_an_entry_comes_back_after_it_was_removed(world: World) -> None:
    hours(world, "a", 10)
    take(world, "a")
    assert "hours_best||" in world.tables["scores"]["p"][2], "the row remembers what is gone"
    done = hours(world, "b", 5)
    (change,) = [f for f in of(done, ScoreChanged) if f.board == "hours_best"]
    assert (change.new_entry, best(world)) == (True, 5)


def test_what_the_batch_itself_has_done_counts(world: World) -> None:
    hours(world, "a", 10)
    hours(world, "b", 30)
    world.batch(
        activity("p", "reading", "c", metrics={"hours": 20}),
        revoke("p", "a"),
        revoke("p", "b"),
    )
    assert best(world) == 20


def test_too_long_a_past_goes_back_to_what_was_replaced(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours(world, "a", 10)
    hours(world, "b", 30)
    hours(world, "c", 5)
    monkeypatch.setattr("renown_server.leaderboards.history_store.RECORDS_MAX", 3)
    take(world, "b")
    assert best(world) == 10


@pytest.mark.parametrize(
    ("aggregation", "order", "after_c", "after_a"),
    [("min", "ascending", 20, 20), ("latest", "descending", 20, 20)],
)
def test_other_boards_are_worked_out_again(
    aggregation: str, order: str, after_c: int, after_a: int
) -> None:
    world = World(
        snapshot_of(
            ECONOMY.replace(
                "metric: hours, period: all_time, aggregation: max",
                f"metric: hours, period: all_time, aggregation: {aggregation}, order: {order}",
            )
        )
    )
    for name, amount in (("a", 30), ("b", 20), ("c", 10)):
        hours(world, name, amount)
    assert best(world) == 10
    take(world, "c")
    assert best(world) == after_c
    take(world, "a")
    assert best(world) == after_a
    take(world, "b")
    assert best(world) is None


def test_xp_boards_count_other_commands_as_well(world: World) -> None:
    """A purchase's XP stays, whatever activity is revoked."""
    world.snapshot = snapshot_of(
        ECONOMY.replace(
            "id: xp_all, source: xp, period: all_time",
            "id: xp_all, source: xp, period: all_time, aggregation: max",
        )
    )
    record(world, "lesson", "a")
    record(world, "hunt", "b")
    assert world.scores("p")["xp_all||"] == 25
    take(world, "a")
    assert world.scores("p")["xp_all||"] == 5
