"""A game with badges of each sort, commands about them in one line, and that none is lost."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Sequence
from typing import Any, TypeVar

import msgspec

from renown_server.badges import by_hand, commands, rules
from renown_server.badges.holding import earned_of
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.command import Command, RequestKey
from renown_server.engine.facts import BadgeChanged, BadgeEquipped, decode_facts
from renown_server.engine.signals import Signal, SignalKind
from renown_server.engine.work import Work
from renown_server.inventory.clawback import Policy
from renown_server.progress.store import STATISTICS
from renown_server.progress.values import EarnedAchievement, QuestRecord
from renown_server.trade.state import Held, Side, TradeState
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import GAME_SERVER
from tests.kit.pure import World

OPERATOR = "key:op"

GAME = """
name: badges
settings:
  economy: {new_account_hold: 0s}
  progression: {points_currency: coins, badges_equipped_max: 2, badges_showcased_max: 2}
currencies: [{code: coins, giftable: true}, {code: gems, giftable: true}]
metrics: [{id: lessons}]
levels: {linear: {base: 100}, hard_cap: 20}
activity_types:
  - {id: lesson, counts: [lessons], base_xp: 10}
  - {id: march, base_xp: 100}
  - {id: visit}
  - {id: roll}
items: [{id: ore, tradeable: true}]
achievements:
  - {id: scholar, requirements: {conditions: [{metric: lessons, value: 1000}]}}
  - {id: sly, secret: true, requirements: {conditions: [{metric: lessons, value: 1000}]}}
quests:
  - {id: intro, objectives: [{id: a, targets: [{metric: lessons, value: 1000}]}]}
  - {id: den, type: hidden, objectives: [{id: a, targets: [{metric: lessons, value: 1000}]}]}
  - id: duel
    type: challenge
    repeatable: true
    objectives: [{id: a, targets: [{metric: lessons, value: 1000}]}]
badge_categories: [{id: study, name: Study, description: Books}, {id: haunt}]
badge_collections:
  - {id: metals, name: Metals, icon: m, reward: {currencies: [{currency: gems, amount: 9}]}}
  - {id: shades, name: Shades}
  - {id: flowers, name: Flowers, reward: {badges: [ghost]}}
badges:
  - {id: bronze, name: Bronze, collection: metals, collection_position: 2, category: study,
     points_value: 5, acquisition: {tradeable: true, giftable: true, max_per_player: 5}}
  - id: silver
    collection: metals
    collection_position: 1
    rarity: epic
    acquisition: {achievement: scholar, tradeable: true, giftable: true, max_per_player: 3}
    bonuses: [{stat: xp, value: 500}, {stat: coins, type: flat, value: 2}]
    stacks: true
    evolution:
      {next_badge: gold, quantity: 2, level: 3, achievements: [scholar],
       items: [{item_id: ore, quantity: 2}], cost: [{currency: gems, amount: 4}]}
  - id: gold
    rarity: legendary
    points_value: 50
    bonuses: [{stat: xp, type: flat, value: 7}]
    set_bonus: {required_badges: [bronze, ghost], bonuses: [{stat: xp, value: 1000}]}
  - {id: veteran, points_value: 1, acquisition: {method: milestone, level: 3, max_per_player: 2,
                                                 giftable: true}}
  - {id: hero, acquisition: {method: milestone, level: 2, quests: [intro, duel]}}
  - id: miner
    acquisition:
      {method: collection, items_needed: [{item_id: ore, quantity: 3}], badges_needed: [bronze]}
  - {id: winner, acquisition: {method: challenge, quests: [duel], max_per_player: 2}}
  - {id: lucky, acquisition: {method: random, drop_rate_ppm: 500000, activity_types: [roll],
                              max_per_player: 2}}
  - id: festive
    acquisition:
      {method: event, activity_types: [visit], available_from: 2026-11-18T00:00:00Z,
       available_until: 2026-11-19T00:00:00Z, max_per_player: 2, giftable: true}
  - id: bought
    points_value: 3
    acquisition: {method: purchase, level: 2, cost: [{currency: gems, amount: 7}],
                  items_needed: [{item_id: ore, quantity: 1}], max_per_player: 2}
  - {id: rose, collection: flowers, acquisition: {method: gift, giftable: true, max_per_player: 3}}
  - id: ghost
    name: Ghost
    secret: true
    category: haunt
    collection: shades
    acquisition: {achievement: sly, tradeable: true, giftable: true, max_per_player: 2}
  - {id: worn_out, status: retired, category: study, acquisition: {method: milestone, level: 1}}
  - {id: seeker, acquisition: {method: milestone, quests: [den]}}
  - {id: pair, acquisition: {method: collection, badges_needed: [miner]}}
