"""Every way in which achievements and quests can be wrong, with the words people get."""

from pathlib import Path

import pytest

from tests.kit.progression_pieces import (
    achievement,
    condition,
    objective,
    problems,
    quest,
    requirement,
)

CONDITIONS = [
    (
        condition("any_activity: true, distinct: reference_id, value: 1001", "unique"),
        "achievements[0].requirements.conditions[0].value: is 1001, more different values than"
        " are remembered (ask for at most 1000)",
    ),
    (
        condition("stat: level"),
        "achievements[0].requirements.conditions[0].stat: is nothing that `type: counter`"
        " can look at (use metric, activity_type, any_activity, item, currency,"
        " achievement, badge, quest, or change the type)",
    ),
    (
        condition("streak: daily"),
        "achievements[0].requirements.conditions[0].streak: is nothing that `type:"
        " counter` can look at (use metric, activity_type, any_activity, item, currency,"
        " achievement, badge, quest, or change the type)",
    ),
    (
        condition("activity_type: lesson", "threshold"),
        "achievements[0].requirements.conditions[0].activity_type: is nothing that `type:"
        " threshold` can look at (use metric, streak, item, currency, achievement, badge,"
        " quest, stat, or change the type)",
    ),
    (
        condition("item: ore", "perfect"),
        "achievements[0].requirements.conditions[0].item: is nothing that `type: perfect`"
        " can look at (use metric, activity_type, any_activity, or change the type)",
    ),
    (
        requirement("type: time_limit, time_limit: 1m, conditions: [{stat: level}]"),
        "achievements[0].requirements.conditions[0].stat: is nothing that `type:"
        " time_limit` can look at (use metric, activity_type, any_activity, or change the type)",
    ),
    (
        condition("metric: lessons", "streak"),
        "achievements[0].requirements.conditions[0].metric: is nothing that `type: streak`"
        " can look at (use streak, or change the type)",
    ),
    (
        condition("badge: bronze, distinct: subject", "unique"),
        "achievements[0].requirements.conditions[0].badge: is nothing that `type: unique`"
        " can look at (use metric, activity_type, any_activity, or change the type)",
    ),
    (
        condition("metric: accuracy"),
        "achievements[0].requirements.conditions[0].metric: `accuracy` does not add up"
        " (use `type: threshold`, or a metric that is a counter)",
    ),
    (
        condition("metric: accuracy", "perfect"),
        "achievements[0].requirements.conditions[0].metric: `accuracy` does not add up"
        " (use `type: threshold`, or a metric that is a counter)",
    ),
    (
        condition("metric: lessons, best: true"),
        "achievements[0].requirements.conditions[0].best: is only for streaks (remove it)",
    ),
    (
        condition("stat: level, context: [{key: subject, values: [maths]}]", "threshold"),
        "achievements[0].requirements.conditions[0].context: is only for metrics and"
        " activities (remove it)",
    ),
    (
        condition("item: ore, context: [{key: subject, values: [maths]}]"),
        "achievements[0].requirements.conditions[0].context: is only for metrics and"
        " activities (remove it)",
    ),
    (
        condition("metric: lessons, context: [{key: a, values: [b]}, {key: a, values: [c]}]"),
        "achievements[0].requirements.conditions[0].context[1].key: `a` is filtered"
        " already, in context[0] (list all values in one)",
    ),
    (
        condition("metric: lessons, context: [{key: a, values: ['']}]"),
        "achievements[0].requirements.conditions[0].context[0].values[0]: no activity can"
        " send this (use 1 to 128 characters)",
    ),
    (
        condition("streak: daily, time_frame: week", "streak"),
        "achievements[0].requirements.conditions[0].time_frame: has no effect on streak:"
        " it is looked at as it stands (remove it)",
    ),
    (
        condition("item: ore, time_frame: day", "threshold"),
        "achievements[0].requirements.conditions[0].time_frame: has no effect on item: it"
        " is looked at as it stands (remove it)",
    ),
    (
        condition("metric: lessons, season: spring"),
        "achievements[0].requirements.conditions[0].season: has no effect without"
        " `time_frame: season` (set it, or remove season)",
    ),
    (
        condition("metric: lessons", "unique"),
        "achievements[0].requirements.conditions[0].distinct: is missing (name the context"
        " key whose different values count, or reference_id)",
    ),
    (
        condition("metric: lessons, among: [a]"),
        "achievements[0].requirements.conditions[0].among: has no effect without distinct"
        " (set distinct, or remove it)",
    ),
    (
        condition("item: ore, distinct: subject"),
        "achievements[0].requirements.conditions[0].distinct: is only for metrics and"
        " activities (remove it)",
    ),
    (
        condition("metric: hours, distinct: subject", "threshold"),
        "achievements[0].requirements.conditions[0].distinct: has no effect on `type:"
        " threshold` (remove it, or change the type)",
    ),
    (
        condition("metric: lessons, distinct: subject, among: [a, b], value: 3", "unique"),
        "achievements[0].requirements.conditions[0].among: lists 2 values, of which 3 are"
        " asked for (list more, or lower the value)",
    ),
    (
        condition("metric: lessons, distinct: subject, among: ['']", "unique"),
        "achievements[0].requirements.conditions[0].among[0]: no activity can send this"
        " (use 1 to 128 characters)",
    ),
    (
        condition("metric: lessons, operator: at_most, value: 3"),
        "achievements[0].requirements.conditions[0].operator: what `type: counter` counts"
        " only grows (remove it, or use `type: threshold`)",
    ),
    (
        condition("badge: bronze, operator: equal", "collection"),
        "achievements[0].requirements.conditions[0].operator: what `type: collection`"
        " counts only grows (remove it, or use `type: threshold`)",
    ),
    (
        condition("metric: lessons, operator: less_than", "threshold"),
        "achievements[0].requirements.conditions[0].value: nothing is less than 0 (raise it)",
    ),
    (
        condition("metric: hours, value: 90071992547410"),
        "achievements[0].requirements.conditions[0].value: is 90071992547410, past"
        " 9007199254740991 (2^53-1) with the decimals of `hours` (use at most 90071992547409)",
    ),
    (
        condition("stat: level, value: 11", "threshold"),
        "achievements[0].requirements.conditions[0].value: level 11 is never reached (use"
        " at most 10 (hard_cap))",
    ),
    (
        condition("achievement: first, value: 2"),
        "achievements[0].requirements.conditions[0].value: is 2, but `first` is there only"
        " once for each player (make it repeatable, or use 1)",
    ),
    (
        condition("quest: intro, value: 2"),
        "achievements[0].requirements.conditions[0].value: is 2, but `intro` is there only"
        " once for each player (make it repeatable, or use 1)",
    ),
    (
        condition("achievement: a"),
        "achievements[0].requirements.conditions[0].achievement: would wait for itself"
        " (name another achievement)",
    ),
]

