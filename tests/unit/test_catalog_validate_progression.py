"""Every way in which badges, streaks and the like can be wrong, with the words people get."""

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renown_server.catalog.validate_cycles import cycles
from tests.kit.progression_pieces import (
    BASE,
    achievement,
    acquisition,
    badge,
    condition,
    objective,
    problems,
    quest,
    requirement,
    reward,
    streak,
)

SCHEMA = [
    (
        "achievements: [{id: a}]",
        "achievements[0]: has no requirements (value is required)",
    ),
    (
        requirement("conditions: []"),
        "achievements[0].requirements.conditions: must contain at least 1 item(s)",
    ),
    (
        requirement("conditions: [{value: 1}]"),
        "achievements[0].requirements.conditions[0]: says nothing (write one of metric,"
        " activity_type, streak, item, currency, achievement, badge, quest, stat, any_activity)",
    ),
    (
        condition("metric: lessons, value: -1"),
        "achievements[0].requirements.conditions[0].value: is -1 (must be greater than or"
        " equal to 0 and less than or equal to 9007199254740991)",
    ),
    (
        achievement("points: -1"),
        "achievements[0].points: is -1 (must be greater than or equal to 0 and less than"
        " or equal to 1000000000)",
    ),
    (
        badge("visual: {color: red}"),
        "badges[0].visual.color: `red` is not allowed (write a hex code like `#4CAF50`, in quotes)",
    ),
    (
        badge("visual: {size: huge}"),
        "badges[0].visual.size: `huge` is not allowed (use small, medium or large)",
    ),
    (
        badge("bonuses: [{stat: xp}]"),
        "badges[0].bonuses[0].value: is 0 (must be greater than or equal to 1 and less"
        " than or equal to 1000000)",
    ),
    (
        quest("rewards: {random: [{probability_ppm: 1000001, reward: {xp: 1}}]}"),
        "quests[0].rewards.random[0].probability_ppm: is 1000001 (must be greater than or"
        " equal to 1 and less than or equal to 1000000)",
    ),
    (
        quest("rewards: {bonus: [{reward: {xp: 1}}]}"),
        "quests[0].rewards.bonus[0]: has no condition (value is required)",
    ),
    (
        quest("rewards: {bonus: [{condition: {}, reward: {xp: 1}}]}"),
        "quests[0].rewards.bonus[0].condition: says nothing (write one of all_optional,"
        " objective, within, perfect)",
    ),
    (
        "settings: {progression: {points_currency: Coins}}",
        "settings.progression.points_currency: `Coins` is not allowed (use up to 64 of"
        " a-z, 0-9 and _)",
    ),
    (
        "prestige: {resets: [none]}",
        "prestige.resets[0]: unknown value `none` (use metrics, streaks, quests,"
        " currencies, items, multipliers)",
    ),
    (
        requirement(
            "conditions: [{metric: lessons}], time_constraint: {type: within, duration: 32d}",
        ),
        "achievements[0].requirements.time_constraint.duration: must be greater than or"
        " equal to 1s and less than or equal to 2678400s",
    ),
]