"""
"""`NOON` of tests.kit.times lies in the window of `festive`."""

SNAPSHOT: CatalogSnapshot = snapshot_of(GAME)

_numbers = itertools.count(1)


def react(work: Work) -> None:
    """What badges do about signals; nothing else listens here."""
    while work.pending:
        each = work.pending.popleft()
        if isinstance(each, Signal):
            rules.on_signal(work, each)
        else:
            rules.award(
                work,
                each.player_id,
                each.key,
                each.quantity,
                rule=each.rule,
                counter_account=rules.ISSUANCE,
            )


class DoneBody(msgspec.Struct, frozen=True):
    """What a player has reached elsewhere."""

    player_id: str
    achievement: str = ""
    quest: str = ""


class Done(Command):
    """An achievement or a quest, as their slices would note and tell it."""

    __slots__ = ()

    method = "Done"
    parts = ("earned",)
    body: DoneBody

    def decide(self, work: Work) -> None:
        body, earned = self.body, earned_of(work, self.body.player_id)
        if body.achievement:
            times = earned.achievements.get(body.achievement, EarnedAchievement()).times + 1
            earned.edit_achievements(work)[body.achievement] = EarnedAchievement(times=times)
            work.signal(SignalKind.ACHIEVEMENT, body.player_id, body.achievement, times, "done")
        if body.quest:
            times = earned.quests.get(body.quest, QuestRecord()).times + 1
            earned.edit_quests(work)[body.quest] = QuestRecord(attempts=times, times=times)
            work.signal(SignalKind.QUEST, body.player_id, body.quest, 1, "done")


def _key(principal: str = GAME_SERVER) -> RequestKey:
    return RequestKey(principal, f"b-{next(_numbers)}")


def done(player_id: str, *, achievement: str = "", quest: str = "") -> Done:
    """An achievement earned or a quest completed."""
    body = DoneBody(player_id, achievement, quest)
    return Done(key=_key(), players=(player_id,), principal=GAME_SERVER, body=body)


def award(player_id: str, badge: str, quantity: int = 1, reason: str = "") -> by_hand.AwardBadge:
    """A badge by hand."""
    key = _key(OPERATOR)
    body = by_hand.AwardBody(key.request_id, player_id, badge, "because", reason, quantity)
    return by_hand.AwardBadge(key=key, players=(player_id,), principal=OPERATOR, body=body)


def revoke(
    player_id: str,
    badge: str,
    quantity: int = 0,
    *,
    take_rewards: bool = False,
    policy: Policy = Policy.REFUSE,
) -> by_hand.RevokeBadge:
    """A badge taken by hand."""
    key = _key(OPERATOR)
    body = by_hand.RevokeBody(
        key.request_id, player_id, badge, "because", quantity, take_rewards, policy.value
    )
    return by_hand.RevokeBadge(key=key, players=(player_id,), principal=OPERATOR, body=body)


def wear(player_id: str, badge: str) -> commands.EquipBadge:
    """A badge put on."""
    return _wear(commands.EquipBadge, player_id, badge)


def take_off(player_id: str, badge: str) -> commands.UnequipBadge:
    """A badge taken off."""
    return _wear(commands.UnequipBadge, player_id, badge)


def evolve(player_id: str, badge: str) -> commands.EvolveBadge:
    """A badge turned into the next one."""
    return _wear(commands.EvolveBadge, player_id, badge)


_Wear = TypeVar("_Wear", commands.EquipBadge, commands.UnequipBadge, commands.EvolveBadge)


def _wear(kind: type[_Wear], player_id: str, badge: str) -> _Wear:
    key = _key()
    body = commands.WearBody(key.request_id, player_id, badge)
    return kind(key=key, players=(player_id,), principal=GAME_SERVER, body=body)


def show(player_id: str, *badges: str) -> commands.SetBadgeShowcase:
    """All that is shown."""
    key = _key()
    body = commands.ShowBody(key.request_id, player_id, badges)
    return commands.SetBadgeShowcase(
        key=key, players=(player_id,), principal=GAME_SERVER, body=body
    )


def show_one(player_id: str, badge: str, showcased: bool = True) -> commands.SetBadgeShowcase:
    """One badge more or less that is shown."""
    key = _key()
    body = commands.ShowBody(key.request_id, player_id, (), badge, showcased)
    return commands.SetBadgeShowcase(
        key=key, players=(player_id,), principal=GAME_SERVER, body=body
    )


def buy(player_id: str, badge: str, **expected: int) -> commands.PurchaseBadge:
    """A badge bought."""
    key = _key()
    body = commands.PurchaseBody(key.request_id, player_id, badge, tuple(expected.items()))
    return commands.PurchaseBadge(key=key, players=(player_id,), principal=GAME_SERVER, body=body)


def gift(
    giver: str, receiver: str, badge: str, quantity: int = 1, message: str = ""
) -> commands.GiftBadge:
    """A badge given to another player."""
    key = _key()
    body = commands.GiftBody(key.request_id, giver, receiver, badge, quantity, message)
    return commands.GiftBadge(key=key, players=(giver, receiver), principal=GAME_SERVER, body=body)


def side(**badges: int) -> Side:
    """A side of a trade that gives badges."""
    return Side(badges=tuple(badges.items()))


def statistics(world: World, badge: str, kind: str = "badge") -> dict[str, int]:
    """What is not 0 of a badge's statistics."""
    sums: Counter[str] = Counter()
    for (each, name, _), row in world.tables["progress_statistics"].items():
        if (each, name) == (kind, badge):
            for column, number in zip(STATISTICS, row[3:], strict=True):
                sums[column] += number
    return {column: number for column, number in sums.items() if number}


