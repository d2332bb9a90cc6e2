"""All SQL of players."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import asyncpg
import msgspec

from renown_server.engine.columns import as_texts, integers, texts, unnest
from renown_server.engine.part import Args, Part, RootPart
from renown_server.engine.work import Work
from renown_server.profile.profiles import PlayerView, Profile, ProfileBook
from renown_server.profile.state import Multiplier, PlayerBook, PlayerState, Usage, ZoneChange

_metrics_decoder = msgspec.json.Decoder(dict[str, int])
_usage_decoder = msgspec.json.Decoder(dict[str, Usage])
_multipliers_decoder = msgspec.json.Decoder(tuple[Multiplier, ...])
_zones_decoder = msgspec.json.Decoder(tuple[ZoneChange, ...])
_encoder = msgspec.json.Encoder()

_COLUMNS = (
    "player_id, sequence, created_us, updated_us, last_active_us, xp, lifetime_xp, level,"
    " reward_level, prestige, time_zone, metrics, usage, multipliers, metric_marks, zones"
)


def _encode_map(values: Mapping[str, Any]) -> str:
    return _encoder.encode(values).decode() if values else "{}"


def _encode_list(values: Sequence[Any]) -> str:
    return _encoder.encode(values).decode() if values else "[]"


class PlayersPart(RootPart):
    """The players' rows."""

    create_sql = (
        "INSERT INTO players (player_id)"
        " SELECT p FROM unnest(string_to_array($1::text, chr(31))) AS p ORDER BY p"
        " ON CONFLICT (player_id) DO NOTHING"
    )
    peek_sql = f"SELECT row({_COLUMNS}) FROM players WHERE player_id = ANY({as_texts(0)})"
    lock_sql = f"{peek_sql} ORDER BY player_id FOR UPDATE"
    # An upsert of rows that exist: 13 µs a row on a table never analysed,
    # where UPDATE … FROM unnest took 220.
    write_sql = (
        f"INSERT INTO players ({_COLUMNS}) SELECT u.* FROM "
        + unnest("text", *["bigint"] * 6, *["int"] * 3, *["text"] * 6)
        + " AS u ON CONFLICT (player_id) DO UPDATE SET sequence = EXCLUDED.sequence,"
        " created_us = EXCLUDED.created_us, updated_us = EXCLUDED.updated_us,"
        " last_active_us = EXCLUDED.last_active_us, xp = EXCLUDED.xp,"
        " lifetime_xp = EXCLUDED.lifetime_xp, level = EXCLUDED.level,"
        " reward_level = EXCLUDED.reward_level, prestige = EXCLUDED.prestige,"
        " time_zone = EXCLUDED.time_zone, metrics = EXCLUDED.metrics, usage = EXCLUDED.usage,"
        " multipliers = EXCLUDED.multipliers, metric_marks = EXCLUDED.metric_marks,"
        " zones = EXCLUDED.zones"
    )

    def absorb(self, work: Work, rows: Sequence[Sequence[Any]]) -> None:
        """Attaches the players."""
        book = PlayerBook()
        for row in rows:
            book.by_id[row[0]] = _player(row)
        work.attach(book)

    def require(self, work: Work, player_id: str) -> None:
        """Checks that a player exists."""
        work.slice(PlayerBook).get(player_id)

    def advance(self, work: Work, player_id: str, count: int) -> int:
        """Takes sequences, and notes that the player has changed."""
        player = work.slice(PlayerBook).by_id[player_id]
        work.touch(player)
        first = player.sequence + 1
        player.sequence += count
        player.updated_us = work.now_us
        return first

    def write_args(self, work: Work) -> Args | None:
        """The changed players, column by column."""
        changed = work.dirty(PlayerState)
        if not changed:
            return None
        return (
            texts([player.player_id for player in changed]),
            integers([player.sequence for player in changed]),
            integers([player.created_us for player in changed]),
            integers([player.updated_us for player in changed]),
            integers([player.last_active_us for player in changed]),
            integers([player.xp for player in changed]),
            integers([player.lifetime_xp for player in changed]),
            integers([player.level for player in changed]),
            integers([player.reward_level for player in changed]),
            integers([player.prestige for player in changed]),
            texts([player.time_zone for player in changed]),
            texts([_encode_map(player.metrics) for player in changed]),
            texts([_encode_map(player.usage) for player in changed]),
            texts([_encode_list(player.multipliers) for player in changed]),
            texts([player.marks_json for player in changed]),
            texts([_encode_list(player.zones) for player in changed]),
        )