REFERENCES = [
    (
        condition("metric: lesson"),
        "achievements[0].requirements.conditions[0].metric: `lesson` is not defined under"
        " metrics (did you mean lessons?)",
    ),
    (
        condition("metric: nothing"),
        "achievements[0].requirements.conditions[0].metric: `nothing` is not defined under"
        " metrics (define it under metrics, or use another)",
    ),
    (
        condition("activity_type: lessn"),
        "achievements[0].requirements.conditions[0].activity_type: `lessn` is not defined"
        " under activity_types (did you mean lesson?)",
    ),
    (
        condition("streak: dayly", "streak"),
        "achievements[0].requirements.conditions[0].streak: `dayly` is not defined under"
        " streaks (did you mean daily?)",
    ),
    (
        condition("item: or"),
        "achievements[0].requirements.conditions[0].item: `or` is not defined under items"
        " (did you mean ore?)",
    ),
    (
        condition("currency: coin"),
        "achievements[0].requirements.conditions[0].currency: `coin` is not defined under"
        " currencies (did you mean coins?)",
    ),
    (
        condition("achievement: frist"),
        "achievements[0].requirements.conditions[0].achievement: `frist` is not defined"
        " under achievements (did you mean first?)",
    ),
    (
        condition("badge: bronce"),
        "achievements[0].requirements.conditions[0].badge: `bronce` is not defined under"
        " badges (did you mean bronze?)",
    ),
    (
        condition("quest: intor"),
        "achievements[0].requirements.conditions[0].quest: `intor` is not defined under"
        " quests (did you mean intro?)",
    ),
    (
        condition("metric: lessons, time_frame: season, season: sprin"),
        "achievements[0].requirements.conditions[0].season: `sprin` is not defined under"
        " seasons (did you mean spring?)",
    ),
    (
        condition("any_activity: false"),
        "achievements[0].requirements.conditions[0].any_activity: is false (write"
        " `any_activity: true`, or name an activity_type)",
    ),
    (
        achievement("prerequisite_achievements: [frist]"),
        "achievements[0].prerequisite_achievements[0]: `frist` is not defined under"
        " achievements (did you mean first?)",
    ),
    (
        achievement("season: sprung"),
        "achievements[0].season: `sprung` is not defined under seasons (did you mean spring?)",
    ),
    (
        achievement("level_requirement: 11"),
        "achievements[0].level_requirement: level 11 is never reached (use at most 10 (hard_cap))",
    ),
    (
        reward("badges: [bronz]"),
        "achievements[0].rewards.badges[0]: `bronz` is not defined under badges (did you"
        " mean bronze?)",
    ),
    (
        reward("titles: [sag]"),
        "achievements[0].rewards.titles[0]: `sag` is not defined under titles (did you mean sage?)",
    ),
    (
        reward("achievements: [frist]"),
        "achievements[0].rewards.achievements[0]: `frist` is not defined under"
        " achievements (did you mean first?)",
    ),
    (
        reward("unlock_quests: [intor]"),
        "achievements[0].rewards.unlock_quests[0]: `intor` is not defined under quests"
        " (did you mean intro?)",
    ),
    (
        reward("unlock_quests: [intro]"),
        "achievements[0].rewards.unlock_quests[0]: `intro` is open to everybody (write"
        " `requirements: {locked: true}` there, or remove it here)",
    ),
    (
        reward("titles: ['']"),
        "achievements[0].rewards.titles[0]: is empty (name one of titles, or remove it)",
    ),
    (
        reward("items: [{item_id: or, quantity: 1}]"),
        "achievements[0].rewards.items[0].item_id: `or` is not defined under items (did"
        " you mean ore?)",
    ),
    (
        "items: [{id: a, kind: consumable, use: {effects: {badges: [bronz]}}}]",
        "items[0].use.effects.badges[0]: `bronz` is not defined under badges (did you mean"
        " bronze?)",
    ),
    (
        "offers: [{id: a, contents: {titles: [sag]}}]",
        "offers[0].contents.titles[0]: `sag` is not defined under titles (did you mean sage?)",
    ),
    (
        "loot_tables: [{id: a, entries: [{id: x, weight: 1, reward: {achievements: [frist]}}]}]",
        "loot_tables[0].entries[0].reward.achievements[0]: `frist` is not defined under"
        " achievements (did you mean first?)",
    ),
    (
        "items: [{id: a, achievements: [frist]}]",
        "items[0].achievements[0]: `frist` is not defined under achievements (did you mean first?)",
    ),
    (
        "offers: [{id: a, contents: {xp: 1}, achievements: ['']}]",
        "offers[0].achievements[0]: is empty (name one of achievements, or remove it)",
    ),
    (
        badge("collection: metals"),
        "badges[0].collection: `metals` is not defined under badge_collections (define it"
        " under badge_collections, or use another)",
    ),
    (
        badge("category: studi"),
        "badges[0].category: `studi` is not defined under badge_categories (did you mean study?)",
    ),
    (
        acquisition("achievement: frist"),
        "badges[0].acquisition.achievement: `frist` is not defined under achievements (did"
        " you mean first?)",
    ),
    (
        acquisition("level: 11"),
        "badges[0].acquisition.level: level 11 is never reached (use at most 10 (hard_cap))",
    ),
    (
        acquisition("method: milestone, quests: [intor]"),
        "badges[0].acquisition.quests[0]: `intor` is not defined under quests (did you"
        " mean intro?)",
    ),
    (
        acquisition("method: collection, items_needed: [{item_id: or, quantity: 1}]"),
        "badges[0].acquisition.items_needed[0].item_id: `or` is not defined under items"
        " (did you mean ore?)",
    ),
    (
        acquisition("method: collection, badges_needed: [bronz]"),
        "badges[0].acquisition.badges_needed[0]: `bronz` is not defined under badges (did"
        " you mean bronze?)",
    ),
    (
        acquisition("method: purchase, cost: [{currency: coin, amount: 1}]"),
        "badges[0].acquisition.cost[0].currency: `coin` is not defined under currencies"
        " (did you mean coins?)",
    ),
    (
        acquisition("method: event, activity_types: [lessn]"),
        "badges[0].acquisition.activity_types[0]: `lessn` is not defined under"
        " activity_types (did you mean lesson?)",
    ),
    (
        badge("set_bonus: {required_badges: [bronz], bonuses: [{stat: xp, value: 1}]}"),
        "badges[0].set_bonus.required_badges[0]: `bronz` is not defined under badges (did"
        " you mean bronze?)",
    ),
    (
        badge("evolution: {next_badge: bronz}"),
        "badges[0].evolution.next_badge: `bronz` is not defined under badges (did you mean"
        " bronze?)",
    ),
    (
        badge("evolution: {next_badge: bronze, level: 11}"),
        "badges[0].evolution.level: level 11 is never reached (use at most 10 (hard_cap))",
    ),
    (
        badge("evolution: {next_badge: bronze, achievements: [frist]}"),
        "badges[0].evolution.achievements[0]: `frist` is not defined under achievements"
        " (did you mean first?)",
    ),
    (
        badge("evolution: {next_badge: bronze, items: [{item_id: or, quantity: 1}]}"),
        "badges[0].evolution.items[0].item_id: `or` is not defined under items (did you mean ore?)",
    ),
    (
        badge("evolution: {next_badge: bronze, cost: [{currency: coin, amount: 1}]}"),
        "badges[0].evolution.cost[0].currency: `coin` is not defined under currencies (did"
        " you mean coins?)",
    ),
    (
        streak("activity_types: [lessn]"),
        "streaks[0].activity_types[0]: `lessn` is not defined under activity_types (did"
        " you mean lesson?)",
    ),
    (
        streak("freeze: {days_per_month_max: 1, price: [{currency: coin, amount: 1}]}"),
        "streaks[0].freeze.price[0].currency: `coin` is not defined under currencies (did"
        " you mean coins?)",
    ),
    (
        streak("repair: {window_days: 1, item: or}"),
        "streaks[0].repair.item: `or` is not defined under items (did you mean ore?)",
    ),
    (
        streak("daily_reward: {badges: [bronz]}"),
        "streaks[0].daily_reward.badges[0]: `bronz` is not defined under badges (did you"
        " mean bronze?)",
    ),
    (
        streak("milestones: [{days: 1, reward: {badges: [bronz]}}]"),
        "streaks[0].milestones[0].reward.badges[0]: `bronz` is not defined under badges"
        " (did you mean bronze?)",
    ),
    (
        quest("requirements: {level: 11}"),
        "quests[0].requirements.level: level 11 is never reached (use at most 10 (hard_cap))",
    ),
    (
        quest("requirements: {quests_completed: [intor]}"),
        "quests[0].requirements.quests_completed[0]: `intor` is not defined under quests"
        " (did you mean intro?)",
    ),
    (
        quest("requirements: {achievements: [frist]}"),
        "quests[0].requirements.achievements[0]: `frist` is not defined under achievements"
        " (did you mean first?)",
    ),
    (
        quest("requirements: {items: [{item_id: or, quantity: 1}]}"),
        "quests[0].requirements.items[0].item_id: `or` is not defined under items (did you"
        " mean ore?)",
    ),
    (
        quest("requirements: {skills: [{skill: hour, level: 1}]}"),
        "quests[0].requirements.skills[0].skill: `hour` is not defined under metrics (did"
        " you mean hours?)",
    ),
    (
        quest("rewards: {guaranteed: {badges: [bronz]}}"),
        "quests[0].rewards.guaranteed.badges[0]: `bronz` is not defined under badges (did"
        " you mean bronze?)",
    ),
    (
        quest("rewards: {random: [{probability_ppm: 1, reward: {badges: [bronz]}}]}"),
        "quests[0].rewards.random[0].reward.badges[0]: `bronz` is not defined under badges"
        " (did you mean bronze?)",
    ),
    (
        quest("chain: {chain_id: c, next_quest: intor}"),
        "quests[0].chain.next_quest: `intor` is not defined under quests (did you mean intro?)",
    ),
    (
        quest("chain: {chain_id: c, branches: [{condition: {perfect: true}, quest: intor}]}"),
        "quests[0].chain.branches[0].quest: `intor` is not defined under quests (did you"
        " mean intro?)",
    ),
    (
        objective("targets: [{item: or}]"),
        "quests[0].objectives[0].targets[0].item: `or` is not defined under items (did you"
        " mean ore?)",
    ),
    (
        "badge_collections: [{id: a, reward: {titles: [sag]}}]\nbadges: [{id: a, collection: a}]",
        "badge_collections[0].reward.titles[0]: `sag` is not defined under titles (did you"
        " mean sage?)",
    ),
    (
        "settings: {progression: {points_currency: coin}}",
        "settings.progression.points_currency: `coin` is not defined under currencies (did"
        " you mean coins?)",
    ),
    (
        "prestige: {resets: [currencies], reset_currencies: [coin]}",
        "prestige.reset_currencies[0]: `coin` is not defined under currencies (did you"
        " mean coins?)",
    ),
    (
        "prestige: {resets: [items], reset_items: [or]}",
        "prestige.reset_items[0]: `or` is not defined under items (did you mean ore?)",
    ),
    (
        "prestige: {rewards: [{reward: {titles: [sag]}}]}",
        "prestige.rewards[0].reward.titles[0]: `sag` is not defined under titles (did you"
        " mean sage?)",
    ),
]