REQUIREMENTS = [
    (
        condition("activity_type: lesson", "time_limit"),
        "achievements[0].requirements.time_limit: is missing (say how long an activity may"
        " take, as time_limit or time_limit_percent)",
    ),
    (
        requirement("time_limit: 1m, conditions: [{metric: lessons}]"),
        "achievements[0].requirements.time_limit: is only for `type: time_limit` (remove"
        " it, or change the type)",
    ),
    (
        requirement("time_limit_percent: 50, conditions: [{metric: lessons}]"),
        "achievements[0].requirements.time_limit_percent: is only for `type: time_limit`"
        " (remove it, or change the type)",
    ),
    (
        requirement("type: time_limit, time_limit: 0s, conditions: [{metric: lessons}]"),
        "achievements[0].requirements.time_limit: is out of range (use a duration between"
        " 1s and 366d)",
    ),
    (
        requirement("in_a_row: true, conditions: [{metric: lessons}]"),
        "achievements[0].requirements.in_a_row: is only for `type: perfect` (remove it, or"
        " change the type)",
    ),
    (
        requirement("required: 1, conditions: [{metric: lessons}]"),
        "achievements[0].requirements.required: is only for `type: collection` (remove it,"
        " or change the type)",
    ),
    (
        requirement("type: collection, required: 3, conditions: [{item: ore}, {badge: bronze}]"),
        "achievements[0].requirements.required: is 3, of 2 conditions (lower it, or add"
        " conditions)",
    ),
    (
        requirement("type: collection, logic: any, conditions: [{item: ore}]"),
        "achievements[0].requirements.logic: has no effect on a collection (remove it:"
        " `required` says how many are enough)",
    ),
    (
        requirement("type: sequence, logic: any, conditions: [{metric: lessons}, {item: ore}]"),
        "achievements[0].requirements.logic: any of a sequence is no sequence (remove it,"
        " or change the type)",
    ),
    (
        requirement("time_constraint: {}, conditions: [{metric: lessons}]"),
        "achievements[0].requirements.time_constraint.type: is missing (write one of"
        " within, daily, weekly)",
    ),
    (
        requirement("time_constraint: {type: within}, conditions: [{metric: lessons}]"),
        "achievements[0].requirements.time_constraint.duration: is missing (write a"
        " duration between 1s and 31d)",
    ),
    (
        requirement(
            "time_constraint: {type: daily, duration: 1h}, conditions: [{metric: lessons}]",
        ),
        "achievements[0].requirements.time_constraint.duration: is only for `type: within`"
        " (remove it, or change the type)",
    ),
    (
        requirement(
            "type: threshold, time_constraint: {type: daily}, conditions: [{metric: hours}]",
        ),
        "achievements[0].requirements.time_constraint: has no effect on a threshold: it is"
        " looked at as it stands (remove it, or change the type of the requirement)",
    ),
    (
        requirement(
            "type: collection, time_constraint: {type: daily}, conditions: [{stat: level}]",
        ),
        "achievements[0].requirements.conditions[0].stat: has no time: it is looked at as"
        " it stands (remove time_constraint, or ask for something that is counted)",
    ),
    (
        requirement(
            "time_constraint: {type: within, duration: 1h}, conditions: [{metric:"
            " lessons, value: 1001}]",
        ),
        "achievements[0].requirements.conditions[0].value: is 1001, more than is"
        " remembered one by one (ask for at most 1000, or use a daily or weekly"
        " time_constraint)",
    ),
]

