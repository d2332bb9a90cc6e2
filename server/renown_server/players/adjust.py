"""XP corrected by hand; pure.

It counts as XP wherever XP counts: for the level, for achievements, and on boards that sum XP, in
the period in which it is done. There a correction downwards takes at most what the player has.
Boards that compare single gains don't know it: it is none.
"""

from __future__ import annotations

from renown_server import audit
from renown_server.catalog.snapshot import Aggregation
from renown_server.engine.work import Work
from renown_server.inventory import rewards
from renown_server.inventory.spill import Spill
from renown_server.leaderboards.entries import submit, withdraw
from renown_server.profile.experience import adjust_xp
from renown_server.profile.state import PlayerState
from renown_server.progress.gates import highest_level

RULE = "admin"


def adjust(work: Work, player: PlayerState, amount: int, *, reason: str, event_type: str) -> None:
    """Corrects a player's XP, pays levels reached for the first time, and writes it down.

    Args:
        work: the batch.
        player: whose XP.
        amount: signed, without multipliers.
        reason: the operator's, for the audit only.
        event_type: what happened.

    Raises:
        XpOutOfRange: it would fall below 0, or pass 2^53-1.
    """
    adjust_xp(work, player, amount, rule=RULE, level_max=highest_level(work, player))
    # A correction is not refused for what follows from it.
    rewards.pay_levels(work, player, spill=Spill(drops=True))
    for board in work.catalog.boards_on_xp:
        if board.aggregation is not Aggregation.SUM:
            continue
        move = submit if amount > 0 else withdraw
        move(work, player.player_id, board, abs(amount), work.now_us, RULE)
    audit.add(
        work,
        action="xp.adjust",
        subject=f"player:{player.player_id}",
        reason=reason,
        details={"amount": str(amount), "event_type": event_type},
    )