IDS = [
    (
        "achievements: [{id: first, requirements: {conditions: [{metric: lessons}]}}]",
        "achievements[0].id: `first` is taken (choose another id)",
    ),
    (
        "badges: [{id: bronze}]",
        "badges[0].id: `bronze` is taken (choose another id)",
    ),
    (
        "badge_categories: [{id: study}]",
        "badge_categories[0].id: `study` is taken (choose another id)",
    ),
    (
        "badge_collections: [{id: a}, {id: a}]\nbadges: [{id: a, collection: a}]",
        "badge_collections[1].id: `a` is taken (choose another id)",
    ),
    (
        "streaks: [{id: daily}]",
        "streaks[0].id: `daily` is taken (choose another id)",
    ),
    (
        "quests: [{id: intro, objectives: [{id: a, targets: [{metric: lessons}]}]}]",
        "quests[0].id: `intro` is taken (choose another id)",
    ),
    (
        "titles: [{id: sage}]",
        "titles[0].id: `sage` is taken (choose another id)",
    ),
    (
        "seasons: [{id: spring, starts_at: 2026-07-01T00:00:00Z, ends_at: 2026-08-01T00:00:00Z}]",
        "seasons[0].id: `spring` is taken (choose another id)",
    ),
    (
        achievement("slug: first"),
        "achievements[0].slug: `first` leads to `first` already (choose another slug)",
    ),
]

