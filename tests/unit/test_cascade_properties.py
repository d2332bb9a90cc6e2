"""What holds for any activities: more bonus is never less, replay, independence, conservation."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server.catalog.limits import AMOUNT_MAX
from renown_server.catalog.snapshot import CatalogSnapshot
from renown_server.engine.command import Command, Recorded
from renown_server.errors import RenownError
from tests.kit.catalogs import GAME, snapshot_of
from tests.kit.commands import activity, credit, debit, score
from tests.kit.pure import World
from tests.kit.times import HOUR, MINUTE, NOON

NOT_KEPT = "not kept"
PLAYERS = ("ann", "bob", "cyd")
SUM = snapshot_of(GAME.replace("bonuses:\n", "bonuses:\n  policy: sum\n"))
PRODUCT = snapshot_of()
NO_SOFT_CAP = snapshot_of(GAME.replace("  soft_cap: 10\n  soft_cap_rate_basis_points: 5000\n", ""))

flags = st.fixed_dictionaries(
    {},
    optional={
        "perfect": st.booleans(),
        "first_try": st.booleans(),
        "time_us": st.integers(0, 10),
        "expected_time_us": st.integers(0, 10),
    },
)
late = st.integers(-MINUTE, 75 * HOUR)


@st.composite
def deeds(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """An activity's type and fields; some are refused."""
    kind = draw(
        st.sampled_from(
            [
                "lesson",
                "boosted",
                "marathon",
                "reading",
                "task",
                "course",
                "quiz",
                "daily",
                "login",
                "gift",
                "wave",
                "none",
            ]
        )
    )
    fields: dict[str, Any] = draw(flags)
    if kind == "reading":
        fields["metrics"] = draw(
            st.dictionaries(
                st.sampled_from(["hours", "pages"]),
                st.integers(0, 1000) | st.integers(0, AMOUNT_MAX),
            )
        )
    if kind in ("task", "course"):
        fields["amount"] = draw(st.integers(0, 600))
    if draw(st.booleans()):
        fields["occurred_at_us"] = NOON - draw(late)
    return kind, fields


@st.composite
def commands(draw: st.DrawFn, players: tuple[str, ...] = PLAYERS) -> Command:
    """Any command of a player; now and then under an id that was used."""
    player = draw(st.sampled_from(players))
    name = draw(st.none() | st.sampled_from("abcdef"))
    match draw(st.sampled_from(["activity", "activity", "activity", "credit", "debit", "score"])):
        case "activity":
            kind, fields = draw(deeds())
            return activity(player, kind, name or "", **fields)
        case "score":
            board = draw(st.sampled_from(["high", "laps", "mood", "xp_all", "none"]))
            return score(player, board, draw(st.integers(-10, 10)), name or "")
        case move:
            amounts = draw(
                st.dictionaries(
                    st.sampled_from(["coins", "gems", "none"]),
                    st.integers(1, 60) | st.just(AMOUNT_MAX),
                    min_size=1,
                )
            )
            make = credit if move == "credit" else debit
            return make(player, f"{player}-{name}" if name else "", **amounts)


@settings(deadline=None)
@given(
    before=st.lists(deeds(), max_size=4),
    deed=deeds(),
    less=flags,
    more=flags,
    snapshot=st.sampled_from([PRODUCT, SUM]),
)
def test_more_bonus_is_never_less_xp(
    before: list[tuple[str, dict[str, Any]]],
    deed: tuple[str, dict[str, Any]],
    less: dict[str, Any],
    more: dict[str, Any],
    snapshot: CatalogSnapshot,
) -> None:
    """Whatever a player did before, a bonus more gives no less: XP, level, coins, places."""
    kind, fields = deed
    plain = {k: v for k, v in fields.items() if k not in ("perfect", "first_try")}
    low = plain | {k: v for k, v in less.items() if k in ("perfect", "first_try")}
    high = low | {
        k: v or low.get(k, False) for k, v in more.items() if k in ("perfect", "first_try")
    }
    worlds = []
    for how in (low, high):
        world = World(snapshot)
        for kind_before, fields_before in before:
            world.batch(activity("p", kind_before, **fields_before))
        world.batch(activity("p", kind, **how))
        worlds.append(world)
    poor, rich = worlds
    assert rich.player("p").xp >= poor.player("p").xp
    assert rich.player("p").level >= poor.player("p").level
    assert rich.balance("p") >= poor.balance("p")
    for board, value in poor.scores("p").items():
        assert rich.scores("p")[board] >= value


@settings(deadline=None)
@given(
    deeds=st.lists(st.tuples(st.sampled_from(["lesson", "marathon", "task"]), flags), max_size=8)
)
def test_bonuses_add_up_over_many_activities(deeds: list[tuple[str, dict[str, Any]]]) -> None:
    """Without a soft cap, which takes from who is ahead."""
    plain, rich = World(NO_SOFT_CAP), World(NO_SOFT_CAP)
    for kind, how in deeds:
        plain.run(activity("p", kind))
        rich.run(activity("p", kind, **how))
    assert rich.player("p").xp >= plain.player("p").xp
    assert rich.balance("p") >= plain.balance("p")
    assert rich.balance("p", "gems") >= plain.balance("p", "gems")


