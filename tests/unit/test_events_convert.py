from __future__ import annotations

from typing import get_args

import pytest

from renown_server.engine import facts
from renown_server.events.convert import PAYLOADS, event_of, events_of
from renown_server.events.filters import TypeFilter
from renown_server.events.state import Entry, UnknownFact, read_facts, type_of

AT_US = 1_700_000_000_123_456

FACTS: list[tuple[facts.Fact, str, str, dict[str, object]]] = [
    (
        facts.PlayerCreated("request:CreatePlayer", "Al"),
        "player.created",
        "player_created",
        {"username": "Al"},
    ),
    (
        facts.ActivityRecorded("activity_type:lesson", "act-1", "lesson", AT_US),
        "activity.recorded",
        "activity_recorded",
        {"activity_id": "act-1", "type": "lesson"},
    ),
    (
        facts.MetricMoved("activity_type:lesson", "hours", 15, 765),
        "metric.moved",
        "metric_moved",
        {"metric": "hours", "amount": 15, "total": 765},
    ),
    (
        facts.XpGained("activity_type:lesson", 150, 100, 2**53 - 1, 3, 4),
        "xp.gained",
        "xp_gained",
        {
            "amount": 150,
            "base": 100,
            "total": 2**53 - 1,
            "level_before": 3,
            "level": 4,
            "source": "activity_type:lesson",
        },
    ),
    (facts.LevelUp("level_curve", 4, 1), "level.up", "level_up", {"level": 4, "prestige": 1}),
    (
        facts.CurrencyChanged("request:Debit", "coins", -5, 95, "sink:debit"),
        "currency.changed",
        "currency_changed",
        {
            "currency": "coins",
            "amount": -5,
            "balance_after": 95,
            "counter_account": "sink:debit",
            "reason": "request:Debit",
        },
    ),
    (
        facts.ScoreChanged("board:xp", "xp", 0, 150, 0, True),
        "score.changed",
        "score_changed",
        {"leaderboard_id": "xp", "score_before": 0, "score": 150, "new_entry": True},
    ),
    (
        facts.ItemChanged("offer:pack", "sword", -1, 0, "player:bob", "a1b2", AT_US),
        "item.changed",
        "item_changed",
        {
            "item_id": "sword",
            "instance_id": "a1b2",
            "quantity": -1,
            "quantity_after": 0,
            "counter_account": "player:bob",
            "reason": "offer:pack",
        },
    ),
    (
        facts.ItemUsed("item:wand", "wand", "a1", 2, 1),
        "item.used",
        "item_used",
        {"item_id": "wand", "instance_id": "a1", "uses": 2, "uses_remaining": 1},
    ),
    (
        facts.ItemEquipped("item:sword", "weapon", "sword", "a1"),
        "item.equipped",
        "item_equipped",
        {"slot": "weapon", "item_id": "sword", "instance_id": "a1"},
    ),
    (
        facts.LootDrawn("item:chest", "chest", 41, 100, "sword", 7, True, True, ("frame",)),
        "loot.drawn",
        "loot_drawn",
        {
            "table_id": "chest",
            "roll": 41,
            "total_weight": 100,
            "entry_id": "sword",
            "pity_before": 7,
            "guaranteed": True,
            "duplicate": True,
            "excluded": ["frame"],
        },
    ),
    (
        facts.MultiplierGranted("item:boost", "item:boost", 20000, AT_US, AT_US + 60),
        "multiplier.granted",
        "multiplier_granted",
        {"source": "item:boost", "basis_points": 20000},
    ),
    (
        facts.MailReceived("overflow:ore", 3, AT_US, (("coins", 5),), (("ore", 2),), "Hi"),
        "mail.received",
        "mail_received",
        {"mail_id": "3", "reason": "overflow:ore", "message": "Hi"},
    ),
    (facts.MailClaimed("mail:3", 3), "mail.claimed", "mail_claimed", {"mail_id": "3"}),
    (
        facts.RewardOverflowed("item:chest", 2, "convert", item="ore"),
        "reward.overflowed",
        "reward_overflowed",
        {"item_id": "ore", "currency": "", "amount": 2, "policy": "convert"},
    ),
    (
        facts.OfferPurchased("offer:pack", "p1", "pack", 2, (("coins", 80),)),
        "offer.purchased",
        "offer_purchased",
        {"purchase_id": "p1", "offer_id": "pack", "quantity": 2},
    ),
    (
        facts.PurchaseRevoked("request:RevokePurchase", "p1", "pack"),
        "purchase.revoked",
        "purchase_revoked",
        {"purchase_id": "p1", "offer_id": "pack"},
    ),
    (
        facts.TradeChanged("request:AcceptTrade", "t1", 2, "bob"),
        "trade.changed",
        "trade_changed",
        {"trade_id": "t1", "state": 2, "counterpart_id": "bob"},
    ),
    (
        facts.GiftSent("request:GiftItem", "bob", "Hi", item="potion", quantity=2),
        "gift.sent",
        "gift_sent",
        {"counterpart_id": "bob", "message": "Hi", "item_id": "potion", "quantity": 2},
    ),
    (
        facts.GiftReceived("request:Transfer", "al", "Hi", (("coins", 5),)),
        "gift.received",
        "gift_received",
        {"counterpart_id": "al", "message": "Hi", "item_id": "", "quantity": 0},
    ),
    (
        facts.DebtChanged("clawback:a", 5, 9, currency="coins"),
        "debt.changed",
        "debt_changed",
        {"currency": "coins", "item_id": "", "amount": 5, "debt_after": 9},
    ),
    (
        facts.ActivityRevoked("request:RevokeActivity", "act-1"),
        "activity.revoked",
        "activity_revoked",
        {"activity_id": "act-1"},
    ),
    (
        facts.XpAdjusted("clawback:act-1", -10, 90, 2, 1, 90),
        "xp.adjusted",
        "xp_adjusted",
        {"amount": -10, "total": 90, "level_before": 2, "level": 1},
    ),
]