BADGES = [
    (
        acquisition("method: purchase"),
        "badges[0].acquisition.cost: is missing (say what it costs: `[{currency: …, amount: 1}]`)",
    ),
    (
        acquisition("method: random"),
        "badges[0].acquisition.drop_rate_ppm: is missing (say how likely it drops: 10000 is 1 %)",
    ),
    (
        acquisition("method: milestone"),
        "badges[0].acquisition: a milestone needs level or quests (set one of them)",
    ),
    (
        acquisition("method: collection"),
        "badges[0].acquisition: a collection needs items_needed or badges_needed (set one of them)",
    ),
    (
        acquisition("method: challenge"),
        "badges[0].acquisition.quests: is missing (name the challenges it comes with)",
    ),
    (
        acquisition("method: challenge, quests: [intro]"),
        "badges[0].acquisition.quests[0]: `intro` is no challenge (write `type: challenge`"
        " there, or use `method: milestone`)",
    ),
    (
        acquisition("method: event"),
        "badges[0].acquisition.activity_types: is missing (name the event's activity types)",
    ),
    (
        acquisition("method: gift"),
        "badges[0].acquisition.giftable: is false: nobody could give it (set `giftable: true`)",
    ),
    (
        acquisition("cost: [{currency: coins, amount: 1}]"),
        "badges[0].acquisition.cost: has no effect without `method: purchase` (remove it,"
        " or change the method)",
    ),
    (
        acquisition("method: gift, giftable: true, achievement: first"),
        "badges[0].acquisition.achievement: has no effect without `method: achievement`"
        " (remove it, or change the method)",
    ),
    (
        acquisition("drop_rate_ppm: 5"),
        "badges[0].acquisition.drop_rate_ppm: has no effect without `method: random`"
        " (remove it, or change the method)",
    ),
    (
        acquisition("activity_types: [lesson]"),
        "badges[0].acquisition.activity_types: has no effect without `method: event` or"
        " `random` (remove it, or change the method)",
    ),
    (
        acquisition("method: collection, badges_needed: [a]"),
        "badges[0].acquisition.badges_needed[0]: would wait for itself (remove it)",
    ),
    (
        acquisition("available_from: 2026-12-24T00:00:00Z, available_until: 2026-12-23T00:00:00Z"),
        "badges[0].acquisition.available_until: is not after available_from (let the"
        " window have a length)",
    ),
    (
        badge("bonuses: [{stat: coin, value: 1}]"),
        "badges[0].bonuses[0].stat: `coin` is neither xp nor a currency (did you mean coins?)",
    ),
    (
        badge("bonuses: [{stat: strength, value: 1}]"),
        "badges[0].bonuses[0].stat: `strength` is neither xp nor a currency (use xp, or a"
        " currency's code)",
    ),
    (
        badge("set_bonus: {required_badges: [bronze], bonuses: [{stat: luck, value: 1}]}"),
        "badges[0].set_bonus.bonuses[0].stat: `luck` is neither xp nor a currency (use xp,"
        " or a currency's code)",
    ),
    (
        badge("stacks: true, bonuses: [{stat: xp, value: 1}]"),
        "badges[0].stacks: has no effect on a badge of which a player owns one (raise"
        " max_per_player, or remove it)",
    ),
    (
        badge("stacks: true, acquisition: {max_per_player: 2}"),
        "badges[0].stacks: there is no bonus (add bonuses, or remove it)",
    ),
    (
        badge("evolution: {next_badge: bronze, quantity: 2}"),
        "badges[0].evolution.quantity: takes 2, but a player owns at most 1 (lower it, or"
        " raise max_per_player)",
    ),
    (
        "badge_collections: [{id: metals}]",
        "badge_collections[0]: has no badges (write `collection: metals` in some, or remove it)",
    ),
]

