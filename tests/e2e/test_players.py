"""Players: created, read, levelled."""

from __future__ import annotations

import pytest

import renown
from renown import errors
from renown.v1 import player_profile_service_pb2 as pb


async def test_create_and_read(game: renown.Client, player: str) -> None:
    created = await game.players.create(
        player,
        username=f"User.{player}",
        display_name="Žofie 🦊",
        avatar_url="/a.png",
        time_zone="Europe/Prague",
        locale="cs-CZ",
    )
    assert created.experience.level == 1
    assert created == await game.players.get(player)
    assert created.display_name == "Žofie 🦊"


async def test_retry_of_a_creation_gets_the_identical_answer(
    game: renown.Client, player: str
) -> None:
    first = await game.players.create(player, request_id=f"c-{player}")
    await game.activities.record(player, "lesson_completed")
    assert await game.players.create(player, request_id=f"c-{player}") == first
    with pytest.raises(errors.RequestIdReused):
        await game.players.create(player, display_name="other", request_id=f"c-{player}")
    with pytest.raises(errors.PlayerExists):
        await game.players.create(player)


async def test_usernames_are_unique_without_regard_to_case(
    game: renown.Client, player: str
) -> None:
    await game.players.create(player, username=f"Name-{player}")
    with pytest.raises(errors.UsernameTaken):
        await game.players.create(f"{player}-b", username=f"nAME-{player}")
    with pytest.raises(errors.PlayerNotFound):
        await game.players.get(f"{player}-b")
    await game.players.create(f"{player}-b", username=f"name-{player}-b")


async def test_first_activity_creates_the_player(game: renown.Client, player: str) -> None:
    with pytest.raises(errors.PlayerNotFound):
        await game.players.get(player)
    await game.activities.record(player, "login")
    found = await game.players.get(player)
    assert found.last_active_at == found.created_at
    with pytest.raises(errors.PlayerExists):
        await game.players.create(player)


async def test_get_many_says_who_is_missing(game: renown.Client, player: str) -> None:
    await game.activities.record(player, "login")
    response = await game.raw.player_profile.BatchGetPlayers(
        pb.BatchGetPlayersRequest(player_ids=[f"{player}-no", player])
    )
    assert [found.player_id for found in response.players] == [player]
    assert list(response.missing_player_ids) == [f"{player}-no"]


async def test_levels_and_progress_agree(game: renown.Client, player: str) -> None:
    levels = await game.players.levels()
    assert [level.level for level in levels] == list(range(1, 101))
    assert levels[0].name == "Newcomer"
    assert levels[1].threshold_xp == 100
    for _ in range(6):
        await game.activities.record(player, "lesson_completed")
    progress = await game.players.level(player)
    assert (progress.total_xp, progress.level) == (150, 2)
    assert progress.current_level_xp == 50
    assert progress.next_level_xp == levels[1].level_xp
    assert progress.progress_basis_points == 50 * 10_000 // levels[1].level_xp


async def test_xp_history_is_complete_in_pages(game: renown.Client, player: str) -> None:
    for number in range(5):
        await game.activities.record(
            player,
            "lesson_completed",
            activity_id=f"x{number}",
            perfect=number == 4,
            description=f"lesson {number}",
        )
    entries = [entry async for entry in game.players.xp_history(player, page_size=2)]
    assert [entry.command_id for entry in entries] == ["x4", "x3", "x2", "x1", "x0"]
    assert entries[0].amount == 37
    assert entries[0].multiplier_basis_points == 14_800
    assert [entry.leveled_up for entry in entries] == [False, True, False, False, False]
    assert [entry.level_to for entry in entries] == [2, 2, 1, 1, 1]
    assert entries[0].reason == "lesson 4"
    assert entries[0].source == "activity_type:lesson_completed"
    assert [entry.balance_after for entry in entries] == [137, 100, 75, 50, 25]