ACHIEVEMENTS = [
    (
        requirement(
            "type: unique, conditions: [{any_activity: true, distinct: reference_id}]",
            ", kind: tiered, tiers: [{tier: 1, requirement: 5}, {tier: 2, requirement: 1001}]",
        ),
        "achievements[0].tiers[1].requirement: is 1001, more different values than are remembered"
        " (ask for at most 1000)",
    ),
    (
        requirement(
            "time_constraint: {type: within, duration: 1h}, conditions: [{metric: lessons}]",
            ", kind: tiered, tiers: [{tier: 1, requirement: 5}, {tier: 2, requirement: 1001}]",
        ),
        "achievements[0].tiers[1].requirement: is 1001, more than is remembered one by one"
        " (ask for at most 1000, or use a daily or weekly time_constraint)",
    ),
    (
        achievement("kind: tiered"),
        "achievements[0].tiers: is missing (list tiers: `[{tier: 1, requirement: 10}]`)",
    ),
    (
        achievement("repeatable: true, kind: tiered, tiers: [{tier: 1, requirement: 5}]"),
        "achievements[0].repeatable: has no effect with `kind: tiered` (remove it, or change the"
        " kind)",
    ),
    *[
        (
            requirement(f"type: {kind}, conditions: [{{{condition}}}]", ", repeatable: true"),
            f"achievements[0].repeatable: has no effect on a {kind}: it is looked at as it stands"
            " (remove it, or change the type of the requirement)",
        )
        for kind, condition in (
            ("threshold", "stat: level"),
            ("threshold", "metric: lessons, value: 5"),
            ("streak", "streak: daily"),
            ("collection", "item: ore"),
        )
    ],
    (
        achievement("tiers: [{tier: 1, requirement: 1}]"),
        "achievements[0].tiers: has no effect without `kind: tiered` (set it, or remove tiers)",
    ),
    (
        achievement("kind: tiered, tiers: [{tier: 1, requirement: 5}, {tier: 1, requirement: 6}]"),
        "achievements[0].tiers[1].tier: is 1, not above the 1 before it (list them in"
        " rising order, each once)",
    ),
    (
        achievement("kind: tiered, tiers: [{tier: 1, requirement: 5}, {tier: 2, requirement: 5}]"),
        "achievements[0].tiers[1].requirement: is 5, not above the 5 before it (list them"
        " in rising order, each once)",
    ),
    (
        achievement(
            "kind: tiered, tiers: [{tier: 1, requirement: 5}]",
            "metric: lessons, value: 6",
        ),
        "achievements[0].requirements.conditions[0].value: is 6, but the last tier asks"
        " for 5 (remove it)",
    ),
    (
        achievement(
            "kind: tiered, tiers: [{tier: 1, requirement: 90071992547410}]",
            "metric: hours",
        ),
        "achievements[0].tiers[0].requirement: is 90071992547410, past 9007199254740991"
        " (2^53-1) with the decimals of `hours` (use at most 90071992547409)",
    ),
    (
        requirement(
            "type: threshold, conditions: [{metric: lessons, operator: at_most}]",
            ", kind: tiered, tiers: [{tier: 1, requirement: 5}]",
        ),
        "achievements[0].requirements.conditions[0].operator: tiers rise: each asks for at"
        " least (remove it)",
    ),
    (
        requirement(
            "type: unique, conditions: [{metric: lessons, distinct: subject, among: [a]}]",
            ", kind: tiered, tiers: [{tier: 1, requirement: 5}]",
        ),
        "achievements[0].requirements.conditions[0].among: lists 1 values, of which the"
        " last tier asks for 5 (list more, or lower the tier)",
    ),
    (
        achievement("milestones: [{percentage: 50}, {percentage: 50}]"),
        "achievements[0].milestones[1].percentage: is 50, not above the 50 before it (list"
        " them in rising order, each once)",
    ),
    (
        achievement("milestones: [{percentage: 50}, {percentage: 25}]"),
        "achievements[0].milestones[1].percentage: is 25, not above the 50 before it (list"
        " them in rising order, each once)",
    ),
    (
        achievement("milestones: [{percentage: 50, reward: {badges: [bronz]}}]"),
        "achievements[0].milestones[0].reward.badges[0]: `bronz` is not defined under"
        " badges (did you mean bronze?)",
    ),
    (
        achievement("kind: instant, milestones: [{percentage: 50}]"),
        "achievements[0].milestones: an instant achievement has no way (remove it, or"
        " change the kind)",
    ),
    (
        achievement("available_from: 2026-12-24T00:00:00Z, available_until: 2026-12-24T00:00:00Z"),
        "achievements[0].available_until: is not after available_from (let the window have"
        " a length)",
    ),
    (
        achievement("available_from: christmas"),
        "achievements[0].available_from: `christmas` is no RFC 3339 moment (write it like"
        " 2026-12-24T00:00:00Z or 2026-12-24T00:00:00+01:00)",
    ),
    (
        achievement("season: spring, available_from: 2026-06-01T00:00:00Z"),
        "achievements[0].season: `spring` is another time: what is available starts after"
        " it ends (change available_from and available_until, or remove them)",
    ),
    (
        achievement("season: spring, available_until: 2026-03-01T00:00:00Z"),
        "achievements[0].season: `spring` is another time: what is available ends before"
        " it starts (change available_from and available_until, or remove them)",
    ),
    (
        achievement("estimated_time: -5s"),
        "achievements[0].estimated_time: is negative (remove it)",
    ),
]

