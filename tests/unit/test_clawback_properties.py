"""Whatever was recorded and whatever is revoked: as if it had never been, or owed."""

from __future__ import annotations

from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server.engine.command import Command
from renown_server.errors import AlreadySpent
from renown_server.inventory.clawback import Policy
from renown_server.leaderboards.state import ScoreBook
from tests.kit.catalogs import snapshot_of
from tests.kit.commands import activity, create, credit, debit
from tests.kit.economy import ECONOMY
from tests.kit.pure import World
from tests.kit.revocations import revoke
from tests.kit.times import DAY, SECOND

# Without what makes an activity's gain depend on those before it.
GAME = snapshot_of(
    ECONOMY.replace("  soft_cap: 10\n  soft_cap_rate_basis_points: 5000\n", "")
    .replace("hard_cap: 20", "hard_cap: 90")
    .replace("{code: gems, name: Gems, cap: 100}", "{code: gems, name: Gems}")
    .replace("{code: dust, cap: 10, overflow: discard}", "{code: dust}")
    .replace("inventory_capacity: 10", "inventory_capacity: 0")
)
RANKED = {
    how: snapshot_of(
        ECONOMY.replace(
            "metric: hours, period: all_time, aggregation: max",
            f"metric: hours, period: weekly, aggregation: {how}, order: {order}",
        ).replace("source: xp, period: all_time", "source: xp, period: all_time, aggregation: max")
    )
    for how, order in (("max", "descending"), ("min", "ascending"), ("latest", "descending"))
}

Deed = tuple[str, dict[str, Any]]

deeds = st.one_of(
    st.sampled_from(["lesson", "marathon", "hunt", "gift", "wave"]).map(
        lambda kind: (kind, dict[str, Any]())
    ),
    st.integers(0, 400).map(lambda hours: ("reading", {"metrics": {"hours": hours}})),
    st.integers(10, 50).map(lambda amount: ("task", {"amount": amount})),
)
spendings = st.sampled_from(["", "", "coins", "gems"])


def net(world: World) -> dict[str, int]:
    """What the player has, less what it owes; nothing is left out."""
    found: Counter[str] = Counter()
    for (_, currency), row in world.tables["wallets"].items():
        assert row[2] >= 0
        assert not (row[2] and row[5]), "who owes has nothing"
        found[currency] += row[2] - row[5]
    for (_, item, _), row in world.tables["items"].items():
        found[f"item:{item}"] += row[3] - row[7]
    return {name: amount for name, amount in found.items() if amount}


def progress(world: World) -> tuple[Any, ...]:
    player = world.player("p")
    return (player.xp, player.lifetime_xp, player.level, player.reward_level, player.metrics)


def check_books(world: World) -> None:
    sums: Counter[str] = Counter()
    for currency, amount, after in world.postings("p"):
        sums[currency] += amount
        assert after == sums[currency] >= 0
    assert +sums == +Counter(
        {key[1]: row[2] for key, row in world.tables["wallets"].items() if row[2]}
    )
    assert world.sequences("p") == list(range(1, world.player("p").sequence + 1))


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(deeds, spendings), min_size=1, max_size=8), st.data())
def test_as_if_it_had_never_been(done: list[tuple[Deed, str]], data: st.DataObject) -> None:
    gone = data.draw(st.sets(st.integers(0, len(done) - 1), min_size=1))
    world, without = World(GAME), World(GAME)
    for each in (world, without):
        each.run(create("p"))
    spent: Counter[str] = Counter()
    for number, ((kind, fields), currency) in enumerate(done):
        for each in (world, without):
            each.clock.value_us += SECOND
        world.run(activity("p", kind, f"a{number}", **fields))
        if number not in gone:
            without.run(activity("p", kind, f"a{number}", **fields))
        if currency and world.balance("p", currency):
            amount = world.balance("p", currency)
            world.run(debit("p", **{currency: amount}))
            spent[currency] += amount
    for number in data.draw(st.permutations(sorted(gone))):
        world.run(revoke("p", f"a{number}", Policy.DEBT))
        check_books(world)
    assert progress(world) == progress(without)
    assert world.scores("p") == without.scores("p")
    expected = Counter(net(without))
    expected.subtract(spent)
    assert net(world) == {name: amount for name, amount in expected.items() if amount}


@settings(deadline=None, max_examples=100)
@given(st.lists(deeds, min_size=1, max_size=6), st.data())
def test_refused_or_whole(done: list[Deed], data: st.DataObject) -> None:
    """REFUSE takes everything or changes nothing, and never makes debts."""
    world = World(GAME)
    world.run(create("p"))
    for number, (kind, fields) in enumerate(done):
        world.run(activity("p", kind, f"a{number}", **fields))
    if (coins := world.balance("p")) and data.draw(st.booleans()):
        world.run(debit("p", coins=data.draw(st.integers(1, coins))))
    order = data.draw(st.permutations(range(len(done))))
    for number in order:
        before = world.state()
        (outcome,) = world.batch(revoke("p", f"a{number}"))
        if isinstance(outcome, AlreadySpent):
            after = world.state()
            assert {n for n in after if after[n] != before[n]} == {"requests"}
        else:
            assert not isinstance(outcome, BaseException), outcome
        check_books(world)
    assert all(row[5] == 0 for row in world.tables["wallets"].values())


@settings(deadline=None, max_examples=60)
@given(st.lists(deeds, min_size=1, max_size=8), st.data())
def test_all_revoked_is_nothing(done: list[Deed], data: st.DataObject) -> None:
    world = World(GAME)
    for number, (kind, fields) in enumerate(done):
        world.run(activity("p", kind, f"a{number}", **fields))
    for number in data.draw(st.permutations(range(len(done)))):
        world.run(revoke("p", f"a{number}"))
    assert progress(world) == (0, 0, 1, 1, {})
    assert net(world) == {}
    assert world.scores("p") == {}
    assert not world.items("p")
    world.run(credit("p", coins=5))
    assert net(world) == {"coins": 5}


@settings(deadline=None, max_examples=150)
@given(
    st.sampled_from(sorted(RANKED)),
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 8), st.booleans()), min_size=1, max_size=8
    ),
    st.permutations(range(8)),
    st.integers(1, 8),
)
def test_ranked_boards_are_exact(
    how: str, reports: list[tuple[int, int, bool]], order: list[int], count: int
) -> None:
    """Scores, and the moments at which they were reached, on boards that do not sum."""
    gone = [number for number in order[:count] if number < len(reports)]
    world, without = World(RANKED[how]), World(RANKED[how])
    for each in (world, without):
        each.run(create("p"))
    for number, (hours, days, is_late) in enumerate(reports):
        now_us = world.clock.value_us + SECOND + days * DAY
        fields: dict[str, Any] = {"metrics": {"hours": hours}}
        if is_late:
            fields["occurred_at_us"] = now_us - 2 * DAY
        for each in (world, without):
            each.clock.value_us = now_us
        command: Command = activity("p", "reading", f"a{number}", **fields)
        world.run(command)
        if number not in gone:
            without.run(command)
    for number in gone:
        world.run(revoke("p", f"a{number}"))
    assert ranked(world) == ranked(without)


def ranked(world: World) -> dict[str, tuple[int, int]]:
    """Score and tie of the boards that do not sum."""
    work = world.open([revoke("p", "a0")])
    entries = work.slice(ScoreBook).get("p").entries
    return {
        key: (entry.score, entry.tie_us)
        for key, entry in entries.items()
        if key.startswith(("hours_best", "xp_all"))
    }
