"""What a quest pays; pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from renown_server.catalog.goods import NOTHING, ItemAmount, Reward
from renown_server.catalog.quests import BonusCondition, BonusKind, Quest
from renown_server.engine.work import Work
from renown_server.errors import MailboxFull
from renown_server.inventory import mail, rewards
from renown_server.progress.values import QuestRun

ISSUANCE_QUEST = "issuance:quest"

_PPM = 1_000_000


def is_met(quest: Quest, run: QuestRun, condition: BonusCondition) -> bool:
    """Whether a completed attempt is what a bonus or a branch asks for."""
    match condition.kind:
        case BonusKind.ALWAYS:
            return True
        case BonusKind.ALL_OPTIONAL:
            return all(each.id in run.done for each in quest.objectives if each.optional)
        case BonusKind.OBJECTIVE:
            return condition.objective in run.done
        case BonusKind.WITHIN:
            return run.completed_us - run.started_us <= condition.within_us
        case BonusKind.PERFECT:
            return not run.imperfect


def certain(quest: Quest, run: QuestRun) -> Reward:
    """What a completed attempt pays whatever chance says."""
    bonus = [reward for condition, reward in quest.bonus if is_met(quest, run, condition)]
    return merged([plain(quest, run.times), *bonus])


def plain(quest: Quest, times: int) -> Reward:
    """What the first, second, … completion pays, however it was done."""
    if times > 1:
        return quest.guaranteed if quest.repeat is None else quest.repeat
    return merged([quest.guaranteed, quest.first_completion])


def drawn(work: Work, quest: Quest) -> Reward:
    """What chance adds."""
    return merged(
        [reward for chance_ppm, reward in quest.random if work.random.below(_PPM) < chance_ppm]
    )


def pay_freely(work: Work, player_id: str, rule: str, reward: Reward) -> None:
    """Pays in a way that refuses nothing."""
    if not reward.is_empty:
        rewards.pay_freely(work, player_id, reward, rule=rule, counter_account=ISSUANCE_QUEST)


def pay_strictly(work: Work, player_id: str, quest: Quest, reward: Reward) -> None:
    """Pays a completed attempt, or refuses to.

    Whether it refuses doesn't depend on chance: what may refuse stands before what is drawn, and
    what is drawn finds its way into the mailbox, where there has to be a place for it.

    Raises:
        BalanceCap, InventoryFull, ItemLimit, QuantityOutOfRange: there is no room.
        MailboxFull: there may be more to send than has a place.
        NothingToDraw: a loot table has nothing for the player.
    """
    goods = replace(reward, loot=())
    if not goods.is_empty:
        rewards.pay(work, player_id, goods, rule=quest.rule, counter_account=ISSUANCE_QUEST)
    mails = bool(reward.loot) + bool(quest.random)
    if mails and not mail.has_room(work, player_id, mails):
        raise MailboxFull(work.catalog.economy.mailbox_capacity)
    if reward.loot:
        draws = Reward(loot=reward.loot)
        rewards.pay(work, player_id, draws, rule=quest.rule, counter_account=ISSUANCE_QUEST)
    pay_freely(work, player_id, quest.rule, drawn(work, quest))


def merged(parts: Iterable[Reward]) -> Reward:
    """Several rewards as one: amounts added up, the rest in order."""
    given = [part for part in parts if not part.is_empty]
    if len(given) < 2:
        return given[0] if given else NOTHING
    currencies: dict[str, int] = {}
    items: dict[str, int] = {}
    for part in given:
        for code, amount in part.currencies:
            currencies[code] = currencies.get(code, 0) + amount
        for each in part.items:
            items[each.item] = items.get(each.item, 0) + each.quantity
    return Reward(
        xp=sum(part.xp for part in given),
        currencies=tuple(currencies.items()),
        items=tuple([ItemAmount(item, quantity) for item, quantity in items.items()]),
        loot=tuple([roll for part in given for roll in part.loot]),
        multipliers=tuple([each for part in given for each in part.multipliers]),
        badges=tuple([each for part in given for each in part.badges]),
        titles=tuple([each for part in given for each in part.titles]),
        unlock_content=tuple([each for part in given for each in part.unlock_content]),
        unlock_quests=tuple([each for part in given for each in part.unlock_quests]),
        achievements=tuple([each for part in given for each in part.achievements]),
    )
