"""Multipliers that end before their time; pure."""

from __future__ import annotations

import msgspec

from renown_server.engine.facts import MultiplierGranted
from renown_server.engine.work import Work
from renown_server.profile.state import PlayerState


def shorten(work: Work, player: PlayerState, grant: MultiplierGranted) -> None:
    """Takes from a multiplier what a grant has added, as far as it has not passed yet.

    What it has multiplied already stays.
    """
    added_us = grant.added_us or grant.ends_us - grant.starts_us
    for place, known in enumerate(player.multipliers):
        same = (known.source, known.factor_bp, known.starts_us)
        if same != (grant.source, grant.factor_bp, grant.starts_us):
            continue
        ends_us = max(known.starts_us, min(known.ends_us, work.now_us), known.ends_us - added_us)
        if ends_us == known.ends_us:
            continue
        work.touch(player)
        kept = list(player.multipliers)
        kept[place] = msgspec.structs.replace(known, ends_us=ends_us)
        player.multipliers = tuple([each for each in kept if each.starts_us < each.ends_us])
        work.emit(
            player.player_id,
            MultiplierGranted(
                rule=f"revoke:{grant.rule}",
                source=known.source,
                factor_bp=known.factor_bp,
                starts_us=known.starts_us,
                ends_us=ends_us,
                added_us=ends_us - known.ends_us,
            ),
        )
        return