STREAKS = [
    (
        streak("milestones: [{days: 7}, {days: 7}]"),
        "streaks[0].milestones[1].days: is 7, not above the 7 before it (list them in"
        " rising order, each once)",
    ),
    (
        streak("milestones: [{days: 7}, {days: 3}]"),
        "streaks[0].milestones[1].days: is 3, not above the 7 before it (list them in"
        " rising order, each once)",
    ),
    (
        streak("freeze: {ahead_max_days: 3}"),
        "streaks[0].freeze.days_per_month_max: is 0: no day could be frozen (raise it, or"
        " remove freeze)",
    ),
    (
        streak("repair: {missed_days_max: 2}"),
        "streaks[0].repair.window_days: is 0: there is no time for it (raise it, or remove repair)",
    ),
    (
        streak("bonus_basis_points_max: 20000"),
        "streaks[0].bonus_basis_points_max: has no effect without"
        " bonus_basis_points_per_day (set bonus_basis_points_per_day, or remove it)",
    ),
    (
        streak("bonus_basis_points_per_day: 500, bonus_basis_points_max: 10000"),
        "streaks[0].bonus_basis_points_max: is 10000: there would be no bonus (use more"
        " than 10000; 20000 doubles)",
    ),
    (
        streak("at_risk_before: 1d"),
        "streaks[0].at_risk_before: is out of range (use less than a day, such as 4h)",
    ),
]

