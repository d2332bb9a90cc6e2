"""The command of an activity."""

from __future__ import annotations

from renown_server.activity.body import ActivityBody
from renown_server.activity.cascade import run
from renown_server.engine.command import ActivityKey, Command
from renown_server.engine.work import Work


class RecordActivity(Command):
    """Records an activity and pays everything it earns."""

    __slots__ = ()

    method = "RecordActivity"
    creates_players = True
    parts = ("wallets", "scores")
    body: ActivityBody

    def decide(self, work: Work) -> None:
        """Runs the cascade."""
        run(work, self.body)


def record_activity(body: ActivityBody, principal: str) -> RecordActivity:
    """The command of an activity; its id is its own exactly-once key."""
    return RecordActivity(
        key=ActivityKey(body.player_id, body.activity_id),
        players=(body.player_id,),
        principal=principal,
        body=body,
        label=body.type,
    )
