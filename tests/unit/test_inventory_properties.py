"""Whatever is done with items: they are conserved, and what is refused leaves no trace."""

from __future__ import annotations

import json
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from renown_server.engine.command import Command
from renown_server.engine.facts import ItemChanged, decode_facts
from renown_server.inventory.rules import slots_of
from tests.kit.commands import activity, create
from tests.kit.economy import economy_game
from tests.kit.inventory import ACTIVATE, Player
from tests.kit.pure import World
from tests.kit.times import MINUTE

GAME = economy_game()
ITEMS = sorted(GAME.items)

items = st.sampled_from(ITEMS)
used = st.sampled_from(["potion", "wand", "present", "torch", "elixir", "shard"])
few = st.integers(1, 12)
steps = st.one_of(
    st.tuples(st.just("grant"), items, few),
    st.tuples(st.just("post"), items, few),
    st.tuples(st.just("consume"), used, st.integers(1, 4)),
    st.tuples(st.just("open"), st.sampled_from(["chest", "vault"]), st.integers(1, 4)),
    st.tuples(st.just("activate"), st.just("boost"), st.just(1)),
    st.tuples(st.just("equip"), st.sampled_from(["sword", "frame", "potion"]), st.just(1)),
    st.tuples(st.just("unequip"), st.sampled_from(["weapon", "frame"]), st.just(1)),
    st.tuples(st.just("claim"), st.just(""), st.integers(1, 6)),
    st.tuples(st.just("record"), st.sampled_from(["dig", "hunt", "marathon"]), st.just(1)),
    st.tuples(st.just("wait"), st.just(""), st.integers(1, 90)),
)


def command_of(p: Player, step: tuple[str, str, int]) -> Command:
    """The command of a step."""
    action, name, count = step
    match action:
        case "grant":
            return p.grant(**{name: count})
        case "post":
            return p.post(**{name: count})
        case "consume":
            return p.consume(name, count, environment="cave", activity="dig")
        case "open":
            return p.open(name, count)
        case "activate":
            return p.use(ACTIVATE, name)
        case "equip":
            return p.equip(name)
        case "unequip":
            return p.unequip(name)
        case "claim":
            return p.claim(count)
    return activity(p.id, name)


def check(world: World) -> None:
    """What must hold after every batch."""
    stacks = {key[1:]: row for key, row in world.tables["items"].items()}
    moved: Counter[tuple[str, str]] = Counter()
    by_account: Counter[tuple[str, str]] = Counter()
    for name, at in (("activities", 9), ("requests", 9)):
        for row in world.tables[name].values():
            for fact in decode_facts(row[at]):
                if isinstance(fact, ItemChanged):
                    moved[fact.item, fact.instance] += fact.amount
                    by_account[fact.item, fact.counter_account] += fact.amount
    assert {key: n for key, n in moved.items() if n} == world.items("p")
    bag = world.tables["bags"].get("p", ("p", 0, "{}", "{}", "{}"))
    taken = sum(slots_of(GAME.items[item], row[3]) for (item, _), row in stacks.items())
    assert bag[1] == taken <= GAME.economy.inventory_capacity
    worn = [tuple(chosen) for chosen in json.loads(bag[4]).values()]
    assert len(set(worn)) == len(worn)
    assert set(worn) <= set(stacks)
    for item, issued, used, removed, *_ in world.tables["item_statistics"].values():
        there = sum(row[3] for (name, _), row in stacks.items() if name == item)
        assert issued - used - removed == there
        assert used == -by_account[item, "sink:use"]
    sold = world.tables["stock"].get("item:relic", ("", 5, 0))[2]
    waiting = sum(
        count
        for row in world.tables["mail"].values()
        if not row[7]
        for item, count in json.loads(row[2]).get("items", [])
        if item == "relic"
    )
    assert sold == waiting + sum(n for (name, _), n in world.items("p").items() if name == "relic")


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.lists(steps, min_size=1, max_size=4), min_size=5, max_size=25))
def test_items_are_conserved(batches: list[list[tuple[str, str, int]]]) -> None:
    world = World(GAME)
    world.run(create("p"))
    p = Player(GAME)
    world.run(p.grant(potion=9, chest=9, vault=4, key=4, boost=2, wand=1, present=2))
    for batch in batches:
        commands = []
        for step in batch:
            if step[0] == "wait":
                world.clock.value_us += step[2] * MINUTE
            else:
                commands.append(command_of(p, step))
        before = world.state()
        outcomes = world.batch(*commands)
        check(world)
        if outcomes and all(isinstance(outcome, BaseException) for outcome in outcomes):
            after = world.state()
            for name in before:
                if name not in ("requests", "activities"):
                    assert after[name] == before[name], name
        again = world.batch(*commands)
        for first, second in zip(outcomes, again, strict=True):
            if not isinstance(first, BaseException):
                assert second.facts == first.facts  # type: ignore[union-attr]
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                assert hasattr(outcome, "refusal"), outcome