def counts(world: World, player_id: str) -> dict[str, int]:
    """The badges a player owns."""
    badges = world.earned(player_id).badges
    return {name: owned.count for name, owned in badges.items() if owned.count}


def check_badges(world: World, players: Sequence[str]) -> None:
    """Checks that badges are where the facts say, and the statistics what players own.

    Raises:
        AssertionError: they are not.
    """
    facts = _facts(world)
    moved: Counter[tuple[str, str]] = Counter()
    accounts: Counter[tuple[str, str]] = Counter()
    worn: dict[tuple[str, str], bool] = {}
    for player, fact in facts:
        if type(fact) is BadgeChanged:
            moved[player, fact.badge] += fact.quantity
            account = fact.counter_account
            accounts["player" if account.startswith("player:") else account, fact.badge] += (
                fact.quantity
            )
        elif type(fact) is BadgeEquipped:
            worn[player, fact.badge] = fact.equipped
    held = _held(world)
    for player in players:
        _check_player(world, player, moved, worn, held)
    for (account, badge), number in accounts.items():
        if account.startswith("escrow:"):
            assert -number == held.get((account, badge), 0)
        assert account != "player" or not number
    _check_statistics(world, players, facts)


def _facts(world: World) -> list[tuple[str, Any]]:
    rows = [(row[2], row[9]) for row in world.tables["requests"].values()]
    rows += [(row[0], row[9]) for row in world.tables["activities"].values()]
    return [(player, fact) for player, text in rows for fact in decode_facts(text)]


def _held(world: World) -> dict[tuple[str, str], int]:
    """What open trades hold, by account and badge, and by proposer and badge."""
    held: Counter[tuple[str, str]] = Counter()
    for row in world.tables["trades"].values():
        escrow = msgspec.json.decode(row[10], type=Held)
        assert row[8] == TradeState.OPEN or escrow == Held()
        for badge, quantity in escrow.badges:
            held[f"escrow:{row[0]}", badge] += quantity
            held[row[1], badge] += quantity
    return dict(held)


def _check_player(
    world: World,
    player: str,
    moved: Counter[tuple[str, str]],
    worn: dict[tuple[str, str], bool],
    held: dict[tuple[str, str], int],
) -> None:
    earned = world.earned(player)
    definitions = world.snapshot.progression.badges
    for name, badge in definitions.items():
        owned = earned.badges.get(name)
        assert (owned.count if owned else 0) == moved[player, name]
        assert (owned.escrowed if owned else 0) == held.get((player, name), 0)
        if owned:
            assert 0 <= owned.count + owned.escrowed <= badge.max_per_player
    honors = earned.honors
    for shown in (honors.badges_equipped, honors.badges_showcased):
        assert len(set(shown)) == len(shown)
        assert all(map(earned.badge_count, shown))
    assert {name for (who, name), on in worn.items() if who == player and on} == set(
        honors.badges_equipped
    )
    assert len(honors.badges_equipped) <= world.snapshot.progression.badges_equipped_max


def _check_statistics(
    world: World, players: Sequence[str], facts: Sequence[tuple[str, Any]]
) -> None:
    for name in world.snapshot.progression.badges:
        found = statistics(world, name)
        earned = [world.earned(player) for player in players]
        assert found.get("owners", 0) == sum(1 for each in earned if each.badge_count(name))
        equipped = sum(1 for each in earned if name in each.honors.badges_equipped)
        assert found.get("active", 0) == equipped
        given = sum(
            fact.quantity
            for _, fact in facts
            if type(fact) is BadgeChanged
            and fact.badge == name
            and fact.counter_account.partition(":")[0] in ("issuance", "admin", "clawback")
        )
        assert found.get("earned", 0) == given