def _player(row: Sequence[Any]) -> PlayerState:
    player = PlayerState(row[0])
    (
        player.sequence,
        player.created_us,
        player.updated_us,
        player.last_active_us,
        player.xp,
        player.lifetime_xp,
        player.level,
        player.reward_level,
        player.prestige,
        player.time_zone,
    ) = row[1:11]
    if row[11] != "{}":
        player.metrics = _metrics_decoder.decode(row[11])
    if row[12] != "{}":
        player.usage = _usage_decoder.decode(row[12])
    if row[13] != "[]":
        player.multipliers = _multipliers_decoder.decode(row[13])
    player.marks_json = row[14]
    if row[15] != "[]":
        player.zones = _zones_decoder.decode(row[15])
    return player


class ProfilesPart(Part):
    """Profiles."""

    name = "profiles"
    load_sql = (
        "SELECT row(player_id, username, display_name, avatar_url, locale) FROM profiles"
        f" WHERE player_id = ANY({as_texts(0)})"
    )
    write_sql = (
        "INSERT INTO profiles (player_id, username, display_name, avatar_url, locale)"
        " SELECT u.* FROM unnest({0}::text[], {1}::text[], {2}::text[], {3}::text[], {4}::text[])"
        " AS u ON CONFLICT (player_id) DO UPDATE SET username = EXCLUDED.username,"
        " display_name = EXCLUDED.display_name, avatar_url = EXCLUDED.avatar_url,"
        " locale = EXCLUDED.locale"
    )

    def open(self, work: Work) -> None:
        """Attaches the empty book, which holds the usernames as well."""
        work.attach(ProfileBook())

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes the profiles, and that the others have none."""
        book = work.slice(ProfileBook)
        for row in rows:
            book.absorb(Profile(*row))
        for player_id in keys:
            book.absorb(Profile(player_id))

    def write_args(self, work: Work) -> Args | None:
        """The changed profiles, column by column."""
        changed = work.dirty(Profile)
        if not changed:
            return None
        return (
            [profile.player_id for profile in changed],
            [profile.username for profile in changed],
            [profile.display_name for profile in changed],
            [profile.avatar_url for profile in changed],
            [profile.locale for profile in changed],
        )


class UsernamesPart(Part):
    """Reservations of usernames.

    Two batches may reserve one name at once: the primary key refuses the
    second, which then finds the first.
    """

    name = "usernames"
    by_player = False
    load_sql = (
        "SELECT row(username_key, player_id) FROM usernames"
        f" WHERE username_key = ANY({as_texts(0)})"
    )
    write_sql = (
        "INSERT INTO usernames (username_key, player_id)"
        " SELECT u.* FROM unnest({0}::text[], {1}::text[]) AS u"
    )

    def open(self, work: Work) -> None:
        """The book is attached by `ProfilesPart`."""

    def absorb(self, work: Work, keys: Iterable[Any], rows: Sequence[tuple[Any, ...]]) -> None:
        """Notes the names that are taken."""
        work.slice(ProfileBook).taken.update(rows)

    def write_args(self, work: Work) -> Args | None:
        """The new reservations, sorted: two batches that want the same ones don't deadlock."""
        named = sorted(
            [
                (profile.username.lower(), profile.player_id)
                for profile in work.dirty(Profile)
                if profile.is_named
            ]
        )
        if not named:
            return None
        return [key for key, _ in named], [player_id for _, player_id in named]


VIEW_SQL = (
    "SELECT p.player_id, p.created_us, p.updated_us, p.last_active_us, p.xp, p.lifetime_xp,"
    " p.level, p.prestige, p.time_zone, p.metrics, f.username, f.display_name, f.avatar_url,"
    " f.locale, e.title FROM players AS p LEFT JOIN LATERAL"
    # LIMIT keeps it inside: planned while the table was empty, a join read all of it.
    " (SELECT * FROM profiles WHERE player_id = p.player_id LIMIT 1) AS f ON true"
    # The title worn is told with the others that were earned: most players have none.
    " LEFT JOIN LATERAL (SELECT honors::json #>> '{all,title}' AS title FROM earned"
    " WHERE player_id = p.player_id AND honors <> '{}' LIMIT 1) AS e ON true"
    " WHERE p.player_id = ANY($1::text[]) AND p.created_us > 0"
)


async def load_views(
    connection: asyncpg.Connection, player_ids: Sequence[str]
) -> dict[str, PlayerView]:
    """Reads players as others may see them; those that do not exist are left out."""
    rows = await connection.fetch(VIEW_SQL, list(player_ids))
    return {row[0]: _view(row) for row in rows}


def _view(row: Sequence[Any]) -> PlayerView:
    return PlayerView(
        player_id=row[0],
        created_us=row[1],
        updated_us=row[2],
        last_active_us=row[3],
        xp=row[4],
        lifetime_xp=row[5],
        level=row[6],
        prestige=row[7],
        time_zone=row[8],
        metrics=_metrics_decoder.decode(row[9]),
        username=row[10] or "",
        display_name=row[11] or "",
        avatar_url=row[12] or "",
        locale=row[13] or "",
        title=row[14] or "",
    )
