"""What is worn and what is shown; pure. Only what is worn acts."""

from __future__ import annotations

from renown_server.badges.holding import KIND, earned_of, find, replace, unequip
from renown_server.engine.facts import BadgeEquipped
from renown_server.engine.work import Work
from renown_server.errors import EquipLimit, InsufficientBadges, ShowcaseLimit
from renown_server.progress.state import count


def equip(work: Work, player_id: str, badge_id: str, rule: str) -> None:
    """Puts a badge on; one that is on stays so.

    Raises:
        BadgeNotFound: there is none, or it is secret and not owned.
        InsufficientBadges: the player has none.
        EquipLimit: as many are on as the catalog allows.
    """
    _require(work, player_id, badge_id)
    equipped = earned_of(work, player_id).honors.badges_equipped
    if badge_id in equipped:
        return
    most = work.catalog.progression.badges_equipped_max
    if len(equipped) >= most:
        raise EquipLimit(most)
    put_on(work, player_id, badge_id, len(equipped), rule)


def put_on(work: Work, player_id: str, badge_id: str, place: int, rule: str) -> None:
    """Puts a badge on at a place among those that are on."""
    earned = earned_of(work, player_id)
    equipped = earned.honors.badges_equipped
    after = (*equipped[:place], badge_id, *equipped[place:])
    earned.set_honors(work, replace(earned.honors, badges_equipped=after))
    count(work, KIND, badge_id, active=1)
    work.emit(player_id, BadgeEquipped(rule, badge_id, True))


def take_off(work: Work, player_id: str, badge_id: str, rule: str) -> None:
    """Takes a badge off; one that is not on stays so.

    What is on can be taken off even if the catalog has dropped it: it holds a place.

    Raises:
        BadgeNotFound: there is none, or it is secret and not owned.
    """
    if badge_id not in earned_of(work, player_id).honors.badges_equipped:
        find(work, player_id, badge_id)
    unequip(work, player_id, badge_id, rule)


def show(work: Work, player_id: str, badge_ids: tuple[str, ...]) -> None:
    """Shows these badges, each once, instead of those that are shown.

    Raises:
        BadgeNotFound: one is none, or is secret and not owned.
        InsufficientBadges: the player has none of one.
        ShowcaseLimit: they are more than the catalog allows.
    """
    for badge_id in badge_ids:
        _require(work, player_id, badge_id)
    most = work.catalog.progression.badges_showcased_max
    if len(badge_ids) > most:
        raise ShowcaseLimit(most)
    earned = earned_of(work, player_id)
    if badge_ids != earned.honors.badges_showcased:
        earned.set_honors(work, replace(earned.honors, badges_showcased=badge_ids))


def show_one(work: Work, player_id: str, badge_id: str, showcased: bool) -> None:
    """Adds a badge to those that are shown, at the end, or removes it.

    Raises:
        BadgeNotFound: there is none, or it is secret and not owned.
        InsufficientBadges: the player has none to add.
        ShowcaseLimit: as many are shown as the catalog allows.
    """
    earned = earned_of(work, player_id)
    shown = earned.honors.badges_showcased
    if showcased or badge_id not in shown:
        find(work, player_id, badge_id)
    if (badge_id in shown) == showcased:
        return
    if showcased:
        show(work, player_id, (*shown, badge_id))
        return
    # Fewer are always allowed, even if they are more than today's catalog allows.
    left = tuple([name for name in shown if name != badge_id])
    earned.set_honors(work, replace(earned.honors, badges_showcased=left))


def _require(work: Work, player_id: str, badge_id: str) -> None:
    find(work, player_id, badge_id)
    if not earned_of(work, player_id).badge_count(badge_id):
        raise InsufficientBadges(badge_id, 1, 0)
