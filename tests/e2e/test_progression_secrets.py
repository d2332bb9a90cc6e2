"""What is secret exists for those only who have it: no answer to anybody else names it.

Everything secret here has `veil` in its id and name, and everything else refers to it. Each read
of the contract is then asked by and for everybody, and its bytes are searched.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
import pytest_asyncio

from renown_server.engine.clock import FixedClock
from renown_server.storage.embedded import EmbeddedServers
from tests.e2e.conftest import TRANSPORTS, running_server
from tests.kit.fresh import fresh
from tests.kit.raw import BY_NAME, RPCS, Answer, Code, Raw, Rpc
from tests.kit.times import NOON
from tests.kit.wire import Wire

GAME = """
name: secrets
currencies: [{code: coins, giftable: true}]
metrics: [{id: steps}, {id: finds}]
levels:
  linear: {base: 100}
  hard_cap: 10
  rewards: [{level: 9, badges: [veil_badge], titles: [veil_title]}]
  requirements: [{level: 3, achievements: [veil_goal]}]
activity_types:
  - {id: step, counts: [steps], base_xp: 10}
  - {id: find, counts: [finds]}
items:
  - {id: cloak, kind: cosmetic, cosmetic_kind: frame, slot: frame, achievements: [veil_goal]}
  - {id: lens, kind: consumable, achievements: [veil_goal], use: {effects: {xp: 1}}}
loot_tables:
  - id: chest
    name: Chest
    entries:
      - {id: badge, weight: 1, reward: {badges: [veil_badge, medal]}}
      - {id: coins, weight: 1, reward: {currencies: [{currency: coins, amount: 1}]}}
offers:
  - id: deal
    name: Deal
    contents: {xp: 1, badges: [veil_badge, medal], titles: [veil_title], achievements: [veil_goal],
               unlock_quests: [veil_quest]}
    prices: [{currencies: [{currency: coins, amount: 1}]}]
    achievements: [veil_goal]
titles: [{id: veil_title, name: The veiled, secret: true}, {id: walker, name: Walker}]
achievements:
  - id: veil_goal
    name: Veiled goal
    category: veil_category
    achievement_type: veil_type
    tags: [veil_tag]
    secret: true
    progress_events: true
    requirements: {conditions: [{metric: finds}]}
    rewards: {badges: [veil_badge], titles: [veil_title]}
    milestones: [{percentage: 50, message: Half of the veil}]
  - {id: veil_more, name: More veils, secret: true, progress_events: true,
     requirements: {conditions: [{metric: steps, value: 1000}]},
     milestones: [{percentage: 1, message: A veil}]}
  - {id: veil_last, name: The last veil, secret: true,
     requirements: {conditions: [{metric: finds, value: 1000}]}}
  - {id: first_step, name: First step, requirements: {conditions: [{metric: steps}]},
     rewards: {titles: [walker], badges: [boot]}}
  - id: open_goal
    name: Open goal
    prerequisite_achievements: [veil_goal]
    requirements:
      type: collection
      required: 1
      conditions: [{achievement: veil_goal}, {badge: veil_badge}, {quest: veil_quest}]
    rewards: {badges: [veil_twin], titles: [veil_title], achievements: [veil_more],
              unlock_quests: [veil_quest]}
    milestones: [{percentage: 50, message: Half, reward: {badges: [veil_twin]}}]
badge_categories: [{id: veil_case, name: Veils}, {id: open_case, name: Open}]
badge_collections:
  - {id: mixed, name: Mixed, reward: {badges: [veil_third], titles: [veil_title]}}
  - {id: veil_set, name: Veils}
badges:
  - {id: veil_badge, name: Veiled badge, category: veil_case, collection: veil_set, secret: true,
     acquisition: {giftable: true, max_per_player: 9}}
  - {id: veil_twin, name: Veiled twin, category: veil_case, collection: mixed, secret: true}
  - {id: veil_third, name: Third veil, category: veil_case, secret: true}
  - {id: boot, name: Boot, category: open_case, collection: mixed,
     bonuses: [{stat: xp, value: 100}],
     set_bonus: {required_badges: [veil_badge], bonuses: [{stat: xp, value: 100}]},
     evolution: {next_badge: veil_twin, achievements: [veil_goal]}}
  - {id: medal, name: Medal}
  - {id: by_goal, name: By a goal, acquisition: {achievement: veil_goal}}
  - {id: by_quest, name: By a quest, acquisition: {method: milestone, quests: [veil_quest]}}
  - id: for_money
    name: For money
    acquisition: {method: purchase, badges_needed: [veil_badge],
                  cost: [{currency: coins, amount: 1}]}
  - id: for_more
    name: For more money
    acquisition: {method: purchase, quests: [veil_quest],
                  cost: [{currency: coins, amount: 1}]}
