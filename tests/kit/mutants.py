"""Every place of a request, and what must be refused there whatever its rules say.

Nothing here reads the contract's rules: what is refused follows from the kind of a field and
from the names in two short lists, so that a forgotten rule is found.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor import FieldDescriptor

REQUIRED = re.compile(
    r"(^|\.)(request_id|leaderboard_id|currency|key_id|name|type|player_ids\[0\])$"
    r"|(^|\.)(receiver_id|partner_id|item_id|trade_id|mail_id|offer_id|purchase_id|table_id)$"
    r"|(^|\.)(achievement_id|badge_id|quest_id|objective_id|streak_id)$"
    r"|(^|\.)(achievement_ids|badge_ids|tags)\[0\]$"
    r"|^(slot|provider|receipt_id|product_id|reason|activity_id|source|from_date|to_date)$"
    r"|^activity\.(player_id|activity_id)$"
    r"|^(activities|scores|credits)\[0\]\.(player_id|activity_id)$"
)
"""Paths that may not be empty, wherever they appear; `player_id` depends on the RPC."""

REQUIRED_PLAYER = frozenset(
    {
        "ExplainActivity", "CreatePlayer", "GetPlayer", "GetLevelProgress", "ListXpHistory",
        "GetWallet", "ListTransactions", "Credit", "Debit", "SubmitScore", "GetRank",
        "ListActivities", "StreamEvents", "ListEvents", "IssuePlayerToken",
        "RevokeActivity", "Transfer", "AdjustBalance", "ListItems", "GrantItems", "GiftItem",
        "ConsumeItem", "EquipItem", "UnequipItem", "ActivatePowerUp", "OpenContainer",
        "ListMailbox", "ClaimMail", "ListOffers", "Purchase", "ListPurchases", "GetOdds",
        "ListDraws", "RedeemReceipt", "RevokePurchase", "ProposeTrade", "AcceptTrade",
        "CancelTrade", "GetTrade", "ListTrades",
        "ListPlayerAchievements", "GetAchievementProgress", "SetAchievementShowcase",
        "GrantAchievement", "RevokeAchievement",
        "ListPlayerBadges", "EquipBadge", "UnequipBadge", "SetBadgeShowcase",
        "ListBadgeCollections", "EvolveBadge", "PurchaseBadge", "GiftBadge", "AwardBadge",
        "RevokeBadge",
        "GetStreaks", "ListStreakHistory", "FreezeStreak", "RepairStreak",
        "ListQuests", "GetQuest", "StartQuest", "AbandonQuest", "GetQuestProgress",
        "ListPlayerQuests", "AdvanceObjective", "ClaimQuestReward", "RateQuest",
        "UpdatePlayer", "GetPlayerSummary", "AdjustXp", "Prestige", "GrantMultiplier",
        "ListMultipliers", "ListTitles", "EquipTitle", "ListUnlocks",
    }
)  # fmt: skip
"""RPCs of which a game server must name the player."""

OPTIONAL = frozenset(
    {
        ("ListActivities", "type"), ("ListTransactions", "currency"),
        ("SimulateActivity", "activity.activity_id"), ("RevokeKey", "reason"),
        ("ListItems", "item_id"), ("ListItems", "kind"), ("ListItemDefinitions", "kind"),
        ("ListTrades", "state"), ("RevokeActivity", "policy"), ("RevokePurchase", "policy"),
        ("RevokeAchievement", "policy"), ("RevokeBadge", "policy"),
        ("ListBadges", "rarity"), ("ListBadges", "method"), ("ListPlayerBadges", "rarity"),
        ("SetBadgeShowcase", "badge_id"), ("ListQuests", "type"), ("ListPlayerQuests", "type"),
        ("ListPlayerQuests", "state"), ("ListPlayerQuests", "quest_id"),
        ("GetPlayerSummary", "leaderboard_id"), ("GetPlayerSummary", "streak_id"),
        ("GetStreaks", "streak_id"), ("ListStreakHistory", "streak_id"),
        ("GrantMultiplier", "stacking"),
    }
)  # fmt: skip
"""Filters, what a simulation ignores, and what has a default."""

LIMITLESS = frozenset({("RevokeAchievement", "times")})
"""Numbers above what is there that mean all of it."""

FREE_TEXT_IDS = frozenset({"reference_id"})
"""Ids of the caller's own systems: any characters but control characters."""

LONG = "x" * 1000
CONTROLLED = ("\0", "a\0b", "a\nb", "ab\n", "a\x1b[2Jb", "a\x7fb", "a\u0085b")
NOT_A_PATH = ("", "nonsense", "player_id", "display_name.x", "displayName", "*", LONG)
NOT_AN_ID = ("a b", " ab", "ab ", "é", "a\u200bb", "\ufeffab", "Ａ")
INT32 = (-1, -(2**31), 2**31 - 1)
INT64 = (-(2**53), 2**53, -(2**63), 2**63 - 1)
SPANS = ((-1, 0), (0, -1), (1, -1), (2**40, 0), (2**63 - 1, 0), (0, 2**31 - 1), (-(2**63), 0))
MOMENTS = ((-(2**63), 0), (2**63 - 1, 0), (253402300800, 0), (0, -1), (0, 10**9), (-62135596801, 0))