def split(items: list[Command], sizes: list[int]) -> list[list[Command]]:
    """The items in batches of these sizes, over and over."""
    batches: list[list[Command]] = []
    rest = list(items)
    while rest:
        size = sizes[len(batches) % len(sizes)]
        batches.append(rest[:size])
        rest = rest[size:]
    return batches


sizes = st.lists(st.integers(1, 7), min_size=1, max_size=3)


@settings(deadline=None, max_examples=100)
@given(items=st.lists(commands(), max_size=12), one=sizes, other=sizes)
def test_batches_do_not_matter(items: list[Command], one: list[int], other: list[int]) -> None:
    """The same commands in other batches give the same state and the same answers."""
    worlds, answers = [], []
    for cut in (one, other):
        world = World()
        answers.append([answer(o) for batch in split(items, cut) for o in world.batch(*batch)])
        worlds.append(world)
    assert answers[0] == answers[1]
    assert without_roots(worlds[0]) == without_roots(worlds[1])


@settings(deadline=None, max_examples=100)
@given(items=st.lists(commands(), max_size=12))
def test_doing_it_again_changes_nothing(items: list[Command]) -> None:
    world = World()
    known = [(item, answer(outcome)) for item in items for outcome in world.batch(item)]
    known = [(item, said) for item, said in known if said[1] != NOT_KEPT]
    before = world.state()
    for item, said in known:
        (outcome,) = world.batch(item)
        assert answer(outcome) == said, item.body
    assert world.state() == before


@settings(deadline=None, max_examples=100)
@given(items=st.lists(commands(), max_size=14), data=st.data())
def test_players_do_not_depend_on_each_other(items: list[Command], data: st.DataObject) -> None:
    """Any merge that keeps each player's own order gives each player the same state."""
    queues = {p: [item for item in items if item.players == (p,)] for p in PLAYERS}
    merged: list[Command] = []
    while any(queues.values()):
        player = data.draw(st.sampled_from([p for p, queue in queues.items() if queue]))
        merged.append(queues[player].pop(0))
    straight, mixed = World(), World()
    for item in items:
        straight.batch(item)
    mixed.batch(*merged)
    for player in PLAYERS:
        assert of_player(straight, player) == of_player(mixed, player)


@settings(deadline=None, max_examples=200)
@given(items=st.lists(commands(), max_size=14), cut=sizes)
def test_money_is_conserved_and_failures_leave_no_trace(
    items: list[Command], cut: list[int]
) -> None:
    world = World()
    for batch in split(items, cut):
        world.batch(*batch)
        for player in PLAYERS:
            check_wallet(world, player)
            # Gapless, and no event but those of accepted commands.
            assert world.sequences(player) == list(range(1, world.player(player).sequence + 1))
    for item in items:
        before = world.state()
        (outcome,) = world.batch(item)
        if isinstance(outcome, RenownError):
            after = world.state()
            if outcome.is_recorded:
                for records in ("activities", "requests"):
                    before[records] = after[records]
            assert after == before


def check_wallet(world: World, player: str) -> None:
    """Σ postings = balance ≥ 0, and each posting says the balance it left."""
    sums: dict[str, int] = {}
    for currency, amount, balance_after in world.postings(player):
        sums[currency] = sums.get(currency, 0) + amount
        assert sums[currency] == balance_after
    for (owner, currency), row in world.tables["wallets"].items():
        if owner == player:
            _, _, balance, earned, spent, _ = row
            assert balance == sums.pop(currency) == earned - spent
            assert 0 <= balance <= world.snapshot.currencies[currency].cap
    assert not sums


def answer(outcome: Any) -> Any:
    """An outcome as its caller sees it."""
    if isinstance(outcome, Recorded):
        return (
            outcome.recorded_at_us,
            outcome.first_sequence,
            outcome.facts,
            msgspec.to_builtins(outcome.result),
        )
    assert isinstance(outcome, RenownError), outcome
    return (outcome.refusal, "kept" if outcome.is_recorded else NOT_KEPT)


def without_roots(world: World) -> Any:
    """All state but bare roots, and the version of scores, which is a batch's."""
    state = world.state()
    state["scores"] = {key: row[2:] for key, row in state["scores"].items()}
    state["players"] = {k: row for k, row in state["players"].items() if row[2]}
    return state


def of_player(world: World, player: str) -> Any:
    """Everything stored of one player, but for the version of its scores: that is a batch's."""
    found = {
        name: {
            key: row
            for key, row in rows.items()
            if player in ((row[2],) if name == "requests" else (row[0],))
            and not (name == "players" and not row[2])
        }
        for name, rows in world.tables.items()
    }
    found["scores"] = {key: row[2:] for key, row in found["scores"].items()}
    return found