streaks:
  - {id: daily, name: Daily, activity_types: [step],
     milestones: [{days: 9, reward: {badges: [veil_badge, medal], titles: [veil_title]}}]}
quests:
  - id: veil_quest
    name: Veiled quest
    type: hidden
    category: veil_category
    auto_start: true
    objectives: [{id: seek, targets: [{metric: finds}]}]
  - id: open_quest
    name: Open quest
    objectives:
      - {id: earn, type: achieve, targets: [{achievement: veil_goal}, {badge: veil_badge}]}
    rewards:
      guaranteed: {badges: [veil_twin], titles: [veil_title], unlock_quests: [veil_quest]}
      first_completion: {achievements: [veil_more]}
    chain: {chain_id: way, position: 1, next_quest: veil_quest,
            branches: [{condition: {perfect: true}, quest: veil_quest}]}
  - {id: gated, name: Gated, objectives: [{id: a, targets: [{metric: steps, value: 99}]}],
     requirements: {achievements: [veil_goal]}}
  - {id: gated_too, name: Gated, objectives: [{id: a, targets: [{metric: steps, value: 99}]}],
     requirements: {quests_completed: [veil_quest]}}
prestige: {level: 9, rewards: [{reward: {badges: [veil_badge], titles: [veil_title]}}]}
"""

SECRET = {
    "achievement_id": ["veil_goal", "veil_more", "veil_last"],
    "badge_id": ["veil_badge", "veil_twin"],
    "quest_id": ["veil_quest"],
    "title_id": ["veil_title"],
}
OPEN = {
    "achievement_id": ["first_step", "open_goal"],
    "badge_id": ["boot", "by_goal", "by_quest", "for_money", "for_more"],
    "quest_id": ["open_quest", "gated", "gated_too"],
    "item_id": ["cloak", "lens"],
    "table_id": ["chest"],
}
PLAYERS_READ = [
    rpc
    for rpc in RPCS
    if 1 in rpc.access.callers
    and rpc.name.startswith(("List", "Get"))
    and rpc.name not in ("ListEvents", "GetTrade", "GetLeaderboard", "GetRank", "ListEntries")
    and rpc.name != "GetPlayer"
]
"""What players may read for themselves, but trades, boards and streams."""


@dataclass(frozen=True, slots=True)
class Looks:
    """Who looks at whom.

    Attributes:
        wire: the served game.
        owner: has everything secret.
        player: has nothing secret, but has done what is open.
        player_key: that player's credential.
    """

    wire: Wire
    owner: str
    player: str
    player_key: str


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=TRANSPORTS)
async def looks(
    servers: EmbeddedServers,
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[Looks]:
    """The game on each transport, with somebody who has it all and somebody who has not."""
    catalog = tmp_path_factory.mktemp("secrets")
    (catalog / "game.yaml").write_text(GAME)
    clock = FixedClock(NOON)
    async with (
        running_server(servers, request.param, catalog, clock=clock) as running,
        grpc.aio.insecure_channel(running.address) as channel,
    ):
        wire = Wire(Raw(channel, running.server_key), running.admin_key, clock)
        owner, player = fresh("o"), fresh("p")
        for days_ago in (2, 1, 0):
            await wire.record(player, "step", days_ago=days_ago)
        coins = [{"currency": "coins", "amount": 100}]
        await wire.ask("Credit", player_id=player, amounts=coins, event_type="gift")
        await wire.ask("StartQuest", player_id=player, quest_id="open_quest")
        items = [{"item_id": "cloak", "quantity": 1}, {"item_id": "lens", "quantity": 1}]
        await wire.ask("GrantItems", player_id=player, items=items, event_type="gift")
        await wire.record(owner, "step")
        # The first one unlocks the quest, the second one starts and completes it.
        for _ in range(2):
            await wire.record(owner, "find")
        yield Looks(wire, owner, player, await wire.token(player))


def fields_of(rpc: Rpc, ids: dict[str, list[str]]) -> list[dict[str, str]]:
    """What to ask a read for: each id of the kind it takes, or nothing."""
    names = rpc.request.DESCRIPTOR.fields_by_name
    for name, found in ids.items():
        if name in names:
            return [{name: one} for one in found]
    return [{}]


def check_veiled(answer: Answer, what: object) -> None:
    """Checks that nothing secret is named."""
    texts = [answer.body.lower(), repr(answer).lower().encode()]
    assert not [text for text in texts if b"veil" in text], (what, answer)


async def views(looks: Looks, rpc: Rpc, **fields: Any) -> dict[str, Answer]:
    """What a player gets, and a server that asks for it, for nobody, and for one who is new."""
    wire, found = looks.wire, {}
    found["player"] = await wire.answer(rpc.name, key=looks.player_key, **fields)
    names = rpc.request.DESCRIPTOR.fields_by_name
    if "player_id" in names:
        found["server"] = await wire.answer(rpc.name, player_id=looks.player, **fields)
    if not rpc.player_field:
        found["nobody"] = await wire.answer(rpc.name, **fields)
    return found


@pytest.mark.parametrize("rpc", PLAYERS_READ, ids=str)
async def test_reads_name_nothing_secret(looks: Looks, rpc: Rpc) -> None:
    """Lists, progress, statistics, collections, and what is open but refers to secret things."""
    size: dict[str, Any] = {}
    if "page_size" in rpc.request.DESCRIPTOR.fields_by_name:
        size["page_size"] = 200
    for fields in fields_of(rpc, OPEN):
        for who, answer in (await views(looks, rpc, **fields, **size)).items():
            assert answer.code is Code.OK or rpc.name == "GetQuestProgress", (who, answer)
            check_veiled(answer, (rpc.name, who, fields))


@pytest.mark.parametrize(
    "rpc", [rpc for rpc in PLAYERS_READ if fields_of(rpc, SECRET) != [{}]], ids=str
)
async def test_a_secret_thing_is_not_there(looks: Looks, rpc: Rpc) -> None:
    """The answer is what it would be for an id that means nothing."""
    for fields in fields_of(rpc, SECRET):
        ((name, secret),) = fields.items()
        nothing = "x" * len(secret)
        asked = await views(looks, rpc, **fields)
        unknown = await views(looks, rpc, **{name: nothing})
        for who, answer in asked.items():
            assert told(answer, secret) == told(unknown[who], nothing), (rpc.name, who)


def told(answer: Answer, name: str) -> str:
    """An answer without the id that was asked for."""
    body = answer.body.replace(name.encode(), b"?")
    return repr(answer).replace(name, "?") if not answer.body else repr((answer.code, body))


REFUSALS: list[tuple[str, dict[str, Any]]] = [
    ("StartQuest", {"quest_id": "gated"}),
    ("StartQuest", {"quest_id": "gated_too"}),
    ("EvolveBadge", {"badge_id": "boot"}),
    ("PurchaseBadge", {"badge_id": "for_money"}),
    ("PurchaseBadge", {"badge_id": "for_more"}),
    ("Purchase", {"offer_id": "deal"}),
    ("EquipItem", {"item_id": "cloak"}),
    ("ConsumeItem", {"item_id": "lens"}),
    ("ClaimQuestReward", {"quest_id": "open_quest"}),
    ("Prestige", {}),
]


@pytest.mark.parametrize(("name", "fields"), REFUSALS, ids=lambda value: str(value)[:40])
async def test_refusals_name_nothing_secret(looks: Looks, name: str, fields: Any) -> None:
    """What asks for something secret says no more than that."""
    for key in (looks.player_key, ""):
        answer = await looks.wire.refusal(name, key=key, player_id=looks.player, **fields)
        assert answer.code in (Code.FAILED_PRECONDITION, Code.NOT_FOUND), answer
        check_veiled(answer, (name, fields))


CHANGES = [
    ("SetAchievementShowcase", "achievement_ids", "veil_goal"),
    ("EquipBadge", "badge_id", "veil_badge"),
    ("UnequipBadge", "badge_id", "veil_badge"),
    ("SetBadgeShowcase", "badge_ids", "veil_badge"),
    ("EvolveBadge", "badge_id", "veil_badge"),
    ("PurchaseBadge", "badge_id", "veil_badge"),
    ("GiftBadge", "badge_id", "veil_badge"),
    ("StartQuest", "quest_id", "veil_quest"),
    ("AbandonQuest", "quest_id", "veil_quest"),
    ("ClaimQuestReward", "quest_id", "veil_quest"),
    ("RateQuest", "quest_id", "veil_quest"),
    ("EquipTitle", "title_id", "veil_title"),
]


@pytest.mark.parametrize(("name", "field", "secret"), CHANGES)
async def test_changes_of_secret_things_are_not_found(
    looks: Looks, name: str, field: str, secret: str
) -> None:
    more: dict[str, Any] = {}
    if name == "GiftBadge":
        more["receiver_id"] = looks.owner
    if name == "RateQuest":
        more["rating"] = 3
    nothing = "x" * len(secret)
    refused = []
    for one in (secret, nothing):
        value: Any = [one] if field.endswith("s") else one
        answer = await looks.wire.refusal(name, key=looks.player_key, **{field: value}, **more)
        assert answer.code is Code.NOT_FOUND, answer
        refused.append(told(answer, one))
    assert refused[0] == refused[1]


async def test_events_name_nothing_secret(looks: Looks) -> None:
    """Neither the progress of secret goals, nor what others have got."""
    wire, (rpc, stream) = looks.wire, (BY_NAME["ListEvents"], BY_NAME["StreamEvents"])
    listed = rpc.request(page_size=1000)
    check_veiled(await wire.raw.call(rpc, listed, credential=looks.player_key), "events")
    first = stream.request(cursor="beginning")
    check_veiled(await wire.raw.call(stream, first, credential=looks.player_key), "stream")
    assert await wire.events(looks.player, key=looks.player_key)


async def test_what_is_open_beside_it_is_told(looks: Looks) -> None:
    """Of a reward that gives both, each reads what is open."""
    ask, player_id = looks.wire.ask, looks.player
    (deal,) = (await ask("ListOffers", player_id=player_id)).offers
    odds = (await ask("GetOdds", player_id=player_id, table_id="chest")).odds
    (streak,) = (await ask("GetStreaks", player_id=player_id)).streaks
    (activity,) = (await ask("ListStreakActivities")).streak_activities
    (milestone,) = activity.definition.milestones
    rewards = [deal.contents, odds[0].reward, streak.next_milestone.reward, milestone.reward]
    assert [list(reward.badges) for reward in rewards] == [["medal"]] * 4
    assert not [reward for reward in rewards if reward.titles]


async def test_others_are_not_told_what_somebody_has(looks: Looks) -> None:
    for name, fields in (
        ("GetPlayer", {"player_id": looks.owner}),
        ("BatchGetPlayers", {"player_ids": [looks.owner]}),
    ):
        answer = await looks.wire.answer(name, key=looks.player_key, **fields)
        assert answer.code is Code.OK
        check_veiled(answer, name)


async def test_who_has_it_sees_it(looks: Looks) -> None:
    """Each of them in its lists, and told when it came."""
    wire, key = looks.wire, await looks.wire.token(looks.owner)
    for name, secrets in (
        ("ListAchievements", ["veil_goal"]),
        ("ListPlayerAchievements", ["veil_goal"]),
        ("ListBadges", ["veil_badge"]),
        ("ListPlayerBadges", ["veil_badge"]),
        ("ListBadgeCollections", ["veil_set", "veil_badge"]),
        ("ListTitles", ["veil_title"]),
        ("ListQuests", ["veil_quest"]),
        ("ListPlayerQuests", ["veil_quest"]),
    ):
        answer = await wire.answer(name, key=key, page_size=200)
        for secret in secrets:
            assert secret.encode() in answer.body, (name, answer)
        assert b"veil_last" not in answer.body
    told_of = {each.type for each in await wire.events(looks.owner, key=key)}
    assert told_of >= {"achievement.unlocked", "badge.changed", "title.earned", "quest.completed"}
    refused = await wire.refusal("StartQuest", player_id=looks.player, quest_id="gated")
    check_veiled(refused, "the same for others as before")
    assert (await wire.ask("StartQuest", player_id=looks.owner, quest_id="gated")).run.attempt == 1


async def test_secret_badges_provide_surprises(looks: Looks) -> None:
    """A use case of seed 003: nothing tells of one before, and everything afterwards."""
    wire, player = looks.wire, fresh("p")
    await wire.record(player, "step")
    before = await wire.ask("ListBadges", player_id=player, page_size=200)
    result = await wire.record(player, "find")
    surprise = {each.badge_id for each in result.progress.badges} - {"by_goal"}
    assert "veil_badge" in surprise
    after = await wire.ask("ListBadges", player_id=player, page_size=200)
    listed = [{each.definition.id for each in answer.badges} for answer in (before, after)]
    assert listed[1] - listed[0] == surprise