ACHIEVED: list[tuple[facts.Fact, str, str, dict[str, object]]] = [
    (
        facts.AchievementProgressed("achievement:a", "a", 3, 9),
        "achievement.progressed",
        "achievement_progressed",
        {"achievement_id": "a", "current": 3, "target": 9},
    ),
    (
        facts.AchievementMilestoneReached("achievement:a", "a", 50, "Half way"),
        "achievement.milestone",
        "achievement_milestone",
        {"achievement_id": "a", "percentage": 50, "message": "Half way"},
    ),
    (
        facts.AchievementUnlocked("achievement:a", "a", 2, 1, 10, AT_US, "key:op"),
        "achievement.unlocked",
        "achievement_unlocked",
        {"achievement_id": "a", "times_completed": 2, "tier": 1, "points": 10},
    ),
    (
        facts.AchievementRevoked("admin", "a", 1, 2),
        "achievement.revoked",
        "achievement_revoked",
        {"achievement_id": "a", "times_completed": 1, "tier": 2},
    ),
    (
        facts.BadgeChanged("badge:b", "b", 2, 5, "issuance:badge", "why", "key:op"),
        "badge.changed",
        "badge_changed",
        {
            "badge_id": "b",
            "quantity": 2,
            "quantity_after": 5,
            "counter_account": "issuance:badge",
            "reason": "why",
            "awarded_by": "key:op",
        },
    ),
    (
        facts.BadgeEquipped("request:EquipBadge", "b", True),
        "badge.equipped",
        "badge_equipped",
        {"badge_id": "b", "equipped": True},
    ),
    (
        facts.BadgeCollectionCompleted("badge:b", "metals"),
        "badge_collection.completed",
        "badge_collection_completed",
        {"collection_id": "metals"},
    ),
    (
        facts.StreakAdvanced("streak:s", "s", 3, 7, 20_777),
        "streak.advanced",
        "streak_advanced",
        {"streak_id": "s", "current": 3, "longest": 7, "date": "2026-11-20"},
    ),
    (
        facts.StreakBroken("streak:s", "s", 3, 20_775, 20_777),
        "streak.broken",
        "streak_broken",
        {"streak_id": "s", "length": 3, "start_date": "2026-11-18", "end_date": "2026-11-20"},
    ),
    (
        facts.StreakMilestoneReached("streak:s", "s", 7, 20_771),
        "streak.milestone",
        "streak_milestone",
        {"streak_id": "s", "days": 7},
    ),
    (
        facts.StreakAtRisk("streak:s", "s", 3, AT_US),
        "streak.at_risk",
        "streak_at_risk",
        {"streak_id": "s", "current": 3},
    ),
    (
        facts.StreakFrozen("streak:s", "s", 20_778, 20_779),
        "streak.frozen",
        "streak_frozen",
        {"streak_id": "s", "from_date": "2026-11-21", "to_date": "2026-11-22"},
    ),
    (
        facts.StreakRepaired("streak:s", "s", 4, (20_775, 20_777)),
        "streak.repaired",
        "streak_repaired",
        {"streak_id": "s", "current": 4, "dates": ["2026-11-18", "2026-11-20"]},
    ),
    (
        facts.StreakDayRemoved("clawback:act-1", "s", 20_777, 2),
        "streak.day_removed",
        "streak_day_removed",
        {"streak_id": "s", "date": "2026-11-20", "current": 2},
    ),
    (
        facts.QuestStarted("quest:q", "q", 2, AT_US),
        "quest.started",
        "quest_started",
        {"quest_id": "q", "attempt": 2},
    ),
    (
        facts.QuestUnlocked("quest:q", "r"),
        "quest.unlocked",
        "quest_unlocked",
        {"quest_id": "r"},
    ),
    (
        facts.ObjectiveProgressed("quest:q", "q", "o", 5, 9, False, 5),
        "quest.objective",
        "quest_objective",
        {
            "quest_id": "q",
            "objective_id": "o",
            "current": 5,
            "required": 9,
            "completed": False,
            "checkpoint": 5,
        },
    ),
    (
        facts.QuestCompleted("quest:q", "q", 2, 1, True),
        "quest.completed",
        "quest_completed",
        {"quest_id": "q", "attempt": 2, "times_completed": 1, "claimable": True},
    ),
    (
        facts.QuestClaimed("quest:q", "q", 2),
        "quest.claimed",
        "quest_claimed",
        {"quest_id": "q", "attempt": 2},
    ),
    (
        facts.QuestAbandoned("quest:q", "q", 2),
        "quest.abandoned",
        "quest_abandoned",
        {"quest_id": "q", "attempt": 2},
    ),
    (
        facts.QuestExpired("quest:q", "q", 2, AT_US),
        "quest.expired",
        "quest_expired",
        {"quest_id": "q", "attempt": 2},
    ),
    (
        facts.QuestRevoked("clawback:act-1", "q", 2, "o", 4, True),
        "quest.revoked",
        "quest_revoked",
        {"quest_id": "q", "attempt": 2, "objective_id": "o", "current": 4, "completed": True},
    ),
    (
        facts.Prestiged("prestige:1", 1, 50, 9_000),
        "prestige.gained",
        "prestige_gained",
        {"prestige": 1, "level_before": 50, "xp_before": 9_000},
    ),
    (
        facts.MetricReset("prestige:1", "lessons", -12),
        "metric.reset",
        "metric_reset",
        {"metric": "lessons", "amount": -12},
    ),
    (
        facts.TitleEarned("achievement:a", "sage"),
        "title.earned",
        "title_earned",
        {"title_id": "sage"},
    ),
    (
        facts.TitleRevoked("admin", "sage"),
        "title.revoked",
        "title_revoked",
        {"title_id": "sage"},
    ),
    (
        facts.TitleEquipped("request:EquipTitle", ""),
        "title.equipped",
        "title_equipped",
        {"title_id": ""},
    ),
    (
        facts.ContentUnlocked("quest:q", "library"),
        "content.unlocked",
        "content_unlocked",
        {"content_id": "library"},
    ),
    (
        facts.ContentLocked("clawback:act-1", "library"),
        "content.locked",
        "content_locked",
        {"content_id": "library"},
    ),
    (
        facts.TimeZoneChanged("request:UpdatePlayer", "UTC", "Europe/Prague"),
        "player.time_zone",
        "time_zone_changed",
        {"from_zone": "UTC", "to_zone": "Europe/Prague"},
    ),
]
FACTS += ACHIEVED