REST = [
    (
        "seasons: [{id: a, starts_at: 2026-07-01T00:00:00Z, ends_at: 2026-07-01T00:00:00Z}]",
        "seasons[0].ends_at: is not after starts_at (let the window have a length)",
    ),
    (
        "seasons: [{id: a, starts_at: 2026-05-01T00:00:00Z, ends_at: 2026-07-01T00:00:00Z}]",
        "seasons[0].starts_at: lies in `spring`, which has not ended (let one season run"
        " at a time)",
    ),
    (
        "settings: {progression: {multiplier_max_basis_points: 5000}}",
        "settings.progression.multiplier_max_basis_points: is 5000: multipliers would take"
        " XP away (use at least 10000, or 0 for no cap; 30000 is three times)",
    ),
    (
        "settings: {progression: {time_zone_change_min: 400d}}",
        "settings.progression.time_zone_change_min: is out of range (use a duration"
        " between 0s and 366d)",
    ),
    (
        "prestige: {level: 11}",
        "prestige.level: level 11 is never reached (use at most 10 (hard_cap))",
    ),
    (
        "prestige: {reset_currencies: [coins]}",
        "prestige.reset_currencies: has no effect unless resets has currencies (add"
        " currencies to resets, or remove it)",
    ),
    (
        "prestige: {resets: [currencies]}",
        "prestige.reset_currencies: is missing: resets has currencies (list currencies, or"
        " remove it there)",
    ),
    (
        "prestige: {reset_items: [ore]}",
        "prestige.reset_items: has no effect unless resets has items (add items to resets,"
        " or remove it)",
    ),
    (
        "prestige: {resets: [items]}",
        "prestige.reset_items: is missing: resets has items (list items, or remove it there)",
    ),
    (
        "prestige: {rewards: [{}]}",
        "prestige.rewards[0]: gives nothing (say what it gives: `reward: {xp: 10}`)",
    ),
    (
        "prestige: {max: 2, rewards: [{prestige: 3, reward: {xp: 1}}]}",
        "prestige.rewards[0].prestige: prestige 3 is never reached (use at most 2 (max))",
    ),
    (
        "prestige: {rewards: [{reward: {xp: 1}}, {reward: {xp: 2}}]}",
        "prestige.rewards[1].prestige: 0 has a reward already, in rewards[0] (put all into one)",
    ),
    (
        "activity_types: [{id: a, counts: [accuracy]}]",
        "activity_types[0].counts[0]: `accuracy` does not add up: it would always be 1"
        " (count with a metric that is a counter)",
    ),
]

