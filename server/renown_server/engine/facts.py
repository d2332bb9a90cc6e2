"""What happened, as values. Every change to a player is a list of facts.

Facts are stored with the command that caused them, carried by events, and
rendered into answers. Fields are only ever added, with defaults.
"""

from __future__ import annotations

from typing import Any

import msgspec


class Fact(msgspec.Struct, frozen=True, omit_defaults=True, tag_field="type"):
    """One fact about one player.

    Every fact has a `rule`: the definition that caused it, such as
    `activity_type:lesson_completed` or `request:Credit`.
    """


class PlayerCreated(Fact, frozen=True, tag="player.created"):
    """The player came to be; always the first fact."""

    rule: str
    username: str = ""


class ActivityRecorded(Fact, frozen=True, tag="activity.recorded"):
    """An activity was recorded. Times are microseconds since 1970, UTC."""

    rule: str
    activity_id: str
    activity_type: str
    occurred_at_us: int


class MetricMoved(Fact, frozen=True, tag="metric.moved"):
    """A metric's total changed. Amounts are scaled by the metric's decimals."""

    rule: str
    metric: str
    amount: int
    total: int


class XpGained(Fact, frozen=True, tag="xp.gained"):
    """XP changed.

    Attributes:
        amount: XP gained after multipliers and caps.
        base: XP before multipliers.
        total: XP of this prestige after it.
        level_before: the level before it.
        level: the level after it.
        multipliers: (source, basis points), in the order applied.
        uncapped: XP after multipliers and before caps, where a cap cut it.
        lifetime: all XP ever earned, after it.
        prestige: how often the player had started over.
    """

    rule: str
    amount: int
    base: int
    total: int
    level_before: int
    level: int
    multipliers: tuple[tuple[str, int], ...] = ()
    uncapped: int = -1
    lifetime: int = 0
    prestige: int = 0


class LevelUp(Fact, frozen=True, tag="level.up"):
    """A level was reached."""

    rule: str
    level: int
    prestige: int = 0


class CurrencyChanged(Fact, frozen=True, tag="currency.changed"):
    """A balance changed. Amounts are minor units, signed."""

    rule: str
    currency: str
    amount: int
    balance_after: int
    counter_account: str


class ScoreChanged(Fact, frozen=True, tag="score.changed"):
    """A board entry changed.

    Attributes:
        board: the board's id.
        period_start_us: start of its period, microseconds since 1970; 0 for
            all time.
        score_before: 0 for a new entry.
        score: the score now.
        new_entry: whether the player had none in this period.
        removed: whether the player has none any more; the score is then 0.
    """

    rule: str
    board: str
    score_before: int
    score: int
    period_start_us: int = 0
    new_entry: bool = False
    removed: bool = False


class ItemChanged(Fact, frozen=True, tag="item.changed"):
    """A stack or an instance changed. The mirror of `CurrencyChanged`.

    Attributes:
        item: the item's id.
        amount: units, signed.
        quantity_after: units of this stack or instance after it.
        counter_account: the other side, such as `issuance:grant`, `sink:use` or `player:bob`.
        instance: names an instance or an expiring stack; empty for the plain stack.
        expires_us: when it is gone, microseconds since 1970; 0 if it stays.
    """

    rule: str
    item: str
    amount: int
    quantity_after: int
    counter_account: str
    instance: str = ""
    expires_us: int = 0


class ItemUsed(Fact, frozen=True, tag="item.used"):
    """An item was used `uses` times; `uses_left` is of an instance with counted uses."""

    rule: str
    item: str
    instance: str = ""
    uses: int = 1
    uses_left: int = 0


class ItemEquipped(Fact, frozen=True, tag="item.equipped"):
    """A slot changed: `item` and `instance` are what is there now; empty for nothing."""

    rule: str
    slot: str
    item: str = ""
    instance: str = ""