def test_every_fact_has_an_event() -> None:
    assert set(PAYLOADS) == set(get_args(facts.AnyFact)) == {type(row[0]) for row in FACTS}


@pytest.mark.parametrize(("fact", "name", "field", "values"), FACTS, ids=[row[1] for row in FACTS])
def test_a_fact_becomes_an_event(
    fact: facts.Fact, name: str, field: str, values: dict[str, object]
) -> None:
    event = event_of("alice", 7, AT_US, 3, "cmd", fact)
    assert (event.player_id, event.sequence, event.catalog_version) == ("alice", 7, 3)
    assert (event.command_id, event.type) == ("cmd", name)
    assert event.recorded_at.ToMicroseconds() == AT_US
    assert event.WhichOneof("payload") == field
    payload = getattr(event, field)
    assert {key: getattr(payload, key) for key in values} == values


def test_when_an_activity_happened() -> None:
    event = event_of("alice", 1, 0, 1, "a", FACTS[1][0])
    assert event.activity_recorded.occurred_at.ToMicroseconds() == AT_US


def test_moments_of_progress() -> None:
    """When something began, breaks or expires; none where there is none."""
    events = {row[1]: event_of("alice", 1, 0, 1, "a", row[0]) for row in ACHIEVED}
    moments = [
        events["achievement.unlocked"].achievement_unlocked.started_at,
        events["streak.at_risk"].streak_at_risk.breaks_at,
        events["quest.started"].quest_started.expires_at,
        events["quest.expired"].quest_expired.expires_at,
    ]
    assert [moment.ToMicroseconds() for moment in moments] == [AT_US] * 4
    assert not events["quest.claimed"].quest_claimed.HasField("expires_at")