@dataclass(frozen=True, slots=True)
class Mutant:
    """One thing wrong with a request.

    Attributes:
        path: where.
        wrong: the value put there, for people.
        apply: puts it into a copy of the example.
        field: what the refusal must name.
    """

    path: str
    wrong: object
    apply: Callable[[Any], None]
    field: str

    def __str__(self) -> str:
        return f"{self.path} = {self.wrong!r:.60}"


@dataclass(frozen=True, slots=True)
class Place:
    """A field of a request, wherever it stands.

    Attributes:
        path: such as `activity.performance.time` or `amounts[0].currency`.
        field: what stands there.
        owner: finds the message around it in a request.
    """

    path: str
    field: FieldDescriptor
    owner: Callable[[Any], Any]

    def mutant(self, wrong: object) -> Mutant:
        """The request with another value there; a list has that value only."""

        def apply(request: Any) -> None:
            owner, name = self.owner(request), self.field.name
            if not self.field.is_repeated:
                setattr(owner, name, wrong)
                return
            values = getattr(owner, name)
            del values[:]
            values.append(wrong)

        return Mutant(self.path, wrong, apply, self.path)


def mutants(rpc: str, request: Any) -> Iterator[Mutant]:
    """Everything wrong that can be said of a request field by field.

    Args:
        rpc: the RPC's name.
        request: the descriptor of its request message, whose examples have one item in each
            list of messages.
    """
    for place in places(request):
        kind = place.field.cpp_type
        if place.field.message_type is not None:
            yield from _of_message(place)
        elif kind == FieldDescriptor.CPPTYPE_STRING:
            yield from _of_text(rpc, place)
        elif kind in (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_INT64):
            values: tuple[int, ...] = INT32 if kind == FieldDescriptor.CPPTYPE_INT32 else INT64
            if (rpc, place.path) in LIMITLESS:
                values = tuple([value for value in values if value < 0])
            yield from [place.mutant(value) for value in values]
        elif kind == FieldDescriptor.CPPTYPE_ENUM:
            wrong = (-1, 99) if (rpc, place.path) in OPTIONAL else (0, -1, 99)
            yield from [place.mutant(value) for value in wrong]


def text_places(request: Any) -> list[Place]:
    """Where text stands, except in maps."""
    return [
        place for place in places(request) if place.field.cpp_type == FieldDescriptor.CPPTYPE_STRING
    ]


def places(
    message: Any, prefix: str = "", owner: Callable[[Any], Any] = lambda request: request
) -> Iterator[Place]:
    """Every place of a request, inner messages included, of lists the first one.

    Args:
        message: the request's descriptor.
        prefix: the path to it.
        owner: finds it in the whole request.
    """
    for field in message.fields:
        path = f"{prefix}{field.name}" + ("[0]" if field.is_repeated else "")
        inner = field.message_type
        if inner is None:
            yield Place(path, field, owner)
        elif inner.GetOptions().map_entry or inner.file.package == "google.protobuf":
            yield Place(f"{prefix}{field.name}", field, owner)
        else:
            yield from places(inner, f"{path}.", _inside(owner, field))


def _inside(owner: Callable[[Any], Any], field: FieldDescriptor) -> Callable[[Any], Any]:
    def found(request: Any) -> Any:
        value = getattr(owner(request), field.name)
        return value[0] if field.is_repeated else value

    return found


def _of_text(rpc: str, place: Place) -> Iterator[Mutant]:
    name = place.field.name
    for wrong in (*CONTROLLED, LONG):
        yield place.mutant(wrong)
    if name.endswith(("_id", "_ids")) and name not in FREE_TEXT_IDS:
        for wrong in NOT_AN_ID:
            yield place.mutant(wrong)
    required = REQUIRED.search(place.path) or (name == "player_id" and rpc in REQUIRED_PLAYER)
    if required and (rpc, place.path) not in OPTIONAL:
        yield place.mutant("")


def _of_message(place: Place) -> Iterator[Mutant]:
    name = place.field.name
    inner = place.field.message_type
    assert inner is not None
    if inner.full_name in ("google.protobuf.Duration", "google.protobuf.Timestamp"):
        for seconds, nanos in SPANS if inner.name == "Duration" else MOMENTS:

            def set_parts(request: Any, seconds: int = seconds, nanos: int = nanos) -> None:
                part = getattr(place.owner(request), name)
                part.seconds, part.nanos = seconds, nanos

            yield Mutant(place.path, (seconds, nanos), set_parts, place.path)
        return
    if inner.full_name == "google.protobuf.FieldMask":
        for path in NOT_A_PATH:

            def name_path(request: Any, path: str = path) -> None:
                getattr(place.owner(request), name).paths.append(path)

            yield Mutant(place.path, path, name_path, place.path)
        return
    numbers = inner.fields_by_name["value"].cpp_type == FieldDescriptor.CPPTYPE_INT64
    good_key, good = ("study_minutes", 1) if numbers else ("subject", "maths")
    pairs = [(key, good) for key in (*CONTROLLED, "", LONG)]
    pairs += [(good_key, wrong) for wrong in (INT64 if numbers else (*CONTROLLED, LONG))]
    for key, value in pairs:

        def put(request: Any, key: str = key, value: Any = value) -> None:
            getattr(place.owner(request), name)[key] = value

        yield Mutant(f"{place.path}[{key!r:.20}]", value, put, f"{place.path}[")

    def crowd(request: Any) -> None:
        for number in range(100):
            getattr(place.owner(request), name)[f"k{number}"] = good

    yield Mutant(place.path, "100 pairs", crowd, place.path)