CYCLES = [
    (
        achievement("prerequisite_achievements: [a]"),
        "achievements[0].prerequisite_achievements: leads back to itself: a → a (remove"
        " one of them: none could be earned)",
    ),
    (
        "achievements:\n"
        "  - {id: a, prerequisite_achievements: [b], requirements: {conditions:"
        " [{metric: lessons}]}}\n"
        "  - {id: b, prerequisite_achievements: [a], requirements: {conditions:"
        " [{metric: lessons}]}}",
        "achievements[0].prerequisite_achievements: leads back to itself: a → b → a"
        " (remove one of them: none could be earned)",
    ),
    (
        "badges: [{id: a, evolution: {next_badge: b}}, {id: b, evolution: {next_badge: a}}]",
        "badges[0].evolution.next_badge: leads back to itself: a → b → a (let one of them"
        " evolve no further)",
    ),
    (
        badge("evolution: {next_badge: a}"),
        "badges[0].evolution.next_badge: leads back to itself: a → a (let one of them"
        " evolve no further)",
    ),
    (
        quest("requirements: {quests_completed: [q]}"),
        "quests[0]: waits for itself: q → q (look at quests_completed and chains: none"
        " could be started)",
    ),
    (
        "quests:\n"
        "  - {id: q, objectives: [{id: a, targets: [{metric: lessons}]}],"
        " requirements: {quests_completed: [r]}}\n"
        "  - {id: r, objectives: [{id: a, targets: [{metric: lessons}]}],"
        " requirements: {quests_completed: [q]}}",
        "quests[0]: waits for itself: q → r → q (look at quests_completed and chains: none"
        " could be started)",
    ),
    (
        "quests:\n"
        "  - {id: q, objectives: [{id: a, targets: [{metric: lessons}]}], chain:"
        " {chain_id: c, next_quest: r}}\n"
        "  - {id: r, objectives: [{id: a, targets: [{metric: lessons}]}], chain:"
        " {chain_id: c, next_quest: q}}",
        "quests[0]: waits for itself: q → r → q (look at quests_completed and chains: none"
        " could be started)",
    ),
    (
        reward("achievements: [a]"),
        "achievements[0]: gives what leads back to it: achievement a → achievement a (take"
        " one of them out of a reward, or of what is asked for)",
    ),
    (
        "achievements:\n"
        "  - {id: a, requirements: {conditions: [{metric: lessons}]}, rewards:"
        " {achievements: [b]}}\n"
        "  - {id: b, requirements: {conditions: [{metric: lessons}]}, rewards:"
        " {achievements: [a]}}",
        "achievements[0]: gives what leads back to it: achievement a → achievement b →"
        " achievement a (take one of them out of a reward, or of what is asked for)",
    ),
    (
        "achievements: [{id: a, requirements: {conditions: [{badge: b}]},"
        " milestones: [{percentage: 50, reward: {badges: [b]}}]}]\n"
        "badges: [{id: b}]",
        "achievements[0]: gives what leads back to it: achievement a → badge b →"
        " achievement a (take one of them out of a reward, or of what is asked for)",
    ),
    (
        "achievements: [{id: a, requirements: {conditions: [{metric: lessons}]},"
        " rewards: {badges: [b]}}]\n"
        "badges: [{id: b, collection: c}, {id: d, acquisition: {method: collection,"
        " badges_needed: [b]}}]\n"
        "badge_collections: [{id: c, reward: {achievements: [a]}}]",
        "achievements[0]: gives what leads back to it: achievement a → badge b →"
        " collection c → achievement a (take one of them out of a reward, or of what is"
        " asked for)",
    ),
    (
        "quests: [{id: q, auto_claim: true, objectives: [{id: a, targets: [{badge:"
        " b}]}], rewards: {guaranteed: {badges: [b]}}}]\n"
        "badges: [{id: b}]",
        "badges[0]: gives what leads back to it: badge b → quest q → badge b (take one of"
        " them out of a reward, or of what is asked for)",
    ),
]


@pytest.mark.parametrize(
    ("text", "problem"), SCHEMA + REFERENCES + IDS + BADGES + STREAKS + REST + CYCLES
)
def test_each_problem(tmp_path: Path, text: str, problem: str) -> None:
    assert problems(tmp_path, text) == [problem]


CURVE = """
levels:
  linear: {base: 100}
  hard_cap: 10
"""


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "rewards: [{level: 2, badges: [bronz]}]",
            "levels.rewards[0].badges[0]: `bronz` is not defined under badges"
            " (did you mean bronze?)",
        ),
        (
            "rewards: [{level: 2, titles: [sag]}]",
            "levels.rewards[0].titles[0]: `sag` is not defined under titles (did you mean sage?)",
        ),
        (
            "rewards: [{level: 2, unlock_content: ['']}]",
            "levels.rewards[0].unlock_content[0]: is empty (name it, or remove it)",
        ),
        (
            "requirements: [{level: 5, achievements: [frist]}]",
            "levels.requirements[0].achievements[0]: `frist` is not defined under achievements"
            " (did you mean first?)",
        ),
        (
            "requirements: [{level: 11, achievements: [first]}]",
            "levels.requirements[0].level: level 11 is never reached (use 2 to 10 (hard_cap))",
        ),
        (
            "requirements: [{level: 5, achievements: [first]}, {level: 5, achievements: [many]}]",
            "levels.requirements[1].level: level 5 has requirements already, in requirements[0]"
            " (put all into one)",
        ),
        (
            "requirements: [{level: 5, achievements: [late]}]",
            "levels.requirements[0].achievements[0]: `late` asks for level 5 itself: nobody would"
            " get there (lower its level_requirement, or remove it here)",
        ),
    ],
)
def test_each_problem_of_a_level(tmp_path: Path, text: str, problem: str) -> None:
    base = BASE.replace("levels: {linear: {base: 100}, hard_cap: 10}\n", "")
    late = achievement("level_requirement: 5").replace("id: a,", "id: late,")
    assert problems(tmp_path, f"{CURVE}  {text}\n{late}", base) == [problem]