def test_stored_facts_come_back() -> None:
    stored = [row[0] for row in FACTS]
    assert read_facts(facts.encode_facts(stored)) == stored


def test_a_fact_of_a_newer_release_keeps_its_place_and_type() -> None:
    text = (
        '[{"type":"level.up","rule":"curve","level":2},'
        '{"type":"badge.earned","rule":"r","badge":{"id":"b"}},'
        '{"type":"level.up","rule":"curve","level":3}]'
    )
    read = read_facts(text)
    assert read == [
        facts.LevelUp("curve", 2),
        UnknownFact("badge.earned"),
        facts.LevelUp("curve", 3),
    ]
    assert type_of(read[1]) == "badge.earned"
    event = event_of("alice", 2, 0, 1, "a", read[1])
    assert event.type == "badge.earned"
    assert event.WhichOneof("payload") is None


def entry(first: int = 5) -> Entry:
    return Entry("alice", first, AT_US, 3, "act", [row[0] for row in FACTS[:4]])


def test_an_entry_gives_its_events_in_order_and_filtered() -> None:
    everything = events_of(entry(), TypeFilter().accepts)
    assert [event.sequence for event in everything] == [5, 6, 7, 8]
    some = events_of(entry(), TypeFilter(["xp.*", "player.created"]).accepts)
    assert [(event.sequence, event.type) for event in some] == [
        (5, "player.created"),
        (8, "xp.gained"),
    ]


@pytest.mark.parametrize(
    ("sequence", "left"), [(0, [5, 6, 7, 8]), (4, [5, 6, 7, 8]), (5, [6, 7, 8]), (7, [8])]
)
def test_an_entry_is_cut_at_a_cursor(sequence: int, left: list[int]) -> None:
    cut = entry().after(sequence)
    assert [event.sequence for event in events_of(cut, TypeFilter().accepts)] == left
    assert cut.last_sequence == 8
