"""What can be wrong with loot tables."""

from __future__ import annotations

from collections.abc import Iterator

from renown.v1 import catalog_pb2 as pb
from renown_server.catalog.problems import Finding, Path, nearest
from renown_server.catalog.validate_basics import Known, check_amounts, repeated
from renown_server.catalog.validate_rewards import check_reward


def check_loot_tables(catalog: pb.Catalog, known: Known) -> Iterator[Finding]:
    """Checks what each table gives, how likely, and what duplicates become."""
    for index, item in enumerate(catalog.loot_tables):
        path = ("loot_tables", index)
        yield from _check_entries(path, item, known)
        yield from _check_weights(path, item)
        yield from _check_pity((*path, "pity"), item)
        yield from _check_duplicates(path, item, known)


def _check_entries(path: Path, table: pb.LootTableDefinition, known: Known) -> Iterator[Finding]:
    for index, entry in enumerate(table.entries):
        at = (*path, "entries", index, "reward")
        yield from check_reward(at, entry.reward, known)
        if entry.reward.loot:
            yield Finding(
                (*at, "loot"),
                "what is drawn can't draw again",
                "give a container, or list what it would draw here",
            )
    ids = [entry.id for entry in table.entries]
    for index, _ in repeated(ids):
        yield Finding(
            (*path, "entries", index, "id"), f"`{ids[index]}` is taken", "choose another id"
        )


def _check_weights(path: Path, table: pb.LootTableDefinition) -> Iterator[Finding]:
    total = sum(entry.weight for entry in table.entries)
    if table.total_weight and table.total_weight != total:
        yield Finding(
            (*path, "total_weight"),
            f"is {table.total_weight}, but the weights add up to {total}",
            f"change a weight, or set it to {total}",
        )


def _check_pity(path: Path, table: pb.LootTableDefinition) -> Iterator[Finding]:
    known = {entry.id for entry in table.entries}
    for index, name in enumerate(table.pity.entries):
        if name not in known:
            meant = nearest(name, known)
            yield Finding(
                (*path, "entries", index),
                f"`{name}` is no entry of this table",
                f"did you mean {meant}?" if meant else "name one of its entries",
            )
    if known and known <= set(table.pity.entries):
        yield Finding(
            (*path, "entries"),
            "lists all entries of the table: no draw would ever miss",
            "leave out what is common, or remove pity",
        )


def _check_duplicates(path: Path, table: pb.LootTableDefinition, known: Known) -> Iterator[Finding]:
    at = (*path, "duplicate_reward")
    converts = table.duplicates == pb.DUPLICATE_POLICY_CONVERT
    if converts and not table.duplicate_reward:
        yield Finding(
            at, "is missing", "say what a duplicate is worth: `[{currency: …, amount: 1}]`"
        )
    elif table.duplicate_reward and not converts:
        yield Finding(
            at, "has no effect without `duplicates: convert`", "set it, or remove duplicate_reward"
        )
    yield from check_amounts(at, table.duplicate_reward, known)
