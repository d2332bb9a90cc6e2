"""Titles to be worn and contents to be used; pure."""

from __future__ import annotations

from msgspec.structs import replace

from renown_server.engine.facts import (
    ContentLocked,
    ContentUnlocked,
    TitleEarned,
    TitleEquipped,
    TitleRevoked,
)
from renown_server.engine.work import Work
from renown_server.progress.state import ProgressBook
from renown_server.progress.values import Honor


def earn_title(work: Work, player_id: str, title: str, rule: str) -> bool:
    """Gives a title, from now on.

    Returns:
        Whether it is new; who has it keeps it from where it came first.
    """
    earned = work.slice(ProgressBook).earned(player_id)
    honors = earned.honors
    if title in honors.titles:
        return False
    titles = {**honors.titles, title: Honor(work.now_us, rule)}
    earned.set_honors(work, replace(honors, titles=titles))
    work.emit(player_id, TitleEarned(rule=rule, title=title))
    return True


def revoke_title(work: Work, player_id: str, title: str, rule: str) -> bool:
    """Takes a title back; if it is worn, it is taken off.

    Returns:
        Whether the player had it.
    """
    earned = work.slice(ProgressBook).earned(player_id)
    honors = earned.honors
    if title not in honors.titles:
        return False
    titles = {key: honor for key, honor in honors.titles.items() if key != title}
    worn = "" if honors.title == title else honors.title
    earned.set_honors(work, replace(honors, titles=titles, title=worn))
    if worn != honors.title:
        work.emit(player_id, TitleEquipped(rule=rule, title=""))
    work.emit(player_id, TitleRevoked(rule=rule, title=title))
    return True


def unlock_content(work: Work, player_id: str, content: str, rule: str) -> bool:
    """Lets a player use a content of the game from now on.

    Returns:
        Whether it is new; what is unlocked stays as it was.
    """
    earned = work.slice(ProgressBook).earned(player_id)
    honors = earned.honors
    if content in honors.unlocks:
        return False
    unlocks = {**honors.unlocks, content: Honor(work.now_us, rule)}
    earned.set_honors(work, replace(honors, unlocks=unlocks))
    work.emit(player_id, ContentUnlocked(rule=rule, content=content))
    return True


def lock_content(work: Work, player_id: str, content: str, rule: str) -> bool:
    """Takes back the use of a content.

    Returns:
        Whether the player could use it.
    """
    earned = work.slice(ProgressBook).earned(player_id)
    honors = earned.honors
    if content not in honors.unlocks:
        return False
    unlocks = {key: honor for key, honor in honors.unlocks.items() if key != content}
    earned.set_honors(work, replace(honors, unlocks=unlocks))
    work.emit(player_id, ContentLocked(rule=rule, content=content))
    return True