class LootDrawn(Fact, frozen=True, tag="loot.drawn"):
    """A loot table was drawn from: enough to check the draw.

    Attributes:
        table: the table's id.
        roll: the number drawn, in [0, total_weight).
        total_weight: the sum of the weights that could be drawn.
        entry: the entry drawn.
        pity_before: misses in a row before it.
        guaranteed: whether pity left only the entries it guarantees.
        duplicate: whether the duplicate's worth was given instead.
        excluded: entries left out because the player had them.
    """

    rule: str
    table: str
    roll: int
    total_weight: int
    entry: str
    pity_before: int = 0
    guaranteed: bool = False
    duplicate: bool = False
    excluded: tuple[str, ...] = ()


class MultiplierGranted(Fact, frozen=True, tag="multiplier.granted"):
    """A factor of XP acts in [starts_us, ends_us); `source` names it among multipliers.

    `added_us` is by how much this grant has made the window longer.
    """

    rule: str
    source: str
    factor_bp: int
    starts_us: int
    ends_us: int
    added_us: int = 0


class MailReceived(Fact, frozen=True, tag="mail.received"):
    """A mail was sent.

    Attributes:
        mail_no: its number among the player's mail.
        expires_us: when it is gone, microseconds since 1970.
        currencies: (code, minor units) inside.
        items: (item, units) inside.
        message: for the player.
    """

    rule: str
    mail_no: int
    expires_us: int
    currencies: tuple[tuple[str, int], ...] = ()
    items: tuple[tuple[str, int], ...] = ()
    message: str = ""


class MailClaimed(Fact, frozen=True, tag="mail.claimed"):
    """All of a mail was claimed."""

    rule: str
    mail_no: int


class RewardOverflowed(Fact, frozen=True, tag="reward.overflowed"):
    """A reward found no room; `policy` is `mailbox`, `convert` or `discard`.

    With neither a currency nor an item, `amount` draws had nothing to draw.
    """

    rule: str
    amount: int
    policy: str
    currency: str = ""
    item: str = ""


class OfferPurchased(Fact, frozen=True, tag="offer.purchased"):
    """An offer was bought; `paid` is pairs of currency and minor units."""

    rule: str
    purchase_id: str
    offer: str
    quantity: int
    paid: tuple[tuple[str, int], ...] = ()


class PurchaseRevoked(Fact, frozen=True, tag="purchase.revoked"):
    """A purchase was undone."""

    rule: str
    purchase_id: str
    offer: str


class TradeChanged(Fact, frozen=True, tag="trade.changed"):
    """A trade was proposed or has ended; `state` is a value of `renown.v1.TradeState`."""

    rule: str
    trade_id: str
    state: int
    counterpart: str


class GiftSent(Fact, frozen=True, tag="gift.sent"):
    """The player gave a gift to `counterpart`: money, or `quantity` of an item or a badge."""

    rule: str
    counterpart: str
    message: str = ""
    currencies: tuple[tuple[str, int], ...] = ()
    item: str = ""
    quantity: int = 0
    badge: str = ""


class GiftReceived(Fact, frozen=True, tag="gift.received"):
    """The player was given a gift by `counterpart`; fields as in `GiftSent`."""

    rule: str
    counterpart: str
    message: str = ""
    currencies: tuple[tuple[str, int], ...] = ()
    item: str = ""
    quantity: int = 0
    badge: str = ""


class DebtChanged(Fact, frozen=True, tag="debt.changed"):
    """What is owed after a revocation changed; `amount` is signed. One of the two ids is set."""

    rule: str
    amount: int
    debt_after: int
    currency: str = ""
    item: str = ""


class ActivityRevoked(Fact, frozen=True, tag="activity.revoked"):
    """An activity was taken back."""

    rule: str
    activity_id: str


class XpAdjusted(Fact, frozen=True, tag="xp.adjusted"):
    """XP changed by hand or by a revocation; fields as in `XpGained`, `amount` signed."""

    rule: str
    amount: int
    total: int
    level_before: int
    level: int
    lifetime: int = 0


class AchievementProgressed(Fact, frozen=True, tag="achievement.progressed"):
    """A step towards an achievement that reports its steps; scaled as its target."""

    rule: str
    achievement: str
    current: int
    target: int


