"""All SQL of achievements that batches use."""

from __future__ import annotations

from renown_server.achievements.state import CompletionBook, Completions
from renown_server.engine.columns import integers, texts, unnest
from renown_server.engine.part import Args, Part
from renown_server.engine.work import Work


class AchievementUnlocksPart(Part):
    """The rows of completions that are new."""

    name = "achievement_unlocks"
    load_sql = None
    # A number may be there already: taken and earned again in one batch, or left by a catalog that
    # counted otherwise.
    write_sql = (
        "INSERT INTO achievement_unlocks (player_id, achievement_id, no, earned_us)"
        f" SELECT u.* FROM {unnest('text', 'text', 'int', 'bigint')} AS u"
        " ON CONFLICT (player_id, achievement_id, no) DO UPDATE SET earned_us = EXCLUDED.earned_us"
    )

    def open(self, work: Work) -> None:
        """Attaches the empty book."""
        work.attach(CompletionBook())

    def write_args(self, work: Work) -> Args | None:
        """The new rows, column by column."""
        rows = [
            (each.player_id, each.achievement, no, earned_us)
            for each in work.dirty(Completions)
            for no, earned_us in each.earned.items()
        ]
        if not rows:
            return None
        players, achievements, numbers, moments = zip(*rows, strict=True)
        return texts(players), texts(achievements), integers(numbers), integers(moments)


class AchievementRemovalsPart(Part):
    """The rows of completions that were taken back.

    They lie above all that `AchievementUnlocksPart` writes of the same achievement: no row is
    touched twice by one statement.
    """

    name = "achievement_removals"
    load_sql = None
    write_sql = (
        # Each player's rows by their key, however full the table was when this was planned; the
        # players' locks keep the rows where they are.
        "DELETE FROM achievement_unlocks WHERE ctid = ANY(ARRAY(SELECT a.ctid FROM "
        f"{unnest('text', 'text', 'int')} AS u(p, a, c), LATERAL (SELECT ctid"
        " FROM achievement_unlocks WHERE player_id = u.p AND achievement_id = u.a AND no > u.c"
        " OFFSET 0) AS a))"
    )

    def open(self, work: Work) -> None:
        """The book is attached by `AchievementUnlocksPart`."""

    def write_args(self, work: Work) -> Args | None:
        """How many are left of what was taken from, column by column."""
        cut = [each for each in work.dirty(Completions) if each.cut]
        if not cut:
            return None
        return (
            texts([each.player_id for each in cut]),
            texts([each.achievement for each in cut]),
            integers([each.count for each in cut]),
        )