def test_a_prestige_needs_levels(tmp_path: Path) -> None:
    base = BASE.replace("levels: {linear: {base: 100}, hard_cap: 10}\n", "")
    assert problems(tmp_path, "prestige: {}", base) == [
        "prestige: there are no levels to start over (add levels, or remove it)"
    ]


def test_a_season_needs_one(tmp_path: Path) -> None:
    base = "".join(line for line in BASE.splitlines(True) if not line.startswith("seasons"))
    assert problems(tmp_path, condition("metric: lessons, time_frame: season"), base) == [
        "achievements[0].requirements.conditions[0].time_frame: there is no season"
        " (define seasons, or use another time_frame)"
    ]


@pytest.mark.parametrize(
    "text",
    [
        # What is asked for may be given elsewhere, as long as nothing comes back.
        "achievements: [{id: a, requirements: {conditions: [{badge: bronze}]},"
        " rewards: {badges: [silver]}}]",
        # A quest that is claimed by hand ends there.
        "quests: [{id: q, repeatable: true, objectives: [{id: a, targets: [{badge: bronze}]}],"
        " rewards: {guaranteed: {badges: [bronze]}}}]",
        # Two ways may meet again.
        "achievements:\n"
        "  - {id: a, prerequisite_achievements: [first, b], requirements: {conditions:"
        " [{metric: lessons}]}}\n"
        "  - {id: b, prerequisite_achievements: [first], requirements: {conditions:"
        " [{metric: lessons}]}}",
        "quests:\n"
        "  - {id: q, objectives: [{id: a, targets: [{metric: lessons}]}, {id: b, optional: true,"
        " targets: [{item: ore}]}], chain: {chain_id: c, position: 1, branches: [{condition:"
        " {objective: b}, quest: r}], next_quest: s}}\n"
        "  - {id: r, objectives: [{id: a, targets: [{metric: lessons}]}],"
        " chain: {chain_id: c, position: 2, next_quest: t}}\n"
        "  - {id: s, objectives: [{id: a, targets: [{metric: lessons}]}],"
        " chain: {chain_id: c, position: 2, next_quest: t}}\n"
        "  - {id: t, objectives: [{id: a, targets: [{metric: lessons}]}],"
        " chain: {chain_id: c, position: 3}}",
        quest("requirements: {locked: true}") + "\n" + reward("unlock_quests: [q]"),
        quest("type: hidden, auto_start: true"),
        "seasons: [{id: a, starts_at: 2026-06-01T00:00:00Z, ends_at: 2026-07-01T00:00:00Z}]",
        "prestige: {resets: [metrics, streaks, quests, multipliers], max: 5}",
        badge("name: Bronze, acquisition: {method: achievement}"),
        acquisition("method: purchase, level: 3, cost: [{currency: coins, amount: 1}]"),
        acquisition("method: event, activity_types: [lesson], giftable: true"),
        streak("freeze: {days_per_month_max: 31}, repair: {window_days: 60}"),
    ],
)
def test_what_is_allowed(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text) == []


def test_a_long_chain_is_followed_to_its_end() -> None:
    chain = {str(number): [str(number + 1)] for number in range(10_000)}
    assert list(cycles(chain)) == []
    found = list(cycles({**chain, "10000": ["0"]}))
    assert [len(cycle) for cycle in found] == [10_002]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), max_size=20))
def test_cycles_are_found_if_there_are_any(edges: list[tuple[int, int]]) -> None:
    graph: dict[str, list[str]] = {str(node): [] for node in range(8)}
    for source, target in edges:
        graph[str(source)].append(str(target))
    found = list(cycles(graph))
    for cycle in found:
        assert cycle[0] == cycle[-1]
        assert all(target in graph[source] for source, target in pairwise(cycle))
    left = set(graph)
    while ends := {node for node in left if not left.intersection(graph[node])}:
        left -= ends
    assert bool(found) == bool(left)