class AchievementMilestoneReached(Fact, frozen=True, tag="achievement.milestone"):
    """A share of the way to an achievement, in percent."""

    rule: str
    achievement: str
    percentage: int
    message: str = ""


class AchievementUnlocked(Fact, frozen=True, tag="achievement.unlocked"):
    """An achievement was earned, or a tier of it; `times` is how often it is earned now."""

    rule: str
    achievement: str
    times: int
    tier: int = 0
    points: int = 0
    started_us: int = 0
    granted_by: str = ""


class AchievementRevoked(Fact, frozen=True, tag="achievement.revoked"):
    """An achievement was taken back; `times` and `tier` are what is left."""

    rule: str
    achievement: str
    times: int = 0
    tier: int = 0


class BadgeChanged(Fact, frozen=True, tag="badge.changed"):
    """How many of a badge are owned changed; `quantity` is signed.

    `counter_account` names the other side: `issuance:badge`, `player:<id>`, `escrow:<trade>`,
    `sink:evolve`, `admin`, `clawback:<id>`.
    """

    rule: str
    badge: str
    quantity: int
    quantity_after: int
    counter_account: str
    reason: str = ""
    awarded_by: str = ""


class BadgeEquipped(Fact, frozen=True, tag="badge.equipped"):
    """A badge was put on or taken off."""

    rule: str
    badge: str
    equipped: bool


class BadgeCollectionCompleted(Fact, frozen=True, tag="badge_collection.completed"):
    """The last missing badge of a collection came, for the first time."""

    rule: str
    collection: str


class StreakAdvanced(Fact, frozen=True, tag="streak.advanced"):
    """A day counts for a streak; days are days since 1970, local to the player."""

    rule: str
    streak: str
    current: int
    longest: int
    day: int


class StreakBroken(Fact, frozen=True, tag="streak.broken"):
    """A streak of `length` days has ended; it went from `start_day` to `end_day`."""

    rule: str
    streak: str
    length: int
    start_day: int
    end_day: int


class StreakMilestoneReached(Fact, frozen=True, tag="streak.milestone"):
    """A streak that began on `start_day` is `days` long; paid once for each streak."""

    rule: str
    streak: str
    days: int
    start_day: int


class StreakAtRisk(Fact, frozen=True, tag="streak.at_risk"):
    """A streak ends at `breaks_us` unless something is done."""

    rule: str
    streak: str
    current: int
    breaks_us: int


class StreakFrozen(Fact, frozen=True, tag="streak.frozen"):
    """The days from `from_day` to `to_day` are no gap."""

    rule: str
    streak: str
    from_day: int
    to_day: int


class StreakRepaired(Fact, frozen=True, tag="streak.repaired"):
    """Missing days were paid for; the streak is `current` days long."""

    rule: str
    streak: str
    current: int
    days: tuple[int, ...]


class StreakDayRemoved(Fact, frozen=True, tag="streak.day_removed"):
    """A day counts no more: what was done on it was revoked."""

    rule: str
    streak: str
    day: int
    current: int


class QuestStarted(Fact, frozen=True, tag="quest.started"):
    """An attempt began; it ends at `expires_us`, if that is not 0."""

    rule: str
    quest: str
    attempt: int
    expires_us: int = 0


class QuestUnlocked(Fact, frozen=True, tag="quest.unlocked"):
    """A quest can be started from now on."""

    rule: str
    quest: str


class ObjectiveProgressed(Fact, frozen=True, tag="quest.objective"):
    """An objective reports a step, passed a checkpoint, or is done; scaled as its target."""

    rule: str
    quest: str
    objective: str
    current: int
    required: int
    completed: bool = False
    checkpoint: int = 0


class QuestCompleted(Fact, frozen=True, tag="quest.completed"):
    """The required objectives are done; `claimable` if its reward waits to be claimed."""

    rule: str
    quest: str
    attempt: int
    times: int
    claimable: bool = False


