"""What definitions give, given: money, items, XP, multipliers, draws; pure.

A reward may cause others: XP gains levels, levels pay rewards, draws give what they draw. The depth
is bounded by the catalog's rules: an entry cannot draw again, and a level's reward holds no XP.

Whether a command is refused never depends on what it drew: it draws once, however often it runs
(see `engine.tape`), but who met a refusal could send another until chance is kind. So what is drawn
and finds no room goes to the mailbox, whatever the policy, all in one mail; and who has no place
for that mail draws nothing. A table that runs dry on the way ends its draws, and those before it
stand.

Activities are never refused for what they give, but for money whose policy says so: see `Spill`.
Nothing at all is refused for what follows from it: see `pay_freely`.

Badges, achievements and quests lie above: they are left to the reactions as awards.
"""

from __future__ import annotations

from dataclasses import replace

from renown_server.catalog.goods import LootRoll, LootTable, Reward, TimedMultiplier
from renown_server.catalog.limits import AMOUNT_MAX, BASIS_POINTS
from renown_server.catalog.progression import Stacking
from renown_server.engine.facts import RewardOverflowed, XpGained
from renown_server.engine.signals import Award, AwardKind
from renown_server.engine.work import Work
from renown_server.errors import NothingToDraw
from renown_server.inventory import loot, mail
from renown_server.inventory.giving import give_item, pay_currency, still_there
from renown_server.inventory.reach import Reach
from renown_server.inventory.spill import Spill
from renown_server.inventory.state import InventoryBook
from renown_server.leaderboards.entries import submit
from renown_server.profile import multipliers
from renown_server.profile.experience import catch_up, gain_xp, take_level_rewards
from renown_server.profile.state import PlayerBook, PlayerState
from renown_server.progress import honors
from renown_server.progress.gates import highest_level

ISSUANCE_LEVEL = "issuance:level"
ISSUANCE_LOOT = "issuance:loot"


def pay(
    work: Work,
    player_id: str,
    reward: Reward,
    *,
    counter_account: str,
    rule: str,
    times: int = 1,
    by_mail: bool = False,
) -> None:
    """Gives a player a reward, `times` over.

    Args:
        work: the batch.
        player_id: who gets it.
        reward: what. Draws come last: what else may refuse the command has to stand before.
        counter_account: where money and items come from.
        rule: why.
        times: how often.
        by_mail: whether all that finds no room is sent, whatever the catalog says; for what was
            paid elsewhere. What is drawn is sent where the catalog says to refuse.

    Raises:
        BalanceCap, InventoryFull, ItemLimit, MailboxFull: there is no room, and the catalog says
            to refuse.
        QuantityOutOfRange: too many.
        NothingToDraw: a loot table has nothing for the player, before any of the draws.
    """
    spill = Spill(keeps_all=True) if by_mail else None
    _give(work, player_id, reward, counter_account, rule, times, spill)
    if reward.loot:
        spill = spill or Spill()
        pay_loot(work, player_id, reward.loot, rule=rule, times=times, spill=spill)
    if spill is not None:
        spill.send(work, player_id, rule)


def pay_freely(
    work: Work,
    player_id: str,
    reward: Reward,
    *,
    rule: str,
    counter_account: str,
    scale_bp: int = BASIS_POINTS,
    times: int = 1,
) -> None:
    """Gives a player a reward that nobody asked for, `times` over; it never refuses.

    What finds no room is sent, money above its cap and draws included, whatever the catalog says
    to refuse. What finds no place in the mailbox either, or what the game gives no more of, is left
    out, and a fact says so.

    Args:
        work: the batch.
        player_id: who gets it.
        reward: what.
        rule: why.
        counter_account: where money and items come from.
        scale_bp: the share of its XP and money that is given, each rounded down.
        times: how often.

    Raises:
        NotLoaded: more must be known.
    """
    if reward.is_empty or not times:
        return
    if scale_bp != BASIS_POINTS:
        reward = scaled(reward, scale_bp)
    spill = Spill(drops=True)
    _give(work, player_id, reward, counter_account, rule, times, spill)
    if reward.loot:
        pay_loot(work, player_id, reward.loot, rule=rule, times=times, spill=spill)
    spill.send(work, player_id, rule)