QUESTS = [
    (
        quest("name: q", "{id: a, targets: [{metric: lessons}]}, {id: a, targets: [{item: ore}]}"),
        "quests[0].objectives[1].id: `a` is taken (choose another id)",
    ),
    (
        quest(
            "name: q",
            "{id: a, targets: [{metric: lessons}], unlocks: [bb]}, {id: b, targets: [{item: ore}]}",
        ),
        "quests[0].objectives[0].unlocks[0]: `bb` is no objective of this quest (did you mean b?)",
    ),
    (
        quest(
            "name: q",
            "{id: a, targets: [{metric: lessons}], unlocks: [b]}, {id: b, targets:"
            " [{item: ore}], unlocks: [a]}",
        ),
        "quests[0].objectives[0].unlocks: leads back to itself: a → b → a (remove one of"
        " them: none could be started)",
    ),
    (
        quest(
            "name: q",
            "{id: a, order: 2, targets: [{metric: lessons}], unlocks: [b]}, {id: b,"
            " order: 1, targets: [{item: ore}]}",
        ),
        "quests[0].objectives[0].unlocks[0]: `b` comes first by its order, 1, and has to"
        " be done: neither could be started (give it an order of 2 or more)",
    ),
    (
        objective("optional: true, targets: [{metric: lessons}]"),
        "quests[0].objectives: all are optional: nothing has to be done (let one be needed)",
    ),
    (
        objective("targets: [{metric: lessons, value: 5}], checkpoints: [{value: 3}, {value: 3}]"),
        "quests[0].objectives[0].checkpoints[1].value: is 3, not above the 3 before it"
        " (list them in rising order, each once)",
    ),
    (
        objective("targets: [{metric: lessons, value: 5}], checkpoints: [{value: 5}]"),
        "quests[0].objectives[0].checkpoints[0].value: is 5, not below the 5 the target"
        " asks for (lower it, or pay at the end)",
    ),
    (
        objective(
            "targets: [{metric: lessons, value: 5}, {item: ore}], checkpoints: [{value: 2}]",
        ),
        "quests[0].objectives[0].checkpoints[0].value: is 2, not below the 2 targets there"
        " are (lower it, or pay at the end)",
    ),
    (
        objective("targets: [{item: ore}], type: achieve"),
        "quests[0].objectives[0].targets[0].item: is nothing that `type: achieve` can look"
        " at (use achievement, badge, or change the type)",
    ),
    (
        objective("targets: [{item: ore}], type: interact"),
        "quests[0].objectives[0].targets[0].item: is nothing that `type: interact` can"
        " look at (use metric, activity_type, any_activity, or change the type)",
    ),
    (
        objective("targets: [{stat: level}]"),
        "quests[0].objectives[0].targets[0].stat: is nothing that `type: complete` can"
        " look at (use metric, activity_type, any_activity, item, currency, achievement,"
        " badge, quest, or change the type)",
    ),
    (
        objective("targets: [{metric: lessons, operator: at_most}], type: perfect"),
        "quests[0].objectives[0].targets[0].operator: what `type: perfect` counts only"
        " grows (remove it, or use `type: reach`)",
    ),
    (
        objective("targets: [{metric: lessons}], type: time_limit"),
        "quests[0].objectives[0].time_limit: is missing (say how long an activity may"
        " take, as time_limit or time_limit_percent)",
    ),
    (
        objective("targets: [{metric: lessons}], in_a_row: true"),
        "quests[0].objectives[0].in_a_row: is only for `type: perfect` (remove it, or"
        " change the type)",
    ),
    (
        objective("targets: [{metric: lessons}], within: 0s"),
        "quests[0].objectives[0].within: is out of range (use a duration between 1s and 366d)",
    ),
    (
        quest("time_limit: 1h", "{id: a, targets: [{metric: lessons}], within: 2h}"),
        "quests[0].objectives[0].within: is longer than the quest's time_limit (shorten"
        " it, or remove it)",
    ),
    (
        quest("time_limit: 367d"),
        "quests[0].time_limit: is out of range (use a duration between 1s and 366d)",
    ),
    (
        quest("type: daily, requirements: {weekly_reset: true}"),
        "quests[0]: is both daily and weekly (keep one of them: look at type, and requirements)",
    ),
    (
        quest("requirements: {locked: true}"),
        "quests[0].requirements.locked: nothing unlocks it (name it in unlock_quests of a"
        " reward, or as the next_quest of another quest)",
    ),
    (
        quest(
            "requirements: {available_from: 2026-12-24T00:00:00Z, available_until:"
            " 2026-12-23T00:00:00Z}",
        ),
        "quests[0].requirements.available_until: is not after available_from (let the"
        " window have a length)",
    ),
    (
        quest(
            "requirements: {available_from: 2026-12-24T00:00:00Z}, expires_at:"
            " 2026-12-23T00:00:00Z",
        ),
        "quests[0].expires_at: is not after available_from (let the window have a length)",
    ),
    (
        quest("expires_at: never"),
        "quests[0].expires_at: `never` is no RFC 3339 moment (write it like"
        " 2026-12-24T00:00:00Z or 2026-12-24T00:00:00+01:00)",
    ),
    (
        quest("requirements: {items: [{item_id: ore, quantity: 1}, {item_id: ore, quantity: 1}]}"),
        "quests[0].requirements.items[1].item_id: `ore` is given twice (add the quantities up)",
    ),
    (
        quest("requirements: {skills: [{skill: hours, level: 1}, {skill: hours, level: 2}]}"),
        "quests[0].requirements.skills[1].skill: `hours` is given twice (keep one)",
    ),
    (
        "metrics: [{id: fine, decimals: 6}]\n"
        "quests: [{id: q, objectives: [{id: a, targets: [{metric: lessons}]}],"
        " requirements: {skills: [{skill: fine, level: 1000000000000}]}}]",
        "quests[0].requirements.skills[0].level: is 1000000000000, past 9007199254740991"
        " (2^53-1) with the decimals of `fine` (use at most 9007199254)",
    ),
    (
        quest("rewards: {random: [{probability_ppm: 5}]}"),
        "quests[0].rewards.random[0]: gives nothing (say what it gives: `reward: {xp: 10}`)",
    ),
    (
        quest("rewards: {repeat: {xp: 1}}"),
        "quests[0].rewards.repeat: it is done only once (set `repeatable: true`, or remove it)",
    ),
    (
        quest("rewards: {bonus: [{condition: {objective: b}, reward: {xp: 1}}]}"),
        "quests[0].rewards.bonus[0].condition.objective: `b` is no objective of this quest"
        " (name one of its objectives)",
    ),
    (
        quest("rewards: {bonus: [{condition: {objective: a}, reward: {xp: 1}}]}"),
        "quests[0].rewards.bonus[0].condition.objective: `a` has to be done anyway (set"
        " `optional: true` there, or name an optional one)",
    ),
    (
        quest("rewards: {bonus: [{condition: {all_optional: true}, reward: {xp: 1}}]}"),
        "quests[0].rewards.bonus[0].condition.all_optional: there is no optional objective"
        " (set `optional: true` in some, or remove it)",
    ),
    (
        quest("rewards: {bonus: [{condition: {perfect: false}, reward: {xp: 1}}]}"),
        "quests[0].rewards.bonus[0].condition.perfect: is false (write true, or remove it)",
    ),
    (
        quest("rewards: {bonus: [{condition: {within: 0s}, reward: {xp: 1}}]}"),
        "quests[0].rewards.bonus[0].condition.within: is out of range (use a duration"
        " between 1s and 366d)",
    ),
    (
        quest("chain: {chain_id: c, branches: [{condition: {objective: a}, quest: intro}]}"),
        "quests[0].chain.branches[0].condition.objective: `a` has to be done anyway (set"
        " `optional: true` there, or name an optional one)",
    ),
    (
        quest("chain: {chain_id: c, branches: [{quest: intro}], next_quest: intro}"),
        "quests[0].chain.branches[0]: is always taken: what comes after it never is (give"
        " it a condition)",
    ),
    (
        "quests:\n"
        "  - {id: q, objectives: [{id: a, targets: [{metric: lessons}]}], chain:"
        " {chain_id: c, position: 1}}\n"
        "  - {id: r, objectives: [{id: a, targets: [{metric: lessons}]}], chain:"
        " {chain_id: c, position: 1}}",
        "quests[1].chain.position: is the place of `q` already (number the quests of a"
        " chain from 1; only branches of one quest share a place)",
    ),
]