class QuestClaimed(Fact, frozen=True, tag="quest.claimed"):
    """The rewards of an attempt were paid."""

    rule: str
    quest: str
    attempt: int


class QuestAbandoned(Fact, frozen=True, tag="quest.abandoned"):
    """An attempt was given up."""

    rule: str
    quest: str
    attempt: int


class QuestExpired(Fact, frozen=True, tag="quest.expired"):
    """An attempt ran out of time at `expires_us`."""

    rule: str
    quest: str
    attempt: int
    expires_us: int


class QuestRevoked(Fact, frozen=True, tag="quest.revoked"):
    """What counted for a quest was revoked: an objective moved back, or a completion is undone."""

    rule: str
    quest: str
    attempt: int
    objective: str = ""
    current: int = 0
    completed: bool = False


class Prestiged(Fact, frozen=True, tag="prestige.gained"):
    """The player started over; XP and level are what was left behind."""

    rule: str
    prestige: int
    level_before: int
    xp_before: int


class MetricReset(Fact, frozen=True, tag="metric.reset"):
    """A metric starts at 0 again."""

    rule: str
    metric: str
    amount: int


class TitleEarned(Fact, frozen=True, tag="title.earned"):
    """A title may be worn."""

    rule: str
    title: str


class TitleRevoked(Fact, frozen=True, tag="title.revoked"):
    """A title may be worn no more."""

    rule: str
    title: str


class TitleEquipped(Fact, frozen=True, tag="title.equipped"):
    """A title is worn; none if it is empty."""

    rule: str
    title: str = ""


class ContentUnlocked(Fact, frozen=True, tag="content.unlocked"):
    """Content of the game may be used."""

    rule: str
    content: str


class ContentLocked(Fact, frozen=True, tag="content.locked"):
    """Content of the game may be used no more: what unlocked it was taken back."""

    rule: str
    content: str


class TimeZoneChanged(Fact, frozen=True, tag="player.time_zone"):
    """The player's days begin elsewhere from now on."""

    rule: str
    zone_before: str
    zone: str


AnyFact = (
    PlayerCreated
    | ActivityRecorded
    | MetricMoved
    | XpGained
    | LevelUp
    | CurrencyChanged
    | ScoreChanged
    | ItemChanged
    | ItemUsed
    | ItemEquipped
    | LootDrawn
    | MultiplierGranted
    | MailReceived
    | MailClaimed
    | RewardOverflowed
    | OfferPurchased
    | PurchaseRevoked
    | TradeChanged
    | GiftSent
    | GiftReceived
    | DebtChanged
    | ActivityRevoked
    | XpAdjusted
    | AchievementProgressed
    | AchievementMilestoneReached
    | AchievementUnlocked
    | AchievementRevoked
    | BadgeChanged
    | BadgeEquipped
    | BadgeCollectionCompleted
    | StreakAdvanced
    | StreakBroken
    | StreakMilestoneReached
    | StreakAtRisk
    | StreakFrozen
    | StreakRepaired
    | StreakDayRemoved
    | QuestStarted
    | QuestUnlocked
    | ObjectiveProgressed
    | QuestCompleted
    | QuestClaimed
    | QuestAbandoned
    | QuestExpired
    | QuestRevoked
    | Prestiged
    | MetricReset
    | TitleEarned
    | TitleRevoked
    | TitleEquipped
    | ContentUnlocked
    | ContentLocked
    | TimeZoneChanged
)

_encoder = msgspec.json.Encoder(order="deterministic")
_decoder = msgspec.json.Decoder(list[AnyFact])


def encode_facts(facts: list[Any]) -> str:
    """Encodes facts as a JSON array of tagged objects."""
    return _encoder.encode(facts).decode()


def decode_facts(text: str | bytes) -> list[AnyFact]:
    """Decodes what `encode_facts` wrote."""
    return _decoder.decode(text)


def fact_type(fact: Fact) -> str:
    """The event type of a fact, such as `xp.gained`."""
    return str(fact.__struct_config__.tag)