def scaled(reward: Reward, scale_bp: int) -> Reward:
    """A reward with a share of its XP and money, each rounded down."""
    return replace(
        reward,
        xp=min(reward.xp * scale_bp // BASIS_POINTS, AMOUNT_MAX),
        currencies=tuple(
            [
                (code, min(amount * scale_bp // BASIS_POINTS, AMOUNT_MAX))
                for code, amount in reward.currencies
            ]
        ),
    )


def _give(
    work: Work,
    player_id: str,
    reward: Reward,
    counter_account: str,
    rule: str,
    times: int,
    spill: Spill | None,
) -> None:
    """Everything but the draws."""
    for code, amount in reward.currencies:
        pay_currency(
            work,
            player_id,
            code,
            amount * times,
            counter_account=counter_account,
            rule=rule,
            spill=spill,
        )
    if len(reward.items) > 1:
        # Asked for one by one, each takes a load.
        work.slice(InventoryBook).require(player_id, [each.item for each in reward.items])
    for each in reward.items:
        give_item(
            work,
            player_id,
            work.catalog.items[each.item],
            each.quantity * times,
            counter_account=counter_account,
            rule=rule,
            spill=spill,
        )
    if reward.xp:
        player = work.slice(PlayerBook).get(player_id)
        gain(work, player, min(reward.xp * times, AMOUNT_MAX), rule=rule, spill=spill)
    for multiplier in reward.multipliers:
        _multiply(work, player_id, multiplier, rule, times)
    for title in reward.titles:
        honors.earn_title(work, player_id, title, rule)
    for content in reward.unlock_content:
        honors.unlock_content(work, player_id, content, rule)
    if reward.badges or reward.achievements or reward.unlock_quests:
        _award(work, player_id, reward, rule, times)


def _multiply(
    work: Work, player_id: str, multiplier: TimedMultiplier, rule: str, times: int
) -> None:
    if work.catalog.progression.stacking is Stacking.STACK:
        for _ in range(min(times, multipliers.MULTIPLIERS_MAX)):
            grant_multiplier(work, player_id, multiplier, rule=rule)
        return
    # Several of the same last longer; it takes no more facts.
    longer = TimedMultiplier(multiplier.factor_bp, multiplier.duration_us * times)
    grant_multiplier(work, player_id, longer, rule=rule)


def _award(work: Work, player_id: str, reward: Reward, rule: str, times: int) -> None:
    """What is given `times` over are badges; the others are there, or not."""
    given = (
        (AwardKind.BADGE, reward.badges, times),
        (AwardKind.ACHIEVEMENT, reward.achievements, 1),
        (AwardKind.QUEST, reward.unlock_quests, 1),
    )
    for kind, names, quantity in given:
        for name in names:
            award = Award(player_id, kind, name, quantity, rule, occurred_us=work.occurred_us)
            work.award(award)


def pay_loot(
    work: Work,
    player_id: str,
    rolls: tuple[LootRoll, ...],
    *,
    rule: str,
    spill: Spill,
    times: int = 1,
) -> None:
    """Draws, `times` over, and gives what is drawn; what finds no room is left in the spill.

    Draws from a table that has nothing more are left out, and a fact says so.

    Raises:
        MailboxFull: there is no place for that mail; not if the spill drops.
        NothingToDraw: a table has nothing, before any of the draws; not if the spill drops.
    """
    reach = Reach(work.catalog)
    reach.add_loot(rolls, times)
    reach.require(work, player_id)
    tables = work.catalog.loot_tables
    if not spill.drops:
        mail.check_room(work, player_id)
        for roll in rolls:
            open_, _ = loot.open_to(work, player_id, tables[roll.table], spill.mailed)
            if not open_.total:
                raise NothingToDraw(roll.table)
    for roll in rolls:
        _draw(work, player_id, tables[roll.table], roll.rolls * times, rule, spill)


def _draw(
    work: Work, player_id: str, table: LootTable, draws: int, rule: str, spill: Spill
) -> None:
    cause = f"loot_table:{table.id}"
    for made in range(draws):
        try:
            drawn = loot.draw(work, player_id, table, rule=rule, mailed=spill.mailed)
        except NothingToDraw:
            work.emit(player_id, RewardOverflowed(cause, draws - made, "discard"))
            return
        _give(work, player_id, drawn, ISSUANCE_LOOT, cause, 1, spill)


def gain(
    work: Work, player: PlayerState, base: int, *, rule: str, spill: Spill | None = None
) -> XpGained | None:
    """Gives XP outside of activities: multipliers apply, boards that count XP move.

    What follows from a late activity counts where that happened: multipliers that acted then, and
    the boards' periods.
    """
    gained = gain_xp(
        work,
        player,
        base,
        rule=rule,
        boosts=multipliers.acting(player, work.occurred_us),
        level_max=highest_level(work, player),
    )
    pay_levels(work, player, spill=spill)
    if gained is not None and gained.amount:
        for board in work.catalog.boards_on_xp:
            submit(work, player.player_id, board, gained.amount, work.occurred_us, rule)
    return gained


def release_levels(work: Work, player: PlayerState) -> None:
    """Reaches the levels that were held back and are no more, and pays them; never refuses."""
    if catch_up(work, player, highest_level(work, player)):
        pay_levels(work, player, spill=Spill(drops=True))


def pay_levels(
    work: Work, player: PlayerState, *, spill: Spill | None = None, strict: bool = False
) -> None:
    """Pays the rewards of levels reached and not yet paid.

    Args:
        work: the batch.
        player: whose levels.
        spill: where goes what finds no room. If it drops, each level sends a mail of its own:
            who is taken the activity and keeps the level keeps that mail.
        strict: whether money is refused that the catalog says to refuse; see `pay_currency`.
    """
    levels = work.catalog.levels
    for level in take_level_rewards(work, player):
        rule = f"level:{level}"
        aside = Spill(drops=True, parent=spill) if spill is not None and spill.drops else spill
        for code, amount in levels.rewards.get(level, ()):
            pay_currency(
                work,
                player.player_id,
                code,
                amount,
                counter_account=ISSUANCE_LEVEL,
                rule=rule,
                spill=aside,
                strict=strict,
            )
        for item_id, quantity in levels.items.get(level, ()):
            item = work.catalog.items[item_id]
            # Nobody stays below a level because the game gives no more of what it pays.
            if there := still_there(work, player.player_id, item, quantity, rule):
                give_item(
                    work,
                    player.player_id,
                    item,
                    there,
                    counter_account=ISSUANCE_LEVEL,
                    rule=rule,
                    spill=aside,
                )
        for title in levels.titles.get(level, ()):
            honors.earn_title(work, player.player_id, title, rule)
        for content in levels.unlocks.get(level, ()):
            honors.unlock_content(work, player.player_id, content, rule)
        if badges := levels.badges.get(level):
            _award(work, player.player_id, Reward(badges=badges), rule, 1)
        if aside is not None and aside is not spill:
            aside.send(work, player.player_id, rule)


def grant_multiplier(work: Work, player_id: str, multiplier: TimedMultiplier, *, rule: str) -> None:
    """Lets a factor of XP act from now on; the catalog says how it stacks."""
    multipliers.grant(
        work,
        work.slice(PlayerBook).get(player_id),
        source=rule,
        factor_bp=multiplier.factor_bp,
        duration_us=multiplier.duration_us,
        rule=rule,
    )