@pytest.mark.parametrize(("text", "problem"), CONDITIONS + REQUIREMENTS + ACHIEVEMENTS + QUESTS)
def test_each_problem(tmp_path: Path, text: str, problem: str) -> None:
    assert problems(tmp_path, text) == [problem]


@pytest.mark.parametrize(
    "text",
    [
        condition("metric: accuracy, operator: less_than, value: 5", "threshold"),
        condition("stat: level, value: 10", "threshold"),
        condition("streak: daily, best: true, operator: more_than, value: 6", "streak"),
        condition("any_activity: true, distinct: reference_id, value: 5", "unique"),
        condition("metric: accuracy, distinct: subject, among: [a, b], value: 2"),
        condition("metric: hours, value: 90071992547409"),
        condition("achievement: many, value: 5"),
        condition("metric: hours, time_frame: season"),
        condition("item: ore, time_frame: day, value: 5"),
        requirement("type: collection, required: 1, conditions: [{stat: level}, {streak: daily}]"),
        requirement("logic: any, conditions: [{metric: lessons}, {currency: coins}]"),
        requirement(
            "type: sequence, logic: sequence, conditions: [{metric: lessons}, {item: ore}]"
        ),
        requirement(
            "time_constraint: {type: within, duration: 31d},"
            " conditions: [{metric: lessons, value: 1000}]"
        ),
        requirement("type: time_limit, time_limit_percent: 50, conditions: [{metric: lessons}]"),
        achievement("kind: tiered, tiers: [{tier: 1, requirement: 5}, {tier: 3, requirement: 6}]"),
        achievement(
            "kind: tiered, tiers: [{tier: 1, requirement: 6}]", "metric: lessons, value: 6"
        ),
        achievement("season: spring, available_until: 2026-03-02T00:00:00Z"),
        achievement("repeatable: true"),
        requirement(
            "type: collection, conditions: [{metric: lessons, distinct: subject, value: 2}]",
            ", repeatable: true",
        ),
        achievement("milestones: [{percentage: 1}, {percentage: 99}], estimated_time: 1d"),
        objective("targets: [{metric: lessons}], type: time_limit, within: 1h"),
        objective("targets: [{metric: lessons}, {item: ore}], checkpoints: [{value: 1}]"),
        quest("type: daily, rewards: {repeat: {xp: 1}}"),
        quest(
            "name: q",
            "{id: a, order: 1, targets: [{item: ore}], unlocks: [b]},"
            " {id: b, optional: true, targets: [{item: ore}]}",
        ),
    ],
)
def test_what_is_allowed(tmp_path: Path, text: str) -> None:
    assert problems(tmp_path, text) == []
